"""The arrows of the design: who may import whom."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Stage by stage: each may know those before it, never those after it.
ORDER = ["errors", "store", "models", "visualization", "config", "datasets", "lesson", "training", "activations", "selection", "gridcam",
         "overlay", "questions", "given", "explanations", "spares", "selection_figure", "selection_page", "diagnostics", "manifest", "site_folder", "site", "stages", "pipeline", "latency", "pilot", "cli", "cli_experiments", "cli_material"]  # fmt: skip


def imports(path: Path) -> set[str]:
    """Dotted names of the project's own modules that a file imports, absolute."""
    package = path.relative_to(ROOT).with_suffix("").parts
    package = package[:-1]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            name = ".".join([*base, *([node.module] if node.module else [])])
            found |= {name} if node.module else {f"{name}.{alias.name}" for alias in node.names}
    return {name for name in found if name.split(".")[0] in ("generator", "scoring")}


def test_scoring_never_imports_generator_nor_the_other_way_round() -> None:
    for package, other in (("scoring", "generator"), ("generator", "scoring")):
        for path in (ROOT / package).rglob("*.py"):
            assert not any(name.split(".")[0] == other for name in imports(path)), f"{path} imports {other}"


@pytest.mark.parametrize("path", sorted((ROOT / "generator").rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_stage_knows_only_the_stages_before_it(path: Path) -> None:
    own = path.relative_to(ROOT / "generator").with_suffix("").parts[0]
    if own.startswith("__"):
        return
    own = own.removesuffix("_settings")
    for name in imports(path):
        other = (name.split(".")[1:] or [""])[0].removesuffix("_settings")
        if other in ("", own) or name.endswith("_settings") or name.endswith(".settings"):
            continue
        assert ORDER.index(other) < ORDER.index(own), f"{path.name} ({own}) imports {name}"


def test_only_the_command_line_prints_or_exits() -> None:
    for path in [*(ROOT / "generator").rglob("*.py"), *(ROOT / "scoring").rglob("*.py")]:
        if path.name.startswith("cli") or path.name == "__main__.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in ("print", "sys.exit", "exit"), f"{path}:{node.lineno} calls {called}"


@pytest.mark.parametrize("module", ["generator.cli", "generator.pipeline", "generator.site", "generator.config"])
def test_torch_is_imported_only_when_there_is_something_to_compute(module: str) -> None:
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_no_file_holds_two_ideas() -> None:
    for folder in ("generator", "scoring", "site_templates", "benchmarks"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".js", ".css", ".j2"):
                assert len(path.read_text().splitlines()) <= 380, f"{path} is long"
