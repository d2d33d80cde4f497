"""A folder of sites -> what would be public of it, and everything that speaks against publishing it."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...errors import StudyError
from ..folder import (
    ALONE,
    FORMAT,
    FRONT_FORMAT,
    FRONT_MARKER,
    MARKER,
    NEW,
    OLD,
    Site,
    digests_told,
    folder_name,
    is_front_page,
    markers_told,
    record_at,
    sites_in,
)  # fmt: skip
from .fetching import is_local
from .private import FOLDERS, why_private
from .references import crawl, read_page

MOST = 50_000_000  # bytes of one file: hosts of git repositories warn from there on
LEFT_OUT = (".DS_Store", "Thumbs.db", "desktop.ini")  # what file managers drop everywhere
FRONT_FILES = ("index.html", "assign.js", "assignment.js", "style.css", ".nojekyll")  # where no marker tells them
# The files of a site that an earlier version wrote, whose marker names none.
EARLIER = re.compile(
    r"(index\.html|\.nojekyll|robots\.txt|assets/[\w.-]+\.(js|css|svg)|pictures/[\w.-]+\.(webp|png))\Z"
)
DOMAIN = "CNAME"  # the file by which GitHub Pages knows a domain of one's own
DOMAIN_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*\.)+[A-Za-z0-9-]+\Z")


@dataclass
class Contents:
    """What lies in a folder of sites.

    study_id: None where only a pilot study or an atlas is there; files: those that would be public, path within the
    folder -> bytes of it; also: those of them that this tool did not write; uploads: addresses that pages send answers
    to; counts: the one that the front page asks how many took part, "" if none; domain: of a CNAME file; problems: why
    it cannot be published, one sentence each; notes: what should be known.
    """

    out: Path
    study_id: str | None = None
    sites: list[Site] = field(default_factory=list)
    files: dict[str, int] = field(default_factory=dict)
    also: list[str] = field(default_factory=list)
    uploads: list[str] = field(default_factory=list)
    counts: str = ""
    domain: str | None = None
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def bytes(self) -> int:
        return sum(self.files.values())


def look(out: Path, also: Sequence[str] = ()) -> Contents:
    """Look at everything under `out`. also: files and folders in it to publish though this tool did not write them.

    Raises StudyError where there are no sites, or `also` names what is not there.
    """
    sites = sites_in(out)
    if not sites:
        raise StudyError(f"{out} holds no sites; build them first: python -m generator build --exp 3")
    also = [_inside(out, name) for name in also]
    found = Contents(out, sites=sites)
    there = _walk(found)
    own = _own_files(found)
    _one_study(found)
    _kinds(found, there, also)
    _sort(found, there, own, also)
    _follow(found, there, own)
    if DOMAIN in found.files:
        found.domain = domain_in((out / DOMAIN).read_bytes())
        if found.domain is None:
            example = "study.university.example"
            found.problems.append(f"{out / DOMAIN} names no domain: it should hold one such as {example}")
    return found


def domain_in(content: bytes) -> str | None:
    """The domain that a CNAME file names, None where it names none."""
    name = content.decode("utf-8", "replace").strip()
    return name.lower() if DOMAIN_NAME.match(name) else None


def file_size(bytes_: int) -> str:
    """A size in words."""
    return f"{bytes_ / 1e6:.1f} MB"


def _inside(out: Path, name: str) -> str:
    """A file or folder under `out` as paths are written here. Raises StudyError where there is none."""
    path = os.path.normpath(name).replace(os.sep, "/")
    if path.startswith(("/", "../")) or path in (".", ".."):
        raise StudyError(f"--also {name} is no file or folder in {out}")
    if not (out / path).exists():
        raise StudyError(f"--also {name}: there is no {out / path}")
    return path


def _walk(found: Contents) -> list[str]:
    """Every file, with / between; links, and what interrupted builds left, are problems."""
    there = []
    for folder, folders, names in os.walk(found.out):
        inside = Path(folder)
        left = [name for name in folders if name.startswith((NEW, OLD))]
        if left and inside == found.out:
            found.problems.append(f"{found.out} is not as a build leaves it, one was interrupted: build again")
        for name in sorted([*folders, *names]):
            if (inside / name).is_symlink():
                found.problems.append(f"{inside / name} is a link: put what it points to in its place, or remove it")
            if name in FOLDERS and name in folders:
                found.problems.append(f"{inside / name} is never published: keep it outside {found.out}")
        left += [name for name in folders if name in FOLDERS or (inside / name).is_symlink()]
        folders[:] = sorted(name for name in folders if name not in left)
        for name in sorted(names):
            if name not in LEFT_OUT and not (inside / name).is_symlink():
                there.append((inside / name).relative_to(found.out).as_posix())
    return there


def _own_files(found: Contents) -> dict[str, str | None]:
    """Files that this tool wrote: path -> SHA-256, None where no marker tells it."""
    own: dict[str, str | None] = {}
    for site in found.sites:
        told = digests_told(record_at(site.path / MARKER))
        names: Mapping[str, str | None] | None = told
        if names is None:
            below = (path.relative_to(site.path).as_posix() for path in site.path.rglob("*") if path.is_file())
            names = {name: None for name in below if EARLIER.match(name)}
            found.notes.append(
                f"{site.path} was built by an earlier version, which kept no hashes: that its files are as they were "
                "built cannot be told"
            )
        own |= {f"{site.path.name}/{name}": digest for name, digest in names.items()}
        if (site.path / MARKER).is_file():
            own[f"{site.path.name}/{MARKER}"] = None
    front = found.out / "index.html"
    if front.is_file() and is_front_page(front):
        told = digests_told(record_at(found.out / FRONT_MARKER))
        if told is None:
            own |= {name: None for name in FRONT_FILES if (found.out / name).is_file()}
        else:
            own |= {**told, FRONT_MARKER: None}
    if (found.out / DOMAIN).is_file():
        own[DOMAIN] = None
    return own


def _one_study(found: Contents) -> None:
    """All sites but pilots and atlases are of one study, and the front page sends visitors to those that are there."""
    out = found.out
    studies: dict[str, Site] = {}
    for site in found.sites:
        if site.experiment not in ALONE:
            studies.setdefault(site.study_id, site)
    if not studies:
        return
    found.study_id = next(iter(studies))
    if len(studies) > 1:
        places = " and ".join(str(site.path) for site in studies.values())
        found.problems.append(
            f"{places} are sites of different studies: visitors must never be sent to two studies at once; build one "
            "of them again"
        )
    front = out / "index.html"
    if not front.is_file() or not is_front_page(front):
        found.problems.append(f"{out} has no front page of this tool's, {front}: build again")
        return
    page = read_page(front.read_text("utf-8", "replace"))
    if page.body.get("data-study") not in studies:
        found.problems.append(f"{front} is the front page of another study: build again")
    names = {site.path.name for site in found.sites}
    for name in page.body.get("data-experiments", "").split():
        if folder_name(name) not in names:
            place = out / folder_name(name)
            found.problems.append(f"{front} sends visitors to {place}, which is not there: build again")
    record = record_at(out / FRONT_MARKER)
    if record is not None and record.get("format") != FRONT_FORMAT:
        found.problems.append(f"{out / FRONT_MARKER} was written by a later version of this tool")
    for name, digest in markers_told(record).items():
        marker = out / name / MARKER
        if marker.is_file() and hashlib.sha256(marker.read_bytes()).hexdigest() != digest:
            found.problems.append(f"{out / name} is of another build than {front}: build again")


def _kinds(found: Contents, there: Sequence[str], also: Sequence[str]) -> None:
    """Experiments, pilot studies and atlases are published; an atlas beside an experiment only where that is asked for.

    It would explain the neurons that participants are asked about.
    """
    asked = any(site.experiment not in ALONE for site in found.sites)
    ours = [site.path for site in found.sites]
    for path in there:
        if path.rpartition("/")[2] != MARKER:
            continue
        folder = (found.out / path).parent
        record = record_at(found.out / path) or {}
        kind = record.get("kind") or ("atlas" if record.get("experiment") == "atlas" == folder.name else None)
        if kind == "atlas" and asked and not (folder in ours and folder.name in also):
            found.problems.append(
                f"{folder} is an atlas, which explains the neurons that participants are asked about: publish it "
                "elsewhere, or, when nobody takes part any more, with --also atlas"
            )
        elif kind == "atlas":
            continue
        elif kind is not None or record.get("format") != FORMAT:
            what = repr(kind or record.get("format"))
            found.problems.append(
                f"{folder} is a site of kind {what}: this version publishes experiments, pilot studies and atlases"
            )


def _sort(found: Contents, there: Sequence[str], own: Mapping[str, str | None], also: Sequence[str]) -> None:
    """What would be public, what is private, what is not as it was built, what this tool did not write."""
    foreign: list[str] = []
    for path in there:
        file = found.out / path
        size = file.stat().st_size
        if size > MOST:
            found.problems.append(f"{file} is too large: {file_size(size)}, and at most {file_size(MOST)} are allowed")
        content = file.read_bytes() if size <= MOST else b""
        if "\n" in path:
            found.problems.append(f"{str(file)!r} has a name of two lines: rename it")
        told = any(path == name or path.startswith(f"{name}/") for name in also)
        digest = own.get(path)
        as_built = digest is not None and hashlib.sha256(content).hexdigest() == digest
        what = None if as_built else why_private(path, content)
        if what:
            found.problems.append(f"{file} is {what}: keep it outside {found.out}")
        elif path not in own and not told:
            foreign.append(path)
        elif digest is not None and not as_built and size <= MOST and not told:
            found.problems.append(f"{file} was changed after the build: build again, or name it with --also {path}")
        else:
            found.files[path] = size
            if path not in own:
                found.also.append(path)
    for name, count in _grouped(foreign, own).items():
        how_many = f" ({count} files)" if name.endswith("/") else ""
        found.problems.append(
            f"{found.out / name}{how_many} was not written by this tool: move it, or publish it too with --also "
            f"{name.rstrip('/')}"
        )
    for path in own:
        if path not in there and not (found.out / path).is_symlink():
            found.problems.append(f"{found.out / path} is missing: build again")


def _grouped(foreign: Sequence[str], own: Mapping[str, str | None]) -> dict[str, int]:
    """Foreign files -> the uppermost folders that hold nothing else, with / behind, or the files; how many each."""
    mixed = {"/".join(path.split("/")[:depth]) for path in own for depth in range(path.count("/") + 1)}
    groups: dict[str, int] = {}
    for path in foreign:
        parts = path.split("/")
        folders = ["/".join(parts[:depth]) for depth in range(1, len(parts))]
        name = next((f"{folder}/" for folder in folders if folder not in mixed), path)
        groups[name] = groups.get(name, 0) + 1
    return groups


def _follow(found: Contents, there: Sequence[str], own: Mapping[str, str | None]) -> None:
    """Every file that a page asks for is there, and none is another origin's."""
    known = set(there)

    def read(paths: Sequence[str]) -> dict[str, bytes | None]:
        text = (".html", ".css", ".js")
        return {
            path: None if path not in known else (found.out / path).read_bytes() if path.endswith(text) else b""
            for path in paths
        }

    pages = [f"{site.path.name}/index.html" for site in found.sites]
    reached = crawl([*pages, *(["index.html"] if "index.html" in own else [])], read)
    for path, asked_by in reached.missing.items():
        if path not in own:  # those are told already
            why = f"{found.out / asked_by} asks for {found.out / path}, which is not there" if asked_by else ""
            found.problems.append(f"{why or f'{found.out / path} is missing'}: build again")
    for path, address, why in reached.leaving:
        found.problems.append(f"{found.out / path} asks for {address!r}, which {why}")
    for path in ["index.html", *pages]:
        page = read_page(reached.files.get(path, b"").decode("utf-8", "replace"))
        found.counts = found.counts or page.counts
        if page.upload and page.upload not in found.uploads:
            found.uploads.append(page.upload)
            if is_local(page.upload):
                to = f"{page.upload}, which only this machine reaches"
                found.notes.append(f"{found.out / path} sends answers to {to}")
