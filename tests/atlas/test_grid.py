"""Points on a map -> cells of a square grid: each its own, and near points in near cells."""

from __future__ import annotations

import numpy as np
import pytest

from generator.atlas.grid import kept, side_of, snap, split


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 17, 100, 257])
@pytest.mark.parametrize("same", [False, True])
def test_every_point_has_a_cell_of_its_own_on_the_smallest_square(count: int, same: bool) -> None:
    points = np.random.default_rng(count).normal(size=(count, 2)) * (not same)
    cells = snap(points)
    assert side_of(count) ** 2 >= count and (side_of(count) - 1) ** 2 < max(1, count)
    assert len(set(cells.tolist())) == count
    assert all(0 <= cell < side_of(count) ** 2 for cell in cells)


def test_points_that_are_a_grid_already_keep_their_cells() -> None:
    rows, columns = np.divmod(np.arange(64), 8)
    assert split(np.stack([columns, rows], 1) * 3.5).tolist() == list(range(64))


def test_the_first_coordinate_runs_along_the_columns() -> None:
    assert split(np.array([[0.0, 0.0], [9.0, 0.0]])).tolist() in ([0, 1], [2, 3])


def test_drawing_together_keeps_more_neighbours_than_halving_and_far_more_than_chance() -> None:
    rng = np.random.default_rng(0)
    points = (rng.normal(size=(20, 2)) * 10)[rng.integers(20, size=400)] + rng.normal(size=(400, 2))
    snapped, halved, shuffled = snap(points), split(points), rng.permutation(400)
    assert kept(points, snapped) > kept(points, halved) > 5 * kept(points, shuffled)
    assert kept(points, snapped, 2) > kept(points, snapped)


def test_the_same_points_give_the_same_cells() -> None:
    points = np.random.default_rng(3).normal(size=(300, 2))
    assert snap(points).tolist() == snap(points.copy()).tolist()
