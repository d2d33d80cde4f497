"""Training the creature network: the attack stays in its ball and hurts, a resumed run is the same run."""

from __future__ import annotations

import json

import pytest
import torch
from safetensors import safe_open
from torch.nn import functional as F

from generator.models import ModelSettings
from generator.models.loading import load_network
from generator.world import training as t
from generator.world.training_set import PARTS, TrainingSet, paint_training_set

pytestmark = pytest.mark.slow
RECIPE = t.Recipe(per_class=2, epochs=2, batch=6, steps=1, held_out=1)


@pytest.fixture(scope="module")
def training_set() -> TrainingSet:
    return paint_training_set(2, seed=1)


def test_a_training_set_holds_what_is_where(training_set: TrainingSet) -> None:
    assert training_set.pixels.shape == (18, 3, 128, 128) and training_set.pixels.dtype == torch.uint8
    assert training_set.kinds.tolist() == list(range(9)) * 2
    assert training_set.parts.shape == (18, len(PARTS), 8, 8)
    places = training_set.parts[:, PARTS.index("grass") :]
    assert (places.flatten(1).amax(1) > 0).all(), "every picture shows a place"
    corners = places[:, :, 0, 0].float().amax(1)
    assert corners.median() == 255, "and mostly it fills the corner"


def test_attack_stays_in_the_ball_and_raises_the_loss(training_set: TrainingSet) -> None:
    torch.manual_seed(0)
    learner = t.Learner().eval()
    with torch.no_grad():
        learner.kind.weight *= 100.0  # an untrained network hardly tells pictures apart
    x, kinds = training_set.pixels.float() / 255, training_set.kinds

    def loss(z: torch.Tensor) -> torch.Tensor:
        return F.cross_entropy(learner(z)[1].float(), kinds)

    attacked = t.attack(learner, x, loss, 2.0, 5, torch.Generator().manual_seed(0))
    assert attacked.min() >= 0 and attacked.max() <= 1
    assert (attacked - x).flatten(1).norm(dim=1).max() <= 2.0 + 1e-4
    noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(1))
    shaken = (x + 2.0 * noise / noise.flatten(1).norm(dim=1).view(-1, 1, 1, 1)).clamp(0, 1)
    assert loss(attacked) - loss(x) > 5 * (loss(shaken) - loss(x)).abs(), "a direction that hurts, not any direction"
    torch.testing.assert_close(t.attack(learner, x, loss, 0.0, 2, torch.Generator()), x)


@pytest.mark.parametrize(("asked", "numbers"), [(True, torch.bfloat16), (False, torch.float32)])
def test_it_is_trained_in_the_numbers_asked_for(asked: bool, numbers: torch.dtype) -> None:
    seen = []

    def loss(x: torch.Tensor) -> torch.Tensor:
        seen.append((x.flatten(1) @ torch.ones(x[0].numel(), 1)).dtype)
        return x.sum()

    t.attack(t.Learner(asked), torch.rand(1, 3, 4, 4), loss, 1.0, 1, torch.Generator())
    assert seen == [numbers]


def test_a_resumed_run_is_the_same_run(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    straight = t.train_world(tmp_path / "a.safetensors", work=tmp_path / "a", recipe=RECIPE)

    def stop_after_first_epoch(done: int, total: int, loss: float) -> None:
        if done > total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        t.train_world(tmp_path / "b.safetensors", work=tmp_path / "b", recipe=RECIPE, on_step=stop_after_first_epoch)
    assert not (tmp_path / "b.safetensors").exists()
    steps: list[int] = []
    resumed = t.train_world(
        tmp_path / "b.safetensors",
        work=tmp_path / "b",
        recipe=RECIPE,
        on_step=lambda done, total, loss: steps.append(done),
    )
    assert steps == [4, 5, 6]
    with safe_open(tmp_path / "a.safetensors", "pt") as a, safe_open(tmp_path / "b.safetensors", "pt") as b:
        for key in a.keys():
            torch.testing.assert_close(a.get_tensor(key), b.get_tensor(key))
        card = json.loads(a.metadata()["card"])
        assert card["recipe"]["epochs"] == 2
        assert card["number_format"] == "float32"
    assert straight["accuracy"] == resumed["accuracy"]
    assert json.loads((tmp_path / "b.json").read_text()) == resumed
    network = load_network(ModelSettings(weights=tmp_path / "b.safetensors"), torch.device("cpu"))
    assert network.units == 256 and network(torch.rand(1, 3, 128, 128)).shape == (1, 256)
