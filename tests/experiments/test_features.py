"""Features beside neurons: one study of both, built, observed and compared; a dictionary trained and taken up again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save_file

from generator.errors import StudyError
from generator.experiments.features import compare, features_study
from generator.models import NetworkHandle
from generator.models.dictionary.training import Recipe, Training
from generator.pictures import load_pictures
from generator.pipeline import build
from generator.pipeline.features import train
from generator.store import Store
from generator.study import load_study
from tests.models.dictionaries import WIDTH
from tests.small_study import Counting, picture, study


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("pictures")
    for number in range(60):
        Image.fromarray(picture(number)).save(where / f"{number:02d}.png")
    return where


@pytest.fixture(scope="module")
def spread(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Features that each follow one neuron of the small network's layer, above a threshold that few places reach."""
    path = tmp_path_factory.mktemp("dictionary") / "sae.safetensors"
    save_file({"encoder": torch.eye(WIDTH), "encoder_bias": torch.full((WIDTH,), -0.05)}, path)
    return path


def test_machine_scores_are_compared_over_units() -> None:
    def scores(neurons: list[float], features: list[float]) -> list[dict[str, object]]:
        means = dict(enumerate(neurons)) | {100 + k: mean for k, mean in enumerate(features)}
        return [{"neuron": k, "condition": 1, "observer": "features", "mean": mean} for k, mean in means.items()]

    (same,) = compare(scores([1.0, 2.0], [1.0, 2.0]), 100, 0)
    assert (same.neurons, same.features, same.difference, same.p) == (1.5, 1.5, 0.0, 1.0)
    (apart,) = compare(scores([0.0, 0.1, 0.2, 0.1], [2.0, 2.1, 2.2, 2.1]), 100, 0)
    assert apart.difference == 2.0 and apart.low > 1.8 and apart.high < 2.2
    assert abs(apart.p - 2 / 70) < 0.01  # of the 70 ways to deal eight units to two kinds two are as far apart
    assert compare(scores([1.0], []), 100, 0) == []


def test_a_features_study_needs_a_dictionary(folder: Path) -> None:
    with pytest.raises(StudyError) as caught:
        features_study(study(folder), reporter=Counting())
    assert str(caught.value) == (
        "a features study needs [model] dictionary, or --dictionary FILE: train-dictionary makes one"
    )


def test_kinds_have_sets_of_their_own(folder: Path, spread: Path, tmp_path: Path) -> None:
    asked = study(folder, model={"dictionary": spread, "units": "both"}, questions={"sets": 3})
    with pytest.raises(StudyError) as caught:
        build(asked, out=tmp_path / "dist", private=tmp_path / "p", artifacts=tmp_path / "a", reporter=Counting())
    assert str(caught.value) == (
        "[questions] kind = 'drawn' with sets = 3 is not allowed with [model] units = 'both': the first half of drawn "
        "sets asks about neurons and the second about features, so that their number is even"
    )


@pytest.mark.slow
def test_neurons_and_features_of_one_layer_are_asked_about_in_sets_and_compared(
    folder: Path, spread: Path, tmp_path: Path
) -> None:
    asked = study(
        folder, model={"layer": "3", "dictionary": spread}, selection={"count": 2},
        study={"conditions": [2]}, site={"practice": 0},
    )  # fmt: skip
    report = features_study(
        asked, observers=["colour", "blind"], draws=2, out=tmp_path / "dist", private=tmp_path / "private",
        results=tmp_path / "results", artifacts=tmp_path / "artifacts", reporter=Counting(),
    )  # fmt: skip
    assert [len(units) for units in report.kinds.values()] == [2, 2]
    key = json.loads((report.built.private / "answer_key.json").read_text())
    neurons = {question["id"]: question["neuron"] for question in key["questions"]}
    of_sets = [[neurons[each] for each in of_set["questions"]] for of_set in key["sets"]]
    assert all(unit < WIDTH for unit in of_sets[0]) and all(WIDTH <= unit < 2 * WIDTH for unit in of_sets[1])
    kinds = {question["neuron"]: question["kind"] for question in key["questions"]}
    assert kinds == dict.fromkeys(of_sets[0], "neuron") | dict.fromkeys(of_sets[1], "feature")
    record = json.loads(report.record.read_text())
    assert record["units"] == {"neurons": of_sets[0], "features": of_sets[1]}
    assert {(each["observer"], each["condition"]) for each in record["compared"]} == {("colour", 2), ("blind", 2)}
    assert record["neurons_of_the_layer"] == WIDTH


@pytest.mark.slow
def test_a_dictionary_is_trained_seeded_and_taken_up_again(folder: Path, tmp_path: Path) -> None:
    asked = study(folder, model={"layer": "3"})
    recipe = Recipe(features=32, k=4, epochs=3, batch=64, learning_rate=0.02, places=60 * 40)
    outs = [tmp_path / f"{name}.safetensors" for name in ("whole", "again", "killed")]
    try:
        trained = [train(asked, recipe, out, artifacts=tmp_path / out.stem, reporter=Counting()) for out in outs[:2]]
    except StudyError as error:
        pytest.skip(str(error))
    assert outs[0].read_bytes() == outs[1].read_bytes()
    assert trained[0].features == 32 and trained[0].width == WIDTH and trained[0].held_out == 6 * 40
    assert 0 < trained[0].r2 <= 1 and 0 < trained[0].l0 <= 4

    class Killed(Exception):
        pass

    def kill(done: float, total: float) -> None:
        if done == 2:
            raise Killed

    handle, store = NetworkHandle(asked.model), Store(tmp_path / "killed")
    pictures = load_pictures(asked.data, handle.size, asked.seed, store, lambda *_: None)
    first = Training(handle, recipe, outs[2], tmp_path / "killed" / "training")
    first.take_places(pictures, store, lambda *_: None)
    with pytest.raises(Killed):
        first.run(on_epoch=kill)
    assert not outs[2].exists()
    reporter = Counting()
    train(asked, recipe, outs[2], artifacts=tmp_path / "killed", reporter=reporter)
    assert reporter.steps_in["dictionary"] == 1, "two of three epochs are there"
    assert outs[2].read_bytes() == outs[0].read_bytes()
    with safe_open(outs[0], framework="np") as file:
        assert file.metadata()["activation"] == "topk" and file.metadata()["layer"] == "3"
        assert np.allclose(np.linalg.norm(file.get_tensor("decoder"), axis=1), 1, atol=1e-5)


@pytest.mark.slow
def test_a_study_of_ten_features_is_built_and_its_visualizations_raise_them(
    folder: Path, spread: Path, tmp_path: Path
) -> None:
    asked = study(
        folder, model={"layer": "3", "dictionary": spread}, selection={"count": 10}, study={"conditions": [1, 3]},
        visualization={"iterations": 20, "step_size": 2.0},
    )  # fmt: skip
    where = {"out": tmp_path / "dist", "private": tmp_path / "private", "artifacts": tmp_path / "a"}
    report = build(asked, **where, reporter=Counting())
    assert len(report.neurons) == 10 and report.units == WIDTH
    made = sorted((tmp_path / "a" / "visualizations").glob("*.safetensors"))
    for path in made:
        with safe_open(path, framework="np") as file:
            history = file.get_tensor("history")
        assert history[-1] > history[0]
    assert len(made) >= 10


def test_train_dictionary_says_what_it_cannot_do(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(StudyError) as caught:
        train(load_study(), Recipe(), tmp_path / "sae.pt", artifacts=tmp_path, reporter=Counting())
    assert str(caught.value) == f"--out {tmp_path / 'sae.pt'} must end in .safetensors"
