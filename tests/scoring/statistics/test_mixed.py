"""The mixed-effects model, held against published values, scipy's distribution and its own simulations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import nchypergeom_fisher

from scoring.statistics.mixed import binomial_weights, fit, hypergeometric_weights, moments

# Lesnoff et al. 2004, bovine pleuropneumonia in 15 herds: (herd, new cases, animals, period).
CATTLE = np.array(
    [
        (1, 2, 14, 1), (1, 3, 12, 2), (1, 4, 9, 3), (1, 0, 5, 4), (2, 3, 22, 1), (2, 1, 18, 2), (2, 1, 21, 3),
        (3, 8, 22, 1), (3, 2, 16, 2), (3, 0, 16, 3), (3, 2, 20, 4), (4, 2, 10, 1), (4, 0, 10, 2), (4, 2, 9, 3),
        (4, 0, 6, 4), (5, 5, 18, 1), (5, 0, 25, 2), (5, 0, 24, 3), (5, 1, 4, 4), (6, 3, 17, 1), (6, 0, 17, 2),
        (6, 0, 18, 3), (6, 1, 20, 4), (7, 8, 16, 1), (7, 1, 10, 2), (7, 3, 9, 3), (7, 0, 5, 4), (8, 12, 34, 1),
        (9, 2, 9, 1), (9, 0, 6, 2), (9, 0, 8, 3), (9, 0, 6, 4), (10, 1, 22, 1), (10, 1, 22, 2), (10, 0, 18, 3),
        (10, 2, 22, 4), (11, 0, 25, 1), (11, 5, 27, 2), (11, 3, 22, 3), (11, 1, 22, 4), (12, 2, 10, 1),
        (12, 1, 8, 2), (12, 0, 6, 3), (12, 0, 5, 4), (13, 1, 21, 1), (13, 2, 24, 2), (13, 0, 19, 3), (13, 0, 23, 4),
        (14, 11, 19, 1), (14, 0, 2, 2), (14, 0, 3, 3), (14, 0, 2, 4), (15, 1, 19, 1), (15, 1, 15, 2), (15, 1, 15, 3),
        (15, 0, 15, 4),
    ]
)  # fmt: skip


def padded(sizes: np.ndarray) -> np.ndarray:
    table = np.full((len(sizes), sizes.max() + 1), -np.inf)
    for row, size in zip(table, sizes, strict=True):
        row[: size + 1] = binomial_weights(size)
    return table


def test_the_published_fit_of_the_cattle_data() -> None:
    # lme4's example for glmer (Bates et al. 2015) gives -1.398, -0.992, -1.128, -1.580, herd SD 0.642 with the fixed
    # effects optimized outside the Laplace approximation, -1.360, -0.976, -1.111, -1.560, 0.642 inside (nAGQ = 0).
    period = CATTLE[:, 3]
    design = np.stack([np.ones(len(CATTLE)), period == 2, period == 3, period == 4], axis=1).astype(float)
    found = fit(CATTLE[:, 1], padded(CATTLE[:, 2]), design, [CATTLE[:, 0] - 1])
    assert found.fixed == pytest.approx([-1.360, -0.976, -1.111, -1.560], abs=1e-3)
    assert found.standard_deviations[0] == pytest.approx(0.642, abs=1e-3)
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx([0.2276, 0.3033, 0.3235, 0.4245], abs=1e-3)


@pytest.mark.parametrize("odds", [-2.0, 0.0, 1.3])
def test_counts_follow_fishers_noncentral_hypergeometric(odds) -> None:
    _, mean, variance = moments(hypergeometric_weights(9, 3, 3)[None], np.array([odds]))
    reference = nchypergeom_fisher(9, 3, 3, np.exp(odds))
    assert (mean[0], variance[0]) == pytest.approx((reference.mean(), reference.var()))


def test_weights_leave_out_what_cannot_be() -> None:
    assert np.exp(hypergeometric_weights(5, 4, 4)) == pytest.approx([0, 0, 0, 4, 1])


def simulated(rng, people, effects, participant_sd, question_sd, questions=10):
    experiment = np.repeat(np.arange(len(effects)), people)
    odds = np.array(effects)[experiment][:, None] + rng.normal(0, participant_sd, (len(experiment), 1))
    odds = odds + rng.normal(0, question_sd, (1, questions))
    weights = np.tile(hypergeometric_weights(9, 3, 3), (odds.size, 1))
    p = np.exp(weights + np.arange(4) * odds.reshape(-1, 1) - moments(weights, odds.ravel())[0][:, None])
    counts = (rng.random((odds.size, 1)) > p.cumsum(axis=1)[:, :-1]).sum(axis=1)
    design = np.eye(len(effects))[np.repeat(experiment, questions)]
    groups = [np.repeat(np.arange(len(experiment)), questions), np.tile(np.arange(questions), len(experiment))]
    return counts, weights, design, groups


def test_what_was_put_in_is_found_again() -> None:
    rng = np.random.default_rng(5)
    fits = [fit(*simulated(rng, 60, [0.4, 1.2], 0.5, 0.8)) for _ in range(12)]
    differences = np.array([each.fixed[1] - each.fixed[0] for each in fits])
    assert differences.mean() == pytest.approx(0.8, abs=0.1)
    assert np.mean([each.standard_deviations for each in fits], axis=0) == pytest.approx([0.5, 0.8], abs=0.15)


def test_odds_of_blind_picks_are_one() -> None:
    model = fit(*simulated(np.random.default_rng(2), 40, [0.0], 0.0, 0.0))
    value, (low, high), p = model.contrast([1.0])
    assert low < 0 < high and p > 0.05 and abs(value) < 0.2
    assert model.standard_deviations[0] < 0.2


def test_eliminating_the_first_grouping_changes_nothing() -> None:
    data = simulated(np.random.default_rng(3), 12, [0.3, 0.9], 0.6, 0.7)
    one, other = fit(*data), fit(*data[:3], data[3][::-1])
    assert other.fixed == pytest.approx(one.fixed, abs=1e-3)
    assert other.standard_deviations[::-1] == pytest.approx(one.standard_deviations, abs=2e-3)
    assert other.covariance == pytest.approx(one.covariance, rel=1e-2)


def test_everything_right_has_no_finite_estimate() -> None:
    counts, weights, design, groups = simulated(np.random.default_rng(3), 5, [0.3], 0, 0)
    with pytest.raises(ValueError, match="the mixed model has no finite estimate"):
        fit(np.full_like(counts, 3), weights, design, groups)


def test_a_spread_that_few_data_put_at_zero_is_kept_off_it() -> None:
    counts, weights, design, groups = simulated(np.random.default_rng(2), 20, [0.4, 0.4], 0.5, 0.8)
    within = np.repeat(np.arange(2), 200) * 10 + groups[1]  # questions within a condition, which do not differ
    plain = fit(counts, weights, design, [*groups, within])
    kept = fit(counts, weights, design, [*groups, within], above_zero=1)
    assert plain.standard_deviations[2] < 0.05 < kept.standard_deviations[2] < 0.3
    assert kept.standard_deviations[:2] == pytest.approx(plain.standard_deviations[:2], abs=0.1)
    assert kept.fixed == pytest.approx(plain.fixed, abs=0.05)
