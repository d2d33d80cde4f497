"""Item analysis, held against published values and hand-made cases."""

from __future__ import annotations

import numpy as np
import pytest

from scoring.statistics.items import (
    agreement,
    corrected_item_total,
    cronbach_alpha,
    fixed_order,
    krippendorff_alpha,
    learning,
    resolution,
)


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


@pytest.mark.slow
def test_the_slope_of_few_participants_is_not_drawn_towards_zero_by_their_own_part_in_the_difficulty() -> None:
    rng = np.random.default_rng(5)
    means = []
    for _ in range(2000):
        positions = np.stack([rng.permutation(10) + 1.0 for _ in range(3)])
        matched = rng.normal(0, 1, 10) + 0.2 * positions + rng.normal(0, 0.1, (3, 10))
        means.append(learning(matched, positions, 1).mean)
    error = np.std(means) / np.sqrt(len(means))
    assert abs(np.mean(means) - 0.2) < 4 * error < 0.02
    assert learning(matched[:1], positions[:1], 1) is None  # one person alone: learning and difficulty cannot be separated


def test_a_fixed_order_is_recognized() -> None:
    assert fixed_order(np.tile(np.arange(1.0, 11), (5, 1)))
    assert not fixed_order(orders(5, 0))


def test_gamma_by_hand() -> None:
    # Pairs: (1,0)-(2,1) alike, (1,0)-(3,0) tied, (2,1)-(3,0) unlike: gamma 0; the second person's all alike: 1.
    confidence, matched = np.array([[1.0, 2, 3], [1, 2, 3]]), np.array([[0.0, 1, 0], [0, 1, 2]])
    found = resolution(confidence, matched, 1)
    assert found.mean == pytest.approx(0.5) and found.participants == 2
    assert resolution(np.full((2, 3), 2.0), matched, 1) is None
