"""Our overlays beside the published ones, given the same scores: neurons 291 and 356 of the original study.

    python benchmarks/overlays.py ../shared/original-study --record benchmarks/results/overlays.json

The scores are read off the published colour pictures (`scores_*`, matplotlib's coolwarm in 256 steps), so that they
owe nothing to the overlays they are compared with. Visualizations were published without loss. Dataset examples were
published as JPEG only; theirs are undone from the overlay of another window, where the same picture lies below.
Differences are in 255ths, over all pixels and colours; more than 2 ends with exit code 1.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from generator.explanations.overlay import PICTURE_WEIGHT, greys, overlay  # noqa: E402

WINDOWS, CELLS, ALLOWED = (28, 56, 112, 196), 8, 2


def read(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def scores(path: Path) -> np.ndarray:
    """The colour picture of a level -> its scores in 256 steps, [8, 8]."""
    palette = np.floor(matplotlib.colormaps["coolwarm"](np.arange(256))[:, :3] * 255).astype(int)
    side = 224 // CELLS
    colours = read(path)[side // 2 :: side, side // 2 :: side].astype(int)
    distance = np.abs(colours[:, :, None] - palette).sum(-1)
    if distance.min(-1).max() > 3:
        raise SystemExit(f"{path} is not drawn in coolwarm")
    return distance.argmin(-1).astype(np.float64)


def below(published: np.ndarray, level: np.ndarray) -> np.ndarray:
    """The picture that lies under a published overlay, float64 in 255ths."""
    spread = greys(level).repeat(224 // CELLS, 0).repeat(224 // CELLS, 1)[..., None]
    return ((published - (1 - PICTURE_WEIGHT) * spread) / PICTURE_WEIGHT).clip(0, 255)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", type=Path)
    parser.add_argument("--record", type=Path)
    options = parser.parse_args()
    rows = []
    for neuron in (291, 356):
        folder = options.study / "neurons" / str(neuron)
        for name, file in (("basic_fv", "fv_noise.png"), ("dataset-example3", None)):
            levels = {w: scores(folder / f"scores_{name}_w{w}s28.png") for w in WINDOWS}
            published = {w: read(folder / f"gridcam_{name}_w{w}s28.png").astype(float) for w in WINDOWS}
            for w in WINDOWS:
                other = WINDOWS[(WINDOWS.index(w) + 1) % len(WINDOWS)]
                picture = read(folder / file) if file else below(published[other], levels[other])
                apart = np.abs(overlay(picture, levels[w]).astype(float) - published[w])
                rows.append(
                    {
                        "neuron": neuron,
                        "picture": name,
                        "window": w,
                        "largest": apart.max(),
                        "mean": round(apart.mean(), 3),
                    }
                )
    largest = max(row["largest"] for row in rows)
    print(json.dumps({"largest": largest, "allowed": ALLOWED, "overlays": rows}, indent=1))
    if options.record:
        options.record.write_text(
            json.dumps({"largest": largest, "allowed": ALLOWED, "overlays": rows}, indent=1) + "\n"
        )
    sys.exit(int(largest > ALLOWED))


if __name__ == "__main__":
    main()
