"""Machine scores and their intervals over redrawn questions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

from generator.observers.observer import Trial, scores_of
from generator.questions.conditions import named
from generator.record.review.scores import MachineScore, machine_scores, right_picks, score_with_interval
from tests.questions.test_redrawn import drawn_anew, neuron, study_set


class Corner:
    """Likes options with the corner of the first explaining picture."""

    name, what, told = "corner", "Looks at a corner.", "own"

    def scores(self, trials: Sequence[Trial]) -> list[np.ndarray]:
        return [
            -np.abs(np.array([float(each[0, 0, 0]) for each in t.options]) - float(t.explanation[0].pixels[0, 0, 0]))
            for t in trials
        ]


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
