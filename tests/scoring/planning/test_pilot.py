"""Effects and spreads from a pilot's files: of people first, of observers with a warning."""

from __future__ import annotations

import json

import pytest

from scoring.planning.simulate import simulate, write_files

from ..conftest import make_key, write_study
from ..observer_files import drawn_probabilities, write_by
from ..test_cli import run


@pytest.fixture
def study(tmp_path):
    key = make_key(conditions=(1, 3))
    write_study(tmp_path, key, {})
    for condition, towards in ((1, 0.5), (3, 2.0)):
        own = drawn_probabilities(key, condition, towards)
        write_by(tmp_path / "files" / "observers", key, own, condition, 4, "features")
    return tmp_path, key


def plan_of(folder, *words) -> tuple[dict, str]:
    code, out, err = run("power", "--private", folder / "private", "--out", folder / "p", *words)
    assert code == 0, err
    return json.loads((folder / "p" / "power.json").read_text()), out


def test_observers_give_effects_with_a_warning_and_never_less_spread_than_people_are_taken_to_have(study) -> None:
    folder, _ = study
    plan, out = plan_of(folder, "--pilot", folder / "files")
    assert out.startswith("warning: Effects and spreads are those of a program, observer features: nobody was asked.")
    assert "that is only the noise they were given" in out and plan["pilot"]["source"] == "observer features"
    low, high = sorted(each["share"] for each in plan["pilot"]["means"])
    assert plan["aim"]["difference_share"] == pytest.approx(high - low)
    assert plan["assumed"]["log_odds_sd"]["participants"] >= 0.5
    given, _ = plan_of(folder, "--pilot", folder / "files", "--participant-sd", 0.7, "--difference", 2)
    assert given["assumed"]["log_odds_sd"]["participants"] == 0.7 and given["aim"]["difference"] == pytest.approx(2)


def test_people_are_taken_where_there_are_any(study) -> None:
    folder, key = study
    for condition, skill in ((1, 0.2), (3, 0.4)):
        write_files(simulate(key, condition, 8, skill, 1), folder / "files")
    plan, out = plan_of(folder, "--pilot", folder / "files")
    assert plan["pilot"]["source"] == "people" and plan["pilot"]["warnings"] == [] and "warning" not in out


def test_what_a_pilot_lacks_is_said(study) -> None:
    folder, _ = study
    code, _, err = run("power")
    assert code == 1 and err.strip() == (
        "error: --difference is missing: name the smallest that matters, or files of a pilot with --pilot"
    )
    words = ("power", "--private", folder / "private", "--pilot", folder / "files")
    code, _, err = run(*words, "--observer", "colour")
    assert code == 1 and err.strip() == "error: --observer colour is not allowed: one of features"
    code, _, err = run(*words, "--summary", "s.json")
    assert code == 1 and err.strip() == "error: --pilot and --summary are two sources of the same spreads: name one"
