"""Random pads, shifts, scales and rotations before the network sees a picture, so that only robust patterns grow.

The numbers are those of torch-lucent 0.1.8, optvis/transform.py: standard_transforms. Draws belong to the item. `exact`
does what the package does, interpolation by interpolation, and its pictures differ in size; `one_pass` maps a draw to
one interpolation onto a canvas of fixed size, which a batch can share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ....models.network import Network
from ....study.visualization import VisualizationSettings
from ..items import Item, item_seed

PAD, GREY = 12, 0.5
JITTER_BEFORE, JITTER_AFTER = 8, 4
SCALES = tuple(1 + (i - 5) / 50.0 for i in range(11))
ANGLES = (*range(-10, 11), 0, 0, 0, 0, 0)
AHEAD = 64  # iterations that are drawn at once: one by one, draws would take longer than a GPU's steps


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


class PlacesAhead:
    """The endless sequence of where pictures are taken from, each by draws of its item, many steps at once."""

    def __init__(self, items: Sequence[Item], side: int) -> None:
        self._random = [np.random.default_rng(item_seed(item, "lucent")) for item in items]
        self._side = side
        self._places = np.empty((0, len(items), 2, 3))
        self._next = 0

    def next(self) -> np.ndarray:
        """The next step's places, float64 [B, 2, 3] as `places` gives them."""
        if self._next == len(self._places):
            self._places = np.stack([self._drawn(random) for random in self._random], axis=1)
            self._next = 0
        self._next += 1
        return self._places[self._next - 1]

    def _drawn(self, random: np.random.Generator) -> np.ndarray:
        before = random.integers(JITTER_BEFORE, size=(AHEAD, 2))
        scale, angle = random.choice(SCALES, AHEAD), random.choice(ANGLES, AHEAD)
        return places(before, scale, angle, random.integers(JITTER_AFTER, size=(AHEAD, 2)), self._side)


class RandomTransforms:
    """Every picture by its item's own draws, a new one each time it is shown.

    exact: the package's chain of interpolations, item by item; those of one size run together. Otherwise one
    interpolation for the whole batch.
    """

    def __init__(self, network: Network, items: Sequence[Item], settings: VisualizationSettings) -> None:
        self.items = items
        self.draws = [TransformDraws(item) for item in items] if settings.exact else None
        self.places: PlacesAhead | None = None
        self.shown = self.drawn = 0  # how often pictures were shown, and draws taken

    def state(self) -> dict[str, np.ndarray]:
        """How far the draws are."""
        return {"shown": np.array(self.shown)}

    def resume(self, state: dict[str, np.ndarray]) -> None:
        self.shown = int(state["shown"])  # the draws before are taken again, which is a moment's work

    def __call__(self, pictures: Tensor) -> list[tuple[list[int] | None, Tensor]]:
        if self.draws is None:
            if self.places is None:
                self.places = PlacesAhead(self.items, pictures.shape[-1] + 2 * PAD)
            return [(None, one_pass(pictures, torch.from_numpy(self._next([self.places])[0]).to(pictures.dtype)))]
        by_size: dict[tuple[int, ...], list[tuple[int, Tensor]]] = {}
        for row, draw in enumerate(self._next(self.draws)):
            seen = exact(pictures[row : row + 1], draw)
            by_size.setdefault(tuple(seen.shape), []).append((row, seen))
        return [([row for row, _ in group], torch.cat([seen for _, seen in group])) for group in by_size.values()]

    def _next(self, draws: Sequence[Any]) -> list[Any]:
        """The next of each sequence of draws."""
        for _ in range(self.shown - self.drawn):
            for each in draws:
                each.next()
        self.shown += 1
        self.drawn = self.shown
        return [each.next() for each in draws]


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


def one_pass(pictures: Tensor, where: Tensor) -> Tensor:
    """[B, 3, S, S] -> [B, 3, S + 24, S + 24], each picture in one interpolation, from its places [B, 2, 3].

    The canvas stays at the padded size: at scales above 1 some of the grey border falls outside it, never more than the
    shifts of the picture itself.
    """
    if pictures.device.type != "cpu":
        return one_pass_on_accelerators(pictures, where)
    return _sampled(F.pad(pictures, [PAD] * 4, value=GREY), where)


