"""Simulated studies of a design: the tests of the report, counted, beside the closed form."""

from __future__ import annotations

import numpy as np
import pytest

from scoring.errors import ScoringError
from scoring.planning.design import Comparison, error_of, power_of, rejection
from scoring.planning.plan import Aim
from scoring.planning.power import draw, simulated_power
from scoring.planning.variances import Spreads

SIZES = ((9, 3),) * 10


def aim(points: float, **changes) -> Aim:
    return Aim(SIZES, **{"sets": 1, "conditions": 2, "difference": points / 30, **changes})


@pytest.mark.slow
def test_without_a_difference_each_test_holds_its_level_where_neurons_are_alike_in_all_conditions() -> None:
    (found,) = simulated_power(aim(0, spreads=Spreads(interaction=0)), [12], studies=1500)
    assert 0.03 < found.totals < 0.07 and found.totals_interval[0] < 0.05 < found.totals_interval[1]
    assert 0.02 < found.neurons < 0.07  # on the safe side where neurons do not differ


@pytest.mark.slow
def test_the_closed_form_is_within_what_simulation_finds() -> None:
    wanted, studies = aim(3), 1500
    (found,) = simulated_power(wanted, [15], studies=studies)
    parts, design = wanted.parts(), wanted.design(15)
    expected = power_of(parts, design, wanted.difference, Comparison(), over_neurons=True)
    # Four standard errors of a share of 1,500 studies: at most 0.052.
    assert found.neurons == pytest.approx(expected, abs=4 * np.sqrt(0.25 / studies))
    # The permutation test of totals takes the drawn neurons' own differences for the conditions'.
    own, over = error_of(parts, design, over_neurons=False), error_of(parts, design, over_neurons=True)
    expected = rejection(
        wanted.difference, type(own)(over.true, own.expected, own.freedom), Comparison().critical(own.freedom)
    )
    assert found.totals == pytest.approx(expected, abs=4 * np.sqrt(0.25 / studies))


def test_power_grows_with_people_sets_and_difference() -> None:
    small, large = simulated_power(aim(3), [6, 30], studies=200)
    assert small.totals < large.totals and small.neurons < large.neurons
    assert simulated_power(aim(1), [30], studies=200)[0].neurons < large.neurons
    assert simulated_power(aim(3, sets=4), [6], studies=200)[0].neurons > small.neurons


def test_it_counts_the_reports_own_p_values(monkeypatch) -> None:
    # Each simulated study is tested by the very function of the report; so a test that always rejects has power 1.
    tested = []

    def record(strata, seed):
        ((first, second),) = strata
        tested.append((len(first), len(second), first.sum() <= second.sum()))
        return 0.049 if len(tested) % 2 else 0.051

    monkeypatch.setattr("scoring.planning.power.stratified_p", record)
    advanced = []
    found = simulated_power(aim(3), [5, 8], studies=100, advance=lambda: advanced.append(1))
    assert [row.totals for row in found] == [0.5, 0.5]
    assert len(tested) == len(advanced) == 200  # one step of the progress bar per study
    assert {sizes[:2] for sizes in tested} == {(5, 5), (8, 8)}
    assert np.mean([higher for *_, higher in tested]) > 0.7


def test_a_drawn_study_has_its_sets_people_and_neurons() -> None:
    first, second = draw(aim(3, sets=3), 4, np.random.default_rng(0))
    assert [table.shape for table in (*first, *second)] == [(4, 10)] * 6
    assert set(np.unique(first)) <= {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: simulated_power(aim(-1), [10]), "--difference -1 is not allowed: 0 or more correct answers"),
        (lambda: simulated_power(aim(2), [9], studies=5), "--studies 5 is not allowed: 100 or more"),
        (lambda: simulated_power(aim(20), [9]), "--baseline 13.7 with --difference 20 is not allowed: both means should lie between chance (10) and 30"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_said(call, sentence) -> None:
    with pytest.raises(ScoringError) as caught:
        call()
    assert str(caught.value) == sentence
