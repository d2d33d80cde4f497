"""A folder of sites -> a commit on a branch from which a web host serves them."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from ...errors import StudyError
from ..folder import FRONT_MARKER, MARKER, digests_told, is_front_page, record_at, sites_in
from .contents import DOMAIN, FRONT_FILES, Contents, domain_in
from .git import Git, GitError, Target, commit, fetched, identity, push, scratch, stored, target, tree

NO_JEKYLL = ".nojekyll"  # at the top of the branch: without it GitHub Pages leaves files out
SUBFOLDER = re.compile(r"(?!exp|(pilot|atlas)(/|$))[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*\Z")
LOOKED_AT = (MARKER, "index.html", "assets/main.js", "assets/pilot.js")  # by which a site is known


@dataclass(frozen=True)
class Publication:
    """A commit that is ready to be pushed.

    address: where participants will find it, None where the host's ways are not known; new: whether the branch is;
    changed: whether it differs from what the branch holds; stays: files and folders of the branch that this tool did
    not write, which it leaves there.
    """

    contents: Contents
    where: Target
    address: str | None
    new: bool
    changed: bool
    stays: tuple[str, ...]
    git: Git
    commit: str

    def push(self, dry_run: bool = False) -> None:
        """Push the commit, or try whether it could be pushed. Raises StudyError."""
        push(self.git, self.where, self.commit, dry_run)


@contextmanager
def prepared(
    contents: Contents,
    *,
    remote: str | None = None,
    branch: str = "gh-pages",
    subfolder: str = "",
    beside: bool = False,
    interactive: bool = False,
    folder: Path | None = None,
) -> Iterator[Publication]:
    """The commit that would publish this, ready to be pushed as long as the context lasts.

    remote: name or address; None: that of the repository in `folder` (the current one), or the repository itself.
    subfolder: of the branch, for several studies on one. beside: allow a branch that holds nothing of this tool's yet.
    interactive: whether git may ask for a password. Raises StudyError.
    """
    subfolder = subfolder.strip("/")
    if subfolder and not SUBFOLDER.match(subfolder):
        raise StudyError(
            f"--subfolder {subfolder!r} is not allowed: letters, digits, '.', '-' and '_', with / between, and not "
            "exp…, pilot or atlas, which are names of sites"
        )
    where = target(folder or Path.cwd(), remote, branch, interactive)
    if contents.problems:
        raise StudyError(f"{contents.out} is not published: {'; '.join(contents.problems)}")
    who = identity(where)
    with scratch(where) as git:
        tip, default = fetched(git, where)
        there = tree(git, tip)
        kept = _kept(git, there, subfolder)
        if there and default == branch and not _any_of_ours(git, there):
            raise StudyError(
                f"{where} is where that project's own files are: sites are put on a branch of their own, such as "
                "gh-pages"
            )
        if kept and not beside and not _any_of_ours(git, there):
            raise StudyError(
                f"{where} holds what this tool did not write ({_some(kept)}): name another --branch, or publish "
                "beside it with --beside"
            )
        prefix = f"{subfolder}/" if subfolder else ""
        files = {f"{prefix}{path}": contents.out / path for path in contents.files}
        _nothing_in_the_way(kept, files, contents, where, prefix)
        try:
            made, changed = _commit(git, kept, files, tip, contents, subfolder, who)
        except GitError as error:
            what = f"git does not take all of {contents.out} ({error.detail()})"
            raise StudyError(f"{what}: rename what it names") from None
        domain = domain_in(_content(git, kept[DOMAIN])) if DOMAIN in kept else None
        domain = contents.domain if contents.domain and not subfolder else domain
        stays = tuple(_tops(path for path in kept if path not in files and path != NO_JEKYLL))
        yield Publication(contents, where, address(where, domain, subfolder), tip is None, changed, stays, git, made)


def address(where: Target, domain: str | None, subfolder: str) -> str | None:
    """Where GitHub Pages serves the branch; domain: one's own, of a CNAME file."""
    if domain:
        base = f"https://{domain}/"
    elif where.github:
        owner, name = where.github
        host = f"{owner.lower()}.github.io"
        base = f"https://{host}/" if name.lower() == host else f"https://{host}/{quote(name)}/"
    else:
        return None
    return f"{base}{subfolder}/" if subfolder else base


