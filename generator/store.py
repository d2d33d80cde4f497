"""Artifacts in a folder or an object store: a stage and what it depends on -> named arrays, checked when read.

Each is written in one move, or in one put.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import platform
import re
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from .errors import StudyError, Unreachable

Arrays = dict[str, np.ndarray]
Origin = dict[str, str]  # device, number format, versions
Place = Path | str  # a folder, or an address as fsspec takes it: s3://bucket/prefix

UNFINISHED = ".writing-"  # begins the names of files that are being written: then the machine and the process
REMEMBERED = "files"  # the stage that spares a second look at files: no work of a build's
HALFWAY = "halfway"  # the stage of batches that are not finished: gone when they are
DAY = 24 * 60 * 60  # seconds
MONTH = 30 * DAY
PAUSES = (1.0, 5.0)  # seconds before an address that failed is asked again
AT_ONCE = 16  # artifacts that are read from an address together: each is a request that waits for an answer
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


def clear_unfinished(*places: Place) -> None:
    """Remove what killed processes were writing in these folders and below, and nothing that a living one writes.

    At addresses nothing unfinished is ever seen.
    Files of other machines, whose processes cannot be asked, and of unknown origin go once they are a day old, what a
    batch had come to when nobody has gone on with it for a month.
    """
    for folder in (place for place in places if isinstance(place, Path)):
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
        for path in (folder / HALFWAY).glob("*"):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > MONTH:
                    path.unlink()


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        return True
    return True


def place_of(word: str | Path) -> Place:
    """A folder's path, or an address (`s3://bucket/prefix`) -> the folder, or the address without a last slash."""
    if isinstance(word, Path) or "://" not in word:
        return Path(word)
    return Path(unquote(urlsplit(word).path)) if word.startswith("file://") else word.rstrip("/")


class _Files(Protocol):
    """Where a store keeps contents by name."""

    def read(self, name: str) -> bytes | None: ...
    def write(self, name: str, content: bytes) -> None: ...
    def remove(self, name: str) -> None: ...


