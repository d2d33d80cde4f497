"""The madry method: degenerate cases, the step by hand, independence of the batch, what it raises."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from generator.errors import StudyError
from generator.explanations.visualization.items import Item
from generator.explanations.visualization.optimizer import visualize
from generator.explanations.visualization.parts.pixels import start_pixels
from generator.models.network import Network
from generator.study.visualization import VisualizationSettings

from .conftest import ROUNDING, precise

SIZE = 16


@pytest.fixture
def network() -> Network:
    torch.manual_seed(3)
    model = nn.Sequential(
        nn.Conv2d(3, 8, 5, padding=2), nn.ReLU(), nn.Conv2d(8, 6, 5, padding=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1)
    )
    return Network(model, name="small", layer="4", size=SIZE, mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))


def test_no_items_give_no_visualizations(network: Network) -> None:
    assert visualize(network, [], VisualizationSettings()) == []


def test_one_step_is_the_normalized_gradient_clamped(in_64_bits: None, network: Network) -> None:
    precise(network)
    item = Item(2, 5)
    settings = VisualizationSettings(iterations=1, step_size=0.7)
    start = start_pixels(item, SIZE, settings)
    x = start[None].clone().requires_grad_(True)
    value = network(x, fake_relu=True)[0, 2]
    (gradient,) = torch.autograd.grad(value, x)
    expected = (start + 0.7 * gradient[0] / gradient.norm()).clamp(0, 1)
    (made,) = visualize(network, [item], settings)
    np.testing.assert_array_equal(made.pixels, (expected * 255 + 0.5).byte().permute(1, 2, 0).numpy())
    assert made.history.tolist() == pytest.approx([value.item()], rel=ROUNDING)


def test_the_ball_around_the_start_holds(network: Network) -> None:
    start = np.full((SIZE, SIZE, 3), 128, np.uint8)
    settings = VisualizationSettings(iterations=30, radius=0.5)
    (made,) = visualize(network, [Item(0, 0, start)], settings)
    moved = np.linalg.norm((made.pixels.astype(float) - start) / 255.0)
    assert 0.3 < moved < 0.5 + 0.5 / 255 * np.sqrt(start.size)


def test_activation_rises_and_is_that_of_the_stored_picture(network: Network) -> None:
    for made in visualize(
        network, [Item(n, s) for n in range(6) for s in range(2)], VisualizationSettings(iterations=40)
    ):
        stored = torch.from_numpy(made.pixels).permute(2, 0, 1)[None].float() / 255.0
        assert made.pixels.shape == (SIZE, SIZE, 3) and made.pixels.dtype == np.uint8
        assert made.activation == pytest.approx(float(network(stored)[0, made.item.unit]), rel=1e-4, abs=1e-5)
        assert made.activation > made.history[0]


def test_an_item_does_not_depend_on_its_batch(network: Network) -> None:
    precise(network)
    items = [Item(n, seed) for n in range(4) for seed in range(2)]
    settings = VisualizationSettings(iterations=10)
    together = visualize(network, items, settings)
    apart = visualize(network, items, settings.model_copy(update={"batch": 3}))
    for one, other in zip(together, apart, strict=True):
        assert one.item is other.item
        assert one.history == pytest.approx(other.history, rel=ROUNDING) and np.array_equal(one.pixels, other.pixels)


def test_seeds_and_neurons_start_at_their_own_noise() -> None:
    settings = VisualizationSettings(noise_sd=0.1)
    pictures = [start_pixels(Item(n, s), 32, settings) for n, s in ((0, 0), (0, 1), (1, 0))]
    assert torch.equal(pictures[0], start_pixels(Item(0, 0), 32, settings))
    assert not torch.equal(pictures[0], pictures[1]) and not torch.equal(pictures[0], pictures[2])
    assert float(pictures[0].mean()) == pytest.approx(0.5, abs=0.01)
    assert float(pictures[0].std()) == pytest.approx(0.1, abs=0.01)


def test_memory_running_out_halves_the_batch(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    precise(network)
    sizes: list[int] = []
    forward = Network.forward

    def small_memory(self: Network, pictures: torch.Tensor, fake_relu: bool = False) -> torch.Tensor:
        sizes.append(len(pictures))
        if len(pictures) > 2:
            raise torch.OutOfMemoryError("out of memory")
        return forward(self, pictures, fake_relu)

    expected = visualize(network, [Item(n) for n in range(5)], VisualizationSettings(iterations=2, batch=2))
    monkeypatch.setattr(Network, "forward", small_memory)
    made = visualize(network, [Item(n) for n in range(5)], VisualizationSettings(iterations=2, batch=5))
    assert max(sizes) == 5 and [v.item.unit for v in made] == [0, 1, 2, 3, 4]
    for one, other in zip(made, expected, strict=True):
        np.testing.assert_array_equal(one.pixels, other.pixels)


def test_memory_for_not_even_one_is_one_sentence(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(self: Network, pictures: torch.Tensor, fake_relu: bool = False) -> torch.Tensor:
        raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(Network, "forward", no_memory)
    with pytest.raises(
        StudyError, match="^memory ran out while optimizing a single feature visualization; use a smaller"
    ):
        visualize(network, [Item(0)], VisualizationSettings())


def test_items_that_do_not_fit_are_named(network: Network) -> None:
    with pytest.raises(ValueError, match="^neuron 6 does not exist in small, layer '4': its neurons are 0 to 5$"):
        visualize(network, [Item(6)], VisualizationSettings())
    with pytest.raises(
        ValueError, match=r"^a start picture of neuron 1 has shape \(8, 8, 3\); small takes \(16, 16, 3\)$"
    ):
        visualize(network, [Item(1, 0, np.zeros((8, 8, 3), np.uint8))], VisualizationSettings())
