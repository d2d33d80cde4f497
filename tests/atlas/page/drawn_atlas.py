"""An atlas of random units, written as the data's side writes it: for tests and measurements of the page alone.

`python -m tests.atlas.page.drawn_atlas FOLDER --units 2048` writes one to look at; --records says how many units, those of the lowest
numbers, have a page and pictures of their own (all: 10 kB each).
"""

from __future__ import annotations

import argparse
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from generator.atlas.records import packed, shares
from generator.atlas.site import FORMAT, page_files

CLASSES = ("beetle", "bird", "cat", "crab", "fish", "fox", "frog", "snail", "spider")
CELL, LEVELS, TILE, SIDE = 8, 4, 256, 96
STUDY = 'name = "drawn"\nseed = 0\n\n[model]\nname = "world"\n\n[selection]\nneurons = [{neurons}]\n'


def write_atlas(
    folder: Path, units: int, *, lang: str = "en", views: int = 1, records: int | None = None, scored: bool = True
) -> Path:
    """Write an atlas into a folder; its unit 3 is dead, unit 5 not scored and without a visualization."""
    names = [f"v{k}" for k in range(views)]
    told = []
    for k, name in enumerate(names):
        _write_view(folder / name, units, k, units if records is None else records, scored)
        told.append(
            {
                "id": name, "network": ("world", "robust-resnet50")[k % 2], "layer": ("final", "layer4")[k % 2], "units": units,
                "pictures": 5000, "size": SIDE, "grid": _side(units), "levels": LEVELS, "tile": TILE, "methods": ["madry", "lucent"],
                "windows": [1, 2, 4, 7], "cells": 8, "classes": list(CLASSES), "scored": dict.fromkeys(("machine", "people", "words"), scored),
            }
        )  # fmt: skip
    atlas = {
        "format": FORMAT,
        "title": "Atlas of a drawn network",
        "language": lang,
        "views": told,
        "study": [STUDY] * views,
    }
    for path, content in page_files(atlas).items():
        _put(folder / path, content)
    return folder


def _side(units: int) -> int:
    return int(np.ceil(np.sqrt(units)))


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _webp(pixels: np.ndarray, quality: int = 75) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "WEBP", quality=quality, method=2)
    return file.getvalue()


def _texture(rng: np.random.Generator, hue: float, side: int) -> np.ndarray:
    """Waves and spots of some colour, about as hard to compress as a feature visualization."""
    y, x = np.mgrid[:side, :side] / side
    angle, waves = rng.uniform(0, np.pi), rng.uniform(2, 9)
    phase = 2 * np.pi * waves * (np.cos(angle) * x + np.sin(angle) * y) + 2 * np.sin(2 * np.pi * rng.uniform(1, 3) * y)
    rough = (
        np.asarray(
            Image.fromarray(rng.integers(0, 255, (9, 9), np.uint8)).resize((side, side), Image.Resampling.BICUBIC)
        )
        / 255
    )
    level = 0.5 + 0.28 * np.sin(phase) * rough + 0.35 * (rough - 0.5)
    colour = 0.5 + 0.5 * np.cos(2 * np.pi * (hue + np.array([0, 0.33, 0.67]) + 0.25 * rough[..., None]))
    return np.clip(
        255 * (0.25 * level[..., None] + 0.75 * level[..., None] * colour + rng.normal(0, 0.03, (side, side, 3))),
        0,
        255,
    ).astype(np.uint8)