class _Folder:
    """Files below a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, name: str) -> bytes | None:
        try:
            return (self.root / name).read_bytes()
        except OSError:
            return None

    def write(self, name: str, content: bytes) -> None:
        write_atomically(self.root / name, content)

    def remove(self, name: str) -> None:
        (self.root / name).unlink(missing_ok=True)


class _Objects:
    """Objects below an address: one put makes an object whole or not at all. Raises StudyError."""

    def __init__(self, address: str) -> None:
        self.address = address
        scheme = address.partition("://")[0]
        try:
            from fsspec.core import url_to_fs

            # Without lists of what is there: they grow old as soon as another machine writes.
            self._files, self._root = url_to_fs(address, use_listings_cache=False)
        except ImportError as error:
            raise StudyError(
                f"artifacts at {address} need the packages of an extra: pip install 'imetric[cluster]', and whatever "
                f"fsspec asks for addresses of {scheme}:// ({error})"
            ) from error
        except ValueError as error:
            raise StudyError(
                f"artifacts cannot lie at {address}: {error}; name a folder, or an address such as s3://bucket/prefix"
            ) from None

    def read(self, name: str) -> bytes | None:
        try:
            return self._again_and_again("read", lambda: self._files.cat_file(f"{self._root}/{name}"))
        except FileNotFoundError:
            return None

    def write(self, name: str, content: bytes) -> None:
        try:
            self._again_and_again("written", lambda: self._files.pipe_file(f"{self._root}/{name}", content))
        except FileNotFoundError as error:  # of a bucket that does not exist
            raise self._sentence("written", error) from error

    def _again_and_again(self, what: str, ask: Callable[[], Any]) -> Any:
        """What the store answers; where the connection fails, after a while again."""
        for pause in (*PAUSES, None):
            try:
                return ask()
            except FileNotFoundError:
                raise
            except Exception as error:  # noqa: BLE001  each kind of store has errors of its own
                if pause is None or isinstance(error, PermissionError):
                    raise self._sentence(what, error) from error
                time.sleep(pause)

    def remove(self, name: str) -> None:
        with suppress(Exception):  # whoever may write there need not be allowed to remove
            self._files.rm_file(f"{self._root}/{name}")

    def _sentence(self, what: str, error: Exception) -> Unreachable:
        why = (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
        return Unreachable(
            f"artifacts at {self.address} cannot be {what} ({why}): look at the address, at who may use it and at the "
            "connection, and run the same command again; finished work is kept"
        )


class Store:
    """Artifacts, one file or object per (stage, what it depends on), in a folder or at an address (fsspec).

    written: how many were made since the start, what is remembered of files aside; made: names of all that were;
    origins: stage -> where its artifacts, made or kept, were computed (device, number format, versions), as far as
    whoever wrote them said so.
    """

    def __init__(self, root: Place, fresh: bool = False) -> None:
        self.root, self.fresh = root, fresh
        self.written = 0
        self.made: set[str] = set()
        self.origins: dict[str, list[Origin]] = {}
        self._files: _Files = _Folder(root) if isinstance(root, Path) else _Objects(root)

    def check(self) -> None:
        """Raises StudyError for an address at which nothing can be written, before anything is computed."""
        if not isinstance(self.root, Path):
            self._files.write(".imetric-artifacts", b"")

    def path(self, stage: str, depends_on: Any) -> Path:
        """Where the artifact of this stage with these dependencies lies, in a folder."""
        return Path(self.root) / self.name(stage, depends_on)

    def name(self, stage: str, depends_on: Any) -> str:
        """The artifact's name within the store, parts of it with `/` between."""
        return f"{stage}/{digest_of(depends_on)[:24]}.safetensors"

    def read(self, stage: str, depends_on: Any) -> Arrays | None:
        """The artifact, or None if there is none, it is damaged, or everything is to be made afresh."""
        name = self.name(stage, depends_on)
        return self._checked(stage, self._content(name))

    def read_all(self, stage: str, depends_on: Sequence[Any]) -> list[Arrays | None]:
        """Many artifacts of one stage; at an address several are read at once."""
        names = [self.name(stage, each) for each in depends_on]
        if isinstance(self.root, Path) or len(names) < 2:
            return [self._checked(stage, self._content(name)) for name in names]
        with ThreadPoolExecutor(AT_ONCE) as threads:
            return [self._checked(stage, content) for content in threads.map(self._content, names)]

    def _content(self, name: str) -> bytes | None:
        return None if self.fresh and name not in self.made else self._files.read(name)

    def _checked(self, stage: str, content: bytes | None) -> Arrays | None:
        if content is None:
            return None
        try:
            arrays, header = load(content), _header(content)
            origin = json.loads(header.get("origin", "{}"))
        except (SafetensorError, ValueError, KeyError, TypeError):
            return None
        if digest_of_arrays(arrays) != header.get("digest"):
            return None
        self._note(stage, origin)
        return arrays

    def write(self, stage: str, depends_on: Any, arrays: Arrays, origin: Origin | None = None) -> None:
        """Keep an artifact. origin: where it was computed."""
        name = self.name(stage, depends_on)
        arrays = {key: np.ascontiguousarray(array) for key, array in arrays.items()}
        header = {"digest": digest_of_arrays(arrays), "origin": json.dumps(origin or {}, sort_keys=True)}
        self._files.write(name, _with_ordered_header(save(arrays, metadata=header)))
        self.written += stage not in (REMEMBERED, HALFWAY)
        self.made.add(name)
        self._note(stage, origin or {})

    def forget(self, stage: str, depends_on: Any) -> None:
        """Remove an artifact, if there is one."""
        name = self.name(stage, depends_on)
        self._files.remove(name)
        self.made.discard(name)

    def adopt(self, names: Iterable[str]) -> None:
        """Count artifacts of these names as made here: another process wrote them for this one."""
        new = set(names) - self.made
        self.written += sum(not name.startswith(f"{REMEMBERED}/") for name in new)
        self.made |= new

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


def _header(content: bytes) -> dict[str, str]:
    """What a safetensors file says of itself: its length in 8 bytes, then JSON (github.com/huggingface/safetensors)."""
    length = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + length]).get("__metadata__", {})


def _with_ordered_header(content: bytes) -> bytes:
    """The same safetensors file with its metadata by name: the package writes them in another order each time."""
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)  # as the format aligns what follows
    return len(text).to_bytes(8, "little") + text + content[end:]
