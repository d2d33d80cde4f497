"""Between experiments: do their participants differ in how many answers they find, and by how much?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests

from .intervals import LEVEL, Interval

PERMUTATIONS = 20_000
EXACT_STEPS = 2e8  # bound on the exact count's additions, where it takes as long as PERMUTATIONS draws (some 50 ms)


@dataclass(frozen=True)
class Difference:
    """Two groups of totals compared. Positive: the second group is higher. p values are two-sided, raw."""

    difference: float
    interval: Interval | None
    p_permutation: float | None
    p_brunner_munzel: float | None
    cliffs_delta: float
    cliffs_delta_interval: Interval | None
    hedges_g: float | None
    hedges_g_interval: Interval | None


def kruskal_wallis(groups: Sequence[np.ndarray]) -> tuple[float, float] | None:
    """H and p over all groups; None with fewer than two groups or where every value is the same."""
    if len(groups) < 2 or min(map(len, groups)) < 1 or len(np.unique(np.concatenate(groups))) < 2:
        return None
    found = stats.kruskal(*groups)
    return float(found.statistic), float(found.pvalue)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's correction of those p values that exist, in place."""
    known = [p for p in p_values if p is not None]
    if not known:
        return list(p_values)
    corrected = iter(multipletests(known, method="holm")[1])
    return [None if p is None else float(next(corrected)) for p in p_values]


def compare(first: np.ndarray, second: np.ndarray, seed: int, permutations: int = PERMUTATIONS) -> Difference:
    """Everything about two groups of totals; first [n1], second [n2], each at least one value."""
    return Difference(
        float(np.mean(second) - np.mean(first)),
        welch_interval(first, second),
        permutation_p(first, second, seed, permutations),
        brunner_munzel_p(first, second),
        cliffs_delta(first, second),
        cliffs_delta_interval(first, second),
        *hedges_g(first, second),
    )


def permutation_p(first: np.ndarray, second: np.ndarray, seed: int, permutations: int = PERMUTATIONS) -> float | None:
    """Two-sided p of the difference of means when the group labels mean nothing; None with fewer than two each.

    Twice the smaller tail, as scipy.stats.permutation_test does. Exact, with every labelling counted, where totals are
    whole numbers and EXACT_STEPS allow it (some 150 in each group), and where there are at most `permutations`
    labellings; else so many are drawn.
    """
    n1, n2 = len(first), len(second)
    if min(n1, n2) < 2:
        return None
    pooled, observed = np.concatenate([first, second]), second.sum()
    if _countable(pooled, min(n1, n2)):
        smaller = first if n1 < n2 else second
        ways = _ways(np.sort(pooled - pooled.min()).astype(int), len(smaller))
        at = int(round(float((smaller - pooled.min()).sum())))
        return float(min(1.0, 2 * min(ways[: at + 1].sum(), ways[at:].sum()) / ways.sum()))
    if comb(n1 + n2, n1) <= permutations:
        found = stats.permutation_test(
            (first, second), lambda a, b, axis: np.mean(b, axis=axis) - np.mean(a, axis=axis), vectorized=True,
            n_resamples=permutations,
        )  # fmt: skip
        return float(found.pvalue)
    # Totals are few different numbers: a relabelling only says how many of each land in the second group.
    values, counts = np.unique(pooled, return_counts=True)
    drawn = np.random.default_rng(seed).multivariate_hypergeometric(counts, n2, size=permutations)
    sums = drawn @ values
    slack = 1e-9 * max(1.0, abs(observed))
    tails = (sums <= observed + slack).sum(), (sums >= observed - slack).sum()
    return float(min(1.0, 2 * (1 + min(tails)) / (1 + permutations)))


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


def brunner_munzel_p(first: np.ndarray, second: np.ndarray) -> float | None:
    """Two-sided p that neither group tends to larger values, unequal spreads allowed (Brunner and Munzel 2000).

    None with fewer than two each, or where the groups do not overlap or do not vary: the statistic has no variance
    then, and the permutation test speaks alone.
    """
    if min(len(first), len(second)) < 2 or _delta_error(first, second) == 0:
        return None
    p = float(stats.brunnermunzel(first, second).pvalue)
    return None if np.isnan(p) else p


