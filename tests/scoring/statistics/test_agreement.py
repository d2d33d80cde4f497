"""Agreement of programs with people: formulas by hand, and people simulated with known agreement."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from scoring.statistics.agreement import (
    People,
    calibration,
    inclusion,
    kendall,
    over_options,
    over_questions,
    spearman,
)

ANSWER = np.arange(9) < 3


def drawn(probabilities: list[np.ndarray], people: int, rng: np.random.Generator, picks: int = 3) -> People:
    """People who pick by these probabilities, all of one set."""
    tables = []
    for own in probabilities:
        scores = np.log(own) + rng.gumbel(size=(people, len(own)))
        table = np.zeros((people, len(own)))
        np.put_along_axis(table, np.argsort(-scores, axis=1)[:, :picks], 1, axis=1)
        tables.append(table)
    return People(np.ones(people, dtype=int), tables)


def questions(count: int, seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    scores = rng.normal(0, 1.2, (count, 9)) + ANSWER * rng.normal(0.5, 1, (count, 1))
    return [np.exp(own) / np.exp(own).sum() for own in scores]


@pytest.mark.parametrize(("options", "picks"), [(2, 1), (5, 2), (9, 3), (4, 3)])
def test_inclusion_is_that_of_all_orders_of_picking(options, picks) -> None:
    probabilities = np.random.default_rng(options).dirichlet(np.full(options, 0.4))
    expected = np.zeros(options)
    for order in permutations(range(options), picks):
        chance, left = 1.0, 1.0
        for k in order:
            chance, left = chance * probabilities[k] / left, left - probabilities[k]
        expected[list(order)] += chance
    assert inclusion(probabilities, picks) == pytest.approx(expected, abs=1e-9)


def test_an_option_of_no_probability_is_never_picked_while_others_are_left() -> None:
    assert inclusion(np.array([0.5, 0.5, 0.0, 0.0]), 2) == pytest.approx([1, 1, 0, 0], abs=1e-9)
    assert inclusion(np.full(6, 1 / 6), 2) == pytest.approx([1 / 3] * 6, abs=1e-9)


def test_rank_correlations_are_scipys_with_ties_and_none_of_what_is_constant() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 4, (20, 9)).astype(float), rng.normal(size=9)
    for own, rho, tau in zip(a, spearman(a, b), kendall(a, b), strict=True):
        assert rho == pytest.approx(stats.spearmanr(own, b).statistic, abs=1e-12)
        assert tau == pytest.approx(stats.kendalltau(own, b).statistic, abs=1e-12)
    for correlation in (spearman, kendall):
        assert np.isnan(correlation(np.ones(4), np.arange(4.0))) and np.isnan(correlation(np.arange(4.0), np.ones(4)))
        assert np.isnan(correlation(np.array([1, np.nan, 2]), np.arange(3.0)))


def test_people_drawn_from_a_programs_probabilities_agree_up_to_the_ceiling() -> None:
    own = questions(20, 1)
    people = drawn(own, 40, np.random.default_rng(2))
    found, each = over_options(people, own, 1)
    assert found.questions == len(each) == 20
    # With ranks the formula is near and not exact: a little of the ceiling is out of reach (docs/scoring.md).
    assert 0.9 * found.ceiling < found.spearman < found.ceiling < 1
    assert found.reliability == pytest.approx(found.ceiling**2)
    assert found.spearman_interval[0] < found.spearman < found.spearman_interval[1]
    assert found.spearman == pytest.approx(np.mean([question.spearman for question in each]))
    expected = np.array([inclusion(p, 3)[ANSWER].mean() for p in own])
    hard = over_questions(people, [ANSWER] * 20, expected, 1)
    assert hard.questions == 20 and 0.9 * hard.ceiling < hard.spearman < 1
    curve = calibration(people, [inclusion(p, 3) for p in own], 1)
    assert len(curve.bins) == 10 and sum(each.options for each in curve.bins) == 180
    # Ten intervals of 95 %: six or fewer hold the truth once in 900 studies of independent ones.
    assert sum(b.interval[0] <= b.probability <= b.interval[1] for b in curve.bins) >= 7
    # Slope 1: a table of 180 rates, each with a variance of at most 1/4 over 40 people.
    said = np.concatenate([inclusion(p, 3) for p in own])
    assert abs(curve.slope - 1) < 4 * np.sqrt(0.25 / 40 / ((said - said.mean()) ** 2).sum())


def test_people_and_a_program_that_knows_nothing_of_them_do_not_agree() -> None:
    rng = np.random.default_rng(3)
    own = questions(40, 1)
    people = drawn(own, 20, rng)
    strangers = [rng.permutation(p) for p in own]
    found, _ = over_options(people, strangers, 1)
    # A permuted order of nine has correlation 0 with variance 1/8, and a mean over 40 questions a 40th of that.
    assert abs(found.spearman) < 4 * np.sqrt(1 / 8 / 40) and found.ceiling > 0.8
    curve = calibration(people, [inclusion(p, 3) for p in strangers], 1)
    # The slope of rates on what is permuted has variance: that of rates over that of what is said, over all options.
    assert abs(curve.slope) < 4 / np.sqrt(8 * 40) * 1.5


def test_who_is_too_sure_has_a_slope_below_one() -> None:
    own = questions(20, 1)
    people = drawn(own, 40, np.random.default_rng(2))
    sharper = [p**2 / (p**2).sum() for p in own]
    curve = calibration(people, [inclusion(p, 3) for p in sharper], 1)
    assert curve.slope_interval[1] < 1
    assert over_options(people, sharper, 1)[0].spearman == pytest.approx(over_options(people, own, 1)[0].spearman)


def test_sets_are_resampled_and_halved_each() -> None:
    """Two sets with one question each: half of each set's people, and of no other, stand behind every half."""
    own = questions(2, 5)
    people = drawn(own, 12, np.random.default_rng(1))
    people.picked[0][6:], people.picked[1][:6] = np.nan, np.nan
    apart = People(np.repeat([1, 2], 6), people.picked)
    found, each = over_options(apart, own, 1)
    assert apart.freedom == 10 and found.reliability is not None and [a.questions for a in each] == [1, 1]
    assert all(a.spearman_interval is not None for a in each)


