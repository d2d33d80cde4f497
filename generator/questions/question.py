"""Question sets: top and bottom groups -> which pictures each question shows, and the questions all experiments share.

Dataset examples and answers come from a neuron's top group and never coincide; wrong options come from its bottom
group (paper, section on the questions). Nothing public tells which options are answers: ids are random-looking and
the order is drawn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ..errors import StudyError
from ..selection.neurons import Neuron
from ..study import QuestionSettings


@dataclass(frozen=True)
class Attribution:
    """A picture that explains a neuron: pixels uint8 [S, S, 3] and its grid-cam, float32 [levels, cells, cells]."""

    kind: Literal["feature_visualization", "dataset_example"]
    pixels: np.ndarray
    gridcam: np.ndarray


@dataclass(frozen=True)
class Option:
    """A picture to choose from: opaque id, pixels uint8 [S, S, 3], and (private) the neuron's activation for it."""

    id: str
    pixels: np.ndarray
    activation: float


@dataclass(frozen=True)
class Question:
    """One neuron's attributions and options. `answers` and the options' activations are private.

    feature_visualizations: from noise, from a dataset example; dataset_examples: as many as the settings say (four).
    """

    id: str
    neuron: int
    feature_visualizations: tuple[Attribution, ...]
    dataset_examples: tuple[Attribution, ...]
    options: tuple[Option, ...]
    answers: tuple[str, ...]

    def attributions(self, experiment: int) -> tuple[Attribution, ...]:
        """What experiment 1, 2 or 3 shows: a visualization; the examples; the last two examples and visualizations."""
        if experiment == 1:
            return self.feature_visualizations[:1]
        if experiment == 2:
            return self.dataset_examples
        return self.dataset_examples[-2:] + self.feature_visualizations


@dataclass(frozen=True)
class QuestionSet:
    """The questions of a study, the same for all experiments."""

    study_id: str
    title: str
    questions: tuple[Question, ...]
    practice: tuple[Question, ...] = ()  # told their answers to whoever takes them; about neurons not asked about
    catches: tuple[Question, ...] = ()  # what catch questions are made from, see `catch_question`


@dataclass(frozen=True)
class Cast:
    """Which pictures (by index) play which part in one neuron's question."""

    answers: tuple[int, ...]
    examples: tuple[int, ...]
    wrong: tuple[int, ...]


def cast_pictures(
    neuron: Neuron, pixels: np.ndarray, settings: QuestionSettings, seed: int, easy: bool = False
) -> Cast:
    """Draw a question's pictures from the neuron's groups, no two of them near-duplicates.

    pixels: uint8 [N, S, S, 3]; easy: the most and the least active pictures instead of random ones. Raises StudyError
    if a group holds too few pictures that differ.
    """
    rng = np.random.default_rng([seed, neuron.index, 1])
    taken: list[np.ndarray] = []

    def draw(group: np.ndarray, count: int, role: str) -> tuple[int, ...]:
        drawn: list[int] = []
        for index in group if easy else rng.permutation(group):
            if len(drawn) == count:
                break
            thumb = thumbnail(pixels[index])
            if all(np.sqrt(np.mean((thumb - other) ** 2)) >= settings.duplicate_distance for other in taken):
                taken.append(thumb)
                drawn.append(int(index))
        if len(drawn) < count:
            raise StudyError(
                f"neuron {neuron.index} has only {len(drawn)} pictures that differ among its {len(group)} for {role}, "
                f"{count} are needed: lower [questions] duplicate_distance (now {settings.duplicate_distance:g}) "
                "or give more pictures"
            )
        return tuple(drawn)

    top = draw(neuron.top, settings.answers + settings.examples, "answers and dataset examples")
    wrong = draw(neuron.bottom, settings.options - settings.answers, "wrong options")
    return Cast(top[: settings.answers], top[settings.answers :], wrong)


