"""Our engine against the published packages themselves: same start, same draws, same steps.

Both compute in 64 bits, where rounding alone tells them apart: some 1e-15, after 50 and 200 steps too, and any other
algorithm much more. That what we compute in 32 bits is what we compute in 64: test_engine.py.
"""

from __future__ import annotations

import types
import warnings

import numpy as np
import pytest
import torch

from generator.explanations.visualization.batch import Batch
from generator.explanations.visualization.items import Item
from generator.explanations.visualization.optimizer import visualize
from generator.explanations.visualization.parts.spectrum import COLOUR, Spectrum
from generator.explanations.visualization.parts.transforms import Draw, TransformDraws, exact, rotated, scaled, shifted
from generator.models import NetworkHandle
from generator.models.network import Network
from generator.study.model import ModelSettings
from generator.study.visualization import VisualizationSettings

from .conftest import ROUNDING, SIZE, precise, residual_network

warnings.filterwarnings("ignore")
pytest.importorskip("robustness", reason="the packages of the extra [reference] are not installed")
lucent = pytest.importorskip("lucent.optvis", reason="the packages of the extra [reference] are not installed")


@pytest.fixture
def double(in_64_bits: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both in 64 bits, and with the very same colours, which the package rounds to 32: see test_colours_are_lucents."""
    monkeypatch.setattr("lucent.optvis.param.color.color_correlation_normalized", COLOUR.double().numpy())


def both(network: Network, items: list[Item], snapshots=(), **settings):
    ours = VisualizationSettings(exact=True, **settings)
    theirs = ours.model_copy(update={"engine": "reference"})
    return visualize(network, items, ours, snapshots=snapshots), visualize(network, items, theirs, snapshots=snapshots)


def difference(ours, theirs) -> float:
    """The largest over a whole history, relative to its largest value."""
    return float(np.abs(ours.history - theirs.history).max() / np.abs(theirs.history).max())


# madry
def test_the_first_ten_iterates_are_those_of_robustness(double) -> None:
    from generator.explanations.visualization.reference import load_robustness, on_this_device, published_attacker

    network = precise(residual_network())
    item, settings = Item(3, seed=4), VisualizationSettings(exact=True, noise_sd=0.05, iterations=10, step_size=0.3)
    ours = Batch(network, [item], settings)
    seen = []

    def loss(model, pictures, target):
        seen.append(pictures.detach().clone())
        return model(pictures)[:, item.unit], None

    attacker = published_attacker(load_robustness(), network)
    with on_this_device(torch.device("cpu")):
        last = attacker(
            ours.pictures().clone(), torch.zeros(1, dtype=torch.long), constraint="2", eps=1000.0, step_size=0.3,
            iterations=10, targeted=False, use_best=False, custom_loss=loss,
        )  # fmt: skip
    for expected in [*seen[1:], last]:
        ours.step()
        assert ours.pictures().dtype == expected.dtype == torch.float64
        assert (ours.pictures() - expected).abs().max() < ROUNDING


@pytest.mark.slow
def test_two_hundred_steps_are_those_of_robustness(double) -> None:
    items = [Item(0, 0), Item(1, 1), Item(2, 0)]
    ours, theirs = both(precise(residual_network()), items, [1, 200], iterations=200, step_size=0.3, noise_sd=0.1)
    for one, other in zip(ours, theirs, strict=True):
        assert difference(one, other) < ROUNDING
        assert one.activation == pytest.approx(other.activation, rel=ROUNDING)
        assert np.array_equal(one.snapshots[1], other.snapshots[1]) and np.array_equal(one.pixels, other.pixels)
        assert np.array_equal(other.snapshots[200], other.pixels)


@pytest.mark.parametrize("method", ["madry", "lucent"])
def test_both_raise_the_shipped_network_alike(method, request) -> None:
    network = NetworkHandle(ModelSettings(), "cpu").network  # before there are 64 bits: weights are of 32
    request.getfixturevalue("double")
    ours, theirs = both(precise(network), [Item(181, 0)], method=method, iterations=3, step_size=0.57, noise_sd=0.1)
    assert difference(ours[0], theirs[0]) < ROUNDING and np.array_equal(ours[0].pixels, theirs[0].pixels)


# lucent
@pytest.mark.parametrize("size", [32, 33])
def test_the_parametrization_is_lucents(size, double) -> None:
    from lucent.optvis.param import image

    network = types.SimpleNamespace(size=size, mean=torch.zeros(1, dtype=torch.float64))  # all that it asks of one
    ours = Spectrum(network, [Item(0, 0), Item(1, 5)], VisualizationSettings(method="lucent", exact=True))
    params, theirs = image(size, batch=2)
    assert params[0].shape == ours.parameters.shape
    with torch.no_grad():
        params[0].copy_(ours.parameters)
        assert (ours.pictures() - theirs()).abs().max() < ROUNDING


def test_colours_are_lucents() -> None:
    from lucent.optvis.param.color import color_correlation_normalized

    assert np.abs(COLOUR.numpy() - color_correlation_normalized).max() < 1e-6


def forced(monkeypatch, values) -> None:
    queue = list(values)
    monkeypatch.setattr(np.random, "choice", lambda choices: queue.pop(0))


PICTURE = torch.rand(2, 3, 56, 56, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


@pytest.mark.parametrize("shift", [(0, 0), (3, 7), (5, 1)])
def test_jitter_is_lucents(monkeypatch, double, shift) -> None:
    from lucent.optvis.transform import jitter

    forced(monkeypatch, shift)
    assert (jitter(8)(PICTURE) - shifted(PICTURE, shift)).abs().max() < ROUNDING


@pytest.mark.parametrize("scale", [0.9, 0.98, 1.0, 1.04, 1.1])
def test_scale_is_lucents(monkeypatch, double, scale) -> None:
    from lucent.optvis.transform import random_scale

    forced(monkeypatch, [scale])
    expected = random_scale([scale])(PICTURE)
    assert expected.shape == scaled(PICTURE, scale).shape
    assert (expected - scaled(PICTURE, scale)).abs().max() < ROUNDING


@pytest.mark.parametrize("angle", [0, -10, 3, 10])
def test_rotation_is_lucents(monkeypatch, double, angle) -> None:
    from lucent.optvis.transform import random_rotate

    forced(monkeypatch, [angle])
    assert (random_rotate([angle])(PICTURE) - rotated(PICTURE, angle)).abs().max() < ROUNDING


def test_the_chain_and_its_draws_are_lucents(double) -> None:
    from lucent.optvis.transform import compose, standard_transforms

    from generator.explanations.visualization.items import item_seed

    item = Item(2, 9)
    draws, chain = TransformDraws(item), compose(standard_transforms)
    before = np.random.get_state()
    np.random.seed(item_seed(item, "lucent"))
    for _ in range(20):
        expected, ours = chain(PICTURE), exact(PICTURE, draws.next())
        assert expected.shape == ours.shape and (expected - ours).abs().max() < ROUNDING
    np.random.set_state(before)


def test_at_224_the_network_sees_what_it_sees_with_lucent() -> None:
    sizes = {exact(torch.zeros(1, 3, 224, 224), Draw((0, 0), s, 0, (0, 0))).shape[-1] for s in (0.9, 1.0, 1.1)}
    assert min(sizes) == 248 and max(sizes) == 273


def test_fifty_steps_are_those_of_lucent(double) -> None:
    items = [Item(0, 0), Item(1, 1), Item(2, 0)]
    ours, theirs = both(precise(residual_network()), items, snapshots=[5, 50], method="lucent", iterations=50)
    for one, other in zip(ours, theirs, strict=True):
        assert difference(one, other) < ROUNDING
        assert one.activation == pytest.approx(other.activation, rel=ROUNDING)
        for iteration in (5, 50):
            assert np.array_equal(one.snapshots[iteration], other.snapshots[iteration])


def test_a_picture_can_be_the_start_of_both(double) -> None:
    start = (torch.rand(SIZE, SIZE, 3, generator=torch.Generator().manual_seed(2)) * 200 + 25).byte().numpy()
    ours, theirs = both(precise(residual_network()), [Item(1, 0, start)], method="lucent", iterations=5)
    assert difference(ours[0], theirs[0]) < ROUNDING


def test_the_packages_leave_no_trace(residual) -> None:
    before, cuda = np.random.get_state()[1].copy(), torch.Tensor.cuda
    for method in ("madry", "lucent"):
        visualize(residual, [Item(0)], VisualizationSettings(engine="reference", method=method, iterations=2))
    assert np.array_equal(before, np.random.get_state()[1]) and torch.Tensor.cuda is cuda
