"""Descriptions -> a map: any number of units, the same each time, kept in the store."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import numpy as np
import pytest

from generator.atlas import layout
from generator.atlas.layout import lay_out, place_units
from generator.errors import StudyError
from generator.store import Store


def clustered(count: int, seed: int = 0) -> np.ndarray:
    """Units of four kinds, described by unit vectors."""
    rng = np.random.default_rng(seed)
    vectors = np.eye(4)[np.arange(count) % 4] + 0.1 * rng.normal(size=(count, 4))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 6])
def test_a_map_of_few_units_has_a_place_for_each(count: int) -> None:
    points = place_units(clustered(count), 0)
    assert points.shape == (count, 2) and np.isfinite(points).all()
    assert place_units(np.zeros((count, 1), np.float32), 0).shape == (count, 2)


def test_equal_units_may_lie_at_one_place() -> None:
    assert np.isfinite(place_units(np.ones((6, 3), np.float32) / np.sqrt(3, dtype=np.float32), 0)).all()


def test_units_of_one_kind_lie_together_and_those_without_a_description_apart() -> None:
    described = clustered(80)
    described[::10] = 0
    points, kinds = place_units(described, 0), np.arange(80) % 4
    alive = np.flatnonzero(described.any(1))
    for unit in alive:
        distances = np.linalg.norm(points[alive] - points[unit], axis=1)
        nearest = alive[np.argsort(distances)[1:4]]
        assert (kinds[nearest] == kinds[unit]).all()
    assert points[::10, 0].min() > points[alive, 0].max()


def test_the_same_descriptions_give_the_same_map_which_is_kept(tmp_path: Path) -> None:
    described, store = clustered(40), Store(tmp_path)
    first, cells = lay_out(described, 7, store)
    assert (place_units(described, 7) == first).all()
    assert store.written == 1
    again, cells_again = lay_out(described, 7, store)
    assert store.written == 1 and (again == first).all() and (cells_again == cells).all()
    lay_out(described, 8, store)
    assert store.written == 2


def test_without_scikit_learn_is_told_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(layout, "version", missing)
    with pytest.raises(StudyError) as told:
        lay_out(clustered(8), 0, Store(tmp_path))
    assert str(told.value) == "an atlas needs scikit-learn for its map: pip install 'imetric[atlas]'"
