"""Participants who answer one set of questions each: everything is compared within sets, and is what it was with one."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest

from scoring.statistics.comparisons import cliffs_delta, compare, hedges_g, kruskal_wallis, strata_of, welch_interval
from scoring.statistics.intervals import _variance_of_mean, aligned, bca
from scoring.statistics.items import corrected_item_total, cronbach_alpha, fixed_order
from scoring.statistics.permutation import stratified_p

A = [np.array([10.0, 12, 9]), np.array([20.0, 22])]
B = [np.array([13.0, 11]), np.array([25.0, 21, 24])]
STRATA = list(zip(A, B, strict=True))


def test_without_sets_or_with_one_nothing_changes() -> None:
    first, second = np.concatenate(A), np.concatenate(B)
    plain = compare([(first, second)], 1)
    assert compare(strata_of(first, second, np.ones(5), np.ones(5)), 1) == plain
    assert kruskal_wallis([first, second], [np.ones(5), np.ones(5)]) == kruskal_wallis([first, second])
    assert (aligned(first, np.ones(5)) == first).all()


def test_labels_are_exchanged_within_sets_only() -> None:
    # By enumeration: which two of five, and which three of five, are the second group's.
    sums = [
        sum(one) + sum(other)
        for one, other in product(combinations(np.r_[A[0], B[0]], 2), combinations(np.r_[A[1], B[1]], 3))
    ]
    observed = B[0].sum() + B[1].sum()
    tails = np.mean([s <= observed for s in sums]), np.mean([s >= observed for s in sums])
    assert stratified_p(STRATA, 1) == pytest.approx(2 * min(tails), rel=1e-12)
    # Broken totals are drawn: 20,000 labellings have a standard error of sqrt(p (1 - p) / 20000) in each tail.
    drawn = stratified_p([(a / 9, b / 9) for a, b in STRATA], 1)
    assert abs(drawn - 2 * min(tails)) < 5 * 2 * np.sqrt(min(tails) / 20_000)


def test_a_difference_of_difficulty_between_sets_is_no_difference_between_conditions() -> None:
    # The second group has more participants in the easy set; within sets nobody differs.
    first, second = np.array([5.0, 7, 5, 7, 25, 27]), np.array([5.0, 7, 25, 27, 25, 27])
    sets = np.array([1, 1, 1, 1, 2, 2]), np.array([1, 1, 2, 2, 2, 2])
    found = compare(strata_of(first, second, *sets), 1)
    assert found.difference == pytest.approx(0) and found.p_permutation == 1 and found.cliffs_delta == 0
    assert compare([(first, second)], 1).difference > 6
    h, p = kruskal_wallis([first, second], list(sets))
    assert h == pytest.approx(0) and p == pytest.approx(1)


def test_differences_are_those_of_a_linear_model_with_an_effect_of_the_set() -> None:
    y = np.concatenate([*A, *B])
    group = np.repeat([0.0, 1], 5)
    sets = np.array([0, 0, 0, 1, 1, 0, 0, 1, 1, 1])
    design = np.stack([group, sets == 0, sets == 1], axis=1).astype(float)
    slope = np.linalg.lstsq(design, y, rcond=None)[0][0]
    assert compare(STRATA, 1).difference == pytest.approx(slope)
    low, high = welch_interval(STRATA)
    assert low < slope < high
    assert -1 <= cliffs_delta(STRATA) <= 1 and hedges_g(STRATA)[0] > 0


def test_groups_without_a_common_set_are_not_compared() -> None:
    assert compare(strata_of(A[0], B[0], np.ones(3), np.full(2, 2)), 1) is None
    # One participant of each condition in a set says nothing of the spread.
    single = compare([(np.array([3.0]), np.array([5.0])), (np.array([4.0]), np.array([7.0]))], 1)
    assert (single.interval, single.p_brunner_munzel, single.hedges_g) == (None, None, None)
    assert single.difference == 2.5 and single.p_permutation == 0.5


def test_an_interval_of_participants_leaves_the_spread_of_sets_out() -> None:
    rng = np.random.default_rng(0)
    sets = np.repeat(np.arange(8), 12)
    values = rng.normal(0, 1, 96) + 10.0 * sets
    low, high = bca(aligned(values, sets), 1)
    assert low < values.mean() < high and high - low == pytest.approx(2 * 1.99 / np.sqrt(96), rel=0.2)
    within = np.concatenate([values[sets == s] - values[sets == s].mean() for s in range(8)])
    assert aligned(values, sets).var(ddof=1) == pytest.approx((within**2).sum() / (96 - 8))


def test_the_variance_of_a_mean_is_unbiased_where_participants_are_nested_in_sets() -> None:
    rng = np.random.default_rng(1)
    known = np.full((24, 20), np.nan)
    for s in range(4):
        known[6 * s : 6 * s + 6, 5 * s : 5 * s + 5] = 0
    drawn = [
        known + rng.normal(0, 0.5, (24, 1)) + rng.normal(0, 0.8, (1, 20)) + rng.normal(0, 1, known.shape)
        for _ in range(2000)
    ]
    expected = 0.25 / 24 + 0.64 / 20 + 1 / 120
    found = np.array([_variance_of_mean(each)[0] for each in drawn])
    assert abs(found.mean() - expected) < 4 * found.std() / np.sqrt(len(found)) < 0.1 * expected


def two_sets(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two complete tables as one [P, Q] with NaN between, and the set of each question."""
    rows, columns = len(first) + len(second), first.shape[1] + second.shape[1]
    table = np.full((rows, columns), np.nan)
    table[: len(first), : first.shape[1]] = first
    table[len(first) :, first.shape[1] :] = second
    return table, np.repeat([1, 2], [first.shape[1], second.shape[1]])


def test_items_are_judged_among_those_of_their_set() -> None:
    rng = np.random.default_rng(2)
    first, second = (rng.integers(0, 4, (n, 4)) + rng.integers(0, 3, (n, 1)) + 0.0 for n in (20, 20))
    table, sets = two_sets(first, second)
    assert corrected_item_total(table, sets) == pytest.approx(
        np.r_[corrected_item_total(first), corrected_item_total(second)]
    )
    assert np.isnan(corrected_item_total(table)).all()  # as one set nobody is complete
    twice, _ = two_sets(first, first)
    assert cronbach_alpha(twice, sets) == pytest.approx(cronbach_alpha(first))
    assert cronbach_alpha(table) is None


def test_a_fixed_order_is_one_in_every_set() -> None:
    order = np.tile(np.arange(1.0, 5), (3, 1))
    table, sets = two_sets(order, order[:, ::-1])
    assert fixed_order(table, sets)
    table[0, :4] = [2, 1, 3, 4]
    assert not fixed_order(table, sets)
