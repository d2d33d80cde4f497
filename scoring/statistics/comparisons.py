"""Two groups of participants: do they differ in how many answers they find, by how much, and on other neurons too?

Participants of a study with several sets answer different questions. Groups are then compared within sets, and the
sets' comparisons averaged with weights n1 n2 / (n1 + n2), as a linear model with an effect of the set does; spreads are
pooled over sets within a group. With one set every formula is the textbook's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from .intervals import LEVEL, Interval
from .permutation import PERMUTATIONS, Strata, stratified_p

__all__ = [
    "Difference", "MeanOverNeurons", "OverNeurons", "apart", "compare", "difference_over_neurons", "kruskal_wallis",
    "mean_over_neurons", "strata_of",
]  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """Two groups of totals compared. Positive: the second group is higher. p values are two-sided, raw.

    t, freedom: of Welch's test, whose variance is to the share `shared` the first group's.
    """

    difference: float
    interval: Interval | None
    p_permutation: float | None
    p_brunner_munzel: float | None
    cliffs_delta: float
    cliffs_delta_interval: Interval | None
    hedges_g: float | None
    hedges_g_interval: Interval | None
    welch: Welch | None = None


@dataclass(frozen=True)
class Welch:
    """A difference of means with its standard error [same unit], degrees of freedom, and the first group's share."""

    difference: float
    error: float
    freedom: float
    shared: float

    def interval(self, quantile: float) -> Interval:
        return self.difference - quantile * self.error, self.difference + quantile * self.error


def strata_of(
    first: np.ndarray, second: np.ndarray, first_sets: np.ndarray | None = None, second_sets: np.ndarray | None = None
) -> Strata:
    """(first, second) of each set that both groups answered; without sets, all as one."""
    if first_sets is None or second_sets is None:
        return [(first, second)]
    return [(first[first_sets == s], second[second_sets == s]) for s in np.intersect1d(first_sets, second_sets)]


def compare(strata: Strata, seed: int, permutations: int = PERMUTATIONS) -> Difference | None:
    """Everything about two groups of totals; None where no set was answered by both."""
    if not strata:
        return None
    welch = welch_test(strata)
    return Difference(
        _difference(strata),
        welch_interval(strata),
        stratified_p(strata, seed, permutations),
        brunner_munzel_p(strata),
        cliffs_delta(strata),
        cliffs_delta_interval(strata),
        *hedges_g(strata),
        welch,
    )


def _weights(strata: Strata) -> np.ndarray:
    sizes = np.array([len(a) * len(b) / (len(a) + len(b)) for a, b in strata])
    return sizes / sizes.sum()


def _difference(strata: Strata) -> float:
    return float(_weights(strata) @ [np.mean(b) - np.mean(a) for a, b in strata])


def _counts(strata: Strata) -> tuple[np.ndarray, np.ndarray]:
    return np.array([len(a) for a, _ in strata]), np.array([len(b) for _, b in strata])


def _pooled(groups: Sequence[np.ndarray]) -> tuple[float, int]:
    """Variance within sets of one group, and its degrees of freedom; (0, 0) where no set has two of it."""
    freedom = sum(len(each) for each in groups) - len(groups)
    return sum(float(((each - each.mean()) ** 2).sum()) for each in groups) / freedom if freedom else 0.0, freedom


def _satterthwaite(strata: Strata, first: Sequence[np.ndarray], second: Sequence[np.ndarray]) -> Welch | None:
    """Of values of the two groups by set, the error of their weighted difference; None with too few to tell."""
    (v1, free1), (v2, free2) = _pooled(first), _pooled(second)
    if min(free1, free2) < 1:
        return None
    (n1, n2), squares = _counts(strata), _weights(strata) ** 2
    a, b = v1 * float((squares / n1).sum()), v2 * float((squares / n2).sum())
    if a + b <= 0:
        return None
    freedom = (a + b) ** 2 / (a**2 / free1 + b**2 / free2)
    return Welch(_difference(strata), float(np.sqrt(a + b)), freedom, a / (a + b))


