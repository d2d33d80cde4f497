"""The paper's two methods: how a batch of items begins, what the network is shown, how one step is made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from ...models.network import Network
from ...study.visualization import VisualizationSettings
from .items import Item
from .parametrization import Fourier, start_pixels
from .transforms import Draws, exact, one_pass

ADAM_BETAS, ADAM_EPSILON = (0.9, 0.999), 1e-8  # torch.optim.Adam's own, which torch-lucent leaves as they are


class Recipe(Protocol):
    """A batch in the making. step() maximizes every item's activation once and returns what it was before [B]."""

    def step(self) -> Tensor: ...

    def pictures(self) -> Tensor:
        """[B, 3, S, S] in [0, 1]."""
        ...


class Madry:
    """Normalized gradient ascent on pixels (Engstrom et al. 2019, 'Adversarial robustness as a prior for learned

    representations', as published in their notebook for `robustness`): no regularizer but the network's own robustness;
    the last rectifier's gradient is replaced by the identity, so that a unit that is exactly 0 can be climbed.
    """

    def __init__(self, network: Network, items: Sequence[Item], settings: VisualizationSettings) -> None:
        self.network, self.settings = network, settings
        device = network.mean.device
        start = torch.stack([start_pixels(item, network.size, settings) for item in items])
        # Channels last computes in another order, which is quicker and rounds differently from the packages.
        layout = torch.contiguous_format if settings.precision == "strict" else torch.channels_last
        self.start = start.to(network.mean).contiguous(memory_format=layout)  # [B, 3, S, S]
        self.x = self.start.clone()
        self.neurons = torch.tensor([item.neuron for item in items], device=device)[:, None]

    def step(self) -> Tensor:
        x = self.x.detach().requires_grad_(True)
        activation = self.network(x, fake_relu=True).gather(1, self.neurons)[:, 0]  # [B]
        (gradient,) = torch.autograd.grad(activation.sum(), x)
        with torch.no_grad():
            x = x + self.settings.step_size * gradient / (_norm(gradient) + 1e-10)
            offset = x - self.start
            offset *= (self.settings.radius / _norm(offset).clamp(min=1e-12)).clamp(max=1.0)
            self.x = (self.start + offset).clamp(0.0, 1.0)
        return activation.detach()

    def pictures(self) -> Tensor:
        return self.x


class Lucent:
    """Adam on a decorrelated spectrum, every step seen through random transforms (torch-lucent 0.1.8, render_vis).

    strict: the package's chain of interpolations, item by item. Otherwise one interpolation for the whole batch.
    A unit that is exactly 0 has no gradient, and the package leaves its picture grey: here its rectifier lets the
    gradient through until it is alive (as Lucid, from which the package comes, has it: redirected_relu_grad).
    """

    def __init__(self, network: Network, items: Sequence[Item], settings: VisualizationSettings) -> None:
        self.network, self.settings = network, settings
        self.strict = settings.precision == "strict"
        device = network.mean.device
        self.image = Fourier(items, network.size, device, network.mean.dtype)
        self.draws = [Draws(item) for item in items]
        self.neurons = torch.tensor([item.neuron for item in items], device=device)[:, None]
        self.spectrum = self.image.spectrum.requires_grad_(True)
        self.adam = torch.optim.Adam(
            [self.spectrum], lr=settings.learning_rate, betas=ADAM_BETAS, eps=ADAM_EPSILON, maximize=True
        )

    def step(self) -> Tensor:
        pictures = self.image.to_pictures(self.spectrum)
        draws = [draw.next() for draw in self.draws]
        if self.strict:  # pictures of different scales differ in size: those of one size run together
            sizes: dict[tuple[int, ...], list[tuple[int, Tensor]]] = {}
            for k, draw in enumerate(draws):
                seen = exact(pictures[k : k + 1], draw)
                sizes.setdefault(tuple(seen.shape), []).append((k, seen))
            parts: list[Tensor] = [torch.empty(0)] * len(draws)
            for group in sizes.values():
                found = self.network(torch.cat([seen for _, seen in group]), fake_relu="dead")
                for row, (k, _) in zip(found, group, strict=True):
                    parts[k] = row[self.neurons[k, 0]]
            activation = torch.stack(parts)
        else:
            activation = self.network(one_pass(pictures, draws), fake_relu="dead").gather(1, self.neurons)[:, 0]
        self.adam.zero_grad()
        activation.sum().backward()
        self.adam.step()
        return activation.detach()

    @torch.no_grad()
    def pictures(self) -> Tensor:
        return self.image.to_pictures(self.spectrum)


RECIPES = {"madry": Madry, "lucent": Lucent}


def _norm(x: Tensor) -> Tensor:
    return x.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
