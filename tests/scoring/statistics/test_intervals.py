"""Intervals of means, held against the t distribution and hand-made cases."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from scoring.statistics.intervals import bca, crossed_interval, expanded_level


def test_bca_of_what_does_not_vary_is_the_value_and_of_one_value_nothing() -> None:
    assert bca([4, 4, 4], 1) == (4.0, 4.0)
    assert bca([4], 1) is None


def test_bca_is_repeatable_and_holds_the_mean() -> None:
    values = np.random.default_rng(0).integers(5, 20, 15)
    low, high = bca(values, 7)
    assert (low, high) == bca(values, 7) and low < values.mean() < high


def test_bca_agrees_with_t_where_values_are_normal_and_many() -> None:
    values = np.random.default_rng(1).normal(10, 3, 400)
    t = stats.t.interval(0.95, 399, values.mean(), stats.sem(values))
    assert bca(values, 1) == pytest.approx(t, abs=0.06)


def test_few_values_widen_the_percentiles_as_t_does() -> None:
    # n = 7: t = 2.447, times sqrt(7/6) = 2.643, two-sided normal level .99178
    assert expanded_level(7) == pytest.approx(0.99178, abs=1e-4)
    assert expanded_level(100_000) == pytest.approx(0.95, abs=1e-4)


def test_large_groups_get_an_interval_too() -> None:
    values = np.random.default_rng(2).integers(0, 31, 6000)
    low, high = bca(values, 1)
    assert high - low == pytest.approx(2 * 1.96 * values.std() / np.sqrt(6000), rel=0.08)


def test_crossed_is_wider_where_questions_differ() -> None:
    rng = np.random.default_rng(0)
    matrix = np.clip(np.round(1.5 + rng.normal(0, 0.3, (40, 1)) + rng.normal(0, 0.9, (1, 10))), 0, 3) + np.zeros(
        (40, 10)
    )
    low, high = crossed_interval(matrix * 10, 1)
    one_low, one_high = bca(matrix.sum(axis=1), 1)
    assert low < matrix.mean() * 10 < high and high - low > 2 * (one_high - one_low)


def test_crossed_bears_missing_answers_and_says_nothing_of_one_row() -> None:
    matrix = np.array([[1.0, np.nan, 3], [2, 2, np.nan], [0, 1, 2]])
    low, high = crossed_interval(matrix, 1)
    assert low < np.nanmean(matrix) < high
    assert crossed_interval(matrix[:1], 1) is None
