"""The private answer key of a study (docs/data.md): which options of each question are the network's top pictures."""

from __future__ import annotations

import numpy as np

from .conditions import EXPERIMENTS, catch_questions
from .question import QuestionSet


def answer_key(question_set: QuestionSet) -> dict[str, object]:
    """The key, ready for JSON: `imetric-answer-key/1`.

    A study with catch questions has a list `catch` too: the id, the options and the answers (the option that repeats a
    shown picture) of each catch question of each condition.
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
                    if np.isfinite(option.activation)  # those of questions from files may not be known
                },
            }
            for question in question_set.of_role("study")
        ],
    }
    if bases := question_set.of_role("catch"):
        key["catch"] = [
            {"id": q.id, "options": [o.id for o in q.options], "answers": list(q.answers)}
            for base in bases
            for condition in EXPERIMENTS.values()
            for q in catch_questions([base], condition)
        ]
    return key
