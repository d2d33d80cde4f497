"""The I-metric's chance distribution, held against enumeration."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from scipy.stats import hypergeom

from scoring.statistics.chance import at_least, chance, chance_of_sizes, mean_and_sd, p_against_chance, sum_of

from ..conftest import make_key


def enumerated(sizes: list[tuple[int, int, int]]) -> np.ndarray:
    """Every way of picking in every question, counted."""
    each = [
        [len(set(picks) & set(range(answers))) for picks in combinations(range(options), count)]
        for options, answers, count in sizes
    ]
    totals = [sum(way) for way in product(*each)]
    return np.bincount(totals, minlength=sum(min(a, p) for _, a, p in sizes) + 1) / len(totals)


@pytest.mark.parametrize("sizes", [[(9, 3, 3)], [(9, 3, 3)] * 2, [(5, 2, 3), (4, 1, 1), (6, 3, 2)], [(3, 2, 3)]])
def test_chance_is_what_enumeration_gives(sizes) -> None:
    assert chance(sizes) == pytest.approx(enumerated(sizes), abs=1e-12)


def test_ten_questions_have_the_known_tails() -> None:
    distribution = chance_of_sizes(make_key().sizes)
    assert len(distribution) == 31 and distribution.sum() == pytest.approx(1)
    assert mean_and_sd(distribution) == pytest.approx((10, np.sqrt(5)))
    assert at_least(distribution, 14) == pytest.approx(0.059, abs=5e-4)
    assert at_least(distribution, 15) == pytest.approx(0.023, abs=5e-4)


def test_everything_right_has_the_probability_of_one_way_in_all() -> None:
    assert chance_of_sizes(make_key().sizes)[30] == pytest.approx((1 / 84) ** 10, rel=1e-9)


def test_the_sum_over_participants_is_the_distribution_of_as_many_questions() -> None:
    assert sum_of(chance([(9, 3, 3)]), 7) == pytest.approx(chance([(9, 3, 3)] * 7), abs=1e-13)
    assert sum_of(chance([(9, 3, 3)]), 0) == pytest.approx([1.0])


def test_long_sums_keep_mean_and_spread() -> None:
    mean, sd = mean_and_sd(sum_of(chance_of_sizes(make_key().sizes), 3000))
    assert mean == pytest.approx(30_000, rel=1e-6) and sd == pytest.approx(np.sqrt(5 * 3000), rel=1e-4)


def test_p_of_one_participant_is_the_hypergeometric_tail() -> None:
    one = chance([(9, 3, 3)])
    assert p_against_chance([2], one) == pytest.approx(hypergeom(9, 3, 3).sf(1))
    assert p_against_chance([0], one) == 1.0


def test_blind_participants_are_found_significant_no_more_often_than_said() -> None:
    rng = np.random.default_rng(3)
    distribution = chance_of_sizes(make_key().sizes)
    totals = rng.choice(31, size=(2000, 8), p=distribution)
    p = np.array([p_against_chance(row, distribution) for row in totals])
    assert 0.03 < (p < 0.05).mean() < 0.055  # exact, so never above; discrete, so somewhat below
