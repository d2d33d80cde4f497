"""What runs on GitHub: the README's commands on clean machines, and a live demonstration of the default study."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from generator.cli.app import app

ROOT = Path(__file__).parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def read(name: str) -> dict[Any, Any]:
    return yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8"))


def steps(job: dict[str, Any]) -> list[str]:
    """What a job uses and runs, in order."""
    return [step.get("run") or step["uses"] for step in job["steps"]]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_jobs_may_read_only_end_in_time_and_keep_no_key(path: Path) -> None:
    workflow = read(path.name)
    assert workflow["name"] == path.stem and workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert 0 < job["timeout-minutes"] <= 90
        for step in job["steps"]:
            assert re.fullmatch(r"actions/[a-z-]+@v\d+", step.get("uses", "actions/x@v1"))
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False
            # What others can write into a workflow is never part of a command.
            assert "${{" not in step.get("run", "")


def test_the_tests_run_the_commands_of_the_makefile_on_the_oldest_python_and_a_new_one() -> None:
    (job,) = read("tests.yml")["jobs"].values()
    made = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.M)
    words = [shlex.split(step) for step in steps(job) if step.startswith("make ")]
    assert [target for _, target, _ in words] == ["check", "test"] and {"check", "test"} <= set(made)
    oldest = re.search(r'requires-python = ">=([\d.]+)"', (ROOT / "pyproject.toml").read_text())[1]
    assert job["strategy"]["matrix"]["python"][0] == oldest


def test_the_demonstration_is_built_published_and_checked() -> None:
    workflow = read("pages.yml")
    assert workflow[True] == {"push": {"branches": ["main"]}, "workflow_dispatch": None}  # YAML reads `on` as true
    build, deploy, check = (workflow["jobs"][name] for name in ("build", "deploy", "check"))
    assert list(workflow["jobs"]) == ["build", "deploy", "check"]
    assert (deploy["needs"], check["needs"]) == ("build", "deploy")
    assert "permissions" not in build and "permissions" not in check
    assert deploy["permissions"] == {"pages": "write", "id-token": "write"}
    assert deploy["environment"]["name"] == "github-pages"
    commands = typer.main.get_command(app).commands
    ran = [shlex.split(step)[3:] for job in (build, check) for step in steps(job) if step.startswith("python -m generator ")]
    assert ran == [["build", "--exp", "all"], ["atlas"], ["check", "$ADDRESS"]]
    for command, *words in ran:
        commands[command].make_context(command, list(words))
    upload = build["steps"][-1]
    assert upload["uses"].startswith("actions/upload-pages-artifact@") and upload["with"]["path"] == "dist"
    assert check["steps"][-1]["env"] == {"ADDRESS": "${{ needs.deploy.outputs.address }}"}
    (deployed,) = deploy["steps"]
    assert deployed["uses"].startswith("actions/deploy-pages@")
    for place in (deploy["environment"]["url"], deploy["outputs"]["address"]):
        assert place == "${{ steps." + deployed["id"] + ".outputs.page_url }}"
