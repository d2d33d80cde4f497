"""Direct feature visualization on a robust network, many neurons at once: items -> pictures.

The recipe is that of Engstrom et al. 2019, "Adversarial robustness as a prior for learned representations", as
published in their notebook for `robustness`: normalized gradient steps on the representation's coordinate, no
regularizer, the last rectifier's gradient replaced by the identity.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..errors import StudyError
from ..models.device import out_of_memory
from ..models.network import Network
from .settings import VisualizationSettings


@dataclass(frozen=True)
class Item:
    """What to visualize: a neuron, a seed for its noise, and a start picture uint8 [S, S, 3] (None: start at noise)."""

    neuron: int
    seed: int = 0
    start: np.ndarray | None = None


@dataclass(frozen=True)
class Visualization:
    """A finished item: pixels uint8 [S, S, 3]; the neuron's activation for them, and before each step [iterations]."""

    item: Item
    pixels: np.ndarray
    activation: float
    history: np.ndarray


def visualize(
    network: Network,
    items: Sequence[Item],
    settings: VisualizationSettings,
    *,
    on_progress: Callable[[int], None] | None = None,
    on_finished: Callable[[Visualization], None] | None = None,
) -> list[Visualization]:
    """Items -> visualizations in the same order, optimized `settings.batch` at a time on the network's device.

    on_progress(steps) is told of finished image-steps (one picture, one iteration), on_finished of each finished item.
    Raises ValueError if a neuron or a start picture does not fit the network.
    """
    for item in items:
        _check(network, item)
    finished: list[Visualization] = []
    batch = settings.batch
    while len(finished) < len(items):
        chunk = items[len(finished) : len(finished) + batch]
        try:
            made = _ascend(network, chunk, settings, on_progress)
        except RuntimeError as error:
            if not out_of_memory(error):
                raise
            if batch == 1:
                raise StudyError(
                    "memory ran out while optimizing a single feature visualization; use a smaller network or picture "
                    "size, or --device cpu"
                ) from error
            batch = max(batch // 2, 1)
            continue
        finished += made
        for one in made:
            if on_finished:
                on_finished(one)
    return finished


def _check(network: Network, item: Item) -> None:
    if not 0 <= item.neuron < network.units:
        raise ValueError(
            f"neuron {item.neuron} does not exist in {network.name}, layer '{network.layer}': "
            f"its neurons are 0 to {network.units - 1}"
        )
    expected = (network.size, network.size, 3)
    if item.start is not None and item.start.shape != expected:
        raise ValueError(
            f"a start picture of neuron {item.neuron} has shape {item.start.shape}; {network.name} takes {expected}"
        )


def start_picture(item: Item, size: int, settings: VisualizationSettings) -> Tensor:
    """The item's first picture [3, S, S] in [0, 1]: its start picture, or noise that depends on (neuron, seed) only."""
    if item.start is not None:
        return torch.from_numpy(item.start.copy()).permute(2, 0, 1).float() / 255.0
    key = hashlib.sha256(f"visualization noise {item.neuron} {item.seed}".encode()).digest()
    generator = torch.Generator().manual_seed(int.from_bytes(key[:7], "big"))
    noise = torch.randn(3, size, size, generator=generator)
    return (settings.noise_mean + settings.noise_sd * noise).clamp(0.0, 1.0)


def _ascend(
    network: Network, items: Sequence[Item], settings: VisualizationSettings, on_progress: Callable[[int], None] | None
) -> list[Visualization]:
    device = network.mean.device
    start = torch.stack([start_picture(item, network.size, settings) for item in items])
    start = start.to(device).contiguous(memory_format=torch.channels_last)  # [B, 3, S, S]
    neurons = torch.tensor([item.neuron for item in items], device=device)[:, None]
    x = start.clone()
    history = torch.empty(settings.iterations, len(items))
    for iteration in range(settings.iterations):
        x.requires_grad_(True)
        activation = network(x, fake_relu=True).gather(1, neurons)[:, 0]  # [B]
        (gradient,) = torch.autograd.grad(activation.sum(), x)
        history[iteration] = activation.detach().cpu()
        with torch.no_grad():
            x = x + settings.step_size * gradient / (_norm(gradient) + 1e-10)
            offset = x - start
            offset *= (settings.radius / _norm(offset).clamp(min=1e-12)).clamp(max=1.0)
            x = (start + offset).clamp(0.0, 1.0)
        if on_progress:
            on_progress(len(items))
    pixels = (x * 255.0 + 0.5).to(torch.uint8)
    with torch.no_grad():  # what is stored and shown is the 8-bit picture, so that is what is measured
        final = network(pixels.float() / 255.0).gather(1, neurons)[:, 0].cpu()
    shown = pixels.permute(0, 2, 3, 1).cpu().numpy()
    return [
        Visualization(item, np.ascontiguousarray(shown[k]), float(final[k]), history[:, k].numpy().copy())
        for k, item in enumerate(items)
    ]


def _norm(x: Tensor) -> Tensor:
    return x.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
