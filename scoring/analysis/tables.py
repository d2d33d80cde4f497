"""Responses -> tidy tables: one row per participant, one per participant and question."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ..files.collect import Collection
from ..files.response import SURVEY


def participants_frame(collection: Collection, broken: Sequence[Sequence[str]]) -> pd.DataFrame:
    """One row per response. broken: the exclusion rules each response breaks.

    correct: matched picks; possible: answers of the questions that were answered; ratio: correct / possible, the
    I-metric as a share; score: ratio x the answers of a set, `correct` where every question was answered.
    """
    full = collection.key.possible
    answers = {question.id: len(question.answers) for question in collection.key.questions}
    rows = []
    for number, (response, rules) in enumerate(zip(collection.responses, broken, strict=True), 1):
        correct = sum(trial.matched for trial in response.trials)
        possible = sum(answers[trial.question_id] for trial in response.trials)
        rows.append(
            {
                "participant": number,
                "experiment": response.experiment,
                "set": response.set,
                "subject_id": response.subject_id,
                "session_id": response.session_id,
                "answered": len(response.trials),
                "correct": correct,
                "possible": possible,
                "ratio": correct / possible,
                "score": correct * full / possible,
                "minutes": np.nan if response.duration_ms is None else response.duration_ms / 60_000,
                **response.survey,
                "language": response.language,
                "build_hash": response.build,
                "catch_asked": response.catch_asked,
                "catch_failed": response.catch_failed,
                "included": not rules,
                "excluded_by": " ".join(rules),
                "equal_picks": response.answering.equal_picks,
                "same_places": response.answering.same_places,
                "rt_spread": response.answering.rt_spread,
                "marks": "; ".join(response.all_marks),
                "file": response.file,
            }
        )
    frame = pd.DataFrame(rows, columns=_PARTICIPANT_COLUMNS)
    numbers = dict.fromkeys(("age", "score", "equal_picks", "same_places", "rt_spread"), float)
    return frame.astype({**numbers, "included": bool})


def trials_frame(collection: Collection, broken: Sequence[Sequence[str]]) -> pd.DataFrame:
    """One row per participant and answered question. picked: the option ids, as picked, with spaces between."""
    questions = collection.key.by_id
    place = {question.id: k for k, question in enumerate(collection.key.questions)}
    columns: dict[str, list] = {name: [] for name in _TRIAL_COLUMNS}
    add = {name: column.append for name, column in columns.items()}
    for number, (response, rules) in enumerate(zip(collection.responses, broken, strict=True), 1):
        for trial in response.trials:
            question = questions[trial.question_id]
            add["participant"](number)
            add["experiment"](response.experiment)
            add["set"](response.set)
            add["question_id"](question.id)
            add["question"](place[question.id])
            add["neuron"](question.neuron)
            add["position"](trial.position)
            add["picked"](" ".join(question.options[pick] for pick in trial.picks))
            add["picks"](trial.picks)
            add["matched"](trial.matched)
            add["possible"](len(question.answers))
            add["rt_ms"](trial.rt_ms)
            add["confidence"](trial.confidence)
            add["concept"](trial.concept)
            add["level_changes"](trial.level_changes)
            add["originals_ms"](trial.originals_ms)
            add["included"](not rules)
    frame = pd.DataFrame(columns)
    for name in ("neuron", "rt_ms", "confidence", "level_changes", "originals_ms"):
        frame[name] = frame[name].astype("Int64")
    return frame


_PARTICIPANT_COLUMNS = (
    "participant", "experiment", "set", "subject_id", "session_id", "answered", "correct", "possible", "ratio", "score",
    "minutes", *SURVEY, "language", "build_hash", "catch_asked", "catch_failed", "included", "excluded_by",
    "equal_picks", "same_places", "rt_spread", "marks", "file",
)  # fmt: skip
_TRIAL_COLUMNS = (
    "participant", "experiment", "set", "question_id", "question", "neuron", "position", "picked", "picks", "matched",
    "possible", "rt_ms", "confidence", "concept", "level_changes", "originals_ms", "included",
)  # fmt: skip


def response_matrix(trials: pd.DataFrame, value: str, questions: int) -> np.ndarray:
    """A column of the trials as a table [P, Q], floats, in order of participant and question; NaN: not there."""
    codes, _ = pd.factorize(trials["participant"], sort=True)
    table = np.full((codes.max() + 1 if len(codes) else 0, questions), np.nan)
    table[codes, trials["question"].to_numpy()] = trials[value].to_numpy(dtype=float, na_value=np.nan)
    return table
