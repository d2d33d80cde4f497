"""Random crops of a picture, enlarged or shrunk to the network's size, with noise: what maco shows the network."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ....models.network import Network
from ....study.visualization import VisualizationSettings
from ..items import Item, item_generator

CENTRE, SPREAD = 0.5, 0.15  # of the crops' middles, as shares of the picture (horama 0.3.0, common.py)


class RandomCrops:
    """Every picture as the settings' number of crops, by its item's own draws, new ones each time it is shown.

    A crop is a square of crop_smallest to crop_largest of the picture's side about a place near its middle; what lies
    beyond the picture is black. Its pixels are taken as horama 0.3.0 takes them: sampled at twice the network's size
    (`roi_align`), then shrunk by a bicubic filter. Both act on rows and columns alike and by themselves, so that a crop
    is two products with one matrix [S, C]: one pass, with a gradient that repeats on every device.
    """

    def __init__(self, network: Network, items: Sequence[Item], settings: VisualizationSettings) -> None:
        self.size, self.count, self.noise = network.size, settings.crops, settings.crop_noise
        self.smallest, self.largest = settings.crop_smallest, settings.crop_largest
        self.places = [item_generator(item, "maco crops") for item in items]
        device = network.mean.device
        # Drawn by the processor, noise would take a GPU longer than its steps.
        apart = not settings.exact and device.type != "cpu"
        self.noises = [item_generator(item, "maco noise", device) for item in items] if apart else self.places

    def __call__(self, pictures: Tensor) -> list[tuple[list[int] | None, Tensor]]:
        rows = [row for row in range(len(pictures)) for _ in range(self.count)]
        return [(rows, torch.cat([self._of(picture, k) for k, picture in enumerate(pictures)]))]

    def state(self) -> dict[str, np.ndarray]:
        """Where each item's draws are."""
        return {name: np.stack([each.get_state().numpy() for each in of]) for name, of in self._draws().items()}

    def resume(self, state: dict[str, np.ndarray]) -> None:
        for name, of in self._draws().items():
            for generator, where in zip(of, state[name], strict=True):
                generator.set_state(torch.from_numpy(where))

    def _draws(self) -> dict[str, list[torch.Generator]]:
        return {"crops": self.places, "noises": self.noises}

    def _of(self, picture: Tensor, item: int) -> Tensor:
        """[3, C, C] -> [crops, 3, S, S]."""
        generator, count = self.places[item], self.count
        x = CENTRE + SPREAD * torch.randn(count, generator=generator)
        y = CENTRE + SPREAD * torch.randn(count, generator=generator)
        side = self.smallest + (self.largest - self.smallest) * torch.rand(count, generator=generator)
        left, top = x - side / 2, y - side / 2
        columns, rows, width = windows(left, top, side, picture.shape[-1])
        across, down = (
            crop_matrices(start, side, picture.shape[-1], self.size, first, width).to(picture)
            for start, first in ((left, columns), (top, rows))
        )
        parts = [picture[:, r : r + width, c : c + width] for r, c in zip(rows.tolist(), columns.tolist(), strict=True)]
        seen = torch.einsum("nsy,ncyx,ntx->ncst", down, torch.stack(parts), across)
        if not self.noise:
            return seen
        generator = self.noises[item]
        gaussian = torch.randn(seen.shape, generator=generator, device=generator.device)
        uniform = torch.rand(seen.shape, generator=generator, device=generator.device) - 0.5
        return seen + (self.noise * (gaussian + uniform)).to(seen)


def windows(left: Tensor, top: Tensor, side: Tensor, canvas: int) -> tuple[Tensor, Tensor, int]:
    """Crops [N], shares of the canvas -> first columns and rows [N] and the width of windows that hold all they are of.

    What lies beyond them has no weight: a crop of a quarter of a large canvas is multiplied by a sixteenth of it.
    """
    firsts, ends = [], []
    for start in (left, top):
        firsts.append((start * canvas).floor().clamp(0, canvas - 1).long())
        ends.append((((start + side) * canvas).ceil() + 1).clamp(1, canvas).long())
    width = max(1, *(int((end - first).max()) for first, end in zip(firsts, ends, strict=True)))
    columns, rows = (first.clamp(max=canvas - width) for first in firsts)
    return columns, rows, width


def crop_matrices(
    start: Tensor, side: Tensor, canvas: int, size: int, first: Tensor | None = None, width: int | None = None
) -> Tensor:
    """Crops' starts and sides [N], shares of the canvas -> what each of `size` pixels is made of: [N, size, canvas].

    first [N], width: of a window of the canvas, then [N, size, width].
    """
    if first is None or width is None:
        first, width = torch.zeros(len(start), dtype=torch.long), canvas
    pixels = (first[:, None] + torch.arange(width)).to(start.dtype)
    return _shrinking(size, start.dtype) @ _sampling(start * canvas, side * canvas, canvas, 2 * size, pixels)


def _sampling(start: Tensor, side: Tensor, canvas: int, size: int, pixels: Tensor) -> Tensor:
    """torchvision's roi_align along one side, not aligned, pixels being points: weights of these pixels [N, size, W].

    Each of `size` bins is the mean of as many samples as it has pixels, rounded up.
    """
    bins = side.clamp(min=1.0) / size
    samples = int(torch.ceil(bins.max()).item())
    if samples > 1 and int(torch.ceil(bins.min()).item()) < samples:
        parts = [
            _sampling(a[None], b[None], canvas, size, c[None]) for a, b, c in zip(start, side, pixels, strict=True)
        ]
        return torch.cat(parts)
    steps = (torch.arange(size * samples, dtype=start.dtype) + 0.5) / samples
    places = start[:, None] + bins[:, None] * steps  # [N, size * samples]
    inside = (places >= -1) & (places <= canvas)
    places = places.clamp(0, canvas - 1)
    weights = (1 - (places[..., None] - pixels[:, None]).abs()).clamp(min=0)  # bilinear
    return (weights * inside[..., None]).unflatten(1, (size, samples)).mean(2)


@lru_cache(maxsize=8)
def _shrinking(size: int, dtype: torch.dtype) -> Tensor:
    """The bicubic filter that takes 2 * size pixels to `size`: [size, 2 * size]."""
    one_by_one = torch.eye(2 * size, dtype=dtype)[None, None]
    made = F.interpolate(one_by_one, size=(size, 2 * size), mode="bicubic", align_corners=True, antialias=True)
    return made[0, 0]
