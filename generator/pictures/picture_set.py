"""A set of pictures of one size, with names, classes and a hash."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from ..store import digest_of
from .pixels import Part, Pixels

Progress = Callable[[int, int], None]  # pictures done, of how many


@dataclass(frozen=True)
class PictureSet:
    """Pictures of one size.

    pixels: uint8 [N, S, S, 3], on disk; names: N names, unique; labels: int [N], index into classes; digest: hash of
    pixels, names and classes; skipped: (file, why) of files that could not be used.
    """

    pixels: Pixels
    names: tuple[str, ...]
    labels: np.ndarray
    classes: tuple[str, ...]
    digest: str
    skipped: tuple[tuple[str, str], ...] = ()

    @property
    def stems(self) -> tuple[str, ...]:
        """The names without their endings."""
        return tuple(PurePosixPath(name).with_suffix("").as_posix() for name in self.names)


def picture_digest(parts: Sequence[Part], names: tuple[str, ...], classes: tuple[str, ...]) -> str:
    """A hash of a picture set's content."""
    return digest_of([[part.digest for part in parts], names, classes])