def welch_interval(first: np.ndarray, second: np.ndarray, level: float = LEVEL) -> Interval | None:
    """Interval of the difference of means, unequal variances allowed (Welch); None with fewer than two each."""
    if min(len(first), len(second)) < 2:
        return None
    if np.ptp(first) == 0 and np.ptp(second) == 0:
        return (float(second[0] - first[0]),) * 2
    found = stats.ttest_ind(second, first, equal_var=False).confidence_interval(level)
    return float(found.low), float(found.high)


def cliffs_delta(first: np.ndarray, second: np.ndarray) -> float:
    """P(second > first) - P(second < first), -1 to 1 (Cliff 1993)."""
    ordered = np.sort(first)
    below, above = np.searchsorted(ordered, second, "left"), np.searchsorted(ordered, second, "right")
    return float((below - (len(first) - above)).sum() / (len(first) * len(second)))


def cliffs_delta_interval(first: np.ndarray, second: np.ndarray, level: float = LEVEL) -> Interval | None:
    """Cliff's asymmetric interval, which stays within -1 and 1 (Feng and Cliff 2004, equation 13).

    None with fewer than two each, or where the groups do not overlap: then its variance cannot be estimated.
    """
    n1, n2 = len(first), len(second)
    if min(n1, n2) < 2:
        return None
    error = _delta_error(first, second)
    delta = cliffs_delta(first, second)
    if error == 0:
        return None
    z = stats.norm.ppf((1 + level) / 2)
    root = z * error * np.sqrt((1 - delta**2) ** 2 + z**2 * error**2)
    scale = 1 - delta**2 + z**2 * error**2
    low, high = (delta - delta**3 - root) / scale, (delta - delta**3 + root) / scale
    return float(max(low, -1.0)), float(min(high, 1.0))


def _delta_error(first: np.ndarray, second: np.ndarray) -> float:
    """Standard error of Cliff's delta, consistent under unequal spreads (the Brunner-Munzel variance)."""
    rows, columns = _dominance(first, second), _dominance(second, first)
    return float(np.sqrt(np.var(rows, ddof=1) / len(first) + np.var(columns, ddof=1) / len(second)))


def _dominance(values: np.ndarray, others: np.ndarray) -> np.ndarray:
    """For each value: the share of others above it less the share below."""
    ordered = np.sort(others)
    above = len(others) - np.searchsorted(ordered, values, "right")
    return (above - np.searchsorted(ordered, values, "left")) / len(others)


def hedges_g(first: np.ndarray, second: np.ndarray, level: float = LEVEL) -> tuple[float | None, Interval | None]:
    """Standardized difference of means with the small-sample correction, and its interval (Hedges and Olkin 1985).

    (None, None) with fewer than two each or where nothing varies.
    """
    n1, n2 = len(first), len(second)
    if min(n1, n2) < 2:
        return None, None
    free = n1 + n2 - 2
    pooled = np.sqrt(((n1 - 1) * np.var(first, ddof=1) + (n2 - 1) * np.var(second, ddof=1)) / free)
    if pooled == 0:
        return None, None
    g = (1 - 3 / (4 * free - 1)) * (np.mean(second) - np.mean(first)) / pooled
    error = np.sqrt((n1 + n2) / (n1 * n2) + g**2 / (2 * (n1 + n2)))
    half_width = stats.norm.ppf((1 + level) / 2) * error
    return float(g), (float(g - half_width), float(g + half_width))


def between(scores: Mapping[Any, np.ndarray], seed: int) -> dict[str, Any]:
    """Kruskal-Wallis over all experiments and every pair compared, p values corrected by Holm per test."""
    overall = kruskal_wallis(list(scores.values()))
    pairs = list(combinations(scores, 2))
    found = [compare(scores[a], scores[b], seed) for a, b in pairs]
    permutation = holm([each.p_permutation for each in found])
    ranks = holm([each.p_brunner_munzel for each in found])
    return {
        "kruskal_wallis": None if overall is None else {"h": overall[0], "df": len(scores) - 1, "p": overall[1]},
        "pairs": [
            {
                "experiments": [a, b],
                **{name: list(v) if isinstance(v, tuple) else v for name, v in asdict(each).items()},
                "p_permutation_holm": p,
                "p_brunner_munzel_holm": q,
            }
            for (a, b), each, p, q in zip(pairs, found, permutation, ranks, strict=True)
        ],
    }
