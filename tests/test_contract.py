"""From pictures and a network through a real browser to a participant's file that the answer key can score."""

from __future__ import annotations

import csv
import json
import threading
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from generator.pipeline import build
from scoring.cli import app
from tests.sites.conftest import _Quiet, answer, fill_start, ready
from tests.small_study import Counting, study


def test_build_visit_and_score(photographs: Path, tmp_path: Path, browser) -> None:
    report = build(
        study(photographs, site={"practice": 1, "catch_questions": 1}), conditions=(3,), out=tmp_path / "dist", private=tmp_path / "private",
        artifacts=tmp_path / "artifacts", device="cpu", reporter=Counting(),
    )  # fmt: skip
    key = json.loads((report.private / "answer_key.json").read_text())
    questions = {question["id"]: question for question in key["questions"]}
    catches = {question["id"]: question for question in key["catch"]}
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(tmp_path / "dist")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = browser.new_context(accept_downloads=True, viewport={"width": 1280, "height": 800}).new_page()
    page.goto(f"http://127.0.0.1:{server.server_port}/exp3/")
    fill_start(page)
    expected = []
    number = 0
    for position in range(4):
        ready(page)
        shown = page.eval_on_selector_all(".option", "all => all.map((option) => option.dataset.id)")
        question = next(q for q in [*key["questions"], *key["catch"]] if set(q["options"]) == set(shown))
        # Of question k, k answers are picked on purpose and the rest wrongly.
        right = [o for o in shown if o in question["answers"]][:number]
        wrong = [o for o in shown if o not in question["answers"]][: 3 - number]
        if question["id"] in catches:
            right, wrong = question["answers"], [o for o in shown if o not in question["answers"]][:2]
        else:
            expected.append((question["id"], number))
            number += 1
        places = tuple(shown.index(option) + 1 for option in right + wrong)
        if position < 3:
            answer(page, places)
        else:
            with page.expect_download() as download:
                answer(page, places)
    download.value.save_as(tmp_path / "file.json")
    server.shutdown()
    server.server_close()
    rows = json.loads((tmp_path / "file.json").read_text())
    for name, content in (("participant", rows), ("answer-key", key)):
        schema = json.loads((Path(__file__).parent.parent / "docs" / "schemas" / f"{name}.json").read_text(encoding="utf-8"))
        Draft202012Validator(schema).validate(content)
    assert rows[0]["study_id"] == key["study_id"] == report.study_id
    kinds = [row["trial_type"] for row in rows]
    assert kinds[:2] == ["session", "imetric-practice"] and sorted(kinds[2:]) == [
        "imetric-catch", *["imetric-question"] * 3
    ]  # fmt: skip
    assert [row["trial_index"] for row in rows] == list(range(6))
    scored = [
        (row["question_id"], len(set(row["choice_ids"]) & set(questions[row["question_id"]]["answers"])))
        for row in rows
        if row["trial_type"] == "imetric-question"
    ]
    assert scored == expected
    (caught,) = [row for row in rows if row["trial_type"] == "imetric-catch"]
    assert set(catches[caught["question_id"]]["answers"]) <= set(caught["choice_ids"])
    assert sorted(caught["choice_order"]) == sorted(catches[caught["question_id"]]["options"])
    assert caught["question_id"] == "c01e3" and sorted(catches) == ["c01e1", "c01e2", "c01e3"]
    assert rows[1]["passed"] is True and rows[1]["tries"] == 1 and rows[1]["question_id"] == "p01"

    # The key is found by the study that the file names.
    folder = tmp_path / "report"
    words = ["file.json", "--private", "private", "--out", "report"]
    words = [str(tmp_path / word) if not word.startswith("--") else word for word in words]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.stderr
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["files"] == {"given": 1, "used": 1, "observers": 0, "rejected": 0, "marked": 0}
    (entry,) = summary["all"]["experiments"]
    assert (entry["experiment"], entry["mean"]) == (3, sum(number for _, number in expected))
    trials = list(csv.DictReader((folder / "trials.csv").open(encoding="utf-8")))
    assert [(trial["question_id"], int(trial["matched"])) for trial in trials] == expected
