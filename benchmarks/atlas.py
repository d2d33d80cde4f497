"""An atlas of many units: seconds of its map and its site, and what a browser loads before it shows the map.

    python benchmarks/atlas.py                                                   # 256, 2,048 and 20,000 units
    python benchmarks/atlas.py --units 2048 --record benchmarks/results/atlas.json

Nothing is computed by a network: activations of 2,000 pictures are random, of units that come in kinds, and pictures
are noise whose spectrum falls as that of natural ones (1 / frequency), of 64 x 64 px; every unit has one, and scores of
programs and people. The first view is the page with its scripts and styles, `units.json`, and the tiles of the first
level, all of them, uncompressed by any server. Processor seconds stand beside seconds: they tell more where others
compute on the machine as well.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from generator.atlas.explaining import Visualized  # noqa: E402
from generator.atlas.figures import figures_of  # noqa: E402
from generator.atlas.grid import kept, snap, split  # noqa: E402
from generator.atlas.layout import place_units  # noqa: E402
from generator.atlas.records import UnitScores  # noqa: E402
from generator.atlas.site import write_atlas  # noqa: E402
from generator.atlas.view import View  # noqa: E402
from generator.models import Activations  # noqa: E402
from generator.pictures import PictureSet  # noqa: E402
from generator.store import Store  # noqa: E402
from generator.study import load_study  # noqa: E402

PICTURES, SIDE, CLASSES = 2000, 64, 10
SCORES = UnitScores({"features": {"1": 0.4567}}, {"1": (0.4567, 10)}, ("eyes", "fur", "stripes", "green", "round"))


class Noise:
    """Pictures of noise with a spectrum of 1 / frequency, uint8 [S, S, 3] each, made when they are asked for."""

    def __init__(self, count: int, seed: int) -> None:
        self.shape, self.seed = (count, SIDE, SIDE, 3), seed
        self.hashes = np.random.default_rng(seed).integers(0, 256, (count, 32)).astype(np.uint8)
        across = np.fft.fftfreq(SIDE)
        self.magnitude = 1 / np.maximum(np.hypot(across[:, None], across), 1 / SIDE)[..., None]

    def __getitem__(self, index: int | Sequence[int]) -> np.ndarray:
        if not isinstance(index, (int, np.integer)):
            return np.stack([self[int(k)] for k in index])
        noise = np.random.default_rng([self.seed, int(index)]).normal(size=(SIDE, SIDE, 3))
        picture = np.fft.ifft2(np.fft.fft2(noise, axes=(0, 1)) * self.magnitude, axes=(0, 1)).real
        low, high = np.quantile(picture, (0.01, 0.99))
        return (np.clip((picture - low) / (high - low), 0, 1) * 255).astype(np.uint8)


class Visualizations:
    """One picture of each unit, in place of those that a network makes."""

    def __init__(self, units: int) -> None:
        self.pictures = Noise(units, 1)

    def of(self, units: Sequence[int]) -> Iterator[list[Visualized]]:
        for unit in units:
            yield [Visualized("madry", "noise", 0, self.pictures[unit], 1.0, np.linspace(0, 1, 200))]


def activations_of(units: int) -> Activations:
    """Random ones: units of a kind share half of what they answer to."""
    rng = np.random.default_rng(0)
    kinds = rng.gamma(0.5, size=(PICTURES, max(4, units // 40))).astype(np.float32)
    own = rng.gamma(0.5, size=(PICTURES, units)).astype(np.float32)
    return Activations.of(0.5 * own + kinds[:, rng.integers(kinds.shape[1], size=units)])


@contextmanager
def timed(row: dict[str, Any], what: str) -> Iterator[None]:
    began, processor = time.monotonic(), time.process_time()
    yield
    row[f"{what}_s"] = round(time.monotonic() - began, 2)
    row[f"{what}_processor_s"] = round(time.process_time() - processor, 2)


def measure(units: int) -> dict[str, Any]:
    row: dict[str, Any] = {"units": units}
    study = load_study()
    activations, pixels = activations_of(units), Noise(PICTURES, 0)
    names = tuple(f"{k:04d}" for k in range(PICTURES))
    classes = tuple(f"class {k}" for k in range(CLASSES))
    pictures = PictureSet(pixels, names, np.arange(PICTURES) % CLASSES, classes, "noise")  # type: ignore[arg-type]
    with timed(row, "figures"):
        figures, described = figures_of(activations, pictures, study.selection, 0)
    with timed(row, "tsne"):
        points = place_units(described, 0)
    with timed(row, "grid"):
        cells = snap(points)
    row["neighbours_beside"] = round(kept(points, cells), 3)
    row["neighbours_beside_by_halving"] = round(kept(points, split(points)), 3)
    row["neighbours_within_two"] = round(kept(points, cells, 2), 3)
    visualizations: Any = {"madry": Visualizations(units)}
    view = View(
        "v0", study, "network", "layer", pictures, figures, tuple(range(units)), cells, described, visualizations, None,
        None, dict.fromkeys(range(units), SCORES),
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, timed(row, "site"):
        out = Path(folder) / "dist"
        store = Store(Path(folder) / "artifacts")
        report = write_atlas([view], study.site, "atlas", out, store, lambda done, total: None)
        files = [path for path in report.path.rglob("*") if path.is_file()]
        sizes = {path.relative_to(report.path).as_posix(): path.stat().st_size for path in files}
    first = {name: size for name, size in sizes.items() if name.startswith(("index.html", "assets/", "v0/tiles/0/"))}
    row["words_json_kb"] = round(sizes["v0/words.json"] / 1e3, 1)
    row["units_json_kb"] = round(sizes["v0/units.json"] / 1e3, 1)
    row["first_tiles_kb"] = round(sum(size for name, size in first.items() if "tiles" in name) / 1e3, 1)
    row["page_kb"] = round(sum(size for name, size in first.items() if "tiles" not in name) / 1e3, 1)
    row["first_view_kb"] = round((sum(first.values()) + sizes["v0/units.json"]) / 1e3, 1)
    row["site_mb"], row["files"] = round(report.bytes / 1e6, 2), report.files
    row["peak_memory_gb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2)
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", type=int, nargs="+", default=[256, 2048, 20_000])
    parser.add_argument("--record", type=Path)
    options = parser.parse_args()
    rows = []
    for units in options.units:
        rows.append(measure(units))
        print(json.dumps(rows[-1]), flush=True)
        if options.record:
            packages = {name: version(name) for name in ("numpy", "scipy", "scikit-learn", "pillow")}
            machine = {"processor": processor(), "cores": os.cpu_count(), **packages}
            options.record.write_text(json.dumps({"machine": machine, "rows": rows}, indent=1) + "\n")


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


if __name__ == "__main__":
    main()
