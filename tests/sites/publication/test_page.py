"""What docs/publish.md promises: options, parameters of links, settings, and what the pages ask."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import typer.main

from generator.cli.app import app
from generator.study.site import SiteSettings

ROOT = Path(__file__).parent.parent.parent.parent
PAGE = (ROOT / "docs" / "publish.md").read_text(encoding="utf-8")


def table(head: str) -> list[list[str]]:
    """The rows of the table whose first head this is."""
    (rows,) = re.findall(rf"^\| {head} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", PAGE, re.M)
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows.splitlines()]


def test_every_option_of_publish_is_told() -> None:
    told = {re.match(r"`(--[\w-]+)", row[0])[1] for row in table("option")}
    known = {option for each in typer.main.get_command(app).commands["publish"].params for option in each.opts}
    assert told == known - {"--help"}


def test_every_parameter_that_pages_read_is_told() -> None:
    """Those of the page itself, of sets.js and of the front page's assign.js."""
    scripts = "".join((ROOT / "site_templates" / f"{name}.js").read_text() for name in ("session", "sets", "assign"))
    (listed,) = re.findall(r"for \(const name of \[(.*?)\]\)", scripts)
    read = set(re.findall(r'"(\w+)"', listed)) | set(re.findall(r'\.get\("(\w+)"\)', scripts))
    told = {name for row in table("in the address") for name in re.findall(r"`(\w+)`", row[0])}
    assert told == read


@pytest.mark.parametrize("block", re.findall(r"```toml\n(.*?)```", PAGE, re.S))
def test_settings_of_the_page_are_allowed(block: str) -> None:
    assert SiteSettings(**tomllib.loads(block)["site"])


def test_what_people_are_asked_is_told() -> None:
    asked = table("question")[0][1]
    settings = {name for name in SiteSettings.model_fields if name.startswith("ask_")} - {"ask_concept", "ask_confidence"}
    assert set(re.findall(r"`(ask_\w+)`", asked)) == settings
    days = SiteSettings.model_fields["keep_days"].default
    assert f"`keep_days` ({days}) days" in PAGE
