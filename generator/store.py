"""Artifacts on disk: a stage and what it depends on -> named arrays, written in one move and checked when read."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import platform
import re
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from .errors import StudyError

Arrays = dict[str, np.ndarray]
Origin = dict[str, str]  # device, number format, versions

UNFINISHED = ".writing-"  # begins the names of files that are being written: then the machine and the process
REMEMBERED = "files"  # the stage that spares a second look at files: no work of a build's
DAY = 24 * 60 * 60  # seconds
_HOST = re.sub(r"[^A-Za-z0-9.]", "", platform.node()) or "localhost"


def digest_of(value: Any) -> str:
    """A hash of JSON-like settings that does not depend on the order of keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def digest_of_arrays(arrays: Mapping[str, np.ndarray]) -> str:
    """A hash of names, shapes, types and values."""
    digest = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        digest.update(f"{name}|{array.dtype}|{array.shape}|".encode())
        digest.update(np.ascontiguousarray(array).data.cast("B") if array.size else b"")
    return digest.hexdigest()


def digest_of_rows(name: str, dtype: type, shape: tuple[int, ...], rows: Iterable[np.ndarray]) -> str:
    """The same hash of one array that is never whole in memory: its rows come in blocks, in their order."""
    digest = hashlib.sha256(f"{name}|{np.dtype(dtype)}|{shape}|".encode())
    for block in rows:
        digest.update(np.ascontiguousarray(block).data.cast("B") if block.size else b"")
    return digest.hexdigest()


def source_digest(*sources: Path) -> str:
    """A hash of Python files, and of those below folders: what a stage computes depends on its code, too."""
    digest = hashlib.sha256()
    for source in sources:
        for file in sorted(source.rglob("*.py")) if source.is_dir() else [source]:
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader, or a crash at any moment, meets the old content or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f"{UNFINISHED}{_HOST}-{os.getpid()}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StudyError(
                f"the disk is full: {path} needs {len(content) / 1e6:.1f} MB; free some space and run the same "
                "command again, finished work is kept"
            ) from error
        raise
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def clear_unfinished(*folders: Path) -> None:
    """Remove what killed processes were writing in these folders and below, and nothing that a living one writes.

    Files of other machines, whose processes cannot be asked, and of unknown origin go once they are a day old.
    """
    for folder in folders:
        for path in folder.rglob(f"{UNFINISHED}*"):
            host, _, rest = path.name.removeprefix(UNFINISHED).partition("-")
            number = rest.partition("-")[0]
            known = host == _HOST and number.isdigit()
            try:
                gone = not _runs(int(number)) if known else time.time() - path.stat().st_mtime > DAY
                if gone:
                    path.unlink()
            except OSError:  # another process has finished or removed it, or it is not ours to remove
                continue


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        return True
    return True


class Store:
    """A folder of artifacts, one file per (stage, what it depends on).

    written: how many were made since the start, what is remembered of files aside; origins: stage -> where its
    artifacts, made or kept, were computed (device, number format, versions), as far as whoever wrote them said so.
    """

    def __init__(self, root: Path, fresh: bool = False) -> None:
        self.root = root
        self.written = 0
        self.origins: dict[str, list[Origin]] = {}
        self._fresh = fresh
        self._made: set[Path] = set()

    def path(self, stage: str, depends_on: Any) -> Path:
        """Where the artifact of this stage with these dependencies lies."""
        return self.root / stage / f"{digest_of(depends_on)[:24]}.safetensors"

    def read(self, stage: str, depends_on: Any) -> Arrays | None:
        """The artifact, or None if there is none, it is damaged, or everything is to be made afresh."""
        path = self.path(stage, depends_on)
        if (self._fresh and path not in self._made) or not path.exists():
            return None
        try:
            with safe_open(path, framework="np") as file:
                arrays = {name: file.get_tensor(name) for name in file.keys()}
                header = file.metadata() or {}
        except (SafetensorError, OSError, ValueError):
            return None
        if digest_of_arrays(arrays) != header.get("digest"):
            return None
        self._note(stage, json.loads(header.get("origin", "{}")))
        return arrays

    def write(self, stage: str, depends_on: Any, arrays: Arrays, origin: Origin | None = None) -> None:
        """Keep an artifact. origin: where it was computed."""
        path = self.path(stage, depends_on)
        arrays = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
        header = {"digest": digest_of_arrays(arrays), "origin": json.dumps(origin or {}, sort_keys=True)}
        write_atomically(path, save(arrays, metadata=header))
        self.written += stage != REMEMBERED
        self._made.add(path)
        self._note(stage, origin or {})

    def get(
        self, stage: str, depends_on: Any, make: Callable[[], Arrays], origin: Callable[[], Origin] | None = None
    ) -> Arrays:
        """The artifact; if there is none, it is made and kept. origin: asked for after making."""
        kept = self.read(stage, depends_on)
        if kept is not None:
            return kept
        arrays = make()
        self.write(stage, depends_on, arrays, origin() if origin else None)
        return arrays

    def _note(self, stage: str, origin: Origin) -> None:
        known = self.origins.setdefault(stage, [])
        if origin and origin not in known:
            known.append(origin)
            known.sort(key=lambda each: sorted(each.items()))
