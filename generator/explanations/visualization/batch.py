"""A batch of items in the making: objective x parametrization x transforms x step, taken together once per iteration.

The four are lucid's (Olah et al. 2017, 'Feature Visualization'); a method names the parts it is made of (`methods/`).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ...models.network import Network
from ...study.visualization import VisualizationSettings
from .items import Item
from .methods import load_method, load_part
from .objective import Objective


class Batch:
    """Items that are optimized together on one network, by the method of the settings."""

    def __init__(self, network: Network, items: Sequence[Item], settings: VisualizationSettings) -> None:
        self.network, self.method = network, load_method(settings.method)
        self.objective = Objective(items, network.mean)
        parametrization, transforms, step = map(load_part, self.method.parts)
        self.parametrization = parametrization(network, items, settings)
        self.transforms = transforms(items, settings)
        self.update = step(self.parametrization, settings)

    def step(self) -> Tensor:
        """Take one step for every item; returns the values that their units had before it [B]."""
        parameters = self.parametrization.parameters
        values = self._values(self.parametrization.pictures())
        (gradient,) = torch.autograd.grad(values.sum(), parameters)
        self.update(gradient)
        return values.detach()

    @torch.no_grad()
    def pictures(self) -> Tensor:
        """The pictures as they are [B, 3, S, S] in [0, 1]."""
        return self.parametrization.pictures()

    def _values(self, pictures: Tensor) -> Tensor:
        """Pictures [B, 3, S, S] -> their units' values [B], as the network sees them transformed."""
        rows: list[int] = []
        parts: list[Tensor] = []
        for some, seen in self.transforms(pictures):
            found = self.objective.values(self.network(seen, fake_relu=self.method.fake_relu), some)
            if some is None:
                return found
            rows += some
            parts.append(found)
        places = sorted(range(len(rows)), key=rows.__getitem__)
        return torch.cat(parts)[places]
