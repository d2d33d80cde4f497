"""Activations read in passes, held against numpy's sort, mean and histogram of the whole matrix."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from generator.models import Activations
from generator.models.matrix import LOT
from generator.store import digest_of_arrays

PICTURES, UNITS = 2 * LOT + 75, 7


def values(pictures: int = PICTURES) -> np.ndarray:
    """Half of them exactly 0, as behind a rectifier, others of both signs; float32 [N, 7]."""
    rng = np.random.default_rng(0)
    shape = (pictures, UNITS)
    return np.where(rng.random(shape) < 0.5, 0.0, rng.normal(size=shape)).astype(np.float32)


def in_parts(array: np.ndarray, size: int) -> Activations:
    pieces = [array[first : first + size] for first in range(0, len(array), size)]
    return Activations([(len(piece), lambda piece=piece: piece) for piece in pieces], array.shape[1])


def test_one_picture_and_one_unit() -> None:
    one = Activations.of(np.array([[0.5]]))
    assert one.shape == (1, 1) and len(one) == 1 and one.mean == [0.5] and one.extremes(1) == (0.5, 0.5)
    for indices, active in (one.top(3), one.bottom(3)):
        assert indices.tolist() == [[0]] and active.tolist() == [[0.5]]
    counts, edges = one.histogram(2)
    assert counts.tolist() == [[0], [1]] and edges.tolist() == [[0.0], [0.5], [1.0]]


@pytest.mark.parametrize("size", [1, 64, 1000, PICTURES])
def test_any_parts_give_what_the_whole_matrix_gives(size: int) -> None:
    whole = values()
    found = in_parts(whole, size)
    assert found.shape == whole.shape
    ascending = np.sort(whole, axis=0)
    for k in (1, 100, PICTURES):
        largest, smallest = found.extremes(k)
        np.testing.assert_array_equal(largest, ascending[-k])
        np.testing.assert_array_equal(smallest, ascending[k - 1])
    reference = Activations.of(whole)
    for (indices, active), order, (as_whole, _) in (
        (found.top(90, 3), ascending[::-1], reference.top(90, 3)),
        (found.bottom(90, 3), ascending, reference.bottom(90, 3)),
    ):
        np.testing.assert_array_equal(active, order[:90])
        np.testing.assert_array_equal(np.take_along_axis(whole, indices, axis=0), active)
        assert all(len(set(own)) == 90 for own in indices.T)
        np.testing.assert_array_equal(indices, as_whole)
    np.testing.assert_allclose(found.mean, whole.mean(0, dtype=np.float64), rtol=1e-12)
    np.testing.assert_array_equal(found.column(3), whole[:, 3])
    np.testing.assert_array_equal(found.columns([5, 0, 5]), whole[:, [5, 0, 5]])
    assert all((column == whole[:, unit]).all() for unit, column in found.each_column([6, 1]))
    some = [PICTURES - 1, 0, 70, 70]
    np.testing.assert_array_equal(found.rows(some), whole[some])
    assert found.digest == digest_of_arrays({"activations": whole})
    with pytest.raises(IndexError, match=rf"^pictures 0 to {PICTURES} of {PICTURES}$"):
        found.rows([0, PICTURES])


def test_histograms_are_those_of_numpy() -> None:
    whole = np.concatenate([values(), np.linspace(-3, 3, 61, dtype=np.float32)[:, None].repeat(UNITS, 1)])
    whole[:, 2] = 0.25  # never changes
    counts, edges = in_parts(whole, 64).histogram(20)
    for unit in range(UNITS):
        expected, at = np.histogram(whole[:, unit].astype(np.float64), 20)
        np.testing.assert_array_equal(counts[:, unit], expected)
        np.testing.assert_array_equal(edges[:, unit], at)


def test_classes_by_hand() -> None:
    found = in_parts(np.array([[1.0, -2.0], [3.0, 4.0], [5.0, -6.0]]), 2)
    mean, largest = found.by_class(np.array([2, 0, 2]), 3)
    np.testing.assert_array_equal(mean, [[3, 4], [np.nan, np.nan], [3, -4]])
    np.testing.assert_array_equal(largest, [[3, 4], [np.nan, np.nan], [5, -2]])


def test_which_of_equally_active_pictures_come_first_is_drawn_by_the_seed() -> None:
    level = Activations.of(np.zeros((1000, 2)))
    first, second = level.top(100, 0)[0], level.top(100, 1)[0]
    assert (first[:, 0] == first[:, 1]).all() and (first == level.top(100, 0)[0]).all()
    assert len(set(first[:, 0]) & set(second[:, 0])) < 40, "10 are expected by chance"
    assert 400 < first[:, 0].mean() < 600, "0 to 99 would be their order in the set"
    assert not np.signbit(level.bottom(5)[1]).any()


def test_memory_does_not_grow_with_the_number_of_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing remembered and columns apart: 128 units, 4 MB and 32 MB of activations made when they are read."""
    monkeypatch.setattr("generator.models.matrix.REMEMBERED", 0)

    def peak(parts: int) -> int:
        def rows(k: int) -> np.ndarray:
            return np.random.default_rng(k).random((64, 128), np.float32)

        found = Activations([(64, lambda k=k: rows(k)) for k in range(parts)], 128)
        tracemalloc.start()
        found.extremes(100), found.mean, found.histogram(30), found.top(9), found.by_class(np.zeros(64 * parts, int), 1)
        found.rows(range(0, 64 * parts, 16 * parts)), found.digest
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    few, many = peak(128), peak(1024)
    per_picture = (many - few) / (64 * (1024 - 128))
    assert per_picture < 128, "bytes: labels and ranks of pictures, and not the 512 of a row"
