"""The private answer key of a study (docs/data.md): which options of each question are the network's top pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from .conditions import Condition, catch_questions
from .question import Question, QuestionSet

FORMAT = "imetric-answer-key/2"


def answer_key(
    question_set: QuestionSet,
    conditions: Sequence[Condition],
    reference: int | str | None = None,
    contrasts: Sequence[tuple[int | str, int | str]] = (),
    neurons: int | None = None,
) -> dict[str, object]:
    """The key, ready for JSON: `imetric-answer-key/2`.

    conditions: of the study, in its order; reference: the one that all are compared with; contrasts: those planned;
    neurons: how many units are neurons, those after them being features of a dictionary, None: all are of one kind.
    A study with catch questions has a list `catch` too: the id, the condition, the options and the answers (the option
    that repeats a shown picture) of each catch question of each condition.
    """
    key: dict[str, object] = {
        "format": FORMAT,
        "study_id": question_set.study_id,
        "conditions": [_condition(condition) for condition in conditions],
        "sets": [
            {"name": number, "questions": [question.id for question in questions]}
            for number, questions in enumerate(question_set.sets_of_questions(), start=1)
        ],
        "reference": reference,
        "contrasts": [list(pair) for pair in contrasts],
        "questions": [_question(question, neurons) for question in question_set.of_role("study")],
    }
    if bases := question_set.of_role("catch"):
        key["catch"] = [
            {"id": q.id, "condition": condition.name, "options": [o.id for o in q.options], "answers": list(q.answers)}
            for base in bases
            for condition in conditions
            for q in catch_questions([base], condition)
        ]
    return key


def _condition(condition: Condition) -> dict[str, object]:
    return {
        "name": condition.name,
        "title": condition.title,
        "shows": [asdict(shown) for shown in condition.shows],
        "explains": "shuffled" if condition.shuffled else "own",
    }


def _question(question: Question, neurons: int | None) -> dict[str, object]:
    kind = {} if neurons is None else {"kind": "neuron" if question.neuron < neurons else "feature"}
    return {
        "id": question.id,
        "neuron": question.neuron,
        **kind,
        "options": [option.id for option in question.options],
        "answers": list(question.answers),
        "activations": {
            option.id: round(option.activation, 6)
            for option in question.options
            if np.isfinite(option.activation)  # those of questions from files may not be known
        },
    }
