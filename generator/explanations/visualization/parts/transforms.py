"""Random pads, shifts, scales and rotations before the network sees a picture, so that only robust patterns grow.

The numbers are those of torch-lucent 0.1.8, optvis/transform.py: standard_transforms. Draws belong to the item. `exact`
does what the package does, interpolation by interpolation, and its pictures differ in size; `one_pass` maps the same
draws to one interpolation onto a canvas of fixed size, which a batch can share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ....study.visualization import VisualizationSettings
from ..items import Item, item_seed

PAD, GREY = 12, 0.5
JITTER_BEFORE, JITTER_AFTER = 8, 4
SCALES = tuple(1 + (i - 5) / 50.0 for i in range(11))
ANGLES = (*range(-10, 11), 0, 0, 0, 0, 0)


@dataclass(frozen=True)
class Draw:
    """One iteration's random numbers: shifts in pixels (x, y), scale, angle in degrees."""

    before: tuple[int, int]
    scale: float
    angle: int
    after: tuple[int, int]


class TransformDraws:
    """The endless sequence of one item's draws, in the order in which the package draws its own."""

    def __init__(self, item: Item) -> None:
        self._random = np.random.RandomState(item_seed(item, "lucent"))

    def next(self) -> Draw:
        choice = self._random.choice
        before = int(choice(JITTER_BEFORE)), int(choice(JITTER_BEFORE))
        scale, angle = float(choice(SCALES)), int(choice(ANGLES))
        return Draw(before, scale, angle, (int(choice(JITTER_AFTER)), int(choice(JITTER_AFTER))))


class RandomTransforms:
    """Every picture by its item's own draws, a new one each time it is shown.

    strict: the package's chain of interpolations, item by item; those of one size run together. Otherwise one
    interpolation for the whole batch.
    """

    def __init__(self, items: Sequence[Item], settings: VisualizationSettings) -> None:
        self.strict = settings.precision == "strict"
        self.draws = [TransformDraws(item) for item in items]

    def __call__(self, pictures: Tensor) -> list[tuple[list[int] | None, Tensor]]:
        draws = [each.next() for each in self.draws]
        if not self.strict:
            return [(None, one_pass(pictures, draws))]
        by_size: dict[tuple[int, ...], list[tuple[int, Tensor]]] = {}
        for row, draw in enumerate(draws):
            seen = exact(pictures[row : row + 1], draw)
            by_size.setdefault(tuple(seen.shape), []).append((row, seen))
        return [([row for row, _ in group], torch.cat([seen for _, seen in group])) for group in by_size.values()]


def exact(pictures: Tensor, draw: Draw) -> Tensor:
    """[B, 3, S, S] -> [B, 3, S', S'] by one draw for all, S' = S + 24 at scales up to 1 and more above."""
    padded = F.pad(pictures, [PAD] * 4, value=GREY)
    return shifted(rotated(scaled(shifted(padded, draw.before), draw.scale), draw.angle), draw.after)


def shifted(pictures: Tensor, pixels: tuple[int, int]) -> Tensor:
    """Moved right and down by `pixels` (x, y), and S / (S - 1) as far: kornia 0.4.1 measures by S - 1, samples by S."""
    side = pictures.shape[-1]
    theta = np.array([[1.0, 0.0, -2 * pixels[0] / (side - 1)], [0.0, 1.0, -2 * pixels[1] / (side - 1)]])
    return _warped(pictures, theta)


def scaled(pictures: Tensor, scale: float) -> Tensor:
    """Enlarged or shrunk, then padded with 0 so that it is no smaller than before."""
    side = pictures.shape[-1]
    new = int(np.ceil(scale * side))
    resized = F.interpolate(pictures, size=(new, new), mode="bilinear", align_corners=True)
    return F.pad(resized, [max(0, int(np.ceil((side - new) / 2)))] * 4)


def rotated(pictures: Tensor, degrees: float) -> Tensor:
    """Turned counter-clockwise about the middle; what comes into view is 0."""
    angle = np.deg2rad(degrees)
    return _warped(pictures, np.array([[np.cos(angle), -np.sin(angle), 0.0], [np.sin(angle), np.cos(angle), 0.0]]))


def _warped(pictures: Tensor, theta: np.ndarray) -> Tensor:
    places = torch.from_numpy(theta).to(pictures.dtype).to(pictures.device).expand(len(pictures), 2, 3)
    grid = F.affine_grid(places, list(pictures.shape), align_corners=False)
    return F.grid_sample(pictures, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def one_pass(pictures: Tensor, draws: Sequence[Draw]) -> Tensor:
    """[B, 3, S, S] -> [B, 3, S + 24, S + 24], each picture by its own draw, in one interpolation.

    The canvas stays at the padded size: at scales above 1 some of the grey border falls outside it, never more than the
    shifts of the picture itself.
    """
    side = pictures.shape[-1] + 2 * PAD
    padded = F.pad(pictures, [PAD] * 4, value=GREY)
    theta = torch.from_numpy(np.stack([_theta(draw, side) for draw in draws]))
    grid = F.affine_grid(theta.to(pictures.device), list(padded.shape), align_corners=False)
    return F.grid_sample(padded, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def _theta(draw: Draw, side: int) -> np.ndarray:
    """Where a point of the result comes from, both in [-1, 1] about the middle: undo shift, turn, scale, shift."""
    angle = np.deg2rad(draw.angle)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    growth = (int(np.ceil(draw.scale * side)) - 1) / (side - 1)
    unit = 2 / (side - 1)
    linear = turn / growth
    offset = -linear @ (unit * np.array(draw.after)) - unit * np.array(draw.before)
    return np.concatenate([linear, offset[:, None]], axis=1).astype(np.float32)