def _write_view(folder: Path, units: int, seed: int, records: int, scored: bool) -> None:
    rng = np.random.default_rng(seed)
    side = _side(units)
    cell = np.sort(rng.choice(side * side, units, replace=False))
    rng.shuffle(cell)
    row, column = np.divmod(cell, side)
    label = ((row * 3 // side) * 3 + column * 3 // side + (rng.random(units) < 0.15) * rng.integers(0, 9, units)) % 9
    top = 10 ** rng.normal(-0.5, 0.6, units)
    passes, machine, people = rng.random(units) < 0.8, rng.beta(4, 4, units), rng.beta(4, 3, units)
    dead = np.arange(units) == 3
    machine_told = [round(float(each), 3) if k != 5 else None for k, each in enumerate(machine)]
    people_told = [round(float(each), 3) if k % 3 == 0 else None for k, each in enumerate(people)]
    path = [None if k in (3, 5, 7) else round(1 - len(_paths(k)[0]["apart"]) / 5, 3) for k in range(units)]
    words = [("green stripes", "eyes · black fur", "", "")[k % 4] for k in range(units)]
    columns = {
        "share": np.where(dead, 0, rng.integers(3, 10, units)).tolist(), "passes": (passes & ~dead).astype(int).tolist(),
        "top": [0 if k == 3 else float(f"{each:.3g}") for k, each in enumerate(top)], "words": words,
    }  # fmt: skip
    told = {
        "unit": None, "cell": packed(cell.tolist()), "class": packed(np.where(dead, 0, label + 1).tolist()),
        "share": packed(columns["share"]), "top": columns["top"], "passes": packed(columns["passes"]), "path": shares(path),
        "machine": shares(machine_told) if scored else None, "people": shares(people_told) if scored else None,
    }  # fmt: skip
    _put(folder / "units.json", json.dumps(told, separators=(",", ":")).encode())
    if scored:
        _put(folder / "words.json", json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode())
    kinds = [_texture(rng, k / 9 + rng.uniform(-0.04, 0.04), SIDE) for k in range(9) for _ in range(12)]
    own = label * 12 + rng.integers(0, 12, units)  # the picture of each unit
    for k, pixels in enumerate(kinds):
        _put(folder / f"pictures/{k:016x}.webp", _webp(pixels))
    _write_tiles(folder / "tiles", kinds, own, cell, side, records)
    cams = [_cams(rng) for _ in range(20)]
    for k in range(min(records, units)):
        record = _record(k, rng, columns, own, label, cams, scored)
        _put(folder / f"units/{k // 100}/{k}.json", json.dumps(record, separators=(",", ":")).encode())


def _write_tiles(
    folder: Path, kinds: list[np.ndarray], own: np.ndarray, cell: np.ndarray, side: int, records: int
) -> None:
    """Those of the first two levels, and of others that show a unit with a record: there may be thousands."""
    at = np.full((side, side), -1)
    at.flat[cell] = np.arange(len(cell))
    for level in range(LEVELS):
        pixels = CELL << level
        small = np.stack([np.asarray(Image.fromarray(kind).resize((pixels, pixels))) for kind in kinds])
        along = TILE // pixels
        for y in range(-(-side // along)):
            for x in range(-(-side // along)):
                there = at[y * along : (y + 1) * along, x * along : (x + 1) * along]
                if not ((there >= 0) & ((there < records) | (level < 2))).any():
                    continue
                canvas = np.zeros((along, pixels, along, pixels, 3), np.uint8)
                for r, c in np.argwhere(there >= 0):
                    canvas[r, :, c] = small[own[there[r, c]]]
                _put(folder / f"{level}/{x}_{y}.webp", _webp(canvas.reshape(TILE, TILE, 3), (50, 60, 70, 75)[level]))


def _cams(rng: np.random.Generator) -> list[list[int]]:
    def level(cells: int) -> list[int]:
        small = Image.fromarray(rng.integers(0, 255, (cells, cells), np.uint8)).resize(
            (8, 8), Image.Resampling.BILINEAR
        )
        values = np.asarray(small).astype(float)
        return np.rint(255 * (values - values.min()) / max(1, np.ptp(values))).astype(int).ravel().tolist()

    return [level(cells) for cells in (8, 6, 4, 2)]


def _record(
    k: int,
    rng: np.random.Generator,
    columns: dict[str, list],
    own: np.ndarray,
    label: np.ndarray,
    cams: list,
    scored: bool,
) -> dict[str, object]:
    dead, top = k == 3, columns["top"][k]
    made = []
    for at, (method, start) in enumerate((("madry", "noise"), ("madry", "example"), ("lucent", "noise"))):
        rise = top * (1.2 + at) * (1 - np.exp(-np.linspace(0, 4, 40))) + rng.normal(0, 0.02 * (top + 0.01), 40)
        history = [
            [int(step), float(f"{value:.4g}")] for step, value in zip(np.linspace(0, 199, 40), rise, strict=True)
        ]
        source = f"pictures/{own[k] if at == 0 else (own[k] // 12) * 12 + rng.integers(12):016x}.webp"
        trace = f"pictures/{own[k]:016x}.webp" if method == "lucent" and k % 2 == 0 else None
        seed = 0 if start == "noise" else None
        made.append(
            {
                "method": method,
                "src": source,
                "start": start,
                "seed": seed,
                "history": history,
                "activation": history[-1][1],
                "trace": trace,
            }
        )
    examples = [
        {
            "src": f"pictures/{(label[k] * 12 + j) % 108:016x}.webp", "activation": float(f"{top * (1.3 - 0.06 * j):.4g}"),
            "class": CLASSES[label[k]] if j < columns["share"][k] else CLASSES[(label[k] + j) % 9], "name": f"{CLASSES[label[k]]}/{j:03d}.png",
            "cams": cams[(k + j) % 20] if k != 4 else None,
        }
        for j in range(9)
    ]  # fmt: skip
    counts = np.histogram(rng.exponential(top / 4 + 0.01, 5000), bins=40, range=(0, 1.4 * top + 0.01))
    alike = rng.choice(len(own), min(12, len(own)), replace=False).tolist()
    means = sorted((float(f"{each:.4g}") for each in rng.exponential(top / 3 + 0.01, 9)), reverse=True)
    return {
        "unit": k, "visualizations": made if k != 5 else [], "examples": [] if dead else examples,
        "histogram": {"edges": [round(float(edge), 4) for edge in counts[1]], "counts": counts[0].tolist(), "top": float(f"{0.8 * top:.3g}")},
        "classes": [{"name": name, "mean": mean, "max": round(2.5 * mean, 4)} for name, mean in zip(CLASSES, means, strict=True)],
        "alike": [] if dead else [{"unit": other, "likeness": round(0.97 - 0.03 * j, 3)} for j, other in enumerate(alike)],
        "criteria": {
            "top_smallest": float(f"{0.8 * top:.3g}"), "bottom_largest": 0.0001, "passes": bool(columns["passes"][k]),
            "why": None if columns["passes"][k] else "active" if dead or k % 2 else "distinct",
        },
        "machine": {"features": {"1": 0.41, "2": 0.63}, "pixels": {"1": 0.35, "2": 0.38}} if scored and k != 5 else None,
        "people": {"1": {"score": 0.44, "answers": 12}, "2": {"score": 0.71, "answers": 14}} if scored and k % 3 == 0 else None,
        "words": columns["words"][k].split(" · ") if scored and columns["words"][k] else [], "paths": [] if k in (3, 5) else _paths(k),
    }  # fmt: skip


def _paths(k: int) -> list[dict[str, Any]]:
    """Of six layers, the third of which tells nothing; unit k's visualizations are apart in k % 5 of the others, 7's nowhere told."""
    apart = [] if k == 7 else [0, 1, 3, 4][: k % 5]
    untold = range(6) if k == 7 else [2]
    shown = [None if at in untold else -0.2 if at in apart else 1.1 - 0.05 * at for at in range(6)]
    natural = [None if at in untold else 0.7 for at in range(6)]
    layers = [f"stage{at}" for at in range(5)] + ["final"]
    return [{"method": method, "layers": layers, "visualization": shown, "natural": natural, "apart": apart} for method in ("madry", "lucent")]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--units", type=int, default=256)
    parser.add_argument("--records", type=int)
    parser.add_argument("--views", type=int, default=1)
    parser.add_argument("--lang", default="en")
    arguments = parser.parse_args()
    write_atlas(
        arguments.folder, arguments.units, lang=arguments.lang, views=arguments.views, records=arguments.records
    )