def welch_test(strata: Strata) -> Welch | None:
    """The difference of means, unequal variances allowed; None with too few to tell, or where nothing varies."""
    return _satterthwaite(strata, [a for a, _ in strata], [b for _, b in strata])


def welch_interval(strata: Strata, level: float = LEVEL) -> Interval | None:
    """Interval of the difference of means (Welch); the difference twice where nothing varies within sets."""
    found = welch_test(strata)
    if found is not None:
        return found.interval(float(stats.t.ppf((1 + level) / 2, found.freedom)))
    (v1, free1), (v2, free2) = _pooled([a for a, _ in strata]), _pooled([b for _, b in strata])
    return (_difference(strata),) * 2 if min(free1, free2) > 0 and v1 == v2 == 0 else None


def kruskal_wallis(
    groups: Sequence[np.ndarray], sets: Sequence[np.ndarray] | None = None
) -> tuple[float, float] | None:
    """H and p over all groups; None with fewer than two groups or where every value is the same.

    sets: of each group's values the set. Values are ranked within sets, and the sums of ranks of a set of N values
    weighted by 1 / (N + 1) (van Elteren 1960, for several groups); with one set it is Kruskal and Wallis' test.
    """
    if len(groups) < 2 or min(map(len, groups)) < 1:
        return None
    values, group = np.concatenate(groups), np.repeat(np.arange(len(groups)), [len(each) for each in groups])
    stratum = np.zeros(len(values)) if sets is None else np.concatenate(sets)
    sums, covariance = np.zeros(len(groups)), np.zeros((len(groups), len(groups)))
    for name in np.unique(stratum):
        own = stratum == name
        count = int(own.sum())
        if count < 2:
            continue
        ranks = (stats.rankdata(values[own]) - (count + 1) / 2) / (count + 1)
        members = np.bincount(group[own], minlength=len(groups)).astype(float)
        sums += np.bincount(group[own], ranks, minlength=len(groups))
        covariance += ranks.var(ddof=1) * (np.diag(members) - np.outer(members, members) / count)
    rank = np.linalg.matrix_rank(covariance)
    if rank < len(groups) - 1:
        return None
    h = float(sums @ np.linalg.pinv(covariance) @ sums)
    return h, float(stats.chi2.sf(h, len(groups) - 1))


def _placements(strata: Strata) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """For each value, in its set: the share of the other group above it less the share below, by group and set."""
    return [_dominance(a, b) for a, b in strata], [_dominance(b, a) for a, b in strata]


def _dominance(values: np.ndarray, others: np.ndarray) -> np.ndarray:
    """For each value: the share of others above it less the share below."""
    ordered = np.sort(others)
    above = len(others) - np.searchsorted(ordered, values, "right")
    return (above - np.searchsorted(ordered, values, "left")) / len(others)


def cliffs_delta(strata: Strata) -> float:
    """P(second > first) - P(second < first) within sets, -1 to 1 (Cliff 1993)."""
    return float(_weights(strata) @ [rows.mean() for rows in _placements(strata)[0]])


def _delta_error(strata: Strata) -> Welch | None:
    """Standard error of Cliff's delta, consistent under unequal spreads (the Brunner-Munzel variance)."""
    return _satterthwaite(strata, *_placements(strata))


def brunner_munzel_p(strata: Strata) -> float | None:
    """Two-sided p that neither group tends to larger values, unequal spreads allowed (Brunner and Munzel 2000).

    None with fewer than two each, or where the groups do not overlap or do not vary: the statistic has no variance
    then, and the permutation test speaks alone.
    """
    found = _delta_error(strata)
    return None if found is None else float(2 * stats.t.sf(abs(cliffs_delta(strata)) / found.error, found.freedom))


def cliffs_delta_interval(strata: Strata, level: float = LEVEL) -> Interval | None:
    """Cliff's asymmetric interval, which stays within -1 and 1 (Feng and Cliff 2004, equation 13).

    None with fewer than two each, or where the groups do not overlap: then its variance cannot be estimated.
    """
    found, delta = _delta_error(strata), cliffs_delta(strata)
    if found is None:
        return None
    z, error = stats.norm.ppf((1 + level) / 2), found.error
    root = z * error * np.sqrt((1 - delta**2) ** 2 + z**2 * error**2)
    scale = 1 - delta**2 + z**2 * error**2
    low, high = (delta - delta**3 - root) / scale, (delta - delta**3 + root) / scale
    return float(max(low, -1.0)), float(min(high, 1.0))


