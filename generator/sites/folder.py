"""A folder of sites: which of them this tool wrote, what may be replaced, and a replacement that loses no site.

Beside the sites lie, while one is replaced: `.imetric-new-<name>-…`, the new site being written, and
`.imetric-old-<name>`, the old site for as long as its place is empty.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..errors import StudyError
from ..store import Place

MARKER, FORMAT = "imetric-site.json", "imetric-site/1"
FRONT_MARKER, FRONT_FORMAT = "imetric-front.json", "imetric-front/1"
NEW, OLD = ".imetric-new-", ".imetric-old-"
ALONE = ("pilot", "atlas")  # sites that are no part of a study: no front page leads to them


@dataclass(frozen=True)
class Site:
    """A site that this tool wrote: its folder, its study, and its experiment (its name, or 'pilot' or 'atlas')."""

    path: Path
    study_id: str
    experiment: int | str


def folder_name(experiment: int | str) -> str:
    """The name of an experiment's folder."""
    return str(experiment) if experiment in ALONE else f"exp{experiment}"


def marker(study_id: str, experiment: int | str, build: str, files: Mapping[str, bytes]) -> bytes:
    """The file that tells this tool, later, that it wrote the site it lies in.

    files: path within the site -> content of all others, whose digests let anybody hold published bytes against it.
    """
    record = {"format": FORMAT, "study_id": study_id, "experiment": experiment, "build": build}
    return _as_file({**record, "files": digests(files)})


def atlas_marker(atlas_id: str, build: str, networks: Iterable[str], files: Mapping[str, str]) -> bytes:
    """The same for an atlas. networks: identities of those that it explains; files: path -> SHA-256."""
    record = {"format": FORMAT, "kind": "atlas", "study_id": atlas_id, "experiment": "atlas", "build": build}
    return _as_file({**record, "networks": list(networks), "files": dict(sorted(files.items()))})


def networks_told(record: Mapping[str, object] | None) -> list[str]:
    """The identities of networks that an atlas' marker names."""
    networks = (record or {}).get("networks")
    return [each for each in networks if isinstance(each, str)] if isinstance(networks, list) else []


def front_marker(study_id: str, sites: Iterable[Site], files: Mapping[str, bytes]) -> bytes:
    """The same for the front page. sites: those that it sends visitors to; files: the others beside it."""
    markers = {site.path.name: site.path / MARKER for site in sites}
    named = {name: _digest(path.read_bytes()) if path.is_file() else None for name, path in sorted(markers.items())}
    return _as_file({"format": FRONT_FORMAT, "study_id": study_id, "sites": named, "files": digests(files)})


def digests(files: Mapping[str, bytes]) -> dict[str, str]:
    """Path -> SHA-256 of each file's content in hexadecimal digits, by path."""
    return {name: _digest(content) for name, content in sorted(files.items())}


def site_at(path: Path) -> Site | None:
    """The site at `path`, or None where there is nothing or something that this tool did not write.

    A site copied elsewhere, `exp1-kept` for instance, is its owner's: only under its own name is it the tool's.
    """
    if path.is_symlink() or not path.is_dir():
        return None
    record = _marked(path) or _embedded(path)
    if not record or path.name != folder_name(record["experiment"]):
        return None
    return Site(path, record["study_id"], record["experiment"])


def sites_in(out: Path) -> list[Site]:
    """The sites that this tool wrote under `out`, by name."""
    paths = sorted(out.iterdir()) if out.is_dir() else []
    return [site for path in paths if (site := site_at(path))]


def is_front_page(path: Path) -> bool:
    """Whether this page sends visitors to experiments, as every version of this tool has written it."""
    content = path.read_bytes()
    return b'src="assign.js"' in content and b'data-experiments="' in content


def record_at(path: Path) -> dict[str, object] | None:
    """What the marker at this path says (a site's or the front page's), None where there is none that says anything."""
    try:
        record = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) else None


def digests_told(record: Mapping[str, object] | None) -> dict[str, str] | None:
    """The files of a marker's record, path -> SHA-256; None for markers of versions that named none."""
    files = (record or {}).get("files")
    if not isinstance(files, dict) or not all(isinstance(digest, str) for digest in files.values()):
        return None
    return files


def markers_told(record: Mapping[str, object] | None) -> dict[str, str]:
    """The sites of the front page's record, folder -> SHA-256 of its marker, as far as they have one."""
    sites = (record or {}).get("sites")
    named = sites.items() if isinstance(sites, dict) else ()
    return {name: digest for name, digest in named if isinstance(digest, str)}


