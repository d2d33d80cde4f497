"""horama 0.3.0 itself, one item at a time: magnitude-constrained optimization and feature accentuation."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import numpy as np
import torch
from torch import Tensor

from ...models.network import Network
from ...study.visualization import VisualizationSettings
from .items import Item, item_seed, resized
from .objective import Objective
from .parts.phases import Phases, canvas
from .reference_packages import import_package
from .results import to_pixels

Run = tuple[Tensor, np.ndarray, dict[int, np.ndarray]]  # pictures [1, 3, S, S], history, snapshots


def maco(network: Network, item: Item, settings: VisualizationSettings, snapshot_iterations: set[int]) -> Run:
    """Its maco, from our phases and magnitudes, which it would draw and download."""
    ours = Phases(network, [item], settings)
    buffer = ours.magnitude[0], ours.parameters.detach()[0].clone()
    with _horama("maco_fv", "maco_preconditioner", network, snapshot_iterations) as (module, snapshots):
        module.init_maco_buffer = lambda *_, **__: buffer
        objective = _Objective(network, item)
        picture, _ = module.maco(objective, **_arguments(network, item, settings))
    return resized(picture.detach()[None], network.size), np.array(objective.history), snapshots


def accentuation(network: Network, item: Item, settings: VisualizationSettings, snapshot_iterations: set[int]) -> Run:
    """Its accentuation. It stretches the start to all of [0, 1] first, and knows no penalty of representations."""
    assert item.start is not None
    start = torch.from_numpy(item.start.copy()).permute(2, 0, 1).to(network.mean) / 255.0
    with _horama("feature_accentuation", "fa_preconditionner", network, snapshot_iterations) as (module, snapshots):
        objective = _Objective(network, item)
        arguments = _arguments(network, item, settings)
        picture, _ = module.accentuation(objective, start, penalty=settings.pixel_penalty, **arguments)
    return resized(picture.detach()[None], network.size), np.array(objective.history), snapshots


class _Objective:
    """The unit's mean value over crops, and what it was before each step."""

    def __init__(self, network: Network, item: Item) -> None:
        self.network, self.objective, self.history = network, Objective([item], network.mean), list[float]()

    def __call__(self, crops: Tensor) -> Tensor:
        values = self.objective.values(self.network(crops, fake_relu="dead"), [0] * len(crops))
        self.history.append(float(values.detach().mean()))
        return values.mean()


def _arguments(network: Network, item: Item, settings: VisualizationSettings) -> dict[str, Any]:
    """Its crops are from the second number of box_size to as much more as the two differ."""
    torch.manual_seed(item_seed(item, "maco crops"))
    return {
        "total_steps": settings.iterations, "learning_rate": settings.learning_rate,
        "image_size": canvas(network, settings), "model_input_size": network.size, "noise": settings.crop_noise,
        "values_range": (0.0, 1.0), "crops_per_iteration": settings.crops,
        "box_size": (2 * settings.crop_smallest - settings.crop_largest, settings.crop_smallest),
        "device": str(network.mean.device),
    }  # fmt: skip


@contextlib.contextmanager
def _horama(
    name: str, makes_picture: str, network: Network, snapshot_iterations: set[int]
) -> Iterator[tuple[Any, dict[int, np.ndarray]]]:
    """Its module, quiet, with pictures kept as it makes them; everything is as before afterwards."""
    module = import_package(f"horama.{name}", "horama")
    snapshots: dict[int, np.ndarray] = {}
    make: Callable[..., Tensor] = getattr(module, makes_picture)
    made = -1 if name == "feature_accentuation" else 0  # it asks for one picture before the first step

    def watched(*arguments: Any) -> Tensor:
        nonlocal made
        picture = make(*arguments)
        if made in snapshot_iterations and made not in snapshots:
            snapshots[made] = to_pixels(resized(picture.detach()[None], network.size))
        made += 1
        return picture

    changed: dict[str, Any] = {"tqdm": iter, makes_picture: watched}
    if name == "maco_fv":
        changed["init_maco_buffer"] = module.init_maco_buffer  # which `maco` replaces
    with torch.random.fork_rng(devices=[]), mock.patch.multiple(module, **changed):
        yield module, snapshots
