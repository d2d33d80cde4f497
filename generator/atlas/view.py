"""One network and layer of an atlas -> the files of its view: map, units, records and pictures."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..pictures import PictureSet
from ..sites.page import encode
from ..study import Study
from ..study.site import SiteSettings
from .explaining import UnitGridcams, UnitVisualizations, picture_digest
from .figures import UnitFigures
from .grid import side_of
from .likeness import most_alike
from .records import UnitScores, columns, example_record, record, visualization_record
from .tiles import LARGEST, LEVELS, TILE, sprite, tiles

Put = Callable[[str, bytes], None]  # a path within the site, and the file's content
ALIKE = 12  # units most like one, on its page
AT_ONCE = 64  # units, or pictures, whose pixels are in memory together


@dataclass(frozen=True)
class View:
    """What a view shows. id: its folder; units: numbers of those shown; cells: of each on the map, row * side + column;
    described: float32 [units, d], see likeness.py; visualizations: by method; gridcams: None where none are shown;
    scores: unit -> how it was scored; network: its identity."""

    id: str
    study: Study
    network: str
    layer: str
    pictures: PictureSet
    figures: UnitFigures
    units: tuple[int, ...]
    cells: np.ndarray
    described: np.ndarray
    visualizations: Mapping[str, UnitVisualizations]
    gridcams: UnitGridcams | None
    scores: Mapping[int, UnitScores]

    @property
    def shown(self) -> dict[int, list[int]]:
        """Picture -> units among whose top pictures it is."""
        return shown_pictures(self.figures, self.units)

    def describe(self) -> dict[str, Any]:
        """What the page is told of the view."""
        scores = self.scores.values()
        return {
            "id": self.id,
            "network": self.study.model.name,
            "layer": self.layer,
            "units": len(self.units),
            "pictures": len(self.pictures),
            "size": self.pictures.pixels.shape[1],
            "grid": side_of(len(self.units)),
            "levels": LEVELS,
            "tile": TILE,
            "methods": list(self.visualizations),
            "windows": None if self.gridcams is None else list(self.study.gridcam.windows),
            "cells": self.study.gridcam.cells,
            "classes": list(self.pictures.classes),
            "scored": {"machine": any(each.machine for each in scores), "people": any(each.people for each in scores)},
        }


def shown_pictures(figures: UnitFigures, units: Iterable[int]) -> dict[int, list[int]]:
    """Picture -> those of these units among whose top pictures it is."""
    found: dict[int, list[int]] = {}
    for unit in units:
        for picture in figures.top[:, unit].tolist() if not figures.dead[unit] else ():
            found.setdefault(picture, []).append(unit)
    return found


def write_view(view: View, put: Put, advance: Callable[[float, float], None]) -> None:
    """Write a view's files; everything that takes long is in the store already."""
    settings = SiteSettings(picture_quality=view.study.site.picture_quality)
    sprites = np.zeros((len(view.units), LARGEST, LARGEST, 3), np.uint8)
    with ThreadPoolExecutor() as pool:

        def encoded(pixels: Sequence[np.ndarray]) -> list[str]:
            """Put pictures into the view, each under the hash of its content -> their names there."""
            names = []
            for content in pool.map(lambda picture: encode(picture, settings), pixels):
                names.append(f"pictures/{hashlib.sha256(content).hexdigest()[:16]}.webp")
                put(f"{view.id}/{names[-1]}", content)
            return names

        examples, alike = _Examples(view, encoded), alike_units(view)
        visualized = zip(view.units, *(of.of(view.units) for of in view.visualizations.values()), strict=True)
        for place, (unit, *of_methods) in enumerate(visualized):
            made = [each for of_method in of_methods for each in of_method]
            shown = examples.of(unit)
            if made:
                sprites[place] = sprite(made[0].pixels)
            elif shown:
                sprites[place] = sprite(view.pictures.pixels[int(view.figures.top[0, unit])])
            names = encoded([each.pixels for each in made])
            traces = [None if each.trace is None else encoded([_grey(each.trace)])[0] for each in made]
            told = [visualization_record(*each) for each in zip(made, names, traces, strict=True)]
            scores = view.scores.get(unit, UnitScores())
            of_unit = record(view.figures, unit, told, shown, alike[place], scores)
            put(f"{view.id}/units/{unit // 100}/{unit}.json", _json(of_unit))
            advance(place + 1, len(view.units))
    for name, content in tiles(sprites, view.cells, side_of(len(view.units))):
        put(f"{view.id}/tiles/{name}", content)
    put(f"{view.id}/units.json", _json(columns(view.figures, view.units, view.cells, view.scores)))


def alike_units(view: View) -> list[list[tuple[int, float]]]:
    """Of each unit of a view, the others that are most like it, and how much; none of dead units."""
    others, cosines = most_alike(view.described, ALIKE)
    dead = view.figures.dead[list(view.units)]
    return [
        [(view.units[other], cosine) for other, cosine in zip(*of, strict=True) if not dead[place] and not dead[other]]
        for place, of in enumerate(zip(others.tolist(), cosines.tolist(), strict=True))
    ]


class _Examples:
    """Top pictures of units, each encoded once, whoever shows it."""

    def __init__(self, view: View, encoded: Callable[[Sequence[np.ndarray]], list[str]]) -> None:
        self.view, self.names, self.digests = view, dict[int, str](), dict[int, str]()
        every = sorted(view.shown)
        for first in range(0, len(every), AT_ONCE):
            some = every[first : first + AT_ONCE]
            pixels = view.pictures.pixels[some]
            self.names |= zip(some, encoded(list(pixels)), strict=True)
            self.digests |= zip(some, map(picture_digest, pixels), strict=True)

    def of(self, unit: int) -> list[dict[str, Any]]:
        """What the record of a unit says of its top pictures."""
        view, figures = self.view, self.view.figures
        if figures.dead[unit]:
            return []
        return [
            example_record(
                self.names[picture], activation, figures.classes[figures.labels[picture]], view.pictures.names[picture],
                None if view.gridcams is None else view.gridcams.of(unit, self.digests[picture]),
            )
            for picture, activation in zip(figures.top[:, unit].tolist(), figures.values[:, unit].tolist(), strict=True)
        ]  # fmt: skip


def _grey(trace: np.ndarray) -> np.ndarray:
    """float32 [S, S] in [0, 1] -> uint8 [S, S, 3]."""
    return np.repeat(np.rint(trace * 255).astype(np.uint8)[..., None], 3, axis=2)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
