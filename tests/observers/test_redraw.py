"""Questions drawn anew: other pictures of the same neurons, and machine scores with intervals over draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from generator.observers.observer import Trial, scores_of
from generator.observers.review.redraw import (
    RATING_DRAWS,
    MachineScore,
    Redrawn,
    machine_scores,
    rate,
    redraw,
    redraw_seed,
    right_picks,
    score_with_interval,
)
from generator.questions.conditions import named
from generator.questions.drawn import draw_questions
from generator.questions.question import Attribution, QuestionSet
from generator.selection.neurons import Neuron
from generator.study import QuestionSettings

PICTURES, OF_EACH = 240, 24
NAMES = [f"picture {k}" for k in range(PICTURES)]
SETTINGS = QuestionSettings()


def pictures() -> np.ndarray:
    """Ten themes of twenty-four pictures: noise, and all corners of a theme in its own grey; uint8 [240, 16, 16, 3]."""
    pixels = np.random.default_rng(0).integers(0, 255, (PICTURES, 16, 16, 3), np.uint8)
    pixels[:, :4, :4] = (np.arange(PICTURES) // OF_EACH * 20)[:, None, None, None]
    return pixels


PIXELS = pictures()
ACTIVATIONS = np.repeat(np.eye(10, dtype=np.float32), OF_EACH, axis=0)


def neuron(theme: int, bottom: int = 100) -> Neuron:
    own = theme * OF_EACH + np.arange(OF_EACH)
    return Neuron(theme, own, np.setdiff1d(np.arange(PICTURES), own)[:bottom])


class Corner:
    """Likes options with the corner of the first explaining picture; `told` as of an observer."""

    name, what, told = "corner", "Looks at a corner.", "own"

    def scores(self, trials: Sequence[Trial]) -> list[np.ndarray]:
        return [
            -np.abs(np.array([float(each[0, 0, 0]) for each in t.options]) - float(t.explanation[0].pixels[0, 0, 0]))
            for t in trials
        ]


def study_set(neurons: Sequence[Neuron]) -> QuestionSet:
    questions = draw_questions(
        {"study": neurons}, PIXELS, ACTIVATIONS, NAMES, SETTINGS, study_id="0123456789", seed=0
    )  # fmt: skip
    made = tuple(Attribution("feature_visualization", np.full((16, 16, 3), k, np.uint8), method="madry") for k in (1, 2))
    return QuestionSet("0123456789", tuple(replace(q, visualizations=made) for q in questions), sets=2)


def drawn_anew(neurons: Sequence[Neuron], draws: int = 4) -> tuple[QuestionSet, Redrawn]:
    own = study_set(neurons)
    return own, redraw(own, neurons, PIXELS, ACTIVATIONS, NAMES, SETTINGS, seed=0, draws=draws)


def test_redrawn_questions_are_about_the_same_neurons_and_show_no_picture_of_the_study_s_own() -> None:
    neurons = [neuron(theme) for theme in range(6)]
    own, redrawn = drawn_anew(neurons)
    assert redrawn.apart and len(redrawn.sets) == 4
    for each in redrawn.sets:
        assert each.sets == 2 and [q.id for q in each.questions] == [q.id for q in own.questions]
        for question, before, group in zip(each.questions, own.questions, neurons, strict=True):
            now, then = question.pictures, before.pictures
            assert set(now.answers + now.examples) <= set(group.top) and set(now.distractors) <= set(group.bottom)
            used = {*then.answers, *then.examples, *then.distractors}
            assert not used & {*now.answers, *now.examples, *now.distractors}
            assert (question.neuron, question.visualizations) == (before.neuron, before.visualizations)
            assert all(example.gridcam is None for example in question.examples)
    first, second = redrawn.sets[:2]
    assert [q.pictures for q in first.questions] != [q.pictures for q in second.questions]
    again = redraw(own, neurons, PIXELS, ACTIVATIONS, NAMES, SETTINGS, seed=0, draws=4)
    assert [q.pictures for each in again.sets for q in each.questions] == [
        q.pictures for each in redrawn.sets for q in each.questions
    ]


def test_small_groups_are_drawn_from_again_but_for_the_first_example() -> None:
    """A visualization may begin from the first example: it is no option beside that visualization."""
    small = [Neuron(theme, neuron(theme).top[:9], neuron(theme).bottom[:8]) for theme in range(4)]
    own, redrawn = drawn_anew(small, draws=6)
    assert not redrawn.apart
    for each in redrawn.sets:
        for question, before in zip(each.questions, own.questions, strict=True):
            shown = question.pictures.answers + question.pictures.examples
            assert before.pictures.examples[0] not in shown and len(set(shown)) == 7


def test_seeds_of_draws_differ_from_each_other_and_from_every_study_s() -> None:
    seeds = [redraw_seed(seed, number) for seed in (0, 1) for number in range(50)]
    assert len(set(seeds)) == 100 and min(seeds) >= 2**32


def test_right_picks_by_hand() -> None:
    question = study_set([neuron(0), neuron(1)]).questions[0]
    scores = np.array([1.0 if option.id in question.answers else 0.0 for option in question.options])
    assert right_picks(scores, question) == 3 and right_picks(-scores, question) == 0
    scores[[k for k, option in enumerate(question.options) if option.id in question.answers][0]] = -1.0
    assert right_picks(scores, question) == 2


def test_who_sees_the_theme_is_always_right_and_who_guesses_is_at_chance() -> None:
    neurons = [neuron(theme, bottom=216) for theme in range(10)]
    _, redrawn = drawn_anew(neurons, draws=5)
    (condition,) = named(2)
    own = {("corner", 2): [scores_of(Corner(), each, condition) for each in redrawn.sets]}
    assert machine_scores(redrawn, own) == [MachineScore(k, 2, "corner", 3.0, 3.0, 3.0, 5) for k in range(10)]
    rng = np.random.default_rng(0)
    guessed = [{question.id: rng.random(9) for question in each.questions} for each in redrawn.sets]
    floor = machine_scores(redrawn, {("guesses", 2): guessed})
    # Hypergeometric: 3 picks of 9 with 3 answers have a variance of 1/2, and the mean of fifty questions one of 1/100.
    assert abs(np.mean([each.mean for each in floor]) - 1.0) < 4 * 0.1
    assert all(0 <= each.low <= each.mean <= each.high <= 3 for each in floor)


def test_intervals_by_hand() -> None:
    counts = np.array([[3, 3, 3, 3], [1, 2, 2, 3]])
    mean, low, high = score_with_interval(counts, 3)
    np.testing.assert_allclose(mean, [3, 2])
    of_second = stats.t.ppf(0.975, 6) * np.sqrt(2 / 3 / 4)  # its own variance, 2/3, is the larger
    of_first = stats.t.ppf(0.975, 6) * np.sqrt(1 / 3 / 4)  # the mean of both
    np.testing.assert_allclose(high - mean, [0, min(of_second, 1)])
    np.testing.assert_allclose(mean - low, [of_first, of_second])


def test_intervals_cover_the_true_mean() -> None:
    """Ten neurons of unlike difficulty, five draws: 95 of 100 intervals, in 1,000 of them within 4 standard errors."""
    rng = np.random.default_rng(0)
    odds = np.exp(rng.normal(2.2, 1.5, (100, 10)))
    inside = []
    for of_study in odds:
        chances = np.array([stats.nchypergeom_fisher(9, 3, 3, each).pmf(np.arange(4)) for each in of_study])
        counts = np.array([rng.choice(4, 5, p=each / each.sum()) for each in chances])
        _, low, high = score_with_interval(counts, 3)
        true = chances @ np.arange(4)
        inside.append((low <= true) & (true <= high))
    assert abs(np.mean(inside) - 0.955) < 4 * np.sqrt(0.95 * 0.05 / 1000)


def test_candidates_are_rated_by_what_the_observer_picks_right() -> None:
    told: list[tuple[int, int]] = []
    poor = Neuron(8, neuron(8).top[:6], neuron(8).bottom)  # seven pictures of the top group are needed
    scores = rate(
        [neuron(0), neuron(5), poor], Corner(), PIXELS, ACTIVATIONS, SETTINGS, seed=0,
        on_progress=lambda done, total: told.append((done, total)),
    )  # fmt: skip
    assert scores.of == {0: 3.0, 5: 3.0} and told == [(1, 3), (2, 3), (3, 3)]
    assert (scores.highest, scores.chance, scores.draws, scores.observer) == (3, 1.0, RATING_DRAWS, "Looks at a corner.")

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
    assert len(seen) == RATING_DRAWS
    for trial in seen:
        assert [(p.kind, p.cells) for p in trial.explanation] == [("dataset_example", None)] * examples
        assert len(trial.options) == 9 and trial.picks == 3 and trial.unit is None
