"""What observers make of a study's questions, on one page: warnings, machine scores, each question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ...explanations.overlay import overlay
from ...observers.calibration import pick, probabilities
from ...observers.observer import scaled
from ...questions.conditions import Condition
from ...questions.question import Question
from ...selection.page import data_uri, smaller
from .record import Calibrated, codes_of
from .warnings import CODES, Reviewed, Warned, chance

SIDE = 160  # pixels of a picture on the page, twice what it is shown at


def review_page(
    reviewed: Reviewed, warned: Sequence[Warned], temperatures: Mapping[str, Calibrated], gridcams: bool, study: str
) -> bytes:
    """The page, complete in one file. gridcams: whether redrawn examples have them; study: its name."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    questions = reviewed.question_set.of_role("study")
    asked = [each for each in reviewed.conditions if any(each.name in of for of in reviewed.scores.values())]
    texts = dict.fromkeys((each.code, each.question, each.text) for each in warned)
    page = environment.get_template("observers.html.j2").render(
        study=study,
        study_id=reviewed.question_set.study_id,
        observers=reviewed.observers,
        calibrated=[name for name, each in temperatures.items() if each.calibrated],
        warned=texts,
        codes=CODES,
        conditions=asked,
        machine=[(condition, _machine(reviewed, condition)) for condition in asked if reviewed.machine_scores],
        draws=max((each.draws for each in reviewed.machine_scores), default=0),
        most=max(len(question.answers) for question in questions),
        chance=chance(questions[0]),
        gridcams=gridcams,
        questions=[_question(reviewed, warned, temperatures, asked, question) for question in questions],
    )
    return page.encode()


def _machine(reviewed: Reviewed, condition: Condition) -> list[tuple[int, str, list[Any]]]:
    """Neuron, id of its question, and its machine score by each observer, None where there is none."""
    rows = []
    for question in reviewed.question_set.of_role("study"):
        scores = [reviewed.over_draws(each.name, condition.name, question) for each in reviewed.observers]
        rows.append((question.neuron, question.id, scores))
    return rows


def _question(
    reviewed: Reviewed,
    warned: Sequence[Warned],
    temperatures: Mapping[str, Calibrated],
    conditions: Sequence[Condition],
    question: Question,
) -> dict[str, Any]:
    """A question for the template: its options, answers first, and what each condition shows and observers pick."""
    right = [option.id in question.answers for option in question.options]
    order = sorted(range(len(right)), key=lambda k: (not right[k], k))
    shown_by = {condition.name: condition.explained_by(reviewed.question_set)[question.id] for condition in conditions}
    return {
        "id": question.id,
        "neuron": question.neuron,
        "codes": list(dict.fromkeys(each.code for each in warned if each.question == question.id)),
        "answers": len(question.answers),
        "options": [(k + 1, right[k], data_uri(smaller(question.options[k].pixels, SIDE))) for k in order],
        "conditions": [
            {
                "name": condition.name,
                "title": condition.title,
                "codes": codes_of(warned, question.id, condition.name),
                "shown": [(each, data_uri(picture)) for each, picture in _shown(condition, shown_by[condition.name])],
                "rows": _rows(reviewed, temperatures, condition, question, order),
            }
            for condition in conditions
        ],
    }


def _shown(condition: Condition, question: Question) -> list[tuple[str, np.ndarray]]:
    """Pictures of an explanation with what they are, under the mean of their grid-cams' levels where one is shown."""
    found = []
    for pictures, element in condition.elements(question):
        for each in pictures:
            what, picture = each.kind.replace("_", " "), each.pixels
            if element.gridcam and each.gridcam is not None:
                what, picture = f"{what} under its grid-cam", overlay(picture, scaled(each.gridcam).mean(0))
            found.append((what, smaller(picture, SIDE)))
    return found


def _rows(
    reviewed: Reviewed,
    temperatures: Mapping[str, Calibrated],
    condition: Condition,
    question: Question,
    order: Sequence[int],
) -> list[tuple[str, int | None, list[tuple[float, bool]]]]:
    """Observer, its right picks, and of each option the probability and whether it is picked."""
    rows = []
    for name, scores in reviewed.scores.items():
        if condition.name not in scores:
            continue
        own = scores[condition.name][question.id]
        chances, picks = probabilities(own, temperatures[name].temperature), pick(own, 1.0, len(question.answers), None)
        cells = [(float(chances[k]), k in picks.picks) for k in order]
        rows.append((name, reviewed.right(name, condition.name, question), cells))
    return rows