def thumbnail(pixels: np.ndarray) -> np.ndarray:
    """A picture uint8 [S, S, 3] -> float32 [8, 8, 3] in [0, 1]: what is compared to find near-duplicates."""
    side = pixels.shape[0] // 8 * 8
    blocks = pixels[:side, :side].reshape(8, side // 8, 8, side // 8, 3)
    return blocks.mean((1, 3), dtype=np.float32) / 255.0


def assemble(
    neurons: Sequence[Neuron],
    casts: Sequence[Cast],
    pixels: np.ndarray,
    activations: np.ndarray,
    visualizations: Mapping[int, Sequence[np.ndarray]],
    gridcams: Mapping[tuple[int, str, int], np.ndarray],
    *,
    study_id: str,
    title: str,
    seed: int,
    prefix: str = "q",
) -> QuestionSet:
    """Put the questions together; their ids are the prefix and a number.

    activations: float32 [N, U]; visualizations: neuron -> pictures (from noise, from a dataset example); gridcams:
    (neuron, "visualization" or "example", position) -> [levels, cells, cells].
    """
    questions = []
    for number, (neuron, cast) in enumerate(zip(neurons, casts, strict=True), start=1):
        n = neuron.index
        name = f"{prefix}{number:02d}"
        ids = {index: _opaque(seed, study_id, name, index) for index in cast.answers + cast.wrong}
        order = np.random.default_rng([seed, n, 2]).permutation(sorted(ids))
        questions.append(
            Question(
                id=name,
                neuron=n,
                feature_visualizations=tuple(
                    Attribution("feature_visualization", picture, gridcams[n, "visualization", k])
                    for k, picture in enumerate(visualizations[n])
                ),
                dataset_examples=tuple(
                    Attribution("dataset_example", pixels[index], gridcams[n, "example", k])
                    for k, index in enumerate(cast.examples)
                ),
                options=tuple(Option(ids[int(i)], pixels[i], float(activations[i, n])) for i in order),
                answers=tuple(sorted(ids[index] for index in cast.answers)),
            )
        )
    return QuestionSet(study_id, title, tuple(questions))


def _opaque(*parts: object) -> str:
    return "o" + hashlib.sha256(f"option {' '.join(map(str, parts))}".encode()).hexdigest()[:12]


def catch_question(base: Question, experiment: int) -> Question:
    """The catch question that an experiment makes of `base`: one of the answers gives way to a picture that is shown.

    Experiments 2 and 3 repeat the last dataset example, which both show; experiment 1 its feature visualization, the
    only picture it has. `answers` of the result is the option that repeats it: whoever looks picks it, and somebody
    who picks 3 of 9 without looking does so in one visit of three.
    """
    shown = base.feature_visualizations[0] if experiment == 1 else base.dataset_examples[-1]
    replaced = base.answers[0]
    repeat = Option(_opaque(replaced, experiment), shown.pixels, float("nan"))
    options = tuple(repeat if option.id == replaced else option for option in base.options)
    return replace(base, id=f"{base.id}e{experiment}", options=options, answers=(repeat.id,))


def answer_key(question_set: QuestionSet) -> dict[str, object]:
    """The private answer key (DESIGN, Contracts), ready for JSON.

    A study with catch questions has a list `catch` too: the id, the options and the answers (the option that repeats a
    shown picture) of each catch question of each experiment.
    """
    key: dict[str, object] = {
        "format": "imetric-answer-key/1",
        "study_id": question_set.study_id,
        "questions": [
            {
                "id": question.id,
                "neuron": question.neuron,
                "options": [option.id for option in question.options],
                "answers": list(question.answers),
                "activations": {
                    option.id: round(option.activation, 6)
                    for option in question.options
                    if np.isfinite(option.activation)  # those of given questions may not be known
                },
            }
            for question in question_set.questions
        ],
    }
    if question_set.catches:
        caught = [catch_question(base, experiment) for base in question_set.catches for experiment in (1, 2, 3)]
        key["catch"] = [{"id": q.id, "options": [o.id for o in q.options], "answers": list(q.answers)} for q in caught]
    return key
