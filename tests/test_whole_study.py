"""A study from its pictures to its report, as its parts meet in the field: built, published, checked, taken, collected, scored."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Playwright
from typer.testing import CliRunner

from generator.__main__ import app
from generator.pipeline import build
from tests.collector.sites import collector, stored
from tests.engines import ENGINES, Tab, started
from tests.sites.publication.conftest import git, nobody_s_settings  # noqa: F401 (git reads no settings of somebody's)
from tests.sites.publication.host import Host, hosted
from tests.sites.test_engines import answer, begin
from tests.small_study import Counting, study

CONDITIONS = (1, 2, 3, "none")
QUESTIONS = 3

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:setting remote_server_addr:DeprecationWarning")]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture(scope="module")
def collecting() -> str:
    """Where the collector will be, which pages must know when they are built."""
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture(scope="module")
def dist(photographs: Path, tmp_path_factory: pytest.TempPathFactory, collecting: str) -> Path:
    """The study's sites; its private folder lies beside them."""
    folder = tmp_path_factory.mktemp("whole")
    build(
        study(
            photographs, study={"conditions": CONDITIONS},
            site={
                "practice": 0, "catch_questions": 0, "upload_url": f"{collecting}/api/data", "upload_experiment": "whole",
                "upload_partial": True, "assign_url": f"{collecting}/health",
            },
        ),
        out=folder / "dist", private=folder / "private", artifacts=folder / "artifacts", device="cpu", reporter=Counting(),
    )  # fmt: skip
    return folder / "dist"


def run(*words: object) -> str:
    done = CliRunner().invoke(app, list(map(str, words)))
    assert done.exit_code == 0, done.output
    return done.output


def arrives(tab: Tab, address: str) -> None:
    """Somebody new begins: WebKit's visitors share what a site keeps, which here is one site for all."""
    tab.open(address)
    tab.evaluate("() => localStorage.clear()")
    begin(tab, address)


def taken(tab: Tab, address: str) -> None:
    """A whole visit; what is picked differs from question to question."""
    arrives(tab, address)
    for number in range(1, QUESTIONS + 1):
        answer(tab, number, (number, number + 3, number + 6), last=number == QUESTIONS)
    tab.reads("Thank you!")


def test_published_checked_taken_by_three_engines_collected_and_scored(
    dist: Path, collecting: str, tmp_path: Path, playwright: Playwright
) -> None:
    git("init", "-q", "--bare", "--initial-branch=main", "site.git", cwd=tmp_path)
    project = tmp_path / "project"
    git("clone", "-q", tmp_path / "site.git", project, cwd=tmp_path)
    run("publish", "--out", dist, "--remote", tmp_path / "site.git", "--yes")
    git("clone", "-q", "--branch", "gh-pages", tmp_path / "site.git", "served", cwd=tmp_path)
    out, expected = tmp_path / "collected", []
    with hosted(Host(tmp_path / "served")) as address:
        origin = address.split("/study")[0]
        port = collecting.rpartition(":")[2]
        with collector(dist, out, "--origin", origin, "--port", port, "--rate", "1000"):
            run("check", address)
            for name in ENGINES:
                with started(name, playwright) as engine:
                    if isinstance(engine, str):
                        continue
                    for condition in CONDITIONS:
                        with engine.visitor() as tab:
                            taken(tab, f"{address}?exp={condition}&PROLIFIC_PID={name}-{condition}")
                        expected.append((f"{name}-{condition}", condition))
                    with engine.visitor() as tab:  # one who leaves after the first question
                        arrives(tab, f"{address}?exp=2&PROLIFIC_PID={name}-left")
                        answer(tab, 1)
                        tab.wait("() => document.querySelector('h1').textContent.includes('Question 2 of')")
                        until(lambda name=name: any(f"{name}-left" in each for each in texts(out, "partial")))
    assert len(expected) >= len(CONDITIONS), "there is one engine at least"
    sessions = [json.loads(text)[0] for text in texts(out, "complete")]
    assert sorted((row["subject_id"], str(row["experiment"])) for row in sessions) == sorted(
        (who, str(condition)) for who, condition in expected
    )
    report = tmp_path / "report"
    done = subprocess.run(
        [sys.executable, "-m", "scoring", str(out), "--private", str(dist.parent / "private"), "--out", str(report)],
        capture_output=True, text=True, cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    summary = json.loads((report / "summary.json").read_text(encoding="utf-8"))
    assert summary["files"]["used"] == len(expected) and summary["files"]["rejected"] == 0
    engines = len(expected) // len(CONDITIONS)
    assert summary["flow"]["unfinished"] == engines
    found = {each["experiment"]: each["participants"] for each in summary["included"]["experiments"]}
    assert found == dict.fromkeys(CONDITIONS, engines)
    # What was picked is what was scored: the I-metric of one file, counted from the key by hand.
    key = json.loads(next((dist.parent / "private").glob("*/answer_key.json")).read_text(encoding="utf-8"))
    answers = {question["id"]: set(question["answers"]) for question in key["questions"]}
    one = json.loads(texts(out, "complete")[0])
    right = sum(len(answers[row["question_id"]] & set(row["choice_ids"])) for row in one[1:])
    rows = (report / "participants.csv").read_text(encoding="utf-8").splitlines()
    place = rows[0].split(",").index("correct")
    (row,) = [each for each in rows[1:] if one[0]["session_id"] in each]
    assert int(float(row.split(",")[place])) == right


def texts(out: Path, folder: str) -> list[str]:
    return [content.decode() for content in stored(out, folder).values()]


def until(true: Callable[[], bool]) -> None:
    """Wait until the collector has what was sent."""
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)