def _kept(git: Git, there: Mapping[str, str], subfolder: str) -> dict[str, str]:
    """What stays of a branch's files: those in the subfolder that this tool wrote go, as in a build."""
    prefix = f"{subfolder}/" if subfolder else ""
    inside = {path.removeprefix(prefix): kind for path, kind in there.items() if path.startswith(prefix)}
    with tempfile.TemporaryDirectory() as folder:
        level = Path(folder) / "level"
        level.mkdir()
        tops = {path.partition("/")[0] for path in inside if "/" in path}
        names = ["index.html", FRONT_MARKER, *(f"{top}/{name}" for top in tops for name in LOOKED_AT)]
        for name in names:
            if name in inside:
                (level / name).parent.mkdir(parents=True, exist_ok=True)
                (level / name).write_bytes(_content(git, inside[name]))
        sites = {site.path.name for site in sites_in(level)}
        ours: set[str] = set()
        front = level / "index.html"
        if front.is_file() and is_front_page(front):
            ours = {FRONT_MARKER, *(digests_told(record_at(level / FRONT_MARKER)) or FRONT_FILES)}
    return {
        path: kind
        for path, kind in there.items()
        if not path.startswith(prefix)
        or not (path.removeprefix(prefix) in ours or path.removeprefix(prefix).partition("/")[0] in sites)
    }


def _any_of_ours(git: Git, there: Mapping[str, str]) -> bool:
    """Whether anything on a branch was published before."""
    return any(path.rpartition("/")[2] in (MARKER, FRONT_MARKER) for path in there) or len(_kept(git, there, "")) < len(
        there
    )


def _nothing_in_the_way(
    kept: Mapping[str, str], files: Mapping[str, Path], contents: Contents, where: Target, prefix: str
) -> None:
    """What this tool did not write is replaced only by files that the user named. Raises StudyError."""
    named = {f"{prefix}{path}" for path in (*contents.also, DOMAIN)} | {NO_JEKYLL}
    folders = {"/".join(path.split("/")[:depth]) for path in files for depth in range(1, path.count("/") + 1)}
    for path in kept:
        above = {"/".join(path.split("/")[:depth]) for depth in range(1, path.count("/") + 1)}
        if (path in files and path not in named) or path in folders or above & files.keys():
            raise StudyError(
                f"{path} on {where} was not written by this tool and is not replaced: name another --branch, or a "
                "--subfolder of it"
            )


def _commit(
    git: Git, kept: Mapping[str, str], files: Mapping[str, Path], tip: str | None, contents: Contents, subfolder: str,
    who: Mapping[str, str],
) -> tuple[str, bool]:  # fmt: skip
    """The commit, and whether it changes anything."""
    objects = stored(git, list(files.values()))
    added = {path: f"100644 {object_}" for path, object_ in zip(files, objects, strict=True)}
    if NO_JEKYLL not in kept and NO_JEKYLL not in added:
        added[NO_JEKYLL] = f"100644 {git('hash-object', '-w', '--stdin').decode().strip()}"
    names = ", ".join(site.path.name for site in contents.sites)
    alone = {"pilot": "pilot study", "atlas": "atlas"}
    study = f"study {contents.study_id}" if contents.study_id else " and ".join(alone[n] for n in names.split(", "))
    place = f" in {subfolder}" if subfolder else ""
    return commit(git, {**kept, **added}, tip, f"Publish {study}{place}: {names}\n", who)


def _content(git: Git, kind: str) -> bytes:
    return git("cat-file", "blob", kind.split()[1])


def _tops(paths: Iterable[str]) -> list[str]:
    """Files, and folders with / behind, at the top of the branch."""
    return sorted({f"{path.partition('/')[0]}/" if "/" in path else path for path in paths})


def _some(paths: Mapping[str, str]) -> str:
    """The first few of a branch's files in words."""
    tops = _tops(paths)
    return ", ".join(tops[:4]) + (", …" if len(tops) > 4 else "")
