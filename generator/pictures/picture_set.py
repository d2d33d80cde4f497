"""A set of pictures of one size, with names, classes and a hash."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from ..store import digest_of
from .pixels import Part, Pixels
from .sheet import Row, Sheet, Shown

Progress = Callable[[int, int], None]  # pictures done, of how many
CLASSES_SHOWN = 9  # in one row


@dataclass(frozen=True, repr=False)
class PictureSet(Shown):
    """Pictures of one size. Notebooks show the first of each class.

    pixels: uint8 [N, S, S, 3], on disk; names: N names, unique; labels: int [N], index into classes; digest: hash of
    pixels, names and classes; skipped: (file, why) of files that could not be used.
    """

    pixels: Pixels
    names: tuple[str, ...]
    labels: np.ndarray
    classes: tuple[str, ...]
    digest: str
    skipped: tuple[tuple[str, str], ...] = ()

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
        named = "; ".join(f"{name} ({reason})" for name, reason in self.skipped[:5])
        more = f"; and {len(self.skipped) - 5} more" if len(self.skipped) > 5 else ""
        count = len(self.skipped)
        what = "1 picture could not be read and was" if count == 1 else f"{count} pictures could not be read and were"
        return f"{what} skipped: {named}{more}"

    @property
    def stems(self) -> tuple[str, ...]:
        """The names without their endings."""
        return tuple(PurePosixPath(name).with_suffix("").as_posix() for name in self.names)


def picture_digest(parts: Sequence[Part], names: tuple[str, ...], classes: tuple[str, ...]) -> str:
    """A hash of a picture set's content."""
    return digest_of([[part.digest for part in parts], names, classes])
