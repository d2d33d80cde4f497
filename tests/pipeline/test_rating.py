"""Candidates' machine scores: from dataset examples and options alone."""

from __future__ import annotations

import pytest

from generator.observers.observer import Trial
from generator.pipeline.rating import rate
from generator.questions.redrawn import DRAWS
from generator.selection.neurons import Neuron
from generator.study import QuestionSettings
from tests.questions.test_redrawn import ACTIVATIONS, PIXELS, SETTINGS, neuron
from tests.record.test_scores import Corner


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
