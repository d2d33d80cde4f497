"""Pictures held as pixels, within [0, 1] and a ball around where they started."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ....models.network import Network
from ....study.visualization import VisualizationSettings
from ..items import Item, item_seed


class Pixels:
    """Pictures [B, 3, S, S]; `project` brings them back to where they may be."""

    def __init__(self, network: Network, items: Sequence[Item], settings: VisualizationSettings) -> None:
        start = torch.stack([start_pixels(item, network.size, settings) for item in items])
        # Channels last computes in another order, which is quicker and rounds differently from the packages.
        layout = torch.contiguous_format if settings.exact else torch.channels_last
        self.radius = settings.radius
        self.start = start.to(network.mean).contiguous(memory_format=layout)
        self.parameters = self.start.clone().requires_grad_(True)

    def pictures(self) -> Tensor:
        return self.parameters

    @torch.no_grad()
    def project(self, pictures: Tensor) -> None:
        """Take these pictures, clipped to the ball of the settings' radius (L2) around the start and to [0, 1]."""
        offset = pictures - self.start
        offset *= (self.radius / l2_norm(offset).clamp(min=1e-12)).clamp(max=1.0)
        self.parameters = (self.start + offset).clamp(0.0, 1.0).requires_grad_(True)


def start_pixels(item: Item, size: int, settings: VisualizationSettings) -> Tensor:
    """The item's first picture [3, S, S] in [0, 1]: its start picture, or noise of its own."""
    if item.start is not None:
        return torch.from_numpy(item.start.copy()).permute(2, 0, 1).float() / 255.0
    generator = torch.Generator().manual_seed(item_seed(item, "visualization noise"))
    noise = torch.randn(3, size, size, generator=generator)
    return (settings.noise_mean + settings.noise_sd * noise).clamp(0.0, 1.0)


def l2_norm(x: Tensor) -> Tensor:
    """[B, …] -> [B, 1, 1, 1]."""
    return x.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
