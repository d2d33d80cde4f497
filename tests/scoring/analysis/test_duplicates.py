"""Mistakes alike: what chance makes of them, and how rarely honest people are taken for copies."""

from __future__ import annotations

from math import comb, factorial

import numpy as np
import pytest

from benchmarks.scoring_marks import KINDS, study, with_copies
from scoring.analysis.answering.careless import p_regular, p_same_places, spread_of
from scoring.analysis.answering.duplicates import Sheets, duplicates
from scoring.statistics.chance import at_least_each


def test_tails_are_those_of_every_outcome_counted() -> None:
    p = np.array([0.1, 0.7, 0.0, 0.25])
    outcomes = [[(k >> q) & 1 for q in range(4)] for k in range(16)]
    chances = [float(np.prod([p[q] if each[q] else 1 - p[q] for q in range(4)])) for each in outcomes]
    for least in range(5):
        expected = sum(c for c, each in zip(chances, outcomes, strict=True) if sum(each) >= least)
        assert at_least_each(p[None], np.array([least]))[0] == pytest.approx(expected, rel=1e-12, abs=1e-300)


def test_p_is_the_expected_number_of_others_with_as_many_mistakes_alike() -> None:
    # 60 people found one of three answers in six questions and made one of two mistakes each, evenly; the last two the
    # same in all six, where the others' mistakes are drawn so that nobody else comes near.
    rng = np.random.default_rng(0)
    picks = rng.integers(0, 2, (60, 6))
    picks[58] = picks[59] = 0
    picks[:58, 0], picks[:58, 1] = 0, 1
    matched = np.ones((60, 6), dtype=int)
    judged = duplicates(Sheets(picks, matched, [(9, 3)] * 6, np.arange(60), np.zeros(60, dtype=int)))
    assert (judged.partner[58], judged.equal[58], judged.common[58], judged.mistakes[58]) == (59, 6, 6, 6)
    # Without the pair; drawn by the weight of two people towards how often any two make the same pick.
    counts = [(np.count_nonzero(picks[:, q] == 0), np.count_nonzero(picks[:, q] == 1)) for q in range(6)]
    pairs_alike = sum(n * (n - 1) for each in counts for n in each)
    usual = (pairs_alike + 2) / (6 * 60 * 59 + 8)
    pooled = [(zeros - 2 + 2 * usual) / (58 + 2) for zeros, _ in counts]
    likely = [(zeros - 2 + 2 * before) / (58 + 2) for (zeros, _), before in zip(counts, pooled, strict=True)]
    assert judged.p[58] == pytest.approx(min(1.0, 6 * 59 * float(np.prod(likely))), rel=1e-9)


def test_many_others_alike_are_less_likely_than_one() -> None:
    rng = np.random.default_rng(2)
    honest = study(rng, 80, KINDS["nearly perfect"])
    source = int(np.argmin(honest.matched.sum(axis=1)))
    p = [duplicates(with_copies(rng, honest, np.full(n, source), 0)).p[source] for n in (1, 2, 5)]
    assert p[0] > p[1] > p[2] and p[2] < p[0] / factorial(4)


@pytest.mark.parametrize("kind", KINDS)
def test_honest_people_are_not_taken_for_copies_and_copies_are(kind: str) -> None:
    # 1 % of studies at most; of 60, more than 4 with any alarm have a probability below 1 in 2,000 then.
    alarms = caught = 0
    for number in range(60):
        rng = np.random.default_rng([number])
        honest = study(rng, 40, KINDS[kind])
        alarms += duplicates(honest).copied.any()
        caught += duplicates(with_copies(rng, honest, rng.integers(0, 40, 1))).copied[40]
    assert alarms <= 4
    assert caught >= {"nearly blind": 55, "usual": 45}.get(kind, 0)  # who found nearly all, or is misled, copies little


def test_those_who_left_questions_out_are_compared_by_what_both_answered() -> None:
    picks = np.array([[1, 2, 3, 4, 5, -1, -1], [1, 2, 3, 4, 5, 6, 7], [-1, -1, -1, 4, 5, 6, 7]])
    judged = duplicates(Sheets(picks, np.zeros((3, 7), dtype=int), [(9, 3)] * 7, np.arange(3), np.zeros(3, dtype=int)))
    assert judged.partner.tolist() == [1, 0, -1] and judged.common.tolist() == [5, 5, 0]
    assert np.isnan(judged.share).tolist() == [False, False, True]


def test_places_alike_by_chance() -> None:
    ways = comb(9, 3)
    p = p_same_places(5, np.full((1, 10), 1 / ways), np.array([ways]))
    exact = sum(comb(10, k) * ways**-k * (1 - 1 / ways) ** (10 - k) for k in range(5, 11))
    assert p == pytest.approx(ways * exact, rel=1e-6) and p < 1e-5
    assert p_same_places(1, np.full((1, 10), 1 / ways), np.array([ways])) == 1.0


def test_spread_of_times() -> None:
    assert spread_of([1000] * 4) is None and spread_of([0, *[1000] * 9]) is None
    assert spread_of([1000] * 10) == 0 and p_regular(0.0, 10) == 0
    assert spread_of([1000, 2000] * 5) == pytest.approx(np.log([1, 2] * 5).std(ddof=1))
    rng = np.random.default_rng(0)
    people = rng.normal(0, 0.25, (20_000, 10)).std(axis=1, ddof=1)
    below = np.mean([p_regular(each, 10) < 0.05 for each in people])
    assert below == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / 20_000))  # four standard errors
