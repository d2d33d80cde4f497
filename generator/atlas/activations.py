"""Activations float32 [N, U] in memory -> what an atlas needs to know of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np


class Activations:
    """What an atlas asks of the activations of N pictures for U units."""

    def __init__(self, values: np.ndarray, seed: int = 0) -> None:
        self.values, self.seed, self.shape = values, seed, values.shape

    @cached_property
    def mean(self) -> np.ndarray:
        """[U]."""
        return self.values.mean(0, dtype=np.float64)

    def rows(self, pictures: Sequence[int] | np.ndarray) -> np.ndarray:
        """float32 [k, U]."""
        return self.values[np.asarray(pictures, np.int64)]

    def top(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Indices and values [k, U] of the highest, the most active first; ties in a seeded order of the pictures."""
        order = np.random.default_rng(self.seed).permutation(self.shape[0])
        ranked = np.argsort(-self.values[order], axis=0, kind="stable")[:k]
        return order[ranked], np.take_along_axis(self.values[order], ranked, 0)

    def extremes(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """The k-th largest and the k-th smallest value of each unit."""
        ordered = np.sort(self.values, axis=0)
        return ordered[-k], ordered[k - 1]

    def by_class(self, labels: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
        """Mean and maximum [C, U]; of a class without pictures NaN."""
        mean = np.full((classes, self.shape[1]), np.nan)
        most = np.full((classes, self.shape[1]), np.nan)
        for label in np.unique(labels):
            own = self.values[labels == label]
            mean[label], most[label] = own.mean(0, dtype=np.float64), own.max(0)
        return mean, most

    def histogram(self, bins: int) -> tuple[np.ndarray, np.ndarray]:
        """Counts [bins, U] over each unit's own range, and edges [bins + 1, U]."""
        low, high = self.values.min(0), self.values.max(0)
        edges = np.linspace(low, high, bins + 1)
        width = np.where(high > low, high - low, 1)
        place = np.clip(((self.values - low) / width * bins).astype(int), 0, bins - 1)
        counts = np.zeros((bins, self.shape[1]), int)
        for unit in range(self.shape[1]):
            counts[:, unit] = np.bincount(place[:, unit], minlength=bins)
        return counts, edges
