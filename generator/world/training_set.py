"""What the creature network learns from: painted pictures with their kinds and with maps of their parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ..workers import process_pool
from .network import SIZE
from .painter import CLASSES, paint

PARTS = (
    "body",
    "head",
    "face",
    "eye",
    "ear",
    "nose",
    "mouth",
    "muzzle",
    "whisker",
    "tongue",
    "leg",
    "paw",
    "hand",
    "foot",
    "tail",
    "wing",
    "beak",
    "fin",
    "claw",
    "shell",
    "antenna",
    "horn",
    "eyestalk",
    "fur",
    "stripes",
    "spots",
    "rosettes",
    "patches",
    "feathers",
    "scales",
    "plates",
    "skin",
    "chitin",
    "grass",
    "leaves",
    "sand",
    "water",
    "sky",
    "stones",
    "wood",
    "flowers",
)
CELLS = 8  # places along each side of the network's last map


@dataclass(frozen=True)
class TrainingSet:
    """Painted pictures with what is to be learned.

    pixels: uint8 [N, 3, S, S]; kinds: int64 [N]; parts: uint8 [N, len(PARTS), 8, 8], 255 = part fills the cell.
    """

    pixels: Tensor
    kinds: Tensor
    parts: Tensor


def _paint_one(job: tuple[str, int, int]) -> tuple[np.ndarray, np.ndarray]:
    torch.set_num_threads(1)  # there is a process for every core
    kind, number, seed = job
    scene = paint(kind, number, seed=seed, size=SIZE)
    maps = np.zeros((len(PARTS), CELLS, CELLS), np.uint8)
    for index, name in enumerate(PARTS):
        if name in scene.masks:
            # Thin parts count with a margin of two pixels; a quarter of a cell is as good as all of it.
            wide = F.max_pool2d(torch.from_numpy(scene.masks[name])[None, None].float(), 5, 1, 2)
            maps[index] = (F.avg_pool2d(wide, SIZE // CELLS)[0, 0] * 4.0).clamp(max=1.0).mul(255).byte().numpy()
    return np.moveaxis(scene.pixels, 2, 0).copy(), maps


def paint_training_set(per_class: int, seed: int, on_progress: Callable[[int, int], None] | None = None) -> TrainingSet:
    """`per_class` pictures of every kind from the world of this seed; on_progress(painted, of)."""
    jobs = [(kind, number, seed) for number in range(per_class) for kind in CLASSES]
    pixels = np.empty((len(jobs), 3, SIZE, SIZE), np.uint8)
    parts = np.empty((len(jobs), len(PARTS), CELLS, CELLS), np.uint8)
    with process_pool() as pool:
        for done, (picture, maps) in enumerate(pool.map(_paint_one, jobs, chunksize=32)):
            pixels[done], parts[done] = picture, maps
            if on_progress and done % 64 == 63:
                on_progress(done + 1, len(jobs))
    kinds = torch.tensor([CLASSES.index(kind) for kind, _, _ in jobs])
    return TrainingSet(torch.from_numpy(pixels), kinds, torch.from_numpy(parts))