def one_pass_on_accelerators(pictures: Tensor, where: Tensor) -> Tensor:
    """The same, with a gradient that repeats, and places from pinned memory, which nothing has to wait for."""
    if pictures.device.type == "cuda":
        where = where.pin_memory()
    padded = F.pad(pictures, [PAD] * 4, value=GREY)
    return RepeatableSampling.apply(padded, where.to(pictures.device, non_blocking=True))  # type: ignore[no-any-return]


def places(before: np.ndarray, scale: np.ndarray, angle: np.ndarray, after: np.ndarray, side: int) -> np.ndarray:
    """Draws [N, 2], [N], [N], [N, 2] -> where a point of each result comes from: float64 [N, 2, 3].

    Both points in [-1, 1] about the middle of a picture of `side` pixels: undo shift, turn, scale, shift.
    """
    turned = np.deg2rad(angle)
    turn = np.array([[np.cos(turned), -np.sin(turned)], [np.sin(turned), np.cos(turned)]]).transpose(2, 0, 1)
    growth = (np.ceil(scale * side) - 1) / (side - 1)
    unit = 2 / (side - 1)
    linear = turn / growth[:, None, None]  # [N, 2, 2]
    offset = -np.einsum("nij,nj->ni", linear, unit * after) - unit * before
    return np.concatenate([linear, offset[:, :, None]], axis=2)


def _sampled(pictures: Tensor, where: Tensor) -> Tensor:
    grid = F.affine_grid(where, list(pictures.shape), align_corners=False)
    return F.grid_sample(pictures, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


class RepeatableSampling(torch.autograd.Function):
    """`_sampled`, with a gradient that is the same each time on an accelerator.

    torch's own adds up what reaches a pixel in the order in which a GPU's threads happen to arrive. Here every pixel
    collects its sum itself: the places of the result that were taken from near it are among the nine around where it
    went to, as long as pictures are turned and scaled as little as `ANGLES` and `SCALES` have it.
    """

    @staticmethod
    def forward(ctx: Any, pictures: Tensor, where: Tensor) -> Tensor:
        ctx.save_for_backward(where)
        return _sampled(pictures, where)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:  # [B, 3, S, S]
        (where,) = ctx.saved_tensors
        batch, colours, side, _ = gradient.shape
        where = where.to(torch.promote_types(gradient.dtype, torch.float32))
        linear, middle = where[:, :, :2], (side - 1) / 2  # in pixels (x, y): p = linear (q - middle) + offset
        offset = where[:, :, 2:] * side / 2 + middle
        steps = torch.arange(side, device=gradient.device, dtype=where.dtype)
        y, x = torch.meshgrid(steps, steps, indexing="ij")
        pixel = torch.stack([x, y]).reshape(1, 2, -1)  # [1, 2, S*S], the places that gradients are collected for
        nearest = (torch.linalg.inv(linear) @ (pixel - offset) + middle).round()  # [B, 2, S*S]
        flat, total = gradient.reshape(batch, colours, -1), torch.zeros_like(gradient.reshape(batch, colours, -1))
        for dx in (-1, 0, 1):
            for dy in (-1, 0, 1):
                q = nearest + torch.tensor([dx, dy], device=where.device, dtype=where.dtype)[None, :, None]
                inside = ((q >= 0) & (q <= side - 1)).all(1, keepdim=True)
                apart = (linear @ (q - middle) + offset - pixel).abs()  # [B, 2, S*S]
                weight = (1 - apart).clamp(min=0).prod(1, keepdim=True) * inside  # bilinear
                place = (q[:, 1:] * side + q[:, :1]).clamp(0, side * side - 1).long()
                total += flat.gather(2, place.expand(-1, colours, -1)) * weight.to(gradient.dtype)
        return total.view_as(gradient), None
