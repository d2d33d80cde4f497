"""check: a published address as participants' browsers meet it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from .terminal import console, plain_table, say

if TYPE_CHECKING:
    from ..sites.publication.check import Finding

MOST_PLACES = 3  # that are named of those with the same finding


def check(
    url: Annotated[str, typer.Argument(metavar="URL", help="Address of the front page, or of one site.")],
    browser: Annotated[
        bool, typer.Option("--browser", help="Open the pages in an installed Chromium too (needs Playwright).")
    ] = False,
) -> None:
    """Visit a published study as participants' browsers do: every file, its type, its hash, and what must not be there.

    Nothing is answered or sent. The exit code is 1 where something is to be mended.

    Example:

      python -m generator check https://you.github.io/study/
    """  # fmt: skip
    from ..sites.publication.check import Finding
    from ..sites.publication.check import check as visit
    from ..sites.publication.fetching import Fetcher

    began = time.monotonic()
    with console.status("asking …") as status:
        report = visit(url, Fetcher(lambda asked: status.update(f"asking … {asked} files")))
        if browser and report.sites:
            from ..sites.publication.browser import visited

            status.update("opening the pages in Chromium …")
            folders = ["" if name == "." else f"{name}/" for name in report.sites]
            seen = visited(report.address, folders, report.declared)
            report.findings += [Finding(folder or report.address, what) for folder, what in seen]
    if report.findings:
        console.print(_table(report.findings))
    for note in report.notes:
        console.print(f"note: {note}", style="yellow", markup=False, soft_wrap=True)
    study = f"study {report.study_id}, {', '.join(report.sites)}: " if report.study_id and report.sites != ["."] else ""
    count = len(report.findings)
    told = "no finding" if not count else f"{count} finding{'s' if count > 1 else ''}"
    seconds = time.monotonic() - began
    say(f"{report.address}  {study}{report.files} files, {report.bytes / 1e6:.1f} MB in {seconds:.1f} s, {told}")
    if report.findings:
        raise typer.Exit(1)


def _table(findings: list[Finding]) -> object:
    """Findings, those that say the same in one row."""
    table = plain_table("To be mended", show_header=False)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold", style="red")
    places: dict[str, list[str]] = {}
    for finding in findings:
        places.setdefault(finding.what, []).append(finding.where)
    for what, where in places.items():
        more = len(where) - MOST_PLACES
        named = where if more <= 1 else [*where[:MOST_PLACES], f"and {more} more"]
        table.add_row("\n".join(named), what)
    return table
