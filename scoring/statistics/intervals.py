"""Intervals for means: over participants (BCa), and over participants and questions at once (crossed bootstrap)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import stats

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


def crossed_interval(
    matrix: np.ndarray, seed: int, resamples: int = RESAMPLES, level: float = LEVEL
) -> Interval | None:
    """Interval of the mean of a participant x question table when both are a sample of many more.

    matrix: [P, Q], NaN where a question was not answered. Rows and columns are drawn with putting back, independently
    (Owen 2007, 'The pigeonhole bootstrap'). That counts the residual variance about three times; the deviations are
    therefore scaled to the unbiased variance of a two-way random-effects layout, and the percentiles expanded by the t
    distribution with Satterthwaite's degrees of freedom. None with fewer than two rows or columns.
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
    """Unbiased variance of the mean of a crossed random layout, and Satterthwaite's degrees of freedom.

    (MS_rows + MS_columns - MS_residual) / (P Q), Searle 1971, chapter 9; at least MS_residual / (P Q). Missing cells
    are filled by their row's and column's means.
    """
    people, questions = matrix.shape
    total = np.nanmean(matrix)
    row_means, column_means = np.nanmean(matrix, axis=1), np.nanmean(matrix, axis=0)
    column_means = np.where(np.isnan(column_means), total, column_means)
    additive = row_means[:, None] + column_means - total
    cells = np.where(np.isnan(matrix), additive, matrix)
    row_means, column_means, total = cells.mean(axis=1), cells.mean(axis=0), cells.mean()
    rows = questions * ((row_means - total) ** 2).sum() / (people - 1)
    columns = people * ((column_means - total) ** 2).sum() / (questions - 1)
    free = (people - 1) * (questions - 1)
    residual = ((cells - row_means[:, None] - column_means + total) ** 2).sum() / free
    combined = max(rows + columns - residual, residual)
    if combined <= 0:
        return 0.0, 1.0
    noise = rows**2 / (people - 1) + columns**2 / (questions - 1) + residual**2 / free
    return float(combined / (people * questions)), float(max(1.0, combined**2 / noise))
