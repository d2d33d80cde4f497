"""Simulated participants and what can be planned with them."""

from __future__ import annotations

import numpy as np
import pytest

from scoring.errors import ScoringError
from scoring.files.collect import collect
from scoring.planning.power import power
from scoring.planning.simulate import response_model, share_of_skill, simulate, sizes_of, write_files
from scoring.statistics.chance import chance_of_key


def test_files_of_simulated_participants_are_valid(tmp_path, key) -> None:
    paths = write_files(simulate(key, 2, 12, 0.4, 1), tmp_path)
    found = collect(paths, key)
    assert len(found.responses) == 12 and found.rejected == [] and found.marked == []
    assert {response.experiment for response in found.responses} == {2}


def test_a_seed_gives_the_same_files(key) -> None:
    assert simulate(key, 1, 3, 0.4, 5) == simulate(key, 1, 3, 0.4, 5)
    assert simulate(key, 1, 3, 0.4, 5) != simulate(key, 1, 3, 0.4, 6)


@pytest.mark.parametrize("skill", [0.0, 0.1, 0.4, 0.8, 1.0])
def test_skill_sets_the_expected_share(key, skill) -> None:
    sizes = sizes_of(key)
    model = response_model(sizes, share_of_skill(sizes, skill))
    rng = np.random.default_rng(1)
    draws = [model.draw(20, rng.normal(0, 1, 10), rng).mean() / 3 for _ in range(300)]
    assert np.mean(draws) == pytest.approx(1 / 3 + skill * 2 / 3, abs=0.015)


def test_skill_zero_is_blind_picking(key) -> None:
    model = response_model(sizes_of(key), 1 / 3)
    totals = model.draw(20_000, np.full(10, 2.0), np.random.default_rng(0)).sum(axis=1)
    shares = np.bincount(totals, minlength=31) / len(totals)
    assert np.abs(shares - chance_of_key(key)).max() < 0.01


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
        (lambda key: simulate(key, 1, 3, 1.5, 1), "--skill 1.5 is not allowed: 0 (blind picking) to 1 (perfect)"),
        (lambda key: simulate(key, 1, 0, 0.5, 1), "--participants 0 is not allowed: 1 or more"),
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
