"""An observer's scores -> participants' files (`imetric-response/1`), as docs/data.md describes them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..questions.question import QuestionSet
from .calibration import pick, probabilities

DECIMALS = 6  # of probabilities


def rows_of(
    question_set: QuestionSet,
    observer: str,
    condition: int | str,
    set_number: int,
    seed: int,
    scores: Mapping[str, np.ndarray],
    temperature: float,
) -> list[dict[str, Any]]:
    """The rows of one file: one observer, asked one set (from 1) of one condition.

    scores: id of a question -> [options] in the key's order; seed: 0 picks the highest, others draw.
    """
    digest = hashlib.sha256(f"{question_set.study_id} {observer} {condition} {set_number} {seed}".encode()).digest()
    rng = np.random.default_rng(np.frombuffer(digest, np.uint32))
    common = {
        "time_elapsed": None, "rt": None, "study_id": question_set.study_id, "experiment": condition,
        "subject_id": f"{observer}-{seed:02d}", "session_id": session_of(observer, condition, set_number, seed),
        "plugin_version": None,
    }  # fmt: skip
    rows: list[dict[str, Any]] = [
        {
            "trial_type": "session", "trial_index": 0, **common, "format": "imetric-response/1", "set": set_number,
            "subject_kind": "observer", "observer": observer, "seed": seed, "response": {}, "language": None,
        }
    ]  # fmt: skip
    questions = question_set.sets_of_questions()[set_number - 1]
    for place in rng.permutation(len(questions)):
        question = questions[int(place)]
        order = rng.permutation(len(question.options))
        shown = scores[question.id][order]
        picked = pick(shown, temperature, len(question.answers), rng if seed else None)
        ids = [question.options[int(k)].id for k in order]
        rows.append(
            {
                "trial_type": "imetric-question", "trial_index": len(rows), **common, "question_id": question.id,
                "choice_ids": [ids[k] for k in picked.picks], "response": list(picked.picks), "choice_order": ids,
                "confidence": picked.confidence, "concept": None, "view_history": [], "original_views": [],
                "probabilities": probabilities(shown, temperature).round(DECIMALS).tolist(),
            }
        )  # fmt: skip
    return rows


def session_of(observer: str, condition: int | str, set_number: int, seed: int) -> str:
    """The session's id, which names its file: of an observer's name all but letters, digits, . and - becomes -."""
    return f"{re.sub(r'[^A-Za-z0-9.-]', '-', observer)}-{condition}-set{set_number}-{seed}"
