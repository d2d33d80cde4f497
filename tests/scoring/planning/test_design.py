"""Power in closed form, held against simulated studies and the test that scoring uses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from scoring.planning.design import (
    Comparison,
    Design,
    Error,
    dunnett_critical,
    equivalence,
    error_of,
    false_alarms,
    people_needed,
    power_of,
    rejection,
)
from scoring.planning.variances import Components, Spreads, components, model_of
from scoring.statistics.comparisons import difference_over_neurons
from scoring.statistics.corrections import dunnett_quantile

SIZES = ((9, 3),) * 10
PARTS = Components((0.02, 0.02), (0.06, 0.06), 0.02)


def tables(shares, spreads: Spreads, design: Design, rng: np.random.Generator):
    """A simulated study of two conditions: for each, a table of shares per set."""
    models = [model_of(SIZES[: int(design.neurons)], share, spreads) for share in shares]
    found: tuple[list, list] = ([], [])
    for _ in range(int(design.sets)):
        difficulty = rng.normal(0, spreads.neurons, int(design.neurons))
        for side, model in zip(found, models, strict=True):
            own = difficulty + rng.normal(0, spreads.interaction, len(difficulty))
            side.append(model.draw(int(design.people), own / spreads.of_a_neuron, rng) / 3)
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shares", "design"),
    [((0.457, 0.524), Design(1, 10, 20)), ((0.457, 0.457), Design(1, 10, 20)), ((0.457, 0.524), Design(8, 10, 4))],
)
def test_closed_form_is_what_simulated_studies_give(shares, design: Design) -> None:
    spreads, rng, studies = Spreads(), np.random.default_rng(1), 1000
    parts, difference, comparison = components(SIZES, shares, spreads), shares[1] - shares[0], Comparison()
    found = [difference_over_neurons(*tables(shares, spreads, design, rng)) for _ in range(studies)]
    differences = np.array([each.difference for each in found])
    error = error_of(parts, design, over_neurons=True)
    assert differences.mean() == pytest.approx(difference, abs=4 * np.sqrt(error.true / studies))
    assert differences.var() == pytest.approx(error.true, rel=4 * np.sqrt(2 / studies))
    power = power_of(parts, design, difference, comparison, over_neurons=True)
    share = np.mean([each.p < 0.05 for each in found])
    assert share == pytest.approx(power, abs=4 * np.sqrt(power * (1 - power) / studies))
    margin = 0.15
    equivalent = power_of(parts, design, difference, comparison, over_neurons=True, margin=margin)
    reach = np.array([stats.t.ppf(0.95, each.freedom) * each.error for each in found])
    share = np.mean(np.abs(differences) + reach < margin)
    assert share == pytest.approx(equivalent, abs=4 * np.sqrt(max(equivalent, 0.01) / studies))


@pytest.mark.slow
def test_a_test_of_these_neurons_finds_differences_of_nothing() -> None:
    """Conditions alike over all neurons: Welch's t of participants' totals rejects more often than it says."""
    spreads, design, rng, studies = Spreads(), Design(1, 10, 20), np.random.default_rng(2), 1500
    parts = components(SIZES, (0.457, 0.457), spreads)
    rejected = 0
    for _ in range(studies):
        (first,), (second,) = tables((0.457, 0.457), spreads, design, rng)
        rejected += stats.ttest_ind(first.mean(axis=1), second.mean(axis=1), equal_var=False).pvalue < 0.05
    expected = false_alarms(parts, design, Comparison())
    assert expected > 0.1
    assert rejected / studies == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / studies))
    without = replace(parts, neurons=0.0)
    assert false_alarms(without, design, Comparison()) == pytest.approx(0.05, abs=1e-4)


@pytest.mark.parametrize("freedom", [4.0, 15.5, 300.0])
@pytest.mark.parametrize("difference", [0.0, 0.7, 3.0])
def test_rejection_is_that_of_a_noncentral_t(freedom: float, difference: float) -> None:
    critical = stats.t.ppf(0.975, freedom)
    expected = stats.nct.sf(critical, freedom, difference) + stats.nct.cdf(-critical, freedom, difference)
    assert rejection(difference, Error(1.0, 1.0, freedom), critical) == pytest.approx(expected, abs=1e-4)


def test_equivalence_by_hand_where_the_error_is_known() -> None:
    # With infinitely many degrees of freedom: |D| < margin - 1.645 errors.
    error = Error(1.0, 1.0, 1e7)
    expected = stats.norm.cdf(3 - 1.645) - stats.norm.cdf(-3 + 1.645)
    assert equivalence(3, 0, error, Comparison()) == pytest.approx(expected, abs=1e-3)
    assert equivalence(1, 0, error, Comparison()) == 0
    assert equivalence(3, 2, error, Comparison()) < equivalence(3, 0, error, Comparison())


@pytest.mark.parametrize(("groups", "people"), [(2, 6), (3, 11), (7, 4)])
def test_dunnett_is_scipys(groups: int, people: int) -> None:
    """The p of scipy's Dunnett test at the critical value is the level; its integration is good to 1e-3."""
    freedom = (groups + 1) * (people - 1)
    critical = dunnett_critical(groups, float(freedom), 0.05)
    spread = np.tile([-1.0, 1.0], people)[:people]
    spread = (spread - spread.mean()) / np.std(spread, ddof=1)
    samples = [spread + shift for shift in [critical * np.sqrt(2 / people)] + [0.0] * (groups - 1)]
    found = stats.dunnett(*samples, control=spread, rng=np.random.default_rng(0))
    assert found.statistic[0] == pytest.approx(critical)
    assert found.pvalue[0] == pytest.approx(0.05, abs=2e-3)


