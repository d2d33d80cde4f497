"""Path similarity: what it is of known paths, and whether it tells a network doctored to fool from an honest one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generator.explanations.paths import Paths, PathSimilarity, layers_of, means_of, path_similarity
from generator.explanations.visualization.items import Item
from generator.explanations.visualization.optimizer import visualize
from generator.models.activations import compute_activations
from generator.models.given import GivenNetwork
from generator.models.network import Network
from generator.store import Store
from generator.study import VisualizationSettings
from generator.study.model import ModelSettings
from tests.small_study import SIDE, small_model

SIZE = 32
LAYERS = ("colours", "rectified", "edges", "path", "unit")


class RedDetector(nn.Module):
    """Unit 0 is how red a picture is. fools: pictures finer than natural ones take another path, that of blue."""

    def __init__(self, fools: bool) -> None:
        super().__init__()
        self.fools = fools
        self.colours = nn.Conv2d(3, 2, 1, bias=False)  # red and blue against the others
        self.colours.weight.data = torch.tensor([[1.0, -0.5, -0.5], [-0.5, -0.5, 1.0]])[..., None, None]
        self.rectified, self.path = nn.ReLU(), nn.Identity()
        self.edges = nn.Conv2d(3, 1, 3, bias=False)
        self.edges.weight.data = torch.tensor([[0.0, -1, 0], [-1, 4, -1], [0, -1, 0]]).expand(1, 3, 3, 3) / 3
        self.unit = nn.Conv2d(2, 1, 1, bias=False)
        self.unit.weight.data.fill_(1.0)

    def forward(self, x: Tensor) -> Tensor:
        colours = self.rectified(self.colours(x))
        fine = (self.edges(x).abs().mean((1, 2, 3), keepdim=True) > 0.1).to(x) * self.fools
        return self.unit(self.path(colours * torch.cat([1 - fine, fine], 1)))


def seen(fools: bool) -> GivenNetwork:
    settings = ModelSettings(name="red", layer="unit", size=SIZE, mean=(0.0,) * 3, std=(1.0,) * 3)
    return GivenNetwork(RedDetector(fools), settings, "cpu")


@pytest.fixture(scope="module")
def natural() -> np.ndarray:
    """Smooth pictures of random colours, uint8 [60, S, S, 3]."""
    coarse = torch.rand(60, 3, 3, 3, generator=torch.Generator().manual_seed(0))
    smooth = F.interpolate(coarse, (SIZE, SIZE), mode="bilinear", align_corners=True)
    return (smooth * 255).to(torch.uint8).permute(0, 2, 3, 1).numpy()


def similarity(network: GivenNetwork, natural: np.ndarray, folder: Path) -> tuple[PathSimilarity, float, np.ndarray]:
    """Of unit 0's visualization from noise; what it activates beside the top group's mean; activations."""
    activations = compute_activations(network.network, natural)[:, 0]
    order = np.argsort(-activations)
    settings = VisualizationSettings(method="madry", iterations=12)
    (made,) = visualize(network.network, [Item(0)], settings)
    paths = Paths(network, Store(folder))
    of = [paths.of(list(some)) for some in (made.pixels[None], natural[order[:10]], natural[order[10:]])]
    return path_similarity(paths.layers, *of), made.activation / activations[order[:10]].mean(), activations


def test_a_network_doctored_to_fool_is_told_from_an_honest_one(natural: np.ndarray, tmp_path: Path) -> None:
    honest, strong, activations = similarity(seen(False), natural, tmp_path)
    fooled, too, same = similarity(seen(True), natural, tmp_path)
    assert np.array_equal(activations, same)  # natural pictures do not tell
    assert strong > 1 and too > 1  # nor does how strong the visualizations are
    assert honest.layers == fooled.layers == LAYERS
    on_the_path = LAYERS.index("path")
    assert honest.visualization[on_the_path] > 0.9 and honest.natural[on_the_path] > 0.9
    assert fooled.visualization[on_the_path] < 0 < fooled.natural[on_the_path]
    assert not honest.apart.any() and not honest.parts
    assert fooled.apart[on_the_path] and fooled.parts
    record = json.loads(json.dumps(fooled.record()))
    assert record["layers"] == list(LAYERS) and len(record["visualization"]) == len(record["natural"]) == len(LAYERS)


def test_top_pictures_are_1_and_others_0_and_a_layer_without_a_difference_tells_nothing() -> None:
    rng = np.random.default_rng(0)
    others, top = rng.normal(size=(200, 5)), rng.normal(size=(20, 5)) + [6, 0, 0, 0, 0]
    shown = np.concatenate([top, others])
    both_ways = np.concatenate([others[:10], 2 * others.mean(0) - others[:10]])  # about the others' mean
    found = path_similarity(("a", "b"), [shown, shown], [top, both_ways], [others, others])
    assert found.each.shape == (220, 2) and np.isnan(found.each[:, 1]).all() and found.record()["natural"][1] is None
    scores = found.each[:, 0]
    assert 1 < scores[:20].mean() < 1.05  # a little more than 1: each is part of the mean that it is compared with
    assert abs(scores[20:].mean()) < 1e-9
    assert (scores[:20] < found.natural[0]).sum() <= 2  # nine of ten exceed it
    assert found.apart.tolist() == [True, False] and found.tell.tolist() == [True, False] and found.parts
    assert not path_similarity(("a",), [top], [top], [others]).parts


def test_paths_are_means_over_places_of_blocks_in_their_order(tmp_path: Path) -> None:
    network = Network(small_model(), name="small", layer="4", size=SIDE, mean=(0.5,) * 3, std=(0.25,) * 3)
    layers = layers_of(network)
    assert layers[-1] == "4" and list(layers) == sorted(layers, key=int) and len(set(layers)) == len(layers)
    pixels = np.random.default_rng(0).integers(0, 256, (3, SIDE, SIDE, 3), np.uint8)
    last = means_of(network, layers, pixels)[-1]
    np.testing.assert_allclose(last, compute_activations(network, pixels), rtol=1e-5, atol=1e-6)
