"""What observers answered and what is odd about the questions, ready for JSON: `imetric-observers/1`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ...observers.answers import DECIMALS
from ...observers.calibration import probabilities
from .warnings import Reviewed, Warned

FORMAT = "imetric-observers/1"


@dataclass(frozen=True)
class Calibrated:
    """An observer's temperature; whether it fits answers of redrawn questions, or is the usual spread of its scores."""

    temperature: float
    calibrated: bool


def record_of(
    reviewed: Reviewed, warned: Sequence[Warned], temperatures: Mapping[str, Calibrated], gridcams: bool
) -> dict[str, Any]:
    """The record (docs/data.md). gridcams: whether examples of redrawn questions were shown under them."""
    sets = {
        question.id: number
        for number, each in enumerate(reviewed.question_set.sets_of_questions(), start=1)
        for question in each
    }
    answered = [each for each in reviewed.conditions if any(each.name in of for of in reviewed.scores.values())]
    return {
        "format": FORMAT,
        "study_id": reviewed.question_set.study_id,
        "observers": [
            {"name": each.name, "what": each.what, **asdict(temperatures[each.name])} for each in reviewed.observers
        ],
        "questions": [
            {
                "id": question.id,
                "neuron": question.neuron,
                "condition": condition.name,
                "set": sets[question.id],
                "probabilities": {
                    name: probabilities(scores[condition.name][question.id], temperatures[name].temperature)
                    .round(DECIMALS)
                    .tolist()
                    for name, scores in reviewed.scores.items()
                    if condition.name in scores
                },
                "matched": {
                    name: reviewed.right(name, condition.name, question)
                    for name, scores in reviewed.scores.items()
                    if condition.name in scores
                },
                "warnings": codes_of(warned, question.id, condition.name),
            }
            for condition in answered
            for question in reviewed.question_set.of_role("study")
        ],
        "machine_scores": [
            {key: round(value, DECIMALS) if isinstance(value, float) else value for key, value in asdict(each).items()}
            for each in reviewed.machine_scores
        ],
        "redrawn_gridcams": gridcams,
        "warnings": [asdict(each) for each in warned],
    }


def codes_of(warned: Sequence[Warned], question: str, condition: int | str) -> list[str]:
    """The codes of a question's warnings in a condition, each once."""
    return list(
        dict.fromkeys(
            each.code for each in warned if each.question == question and each.condition in (condition, None)
        )
    )