@pytest.mark.parametrize("freedom", [1.1, 3.4, 10.5, 33.0, 3000.0])
def test_dunnett_between_computed_degrees_of_freedom(freedom: float) -> None:
    assert dunnett_critical(3, freedom, 0.05) == pytest.approx(dunnett_quantile(freedom, [0.5] * 3), rel=2e-3)


def test_more_comparisons_need_more() -> None:
    freedom = 30.0
    values = [
        Comparison().critical(freedom), Comparison("reference", 3).critical(freedom), Comparison("planned", 3).critical(freedom),
        Comparison("pairs", 6).critical(freedom),
    ]  # fmt: skip
    assert values == sorted(values) and len(set(values)) == 4
    assert Comparison("reference", 1).critical(freedom) == Comparison().critical(freedom)


def test_people_needed_is_the_fewest() -> None:
    design, comparison = Design(4, 10, 2), Comparison()
    needed = people_needed(PARTS, design, 0.1, comparison, 0.8, True)
    assert needed is not None
    at, below = (power_of(PARTS, replace(design, people=n), 0.1, comparison, True) for n in (needed, needed - 1))
    assert below < 0.8 <= at
    assert people_needed(PARTS, design, 0.9, comparison, 0.8, True) == 2


def test_no_number_of_people_makes_up_for_few_neurons() -> None:
    few, many = Design(1, 10, 2), Design(16, 10, 2)
    assert people_needed(PARTS, few, 0.05, Comparison(), 0.8, over_neurons=True) is None
    assert people_needed(PARTS, few, 0.05, Comparison(), 0.8, over_neurons=False) is not None
    assert people_needed(PARTS, many, 0.05, Comparison(), 0.8, over_neurons=True) is not None
    assert people_needed(PARTS, few, 0.0, Comparison(), 0.8, True, margin=0.01) is None


def test_a_single_person_or_neuron_has_no_power() -> None:
    assert power_of(PARTS, Design(1, 10, 1), 0.5, Comparison(), False) == 0
    assert power_of(PARTS, Design(1, 1, 9), 0.5, Comparison(), True) == 0
