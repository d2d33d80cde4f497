"""A key of ten questions and participants' files as the pages write them."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from scoring.conditions import PAPER, Conditions
from scoring.files.key import Key, KeyQuestion, QuestionSet


def make_key(
    questions: int = 10,
    options: int = 9,
    answers: int = 3,
    study: str = "abc123",
    conditions: Sequence[int | str] = (),
    sets: int = 1,
) -> Key:
    """A key of so many questions in each set; conditions: their names, none for the paper's."""
    shows = [{"kind": "dataset_example", "count": 4, "gridcam": True}]
    named = [
        {"name": name, "title": f"title of {name}", "shows": [] if name == "none" else shows} for name in conditions
    ]
    return Key(
        study_id=study,
        conditions=Conditions.model_validate(named) if named else PAPER,
        sets=tuple(
            QuestionSet(name=k + 1, questions=tuple(f"q{k * questions + q:02d}" for q in range(1, questions + 1)))
            for k in range(sets)
        ),
        questions=tuple(
            KeyQuestion(
                id=f"q{q:02d}", neuron=100 + q, options=tuple(f"q{q:02d}-o{k}" for k in range(options)),
                answers=tuple(f"q{q:02d}-o{k}" for k in range(answers)),
            )
            for q in range(1, sets * questions + 1)
        ),
    )  # fmt: skip


def make_rows(
    key: Key, matched: list[int], *, experiment: int | str = 3, session: str = "s1", subject: str | None = None
) -> list[dict[str, Any]]:
    """A file in which question k has matched[k] right picks; orders and times differ as they do among people."""
    common = {
        "study_id": key.study_id, "experiment": experiment, "subject_id": subject or f"person-{session}",
        "session_id": session, "plugin_version": None,
    }  # fmt: skip
    rows: list[dict[str, Any]] = [
        {
            "trial_type": "session", "trial_index": 0, "time_elapsed": 30_000, "rt": None, **common,
            "format": "imetric-response/1", "build_hash": "b1", "seed": 1,
            "response": {"name": "Somebody", "age": 30, "gender": "female", "major": "art", "background": "none"},
            "address": {}, "viewport": [1280, 800], "language": "en-GB", "user_agent": "test",
        }
    ]  # fmt: skip
    for index, (question, right) in enumerate(zip(key.questions, matched, strict=False), 1):
        order = random.Random(f"{session} {question.id}").sample(question.options, len(question.options))
        wrong = [option for option in question.options if option not in question.answers]
        picks = [*question.answers[:right], *wrong[: len(question.answers) - right]]
        rows.append(
            {
                "trial_type": "imetric-question", "trial_index": index, **common, "time_elapsed": 30_000 + 20_000 * index,
                "rt": 18_000 + (0, 3000, -3000, 6000, -6000)[index % 5], "question_id": question.id, "choice_ids": picks,
                "response": [order.index(pick) for pick in picks], "choice_order": order, "confidence": 1 + right % 3,
                "concept": "fur", "view_history": [{"level": 1, "viewing_time": 900}, {"level": 2, "viewing_time": 100}],
                "original_views": [{"position": None, "viewing_time": 400}, {"position": 2, "viewing_time": 100}],
            }
        )  # fmt: skip
    return rows


@pytest.fixture
def key() -> Key:
    return make_key()


@pytest.fixture
def rows(key: Key) -> list[dict[str, Any]]:
    return make_rows(key, [3, 2, 1, 0, 3, 2, 1, 0, 3, 2])


@pytest.fixture
def changed(rows: list[dict[str, Any]]) -> Callable[..., bytes]:
    """The file with one field of one row set to another value (… removes it), as bytes."""

    def change(row: int, name: str, value: Any) -> bytes:
        other = copy.deepcopy(rows)
        if value is ...:
            del other[row][name]
        else:
            other[row][name] = value
        return json.dumps(other).encode()

    return change


def write_study(folder: Path, key: Key, groups: dict[int, list[list[int]]]) -> list[Path]:
    """A private key and one file per participant; groups: experiment -> matched picks of each participant."""
    private = folder / "private" / key.study_id
    private.mkdir(parents=True)
    (private / "answer_key.json").write_text(key.model_dump_json())
    results = folder / "results"
    results.mkdir()
    paths = []
    for experiment, people in groups.items():
        for number, matched in enumerate(people):
            session = f"e{experiment}n{number:03d}"
            path = results / f"imetric_exp{experiment}_{key.study_id}_{session}.json"
            path.write_text(json.dumps(make_rows(key, matched, experiment=experiment, session=session)))
            paths.append(path)
    return paths
