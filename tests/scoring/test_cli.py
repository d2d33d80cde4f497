"""The command line: exit codes, sentences, one command after another."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from scoring.cli import app
from scoring.report.codebook import meaning_of, places_in

from .conftest import make_key, write_study
from .observer_files import drawn_probabilities, write_by

ROOT = Path(__file__).parents[2]


def run(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_nothing_scored_ends_with_two(tmp_path) -> None:
    (tmp_path / "a.json").write_text("[")
    code, _, err = run(tmp_path, "--private", tmp_path)
    assert code == 2
    assert (
        err.strip()
        == f"error: none of 1 files could be scored; {tmp_path / 'a.json'}: file: not JSON at line 1, column 2 (Expecting value)"
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["score", "x", "--key", "none.json"], "error: none.json: the answer key cannot be read: No such file or directory"),
        (["score", "x", "--exclusions", "none.toml"], "error: none.toml: the exclusions cannot be read: No such file or directory"),
        (["power", "--key", "k", "--difference", "2", "--participants", "7;10"], "error: --participants '7;10' is not allowed: whole numbers with commas between"),
    ],
)  # fmt: skip
def test_wrong_words_end_in_one_sentence(words, sentence, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = run(*words)
    assert code == 1 and err.strip() == sentence


def test_the_original_pages_files_are_scored(tmp_path) -> None:
    data = {str(n): {"Madry": {"answers": [2, 5, 3], "activations": [0.0] * 9}} for n in (291, 356)}
    (tmp_path / "data.json").write_text(json.dumps(data))
    key = tmp_path / "key.json"
    code, out, err = run("original-key", tmp_path / "data.json", "--neurons", "291,356", "--method", "Madry", "-o", key)
    assert code == 0, err
    for name, picks in (("A", [3, 6, 4]), ("B", [1, 2, 3])):
        content = {"name": name, "age": 25, "gender": "m", "major": "", "backgrounds": "", "1": picks, "2": [1, 2, 5]}
        (tmp_path / f"Experiment3_{name}.json").write_text(json.dumps(content))
    code, out, err = run(
        tmp_path / "Experiment3_A.json", tmp_path / "Experiment3_B.json", "--key", key, "--out", tmp_path / "r"
    )
    assert code == 0, err
    (entry,) = json.loads((tmp_path / "r" / "summary.json").read_text())["included"]["experiments"]
    assert (entry["experiment"], entry["min"], entry["max"]) == (3, 1, 3)


def test_simulate_score_and_power_from_the_command_line(tmp_path, key) -> None:
    path = tmp_path / "key.json"
    path.write_text(key.model_dump_json())
    assert run("simulate", "--key", path, "--experiment", 3, "--participants", 5, "--out", tmp_path / "files")[0] == 0
    assert run(tmp_path / "files", "--key", path, "--out", tmp_path / "r")[0] == 0
    code, out, _ = run("power", "--key", path, "--difference", 4, "--participants", "5,10", "--studies", 100)
    assert code == 0 and "100 simulated studies per row" in out


@pytest.mark.slow
def test_named_conditions_and_sets_go_from_simulation_to_report_and_export(tmp_path) -> None:
    key = make_key(conditions=(2, "none"), sets=2)
    key = key.model_copy(update={"reference": "none", "contrasts": ((2, "none"),)})
    path = tmp_path / "key.json"
    path.write_text(key.model_dump_json())
    simulate = ("simulate", "--key", path, "--out", tmp_path / "files", "--participants")
    assert run(*simulate, 4, "--experiment", 2)[0] == 0
    assert run(*simulate, 3, "--experiment", "none", "--set", 2)[0] == 0
    assert run(*simulate, 3, "--experiment", "one")[2].strip() == "error: --experiment one is not allowed: 2 or none"
    code, out, err = run(
        tmp_path / "files", "--key", path, "--out", tmp_path / "r", "--export", tmp_path / "export", "--seed", 1
    )
    assert code == 0, err
    assert "planned contrast 2 − none:" in out and "against the reference 2 − none:" in out and "p (Dunnett)" in out
    flow = json.loads((tmp_path / "r" / "summary.json").read_text())["flow"]
    assert [[each["analysed"] for each in group["sets"]] for group in flow["conditions"]] == [[2, 2], [0, 3]]
    assert (tmp_path / "export" / "model.R").exists()


def test_a_key_and_files_of_the_first_format_are_scored_with_todays_statistics(tmp_path, key) -> None:
    groups = {1: [[1, 2] * 5, [0, 3] * 5, [1] * 10], 2: [[2] * 10, [3, 1] * 5, [1, 2] * 5]}
    paths = write_study(tmp_path, key, groups)
    path = tmp_path / "private" / key.study_id / "answer_key.json"
    content = json.loads(path.read_text())
    first = {name: content[name] for name in ("study_id", "layout", "questions", "catch")}
    path.write_text(json.dumps({"format": "imetric-answer-key/1", **first}))
    assert all("set" not in row for file in paths for row in json.loads(file.read_text()))
    code, _, err = run(tmp_path / "results", "--private", tmp_path / "private", "--out", tmp_path / "r")
    assert code == 0, err
    summary = json.loads((tmp_path / "r" / "summary.json").read_text())
    assert [(e["experiment"], e["name"], e["mean"]) for e in summary["included"]["experiments"]] == [
        (1, "feature visualization", 40 / 3), (2, "dataset examples with grid-cam", 55 / 3),
    ]  # fmt: skip
    assert (summary["sets"], summary["control"], summary["reference"], summary["contrasts"]) == (1, None, None, [])


def test_schemas_are_written(tmp_path) -> None:
    code, out, _ = run("schemas", "--out", tmp_path / "s")
    assert code == 0 and out == f"5 schemas: {tmp_path / 's'}\n"
    names = ["answer-key.json", "exclusions.json", "participant.json", "pilot-key.json", "pilot.json"]
    assert sorted(path.name for path in (tmp_path / "s").iterdir()) == names


def test_python_m_scoring_runs() -> None:
    done = subprocess.run([sys.executable, "-m", "scoring", "--help"], capture_output=True, text=True)
    assert done.returncode == 0
    for command in ("score", "watch", "pilot", "original-key", "simulate", "power", "agree", "preregister", "schemas"):
        assert command in done.stdout


@pytest.mark.parametrize("page", ["README.md", "docs/scoring.md", "docs/planning.md"])
def test_commands_of_the_documents_exist(page: str) -> None:
    """Every `python -m scoring COMMAND` line names a command and options that its --help knows."""
    text = (ROOT / page).read_text(encoding="utf-8")
    lines = re.findall(r"^python -m scoring ([a-z-]+)(?= )(.*)$", text, re.M)
    assert lines
    for command, rest in lines:
        code, out, _ = run(command, "--help")
        assert code == 0, f"{page}: {command}"
        for option in re.findall(r"(?<= )--[a-z-]+", rest):
            assert option in out, f"{page}: {command} {option}"


def test_observers_alone_are_scored_and_no_person_is_said_to_be_among_them(tmp_path, key) -> None:
    write_study(tmp_path, key, {})
    for condition in (1, 2):
        write_by(tmp_path / "observers", key, drawn_probabilities(key, condition), condition, 3, "features")
    words = (tmp_path / "observers", "--private", tmp_path / "private", "--out", tmp_path / "r")
    code, out, err = run(*words)
    assert code == 0, err
    assert "no person is among the files: this is about observers (programs) alone" in out and "p (chance)" not in out
    assert sorted(path.name for path in (tmp_path / "r").iterdir()) == [
        "codebook.csv", "figures", "observer_items.csv", "observers.csv", "rejected.csv", "report.html", "summary.json",
    ]  # fmt: skip
    assert {path.name for path in (tmp_path / "r" / "figures").iterdir()} == {"observers.png", "observers.svg"}
    page = (tmp_path / "r" / "report.html").read_text()
    assert "No person is among these files: 6 of 6 are of observers (programs)." in page
    assert re.findall(r"<h2>(.*)</h2>", page) == ["Observers (programs)", "Files not used, and marked"]
    summary = json.loads((tmp_path / "r" / "summary.json").read_text())
    assert {place for place in places_in(summary) if meaning_of(place) is None} == set()
    assert summary["included"]["participants"] == 0 and len(summary["observers"]) == 2
    code, _, err = run(*words, "--psych-ds", tmp_path / "shared")
    assert code == 1 and not (tmp_path / "shared").exists()
    assert err.strip() == (
        "error: --psych-ds is about people, and all files that can be used are of observers (programs)"
    )
