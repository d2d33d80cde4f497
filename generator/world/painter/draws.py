"""The world's own random numbers: a seed and a path of names -> the same draws with any version of Python or numpy."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
_MASK = (1 << 64) - 1


class Draws:
    """A stream of random draws that depends on nothing but its key.

    The generator is SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators"),
    whose integer arithmetic is exact everywhere; the key is hashed with SHA-256 into its first state.
    """

    def __init__(self, *key: object) -> None:
        text = "/".join(str(part) for part in key)
        self._key = key
        self._state = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")

    def _next(self) -> int:
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        z = self._state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        return z ^ (z >> 31)

    def child(self, *name: object) -> Draws:
        """An independent stream: what one part of a picture draws never shifts what another draws."""
        return Draws(*self._key, *name)

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        """A number from [low, high)."""
        return low + (high - low) * ((self._next() >> 11) / (1 << 53))

    def normal(self, mean: float = 0.0, sd: float = 1.0) -> float:
        """A number from the normal distribution (Box-Muller)."""
        radius = math.sqrt(-2.0 * math.log(1.0 - self.uniform()))
        return mean + sd * radius * math.cos(2.0 * math.pi * self.uniform())

    def integer(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + self._next() % (high - low + 1)

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self.uniform() < probability

    def choice(self, options: Sequence[T]) -> T:
        """One of the options, all equally likely."""
        return options[self._next() % len(options)]

    def weighted(self, weights: dict[T, float]) -> T:
        """One of the keys, with probability proportional to its weight."""
        at = self.uniform(0.0, sum(weights.values()))
        for option, weight in weights.items():
            at -= weight
            if at < 0:
                return option
        return option
