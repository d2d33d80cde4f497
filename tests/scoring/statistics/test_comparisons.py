"""Tests and effect sizes between groups, held against scipy and hand-made cases."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from scoring.statistics.comparisons import (
    brunner_munzel_p,
    cliffs_delta,
    cliffs_delta_interval,
    compare,
    hedges_g,
    kruskal_wallis,
    welch_interval,
)
from scoring.statistics.corrections import holm
from scoring.statistics.permutation import permutation_p

A, B = np.array([10.0, 12, 9, 11, 14, 8, 13]), np.array([13.0, 15, 12, 16, 14, 17, 11, 18])


def test_comparisons_agree_with_scipy() -> None:
    assert brunner_munzel_p([(A, B)]) == pytest.approx(stats.brunnermunzel(A, B).pvalue)
    assert kruskal_wallis([A, B]) == pytest.approx(tuple(stats.kruskal(A, B)))
    exact = stats.permutation_test((A, B), lambda x, y: y.mean() - x.mean(), n_resamples=np.inf)
    assert permutation_p(A, B, 1) == pytest.approx(exact.pvalue)
    large = np.random.default_rng(0).integers(5, 20, (2, 25)) + np.array([[0.0], [1.5]])
    drawn = stats.permutation_test(tuple(large), lambda x, y: y.mean() - x.mean(), n_resamples=9999, rng=1)
    assert permutation_p(*large, 1) == pytest.approx(drawn.pvalue, abs=0.015)
    t = stats.ttest_ind(B, A, equal_var=False).confidence_interval()
    assert welch_interval([(A, B)]) == pytest.approx((t.low, t.high))


def test_permutation_p_of_whole_totals_is_exact_whatever_the_seed() -> None:
    # 14 and 15 values have 77,558,760 labellings: far more than are drawn, and yet every one is counted.
    rng = np.random.default_rng(0)
    for n1, n2, shift in [(2, 2, 0), (3, 9, 2), (9, 3, 2), (14, 15, 2)]:
        first, second = rng.integers(5, 20, n1).astype(float), rng.integers(5, 20, n2) + float(shift)
        assert permutation_p(first, second, 1) == permutation_p(first, second, 2)
        assert permutation_p(first, second, 1) == pytest.approx(permutation_p(second, first, 1), rel=1e-12)
    for first, second in [(A, B), (A[:3], B), (A, B[:2]), (np.full(5, 3.0), np.full(4, 3.0))]:
        exact = stats.permutation_test((first, second), lambda x, y: y.mean() - x.mean(), n_resamples=np.inf)
        assert permutation_p(first, second, 1) == pytest.approx(exact.pvalue, rel=1e-12)
    # Two groups of 20 apart: 2 of 137,846,528,820 labellings, which no number of draws finds.
    apart = permutation_p(np.full(20, 10.0), np.full(20, 11.0), 1)
    assert apart == pytest.approx(2 / 137_846_528_820, rel=1e-12)


def test_permutation_p_of_many_or_broken_totals_is_drawn_near_the_exact_one() -> None:
    rng = np.random.default_rng(3)
    first, second = rng.integers(5, 20, 30) + 0.0, rng.integers(6, 21, 30) + 0.0
    exact = permutation_p(first, second, 1)
    # The same totals in ninths are no whole numbers: 20,000 drawn labellings have a standard error of sqrt(p (1 - p) / 20000).
    drawn = permutation_p(first / 9, second / 9, 1)
    assert drawn != exact and abs(drawn - exact) < 5 * 2 * np.sqrt(exact / 2 / 20_000)
    many = permutation_p(np.tile(first, 100), np.tile(second, 100), 1)
    assert many == pytest.approx(2 / 20_001)  # of all draws none is as far apart


def test_holm_by_hand() -> None:
    assert holm([0.01, None, 0.04, 0.03]) == pytest.approx([0.03, None, 0.06, 0.06])
    assert holm([None]) == [None]


def test_cliffs_delta_by_counting_pairs() -> None:
    pairs = np.sign(B[None, :] - A[:, None])
    assert cliffs_delta([(A, B)]) == pytest.approx(pairs.mean())
    assert cliffs_delta([(A, A)]) == 0 and cliffs_delta([(A, A + 100)]) == 1
    low, high = cliffs_delta_interval([(A, B)])
    assert -1 <= low < pairs.mean() < high <= 1
    assert cliffs_delta_interval([(A, A + 100)]) is None


def test_hedges_g_by_hand() -> None:
    # Means 11 and 14.5, variances 28/6 and 42/7: pooled variance (28 + 42)/13, correction 1 - 3/51.
    g, (low, high) = hedges_g([(A, B)])
    assert g == pytest.approx((1 - 3 / 51) * 3.5 / np.sqrt(70 / 13))
    assert low < g < high


def test_groups_too_small_or_all_alike_say_nothing() -> None:
    one = compare([(np.array([3.0]), np.array([5.0]))], 1)
    assert (one.difference, one.interval, one.p_permutation, one.p_brunner_munzel, one.hedges_g) == (
        2,
        None,
        None,
        None,
        None,
    )
    alike = compare([(np.full(4, 10.0), np.full(5, 10.0))], 1)
    assert alike.p_permutation == 1 and alike.p_brunner_munzel is None and alike.interval == (0, 0)
    assert kruskal_wallis([A]) is None and kruskal_wallis([np.full(3, 1.0)] * 2) is None
