"""observe(study): its questions as each condition shows them -> observers' answers, as participants' files."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import StudyError
from ..observers.answers import rows_of, session_of
from ..observers.observer import Observer, scores_of
from ..observers.panel import observers_named
from ..progress import Reporter, StageReport
from ..questions.conditions import Condition, chosen
from ..questions.question import QuestionSet
from ..questions.redrawn import DRAWS
from ..record.manifest import OBSERVED
from ..record.review.page import review_page
from ..record.review.record import Calibrated, record_of
from ..record.review.scores import right_picks
from ..record.review.warnings import Warned, chance
from ..store import Place, clear_unfinished, write_atomically
from ..study import Study
from .composition import compose
from .context import BuildContext, Executors, begin, here
from .explaining import explained
from .reviewing import answer_redrawn, review

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

    chance: right picks of whoever picks at random, on average; draws: of each question, that machine scores are over.
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
    page: Path
    warnings: list[Warned]
    draws: int
    trials: int
    seconds: float


def observe(
    study: Study,
    *,
    conditions: Sequence[int | str] | None = None,
    observers: Sequence[str] = (),
    seeds: int = 1,
    draws: int = DRAWS,
    gridcams: bool = False,
    out: Path = Path("results/observers"),
    private: Path = Path("private"),
    artifacts: Place = Path("artifacts"),
    device: str = "auto",
    fresh: bool = False,
    executors: Executors = here,
    reporter: Reporter,
) -> ObserveReport:
    """Let observers answer every question of these conditions; write their files under `out`, a record to `private`.

    conditions: names, None: those of the study; observers: names, none: all built in; seeds: files of each observer,
    condition and set, the first without noise; draws: further ones of each question, for machine scores and
    calibration; gridcams: compute those of their new examples too, which else are shown without. Finished work is taken
    from `artifacts` as a build's is, and made where a build's is. Raises StudyError.
    """
    names = tuple(study.study.conditions if conditions is None else conditions)
    shown = chosen(study, names)
    context = begin(study, artifacts, device, reporter, fresh, names, executors=executors)
    watching = observers_named(observers, study, context.handle, context.store, device, reporter.warn)
    composed = compose(study, context)
    context = context.prepared_for(names)
    question_set = explained(composed, study, context)
    began = time.monotonic()
    scores = {each.name: _answers(each, question_set, shown, context) for each in watching}
    seconds = time.monotonic() - began
    redrawn = answer_redrawn(watching, shown, question_set, composed, study, context, draws, gridcams)
    reviewed, warned = review(watching, scores, shown, question_set, redrawn, study, context)
    temperatures = {name: Calibrated(*redrawn.temperature(name, of)) for name, of in scores.items()}
    observed = tuple(Observed(each, scores[each.name], temperatures[each.name].temperature) for each in watching)
    folder = private / question_set.study_id
    record, page = folder / "observers.json", folder / "diagnostics" / OBSERVED
    with context.stage("files", "files", kept=False) as now:
        files = _write_files(question_set, observed, seeds, out)
        write_atomically(record, _json(record_of(reviewed, warned, temperatures, gridcams)))
        write_atomically(page, review_page(reviewed, warned, temperatures, gridcams, study.name))
        now.result = f"{len(files)} in {out}, record in {record}"
    asked = question_set.of_role("study")
    matched = {
        (name, condition): sum(right_picks(of_condition[question.id], question) for question in asked)
        for name, by_condition in scores.items()
        for condition, of_condition in by_condition.items()
    }
    return ObserveReport(
        question_set.study_id, names, observed, matched,
        sum(len(question.answers) for question in asked), sum(chance(question) for question in asked), files, record,
        (folder / "answer_key.json").is_file(), context.stage.finished, page, warned, redrawn.count,
        sum(len(of) for by_condition in scores.values() for of in by_condition.values()), seconds,
    )  # fmt: skip


def _answers(
    observer: Observer, question_set: QuestionSet, conditions: Sequence[Condition], context: BuildContext
) -> Scores:
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
        right = {
            name: sum(right_picks(of_condition[question.id], question) for question in question_set.of_role("study"))
            for name, of_condition in scores.items()
        }
        now.result = "right: " + ", ".join(f"{count} in {name}" for name, count in right.items())
    return scores


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


def _json(content: object) -> bytes:
    return json.dumps(content, indent=1).encode() + b"\n"
