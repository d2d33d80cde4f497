"""One question, a record that grows: each stage takes questions and returns them with what it adds.

Questions come from the groups of chosen neurons (`drawn`) or from files (`files`); from there on the path is one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..models import Activations
from ..pictures.pixels import Pixels

Role = Literal["study", "practice", "catch"]
PREFIX: dict[Role, str] = {"study": "q", "practice": "p", "catch": "c"}  # begins the ids of questions


@dataclass(frozen=True)
class QuestionPictures:
    """Which pictures of the set (by index) a question is made of: answers and dataset examples are of the top group."""

    answers: tuple[int, ...]
    examples: tuple[int, ...]
    distractors: tuple[int, ...]


@dataclass(frozen=True)
class Attribution:
    """A picture that explains a neuron.

    pixels: uint8 [S, S, 3]; name: of the file it came from, without its ending, empty if it was made here; gridcam:
    float32 [levels, cells, cells], None until it is known; scored: whether that was read from a file of cell scores;
    method: the name of the study's method that it is a visualization of; trace: float32 [S, S] in [0, 1], how much the
    unit asked to change each place of it, None where its method does not tell.
    """

    kind: Literal["feature_visualization", "dataset_example"]
    pixels: np.ndarray
    name: str = ""
    gridcam: np.ndarray | None = None
    scored: bool = False
    method: str | None = None
    trace: np.ndarray | None = None


@dataclass(frozen=True)
class Option:
    """A picture to choose from: opaque id, pixels uint8 [S, S, 3], and (private) the neuron's activation for it."""

    id: str
    pixels: np.ndarray
    activation: float


@dataclass(frozen=True)
class Question:
    """What is asked about one neuron, and what explains it. `answers` and the options' activations are private.

    role: asked for the study, for practice (which tells its answers), or to make catch questions from (`conditions`);
    unit: the network's unit behind the grid-cams, the neuron itself but for questions about another network;
    options in the order shown; answers: ids of options; examples: dataset examples; visualizations: method by method,
    as they are made or the neuron's files. When the question is composed, its examples have no grid-cams and there are
    no visualizations yet.
    """

    id: str
    role: Role
    neuron: int
    unit: int
    pictures: QuestionPictures
    options: tuple[Option, ...]
    answers: tuple[str, ...]
    examples: tuple[Attribution, ...]
    visualizations: tuple[Attribution, ...] = ()

    @property
    def attributions(self) -> tuple[Attribution, ...]:
        """Everything that explains the neuron, whatever a condition shows of it."""
        return self.visualizations + self.examples


@dataclass(frozen=True)
class QuestionSet:
    """The questions of a study, the same for all conditions.

    sets: how many equal parts those of the study make; each participant is asked one, with all catch questions.
    """

    study_id: str
    questions: tuple[Question, ...]
    sets: int = 1

    def of_role(self, role: Role) -> tuple[Question, ...]:
        """The questions asked for this purpose, in their order."""
        return tuple(question for question in self.questions if question.role == role)

    def sets_of_questions(self) -> list[tuple[Question, ...]]:
        """The study's questions, set by set."""
        asked = self.of_role("study")
        size = len(asked) // self.sets
        return [asked[first : first + size] for first in range(0, size * self.sets, size)]


def compose(
    role: Role,
    number: int,
    neuron: int,
    pictures: QuestionPictures,
    pixels: np.ndarray | Pixels,
    activations: Activations,
    names: Sequence[str],
    *,
    study_id: str,
    seed: int,
    unit: int | None = None,
) -> Question:
    """The question about a neuron, without visualizations and grid-cams: options under opaque ids, in a drawn order.

    number: from 1, of its role; pixels: uint8 [N, S, S, 3], activations: [N, U] and names [N] of the pictures.
    """
    question_id = f"{PREFIX[role]}{number:02d}"
    ids = {k: opaque_id(seed, study_id, question_id, k) for k in pictures.answers + pictures.distractors}
    order = np.random.default_rng([seed, neuron, 2]).permutation(sorted(ids))
    active = activations.rows(order)[:, neuron]
    return Question(
        id=question_id,
        role=role,
        neuron=neuron,
        unit=neuron if unit is None else unit,
        pictures=pictures,
        options=tuple(Option(ids[int(k)], pixels[k], float(a)) for k, a in zip(order, active, strict=True)),
        answers=tuple(sorted(ids[k] for k in pictures.answers)),
        examples=tuple(Attribution("dataset_example", pixels[k], names[k]) for k in pictures.examples),
    )


def opaque_id(*parts: object) -> str:
    """An option's id, which tells nobody what it is made from."""
    return "o" + hashlib.sha256(f"option {' '.join(map(str, parts))}".encode()).hexdigest()[:12]
