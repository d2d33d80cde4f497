"""Sessions that were begun and not finished: counted where they were left, and in no other result."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from scoring.cli import app
from scoring.files.unfinished import read_unfinished

from ..conftest import make_key, make_rows

KEY = make_key(conditions=(1, "none", 3), sets=2)


def partial(answered: int, session: str, experiment: int | str = 1, **changes: Any) -> list[dict[str, Any]]:
    rows = make_rows(KEY, [1] * answered, experiment=experiment, session=session)
    return [rows[0] | {"format": "imetric-partial/1", "response": {}} | changes, *rows[1:]]


@pytest.fixture
def collected(tmp_path: Path) -> Path:
    """A collector's folder: two finished in condition 1, and partial files, one of a session that was finished."""
    for name in ("complete", "partial", "names", "incoming"):
        (tmp_path / "results" / name).mkdir(parents=True)
    for name, right in (("a", [1, 2, 3, 0, 1, 2, 3, 0, 1, 2]), ("b", [2, 0, 1, 3, 2, 1, 0, 3, 2, 1])):
        (tmp_path / "results" / "complete" / f"{name}.json").write_text(
            json.dumps(make_rows(KEY, right, experiment=1, session=name))
        )
    left = [(4, "c", 1), (0, "d", 1), (4, "e", 1), (7, "f", "none"), (2, "a", 1)]
    for answered, session, experiment in left:
        path = tmp_path / "results" / "partial" / f"{session}.json"
        path.write_text(json.dumps(partial(answered, session, experiment)))
    (tmp_path / "key.json").write_text(KEY.model_dump_json())
    return tmp_path / "results"


@pytest.mark.parametrize("named", ["results", "results/complete", "results/complete/a.json results/complete/b.json"])
def test_those_beside_the_complete_files_are_counted_by_condition_and_question(collected: Path, named: str) -> None:
    folder = collected.parent
    files = [str(folder / name) for name in named.split()]
    done = CliRunner().invoke(app, [*files, "--key", str(folder / "key.json"), "--out", str(folder / "report")])
    assert done.exit_code == 0, done.output
    assert "begun and not finished, by condition: 1 3 of 5, none 1 of 1, 3 0 of 0" in done.stdout
    summary = json.loads((folder / "report" / "summary.json").read_text())
    assert summary["files"] == {"given": 2, "used": 2, "observers": 0, "rejected": 0, "marked": 0}
    assert summary["flow"]["unfinished"] == 4 and summary["flow"]["participants"] == 2
    assert [(group["unfinished"], group["left_after"]) for group in summary["flow"]["conditions"]] == [
        (3, [{"questions": 0, "sessions": 1}, {"questions": 4, "sessions": 2}]),
        (1, [{"questions": 7, "sessions": 1}]),
        (0, []),
    ]
    with (folder / "report" / "unfinished.csv").open() as file:
        rows = [
            (row["experiment"], row["session_id"], row["answered"], row["last_question"])
            for row in csv.DictReader(file)
        ]
    assert rows == [("1", "c", "4", "q04"), ("1", "d", "0", ""), ("1", "e", "4", "q04"), ("none", "f", "7", "q07")]
    with (folder / "report" / "rejected.csv").open() as file:
        odd = [(row["what"], row["reason"]) for row in csv.DictReader(file)]
    assert odd == [("partial, not counted", "session_id: was finished, or is in another file")]
    report = (folder / "report" / "report.html").read_text()
    assert "<td>1</td><td>5</td><td>3</td><td>60 %</td>" in report and "0: 1, 4: 2" in report


def test_without_partial_files_nothing_is_claimed_about_dropout(collected: Path) -> None:
    folder = collected.parent
    words = [str(collected / "complete"), "--key", str(folder / "key.json"), "--out", str(folder / "report")]
    collected.rename(folder / "moved")
    (folder / "moved" / "complete").rename(folder / "alone")
    words[0] = str(folder / "alone")
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "not finished" not in done.stdout
    flow = json.loads((folder / "report" / "summary.json").read_text())["flow"]
    assert flow["unfinished"] is None and flow["conditions"][0]["unfinished"] is None
    assert not (folder / "report" / "unfinished.csv").exists()
    assert "Not finished" not in (folder / "report" / "report.html").read_text()
    done = CliRunner().invoke(app, [*words, "--partial", str(folder / "moved" / "partial")])
    assert done.exit_code == 0 and "by condition: 1 3 of 5, none 1 of 1, 3 0 of 0" in done.stdout
    done = CliRunner().invoke(app, [*words, "--partial", str(folder / "nowhere")])
    assert done.exit_code == 1
    assert done.stderr.replace("\n", "") == (
        f"error: {folder}/nowhere is no folder of partial files; name the collector's, such as results/partial"
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({}, "file: should be an array of rows whose first has the format imetric-partial/1"),
        (make_rows(KEY, [1], experiment=1), "file: should be an array of rows whose first has the format imetric-partial/1"),
        (partial(1, "x", study_id="other"), "row 0, study_id: is not that of the answer key, abc123"),
        (partial(0, "x", 2), "row 0, experiment or set: is none of the answer key"),
        (partial(0, "x", set=3), "row 0, experiment or set: is none of the answer key"),
        (partial(0, "x", subject_kind="observer"), "row 0, subject_kind: is of a program"),
        (partial(0, "x", time_elapsed=-1), "row 0, time_elapsed: should be greater than or equal to 0, not -1"),
        ([*partial(1, "x"), {**partial(1, "x")[1], "question_id": "q99"}], "question_id: is not in the answer key"),
        ([*partial(1, "x"), {**partial(1, "x")[1], "session_id": "y"}], "row 2, session_id: differs from row 0's"),
    ],
)  # fmt: skip
def test_what_is_no_partial_file_of_the_study_is_named(tmp_path: Path, content: Any, reason: str) -> None:
    (tmp_path / "x.json").write_text(json.dumps(content))
    found = read_unfinished([tmp_path / "x.json"], KEY, [])
    assert (found.sessions, found.rejected) == ([], [(str(tmp_path / "x.json"), reason)])
