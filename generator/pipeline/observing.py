"""observe(study): its questions as each condition shows them -> observers' answers, as participants' files."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import StudyError
from ..observers.answers import DECIMALS, rows_of, session_of
from ..observers.calibration import pick, probabilities, usual_spread
from ..observers.observer import Observer, scores_of
from ..observers.panel import observers_named
from ..progress import Reporter, StageReport
from ..questions.conditions import Condition, chosen
from ..questions.question import QuestionSet
from ..store import clear_unfinished, write_atomically
from ..study import Study
from .composition import compose
from .context import BuildContext, begin
from .explaining import explained

FORMAT = "imetric-observers/1"
Scores = dict[int | str, dict[str, np.ndarray]]  # condition -> id of a question -> [options] in the key's order


@dataclass(frozen=True)
class Observed:
    """What one observer answered. scores: by condition, without those that it cannot be asked; temperature: theirs."""

    observer: Observer
    scores: Scores
    temperature: float


@dataclass
class ObserveReport:
    """What observers made. matched: (observer, condition) -> right picks without noise, of `possible`.

    chance: right picks of whoever picks at random, on average.
    seconds: what the observers took for `trials` questions, explanations and feature maps that were kept included.
    """

    study_id: str
    conditions: tuple[int | str, ...]
    observed: tuple[Observed, ...]
    matched: dict[tuple[str, int | str], int]
    possible: int
    chance: float
    files: list[Path]
    record: Path
    has_key: bool
    stages: list[StageReport]
    trials: int
    seconds: float


def observe(
    study: Study,
    *,
    conditions: Sequence[int | str] | None = None,
    observers: Sequence[str] = (),
    seeds: int = 1,
    out: Path = Path("results/observers"),
    private: Path = Path("private"),
    artifacts: Path = Path("artifacts"),
    device: str = "auto",
    fresh: bool = False,
    reporter: Reporter,
) -> ObserveReport:
    """Let observers answer every question of these conditions; write their files under `out`, a record to `private`.

    conditions: names, None: those of the study; observers: names, none: all built in; seeds: files of each observer,
    condition and set, the first without noise. Finished work is taken from `artifacts` as a build's is. Raises
    StudyError.
    """
    names = tuple(study.study.conditions if conditions is None else conditions)
    shown = chosen(study, names)
    context = begin(study, artifacts, device, reporter, fresh, names)
    watching = observers_named(observers, study, context.handle, context.store, device, reporter.warn)
    composed = compose(study, context)
    context = context.prepared_for(names)
    question_set = explained(composed, study, context)
    began = time.monotonic()
    observed = tuple(_answers(observer, question_set, shown, context) for observer in watching)
    seconds = time.monotonic() - began
    with context.stage("files", "files", kept=False) as now:
        files = _write_files(question_set, observed, seeds, out)
        folder = private / question_set.study_id
        write_atomically(folder / "observers.json", _json(record_of(question_set, observed)))
        now.result = f"{len(files)} in {out}, record in {folder / 'observers.json'}"
    right = {each.observer.name: _right(question_set, each.scores) for each in observed}
    matched = {
        (name, condition): sum(of_condition.values())
        for name, by_condition in right.items()
        for condition, of_condition in by_condition.items()
    }
    asked = question_set.of_role("study")
    return ObserveReport(
        question_set.study_id, names, observed, matched,
        sum(len(question.answers) for question in asked),
        sum(len(question.answers) ** 2 / len(question.options) for question in asked), files, folder / "observers.json",
        (folder / "answer_key.json").is_file(), context.stage.finished,
        sum(len(scores) for each in observed for scores in each.scores.values()), seconds,
    )  # fmt: skip


def _answers(
    observer: Observer, question_set: QuestionSet, conditions: Sequence[Condition], context: BuildContext
) -> Observed:
    """What an observer answers in each condition that it can be asked in."""
    asked = len(question_set.of_role("study"))
    scores: Scores = {}
    with context.stage(observer.name, "questions") as now:
        for number, condition in enumerate(conditions):

            def advance(done: int, before: int = number * asked) -> None:
                context.reporter.advance(before + done, asked * len(conditions))

            try:
                scores[condition.name] = scores_of(observer, question_set, condition, advance)
            except StudyError as error:
                if observer.told == "own":
                    raise
                context.reporter.warn(f"'{observer.name}' does not answer in condition {condition.name}: {error}")
        right = _right(question_set, scores)
        now.result = "right: " + ", ".join(f"{sum(right[name].values())} in {name}" for name in scores)
    every = [each for of_condition in scores.values() for each in of_condition.values()]
    return Observed(observer, scores, usual_spread(every))


def _right(question_set: QuestionSet, scores: Scores) -> dict[int | str, dict[str, int]]:
    """Condition -> id of a question -> how many of the highest scores are answers."""
    found: dict[int | str, dict[str, int]] = {}
    for name, of_condition in scores.items():
        found[name] = {}
        for question in question_set.of_role("study"):
            picks = pick(of_condition[question.id], 1.0, len(question.answers), None).picks
            found[name][question.id] = len({question.options[k].id for k in picks} & set(question.answers))
    return found


def _write_files(question_set: QuestionSet, observed: Sequence[Observed], seeds: int, out: Path) -> list[Path]:
    """A participant's file for each observer, condition, set and seed."""
    clear_unfinished(out)
    files = []
    for each in observed:
        for condition, scores in each.scores.items():
            for number in range(1, question_set.sets + 1):
                for seed in range(seeds):
                    asked = (question_set, each.observer.name, condition, number, seed)
                    files.append(out / f"{session_of(*asked[1:])}.json")
                    write_atomically(files[-1], _json(rows_of(*asked, scores, each.temperature)))
    return files


def record_of(question_set: QuestionSet, observed: Sequence[Observed]) -> dict[str, Any]:
    """What observers answered, ready for JSON: `imetric-observers/1`."""
    sets = {q.id: number for number, each in enumerate(question_set.sets_of_questions(), start=1) for q in each}
    right = {each.observer.name: _right(question_set, each.scores) for each in observed}
    conditions = list(dict.fromkeys(name for each in observed for name in each.scores))
    return {
        "format": FORMAT,
        "study_id": question_set.study_id,
        "observers": [
            {"name": each.observer.name, "what": each.observer.what, "temperature": each.temperature}
            for each in observed
        ],
        "questions": [
            {
                "id": question.id,
                "neuron": question.neuron,
                "condition": condition,
                "set": sets[question.id],
                "probabilities": {
                    each.observer.name: probabilities(each.scores[condition][question.id], each.temperature)
                    .round(DECIMALS)
                    .tolist()
                    for each in observed
                    if condition in each.scores
                },
                "matched": {
                    each.observer.name: right[each.observer.name][condition][question.id]
                    for each in observed
                    if condition in each.scores
                },
                "warnings": [],
            }
            for condition in conditions
            for question in question_set.of_role("study")
        ],
        "machine_scores": [],
        "warnings": [],
    }


def _json(content: object) -> bytes:
    return json.dumps(content, indent=1).encode() + b"\n"
