"""Temperatures, probabilities, noise and confidence, held against what the arithmetic says."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from generator.observers.calibration import LIMIT, calibrate, pick, probabilities, usual_spread


def test_probabilities_sum_to_one_and_follow_the_temperature() -> None:
    scores = np.array([3.0, 1.0, 0.0])
    np.testing.assert_allclose(probabilities(scores, 1.0), np.exp(scores) / np.exp(scores).sum())
    assert probabilities(scores, 1e6) == pytest.approx([1 / 3] * 3, abs=1e-5)
    assert probabilities(scores, 1e-3) == pytest.approx([1, 0, 0])


def test_a_known_temperature_is_found_again() -> None:
    """Answers drawn at temperature 0.5: with 20,000 of them the estimate lies within 5 %."""
    rng = np.random.default_rng(4)
    scores = [rng.normal(size=9) for _ in range(20_000)]
    answers = [[int(rng.choice(9, p=probabilities(each, 0.5)))] for each in scores]
    assert calibrate(scores, answers) == pytest.approx(0.5, rel=0.05)
    scaled = [7 * each for each in scores]
    assert calibrate(scaled, answers) == pytest.approx(7 * calibrate(scores, answers), rel=1e-4)


def test_who_is_never_right_gets_nearly_even_probabilities_and_nobody_knows_without_questions() -> None:
    scores = [np.array([1.0, 0.0, 0.0])] * 5
    spread = usual_spread(scores)
    assert spread == pytest.approx(np.std([1, 0, 0]))
    assert calibrate(scores, [[1]] * 5) == pytest.approx(LIMIT * spread, rel=1e-2)
    assert spread / LIMIT <= calibrate(scores, [[0]] * 5) < spread / 20  # below, the likelihood is 1 in 64 bits
    assert calibrate([], []) == usual_spread([]) == usual_spread([np.zeros(9)]) == 1.0


def test_without_noise_the_highest_are_picked_and_confidence_is_the_margin() -> None:
    scores = np.array([0.0, 4.0, 3.0, 2.0, 1.0])
    assert pick(scores, 1.0, 3, None).picks == (1, 2, 3)
    confidences = [pick(np.array([9, 9, 9 - 9 + margin, 0.0]), 1.0, 3, None).confidence for margin in (0.5, 1.0, 1.5)]
    assert confidences == [1, 2, 3]  # odds of 1.6, 2.7 and 4.5
    assert pick(np.zeros(9), 1.0, 3, None).confidence == 1


def test_noise_samples_from_plackett_and_luce() -> None:
    """Each ordered pair of 3 options as often as drawing without replacement says; 4 sd of 20,000 draws."""
    scores, temperature, draws = np.array([1.0, 0.2, -0.5]), 0.8, 20_000
    rng = np.random.default_rng(0)
    found = [pick(scores, temperature, 2, rng).picks for _ in range(draws)]
    p = probabilities(scores, temperature)
    for first, second in permutations(range(3), 2):
        expected = p[first] * p[second] / (1 - p[first])
        error = 4 * np.sqrt(expected * (1 - expected) / draws)
        assert found.count((first, second)) / draws == pytest.approx(expected, abs=error)
