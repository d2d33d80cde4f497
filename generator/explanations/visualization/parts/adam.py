"""Adam (Kingma and Ba 2015) and its kin with Nesterov's momentum (Dozat 2016), upwards."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from ....study.visualization import VisualizationSettings

BETAS, EPSILON = (0.9, 0.999), 1e-8  # torch.optim's own, which torch-lucent and horama leave as they are


class Held(Protocol):
    """Pictures held in any way."""

    parameters: Tensor


class Adam:
    """torch's Adam, by the settings' learning_rate."""

    optimizer: type[torch.optim.Adam] | type[torch.optim.NAdam] = torch.optim.Adam

    def __init__(self, held: Held, settings: VisualizationSettings) -> None:
        self.parameters = held.parameters
        self.adam = self.optimizer(
            [self.parameters], lr=settings.learning_rate, betas=BETAS, eps=EPSILON, maximize=True
        )

    def __call__(self, gradient: Tensor) -> None:
        self.parameters.grad = gradient
        self.adam.step()


class NAdam(Adam):
    """The same with torch's NAdam."""

    optimizer = torch.optim.NAdam
