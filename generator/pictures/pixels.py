"""Pictures that are made when they are asked for -> one array to index, whatever their number."""

from __future__ import annotations

import os
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial

import numpy as np

from ..errors import StudyError
from ..store import digest_of_arrays
from ..workers import process_pool
from .sources import Source

REMEMBERED = 256 * 2**20  # bytes of pictures that are at hand: 1,700 at 224 px
FEWEST = 32  # painted pictures that processes are begun for: they take as long as these


class Pixels:
    """uint8 [N, S, S, 3], read where it is indexed, by a number, a slice or several numbers, and no others.

    hashes: uint8 [N, 32] of each picture's pixels; one that has become another since they were taken is told.
    """

    def __init__(self, sources: Sequence[Source], size: int, hashes: np.ndarray) -> None:
        self.sources, self.hashes = sources, hashes
        self.shape = (len(sources), size, size, 3)
        self._at_hand: OrderedDict[int, np.ndarray] = OrderedDict()
        self._most = max(1, REMEMBERED // (size * size * 3))

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[k] for k in range(len(self)))

    def __getitem__(self, index: int | slice | Sequence[int] | np.ndarray) -> np.ndarray:
        if isinstance(index, slice):
            return self[range(*index.indices(len(self)))]
        if isinstance(index, (int, np.integer)):
            return self[[index]][0]
        places = [self._place(int(k)) for k in index]
        found = {k: self._at_hand[k] for k in places if k in self._at_hand}
        missing = [k for k in dict.fromkeys(places) if k not in found]
        for k, made in zip(missing, made_of([self.sources[k] for k in missing], self.shape[1]), strict=True):
            found[k] = self._checked(k, made)
        for k in found:
            self._at_hand[k] = found[k]
            self._at_hand.move_to_end(k)
        while len(self._at_hand) > self._most:
            self._at_hand.popitem(last=False)
        return np.stack([found[k] for k in places]) if places else np.empty((0, *self.shape[1:]), np.uint8)

    def _place(self, index: int) -> int:
        at = index + len(self) if index < 0 else index
        if not 0 <= at < len(self):
            raise IndexError(f"picture {index} of {len(self)}")
        return at

    def _checked(self, index: int, made: np.ndarray | str) -> np.ndarray:
        if isinstance(made, str):
            raise StudyError(f"picture {self.sources[index].name} cannot be read any more: {made}")
        if hash_of(made) != self.hashes[index].tobytes():
            raise StudyError(
                f"picture {self.sources[index].name} has changed since it was read: run the same command again"
            )
        return made


def hash_of(pixels: np.ndarray) -> bytes:
    """32 bytes that tell a picture, uint8 [S, S, 3], from any other."""
    return bytes.fromhex(digest_of_arrays({"picture": pixels}))


def made_of(sources: Sequence[Source], size: int) -> list[np.ndarray | str]:
    """Each source's picture uint8 [size, size, 3], or why it cannot be used; several at once where there are many."""
    if len(sources) < (FEWEST if any(each.computed for each in sources) else 2):
        return [each.pixels(size) for each in sources]
    return next(made_one_after_another([sources], size))


def made_one_after_another(parts: Iterable[Sequence[Source]], size: int) -> Iterator[list[np.ndarray | str]]:
    """Parts of sources -> the pictures of each part, on all cores; the next part is begun before it is asked for.

    Raises StudyError where processes that paint are ended by the system.
    """
    pool: Executor | None = None
    begun: deque[Iterator[np.ndarray | str]] = deque()
    try:
        for part in parts:
            if pool is None:
                pool = process_pool() if any(each.computed for each in part) else ThreadPoolExecutor()
            some = max(1, len(part) // (4 * (os.cpu_count() or 1)))  # sent to a process together
            begun.append(pool.map(partial(_pixels, size=size), part, chunksize=some))
            if len(begun) == 2:
                yield list(begun.popleft())
        while begun:
            yield list(begun.popleft())
    except BrokenProcessPool as error:
        raise StudyError(
            f"painting pictures of {size} x {size} px was ended by the system, most likely because memory ran out; "
            "close other programs and run the same command again, finished work is kept"
        ) from error
    finally:
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)


def _pixels(source: Source, size: int) -> np.ndarray | str:
    return source.pixels(size)
