"""The pilot's results: tables known by hand, and what the command writes."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from scoring.cli import app
from scoring.files.pilot import collect_pilot
from scoring.pilot.analysis import analyse_pilot

from .pilot_files import KEY, study


def test_tables_known_by_hand(tmp_path) -> None:
    summary = analyse_pilot(collect_pilot(study(tmp_path), KEY), 1)
    assert summary["kinds"] == {
        "lucent": {"object": 0, "parts": 0, "pattern": 0, "texture": 8, "edge": 0},
        "madry": {"object": 8, "parts": 8, "pattern": 0, "texture": 0, "edge": 0},
    }
    assert summary["kinds_agreement"] == pytest.approx(1)
    assert summary["described"]["patterns per visualization"]["madry"]["mean"] == pytest.approx(2.5)
    assert summary["described"]["iterations"]["lucent"]["mean"] == pytest.approx(52.5)
    assert summary["iterations"]["madry"] == {60: 2, 90: 6}
    assert summary["clearer"]["lucent"] == {"noise": 8, "picture": 0, "same": 0}
    pair = summary["paired"][0]
    assert (pair["measure"], pair["methods"]) == ("patterns per visualization", ["lucent", "madry"])
    # Differences 1, 2, 1, 1: of 16 ways of flipping signs only two sum to 5 or -5.
    assert (pair["difference"], pair["p"]) == (1.25, 2 / 16)
    json.dumps(summary, allow_nan=False)


def test_the_command_finds_the_key_and_writes_a_report(tmp_path) -> None:
    private = tmp_path / "private" / "p1"
    private.mkdir(parents=True)
    (private / "pilot_key.json").write_text(KEY.model_dump_json())
    results = tmp_path / "results"
    results.mkdir()
    study(results)
    (results / "z.json").write_text("{}")
    words = ["pilot", str(results), "--private", str(tmp_path / "private"), "--out", str(tmp_path / "r")]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "understood" in done.output and "not used: " in done.output
    assert sorted(p.name for p in (tmp_path / "r").iterdir()) == [
        "answers.csv", "figures", "rejected.csv", "report.html", "summary.json",
    ]  # fmt: skip
    assert sorted(p.name for p in (tmp_path / "r" / "figures").iterdir()) == [
        "iterations.png", "iterations.svg", "kinds.png", "kinds.svg",
    ]  # fmt: skip
    nothing = CliRunner().invoke(app, [*words[:1], str(results / "z.json"), *words[2:]])
    assert nothing.exit_code == 2