def hedges_g(strata: Strata, level: float = LEVEL) -> tuple[float | None, Interval | None]:
    """Standardized difference of means with the small-sample correction, and its interval (Hedges and Olkin 1985).

    (None, None) with fewer than two each or where nothing varies.
    """
    (v1, free1), (v2, free2) = _pooled([a for a, _ in strata]), _pooled([b for _, b in strata])
    if min(free1, free2) < 1 or free1 * v1 + free2 * v2 <= 0:
        return None, None
    free, (n1, n2) = free1 + free2, _counts(strata)
    g = (1 - 3 / (4 * free - 1)) * _difference(strata) / np.sqrt((free1 * v1 + free2 * v2) / free)
    error = np.sqrt((_weights(strata) ** 2 * (1 / n1 + 1 / n2)).sum() + g**2 / (2 * (n1 + n2).sum()))
    half_width = stats.norm.ppf((1 + level) / 2) * error
    return float(g), (float(g - half_width), float(g + half_width))


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
            _add_people(table, weight, people, rest)
    return _tested(difference, *_combined(people, of_neurons, rest), level)


@dataclass(frozen=True)
class MeanOverNeurons:
    """A mean over people and neurons, both random: its variance, and what its degrees of freedom come from."""

    mean: float
    variance: float
    noise: float

    def interval(self, level: float = LEVEL) -> Interval:
        found = _tested(self.mean, self.variance, self.noise, level)
        return (self.mean, self.mean) if found is None else found.interval


def mean_over_neurons(tables: Sequence[np.ndarray]) -> MeanOverNeurons | None:
    """The mean of some neurons' sets, as `difference_over_neurons` has its difference, each neuron of one weight.

    tables: of each set [participants, neurons], NaN where not answered. None where a set has fewer than two people or
    neurons, or there is none.
    """
    if not tables or min(min(table.shape) for table in tables) < 2:
        return None
    neurons = sum(table.shape[1] for table in tables)
    mean, people, of_neurons, rest = 0.0, _Variance(), _Variance(), _Variance()
    for table in map(_filled, tables):
        count = table.shape[1]
        weight = (count / neurons) ** 2
        mean += count / neurons * float(table.mean())
        of_neurons.add(weight * table.mean(axis=0).var(ddof=1) / count, count - 1)
        _add_people(table, weight, people, rest)
    return MeanOverNeurons(mean, *_combined(people, of_neurons, rest))


def apart(first: MeanOverNeurons, second: MeanOverNeurons, level: float = LEVEL) -> OverNeurons | None:
    """The second mean less the first, of other people and other neurons; None where nothing varies."""
    return _tested(second.mean - first.mean, first.variance + second.variance, first.noise + second.noise, level)


def _add_people(table: np.ndarray, weight: float, people: _Variance, rest: _Variance) -> None:
    """What a table [participants, neurons] tells of the variances of its mean."""
    n, count = table.shape
    left = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + table.mean()
    people.add(weight * table.mean(axis=1).var(ddof=1) / n, n - 1)
    freedom = (n - 1) * (count - 1)
    rest.add(weight * (left**2).sum() / freedom / (n * count), freedom)


def _combined(people: _Variance, of_neurons: _Variance, rest: _Variance) -> tuple[float, float]:
    """The variance, and the sum of squares over degrees of freedom that its own come from."""
    combined = people.sum + of_neurons.sum - rest.sum
    larger = max(people, of_neurons, key=lambda each: each.sum)
    if combined > larger.sum:
        return combined, people.noise + of_neurons.noise + rest.noise
    return larger.sum, larger.noise  # one of the two is within what chance makes of nothing


def _tested(difference: float, variance: float, noise: float, level: float) -> OverNeurons | None:
    """A difference with its interval and p, by t with Satterthwaite's degrees of freedom; None where nothing varies."""
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
