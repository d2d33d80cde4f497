"""The published packages themselves, as they are: `robustness` 1.2.1 and `torch-lucent` 0.1.8, one item at a time.

What our own engine is held against. Only this file and `reference_horama` import them; they come with
pip install -e '.[reference]'.
"""

from __future__ import annotations

import contextlib
import sys
import types
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ...errors import StudyError
from ...models.network import Network
from ...study.visualization import VisualizationSettings
from .items import Item, Visualization, item_seed
from .objective import Objective
from .parts.pixels import start_pixels
from .parts.spectrum import Spectrum
from .reference_horama import accentuation, maco
from .reference_packages import import_package
from .results import to_pixels, to_visualizations


def visualize_one(
    network: Network, item: Item, settings: VisualizationSettings, snapshot_iterations: Sequence[int] = ()
) -> Visualization:
    """One item by the package of its method, from the same start and with the same draws as our own engine."""
    published = {"madry": _robustness, "lucent": _lucent, "maco": maco, "accentuation": accentuation}
    run = published.get(settings.method)
    if run is None:
        raise StudyError(
            f"[visualization] engine = 'reference' is not for method = {settings.method!r}: no published package "
            "makes it"
        )
    picture, history, snapshots = run(network, item, settings, set(snapshot_iterations))
    return to_visualizations(network, [item], picture, history[:, None], snapshots)[0]


def load_robustness() -> types.ModuleType:
    """robustness.attacker. The package imports a module that torchvision gave up: a stand-in takes its place."""
    if "torchvision.models.utils" not in sys.modules:
        from torch.hub import load_state_dict_from_url

        stand_in = types.ModuleType("torchvision.models.utils")
        stand_in.load_state_dict_from_url = load_state_dict_from_url  # type: ignore[attr-defined]
        sys.modules["torchvision.models.utils"] = stand_in
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return import_package("robustness.attacker", "robustness")


@contextlib.contextmanager
def on_this_device(device: torch.device) -> Iterator[None]:
    """robustness calls .cuda() on its input whatever the device: elsewhere it means 'stay'."""
    if device.type == "cuda":
        yield
        return
    original = Tensor.cuda
    Tensor.cuda = lambda self, *_, **__: self  # type: ignore[method-assign]
    try:
        yield
    finally:
        Tensor.cuda = original  # type: ignore[method-assign]


class AsPackagesCall(nn.Module):
    """The network as the packages call it: pictures in [0, 1] in, representation out; normalization is inside."""

    def __init__(self, network: Network, fake_relu: bool) -> None:
        super().__init__()
        self.network, self.fake_relu = network, fake_relu
        self.representation = nn.Identity()

    def forward(self, pictures: Tensor) -> Tensor:
        return self.representation(self.network(pictures, fake_relu=self.fake_relu))


def _robustness(
    network: Network, item: Item, settings: VisualizationSettings, snapshot_iterations: set[int]
) -> tuple[Tensor, np.ndarray, dict[int, np.ndarray]]:
    """Attacker.forward with the notebook's arguments: constraint '2', targeted False, use_best False."""
    attacker_module = load_robustness()
    device = network.mean.device
    attacker = published_attacker(attacker_module, network)
    start = start_pixels(item, network.size, settings)[None].to(network.mean)
    objective = Objective([item], network.mean)
    history: list[float] = []
    snapshots: dict[int, np.ndarray] = {}

    def activation(model: nn.Module, pictures: Tensor, target: Tensor) -> tuple[Tensor, None]:
        if len(history) in snapshot_iterations:
            snapshots[len(history)] = to_pixels(pictures)
        value = objective.values(model(pictures))
        history.append(float(value.detach()[0]))
        return value, None

    with on_this_device(device):
        picture = attacker(
            start, torch.zeros(1, dtype=torch.long, device=device), constraint="2", eps=settings.radius,
            step_size=settings.step_size, iterations=settings.iterations, targeted=False, use_best=False,
            do_tqdm=False, custom_loss=activation,
        )  # fmt: skip
    if settings.iterations in snapshot_iterations:
        snapshots[settings.iterations] = to_pixels(picture)
    return picture, np.array(history), snapshots


def published_attacker(module: Any, network: Network) -> nn.Module:
    """Its Attacker around the network, whose own normalization replaces the attacker's.

    That one clamps pictures to [0, 1], where they already are. When the package was published a clamp passed the
    gradient of values at its very ends; torch now stops it there, and every pixel that ever got to 0 or 1 would stay.
    """
    statistics = types.SimpleNamespace(mean=torch.zeros(3), std=torch.ones(3))
    attacker = module.Attacker(AsPackagesCall(network, True), statistics)
    attacker.normalize = _Unchanged()
    return attacker.to(network.mean.device)


class _Unchanged(nn.Module):
    """Pictures as they are; gradients laid out as robustness views them."""

    def forward(self, pictures: Tensor) -> Tensor:
        if pictures.requires_grad:
            pictures.register_hook(lambda gradient: gradient.contiguous())
        return pictures


class _Picture:
    """render_vis asks for the shape of the picture first, and would enlarge what is below 224 px: it is told 224."""

    def __init__(self, picture: Any) -> None:
        self.picture, self.shape_was_read = picture, False

    def __call__(self) -> Tensor:
        if not self.shape_was_read:
            self.shape_was_read = True
            return torch.empty(1, 3, 224, 224)
        return self.picture()


def _lucent(
    network: Network, item: Item, settings: VisualizationSettings, snapshot_iterations: set[int]
) -> tuple[Tensor, np.ndarray, dict[int, np.ndarray]]:
    """render_vis with its standard transforms and its Adam."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        render = import_package("lucent.optvis.render", "torch-lucent")
        parameters = import_package("lucent.optvis.param", "torch-lucent")
    model = AsPackagesCall(network, fake_relu=False)
    params, picture = parameters.image(network.size, fft=True, decorrelate=True)
    with torch.no_grad():
        params[0].copy_(Spectrum(network, [item], settings).parameters)
    unit = Objective([item], network.mean)
    history: list[float] = []

    def objective(hook: Any) -> Tensor:
        value = unit.values(hook("representation"))
        history.append(float(value.detach()[0]))
        return -value.mean()

    kept = sorted(snapshot_iterations | {settings.iterations})
    before = np.random.get_state()
    np.random.seed(item_seed(item, "lucent"))
    try:
        images = render.render_vis(
            model, objective, lambda: (params, _Picture(picture)),
            optimizer=lambda p: torch.optim.Adam(p, lr=settings.learning_rate), thresholds=kept, preprocess=False,
            progress=False, show_image=False,
        )  # fmt: skip
    finally:
        np.random.set_state(before)
    snapshots = {
        iteration: (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
        for iteration, image in zip(kept, images, strict=True)
        if iteration in snapshot_iterations
    }
    with torch.no_grad():
        return picture().detach(), np.array(history), snapshots
