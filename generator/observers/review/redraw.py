"""Further draws of a study's questions, for machines: how well an observer does about a neuron, not at one question.

A neuron's visualizations stay; options and dataset examples are drawn anew from its groups, as the study's own were.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from ...errors import StudyError
from ...pictures.pixels import Pixels
from ...questions.drawn import draw_pictures
from ...questions.question import Question, QuestionPictures, QuestionSet, compose
from ...selection.by_score import MachineScores
from ...selection.neurons import Neuron
from ...study import QuestionSettings
from ..observer import Observer, Picture, Trial

RATING_DRAWS = 5  # questions about each candidate where neurons are chosen by their machine score
LEVEL = 0.95  # of intervals


@dataclass(frozen=True)
class Redrawn:
    """Question sets with the ids, neurons and visualizations of the study's own.

    apart: whether they hold no picture of the study's own questions, so that temperatures may be calibrated on them.
    """

    sets: tuple[QuestionSet, ...]
    apart: bool


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


def redraw(
    question_set: QuestionSet,
    neurons: Sequence[Neuron],
    pixels: np.ndarray | Pixels,
    activations: np.ndarray,
    names: Sequence[str],
    settings: QuestionSettings,
    *,
    seed: int,
    draws: int,
) -> Redrawn:
    """The study's questions drawn `draws` times anew; new examples have no grid-cams yet.

    neurons: of the study's questions, in their order, with their groups; pixels: uint8 [N, S, S, 3], activations:
    float32 [N, U] and names [N] of the pictures. Pictures of the study's own question are left out of each neuron's
    groups. Where the groups are too small for that, only the first example is: a visualization may begin from it.
    """

    def drawn(apart: bool) -> Redrawn:
        asked = question_set.of_role("study")
        groups = [_without(neuron, q.pictures, apart) for neuron, q in zip(neurons, asked, strict=True)]
        return Redrawn(
            tuple(
                _drawn(question_set, groups, pixels, activations, names, settings, seed, number)
                for number in range(draws)
            ),
            apart,
        )

    try:
        return drawn(apart=True)
    except StudyError:
        return drawn(apart=False)


def _drawn(
    question_set: QuestionSet,
    groups: Sequence[Neuron],
    pixels: np.ndarray | Pixels,
    activations: np.ndarray,
    names: Sequence[str],
    settings: QuestionSettings,
    seed: int,
    number: int,
) -> QuestionSet:
    """The study's questions from these groups, under a study id of their own: other ids and orders follow from it."""
    study_id, own = f"{question_set.study_id} redrawn {number}", redraw_seed(seed, number)
    questions = [
        replace(
            compose(
                "study", place, question.neuron, draw_pictures(neuron, pixels, activations, settings, own),
                pixels, activations, names, study_id=study_id, seed=own, unit=question.unit,
            ),
            visualizations=question.visualizations,
        )
        for place, (neuron, question) in enumerate(zip(groups, question_set.of_role("study"), strict=True), start=1)
    ]  # fmt: skip
    return QuestionSet(study_id, tuple(questions), question_set.sets)


def redraw_seed(seed: int, number: int) -> int:
    """The seed of a study's redrawn set (from 0), another than its own."""
    return int(np.random.default_rng([seed, 7, number]).integers(2**32, 2**33))  # those of studies are below 2**32


def _without(neuron: Neuron, own: QuestionPictures, all_of_them: bool) -> Neuron:
    """A neuron whose groups lack the pictures of its own question, or the first example alone."""
    used = [*own.answers, *own.examples, *own.distractors] if all_of_them else own.examples[:1]
    return Neuron(
        neuron.index, neuron.top[~np.isin(neuron.top, used)], neuron.bottom[~np.isin(neuron.bottom, used)]
    )  # fmt: skip


def right_picks(scores: np.ndarray, question: Question) -> int:
    """How many answers are among the highest scores [options], in the key's order; ties go to the earlier option."""
    best = np.argsort(-scores, kind="stable")[: len(question.answers)]
    return sum(question.options[int(k)].id in question.answers for k in best)


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


def rate(
    neurons: Sequence[Neuron],
    observer: Observer,
    pixels: np.ndarray | Pixels,
    activations: np.ndarray,
    settings: QuestionSettings,
    *,
    seed: int,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> MachineScores:
    """Candidates -> their machine scores from dataset examples and options alone, without grid-cams.

    Each is asked about `RATING_DRAWS` times; a candidate with too few pictures that differ gets no score.
    on_progress(candidates, of how many).
    """
    found: dict[int, float] = {}
    for done, neuron in enumerate(neurons, start=1):
        try:
            drawn = [
                draw_pictures(neuron, pixels, activations, settings, redraw_seed(seed, number))
                for number in range(RATING_DRAWS)
            ]
        except StudyError:
            drawn = []
        if drawn:
            found[neuron.index] = float(np.mean(_right(drawn, observer, pixels, neuron.index)))
        on_progress(done, len(neurons))
    chance = settings.answers**2 / settings.options
    return MachineScores(found, settings.answers, chance, RATING_DRAWS, observer.what)


def _right(
    drawn: Sequence[QuestionPictures], observer: Observer, pixels: np.ndarray | Pixels, neuron: int
) -> list[int]:
    """How many answers an observer picks of each of these questions, shown all their dataset examples."""
    trials, answers = [], []
    for number, pictures in enumerate(drawn):
        options = [*pictures.answers, *pictures.distractors]
        order = np.random.default_rng([neuron, number, 8]).permutation(len(options))
        shown = tuple(Picture(pixels[k], None, "dataset_example") for k in pictures.examples)
        trials.append(Trial(shown, tuple(pixels[options[int(k)]] for k in order), len(pictures.answers)))
        answers.append({int(place) for place in np.flatnonzero(order < len(pictures.answers))})
    return [
        len(right & {int(k) for k in np.argsort(-scores, kind="stable")[: len(right)]})
        for scores, right in zip(observer.scores(trials), answers, strict=True)
    ]
