"""What a picture loses by leaving the one it began as."""

from __future__ import annotations

import torch
from torch import Tensor

from ....models.network import Network
from ....study.visualization import VisualizationSettings
from ..items import resized
from .accented import AccentedPicture


class DistanceFromStart:
    """Mean squared difference of pixels, and of representations relative to the start's mean square, both weighted.

    The first is horama's (0.3.0, feature_accentuation.py), the second the paper's (Hamblin et al. 2024).
    """

    def __init__(self, network: Network, held: AccentedPicture, settings: VisualizationSettings) -> None:
        self.network, self.start = network, held.start
        self.of_pixels, self.of_representation = settings.pixel_penalty, settings.representation_penalty
        if self.of_representation:
            with torch.no_grad():
                self.representation = network(resized(self.start, network.size))
                self.size = self.representation.square().mean(1).clamp(min=torch.finfo(self.start.dtype).tiny)

    def __call__(self, pictures: Tensor) -> Tensor:
        """Pictures [B, 3, C, C] -> what is taken off their units' values [B]."""
        lost = self.of_pixels * (pictures - self.start).square().mean((1, 2, 3))
        if not self.of_representation:
            return lost
        apart = self.network(resized(pictures, self.network.size)) - self.representation
        return lost + self.of_representation * apart.square().mean(1) / self.size
