"""What docs/architecture.md and CONTRIBUTING.md promise of the code: who prints, what torch costs, how long a file is."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def test_only_the_command_line_prints_or_exits() -> None:
    for path in [path for package in ("collector", "generator", "scoring") for path in (ROOT / package).rglob("*.py")]:
        if "cli" in path.parts or path.name in ("cli.py", "__main__.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in ("print", "sys.exit", "exit"), f"{path}:{node.lineno} calls {called}"


@pytest.mark.parametrize(
    "module",
    [
        "generator.cli.app",
        "generator.observers.panel",
        "generator.pipeline",
        "generator.sites.render",
        "generator.study",
    ],
)
def test_torch_is_imported_only_when_there_is_something_to_compute(module: str) -> None:
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_no_file_holds_two_ideas() -> None:
    for folder in ("collector", "generator", "scoring", "site_templates", "benchmarks"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".js", ".css", ".j2"):
                assert len(path.read_text().splitlines()) <= 380, f"{path} is long"
