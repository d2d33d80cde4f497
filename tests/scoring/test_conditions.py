"""The table of conditions is the only place that knows which there are."""

from __future__ import annotations

import json

import pytest

from scoring.analysis.results import analyse
from scoring.conditions import CONDITIONS, Condition, ids_in_order, known_condition, listed
from scoring.files.collect import collect
from scoring.files.exclusions import Exclusions
from scoring.planning.simulate import simulate
from scoring.report.folder import write_report
from scoring.report.psychds import write_psych_ds

from .conftest import write_study


def test_three_conditions_are_accepted_now() -> None:
    assert list(CONDITIONS) == [1, 2, 3] and listed() == "1, 2 or 3"
    assert ids_in_order([3, 1, 3]) == [1, 3]
    for value in (0, 4, "1", True, "none"):
        with pytest.raises(ValueError, match="^should be 1, 2 or 3$"):
            known_condition(value)


@pytest.mark.slow
def test_another_row_of_the_table_is_a_condition_everywhere(tmp_path, key, monkeypatch) -> None:
    monkeypatch.setitem(CONDITIONS, "none", Condition("none", "no explanation", "#009e73", "^"))
    assert listed() == "1, 2, 3 or none"
    assert {rows[0]["experiment"] for rows in simulate(key, "none", 2, 0.5, 1)} == {"none"}
    paths = write_study(tmp_path, key, {1: [[1, 2] * 5, [0, 3] * 5, [1] * 10], 2: [[2] * 10, [3, 1] * 5, [1, 2] * 5]})
    collection = collect(paths, key)
    for response in collection.responses[:3]:
        response.experiment = "none"
    summary, participants, trials = analyse(collection, Exclusions(), 1)
    write_report(tmp_path / "report", collection, summary, participants, trials)
    write_psych_ds(tmp_path / "shared", collection, participants, trials, summary)
    found = json.loads((tmp_path / "report" / "summary.json").read_text())["included"]
    assert [(e["experiment"], e["name"]) for e in found["experiments"]] == [
        (2, "dataset examples with grid-cam"), ("none", "no explanation"),
    ]  # fmt: skip
    assert found["comparisons"]["pairs"][0]["experiments"] == [2, "none"]
    assert [each["experiment"] for each in found["comparisons"]["mixed_model"]["against_chance"]] == [2, "none"]
    assert (tmp_path / "shared" / "data" / "raw" / "00001_expnone.json").exists()
