"""How many participants find a difference: the test of the report, counted over simulated studies."""

from __future__ import annotations

import numpy as np
import pytest

from scoring.errors import ScoringError
from scoring.planning.power import power


@pytest.mark.slow
def test_power_without_a_difference_is_the_level_of_the_test(key) -> None:
    (found,) = power(key, 0, [12], studies=1500)
    assert 0.03 < found.power < 0.07 and found.interval[0] < 0.05 < found.interval[1]


def test_power_grows_with_participants_and_difference(key) -> None:
    small, large = power(key, 3, [6, 30], studies=300)
    assert small.power < large.power and large.power > 0.8
    assert power(key, 1, [30], studies=300)[0].power < large.power


def test_power_counts_the_analysis_own_p_values(key, monkeypatch) -> None:
    # Each simulated study is tested by the very function of the report; so a test that always rejects has power 1.
    tested = []

    def record(first, second, seed):
        tested.append((len(first), len(second), first.sum() <= second.sum()))
        return 0.049 if len(tested) % 2 else 0.05

    monkeypatch.setattr("scoring.planning.power.permutation_p", record)
    advanced = []
    found = power(key, 3, [5, 8], studies=100, advance=lambda: advanced.append(1))
    assert [row.power for row in found] == [0.5, 0.5]
    assert len(tested) == len(advanced) == 200  # one step of the progress bar per study
    assert {sizes[:2] for sizes in tested} == {(5, 5), (8, 8)}
    assert np.mean([higher for *_, higher in tested]) > 0.7


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda key: power(key, -1, [10]), "--difference -1 is not allowed: 0 or more correct answers"),
        (lambda key: power(key, 2, [1]), "--participants should be numbers of 2 or more with commas between, such as 7,10,20"),
        (lambda key: power(key, 2, [9], studies=5), "--studies 5 is not allowed: 100 or more"),
        (lambda key: power(key, 20, [9]), "--baseline 13.7 with --difference 20 is not allowed: both means should lie between chance (10) and 30"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_said(key, call, sentence) -> None:
    with pytest.raises(ScoringError) as caught:
        call(key)
    assert str(caught.value) == sentence
