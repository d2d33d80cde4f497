"""The observer `texture`: which options have the stripes and grain of the explanation. It knows no colours or things.

Energies of oriented filters at several scales, their mean and spread over the picture, are what classical models of
texture compare (Portilla and Simoncelli 2000; Heeger and Bergen 1995).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import gaussian_filter

from .likeness import Against, Likeness, attention, cosines
from .observer import Picture

SCALES = (1 / 128, 1 / 64, 1 / 32, 1 / 16)  # standard deviation of the filters, in sides of the picture
DIRECTIONS = 6
CELLS = 8  # energies are averaged over cells of the grid-cams' size, and weighted by these
FLOOR = 1e-4  # added to energies before their logarithm: grey steps of 1 % count for nothing


class Texture(Likeness):
    """Logarithms of oriented energies, standardized over the options; cosine."""

    name = "texture"
    what = "Picks the options whose stripes and grain, whatever their colour, are those of the explanation."

    def shown(self, explanation: Sequence[Picture], options: Sequence[np.ndarray]) -> np.ndarray:
        of_options = np.stack([statistics(each) for each in options])
        of_explanation = np.stack([statistics(each.pixels, each.cells) for each in explanation])
        against = Against(of_options)
        return cosines(against(of_explanation), against(of_options)).mean(0)

    def among(self, options: Sequence[np.ndarray]) -> np.ndarray:
        of_options = np.stack([statistics(each) for each in options])
        against = Against(of_options)
        return cosines(against(of_options), against(of_options))


def statistics(pixels: np.ndarray, cells: np.ndarray | None = None) -> np.ndarray:
    """A picture uint8 [S, S, 3] -> mean and spread over its cells of each energy's logarithm, float64 [2 * 4 * 6].

    cells: of a grid-cam, which weighs places.
    """
    logs = np.log(energies(pixels) + FLOOR)  # [scales * directions, CELLS, CELLS]
    weights = attention(cells, CELLS)
    mean = (logs * weights).sum((1, 2))
    spread = np.sqrt((weights * (logs - mean[:, None, None]) ** 2).sum((1, 2)))
    return np.concatenate([mean, spread])


def energies(pixels: np.ndarray) -> np.ndarray:
    """A picture uint8 [S, S, 3] -> mean energy of each oriented filter in each cell, [scales * directions, 8, 8].

    Filters are first and second derivatives of a Gaussian, steered (Freeman and Adelson 1991): edges and lines of one
    direction, whichever is the brighter side.
    """
    grey = pixels.mean(2, dtype=np.float64) / 255.0
    size = grey.shape[0]
    angles = np.arange(DIRECTIONS) * np.pi / DIRECTIONS
    edge = [round(k * size / CELLS) for k in range(CELLS + 1)]
    rows = np.add.reduceat
    area = np.outer(np.diff(edge), np.diff(edge))
    found = []
    for scale in SCALES:
        sigma = scale * size
        x, y, xx, yy, xy = (
            gaussian_filter(grey, sigma, order=order, mode="nearest") * sigma ** sum(order)
            for order in ((0, 1), (1, 0), (0, 2), (2, 0), (1, 1))
        )
        for angle in angles:
            c, s = np.cos(angle), np.sin(angle)
            energy = (c * x + s * y) ** 2 + (c * c * xx + s * s * yy + 2 * c * s * xy) ** 2
            found.append(rows(rows(energy, edge[:-1], 0), edge[:-1], 1) / area)
    return np.stack(found)
