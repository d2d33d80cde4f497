"""Responses of observers (programs) -> what each found in each condition; it enters no result about people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..files.collect import Collection
from ..files.key import Key, KeyQuestion
from ..files.response import Response, Trial
from ..statistics.intervals import bca


def describe_observers(collection: Collection, seed: int) -> list[dict[str, Any]]:
    """One record for each observer and condition, the observer that finds most first, conditions in the study's order.

    Every question weighs the same, however many files answer it. Intervals are over questions: a program's files differ
    by the noise that was drawn for them alone, and more of them say nothing new.
    """
    groups: dict[tuple[str, int | str], list[Response]] = defaultdict(list)
    for response in collection.observers:
        groups[response.observer_name, response.experiment].append(response)
    records = [_described(name, condition, own, collection.key, seed) for (name, condition), own in groups.items()]
    found = {name: np.mean([each["mean"] for each in records if each["observer"] == name]) for name, _ in groups}
    order = collection.key.conditions.names
    return sorted(records, key=lambda r: (-found[r["observer"]], r["observer"], order.index(r["experiment"])))


def _described(name: str, condition: int | str, files: Sequence[Response], key: Key, seed: int) -> dict[str, Any]:
    by_question: dict[str, list[Trial]] = defaultdict(list)
    for response in files:
        for trial in response.trials:
            by_question[trial.question_id].append(trial)
    items = [_item(question, key, by_question[question.id]) for question in key.questions if question.id in by_question]
    shares = np.array([item["matched"] / item["possible"] for item in items])
    interval = bca(shares, seed)
    scores = [_share(response, key) * key.possible for response in files]
    surest = [item["surest"] / item["possible"] for item in items if item["surest"] is not None]
    return {
        "observer": name,
        "experiment": condition,
        "files": len(files),
        "questions": len(items),
        "mean": float(shares.mean()) * key.possible,
        "interval": None if interval is None else [key.possible * min(1.0, max(0.0, end)) for end in interval],
        "sd": float(np.std(scores, ddof=1)) if len(scores) > 1 else None,
        "min": min(scores),
        "max": max(scores),
        "surest": float(np.mean(surest)) * key.possible if len(surest) == len(items) else None,
        "items": items,
    }


def _item(question: KeyQuestion, key: Key, trials: Sequence[Trial]) -> dict[str, Any]:
    given = [trial.probabilities for trial in trials if trial.probabilities is not None]
    mean = np.mean(given, axis=0) if given else None
    return {
        "question_id": question.id,
        "set": key.set_of[question.id],
        "neuron": question.neuron,
        "files": len(trials),
        "matched": float(np.mean([trial.matched for trial in trials])),
        "possible": len(question.answers),
        "surest": None if mean is None else surest_matched(mean, question),
        "probabilities": None if mean is None else mean.tolist(),
    }


def surest_matched(probabilities: np.ndarray, question: KeyQuestion) -> float:
    """Answers among the most probable options, as many as there are answers: what is found without noise.

    probabilities: [O], in the key's order. Where options share the last places, what a draw among them would find.
    """
    answer = np.array([option in question.answer_set for option in question.options])
    count = len(question.answers)
    last = np.sort(probabilities)[-count]
    above, tied = probabilities > last, probabilities == last
    return float(answer[above].sum() + (count - above.sum()) * answer[tied].mean())


def _share(response: Response, key: Key) -> float:
    possible = sum(len(key.by_id[trial.question_id].answers) for trial in response.trials)
    return sum(trial.matched for trial in response.trials) / possible