def test_what_cannot_be_had_is_none() -> None:
    own = questions(2, 1)
    people = drawn(own, 1, np.random.default_rng(1))
    found, _ = over_options(people, own, 1)
    assert found.spearman is not None and found.spearman_interval is None and found.ceiling is None
    flat = [np.full(9, 1 / 9)] * 2
    none, each = over_options(drawn(own, 10, np.random.default_rng(1)), flat, 1)
    assert none is None and each[0].spearman is None
    curve = calibration(people, [inclusion(p, 3) for p in flat], 1)
    assert curve.slope is None and [b.options for b in curve.bins] == [18]
    assert over_questions(people, [ANSWER] * 2, np.array([0.1, 0.2]), 1) is None


def test_the_same_seed_gives_the_same_numbers() -> None:
    own = questions(3, 1)
    people = drawn(own, 10, np.random.default_rng(1))
    assert over_options(people, own, 1) == over_options(people, own, 1) != over_options(people, own, 2)


@pytest.mark.slow
def test_intervals_hold_what_other_people_would_show() -> None:
    """Coverage of 95 % intervals: bounds that 60 studies of such intervals pass but once in 10,000 times."""
    own, studies = questions(4, 7), 60
    rng = np.random.default_rng(11)
    groups = [drawn(own, 20, rng) for _ in range(studies)]
    found = [over_options(people, own, 1)[0] for people in groups]
    truth = np.mean([each.spearman for each in found])
    least = stats.binom.ppf(1e-4, studies, 0.95)
    assert sum(each.spearman_interval[0] <= truth <= each.spearman_interval[1] for each in found) >= least
    included = [inclusion(p, 3) for p in own]
    curves = [calibration(people, included, 1) for people in groups]
    assert sum(each.slope_interval[0] <= 1 <= each.slope_interval[1] for each in curves) >= least
    # Neither are they wider than twice what the studies spread.
    spread = np.std([each.spearman for each in found])
    assert np.mean([each.spearman_interval[1] - each.spearman_interval[0] for each in found]) < 2 * 2 * 1.96 * spread
