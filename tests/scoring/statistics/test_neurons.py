"""Shrunken estimates of single questions and their ranks, held against what was put in."""

from __future__ import annotations

import numpy as np
import pytest

from scoring.planning.simulate import response_model
from scoring.statistics.neurons import neuron_estimates, shares_found
from scoring.statistics.picks import Picks

SIZE = (9, 3)


def picks(people: int, questions: int, conditions: int, seed: int, missing: int = 0) -> tuple[Picks, np.ndarray]:
    """Everybody answers every question, `missing` at the end in none but the first condition; and the true shares."""
    rng = np.random.default_rng(seed)
    model = response_model([SIZE] * questions, 0.5)
    effects = rng.normal(0, 1, questions)
    rows = []
    for c in range(conditions):
        drawn = model.draw(people, effects, rng)
        asked = questions - (missing if c else 0)
        rows += [(c, c * people + p, q, drawn[p, q]) for p in range(people) for q in range(asked)]
    columns = np.array(rows).T
    truth = shares_found(SIZE, model.log_odds + model.question_sd * effects, model.participant_sd)
    return Picks(*columns, experiments=list(range(conditions)), sizes=[SIZE] * questions), np.array(truth)


def test_too_few_participants_have_no_estimates() -> None:
    few, _ = picks(1, 3, 2, 0)
    assert neuron_estimates(few, None, 1) == (
        {"fitted": False, "reason": "it needs at least two participants per experiment and two questions"}, {},
    )  # fmt: skip


def test_the_share_at_chance_odds_is_that_of_blind_picking() -> None:
    assert shares_found(SIZE, np.array([0.0]), 0.0) == pytest.approx([1 / 3])


def test_estimates_lie_between_the_raw_share_and_the_mean_of_the_condition() -> None:
    found, _ = picks(8, 10, 1, 1)
    _, estimates = neuron_estimates(found, None, 1)
    raw = np.array([found.matched[found.question == q].mean() / 3 for q in range(10)])
    shrunken = np.array([estimates[0, q]["estimate"] for q in range(10)])
    far = np.abs(raw - raw.mean()) > 0.1
    assert far.any() and (np.abs(shrunken - raw.mean()) < np.abs(raw - raw.mean()))[far].all()
    assert (np.argsort(shrunken, kind="stable") == np.argsort(raw, kind="stable")).mean() > 0.5
    for record in estimates.values():
        low, high = record["estimate_interval"]
        assert 0 < low < record["estimate"] < high < 1 and record["above_control"] is None


@pytest.mark.slow
def test_estimates_are_nearer_to_the_truth_than_raw_shares_and_hold_it() -> None:
    held, squares, raw_squares = [], [], []
    for seed in range(40):
        found, truth = picks(10, 10, 2, seed)
        _, estimates = neuron_estimates(found, 0, seed)
        for (c, q), record in estimates.items():
            low, high = record["estimate_interval"]
            held.append(low <= truth[q] <= high)
            squares.append((record["estimate"] - truth[q]) ** 2)
            own = (found.experiment == c) & (found.question == q)
            raw_squares.append((found.matched[own].mean() / 3 - truth[q]) ** 2)
    assert np.mean(squares) < 0.8 * np.mean(raw_squares)
    assert 0.91 < np.mean(held) < 0.98  # 800 estimates, those of one study dependent


def test_ranks_know_how_sure_they_are() -> None:
    sure, _ = picks(200, 8, 1, 3)
    unsure, _ = picks(4, 8, 1, 3)
    _, well = neuron_estimates(sure, None, 1)
    _, badly = neuron_estimates(unsure, None, 1)
    width = [np.mean([r["rank_interval"][1] - r["rank_interval"][0] for r in each.values()]) for each in (well, badly)]
    assert width[0] < 2 < 4 < width[1]
    assert sorted(r["rank"] for r in well.values()) == list(range(1, 9))
    assert sum(r["top_quarter"] for r in well.values()) == pytest.approx(2)  # two of eight are in the best quarter
    best = next(r for r in well.values() if r["rank"] == 1)
    assert best["top_quarter"] > 0.9 and best["rank_interval"][0] == 1


def test_questions_are_held_against_themselves_in_the_control() -> None:
    found, _ = picks(12, 6, 2, 4, missing=1)
    _, estimates = neuron_estimates(found, 0, 1)
    assert all(estimates[0, q]["above_control"] is None for q in range(6)) and (1, 5) not in estimates
    for q in range(5):
        record = estimates[1, q]["above_control"]
        low, high = record["interval"]
        assert low < record["odds_ratio"] < high
    _, other = neuron_estimates(found, None, 1)
    assert other[1, 0]["above_control"] is None
