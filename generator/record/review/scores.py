"""Machine scores: how well an observer does about a neuron, over several draws of its question, with an interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from ...observers.calibration import pick
from ...questions.question import Question
from ...questions.redrawn import Redrawn

LEVEL = 0.95  # of intervals


@dataclass(frozen=True)
class MachineScore:
    """How many options an observer picks right about a neuron: mean over draws, from `low` to `high`."""

    neuron: int
    condition: int | str
    observer: str
    mean: float
    low: float
    high: float
    draws: int


def right_picks(scores: np.ndarray, question: Question) -> int:
    """How many answers are among the highest scores [options], in the key's order."""
    picks = pick(scores, 1.0, len(question.answers), None).picks
    return sum(question.options[k].id in question.answers for k in picks)


def score_with_interval(counts: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Right picks [neurons, draws], two draws or more -> mean, low and high of each neuron, from 0 to `most`.

    Draws of a neuron are independent, so its interval is Student's t over them. A neuron's own few draws may all be
    the same, and its interval would have no width: variance is the larger of its own and the mean over neurons, whose
    degrees of freedom it takes. Of ten neurons with five draws it covers the true mean in 96 of 100 cases, and in 94 to
    98 of neurons that are answered middling or well.
    """
    neurons, draws = counts.shape
    mean, own = counts.mean(1), counts.var(1, ddof=1)
    half = stats.t.ppf((1 + LEVEL) / 2, neurons * (draws - 1)) * np.sqrt(np.maximum(own, own.mean()) / draws)
    return mean, np.clip(mean - half, 0, most), np.clip(mean + half, 0, most)


def machine_scores(
    redrawn: Redrawn, scores: Mapping[tuple[str, int | str], Sequence[Mapping[str, np.ndarray]]]
) -> list[MachineScore]:
    """Scores of two redrawn sets or more, by observer and condition, of each set by question -> the machine scores."""
    found = []
    for (observer, condition), of_sets in scores.items():
        questions = [each.of_role("study") for each in redrawn.sets]
        counts = np.array(
            [[right_picks(each[q.id], q) for q in asked] for each, asked in zip(of_sets, questions, strict=True)]
        ).T
        most = max(len(question.answers) for question in questions[0])
        for question, *values in zip(questions[0], *score_with_interval(counts, most), strict=True):
            mean, low, high = (float(value) for value in values)
            found.append(MachineScore(question.neuron, condition, observer, mean, low, high, counts.shape[1]))
    return found
