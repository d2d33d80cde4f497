"""What participants are shown: a condition is a name and which explanations of a neuron it shows, possibly none."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ..errors import StudyError
from ..study import Study
from ..study.conditions import CONTROL, ConditionSettings, in_words
from .question import Attribution, Option, Question, QuestionSet, opaque_id

MADE = 2  # visualizations of a neuron where no condition asks for more: from noise and from its first example
ORDERS = 1000  # drawn at most, to find one in which no shown picture is an option


@dataclass(frozen=True)
class Shown:
    """Pictures of one kind that a condition shows: the last dataset examples or the first visualizations of a method.

    count: how many, fewer where the neuron has fewer; gridcam: under grid-cams; originals: whether they may be seen
    without; method: whose visualizations, None of dataset examples.
    """

    kind: Literal["dataset_example", "feature_visualization"]
    count: int
    gridcam: bool = True
    originals: bool = True
    method: str | None = None


@dataclass(frozen=True)
class Condition:
    """What is shown of each neuron, in the order shown.

    name: in addresses, files and keys; title: in reports; shuffled: of another neuron that is asked about, not of this.
    """

    name: int | str
    title: str
    shows: tuple[Shown, ...] = ()
    shuffled: bool = False

    def attributions(self, question: Question) -> tuple[Attribution, ...]:
        """What this condition shows of a question's neuron."""
        return tuple(picture for pictures, _ in self.elements(question) for picture in pictures)

    def elements(self, question: Question) -> list[tuple[tuple[Attribution, ...], Shown]]:
        """The same, element by element; elements of one kind and method share no picture."""
        taken: dict[str | None, int] = {}
        found = []
        asked = sum(shown.count for shown in self.shows if shown.kind == "dataset_example")
        examples = question.examples[max(0, len(question.examples) - asked) :]
        for shown in self.shows:
            own = [each for each in question.visualizations if each.method == shown.method]
            pictures = examples if shown.kind == "dataset_example" else tuple(own)
            first = taken.get(shown.method, 0)
            taken[shown.method] = first + shown.count
            found.append((pictures[first : first + shown.count], shown))
        return found

    def explained_by(self, question_set: QuestionSet) -> dict[str, Question]:
        """Id of a question -> the question whose neuron's explanation is shown with it.

        Shuffled are the study's questions, each set within itself. Practice tells what was right, and catch questions
        ask for a shown picture: both keep their own.
        """
        by = {question.id: question for question in question_set.questions}
        if self.shuffled:
            for number, questions in enumerate(question_set.sets_of_questions(), start=1):
                by |= _others(questions, f"{question_set.study_id} {self.name} {number}")
        return by


def conditions_of(study: Study) -> dict[int | str, Condition]:
    """Every condition that this study can be built with, by name: the presets, then those that it declares."""
    method = study.visualization.method
    most = study.visualization.most if method == "files" else MADE
    both = (Shown("dataset_example", 2), Shown("feature_visualization", most, method=method))
    # The paper's three experiments (section on the experiments). The visualization of the first is shown as it is.
    known = [
        Condition(1, "feature visualization", (Shown("feature_visualization", 1, gridcam=False, method=method),)),
        Condition(2, "dataset examples with grid-cam", (Shown("dataset_example", study.questions.examples),)),
        Condition(3, "both, with grid-cam", both),
        Condition(CONTROL, "no explanation"),
        Condition("shuffled", "both, of another neuron", both, shuffled=True),
    ]
    known += [_declared(name, settings, method) for name, settings in study.conditions.items()]
    return {condition.name: condition for condition in known}


def _declared(name: str, settings: ConditionSettings, method: str) -> Condition:
    shows = [
        Shown("dataset_example", each.examples, each.gridcam, each.originals)
        if each.examples is not None
        else Shown(
            "feature_visualization", each.visualizations or 0, each.gridcam, each.originals, each.method or method
        )
        for each in settings.shows
    ]
    return Condition(name, settings.title or name, tuple(shows), settings.explains == "shuffled")


