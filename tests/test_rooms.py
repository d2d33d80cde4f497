"""The house: rooms, and the arrows between them, which point downwards only."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Room by room: each may know those before it, never those after it. docs/architecture.md draws them.
ORDERS = {
    "generator": [
        "errors", "study", "store", "progress", "workers", "world", "pictures", "models", "selection", "questions",
        "explanations", "observers", "sites", "record", "atlas", "pipeline", "experiments", "interface", "cli",
        "__main__",
    ],
    "scoring": [
        "errors", "terminal", "conditions", "files", "statistics", "analysis", "report", "pilot", "planning",
        "agreement", "preregistration", "watching", "interface", "cli", "__main__",
    ],
    "collector": ["errors", "study", "checks", "store", "rate", "app", "server", "cli", "__main__"],
}  # fmt: skip
ALLOWED = {"collector": ("scoring.errors", "scoring.files")}  # rooms of another package that a package may know
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in ORDERS
    for path in sorted((ROOT / package).rglob("*.py"))
}


def imported(module: str) -> list[tuple[str, list[str]]]:
    """What a module imports of this project, wherever it does: (module, names), absolute."""
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
    return [(name, names) for name, names in found if name.split(".")[0] in ORDERS]


def room(module: str) -> str:
    return (module.split(".")[1:] or [""])[0]


@pytest.mark.parametrize("package", ORDERS)
def test_every_module_lies_in_a_room_of_the_order(package: str) -> None:
    assert {room(module) for module in MODULES if module.split(".")[0] == package} - {""} == set(ORDERS[package])


@pytest.mark.parametrize("module", [module for module in MODULES if room(module)])
def test_a_room_knows_only_the_rooms_before_it(module: str) -> None:
    package = module.split(".")[0]
    for name, _ in imported(module):
        assert name in MODULES, f"{module} imports {name}, which is not there"
        if ".".join(name.split(".")[:2]) in ALLOWED.get(package, ()):
            continue
        assert name.split(".")[0] == package, f"{module} imports {name}: JSON files are the contract between packages"
        allowed = ["", *ORDERS[package][: ORDERS[package].index(room(module)) + 1]]
        assert room(name) in allowed, f"{module} imports {name}: {room(module)} may know {', '.join(allowed)}"


@pytest.mark.parametrize("module", MODULES)
def test_no_module_takes_what_another_keeps_to_itself(module: str) -> None:
    for name, names in imported(module):
        hidden = [each for each in [*name.split("."), *names] if each.startswith("_") and not each.startswith("__")]
        assert not hidden, f"{module} imports {hidden} of {name}"


def test_no_circle_of_modules() -> None:
    arrows = {module: {name for name, _ in imported(module)} - {module} for module in MODULES}
    arrows |= {package: set() for package in ORDERS}  # what a package itself names is loaded when it is asked for
    left = dict(arrows)
    while left:
        free = [module for module, known in left.items() if not known & left.keys()]
        assert free, f"these import each other: {', '.join(sorted(left))}"
        for module in free:
            del left[module]


def test_rooms_are_surveyable() -> None:
    """A dozen entries at most; at the top of generator and scoring their rooms stand one beside the other."""
    folders = [path for package in ORDERS for path in [ROOT / package, *(ROOT / package).rglob("*")] if path.is_dir()]
    for folder in folders:
        entries = sorted(path.name for path in folder.iterdir() if not path.name.startswith("__") and path.name != "py.typed")
        most = {ROOT / "generator": 19, ROOT / "scoring": 15}.get(folder, 12)
        assert folder.name == "__pycache__" or len(entries) <= most, f"{folder} holds {', '.join(entries)}"


def test_tests_mirror_the_rooms() -> None:
    for package, home in (("generator", ROOT / "tests"), ("scoring", ROOT / "tests" / "scoring")):
        for name in ORDERS[package]:
            folder = ROOT / package / name
            if folder.is_dir():
                assert list((home / name).rglob("test_*.py")), f"{package}/{name} has no tests in {home / name}"
