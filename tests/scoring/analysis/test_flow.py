"""What became of every file and participant."""

from __future__ import annotations

import json

from scoring.analysis.results import analyse
from scoring.files.collect import collect
from scoring.files.exclusions import Exclusions

from ..conftest import make_key, make_rows, write_study


def test_every_file_and_every_participant_is_counted_once(tmp_path) -> None:
    key = make_key(conditions=(1, "none", 3), sets=2)
    paths = write_study(tmp_path, make_key(), {1: [[1] * 10, [2] * 10, [1] * 10]})
    folder = tmp_path / "results"
    short = make_rows(key, [1] * 4, experiment="none", session="short", subject="twice")
    again = make_rows(key, [1] * 10, experiment="none", session="again", subject="twice")
    second = make_rows(key, [1] * 20, experiment="none", session="second")
    second = [second[0] | {"set": 2}, *second[11:]]
    program = make_rows(key, [3] * 10, experiment=1, session="program")
    program[0]["subject_kind"] = "observer"
    other = make_rows(make_key(study="other"), [1] * 10, session="other")
    written = {"a": short, "b": again, "c": second, "d": program, "e": other, "f": short, "g": {}, "h": [1, 2]}
    for name, rows in written.items():
        (folder / f"{name}.json").write_text(json.dumps(rows))
        paths.append(folder / f"{name}.json")
    found = analyse(collect(paths, key), Exclusions(), 1)[0]["flow"]
    assert found["files"] == 11 and found["observers"] == 1 and found["participants"] == 6
    assert {part["reason"]: part["files"] for part in found["not_used"]} == {
        "not a sound participant's file": 2, "the same session again": 1, "of another study": 1,
    }  # fmt: skip
    # Who was there twice and answered four questions only is counted under the first of the two rules.
    assert [(part["rule"], part["participants"]) for part in found["excluded"]] == [("repeated", 2)]
    assert [
        (group["experiment"], group["participants"], group["excluded"], group["analysed"])
        for group in found["conditions"]
    ] == [(1, 3, 0, 3), ("none", 3, 2, 1), (3, 0, 0, 0)]
    assert [[each["analysed"] for each in group["sets"]] for group in found["conditions"]] == [[3, 0], [0, 1], [0, 0]]
    lost = sum(part["files"] for part in found["not_used"])
    assert found["files"] == lost + found["observers"] + found["participants"]
    assert found["participants"] == sum(group["participants"] for group in found["conditions"])
