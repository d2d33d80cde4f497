"""What deploy/ holds fits the project: the command lines are the collector's, and what is copied and installed is enough."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from typer.testing import CliRunner

from collector import server
from collector.cli import app
from tests.collector.sites import ROOT, write_site

DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text().replace("\\\n", " ")
INSTALLED = re.findall(r'"([a-z]+>=[\d.]+)"', DOCKERFILE)


def lines(word: str) -> list[str]:
    """What follows an instruction of the Dockerfile, once for each time it is there."""
    return re.findall(rf"^ *{word} +(.*)$", DOCKERFILE, re.M)


def unit() -> configparser.ConfigParser:
    parsed = configparser.ConfigParser(strict=True, interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read(ROOT / "deploy" / "imetric-collector.service")
    return parsed


def test_the_image_installs_what_the_project_asks_for_and_copies_what_is_there() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert len(INSTALLED) == 5 and set(INSTALLED) <= {
        *project["dependencies"], *project["optional-dependencies"]["collect"]
    }  # fmt: skip
    copied = [line.split() for line in lines("COPY")]
    assert copied == [["collector/", "collector/"], ["scoring/", "scoring/"]]
    assert all((ROOT / source).is_dir() for source, _ in copied)
    assert lines("USER") == ["10001"] and "--uid 10001" in DOCKERFILE
    (check,) = re.findall(r" CMD (\[.*\])$", *lines("HEALTHCHECK"))
    compile(json.loads(check)[2], "health check", "exec")
    assert "http://127.0.0.1:8080/health" in check


def test_the_unit_has_its_sections_and_runs_from_where_make_installs() -> None:
    parsed = unit()
    assert parsed.sections() == ["Unit", "Service", "Install"]
    service = parsed["Service"]
    assert service["ExecStart"].split()[0] == f"{service['WorkingDirectory']}/.venv/bin/python"
    assert f"/var/lib/{service['StateDirectory']}" in service["ExecStart"].split()
    assert int(service["TimeoutStopSec"]) > server.ENDING
    for name in ("DynamicUser", "NoNewPrivileges", "ProtectHome", "PrivateDevices", "RestrictNamespaces"):
        assert service[name] == "yes"


@pytest.mark.parametrize(
    ("words", "where"),
    [
        ([*json.loads(lines("ENTRYPOINT")[0])[3:], "--origin", "https://you.github.io"], ("0.0.0.0", 8080, "")),
        (shlex.split(unit()["Service"]["ExecStart"])[3:], ("127.0.0.1", 8080, "127.0.0.1")),
    ],
    ids=["image", "unit"],
)
def test_their_command_lines_are_the_collectors(
    words: list[str], where: tuple, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple] = []
    monkeypatch.setattr(server, "run", lambda _, *told_to_run, ready: told.append(told_to_run))
    for option, folder in (("--site", write_site(tmp_path / "dist")), ("--out", tmp_path / "results")):
        words[words.index(option) + 1] = str(folder)
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert told == [where]


def test_nothing_else_is_needed_to_run_it(tmp_path: Path) -> None:
    for name in ("collector", "scoring"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(
        [sys.executable, "-c", "import sys, collector.cli, collector.app, collector.server, collector.store\n"
         "print(collector.__file__, *{name.split('.')[0] for name in sys.modules})"],
        cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    where, *modules = done.stdout.split()
    assert Path(where).parent == tmp_path / "collector"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    others = {re.split("[<>=\\[]", each)[0] for each in project["dependencies"] if each not in INSTALLED}
    of = metadata.packages_distributions()
    assert {"pydantic", "starlette", "uvicorn"} <= set(modules)
    assert {name for name in modules if others & set(of.get(name, ()))} == set() and "torch" in others
