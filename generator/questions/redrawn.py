"""Further draws of a study's questions, for machines: what is asked about a neuron does not hang on one question.

A neuron's visualizations stay; options and dataset examples are drawn anew from its groups, as the study's own were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..errors import StudyError
from ..models import Activations
from ..pictures.pixels import Pixels
from ..selection.groups import Neuron
from ..study import QuestionSettings
from .drawn import draw_pictures
from .question import QuestionPictures, QuestionSet, compose

DRAWS = 5  # of each question where nobody says how many: an interval of a machine score is some 1 of 3 right picks wide


@dataclass(frozen=True)
class Redrawn:
    """Question sets with the ids, neurons and visualizations of the study's own.

    apart: whether they hold no picture of the study's own questions, so that temperatures may be calibrated on them.
    """

    sets: tuple[QuestionSet, ...]
    apart: bool


def redraw(
    question_set: QuestionSet,
    neurons: Sequence[Neuron],
    pixels: np.ndarray | Pixels,
    activations: Activations,
    names: Sequence[str],
    settings: QuestionSettings,
    *,
    seed: int,
    draws: int,
) -> Redrawn:
    """The study's questions drawn `draws` times anew; new examples have no grid-cams yet.

    neurons: of the study's questions, in their order, with their groups; pixels: uint8 [N, S, S, 3], activations:
    [N, U] and names [N] of the pictures. Pictures of the study's own question are left out of each neuron's
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
    activations: Activations,
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
