"""Our engine against the published packages themselves: same start, same draws, 32 bits."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch

from generator.explanations.visualization.items import Item
from generator.explanations.visualization.optimizer import visualize
from generator.explanations.visualization.parametrization import COLOUR, Fourier
from generator.explanations.visualization.transforms import Draw, Draws, exact, rotated, scaled, shifted
from generator.models import NetworkHandle
from generator.models.network import Network
from generator.study.model import ModelSettings
from generator.study.visualization import VisualizationSettings

from .conftest import SIZE, residual_network

warnings.filterwarnings("ignore")
pytest.importorskip("robustness", reason="the packages of the extra [reference] are not installed")
lucent = pytest.importorskip("lucent.optvis", reason="the packages of the extra [reference] are not installed")


def both(network: Network, items: list[Item], snapshots=(), **settings):
    ours = VisualizationSettings(**settings)
    theirs = ours.model_copy(update={"engine": "reference"})
    return visualize(network, items, ours, snapshots=snapshots), visualize(network, items, theirs, snapshots=snapshots)


# madry
def test_the_first_ten_iterates_are_those_of_robustness(residual) -> None:
    from generator.explanations.visualization import recipes
    from generator.explanations.visualization.reference import _on_this_device, load_robustness, published_attacker

    item, settings = Item(3, seed=4), VisualizationSettings(noise_sd=0.05, iterations=10, step_size=0.3)
    ours = recipes.Madry(residual, [item], settings)
    seen = []

    def loss(model, pictures, target):
        seen.append(pictures.detach().clone())
        return model(pictures)[:, item.neuron], None

    attacker = published_attacker(load_robustness(), residual)
    with _on_this_device(torch.device("cpu")):
        last = attacker(
            ours.x.clone().contiguous(), torch.zeros(1, dtype=torch.long), constraint="2", eps=1000.0, step_size=0.3, iterations=10,
            targeted=False, use_best=False, custom_loss=loss,
        )  # fmt: skip
    for expected in [*seen[1:], last]:
        ours.step()
        assert (ours.pictures() - expected).abs().max() < 1e-4


def test_two_hundred_steps_end_at_the_same_activation() -> None:
    network = NetworkHandle(ModelSettings(), "cpu").network
    items = [Item(181, 0), Item(175, 1)]
    ours, theirs = both(network, items, snapshots=[1, 200], iterations=200, step_size=0.57, noise_sd=0.1)
    for one, other in zip(ours, theirs, strict=True):
        assert one.activation == pytest.approx(other.activation, rel=0.01)
        assert one.history[:10] == pytest.approx(other.history[:10], rel=1e-4, abs=1e-5)
        assert np.abs(one.snapshots[1].astype(int) - other.snapshots[1]).max() <= 1
        assert np.array_equal(other.snapshots[200], other.pixels)


# lucent
@pytest.mark.parametrize("size", [32, 33])
def test_the_parametrization_is_lucents(size) -> None:
    from lucent.optvis.param import image

    ours = Fourier([Item(0, 0), Item(1, 5)], size, torch.device("cpu"))
    params, theirs = image(size, batch=2)
    assert params[0].shape == ours.spectrum.shape
    with torch.no_grad():
        params[0].copy_(ours.spectrum)
        assert (ours.to_pictures(ours.spectrum) - theirs()).abs().max() < 1e-5


def test_colours_are_lucents() -> None:
    from lucent.optvis.param.color import color_correlation_normalized

    assert np.abs(COLOUR.numpy() - color_correlation_normalized).max() < 1e-6


def forced(monkeypatch, values) -> None:
    queue = list(values)
    monkeypatch.setattr(np.random, "choice", lambda choices: queue.pop(0))


def smooth_picture() -> torch.Tensor:
    """Without jumps, at its border neither: there a sample's place, which the packages round to 1e-7, is worth 1e-5."""
    coarse = torch.rand(2, 3, 7, 7, generator=torch.Generator().manual_seed(0))
    window = torch.hann_window(58, periodic=False)[1:-1]
    picture = torch.nn.functional.interpolate(coarse, 56, mode="bicubic").clamp(0, 1)
    return picture * window[:, None] * window


PICTURE = smooth_picture()


@pytest.mark.parametrize("shift", [(0, 0), (3, 7), (5, 1)])
def test_jitter_is_lucents(monkeypatch, shift) -> None:
    from lucent.optvis.transform import jitter

    forced(monkeypatch, shift)
    assert (jitter(8)(PICTURE) - shifted(PICTURE, shift)).abs().max() < 1e-5


@pytest.mark.parametrize("scale", [0.9, 0.98, 1.0, 1.04, 1.1])
def test_scale_is_lucents(monkeypatch, scale) -> None:
    from lucent.optvis.transform import random_scale

    forced(monkeypatch, [scale])
    expected = random_scale([scale])(PICTURE)
    assert expected.shape == scaled(PICTURE, scale).shape
    assert (expected - scaled(PICTURE, scale)).abs().max() < 1e-5


@pytest.mark.parametrize("angle", [0, -10, 3, 10])
def test_rotation_is_lucents(monkeypatch, angle) -> None:
    from lucent.optvis.transform import random_rotate

    forced(monkeypatch, [angle])
    assert (random_rotate([angle])(PICTURE) - rotated(PICTURE, angle)).abs().max() < 1e-5


def test_the_chain_and_its_draws_are_lucents() -> None:
    from lucent.optvis.transform import compose, standard_transforms

    from generator.explanations.visualization.items import draws_of

    item = Item(2, 9)
    draws, chain = Draws(item), compose(standard_transforms)
    before = np.random.get_state()
    np.random.seed(draws_of(item, "lucent"))
    for _ in range(20):
        expected, ours = chain(PICTURE), exact(PICTURE, draws.next())
        # Grey that ends in black is a jump, three interpolations long.
        assert expected.shape == ours.shape and (expected - ours).abs().max() < 5e-5
    np.random.set_state(before)


def test_at_224_the_network_sees_what_it_sees_with_lucent() -> None:
    sizes = {exact(torch.zeros(1, 3, 224, 224), Draw((0, 0), s, 0, (0, 0))).shape[-1] for s in (0.9, 1.0, 1.1)}
    assert min(sizes) == 248 and max(sizes) == 273


def test_fifty_steps_of_lucent_end_at_the_same_activation() -> None:
    network = residual_network(size=48)
    items = [Item(n, s) for n in range(3) for s in range(2)]
    ours, theirs = both(network, items, snapshots=[5, 50], method="lucent", iterations=50)
    for one, other in zip(ours, theirs, strict=True):
        assert one.history[:10] == pytest.approx(other.history[:10], rel=1e-3, abs=1e-5)
        assert one.activation == pytest.approx(other.activation, rel=0.01)
        assert np.abs(one.snapshots[5].astype(int) - other.snapshots[5]).max() <= 1


def test_a_picture_can_be_the_start_of_both(residual) -> None:
    start = (torch.rand(SIZE, SIZE, 3, generator=torch.Generator().manual_seed(2)) * 200 + 25).byte().numpy()
    ours, theirs = both(residual, [Item(1, 0, start)], method="lucent", iterations=5)
    assert ours[0].history == pytest.approx(theirs[0].history, rel=1e-3, abs=1e-5)


def test_the_packages_leave_no_trace(residual) -> None:
    before, cuda = np.random.get_state()[1].copy(), torch.Tensor.cuda
    for method in ("madry", "lucent"):
        visualize(residual, [Item(0)], VisualizationSettings(engine="reference", method=method, iterations=2))
    assert np.array_equal(before, np.random.get_state()[1]) and torch.Tensor.cuda is cuda