def chosen(study: Study, names: Sequence[int | str] | None = None) -> list[Condition]:
    """The conditions of these names, in this order; None: those of the study. Raises StudyError for no condition."""
    known = conditions_of(study)
    names = study.study.conditions if names is None else names
    for name in names:
        if name not in known:
            raise StudyError(f"{name!r} is not a condition of this study, which are {in_words(known)}")
        if known[name].shuffled and study.questions_of_a_set < 2 and study.questions.kind == "drawn":
            raise StudyError(
                f"condition {name!r} shows another neuron's explanation, and a set of this study asks about one "
                "neuron: ask about two or more"
            )
    return [known[name] for name in names]


def named(*names: int | str) -> list[Condition]:
    """The conditions of these names, in this order, of the default study."""
    return chosen(Study(), names)


def visualizations_needed(conditions: Sequence[Condition], study: Study) -> dict[str, int]:
    """Method -> how many of its visualizations these conditions show of a neuron.

    [visualization] itself is there with one at least: the selection compares neurons by it.
    """
    needed = {study.visualization.method: 1}
    for condition in conditions:
        own: dict[str, int] = {}
        for shown in condition.shows:
            if shown.method is not None:
                own[shown.method] = own.get(shown.method, 0) + shown.count
        needed |= {method: max(count, needed.get(method, 0)) for method, count in own.items()}
    return needed


def covered_by(conditions: Sequence[Condition], question: Question) -> set[int]:
    """Places among a question's `attributions` that one of these conditions shows under a grid-cam."""
    place = {id(each): k for k, each in enumerate(question.attributions)}
    return {
        place[id(picture)]
        for condition in conditions
        for pictures, shown in condition.elements(question)
        if shown.gridcam
        for picture in pictures
    }


def catch_question(base: Question, condition: Condition) -> Question:
    """The catch question that a condition makes of `base`: one of the answers gives way to a picture that is shown.

    Repeated is the last dataset example that the condition shows, or the first of its visualizations where it shows
    none. `answers` of the result is the option that repeats it: whoever looks picks it, and somebody who picks 3 of 9
    without looking does so in one visit of three.
    """
    shown = condition.attributions(base)
    examples = [each for each in shown if each.kind == "dataset_example"]
    repeated = examples[-1] if examples else shown[0]
    replaced = base.answers[0]
    repeat = Option(opaque_id(replaced, condition.name), repeated.pixels, float("nan"))
    options = tuple(repeat if option.id == replaced else option for option in base.options)
    return replace(base, id=f"{base.id}e{condition.name}", options=options, answers=(repeat.id,))


def catch_questions(bases: Sequence[Question], condition: Condition) -> list[Question]:
    """The catch questions of a condition; one that shows nothing has nothing to repeat, and none."""
    return [catch_question(base, condition) for base in bases if condition.attributions(base)]


def _others(questions: Sequence[Question], seed: str) -> Mapping[str, Question]:
    """Id of each question -> another of them, each once; drawn so that no picture shown with a question is its option.

    Where every drawn order has some, the one with the fewest. Raises StudyError for a single question.
    """
    if len(questions) < 2:
        raise StudyError("a set of one question has no other neuron whose explanation could be shown")
    digest = hashlib.sha256(seed.encode()).digest()
    rng = np.random.default_rng(np.frombuffer(digest, np.uint32))
    options = [{option.pixels.tobytes() for option in question.options} for question in questions]
    shown = [{example.pixels.tobytes() for example in question.examples} for question in questions]
    shared = np.array([[len(own & theirs) for theirs in shown] for own in options])
    best, fewest = np.roll(np.arange(len(questions)), 1), np.inf
    for _ in range(ORDERS):
        cycle = rng.permutation(len(questions))
        order = np.empty_like(cycle)
        order[cycle] = np.roll(cycle, 1)  # one cycle through all of them: no question keeps its own
        if (count := shared[np.arange(len(order)), order].sum()) < fewest:
            best, fewest = order, count
        if fewest == 0:
            break
    return {question.id: questions[int(k)] for question, k in zip(questions, best, strict=True)}
