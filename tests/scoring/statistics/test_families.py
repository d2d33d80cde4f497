"""Families of comparisons: all pairs, all against a reference, and planned contrasts."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from scoring.statistics.corrections import dunnett_p, dunnett_quantile
from scoring.statistics.families import above, between, families_of


def test_one_comparison_is_corrected_by_nothing() -> None:
    for freedom, t in ((1.5, 2.5), (5, 2.5), (13, 2.3), (1000, 2.5), (13, 9.0)):
        assert dunnett_p(t, freedom, [0.5]) == pytest.approx(2 * stats.t.sf(t, freedom), rel=1e-4)
    assert dunnett_quantile(13, [0.4]) == pytest.approx(stats.t.ppf(0.975, 13), abs=1e-4)


def test_dunnetts_p_is_that_of_the_greatest_of_correlated_t_variables() -> None:
    rng, draws, shared = np.random.default_rng(0), 400_000, np.array([0.5, 0.3, 0.6])
    scale = np.sqrt(rng.chisquare(13, draws) / 13)
    common = rng.normal(size=draws)
    t = [np.abs(np.sqrt(s) * common + np.sqrt(1 - s) * rng.normal(size=draws)) / scale for s in shared]
    greatest = np.max(t, axis=0)
    for value in (1.0, 2.3, 4.0):
        p = dunnett_p(value, 13, shared)
        assert abs((greatest >= value).mean() - p) < 4 * np.sqrt(p * (1 - p) / draws)
    assert dunnett_p(dunnett_quantile(13, shared), 13, shared) == pytest.approx(0.05, abs=1e-5)


def test_dunnetts_p_agrees_with_scipy_where_groups_are_equal_in_size_and_spread() -> None:
    rng = np.random.default_rng(3)
    control, one, other = (rng.normal(m, 1, 200) for m in (0, 0.1, 0.2))
    found = between({"none": control, "a": one, "b": other}, families_of(["none", "a", "b"], "none", ()), 1)["pairs"]
    reference = stats.dunnett(one, other, control=control, rng=1).pvalue
    assert [each["p_dunnett"] for each in found] == pytest.approx(reference, abs=0.01)
    for each in found:
        low, high = each["interval_simultaneous"]
        assert low < each["interval"][0] < each["interval"][1] < high


def scores() -> dict:
    rng = np.random.default_rng(1)
    return {name: rng.integers(8, 20, 12) + 2.0 * k for k, name in enumerate([1, "none", "a"])}


def test_all_pairs_or_all_with_the_reference_are_compared() -> None:
    names = [1, "none", "a"]
    assert families_of(names, None, ()).pairs == [(1, "none"), (1, "a"), ("none", "a")]
    assert families_of(names, "none", ()).pairs == [("none", 1), ("none", "a")]
    assert families_of([1, "a"], "none", ()).pairs == [(1, "a")]  # nobody was in the reference
    found = between(scores(), families_of(names, None, ()), 1)
    assert "p_dunnett" not in found["pairs"][0] and found["reference"] is None and found["planned"] == []
    raw = sorted(pair["p_permutation"] for pair in found["pairs"])
    corrected = sorted(pair["p_permutation_holm"] for pair in found["pairs"])
    assert corrected[0] == pytest.approx(min(1, 3 * raw[0])) and all(a <= b for a, b in pairwise(corrected))


def test_planned_contrasts_are_a_family_of_their_own_and_are_marked() -> None:
    families = families_of([1, "none", "a"], "none", [("a", 1), ("a", "none"), ("b", 1)])
    assert families.planned == [(1, "a"), ("none", "a")]  # nobody was in b
    found = between(scores(), families, 1)
    assert [(pair["experiments"], pair["planned"]) for pair in found["pairs"]] == [
        (["none", 1], False), (["none", "a"], True),
    ]  # fmt: skip
    assert all(pair["planned"] for pair in found["planned"])
    first, second = (pair["p_permutation"] for pair in found["planned"])
    assert found["planned"][0]["p_permutation_holm"] == pytest.approx(min(1, 2 * first) if first <= second else first)


def test_above_the_control_is_a_difference_from_it() -> None:
    control, own = np.array([10.0, 12, 11, 9]), np.array([14.0, 15, 13, 16])
    found = above(control, own, 1, (np.ones(4), np.ones(4)))
    assert found["difference"] == 4 and found["p"] == pytest.approx(2 / 70)
    assert above(control, own, 1, (np.ones(4), np.full(4, 2))) is None
