"""Files of observers, and of people whose picks follow an observer's probabilities, before there is an observer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from scoring.files.key import Key

Probabilities = Mapping[str, np.ndarray]  # question id -> of each option, in the key's order, with sum 1


def drawn_probabilities(key: Key, seed: int, towards_answers: float = 1.2, spread: float = 1.0) -> Probabilities:
    """Softmax of normal scores, an answer's higher by so much on average: how sure differs by question."""
    rng = np.random.default_rng(seed)
    found = {}
    for question in key.questions:
        answer = np.array([option in question.answer_set for option in question.options])
        scores = rng.normal(0, spread, len(answer)) + answer * rng.normal(towards_answers, 1.0)
        found[question.id] = np.exp(scores) / np.exp(scores).sum()
    return found


def picked(probabilities: np.ndarray, picks: int, rng: np.random.Generator | None) -> np.ndarray:
    """Places of the picks, without replacement by their probabilities (Gumbel noise); without rng the most probable."""
    scores = np.log(probabilities)
    return np.argsort(-(scores if rng is None else scores + rng.gumbel(size=len(scores))), kind="stable")[:picks]


def rows_by(
    key: Key, probabilities: Probabilities, condition: int | str, seed: int, observer: str = "", name: int = 1
) -> list[dict[str, Any]]:
    """The rows of one file: of an observer by its name (seed 0: without noise), without one of a person."""
    rng = np.random.default_rng([seed, name, *str(condition).encode(), *observer.encode()])
    session = f"{observer or 'person'}-{condition}-set{name}-{seed}"
    common = {
        "study_id": key.study_id, "experiment": condition, "session_id": session,
        "subject_id": f"{observer}-{seed:02d}" if observer else session,
    }  # fmt: skip
    first: dict[str, Any] = {
        "trial_type": "session", "trial_index": 0, "time_elapsed": None if observer else 1000, "rt": None, **common,
        "format": "imetric-response/1", "build_hash": "b1", "response": {}, "set": name, "language": None,
    }  # fmt: skip
    if observer:
        first |= {"subject_kind": "observer", "observer": observer}
    rows = [first]
    for index, question in enumerate(key.by_set[name], 1):
        shown = rng.permutation(len(question.options))
        own = probabilities[question.id]
        picks = picked(own, len(question.answers), rng if seed or not observer else None)
        order = [question.options[k] for k in shown]
        row = {
            "trial_type": "imetric-question", "trial_index": index, "rt": None if observer else 9000, **common,
            "time_elapsed": None if observer else 10_000 * index + 1000, "question_id": question.id,
            "choice_ids": [question.options[k] for k in picks], "choice_order": order,
            "response": [order.index(question.options[k]) for k in picks], "confidence": 2, "concept": None,
            "view_history": [], "original_views": [],
        }  # fmt: skip
        if observer:
            row["probabilities"] = [float(own[k]) for k in shown]
        rows.append(row)
    return rows


def write_by(
    folder: Path, key: Key, probabilities: Probabilities, condition: int | str, count: int, observer: str = ""
) -> list[Path]:
    """So many files in each set, of people or of an observer by its name (seeds from 0), as they are named."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in key.by_set:
        for seed in range(count):
            rows = rows_by(key, probabilities, condition, seed, observer, name)
            paths.append(folder / f"{observer or 'person'}-{condition}-set{name}-{seed}.json")
            paths[-1].write_text(json.dumps(rows))
    return paths
