"""What programs found: by hand, beside people, and in nothing that is said of people."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest

from scoring.analysis.observers import surest_matched
from scoring.analysis.results import analyse
from scoring.files.collect import collect
from scoring.files.exclusions import Exclusions

from ..conftest import make_key, write_study
from ..observer_files import drawn_probabilities, rows_by, write_by

GROUPS = {1: [[1, 2] * 5, [0, 3] * 5], 3: [[2] * 10]}


def test_peoples_results_are_the_same_bytes_with_and_without_observers(tmp_path, key) -> None:
    people = write_study(tmp_path, key, GROUPS)
    programs = [
        path
        for condition, name in ((1, "features"), (3, "features"), (2, "blind"))
        for path in write_by(tmp_path / "observers", key, drawn_probabilities(key, 1), condition, 3, name)
    ]
    without = analyse(collect(people, key), Exclusions(), 1)
    found = analyse(collect([*programs, *people], key), Exclusions(), 1)
    both = copy.deepcopy(found[0])
    assert {(r["observer"], r["experiment"], r["files"]) for r in both.pop("observers")} == {
        ("features", 1, 3), ("features", 3, 3), ("blind", 2, 3),
    }  # fmt: skip
    assert (both["files"].pop("observers"), both["flow"].pop("observers")) == (9, 9)
    assert (both["files"].pop("given"), both["flow"].pop("files")) == (12, 12)
    alone = copy.deepcopy(without[0])
    assert alone.pop("observers") == []
    for counts, names in ((alone["files"], ("observers", "given")), (alone["flow"], ("observers", "files"))):
        for name in names:
            del counts[name]
    assert json.dumps(both) == json.dumps(alone)
    for table, other in zip(found[1:], without[1:], strict=True):
        assert table.equals(other)


def test_an_observers_record_by_hand(tmp_path) -> None:
    key = make_key(2, options=4, answers=2)
    probabilities = {"q01": np.array([0.4, 0.3, 0.2, 0.1]), "q02": np.array([0.1, 0.2, 0.3, 0.4])}
    rows = [rows_by(key, probabilities, 2, seed, "features") for seed in (0, 1)]
    # The second file picks one answer of the first question and one of the second.
    for row, picks in zip(rows[1][1:], ([0, 2], [1, 3]), strict=True):
        options = key.by_id[row["question_id"]].options
        row["choice_ids"] = [options[k] for k in picks]
        row["response"] = [row["choice_order"].index(options[k]) for k in picks]
    paths = []
    for number, content in enumerate(rows):
        paths.append(tmp_path / f"{number}.json")
        paths[-1].write_text(json.dumps(content))
    (record,) = analyse(collect(paths, key), Exclusions(), 1)[0]["observers"]
    assert (record["observer"], record["experiment"], record["files"], record["questions"]) == ("features", 2, 2, 2)
    # Matched: 2 and 0 in the first file, 1 and 1 in the second.
    assert [item["matched"] for item in record["items"]] == [1.5, 0.5]
    assert (record["mean"], record["min"], record["max"], record["sd"]) == (2, 2, 2, 0)
    assert record["interval"][0] < 2 < record["interval"][1] and record["surest"] == 2
    assert [item["surest"] for item in record["items"]] == [2, 0]
    assert record["items"][0]["probabilities"] == pytest.approx([0.4, 0.3, 0.2, 0.1])


def test_options_that_share_the_last_places_count_in_proportion() -> None:
    question = make_key(1, options=6, answers=2).questions[0]  # the first two are answers
    assert surest_matched(np.full(6, 1 / 6), question) == pytest.approx(2 * 2 / 6)
    assert surest_matched(np.array([0.4, 0.2, 0.2, 0.2, 0.0, 0.0]), question) == pytest.approx(1 + 1 / 3)


def test_files_without_probabilities_are_described_without_them(tmp_path, key) -> None:
    rows = rows_by(key, drawn_probabilities(key, 1), 1, 0, "old")
    for row in rows[1:]:
        del row["probabilities"]
    (tmp_path / "a.json").write_text(json.dumps(rows))
    (record,) = analyse(collect([tmp_path / "a.json"], key), Exclusions(), 1)[0]["observers"]
    assert record["surest"] is None and record["sd"] is None and record["items"][0]["probabilities"] is None
