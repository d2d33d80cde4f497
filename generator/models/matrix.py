"""Activations of every unit for every picture, float32 [N, U], in parts: what is asked of them is found in passes.

Never is the matrix in memory as a whole, nor sorted: a pass holds one part, and what it looks for.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

import numpy as np

from ..store import digest_of_rows

REMEMBERED = 256 * 2**20  # bytes of parts at hand: all of 130,000 pictures and 512 units
COLUMNS = 128 * 2**20  # bytes of columns read together
LOT = 1024  # pictures that are compared with the most active ones so far together
OF_ARRAY = 512  # rows of a part of an array in memory

Load = Callable[[], np.ndarray]


class Activations:
    """Activations float32 [N, U]; parts: (how many pictures, what reads their rows), in the order of the pictures."""

    def __init__(self, parts: Sequence[tuple[int, Load]], units: int) -> None:
        self._loads = [load for _, load in parts]
        self._starts = np.cumsum([0, *(count for count, _ in parts)])
        self.shape = (int(self._starts[-1]), units)
        largest = max((count for count, _ in parts), default=1) * units * 4
        self._part = functools.lru_cache(max(1, REMEMBERED // max(1, largest)))(self._read)
        self.extremes = functools.cache(self._extremes)

    @classmethod
    def of(cls, array: np.ndarray) -> Activations:
        """Those of an array [N, U] in memory."""
        array = np.asarray(array, np.float32)
        pieces = [array[first : first + OF_ARRAY] for first in range(0, len(array), OF_ARRAY)]
        return cls([(len(piece), functools.partial(np.asarray, piece)) for piece in pieces], array.shape[1])

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        return f"activations of {self.shape[1]} units for {self.shape[0]} pictures"

    def blocks(self) -> Iterator[tuple[int, np.ndarray]]:
        """One pass: (the first picture, rows float32 [n, U]) of each part, in order."""
        for k, start in enumerate(self._starts[:-1]):
            yield int(start), self._part(k)

    @cached_property
    def digest(self) -> str:
        """A hash of all values, whatever the parts."""
        return digest_of_rows("activations", np.float32, self.shape, (block for _, block in self.blocks()))

    @cached_property
    def mean(self) -> np.ndarray:
        """Of each unit over the pictures, float64 [U], summed picture after picture: the same whatever the parts."""
        total = np.zeros(self.shape[1])
        for _, block in self.blocks():
            total = np.add.reduce(np.concatenate([total[None], block]), axis=0, dtype=np.float64)
        return total / max(1, len(self))

    def column(self, unit: int) -> np.ndarray:
        """A unit's activation for each picture, float32 [N]."""
        return self.columns([unit])[:, 0]

    def columns(self, units: Sequence[int]) -> np.ndarray:
        """Those of several units, float32 [N, k]; one pass."""
        found = np.empty((len(units), len(self)), np.float32)
        for first, block in self.blocks():
            found[:, first : first + len(block)] = block[:, list(units)].T
        return found.T

    def each_column(self, units: Sequence[int]) -> Iterator[tuple[int, np.ndarray]]:
        """(unit, float32 [N]) of each of these units; a pass for as many as fit in memory together."""
        some = max(1, COLUMNS // max(1, 4 * len(self)))
        for first in range(0, len(units), some):
            now = units[first : first + some]
            yield from zip(now, self.columns(now).T, strict=True)

    def rows(self, pictures: Sequence[int] | np.ndarray) -> np.ndarray:
        """Every unit's activation for some pictures, float32 [k, U], in their order; only their parts are read."""
        wanted = np.asarray(pictures, np.int64)
        if wanted.size and not (wanted.min() >= 0 and wanted.max() < len(self)):
            raise IndexError(f"pictures {wanted.min()} to {wanted.max()} of {len(self)}")
        found = np.empty((len(wanted), self.shape[1]), np.float32)
        parts = np.searchsorted(self._starts, wanted, "right") - 1
        for k in np.unique(parts):
            of_part = parts == k
            found[of_part] = self._part(int(k))[wanted[of_part] - self._starts[k]]
        return found

    def _extremes(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Of each unit the k-th largest and the k-th smallest activation, float32 [U] each, 1 <= k <= N; one pass."""
        most, least = _Largest(k, self.shape[1], np.float32), _Largest(k, self.shape[1], np.float32)
        for _, block in self.blocks():
            most.add(block)
            least.add(-block)
        return most.found().min(1), -least.found().min(1)

    def top(self, k: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Of each unit the k most active pictures (all, if there are fewer), the most active first; one pass.

        Returns indices int64 [k, U] and activations float32 [k, U]. Which of equally active ones are taken, and in
        which order, is drawn by the seed, for all units alike, and not by their order in the set.
        """
        return self._first(k, seed, 1.0)

    def bottom(self, k: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """The same of the least active ones, the least active first."""
        return self._first(k, seed, -1.0)

    def _first(self, k: int, seed: int, sign: float) -> tuple[np.ndarray, np.ndarray]:
        pictures = _shuffled(len(self), seed)
        rank = np.empty(len(self), np.uint64)
        rank[pictures] = np.arange(len(self), dtype=np.uint64)
        best = _Largest(k, self.shape[1], np.uint64)
        for first, block in self.blocks():
            best.add((_ordered(sign * block) << np.uint64(32)) | rank[first : first + len(block), None])
        keys = np.sort(best.found(), axis=1)[:, ::-1].T
        indices = pictures[(keys & np.uint64(0xFFFFFFFF)).astype(np.int64)]
        return indices, np.float32(sign) * _values(keys >> np.uint64(32)) + np.float32(0)  # no -0

    def by_class(self, labels: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
        """Mean and maximum over the pictures of each class, float32 [C, U] each, NaN for one without; one pass.

        labels: int [N], from 0 to classes - 1.
        """
        total = np.zeros((classes, self.shape[1]))
        most = np.full((classes, self.shape[1]), -np.inf, np.float32)
        for first, block in self.blocks():
            own = labels[first : first + len(block)]
            for label in np.unique(own):
                some = block[own == label]
                total[label] += some.sum(0, dtype=np.float64)
                np.maximum(most[label], some.max(0), out=most[label])
        counts = np.bincount(labels, minlength=classes)[:, None]
        with np.errstate(invalid="ignore"):
            mean = np.where(counts > 0, total / counts, np.nan)
        return mean.astype(np.float32), np.where(counts > 0, most, np.float32(np.nan))

    def histogram(self, bins: int) -> tuple[np.ndarray, np.ndarray]:
        """How often each unit is how active: counts int64 [bins, U], edges float64 [bins + 1, U] from its least to its
        largest activation, as numpy.histogram counts; two passes.
        """
        most, least = (edge.astype(np.float64) for edge in self.extremes(1))
        flat = most == least
        edges = np.linspace(least - 0.5 * flat, most + 0.5 * flat, bins + 1)
        units = np.arange(self.shape[1])
        counts = np.zeros(bins * self.shape[1], np.int64)
        for _, block in self.blocks():
            place = ((block - edges[0]) / (edges[-1] - edges[0]) * bins).astype(np.int64).clip(0, bins - 1)
            place -= block < edges[place, units]  # a division's rounding may be off by one bin
            place += (block >= edges[place + 1, units]) & (place < bins - 1)
            counts += np.bincount((place * self.shape[1] + units).ravel(), minlength=len(counts))
        return counts.reshape(bins, -1), edges

    def _read(self, k: int) -> np.ndarray:
        return self._loads[k]()


class _Largest:
    """The k largest of each unit's values, whatever comes in. values: [n, U] at a time."""

    def __init__(self, k: int, units: int, dtype: type) -> None:
        self.k = k
        self._kept: np.ndarray = np.empty((units, 0), dtype)
        self._waiting: list[np.ndarray] = []

    def add(self, values: np.ndarray) -> None:
        self._waiting.append(values.T)
        if sum(each.shape[1] for each in self._waiting) >= max(LOT, self.k):
            self._take()

    def found(self) -> np.ndarray:
        """[U, k] in no order; fewer if fewer came in."""
        self._take()
        return self._kept

    def _take(self) -> None:
        if not self._waiting:
            return
        some = np.concatenate([self._kept, *self._waiting], axis=1)
        self._waiting = []
        if some.shape[1] > self.k:
            some = np.partition(some, some.shape[1] - self.k, axis=1)[:, -self.k :].copy()
        self._kept = some


def _ordered(values: np.ndarray) -> np.ndarray:
    """float32 -> uint64 below 2**32 in the same order, 0 and -0 alike (the bits of IEEE 754, negative ones turned)."""
    bits = (values.astype(np.float32) + np.float32(0)).view(np.uint32)
    return np.where(bits >> np.uint32(31), ~bits, bits | np.uint32(1 << 31)).astype(np.uint64)


def _values(ordered: np.ndarray) -> np.ndarray:
    """The way back from `_ordered`."""
    bits = ordered.astype(np.uint32)
    return np.where(bits >> np.uint32(31), bits & np.uint32(0x7FFFFFFF), ~bits).view(np.float32)


def _shuffled(count: int, seed: int) -> np.ndarray:
    """The pictures int64 [count] in the order of a hash of (seed, picture): splitmix64 (Steele, Lea & Flood 2014)."""
    x = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    x += np.random.default_rng([seed, 9]).integers(0, 2**64, dtype=np.uint64)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.argsort(x ^ (x >> np.uint64(31)), kind="stable")
