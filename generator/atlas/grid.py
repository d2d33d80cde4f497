"""Points -> cells of a square grid, each with one point at most, so that near points are in near cells."""

from __future__ import annotations

import numpy as np

NEIGHBOURS = 12  # whose mean place a point is drawn to
ROUNDS, WINDOW = 12, 16  # in windows of 16 x 16 cells; from there on hardly more neighbours are kept
NEAR = 8  # neighbours that `kept` looks for: as many as a cell has


def side_of(units: int) -> int:
    """Cells along each side of the grid that holds so many units."""
    return int(np.ceil(np.sqrt(max(1, units))))


def snap(points: np.ndarray) -> np.ndarray:
    """Points [U, 2] -> cells int [U], row * side + column, no two alike; columns run along the first coordinate."""
    return drawn_together(points, split(points))


def kept(points: np.ndarray, cells: np.ndarray, away: int = 1) -> float:
    """How many of the eight nearest neighbours of a point lie at most so many cells away from its cell, 0 to 1."""
    at = np.stack(np.divmod(cells, side_of(len(points))), 1)
    return float((np.abs(at[_neighbours(points, NEAR)] - at[:, None]).max(2) <= away).mean())


def split(points: np.ndarray) -> np.ndarray:
    """Points [U, 2] -> cells int [U] by halving.

    The longer side of a region is halved, and its points are split in proportion to the cells of each half: those of
    lower coordinates into the first. Ties are broken by number.
    """
    side = side_of(len(points))
    cells = np.empty(len(points), int)
    regions = [(np.arange(len(points)), 0, 0, side, side)]  # units, first row, first column, rows, columns
    while regions:
        units, row, column, rows, columns = regions.pop()
        if not len(units):
            continue
        if rows == columns == 1:
            cells[units[0]] = row * side + column
            continue
        across = columns >= rows
        half = (columns if across else rows) // 2
        inside, whole = half * (rows if across else columns), rows * columns
        count = int(round(len(units) * inside / whole))
        count = min(max(count, len(units) - (whole - inside)), inside)
        order = units[np.lexsort((units, points[units, 0 if across else 1]))]
        first, second = order[:count], order[count:]
        if across:
            regions += [(first, row, column, rows, half), (second, row, column + half, rows, columns - half)]
        else:
            regions += [(first, row, column, half, columns), (second, row + half, column, rows - half, columns)]
    return cells


def drawn_together(points: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Cells int [U] of points [U, 2] -> better ones: near points come nearer.

    Each is drawn to the mean place of its nearest neighbours; within a window of cells those there are assigned anew,
    with the least sum of squared distances. Windows are shifted by half their side from round to round.
    """
    from scipy.optimize import linear_sum_assignment

    units, side = len(points), side_of(len(points))
    if units < 3:
        return cells
    near = _neighbours(points, NEIGHBOURS)
    cells, at = cells.copy(), np.full(side * side, -1)
    at[cells] = np.arange(units)
    square = at.reshape(side, side)  # unit of each cell, -1: none
    for number in range(ROUNDS):
        wanted = np.stack(np.divmod(cells, side), 1)[near].mean(1)  # [U, 2], row and column
        shift = number % 2 * (WINDOW // 2)
        for top in range(-shift, side, WINDOW):
            for left in range(-shift, side, WINDOW):
                window = square[max(0, top) : top + WINDOW, max(0, left) : left + WINDOW]
                there = window[window >= 0]
                places = np.indices(window.shape).reshape(2, -1).T + [max(0, top), max(0, left)]
                distance = np.square(wanted[there][:, None] - places).sum(2)
                who, where = linear_sum_assignment(distance)
                window[:] = -1
                window.flat[where] = there[who]
                cells[there[who]] = places[where] @ [side, 1]
    return cells


def _neighbours(points: np.ndarray, count: int) -> np.ndarray:
    """Points [U, 2] -> int [U, c], the nearest others of each, itself perhaps among those at its own place."""
    from scipy.spatial import cKDTree

    count = min(count, len(points) - 1)
    return cKDTree(points).query(points, range(2, count + 2))[1]
