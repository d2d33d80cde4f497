"""Responses of people and of observers -> how far they agree, as one plain dictionary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from ..analysis.observers import describe_observers
from ..errors import NothingScored
from ..files.collect import Collection
from ..files.exclusions import Exclusions, broken_rules
from ..files.key import Key, KeyQuestion
from ..files.response import Response
from ..statistics.agreement import Agreement, Calibration, People, calibration, inclusion, over_options, over_questions

FORMAT = "imetric-agreement/1"


def agreements(
    collection: Collection, rules: Exclusions, seed: int, advance: Callable[[str], None] = lambda _: None
) -> dict[str, Any]:
    """Every observer in every condition that people answered too; docs/scoring.md describes the dictionary.

    People are those whom no exclusion rule leaves out. Raises NothingScored where nothing can be held against anything.
    """
    key, observers = collection.key, describe_observers(collection, seed)
    broken = broken_rules(collection.responses, rules, key)
    people = [response for response, own in zip(collection.responses, broken, strict=True) if not own]
    _check(collection, people, observers)
    by_condition = {
        name: [response for response in people if response.experiment == name] for name in key.conditions.names
    }
    compared, left_out = [], []
    for record in observers:
        own = by_condition[record["experiment"]]
        found, reason = _compared(record, own, key, seed)
        if found is None:
            left_out.append({"observer": record["observer"], "experiment": record["experiment"], "reason": reason})
        else:
            compared.append(found)
        advance(f"{record['observer']}, condition {record['experiment']}")
    if not compared:
        first = left_out[0]
        raise NothingScored(
            f"nothing can be compared: of {first['observer']!r} in condition {first['experiment']}, {first['reason']}"
        )
    return {
        "format": FORMAT,
        "study_id": key.study_id,
        "seed": seed,
        "conditions": key.conditions.model_dump(),
        "possible": key.possible,
        "people": [{"experiment": name, "participants": len(own)} for name, own in by_condition.items() if own],
        "excluded": len(collection.responses) - len(people),
        "compared": compared,
        "not_compared": left_out,
    }


def _check(collection: Collection, people: Sequence[Response], observers: Sequence[dict[str, Any]]) -> None:
    if not observers:
        raise NothingScored(
            f"none of {len(collection.responses)} files that can be used is of an observer: "
            "`python -m generator observe` writes theirs"
        )
    if not collection.responses:
        raise NothingScored(
            f"none of {len(collection.observers)} files that can be used is of a person, "
            "and it is people that observers are held against"
        )
    if not people:
        raise NothingScored(f"all {len(collection.responses)} people are left out by the declared rules")


def _compared(
    record: dict[str, Any], responses: Sequence[Response], key: Key, seed: int
) -> tuple[dict[str, Any] | None, str]:
    """One observer in one condition against people of the condition; None and why not."""
    if not responses:
        return None, "no person answered the condition"
    given = {i["question_id"]: np.array(i["probabilities"]) for i in record["items"] if i["probabilities"] is not None}
    if not given:
        return None, "its files hold no probabilities"
    answered = {trial.question_id for response in responses for trial in response.trials}
    questions = [question for question in key.questions if question.id in given and question.id in answered]
    if not questions:
        return None, "people answered other questions"
    people = _people(responses, questions)
    included = [inclusion(given[question.id], len(question.answers)) for question in questions]
    answers = [np.array([option in question.answer_set for option in question.options]) for question in questions]
    expected = np.array([own[answer].mean() for own, answer in zip(included, answers, strict=True)])
    together, each = over_options(people, [given[question.id] for question in questions], seed)
    items = []
    for k, question in enumerate(questions):
        table = people.picked[k]
        rates = np.nanmean(table, axis=0)
        items.append({
            "question_id": question.id, "set": key.set_of[question.id], "neuron": question.neuron,
            "people": int((~np.isnan(table[:, 0])).sum()), "found": float(rates[answers[k]].mean()),
            "expected": float(expected[k]), **_record(each[k]),
            "options": [
                {"option": option, "answer": bool(answer), "rate": float(rate), "probability": float(p)}
                for option, answer, rate, p in zip(question.options, answers[k], rates, included[k], strict=True)
            ],
        })  # fmt: skip
    return {
        "observer": record["observer"],
        "experiment": record["experiment"],
        "files": record["files"],
        "people": len(responses),
        "questions": len(questions),
        "options": None if together is None else _record(together),
        "difficulty": None if (hard := over_questions(people, answers, expected, seed)) is None else _record(hard),
        "calibration": _curve(calibration(people, included, seed)),
        "items": items,
    }, ""


def _people(responses: Sequence[Response], questions: Sequence[KeyQuestion]) -> People:
    picked = [np.full((len(responses), len(question.options)), np.nan) for question in questions]
    place = {question.id: k for k, question in enumerate(questions)}
    for row, response in enumerate(responses):
        for trial in response.trials:
            if trial.question_id in place:
                table = picked[place[trial.question_id]]
                table[row] = 0
                table[row, list(trial.picks)] = 1
    return People(np.array([response.set for response in responses]), picked)


def _record(found: Agreement) -> dict[str, Any]:
    reached = None
    if found.ceiling is not None and found.spearman is not None:
        reached = found.spearman / found.ceiling
    return {
        "spearman": found.spearman, "spearman_interval": _ends(found.spearman_interval),
        "kendall": found.kendall, "kendall_interval": _ends(found.kendall_interval),
        "reliability": found.reliability, "ceiling": found.ceiling, "of_ceiling": reached,
    }  # fmt: skip


def _curve(found: Calibration) -> dict[str, Any]:
    return {
        "slope": found.slope,
        "slope_interval": _ends(found.slope_interval),
        "distance": found.distance,
        "bins": [{**asdict(each), "interval": list(each.interval)} for each in found.bins],
    }


def _ends(interval: tuple[float, float] | None) -> list[float] | None:
    return None if interval is None else list(interval)
