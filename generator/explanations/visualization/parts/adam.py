"""Adam (Kingma and Ba 2015), upwards."""

from __future__ import annotations

import torch
from torch import Tensor

from ....study.visualization import VisualizationSettings
from .spectrum import Spectrum

BETAS, EPSILON = (0.9, 0.999), 1e-8  # torch.optim.Adam's own, which torch-lucent leaves as they are


class Adam:
    """torch's Adam on a spectrum, by the settings' learning_rate."""

    def __init__(self, spectrum: Spectrum, settings: VisualizationSettings) -> None:
        self.parameters = spectrum.parameters
        self.adam = torch.optim.Adam(
            [self.parameters], lr=settings.learning_rate, betas=BETAS, eps=EPSILON, maximize=True
        )

    def __call__(self, gradient: Tensor) -> None:
        self.parameters.grad = gradient
        self.adam.step()
