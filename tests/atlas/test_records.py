"""The columns of all units: nothing is lost in them, and how much each unit adds to what a browser loads first."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from generator.atlas.records import UnitScores, columns, packed, words_of
from tests.atlas.columns import unpacked

PER_UNIT = 20  # bytes: 20,000 units are 400 kB, beside 400 kB of tiles and 130 kB of the page
SCORES = UnitScores({"features": {"1": 0.4567}}, {"1": (0.1234, 5)}, ("eyes", "fur"))


def columns_of(units: int, scored: bool = True) -> dict[str, Any]:
    """Columns of units of a thousand classes."""
    rng = np.random.default_rng(0)
    label, share = rng.integers(-1, 1000, units).tolist(), rng.integers(0, 10, units).tolist()
    top = rng.gamma(0.5, size=units).tolist()
    figures: Any = SimpleNamespace(
        class_of=lambda unit: (label[unit], share[unit]), top_mean=lambda unit: top[unit],
        criteria=SimpleNamespace(passes=rng.random(units) < 0.8),
    )  # fmt: skip
    paths = [round(each, 3) for each in rng.random(units)]
    told = columns(figures, range(units), rng.permutation(units), dict.fromkeys(range(units), SCORES) if scored else {}, paths)
    assert unpacked(told)["class"] == label and unpacked(told)["share"] == share and unpacked(told)["path"] == paths
    return told


@pytest.mark.parametrize(
    ("values", "digits"), [([], ""), ([0], "A"), ([0, 63], "A_"), ([1, 64], "ABBA"), ([4095, 4096], "A__BAA")]
)
def test_numbers_are_packed_with_as_many_digits_as_the_largest_needs(values: list[int], digits: str) -> None:
    assert packed(values) == digits


def test_a_unit_adds_a_few_bytes_to_the_columns_with_every_score() -> None:
    few, many = (len(json.dumps(columns_of(units), separators=(",", ":"))) for units in (5_000, 20_000))
    assert (many - few) / 15_000 < PER_UNIT


def test_scores_of_some_units_and_of_none() -> None:
    assert [columns_of(9, scored=False)[name] for name in ("machine", "people")] == [None, None]
    assert unpacked(columns_of(9))["machine"] == [0.457] * 9 and unpacked(columns_of(9))["people"] == [0.123] * 9
    assert words_of([3, 4], {4: SCORES}) == ["", "eyes · fur"] and words_of([3], {4: SCORES}) is None
