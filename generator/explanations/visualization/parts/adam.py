"""Adam (Kingma and Ba 2015) and its kin with Nesterov's momentum (Dozat 2016), upwards."""

from __future__ import annotations

from typing import Protocol

import numpy as np
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

    def state(self) -> dict[str, np.ndarray]:
        """Its moments and how many steps they are of."""
        return {f"adam {name}": value.cpu().numpy() for name, value in self.adam.state[self.parameters].items()}

    def resume(self, state: dict[str, np.ndarray]) -> None:
        moments = {name.removeprefix("adam "): each for name, each in state.items() if name.startswith("adam ")}
        self.adam.state[self.parameters] = {
            name: torch.empty_like(self.parameters).copy_(torch.from_numpy(each)) if each.ndim else torch.tensor(each)
            for name, each in moments.items()
        }


class NAdam(Adam):
    """The same with torch's NAdam."""

    optimizer = torch.optim.NAdam
