"""Conditions come from the answer key and are one value; nothing knows how many there are."""

from __future__ import annotations

import json

import pytest

from scoring.analysis.results import analyse
from scoring.conditions import PAPER, Conditions
from scoring.files.collect import collect
from scoring.files.exclusions import Exclusions
from scoring.planning.simulate import simulate, write_files
from scoring.report.folder import write_report
from scoring.report.psychds import write_psych_ds

from .conftest import make_key


def conditions(*names: int | str) -> Conditions:
    return Conditions.model_validate([{"name": name, "title": f"title of {name}"} for name in names])


def test_those_of_the_paper_are_the_default() -> None:
    assert PAPER.names == [1, 2, 3] and PAPER.listed() == "1, 2 or 3"
    assert PAPER.in_order([3, 1, 3]) == [1, 3]
    assert [condition.label for condition in PAPER] == ["Experiment 1", "Experiment 2", "Experiment 3"]
    assert 2 in PAPER and not any(value in PAPER for value in (0, 4, "1", True, "none"))
    assert conditions("none").listed() == "none"


def test_a_study_names_each_condition_once() -> None:
    for names, sentence in (((), "conditions should hold at least one"), ((1, 2, 1), "conditions has a name twice")):
        with pytest.raises(ValueError, match=sentence):
            conditions(*names)
    for name in (0, True, "", "No", "-a", "a" * 32, 1.5, None):
        with pytest.raises(ValueError, match="should be the number or the name of a condition"):
            conditions(name)


def test_presets_look_alike_in_every_study() -> None:
    many = conditions("b", 3, "none", "a", 1)
    assert many.look(3) == PAPER.look(3) and many.look(1) == PAPER.look(1)
    assert (
        len({many.look(name).marker for name in many.names})
        == len({many.look(name).colour for name in many.names})
        == 5
    )


@pytest.mark.slow
def test_declared_conditions_and_sets_go_through_everything(tmp_path) -> None:
    key = make_key(conditions=(2, "none", "examples"), sets=2)
    people = [rows for name in key.conditions.names for rows in simulate(key, name, 4, 0.5, 1)]
    collection = collect(write_files(people, tmp_path / "files"), key)
    assert collection.rejected == [] and [r.set for r in collection.responses[:4]] == [1, 2, 1, 2]
    summary, participants, trials = analyse(collection, Exclusions(), 1)
    write_report(tmp_path / "report", collection, summary, participants, trials)
    write_psych_ds(tmp_path / "shared", collection, participants, trials, summary, tmp_path / "report")
    found = json.loads((tmp_path / "report" / "summary.json").read_text())
    assert (found["possible"], found["questions"], found["sets"]) == (30, 20, 2)
    assert [(e["experiment"], e["name"]) for e in found["included"]["experiments"]] == [
        (2, "title of 2"), ("none", "title of none"), ("examples", "title of examples"),
    ]  # fmt: skip
    assert [each["experiment"] for each in found["included"]["comparisons"]["mixed_model"]["against_chance"]] == [
        2, "none", "examples",
    ]  # fmt: skip
    assert found["exclusions"]["excluded"] == 0
    assert len(list((tmp_path / "shared" / "data" / "raw").glob("*_expnone.json"))) == 4
