"""A difference that should hold for other people and other neurons."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from scoring.statistics.comparisons import difference_over_neurons


def layout(rng: np.random.Generator, sets: int, people: int, neurons: int, sds: tuple[float, float, float, float]):
    """Tables of two conditions without a difference; sds: people, neurons, neuron x condition, rest."""
    tables: tuple[list, list] = ([], [])
    for _ in range(sets):
        own = rng.normal(0, sds[1], neurons)
        for side in tables:
            rows, columns = rng.normal(0, sds[0], (people, 1)), own + rng.normal(0, sds[2], neurons)
            side.append(rows + columns + rng.normal(0, sds[3], (people, neurons)))
    return tables


def test_too_few_people_or_neurons_have_no_error() -> None:
    assert difference_over_neurons([np.ones((1, 4))], [np.ones((3, 4))]) is None
    assert difference_over_neurons([np.ones((3, 1))], [np.ones((3, 1))]) is None
    assert difference_over_neurons([np.ones((3, 4))], [np.zeros((3, 4))]) is None  # nothing varies
    assert difference_over_neurons([], []) is None


def test_it_is_welch_where_neurons_do_not_differ_and_the_paired_test_where_people_do_not() -> None:
    rng = np.random.default_rng(3)
    people = [[np.repeat(rng.normal(0, 1, (12, 1)), 5, axis=1)] for _ in range(2)]
    found = difference_over_neurons(*people)
    welch = stats.ttest_ind(people[1][0][:, 0], people[0][0][:, 0], equal_var=False)
    assert found is not None
    assert found.p == pytest.approx(welch.pvalue) and found.freedom == pytest.approx(welch.df)
    neurons = [[np.repeat(rng.normal(0, 1, (1, 9)), 6, axis=0)] for _ in range(2)]
    found = difference_over_neurons(*neurons)
    paired = stats.ttest_rel(neurons[1][0][0], neurons[0][0][0])
    assert found is not None
    assert found.p == pytest.approx(paired.pvalue) and found.freedom == pytest.approx(paired.df)
    assert found.interval == pytest.approx(tuple(paired.confidence_interval()))


def test_a_missing_answer_changes_little_and_every_neuron_weighs_the_same() -> None:
    rng = np.random.default_rng(5)
    first, second = layout(rng, 2, 10, 6, (1, 1, 1, 1))
    whole = difference_over_neurons(first, second)
    first[0] = first[0].copy()
    first[0][3, 2] = np.nan
    left = difference_over_neurons(first, second)
    assert whole is not None and left is not None and left.difference == pytest.approx(whole.difference, abs=0.1)
    uneven = difference_over_neurons([np.zeros((3, 2)), np.zeros((3, 4))], [np.eye(3, 2), np.ones((3, 4))])
    assert uneven is not None
    assert uneven.difference == pytest.approx((2 / 3 + 4) / 6)  # the means 1/3 of two neurons and 1 of four


@pytest.mark.parametrize("sds", [(1, 1, 1, 1), (0.5, 1, 0.1, 2), (0.1, 1, 1, 1)])
def test_without_a_difference_it_rejects_one_in_twenty(sds) -> None:
    rng, studies = np.random.default_rng(7), 3000
    found = [difference_over_neurons(*layout(rng, 1, 20, 10, sds)) for _ in range(studies)]
    share = np.mean([each.p < 0.05 for each in found if each is not None])
    # Standard error 0.004; where one of people and neurons hardly varies the larger one is taken, which is on the safe side.
    assert 0.02 < share < 0.066
