"""Intervals, tests, effect sizes and item analysis, held against references and hand-made cases."""

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
    holm,
    kruskal_wallis,
    permutation_p,
    welch_interval,
)
from scoring.statistics.intervals import bca, crossed, expanded_level
from scoring.statistics.items import (
    agreement,
    corrected_item_total,
    cronbach_alpha,
    fixed_order,
    krippendorff_alpha,
    learning,
    resolution,
)


# Intervals
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
    low, high = crossed(matrix * 10, 1)
    one_low, one_high = bca(matrix.sum(axis=1), 1)
    assert low < matrix.mean() * 10 < high and high - low > 2 * (one_high - one_low)


def test_crossed_bears_missing_answers_and_says_nothing_of_one_row() -> None:
    matrix = np.array([[1.0, np.nan, 3], [2, 2, np.nan], [0, 1, 2]])
    low, high = crossed(matrix, 1)
    assert low < np.nanmean(matrix) < high
    assert crossed(matrix[:1], 1) is None


# Comparisons
A, B = np.array([10.0, 12, 9, 11, 14, 8, 13]), np.array([13.0, 15, 12, 16, 14, 17, 11, 18])


def test_comparisons_agree_with_scipy() -> None:
    assert brunner_munzel_p(A, B) == pytest.approx(stats.brunnermunzel(A, B).pvalue)
    assert kruskal_wallis([A, B]) == pytest.approx(tuple(stats.kruskal(A, B)))
    exact = stats.permutation_test((A, B), lambda x, y: y.mean() - x.mean(), n_resamples=np.inf)
    assert permutation_p(A, B, 1) == pytest.approx(exact.pvalue)
    large = np.random.default_rng(0).integers(5, 20, (2, 25)) + np.array([[0.0], [1.5]])
    drawn = stats.permutation_test(tuple(large), lambda x, y: y.mean() - x.mean(), n_resamples=9999, rng=1)
    assert permutation_p(*large, 1) == pytest.approx(drawn.pvalue, abs=0.015)
    t = stats.ttest_ind(B, A, equal_var=False).confidence_interval()
    assert welch_interval(A, B) == pytest.approx((t.low, t.high))


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
    assert cliffs_delta(A, B) == pytest.approx(pairs.mean())
    assert cliffs_delta(A, A) == 0 and cliffs_delta(A, A + 100) == 1
    low, high = cliffs_delta_interval(A, B)
    assert -1 <= low < pairs.mean() < high <= 1
    assert cliffs_delta_interval(A, A + 100) is None


def test_hedges_g_by_hand() -> None:
    # Means 11 and 14.5, variances 28/6 and 42/7: pooled variance (28 + 42)/13, correction 1 - 3/51.
    g, (low, high) = hedges_g(A, B)
    assert g == pytest.approx((1 - 3 / 51) * 3.5 / np.sqrt(70 / 13))
    assert low < g < high


def test_groups_too_small_or_all_alike_say_nothing() -> None:
    one = compare(np.array([3.0]), np.array([5.0]), 1)
    assert (one.difference, one.interval, one.p_permutation, one.p_brunner_munzel, one.hedges_g) == (
        2,
        None,
        None,
        None,
        None,
    )
    alike = compare(np.full(4, 10.0), np.full(5, 10.0), 1)
    assert alike.p_permutation == 1 and alike.p_brunner_munzel is None and alike.interval == (0, 0)
    assert kruskal_wallis([A]) is None and kruskal_wallis([np.full(3, 1.0)] * 2) is None


# Items
def test_cronbach_alpha_of_equal_questions_is_one_and_of_unrelated_ones_about_zero() -> None:
    people = np.random.default_rng(0).integers(0, 4, (300, 1))
    assert cronbach_alpha(np.repeat(people, 5, axis=1).astype(float)) == pytest.approx(1)
    noise = np.random.default_rng(1).integers(0, 4, (5000, 8)).astype(float)
    assert abs(cronbach_alpha(noise)) < 0.08
    assert cronbach_alpha(noise[:1]) is None and cronbach_alpha(np.ones((4, 3))) is None


def test_item_total_is_the_correlation_with_the_others() -> None:
    matrix = np.random.default_rng(4).integers(0, 4, (30, 3)).astype(float)
    expected = np.corrcoef(matrix[:, 0], matrix[:, 1] + matrix[:, 2])[0, 1]
    assert corrected_item_total(matrix)[0] == pytest.approx(expected)
    matrix[:, 1] = 2
    assert np.isnan(corrected_item_total(matrix)[1])


def test_krippendorff_alpha_of_the_published_example() -> None:
    # Krippendorff (2011), 'Computing Krippendorff's alpha-reliability', nominal data of four observers: .743.
    units = ["111", "2223", "3333", "3333", "2222", "1234", "4444", "1121", "2222", "555", "11", "3"]
    counts = np.array([[unit.count(str(value)) for value in range(1, 6)] for unit in units])
    assert krippendorff_alpha(counts) == pytest.approx(0.743, abs=5e-4)


def test_agreement_runs_from_chance_to_one() -> None:
    assert agreement(np.array([10, 10, 10, 0, 0, 0, 0, 0, 0]), np.full(9, 10)) == pytest.approx(1)
    rng = np.random.default_rng(0)
    blind = sum(np.bincount(rng.choice(90, 30, replace=False), minlength=90) for _ in range(200))
    assert abs(agreement(blind, np.full(90, 200))) < 0.02
    assert agreement(np.array([1, 1, 1]), np.array([1, 1, 1])) is None


def orders(people: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.stack([rng.permutation(10) + 1.0 for _ in range(people)])


def test_learning_finds_a_slope_put_in_and_none_where_questions_differ_only() -> None:
    positions = orders(60, 0)
    rng = np.random.default_rng(1)
    difficulty = rng.normal(0, 1, 10)
    matched = 1 + difficulty + rng.normal(0, 0.3, (60, 10))
    assert abs(learning(matched, positions, 1).mean) < 0.02
    trend = learning(matched + 0.1 * positions, positions, 1)
    assert trend.mean == pytest.approx(0.1, abs=0.02) and trend.p < 1e-6 and trend.participants == 60
    assert trend.interval[0] < 0.1 < trend.interval[1]


def test_the_slope_of_few_participants_is_not_drawn_towards_zero_by_their_own_part_in_the_difficulty() -> None:
    rng = np.random.default_rng(5)
    means = []
    for _ in range(2000):
        positions = np.stack([rng.permutation(10) + 1.0 for _ in range(3)])
        matched = rng.normal(0, 1, 10) + 0.2 * positions + rng.normal(0, 0.1, (3, 10))
        means.append(learning(matched, positions, 1).mean)
    error = np.std(means) / np.sqrt(len(means))
    assert abs(np.mean(means) - 0.2) < 4 * error < 0.02
    assert learning(matched[:1], positions[:1], 1) is None  # one person alone: learning is not told from difficulty


def test_a_fixed_order_is_told() -> None:
    assert fixed_order(np.tile(np.arange(1.0, 11), (5, 1)))
    assert not fixed_order(orders(5, 0))


def test_gamma_by_hand() -> None:
    # Pairs: (1,0)-(2,1) alike, (1,0)-(3,0) tied, (2,1)-(3,0) unlike: gamma 0; the second person's all alike: 1.
    confidence, matched = np.array([[1.0, 2, 3], [1, 2, 3]]), np.array([[0.0, 1, 0], [0, 1, 2]])
    found = resolution(confidence, matched, 1)
    assert found.mean == pytest.approx(0.5) and found.participants == 2
    assert resolution(np.full((2, 3), 2.0), matched, 1) is None
