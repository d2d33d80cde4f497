"""Points -> cells of a square grid, each with one point at most, so that near points are in near cells."""

from __future__ import annotations

import numpy as np

def side_of(units: int) -> int:
    """Cells along each side of the grid that holds so many units."""
    return int(np.ceil(np.sqrt(max(1, units))))


def snap(points: np.ndarray) -> np.ndarray:
    """Points [U, 2] -> cells int [U], row * side + column, no two alike; the first coordinate runs along the columns.

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
