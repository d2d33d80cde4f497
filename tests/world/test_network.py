"""The shipped network on the world it was trained on: units that answer to parts, pictures and maps that show them."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from generator.explanations.gridcam import compute_gridcams
from generator.explanations.visualization.items import Item
from generator.explanations.visualization.optimizer import visualize
from generator.models import Activations, ModelSettings
from generator.models.activations import compute_activations
from generator.models.identity import WORLD_WEIGHTS
from generator.models.loading import load_network
from generator.models.network import Network
from generator.selection.neurons import apply_criteria
from generator.study import GridcamSettings, SelectionSettings, load_study
from generator.world.painter import CLASSES, Scene, paint

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def network() -> Network:
    return load_network(ModelSettings(), torch.device("cpu"))


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    return [paint(kind, number, seed=77) for kind in CLASSES for number in range(24)]


@pytest.fixture(scope="module")
def activations(network: Network, scenes: list[Scene]) -> np.ndarray:
    return compute_activations(network, np.stack([scene.pixels for scene in scenes]))


def shows(scenes: list[Scene], part: str) -> np.ndarray:
    """Share of each picture that a part covers, [N]."""
    return np.array([scene.masks[part].mean() if part in scene.masks else 0.0 for scene in scenes])


def best_unit(activations: np.ndarray, share: np.ndarray) -> tuple[int, float]:
    """The unit that ranks pictures with the part above those without best, and the area under its ROC curve."""
    there = share > 0.01
    ranks = activations.argsort(0).argsort(0) + 1.0
    positives = int(there.sum())
    auc = (ranks[there].sum(0) - positives * (positives + 1) / 2) / (positives * (len(there) - positives))
    return int(auc.argmax()), float(auc.max())


def test_weights_are_small_and_carry_their_card() -> None:
    assert WORLD_WEIGHTS.stat().st_size <= 5e6
    card = json.loads(WORLD_WEIGHTS.with_suffix(".json").read_text())
    assert card["accuracy"]["epsilon 0"] > 0.95
    assert card["accuracy"]["epsilon 4"] > 0.8
    assert len(card["world"]) == 16 and card["recipe"]["seed"] == 0


def test_many_units_pass_the_papers_criteria(activations: np.ndarray) -> None:
    """With 216 pictures the paper's groups of 100 of some 10,000 become groups of 16."""
    criteria = apply_criteria(Activations.of(activations), SelectionSettings(top_edge_num=16, bottom_edge_num=16))
    assert criteria.passes.sum() >= 60


@pytest.mark.parametrize(
    "part", ["water", "stones", "sky", "sand", "wood", "leaves", "feathers", "plates", "wing", "fin", "claw"]
)
def test_some_unit_answers_to_each_part(activations: np.ndarray, scenes: list[Scene], part: str) -> None:
    assert best_unit(activations, shows(scenes, part))[1] > 0.9


def test_visualizations_drive_their_units_as_top_pictures_do(network: Network, activations: np.ndarray) -> None:
    ordered = np.sort(activations, 0)
    strongest = np.argsort(ordered[-16])[::-1][:6]
    settings = load_study().visualization.model_copy(update={"iterations": 60})
    for made in visualize(network, [Item(int(unit)) for unit in strongest], settings):
        assert made.activation > ordered[-16, made.item.unit]
        assert made.activation > 1.5 * made.history[0]


def test_grid_cam_points_at_the_part(network: Network, activations: np.ndarray, scenes: list[Scene]) -> None:
    """The brightest cell shows the part more often than a cell drawn at random would."""
    hits, chances = [], []
    for part in ("plates", "feathers", "claw", "fin", "wing"):
        share = shows(scenes, part)
        unit, _ = best_unit(activations, share)
        chosen = [k for k in np.argsort(-activations[:, unit]) if 0.03 < share[k] < 0.35][:6]
        maps = compute_gridcams(
            network, np.stack([scenes[k].pixels for k in chosen]), [[unit]] * len(chosen), GridcamSettings(windows=(2,))
        )
        for k, cam in zip(chosen, maps, strict=True):
            cells = scenes[k].masks[part].reshape(8, 16, 8, 16).mean((1, 3))
            hits.append(float(cells.ravel()[cam[0, 0].argmax()] > 0.25))
            chances.append(float((cells > 0.25).mean()))
    assert np.mean(hits) > 1.4 * np.mean(chances)
