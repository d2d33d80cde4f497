"""Intervals for means: over participants (BCa), and over participants and questions at once (crossed bootstrap)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import sparse, stats
from scipy.sparse.csgraph import connected_components

Interval = tuple[float, float]
RESAMPLES = 5000
LEVEL = 0.95


def expanded_level(count: int, level: float = LEVEL) -> float:
    """The percentile level at which a bootstrap of `count` values covers `level`.

    A bootstrap percentile interval of few values is too short, by sqrt((n-1)/n) and by the normal in place of t
    (Hesterberg 2015, 'What teachers should know about the bootstrap', section 4.3: expanded percentiles).
    """
    if count < 2:
        raise ValueError("an interval needs at least two values")
    t = stats.t.ppf((1 + level) / 2, count - 1) * np.sqrt(count / (count - 1))
    return float(min(1 - 2 * stats.norm.sf(t), 1 - 1e-9))


def bca(
    values: Sequence[float] | np.ndarray,
    seed: int,
    statistic: Callable[..., Any] = np.mean,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
) -> Interval | None:
    """Bias-corrected and accelerated bootstrap interval of a statistic over independent values, expanded for few.

    values: one per participant. None for fewer than two; the value twice where all are equal (nothing varies).
    Source: Efron 1987, as in scipy.stats.bootstrap.
    """
    values = np.asarray(values, dtype=float)
    if len(values) < 2:
        return None
    if np.all(values == values[0]):
        point = float(statistic(values))
        return point, point
    # Beyond some thousand values the correction is smaller than the resampling error and costs n squared.
    method = "BCa" if len(values) <= 2000 else "percentile"
    found = stats.bootstrap(
        (values,), statistic, n_resamples=resamples, confidence_level=expanded_level(len(values), level),
        method=method, rng=np.random.default_rng(seed), batch=max(1, 2_000_000 // len(values)), vectorized=True,
    ).confidence_interval  # fmt: skip
    return float(found.low), float(found.high)


def aligned(values: np.ndarray, sets: np.ndarray) -> np.ndarray:
    """Values of participants with the differences between the sets they answered taken off: an interval of their mean
    is one over people who are dealt to these same sets in these same numbers.

    values, sets: [P]. Each set's mean gives way to the mean of all, which stays as it is; deviations are scaled so that
    their variance is the pooled one within sets. Unchanged with one set, or where no set has two participants.
    """
    names, place = np.unique(sets, return_inverse=True)
    freedom = len(values) - len(names)
    if len(names) < 2 or freedom < 1:
        return values
    means = np.bincount(place, values) / np.bincount(place)
    return values.mean() + (values - means[place]) * np.sqrt((len(values) - 1) / freedom)


def crossed_interval(
    matrix: np.ndarray, seed: int, resamples: int = RESAMPLES, level: float = LEVEL
) -> Interval | None:
    """Interval of the mean of a participant x question table when both are a sample of many more.

    matrix: [P, Q], NaN where a question was not answered, or not asked of those who had another set. Rows and columns
    are drawn with putting back, independently (Owen 2007, 'The pigeonhole bootstrap'). That counts the residual
    variance about three times; the deviations are therefore scaled to an unbiased variance of the mean of crossed
    random effects, and the percentiles expanded by the t distribution with Satterthwaite's degrees of freedom. None
    with fewer than two rows or columns.
    """
    people, questions = matrix.shape
    if people < 2 or questions < 2:
        return None
    rng = np.random.default_rng(seed)
    known = (~np.isnan(matrix)).astype(float)
    filled = np.nan_to_num(matrix)
    mean = float(filled.sum() / known.sum())
    means = np.empty(resamples)
    step = max(1, 4_000_000 // people)
    for start in range(0, resamples, step):
        count = min(step, resamples - start)
        rows = rng.multinomial(people, np.full(people, 1 / people), size=count).astype(float)  # [R, P]
        columns = rng.multinomial(questions, np.full(questions, 1 / questions), size=count).astype(float)  # [R, Q]
        weight = ((rows @ known) * columns).sum(axis=1)
        means[start : start + count] = ((rows @ filled) * columns).sum(axis=1) / np.maximum(weight, 1)
    spread = float(means.std())
    variance, freedom = _variance_of_mean(matrix)
    if spread == 0 or variance <= 0:
        return mean, mean
    tail = stats.norm.sf(stats.t.ppf((1 + level) / 2, freedom))
    low, high = (np.quantile(means, [max(tail, 1e-9), 1 - tail]) - means.mean()) * np.sqrt(variance) / spread
    return mean + float(low), mean + float(high)


def _variance_of_mean(matrix: np.ndarray) -> tuple[float, float]:
    """Unbiased variance of the mean of crossed random effects, and Satterthwaite's degrees of freedom.

    Whichever cells are there: the sums of squares within rows, within columns and in total are three equations for the
    variances of rows, columns and the rest (Gao and Owen 2017, 'Efficient moment calculations for variance components
    in large unbalanced crossed random effects models'). In a complete table that is the analysis of variance:
    (MS_rows + MS_columns - MS_residual) / (P Q), Searle 1971, chapter 9. At least the part of the residual.
    """
    known = ~np.isnan(matrix)
    matrix, known = matrix[known.any(axis=1)][:, known.any(axis=0)], known[known.any(axis=1)][:, known.any(axis=0)]
    filled = np.where(known, matrix, 0.0)
    by_row, by_column, count = known.sum(axis=1), known.sum(axis=0), int(known.sum())
    square = float((filled**2).sum())
    within_rows = square - float((filled.sum(axis=1) ** 2 / by_row).sum())
    within_columns = square - float((filled.sum(axis=0) ** 2 / by_column).sum())
    total = square - float(filled.sum()) ** 2 / count
    people, questions = matrix.shape
    row_part, column_part = float((by_row**2).sum()) / count, float((by_column**2).sum()) / count
    equations = np.array(
        [
            [0, count - people, count - people],
            [count - questions, 0, count - questions],
            [count - row_part, count - column_part, count - 1],
        ],
        dtype=float,
    )
    between_rows, between_columns, residual = np.linalg.lstsq(
        equations, np.array([within_rows, within_columns, total]), rcond=None
    )[0]
    residual = max(residual, 0.0)
    rows, columns = residual + between_rows * row_part, residual + between_columns * column_part
    combined = max(rows + columns - residual, residual)
    if combined <= 1e-12 * square:  # nothing varies but in the last digits
        return 0.0, 1.0
    # Rows and columns that no cell connects tell of their variances within each such part only.
    parts = connected_components(sparse.bmat([[None, sparse.csr_array(known)], [sparse.csr_array(known.T), None]]))[0]
    free_rows, free_columns = (max(size - parts, parts - 1, 1) for size in (people, questions))
    free = max(count - people - questions + parts, 1)
    noise = rows**2 / free_rows + columns**2 / free_columns + residual**2 / free
    return float(combined / count), float(max(1.0, combined**2 / noise))
