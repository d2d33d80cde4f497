"""Where pictures come from, one by one: a file, a range of its bytes, or what can be made again when asked for."""

from __future__ import annotations

import hashlib
import inspect
import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from PIL import Image, UnidentifiedImageError

from ..store import source_digest

SETTLED = 2.0  # seconds: within them a file may be written twice and keep its size and its time of change
Crop = Callable[[Image.Image, int], Any]  # any picture, and the side of what is made of it; a function of a module


class Source(Protocol):
    """One picture, made whenever it is asked for. Can be given to another process.

    name: unique in its set; computed: whether making it keeps Python busy, so that threads do not help.
    """

    @property
    def name(self) -> str: ...
    @property
    def computed(self) -> bool: ...
    def reader(self) -> Any:
        """What, beside the source itself, its pixels depend on: code and settings, ready for JSON."""

    def digest(self) -> Any:
        """What the source holds, ready for JSON."""

    def stamp(self) -> Any:
        """What tells at once that it holds the same as before, ready for JSON; None: nothing does."""

    def pixels(self, size: int) -> np.ndarray | str:
        """uint8 [size, size, 3], or why it cannot be used."""


@dataclass(frozen=True, slots=True)
class FileSource:
    """A picture in a file below `root`, or in a range of its bytes: (first, how many).

    file: the file that holds it where that is another one than its name.
    """

    name: str
    root: Path
    crop: Crop
    file: str = ""
    span: tuple[int, int] | None = None

    @property
    def computed(self) -> bool:
        return False

    def reader(self) -> Any:
        return [source_digest(Path(__file__), Path(inspect.getfile(self.crop))), self.crop.__name__]

    def digest(self) -> Any:
        try:
            with self._open() as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return "unreadable"

    def stamp(self) -> Any:
        path = self.root / (self.file or self.name)
        try:
            status = path.stat()
        except OSError:
            return None
        if time.time() - status.st_mtime < SETTLED:
            return None
        return [str(path), status.st_size, status.st_mtime_ns, self.span]

    def pixels(self, size: int) -> np.ndarray | str:
        try:
            with self._open() as file, Image.open(file) as picture:
                return np.asarray(self.crop(picture, size))
        except UnidentifiedImageError:
            return "not a picture"
        except Image.DecompressionBombError:
            return "more pixels than can be opened safely"
        except (OSError, ValueError, SyntaxError, EOFError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            return (reason or type(error).__name__).splitlines()[0]

    def _open(self) -> io.BufferedReader | io.BytesIO:
        file = (self.root / (self.file or self.name)).open("rb")
        if self.span is None:
            return file
        with file:
            file.seek(self.span[0])
            return io.BytesIO(file.read(self.span[1]))


@dataclass(frozen=True)
class Listing:
    """Sources of pictures, the class of each, and the classes in their order. where: what sentences call them."""

    where: str
    sources: tuple[Source, ...]
    kinds: tuple[str, ...]
    classes: tuple[str, ...]

    def only(self, kept: Sequence[int]) -> Listing:
        """Those at these positions."""
        return replace(self, sources=tuple(self.sources[k] for k in kept), kinds=tuple(self.kinds[k] for k in kept))


@dataclass(frozen=True)
class Part:
    """Some sources of a listing, read at one size. key: what is kept about them depends on it."""

    sources: tuple[Source, ...]
    size: int
    key: Any


@dataclass(frozen=True)
class PartRead:
    """A part with what is known of its pictures.

    reasons: of each source, why it cannot be used, "" where it can; hashes: uint8 [n, 32] of those that can.
    """

    part: Part
    reasons: tuple[str, ...]
    hashes: np.ndarray

    def __len__(self) -> int:
        return len(self.hashes)

    @property
    def usable(self) -> list[Source]:
        """The sources that can be used."""
        return [each for each, reason in zip(self.part.sources, self.reasons, strict=True) if not reason]
