"""Two conditions compared on neurons that are a sample themselves: would it hold for other people and other neurons?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from .intervals import LEVEL, Interval


@dataclass(frozen=True)
class OverNeurons:
    """difference: second less first, in the tables' unit. Its standard error, degrees of freedom, interval, two-sided
    p."""

    difference: float
    error: float
    freedom: float
    interval: Interval
    p: float


def difference_over_neurons(
    first: Sequence[np.ndarray], second: Sequence[np.ndarray], level: float = LEVEL
) -> OverNeurons | None:
    """The difference of two conditions as a statement about people and neurons, both random.

    first, second: for each set a table [participants, neurons] of the share of answers found, NaN where not answered;
    both conditions ask the same neurons, other people. Every neuron weighs the same. The variance is that of a two-way
    random-effects layout, (MS_people + MS_neurons - MS_rest) per set, at least that of people or of neurons alone; t
    with Satterthwaite's degrees of freedom (Clark 1973; Satterthwaite 1946). MS_neurons is of each neuron's own
    difference, so what makes a neuron hard in both conditions takes no part. None where a set has fewer than two
    people or neurons.
    """
    if not first or min(min(table.shape) for table in (*first, *second)) < 2:
        return None
    neurons = sum(table.shape[1] for table in first)
    difference, people, of_neurons, rest = 0.0, _Variance(), _Variance(), _Variance()
    for a, b in zip(first, second, strict=True):
        a, b = _filled(a), _filled(b)
        count = a.shape[1]
        weight = (count / neurons) ** 2
        by_neuron = b.mean(axis=0) - a.mean(axis=0)
        difference += count / neurons * float(by_neuron.mean())
        of_neurons.add(weight * by_neuron.var(ddof=1) / count, count - 1)
        for table in (a, b):
            n = len(table)
            left = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + table.mean()
            people.add(weight * table.mean(axis=1).var(ddof=1) / n, n - 1)
            freedom = (n - 1) * (count - 1)
            rest.add(weight * (left**2).sum() / freedom / (n * count), freedom)
    combined = people.sum + of_neurons.sum - rest.sum
    larger = max(people, of_neurons, key=lambda each: each.sum)
    if combined > larger.sum:
        variance, noise = combined, people.noise + of_neurons.noise + rest.noise
    else:  # one of the two is within what chance makes of nothing
        variance, noise = larger.sum, larger.noise
    if variance <= 0:
        return None
    freedom = max(1.0, variance**2 / noise)
    error = float(np.sqrt(variance))
    reach = float(stats.t.ppf((1 + level) / 2, freedom)) * error
    p = float(2 * stats.t.sf(abs(difference) / error, freedom))
    return OverNeurons(difference, error, float(freedom), (difference - reach, difference + reach), p)


class _Variance:
    """A sum of estimated variances, and the sum of their squares over their degrees of freedom."""

    def __init__(self) -> None:
        self.sum, self.noise = 0.0, 0.0

    def add(self, variance: float, freedom: int) -> None:
        self.sum += float(variance)
        self.noise += float(variance) ** 2 / freedom


def _filled(table: np.ndarray) -> np.ndarray:
    """A table with what its row and column would give where a question was not answered."""
    if not np.isnan(table).any():
        return table
    total, rows, columns = np.nanmean(table), np.nanmean(table, axis=1), np.nanmean(table, axis=0)
    return np.where(np.isnan(table), rows[:, None] + columns - total, table)
