"""What participants are shown: a condition is a name and which explanations of a neuron it shows, possibly none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .question import Attribution, Option, Question, opaque_id


@dataclass(frozen=True)
class Condition:
    """What is shown of each neuron, dataset examples first.

    name: in addresses, files and keys; examples, visualizations: how many, the last examples and the first
    visualizations, None: all there are; gridcam: whether they are shown under their grid-cams.
    """

    name: int | str
    title: str
    examples: int | None = 0
    visualizations: int | None = 0
    gridcam: bool = True

    def attributions(self, question: Question) -> tuple[Attribution, ...]:
        """What this condition shows of a question's neuron."""
        count = len(question.examples) if self.examples is None else self.examples
        examples = question.examples[len(question.examples) - count :]
        return examples + question.visualizations[: self.visualizations]


# The paper's three experiments (section on the experiments). The single visualization of the first is shown as it is.
EXPERIMENTS: dict[int | str, Condition] = {
    condition.name: condition
    for condition in (
        Condition(1, "feature visualization", visualizations=1, gridcam=False),
        Condition(2, "dataset examples with grid-cam", examples=None),
        Condition(3, "both, with grid-cam", examples=2, visualizations=None),
    )
}


def named(*names: int | str) -> list[Condition]:
    """The conditions of these names, in this order."""
    return [EXPERIMENTS[name] for name in names]


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
