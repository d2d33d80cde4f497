"""Methods that need more of a study than its network: magnitudes of its pictures, or pictures to begin from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generator.errors import StudyError
from generator.explanations import stage
from generator.explanations.overlay import NEUTRAL, where_asked
from generator.explanations.visualization.methods import load_method
from generator.explanations.visualization.parts.phases import law, magnitude_of
from generator.explanations.visualization.parts.pixels import l2_norm
from generator.pipeline.context import begin
from generator.store import Store
from generator.study import Study, load_study
from generator.study.visualization import LATER, METHODS, TRACED, VisualizationSettings
from tests.pipeline.test_conditions import page, run
from tests.small_study import SIDE, Counting, study

FEW = {"iterations": 2, "crops": 2}


def both(folder: Path, shown: int = 2, **questions: object) -> Study:
    return study(
        folder, study={"conditions": (1, "grown")}, visualization={"method": "maco", **FEW}, questions=questions,
        visualizations={"accented": {"method": "accentuation", **FEW}},
        conditions={"grown": {"shows": [{"visualizations": shown, "method": "accented", "gridcam": False}]}},
    )  # fmt: skip


def test_neurons_are_chosen_by_one_and_explained_by_the_other(
    photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "FEWEST", 5)
    report = run(both(photographs), tmp_path)
    kept = Store(tmp_path / "artifacts")
    assert len(list((kept.root / "magnitudes").iterdir())) == 1
    shown = [q["attributions"] for q in page(tmp_path, "grown")["sets"][0]]
    with Image.open(report.private / "diagnostics" / "neurons.png") as sheet:  # maco's, accented ones, faded ones
        assert sheet.width == 134 * (2 * (1 + 2) + 1 + 9) + 6  # an example without grid-cams, nine top pictures
    assert len(report.neurons) == 3 and [len({a["src"] for a in each}) for each in shown] == [2, 2, 2]
    again = run(both(photographs), tmp_path)
    cached = {each.name: each.cached for each in again.stages}
    assert again.study_id == report.study_id
    assert all(cached[name] for name in ("pictures", "activations", "visualization", "grid-cam"))


def test_what_cannot_begin_from_a_picture_is_made_of_another_seed(photographs: Path, tmp_path: Path) -> None:
    run(study(photographs, visualization={"method": "maco", **FEW}), tmp_path, conditions=(3,))
    shown = [q["attributions"] for q in page(tmp_path, 3)["sets"][0]]
    assert [len({a["src"] for a in each}) for each in shown] == [4, 4, 4]  # two examples, two visualizations


def test_of_few_pictures_the_law_is_taken(photographs: Path, tmp_path: Path) -> None:
    run(both(photographs), tmp_path, conditions=(1,))
    assert not (tmp_path / "artifacts" / "magnitudes").exists()


def test_accentuation_does_not_choose_neurons(photographs: Path, tmp_path: Path) -> None:
    with pytest.raises(StudyError) as caught:
        run(study(photographs, visualization={"method": "accentuation"}), tmp_path)
    assert str(caught.value) == (
        "[visualization] method = 'accentuation' begins from pictures, and neurons are chosen by what is made from "
        "noise: name it under [visualizations.NAME] and show it in a condition"
    )


def test_each_accented_picture_needs_an_example(photographs: Path, tmp_path: Path) -> None:
    with pytest.raises(StudyError) as caught:
        run(both(photographs, 3, examples=2), tmp_path, conditions=("grown",))
    assert str(caught.value).endswith(
        "has 2 dataset examples, and 3 visualizations of method 'accented' begin from one each: raise [questions] "
        "examples"
    )


def test_participants_see_pictures_fade_where_a_study_asks_for_it(photographs: Path, tmp_path: Path) -> None:
    plain = run(study(photographs, visualization={"method": "maco", **FEW}), tmp_path, conditions=(1,))
    (whole, *_) = visualizations(tmp_path)
    fading = study(photographs, visualization={"method": "maco", "transparency": True, **FEW})
    faded = run(fading, tmp_path, conditions=(1,))
    (shown, *_) = visualizations(tmp_path)
    cached = {each.name: each.cached for each in faded.stages}
    assert cached["visualization"] and faded.neurons == plain.neurons and faded.study_id != plain.study_id
    context = begin(fading, tmp_path / "artifacts", "cpu", Counting())
    made = context.visualizer.first(faded.neurons)[faded.neurons[0]]
    assert np.abs(whole - made["pixels"].astype(float)).mean() < np.abs(shown - made["pixels"].astype(float)).mean()
    expected = where_asked(made["pixels"], made["trace"], NEUTRAL).astype(float)
    assert np.abs(shown - expected).mean() < np.abs(whole - expected).mean()


def visualizations(folder: Path) -> list[np.ndarray]:
    """The first visualization of each question of experiment 1, as its page has it."""
    shown = [question["attributions"][0]["src"] for question in page(folder, 1)["sets"][0]]
    return [np.asarray(Image.open(folder / "dist" / "exp1" / src).convert("RGB")).astype(float) for src in shown]


def test_transparency_is_of_methods_that_tell_it() -> None:
    assert {name for name in METHODS if load_method(name).traced} == set(TRACED)
    assert VisualizationSettings(method="maco", transparency=True).by("lucent").transparency is False
    assert VisualizationSettings(method="maco", transparency=True).by("accentuation").transparency
    for settings in ({"method": "madry"}, {"method": "maco", "engine": "reference"}):
        with pytest.raises(StudyError) as caught:
            load_study(None, {"visualization": {**settings, "transparency": True}})
        assert str(caught.value) == (
            "settings: [visualization] transparency is for methods 'maco' and 'accentuation' of the native engine: no "
            "other tells it"
        )


def test_what_a_method_takes_where_nothing_is_said() -> None:
    assert VisualizationSettings().learning_rate == 0.05
    maco = VisualizationSettings(method="maco")
    assert (maco.learning_rate, maco.iterations, maco.crops) == (1.0, 128, 2)
    assert VisualizationSettings(method="accentuation").iterations == 32
    assert VisualizationSettings(method="accentuation", learning_rate=0.2).learning_rate == 0.2
    named = load_study(None, {"visualizations": {"grown": {"method": "maco"}}})
    assert named.visualizations["grown"].learning_rate == 1.0
    assert set(LATER) < set(VisualizationSettings.model_fields)


def test_a_law_is_a_spectrum_of_pictures_and_pictures_have_theirs() -> None:
    """Pictures of the law's magnitudes and random phases have about those magnitudes, up to their scale."""
    rng = np.random.default_rng(0)
    magnitude = law(SIDE)[0].numpy()
    pictures = []
    for _ in range(60):
        phase = np.exp(1j * rng.uniform(-np.pi, np.pi, (3, SIDE, SIDE // 2 + 1)))
        picture = np.fft.irfft2(magnitude * phase, s=(SIDE, SIDE))
        pictures.append(1 / (1 + np.exp(-0.5 * np.einsum("dhw,dc->hwc", picture / picture.std(), np.eye(3)))))
    found = magnitude_of((np.stack(pictures) * 255).round().astype(np.uint8))
    assert found.shape == (3, SIDE, SIDE // 2 + 1) and found.dtype == np.float32
    inner = found[:, 1 : SIDE // 2, 1 : SIDE // 2].mean(0)  # the others are one frequency and its mirror image
    slope = np.polyfit(np.log(magnitude[1 : SIDE // 2, 1 : SIDE // 2]).ravel(), np.log(inner).ravel(), 1)[0]
    assert slope == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("penalty", ["pixel_penalty", "representation_penalty"])
def test_a_penalty_keeps_a_picture_near_its_start(penalty) -> None:
    from generator.explanations.visualization.batch import Batch
    from generator.explanations.visualization.items import Item
    from tests.explanations.visualization.conftest import residual_network

    network = residual_network()
    start = np.random.default_rng(2).integers(0, 255, (32, 32, 3), np.uint8)
    apart = []
    for weight in (0.0, 1000.0):
        settings = {"pixel_penalty": 0.0, "representation_penalty": 0.0, penalty: weight}
        batch = Batch(
            network, [Item(3, 0, start)], VisualizationSettings(method="accentuation", crops=2, crop_noise=0, **settings)
        )
        first = batch.pictures()
        for _ in range(15):
            batch.step()
        moved = batch.pictures() - first
        if penalty == "pixel_penalty":
            apart.append(float(l2_norm(moved)))
        else:
            apart.append(float((network(batch.pictures()) - network(first)).norm()))
    assert apart[1] < 0.7 * apart[0]
