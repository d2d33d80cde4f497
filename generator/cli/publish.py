"""publish: the sites of a folder onto a branch from which a web host serves them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import StudyError
from .options import OUT, Out
from .terminal import console, plain_table, say

if TYPE_CHECKING:
    from ..sites.publication.contents import Contents
    from ..sites.publication.publish import Publication


def publish(
    out: Out = OUT,
    remote: Annotated[
        str | None, typer.Option("--remote", help="Name or address of a git repository; without it this one's origin.")
    ] = None,
    branch: Annotated[str, typer.Option("--branch", help="Branch of its own for the sites.")] = "gh-pages",
    subfolder: Annotated[
        str, typer.Option("--subfolder", help="Folder of the branch, where it holds several studies.")
    ] = "",
    also: Annotated[
        list[str] | None,
        typer.Option("--also", help="File or folder under --out to publish though no build wrote it; repeatable."),
    ] = None,
    beside: Annotated[
        bool, typer.Option("--beside", help="Publish beside files of the branch that this tool did not write.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do everything but the push.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Put the sites on a branch from which GitHub Pages, or another host, serves them.

    Looks first, says what will be public, asks, and adds one commit to the branch. Other branches, the index and the
    working tree are never touched.

    Examples:

      python -m generator publish --dry-run

      python -m generator publish --remote https://github.com/you/study.git
    """  # fmt: skip
    from ..sites.folder import put_back
    from ..sites.publication.contents import look
    from ..sites.publication.git import in_repository
    from ..sites.publication.publish import prepared

    put_back(out)
    contents = look(out, also or ())
    _tell_problems(contents)
    if dry_run and remote is None and not in_repository(Path.cwd()):
        _tell(contents)
        say("looked only: this folder is in no git repository, and no --remote is named")
        return
    with prepared(
        contents, remote=remote, branch=branch, subfolder=subfolder, beside=beside, interactive=_somebody_is_there()
    ) as publication:
        _tell(contents, publication)
        if not publication.changed:
            say(f"nothing to do: {publication.where} holds exactly this already")
        elif dry_run:
            publication.push(dry_run=True)
            say(f"dry run: nothing was pushed to {publication.where}")
        else:
            _ask(yes)
            publication.push()
            say(f"published on {publication.where}")
            _tell_next(publication)
        if publication.address:
            print(_first_page(publication.address, contents), flush=True)


def _first_page(address: str, contents: Contents) -> str:
    """The address to give away: the front page's, or where there is none that of the one site."""
    alone = len(contents.sites) == 1 and "index.html" not in contents.files
    return f"{address}{contents.sites[0].path.name}/" if alone else address


def _tell_problems(contents: Contents) -> None:
    """Everything that speaks against publishing. Raises StudyError if anything does."""
    for problem in contents.problems:
        say(problem)
    if contents.problems:
        count = len(contents.problems)
        what = "what is told above has" if count == 1 else f"{count} things told above have"
        raise StudyError(f"{contents.out} is not published: {what} to be mended first")


def _tell(contents: Contents, publication: Publication | None = None) -> None:
    """What is going to be public, and where."""
    table = plain_table("What will be public", show_header=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    names = ", ".join(site.path.name for site in contents.sites)
    table.add_row("study", f"{contents.study_id}: {names}" if contents.study_id else names)
    table.add_row("files", f"{len(contents.files)}, {contents.bytes / 1e6:.1f} MB")
    if contents.also:
        table.add_row("also", ", ".join(contents.also))
    sent = "each participant is given a file to send to you: no upload address is set"
    if any(site.experiment != "atlas" for site in contents.sites):
        table.add_row("answers", f"are sent to {', '.join(contents.uploads)}" if contents.uploads else sent)
    if contents.counts:
        table.add_row("counts", f"are asked for at {contents.counts}")
    if publication:
        table.add_row("to", f"{publication.where}{' (new)' if publication.new else ''}")
    if publication and publication.stays:
        table.add_row("stays there", f"{', '.join(publication.stays)}  (not written by this tool)")
    if publication and publication.address:
        table.add_row("address", publication.address)
    console.print(table)
    for note in contents.notes:
        console.print(f"note: {note}", style="yellow", markup=False, soft_wrap=True)


def _somebody_is_there() -> bool:
    """Whether a question can be asked."""
    return sys.stdin.isatty()


def _ask(yes: bool) -> None:
    """Go on only if that is wanted. Raises StudyError where nobody can be asked."""
    if yes:
        return
    if not _somebody_is_there():
        raise StudyError("nothing was published: there is no terminal to ask on, so it has to be told with --yes")
    if not typer.confirm("From then on anybody can read and copy all of this. Publish?", err=True):
        say("nothing was published")
        raise typer.Exit(1)


def _tell_next(publication: Publication) -> None:
    """What is left to do."""
    if publication.new and publication.where.github:
        say(
            f"once, on GitHub: Settings, Pages, Source: Deploy from a branch, {publication.where.branch}, / (root); "
            "the pages are there a minute later"
        )
    if publication.address:
        say(f"then look at what is served: python -m generator check {publication.address}")
