"""Simulated participants and what can be planned with them."""

from __future__ import annotations

import numpy as np
import pytest

from scoring.errors import ScoringError
from scoring.files.collect import collect
from scoring.planning.simulate import response_model, share_of_skill, simulate, write_files
from scoring.statistics.chance import chance_of_sizes


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
    sizes = key.sizes
    model = response_model(sizes, share_of_skill(sizes, skill))
    rng = np.random.default_rng(1)
    draws = [model.draw(20, rng.normal(0, 1, 10), rng).mean() / 3 for _ in range(300)]
    assert np.mean(draws) == pytest.approx(1 / 3 + skill * 2 / 3, abs=0.015)


def test_skill_zero_is_blind_picking(key) -> None:
    model = response_model(key.sizes, 1 / 3)
    totals = model.draw(20_000, np.full(10, 2.0), np.random.default_rng(0)).sum(axis=1)
    shares = np.bincount(totals, minlength=31) / len(totals)
    assert np.abs(shares - chance_of_sizes(key.sizes)).max() < 0.01


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda key: simulate(key, 1, 3, 1.5, 1), "--skill 1.5 is not allowed: 0 (blind picking) to 1 (perfect)"),
        (lambda key: simulate(key, 4, 3, 0.5, 1), "--experiment 4 is not allowed: 1, 2 or 3"),
        (lambda key: simulate(key, "none", 3, 0.5, 1), "--experiment none is not allowed: 1, 2 or 3"),
        (lambda key: simulate(key, 1, 3, 0.5, 1, 2), "--set 2 is not allowed: 1 to 1"),
        (lambda key: simulate(key, 1, 0, 0.5, 1), "--participants 0 is not allowed: 1 or more"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_said(key, call, sentence) -> None:
    with pytest.raises(ScoringError) as caught:
        call(key)
    assert str(caught.value) == sentence
