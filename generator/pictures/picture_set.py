"""A set of pictures of one size, with names, classes and a hash."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

import numpy as np

from ..store import digest_of
from .pixels import Pixels
from .sheet import Row, Sheet, Shown
from .sources import PartRead

Progress = Callable[[float, float], None]  # pictures done, of how many
CLASSES_SHOWN = 9  # in one row


@dataclass(frozen=True, repr=False)
class PictureSet(Shown):
    """Pictures of one size. Notebooks show the first of each class.

    pixels: uint8 [N, S, S, 3], read when they are indexed; names: N names, unique; labels: int [N], index into classes;
    digest: hash of pixels, names, labels and classes; skipped: (file, why) of files that could not be used; parts: in
    which the pictures are read and activations computed.
    """

    pixels: Pixels
    names: tuple[str, ...]
    labels: np.ndarray
    classes: tuple[str, ...]
    digest: str
    skipped: tuple[tuple[str, str], ...] = ()
    parts: tuple[PartRead, ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return len(self.names)

    def __repr__(self) -> str:
        return self.describe()

    @property
    def sheet(self) -> Sheet:
        """The first picture of each of the first classes."""
        kinds, first = np.unique(self.labels, return_index=True)
        captions = [self.classes[kind] for kind in kinds[:CLASSES_SHOWN]]
        return Sheet((Row(self.describe(), list(self.pixels[first[:CLASSES_SHOWN]]), captions),))

    def describe(self) -> str:
        """How many pictures of which size and how many classes, in words."""
        side, count = self.pixels.shape[1], len(self.classes)
        return f"{len(self.names)} pictures of {side} x {side} px, {count} {'class' if count == 1 else 'classes'}"

    def describe_skipped(self) -> str:
        """Which files could not be used and why, the first five by name."""
        count = len(self.skipped)
        what = "1 picture could not be read and was" if count == 1 else f"{count} pictures could not be read and were"
        return f"{what} skipped: {_first(self.skipped)}"

    @cached_property
    def duplicates(self) -> tuple[tuple[str, str], ...]:
        """(picture, the first that has the same pixels) of every picture that is another one again."""
        whole = np.ascontiguousarray(self.pixels.hashes).view("V32").ravel()
        _, first, of = np.unique(whole, return_index=True, return_inverse=True)
        again = np.flatnonzero(first[of] != np.arange(len(whole)))
        return tuple((self.names[k], self.names[first[of[k]]]) for k in again)

    def describe_duplicates(self) -> str:
        """Which pictures are others again, the first five by name."""
        count = len(self.duplicates)
        what = "1 picture is another one again" if count == 1 else f"{count} pictures are others again"
        return f"{what}, pixel by pixel: {_first(self.duplicates)}"

    @cached_property
    def stems(self) -> tuple[str, ...]:
        """The names without their endings."""
        return tuple(PurePosixPath(name).with_suffix("").as_posix() for name in self.names)


def _first(named: tuple[tuple[str, str], ...]) -> str:
    """The first five of (picture, what about it)."""
    more = f"; and {len(named) - 5} more" if len(named) > 5 else ""
    return "; ".join(f"{name} ({what})" for name, what in named[:5]) + more


def picture_digest(hashes: np.ndarray, names: tuple[str, ...], labels: np.ndarray, classes: tuple[str, ...]) -> str:
    """A hash of a picture set's content, whatever the parts that it was read in. hashes: uint8 [N, 32]."""
    content = hashlib.sha256(hashes.tobytes() + labels.astype("<i8").tobytes())
    return digest_of([content.hexdigest(), names, classes])