def put_back(out: Path) -> None:
    """Put sites back in their place that a killed build left beside it."""
    for old in out.glob(f"{OLD}*"):
        place = out / old.name.removeprefix(OLD)
        if not os.path.lexists(place):
            os.replace(old, place)


def check_apart(out: Path, private: Path, artifacts: Place) -> None:
    """Make sure that nothing that tells answers is going to be written under the folder of the sites.

    Raises StudyError.
    """
    for path, option, what in (
        (private, "--private", "the answer key"),
        (artifacts, "--artifacts", "activations, which tell the answers,"),
    ):
        if isinstance(path, Path) and _is_within(path, out):  # an address lies in no folder
            raise StudyError(
                f"{path} lies inside {out}, the folder of the sites, and {what} would be published with them: name a "
                f"folder outside it with {option}"
            )


def check_out(out: Path, experiments: Iterable[int | str]) -> None:
    """Make sure, before minutes of work, that sites of these experiments ('pilot', 'atlas' too) may be put under `out`.

    Sites that a killed build left beside their place are put back first. Raises StudyError, NotADirectoryError.
    """
    if out.exists() and not out.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(out))
    put_back(out)
    for experiment in experiments:
        path, front = out / folder_name(experiment), out / "index.html"
        if os.path.lexists(path) and not site_at(path):
            raise _taken(path)
        if experiment not in ALONE and os.path.lexists(front) and not is_front_page(front):
            raise _taken(front)


def write_site(path: Path, files: Mapping[str, bytes]) -> None:
    """Write a site's files (path within it -> content) at `path`, in place of the site that is there.

    Whatever happens, `path` is the old site or the new one, if need be after `put_back`.
    """
    with new_site(path) as folder:
        for name, content in files.items():
            write_file(folder, name, content)


def write_file(folder: Path, name: str, content: bytes) -> None:
    """Write a file of a new site. name: its path within the site."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


@contextmanager
def new_site(path: Path) -> Iterator[Path]:
    """A new folder to write a site into, which is put at `path` when all is written, in place of the site there."""
    new = Path(tempfile.mkdtemp(dir=path.parent, prefix=f"{NEW}{path.name}-"))
    try:
        yield new
        new.chmod(0o755)
        old = path.parent / f"{OLD}{path.name}"
        try:
            if path.exists():
                _remove(old)
                os.replace(path, old)
            os.replace(new, path)
        except BaseException:
            put_back(path.parent)
            raise
        _remove(old)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise


def remove_site(site: Site) -> None:
    """Remove a site whole, so that a kill leaves none half there."""
    _remove(site.path)


def clear(out: Path) -> None:
    """Remove what killed builds left under `out` and nobody needs."""
    put_back(out)
    for pattern in (NEW, OLD):
        for left in out.glob(f"{pattern}*"):
            shutil.rmtree(left, ignore_errors=True)


def _is_within(path: Path, folder: Path) -> bool:
    """Whether a path is a folder or lies below it, whatever links and letter case they are written with."""
    path, folder = path.resolve(), folder.resolve()
    for each in (path, *path.parents):
        if each == folder or (each.exists() and folder.exists() and each.samefile(folder)):
            return True
    return False


def _as_file(record: Mapping[str, object]) -> bytes:
    return json.dumps(record, indent=1).encode() + b"\n"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _taken(path: Path) -> StudyError:
    return StudyError(
        f"{path} was not written by this tool and is not replaced: move it, or name another folder with --out"
    )


def _remove(path: Path) -> None:
    """Remove a folder, if it is there, under a name that tells it is to be removed."""
    if path.exists():
        doomed = Path(tempfile.mkdtemp(dir=path.parent, prefix=f"{NEW}removed-"))
        os.replace(path, doomed / path.name)
        shutil.rmtree(doomed, ignore_errors=True)


def _marked(path: Path) -> dict | None:
    """What the marker of a site tells."""
    file = path / MARKER
    record = _record(file.read_bytes()) if file.is_file() else None
    return record if record and str(record.get("format")).startswith("imetric-site/") else None


def _embedded(path: Path) -> dict | None:
    """What the page of a site tells that was written before there were markers."""
    page = path / "index.html"
    if not page.is_file() or not any((path / "assets" / script).is_file() for script in ("main.js", "pilot.js")):
        return None
    found = re.search(rb'<script type="application/json" id="study">(.*?)</script>', page.read_bytes(), re.S)
    return _record(found[1]) if found else None


def _record(content: bytes) -> dict | None:
    """JSON that names a study and an experiment, or None."""
    try:
        record = json.loads(content)
    except ValueError:
        return None
    named = isinstance(record, dict) and isinstance(record.get("study_id"), str)
    return record if named and isinstance(record.get("experiment"), int | str) else None
