"""Where a difference between conditions gets its error from: people, neurons, picks."""

from __future__ import annotations

import numpy as np
import pytest

from scoring.planning.variances import Spreads, components, model_of

SIZES = ((9, 3),) * 10
BLIND = 3 * (1 / 3) * (2 / 3) * (6 / 8) / 9  # of the hypergeometric share: n p (1 - p) (N - n) / (N - 1) / n^2


def test_blind_picks_have_hypergeometric_noise_alone() -> None:
    found = components(SIZES, (1 / 3, 1 / 3), Spreads())
    assert found.picks == pytest.approx((BLIND, BLIND), abs=1e-12)
    assert found.people == pytest.approx((0, 0), abs=1e-12) and found.neurons == pytest.approx(0, abs=1e-12)


def test_without_interaction_a_neuron_is_as_hard_in_both_conditions() -> None:
    alike = components(SIZES, (0.5, 0.5), Spreads(interaction=0))
    assert alike.neurons == pytest.approx(0, abs=1e-12)
    assert components(SIZES, (0.5, 0.5), Spreads(interaction=0.4)).neurons > 0.005
    # Unlike means alone make neurons differ a little: a share cannot rise above 1.
    assert 0 < components(SIZES, (0.5, 0.8), Spreads(interaction=0)).neurons < 0.005


def test_components_are_the_variances_of_drawn_participants() -> None:
    """3,000 people x 400 neurons in both conditions: means over either leave the other's variance."""
    spreads, shares, rng = Spreads(), (0.45, 0.6), np.random.default_rng(2)
    found = components(SIZES, shares, spreads)
    people, neurons = 3000, 400
    difficulty, means = rng.normal(0, 1, neurons), []
    for k, share in enumerate(shares):
        model = model_of(((9, 3),) * neurons, share, spreads)
        own = difficulty * spreads.neurons + rng.normal(0, 1, neurons) * spreads.interaction
        table = model.draw(people, own / spreads.of_a_neuron, rng) / 3
        total = table.var(axis=0, ddof=1).mean()  # of single answers to one question: people and picks
        of_people = table.mean(axis=1).var(ddof=1) - found.picks[k] / neurons
        # Relative standard error of a variance: sqrt(2 / n), 2.6 % of 3,000 people; four of them. Which 400 neurons were
        # drawn moves the average over neurons by less than that.
        assert of_people == pytest.approx(found.people[k], rel=0.11)
        assert total == pytest.approx(found.people[k] + found.picks[k], rel=0.04)
        means.append(table.mean(axis=0))
    # sqrt(2 / 400) is 7 %; four of them.
    assert np.var(means[1] - means[0], ddof=1) == pytest.approx(found.neurons, rel=0.28)


def test_unlike_questions_weigh_by_their_number() -> None:
    mixed = components(((9, 3),) * 2 + ((4, 1),) * 2, (0.45, 0.6), Spreads())
    assert all(0 < value < 0.25 for value in (*mixed.people, *mixed.picks, mixed.neurons))
