"""A step of fixed length along the gradient of each picture."""

from __future__ import annotations

import torch
from torch import Tensor

from ....study.visualization import VisualizationSettings
from .pixels import Pixels, l2_norm


class NormalizedAscent:
    """Steps of the settings' step_size (L2) on pixels; 1e-10 as in robustness, attack_steps.py."""

    def __init__(self, pixels: Pixels, settings: VisualizationSettings) -> None:
        self.pixels, self.step_size = pixels, settings.step_size

    @torch.no_grad()
    def __call__(self, gradient: Tensor) -> None:
        x = self.pixels.parameters
        self.pixels.project(x + self.step_size * gradient / (l2_norm(gradient) + 1e-10))
