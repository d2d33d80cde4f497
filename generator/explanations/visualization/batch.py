"""A batch of items in the making: objective x parametrization x transforms x step, taken together once per iteration.

The four are lucid's (Olah et al. 2017, 'Feature Visualization'); a method names the parts it is made of (`methods/`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ...models.network import Network
from ...study.visualization import VisualizationSettings
from .items import Item, resized
from .methods import load_method, load_part
from .objective import Objective


class Batch:
    """Items that are optimized together on one network, by the method of the settings."""

    def __init__(self, network: Network, items: Sequence[Item], settings: VisualizationSettings) -> None:
        self.network, self.method = network, load_method(settings.method)
        self.objective = Objective(items, network.mean)
        parametrization, transforms, step, *penalty = map(load_part, self.method.parts)
        self.parametrization = parametrization(network, items, settings)
        self.transforms = transforms(network, items, settings)
        self.update = step(self.parametrization, settings)
        self.penalty = penalty[0](network, self.parametrization, settings) if penalty else None
        self.trace: Tensor | None = None  # [B, C, C], what the pictures were asked to change so far

    def step(self) -> Tensor:
        """Take one step for every item; returns the values that their units had before it [B]."""
        parameters = self.parametrization.parameters
        pictures = self.parametrization.pictures()
        values = self._values(pictures)
        raised = values if self.penalty is None else values - self.penalty(pictures)
        if self.method.traced:
            gradient, asked = torch.autograd.grad(raised.sum(), (parameters, pictures))
            self.trace = asked.abs().mean(1) + (0 if self.trace is None else self.trace)
        else:
            (gradient,) = torch.autograd.grad(raised.sum(), parameters)
        self.update(gradient)
        return values.detach()

    def state(self) -> dict[str, np.ndarray]:
        """All that further steps depend on: a batch of the same items that takes it goes on from here."""
        state = {"parameters": self.parametrization.parameters.detach().cpu().numpy()}
        if self.trace is not None:
            state["trace"] = self.trace.cpu().numpy()
        for part in (self.transforms, self.update):
            state |= part.state() if hasattr(part, "state") else {}
        return state

    @torch.no_grad()
    def resume(self, state: dict[str, np.ndarray]) -> None:
        self.parametrization.parameters.copy_(torch.from_numpy(state["parameters"]))
        if "trace" in state:
            self.trace = torch.from_numpy(state["trace"]).to(self.parametrization.parameters)
        for part in (self.transforms, self.update):
            if hasattr(part, "resume"):
                part.resume(state)

    @torch.no_grad()
    def pictures(self) -> Tensor:
        """The pictures as they are [B, 3, S, S] in [0, 1]."""
        return resized(self.parametrization.pictures(), self.network.size).clamp(0.0, 1.0)

    def traces(self) -> Tensor | None:
        """What each place was asked to change, the most of each picture 1: [B, S, S]."""
        if self.trace is None:
            return None
        trace = resized(self.trace[:, None], self.network.size)[:, 0]
        return trace / trace.amax((1, 2), keepdim=True).clamp(min=torch.finfo(trace.dtype).tiny)

    def _values(self, pictures: Tensor) -> Tensor:
        """Pictures [B, 3, C, C] -> their units' values [B], as the network sees them transformed."""
        rows: list[int] = []
        parts: list[Tensor] = []
        for some, seen in self.transforms(pictures):
            found = self.objective.measured(self.network, seen, some, self.method.fake_relu)
            if some is None:
                return found
            rows += some
            parts.append(found)
        places = sorted(range(len(rows)), key=rows.__getitem__)
        return torch.cat(parts)[places].unflatten(0, (len(pictures), -1)).mean(1)
