"""The permutation test of a difference of means: exact by counting where that is quick, by drawing elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

import numpy as np
from scipy import stats

PERMUTATIONS = 20_000
EXACT_STEPS = 2e8  # bound on the exact count's additions, where it takes as long as PERMUTATIONS draws (some 50 ms)

Strata = Sequence[tuple[np.ndarray, np.ndarray]]  # of each set the values of the first and of the second group


def permutation_p(first: np.ndarray, second: np.ndarray, seed: int, permutations: int = PERMUTATIONS) -> float | None:
    """Two-sided p of the difference of means when the group labels mean nothing; None with fewer than two each.

    Twice the smaller tail, as scipy.stats.permutation_test does. Exact, with every labelling counted, where totals are
    whole numbers and EXACT_STEPS allow it (some 150 in each group), and where there are at most `permutations`
    labellings; else so many are drawn.
    """
    return stratified_p([(first, second)], seed, permutations)


def stratified_p(strata: Strata, seed: int, permutations: int = PERMUTATIONS) -> float | None:
    """The same where labels are exchanged within sets only; None where fewer than two of a group are in all sets.

    The statistic is the second group's sum. Given how many of each group a set has, that orders labellings as the mean
    of the sets' differences does, with weights n1 n2 / (n1 + n2): those of a linear model with an effect of the set.
    """
    n1, n2 = sum(len(a) for a, _ in strata), sum(len(b) for _, b in strata)
    if min(n1, n2) < 2:
        return None
    pooled = [np.concatenate(pair) for pair in strata]
    if all(_countable(values, min(len(a), len(b))) for values, (a, b) in zip(pooled, strata, strict=True)):
        return _counted_p(strata, pooled)
    if len(strata) == 1 and comb(n1 + n2, n1) <= permutations:
        found = stats.permutation_test(
            strata[0], lambda a, b, axis: np.mean(b, axis=axis) - np.mean(a, axis=axis), vectorized=True,
            n_resamples=permutations,
        )  # fmt: skip
        return float(found.pvalue)
    # Totals are few different numbers: a relabelling only says how many of each land in the second group.
    rng = np.random.default_rng(seed)
    sums, observed = np.zeros(permutations), 0.0
    for values, (_, second) in zip(pooled, strata, strict=True):
        distinct, counts = np.unique(values, return_counts=True)
        sums += rng.multivariate_hypergeometric(counts, len(second), size=permutations) @ distinct
        observed += float(second.sum())
    slack = 1e-9 * max(1.0, abs(observed))
    tails = (sums <= observed + slack).sum(), (sums >= observed - slack).sum()
    return float(min(1.0, 2 * (1 + min(tails)) / (1 + permutations)))


def _counted_p(strata: Strata, pooled: Sequence[np.ndarray]) -> float:
    """Exactly: the distribution of the second group's sum in each set, convolved over the sets."""
    shares, at = np.ones(1), 0  # of labellings, by the second group's sum less the lowest it can be; where it was
    for values, (first, second) in zip(pooled, strata, strict=True):
        whole = np.sort(values - values.min()).astype(int)
        smaller = first if len(first) < len(second) else second
        ways = _ways(whole, len(smaller))
        place = int(round(float((smaller - values.min()).sum())))
        if smaller is first:  # the second group's sum is what the first leaves
            ways, place = ways[::-1], len(ways) - 1 - place
        shares, at = np.convolve(shares, ways / ways.sum()), at + place
    return float(min(1.0, 2 * min(shares[: at + 1].sum(), shares[at:].sum())))


def _countable(values: np.ndarray, size: int) -> bool:
    """Whether values are whole numbers, and so few that counting their subsets of a size is quick."""
    if not np.all(values == np.round(values)):
        return False
    steps = len(values) * (size + 1) * (size * float(np.ptp(values)) + 1)
    return steps <= EXACT_STEPS and comb(len(values), size) < 1e300  # counts are floats


def _ways(values: np.ndarray, size: int) -> np.ndarray:
    """How many subsets of `size` values have each sum 0, 1, …; values: whole numbers from 0, ascending.

    By dynamic programming over the values: ways[j, s] of choosing j of those seen so far with the sum s. Sums of
    positive numbers throughout, so even the smallest tail is exact to some 14 digits.
    """
    upto = np.concatenate([[0], np.cumsum(values)])
    ways = np.zeros((size + 1, int(upto[-1] - upto[len(values) - size]) + 1))
    ways[0, 0] = 1
    for seen, value in enumerate(values, 1):
        low, high = max(1, size - (len(values) - seen)), min(size, seen)  # rows that still lead to `size`
        width = int(upto[seen] - upto[seen - high]) + 1  # sums that so many values can have
        ways[low : high + 1, value:width] += ways[low - 1 : high, : width - value]
    return ways[size]
