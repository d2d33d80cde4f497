"""The rooms of scoring and their arrows: who may import whom."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "scoring"

# Room by room: each may know those before it, never those after it.
ORDER = ["errors", "conditions", "files", "statistics", "analysis", "report", "pilot", "planning", "cli", "__main__"]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}


def imported(module: str) -> list[tuple[str, list[str]]]:
    """What a module imports of scoring, wherever it does: (module, names), absolute."""
    path = MODULES[module]
    package = path.relative_to(ROOT).parts[:-1]
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(alias.name, []) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            name = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                inner = f"{name}.{alias.name}"  # from . import figures
                found.append((inner, []) if inner in MODULES else (name, [alias.name]))
    return [(name, names) for name, names in found if name.split(".")[0] == "scoring"]


def room(module: str) -> str:
    return (module.split(".")[1:] or [""])[0]


def test_every_module_lies_in_a_room_of_the_order() -> None:
    assert {room(module) for module in MODULES} - {""} == set(ORDER)


@pytest.mark.parametrize("module", [module for module in MODULES if room(module)])
def test_a_room_knows_only_the_rooms_before_it(module: str) -> None:
    for name, _ in imported(module):
        assert name in MODULES, f"{module} imports {name}, which is not there"
        allowed = ORDER[: ORDER.index(room(module)) + 1]
        assert room(name) in allowed, f"{module} imports {name}: {room(module)} may know {', '.join(allowed)}"


@pytest.mark.parametrize("module", MODULES)
def test_no_module_takes_what_another_keeps_to_itself(module: str) -> None:
    for name, names in imported(module):
        hidden = [each for each in [*name.split("."), *names] if each.startswith("_") and not each.startswith("__")]
        assert not hidden, f"{module} imports {hidden} of {name}"


def test_no_circle_of_modules() -> None:
    arrows = {module: {name for name, _ in imported(module)} for module in MODULES}
    left = dict(arrows)
    while left:
        free = [module for module, known in left.items() if not known & left.keys()]
        assert free, f"these import each other: {', '.join(sorted(left))}"
        for module in free:
            del left[module]


def test_no_room_has_more_than_a_dozen_entries() -> None:
    for folder in [PACKAGE, *(path for path in PACKAGE.rglob("*") if path.is_dir() and path.name != "__pycache__")]:
        entries = [path.name for path in folder.iterdir() if path.name != "__pycache__"]
        assert len(entries) <= 12, f"{folder.relative_to(ROOT)} holds {', '.join(sorted(entries))}"
