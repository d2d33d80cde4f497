"""Machine scores of candidates, from dataset examples and options alone, and the studies whose neurons they choose."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator.observers.observer import Trial
from generator.pipeline import BuildReport, explain_selection
from generator.pipeline.rating import rate
from generator.questions.redrawn import DRAWS
from generator.selection.groups import Neuron
from generator.study import QuestionSettings
from tests.questions.test_redrawn import ACTIVATIONS, PIXELS, SETTINGS, neuron
from tests.record.test_scores import Corner
from tests.small_study import Counting, study


def test_candidates_are_rated_by_what_the_observer_picks_right() -> None:
    told: list[tuple[int, int]] = []
    poor = Neuron(8, neuron(8).top[:6], neuron(8).bottom)  # seven pictures of the top group are needed
    scores = rate(
        [neuron(0), neuron(5), poor], Corner(), PIXELS, ACTIVATIONS, SETTINGS, seed=0,
        on_progress=lambda done, total: told.append((done, total)),
    )  # fmt: skip
    assert scores.of == {0: 3.0, 5: 3.0} and told == [(1, 3), (2, 3), (3, 3)]
    assert (scores.highest, scores.chance, scores.draws, scores.observer) == (3, 1.0, DRAWS, "Looks at a corner.")

    class Contrary(Corner):
        def scores(self, trials):
            return [-each for each in super().scores(trials)]

    assert rate([neuron(0)], Contrary(), PIXELS, ACTIVATIONS, SETTINGS, seed=0).of == {0: 0.0}


@pytest.mark.parametrize("examples", [2, 4])
def test_rating_shows_all_examples_and_no_grid_cam(examples: int) -> None:
    seen: list[Trial] = []

    class Watching(Corner):
        def scores(self, trials):
            seen.extend(trials)
            return super().scores(trials)

    rate([neuron(0)], Watching(), PIXELS, ACTIVATIONS, QuestionSettings(examples=examples), seed=3)
    assert len(seen) == DRAWS
    for trial in seen:
        assert [(p.kind, p.cells) for p in trial.explanation] == [("dataset_example", None)] * examples
        assert len(trial.options) == 9 and trial.picks == 3 and trial.unit is None


LOOKS = {"network": "tests.observers.small_network:network", "size": 32}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rating")


def chosen(photographs: Path, folder: Path, **sections) -> tuple[BuildReport, dict, str]:
    """The selection of a small study: its report, its record, its page."""
    report = explain_selection(
        study(photographs, **sections), private=folder / "private", artifacts=folder / "artifacts", device="cpu",
        reporter=Counting(),
    )  # fmt: skip
    shown = report.private / "diagnostics"
    return report, json.loads((shown / "selection.json").read_text()), (shown / "selection.html").read_text()


def test_a_study_s_neurons_are_chosen_by_their_machine_score(photographs: Path, folder: Path) -> None:
    plain, record, page = chosen(photographs, folder, observers=LOOKS)
    assert "machine_scores" not in record and "machine score" not in page
    made = {
        by: chosen(photographs, folder, selection={"by": by}, observers=LOOKS) for by in ("easy", "hard", "spread")
    }
    assert len({plain.study_id, *(report.study_id for report, _, _ in made.values())}) == 4
    for by, (report, record, page) in made.items():
        scores = {int(n): score for n, score in record["machine_scores"]["of"].items()}
        assert set(scores) <= set(record["passing"]) and len(scores) > 3
        assert [each["machine_score"] for each in record["chosen"]] == [scores[n] for n in report.neurons]
        assert f"Chosen by machine score: {by}" in page and page.count("· machine score") == 3
        ranked = sorted(scores.values())
        own = sorted(scores[n] for n in report.neurons)
        assert {"easy": own == ranked[-3:], "hard": own == ranked[:3], "spread": ranked[0] <= own[0] < own[2]}[by]
    again, _, _ = chosen(photographs, folder, selection={"by": "spread"}, observers=LOOKS)
    assert (again.study_id, again.neurons) == (made["spread"][0].study_id, made["spread"][0].neurons)


def test_no_set_is_easier_than_another(photographs: Path, folder: Path) -> None:
    """Six neurons in two sets, dealt 1, 2, 2, 1, 1, 2 from the best score on."""
    report, record, _ = chosen(
        photographs, folder, selection={"by": "easy"}, observers=LOOKS, questions={"sets": 2, "count": 3}
    )
    ranked = sorted((each["machine_score"] for each in record["chosen"]), reverse=True)
    by_set = [sum(each["machine_score"] for each in record["chosen"][first : first + 3]) for first in (0, 3)]
    assert sorted(by_set) == pytest.approx(sorted([ranked[0] + ranked[3] + ranked[4], ranked[1] + ranked[2] + ranked[5]]))
    assert len(report.neurons) == 6


def test_neurons_by_score_hang_on_what_the_observer_looks_with(photographs: Path, folder: Path) -> None:
    ids = {
        chosen(photographs, folder, selection={"by": "easy"}, observers={**LOOKS, "layers": layers})[0].study_id
        for layers in ([], ["fine"])
    }
    assert len(ids) == 2
