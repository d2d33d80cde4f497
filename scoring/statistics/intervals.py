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


def crossed(matrix: np.ndarray, seed: int, resamples: int = RESAMPLES, level: float = LEVEL) -> Interval | None:
    """Interval of the mean of a participant x question table when both are a sample of many more.

    matrix: [P, Q], NaN where a question was not answered. Rows and columns are drawn with putting back, independently
    (Owen 2007, 'The pigeonhole bootstrap'; McCarthy 1969 for its slight conservatism), and the percentiles are expanded
    by the smaller of the two counts. None with fewer than two of either.
    """
    people, questions = matrix.shape
    if people < 2 or questions < 2:
        return None
    rng = np.random.default_rng(seed)
    known = (~np.isnan(matrix)).astype(float)
    filled = np.nan_to_num(matrix)
    means = np.empty(resamples)
    step = max(1, 4_000_000 // people)
    for start in range(0, resamples, step):
        count = min(step, resamples - start)
        rows = rng.multinomial(people, np.full(people, 1 / people), size=count).astype(float)  # [R, P]
        columns = rng.multinomial(questions, np.full(questions, 1 / questions), size=count).astype(float)  # [R, Q]
        weight = ((rows @ known) * columns).sum(axis=1)
        means[start : start + count] = ((rows @ filled) * columns).sum(axis=1) / np.maximum(weight, 1)
    tail = (1 - expanded_level(min(people, questions), level)) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)
