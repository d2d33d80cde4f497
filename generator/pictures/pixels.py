"""Pictures that stay on disk: a row of artifacts, made part by part -> one array to index, whatever the memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open

from ..store import Arrays, Store, digest_of_arrays

PART = 512  # pictures of one artifact: 77 MB at 224 px; what an interrupted build may have to do again


@dataclass(frozen=True)
class Part:
    """Pictures start to stop (exclusive) of a set, the file that holds them, and the hash of their pixels."""

    start: int
    stop: int
    path: Path
    digest: str


class Pixels:
    """uint8 [N, S, S, 3], read from disk where it is indexed: by a number, a slice or several numbers."""

    def __init__(self, parts: Sequence[Part], size: int) -> None:
        self.parts = tuple(part for part in parts if part.stop > part.start)
        self.shape = (self.parts[-1].stop if self.parts else 0, size, size, 3)
        self._rows = [safe_open(part.path, framework="np").get_slice("pixels") for part in self.parts]

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[k] for k in range(len(self)))

    def __getitem__(self, index: int | slice | Sequence[int] | np.ndarray) -> np.ndarray:
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            if step != 1:
                return self[range(start, stop, step)]
            pieces = [
                rows[max(start, part.start) - part.start : min(stop, part.stop) - part.start]
                for part, rows in zip(self.parts, self._rows, strict=True)
                if part.start < stop and start < part.stop
            ]
            return np.concatenate(pieces) if pieces else np.empty((0, *self.shape[1:]), np.uint8)
        if not isinstance(index, (int, np.integer)):
            each = [self[int(k)] for k in index]
            return np.stack(each) if each else np.empty((0, *self.shape[1:]), np.uint8)
        at = int(index) + len(self) if index < 0 else int(index)
        if not 0 <= at < len(self):
            raise IndexError(f"picture {index} of {len(self)}")
        return self[at : at + 1][0]


def make_in_parts(
    store: Store, depends_on: Sequence[Any], make: Callable[[int], Arrays]
) -> tuple[list[Part], list[Arrays]]:
    """Each part's dependencies and make(part) -> arrays with `pixels` [n, S, S, 3]; finished parts are taken as kept.

    Returns the parts in order and each part's other arrays.
    """
    parts: list[Part] = []
    others: list[Arrays] = []
    for k, depends in enumerate(depends_on):
        arrays = store.get("pictures", depends, partial(make, k))
        pixels, start = arrays.pop("pixels"), parts[-1].stop if parts else 0
        digest = digest_of_arrays({"pixels": pixels})
        parts.append(Part(start, start + len(pixels), store.path("pictures", depends), digest))
        others.append(arrays)
    return parts, others
