"""What an observer is given and gives: questions as a condition shows them -> a score for each option.

A trial holds what a participant of the condition sees and nothing else: no key, no names, no activations. Two observers
are told more on purpose, and say so in `told`: one sees another neuron's explanation, one is told the network's unit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np

from ..explanations.overlay import greys
from ..questions.conditions import Condition
from ..questions.question import Attribution, Question, QuestionSet

Told = Literal["own", "another", "unit"]


@dataclass(frozen=True)
class Picture:
    """An explaining picture as a condition shows it.

    pixels: uint8 [S, S, 3], uncovered; cells: float32 [levels, cells, cells] in [0, 1], each level min-max scaled as it
    is drawn (a flat one is 0), None where no grid-cam is shown.
    """

    pixels: np.ndarray
    cells: np.ndarray | None
    kind: Literal["dataset_example", "feature_visualization"]


@dataclass(frozen=True)
class Trial:
    """What a participant of a condition sees of one question.

    explanation: in the order shown, empty where the condition shows nothing; options: uint8 [S, S, 3] each, in a drawn
    order that is not the key's; picks: how many are to be picked; unit: of the studied network, for an observer that is
    told it and None for all others.
    """

    explanation: tuple[Picture, ...]
    options: tuple[np.ndarray, ...]
    picks: int = 3
    unit: int | None = None


@dataclass(frozen=True)
class Asked:
    """A question as a trial. order: place of each of the trial's options in the question's own order, the key's."""

    question: Question
    trial: Trial
    order: tuple[int, ...]


class Observer(Protocol):
    """A program that answers trials.

    name: in files and tables; what: what it does, one sentence for people; told: `own`: the trial alone, of the neuron
    that the condition explains; `another`: the same with another neuron's explanation; `unit`: the unit as well.
    """

    name: str
    what: str
    told: Told

    def scores(self, trials: Sequence[Trial]) -> list[np.ndarray]:
        """Float [options] of each trial, higher: picked sooner. Only differences within a trial mean anything."""
        ...


def trials_of(question_set: QuestionSet, condition: Condition, told: Told = "own") -> list[Asked]:
    """The study's questions, set by set, as a participant of the condition sees them.

    told: as of an observer. Raises StudyError where another neuron's explanation is needed and a set asks about one.
    """
    shown = replace(condition, shuffled=condition.shuffled or told == "another")
    by = shown.explained_by(question_set)
    found = []
    for question in question_set.of_role("study"):
        order = _order(question_set.study_id, question)
        trial = Trial(
            explanation=tuple(
                _picture(each, element.gridcam)
                for pictures, element in shown.elements(by[question.id])
                for each in pictures
            ),
            options=tuple(question.options[k].pixels for k in order),
            picks=len(question.answers),
            unit=question.unit if told == "unit" else None,
        )
        found.append(Asked(question, trial, order))
    return found


def scores_of(
    observer: Observer,
    question_set: QuestionSet,
    condition: Condition,
    on_progress: Callable[[int], None] = lambda answered: None,
) -> dict[str, np.ndarray]:
    """Id of each of the study's questions -> float64 [options], the observer's scores in the key's order.

    on_progress(questions) is told how many are answered. Raises StudyError as `trials_of` and the observer do.
    """
    found = {}
    for number, each in enumerate(trials_of(question_set, condition, observer.told), start=1):
        (scores,) = observer.scores([each.trial])
        of_key = np.empty(len(each.order))
        of_key[list(each.order)] = scores
        found[each.question.id] = of_key
        on_progress(number)
    return found


def _picture(shown: Attribution, covered: bool) -> Picture:
    cells = None
    if covered and shown.gridcam is not None:
        cells = scaled(shown.gridcam)
    return Picture(shown.pixels, cells, shown.kind)


def scaled(gridcam: np.ndarray) -> np.ndarray:
    """Cell scores [levels, cells, cells] -> the greys they are drawn in, float32 in [0, 1], each level by itself."""
    return np.stack([greys(level) / 255.0 for level in gridcam]).astype(np.float32)


def _order(study_id: str, question: Question) -> tuple[int, ...]:
    digest = hashlib.sha256(f"observers {study_id} {question.id}".encode()).digest()
    rng = np.random.default_rng(np.frombuffer(digest, np.uint32))
    return tuple(int(k) for k in rng.permutation(len(question.options)))
