"""What the documents say of the repository is there: rooms, files, folders, links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.test_rooms import ORDERS

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
TOPS = tuple(path.name for path in ROOT.iterdir() if path.is_dir() and path.name not in (".git", ".venv"))
MADE = ("artifacts", "dist", "private", "report", "results")  # by commands, in the folder where they run
EXAMPLES = {  # what docs/architecture.md shows how to add
    "generator/explanations/visualization/methods/jitter.py",
    "generator/pictures/table.py",
}


def drawn(package: str) -> list[str]:
    """The rooms of a package as the drawing of docs/architecture.md has them, from above."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    if package == "collector":
        (drawing,) = re.findall(r"^```\ncollector/\n(.*?)^```", text, re.M | re.S)
        return re.findall(r"^[│▼] (\w+)", drawing, re.M)
    (drawing,) = re.findall(r"^```\n(generator/ +scoring/\n.*?)^```", text, re.M | re.S)
    head, *lines = drawing.splitlines()
    width = head.index("scoring/")
    columns = {"generator": [line[:width] for line in lines], "scoring": [line[width:] for line in lines]}
    return [found[1] for line in columns[package] if (found := re.match(r"[│▼] (\w+)", line))]


@pytest.mark.parametrize("package", ORDERS)
def test_the_drawing_has_every_room_in_its_order(package: str) -> None:
    assert drawn(package) == ORDERS[package]
    for name in drawn(package):
        folder = (ROOT / package / name).is_dir()
        text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
        assert re.search(rf"[│▼] {name}{'/' if folder else '(?!/)'}", text), (
            f"{package}/{name} is drawn as another kind"
        )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_and_folders_that_a_page_names_are_there(page: Path) -> None:
    prose = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    for name in re.findall(r"`([\w.][\w./-]*)`", prose):
        top = name.split("/")[0]
        if "/" in name and top in TOPS and top not in MADE and name not in EXAMPLES:
            assert (ROOT / name).exists(), f"{page.name} names {name}"
            assert name.endswith("/") == (ROOT / name).is_dir(), f"{page.name} names {name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+:|#", target):
            assert (page.parent / target.split("#")[0]).exists(), f"{page.name} links to {target}"


def test_every_module_of_the_pages_has_its_line() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for path in (ROOT / "site_templates").glob("*.js"):
        assert f"| `site_templates/{path.name}` |" in text, f"{path.name} is not described"
