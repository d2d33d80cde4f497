"""The observer `colour`: which options have the colours of the explanation. It knows nothing but colours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .likeness import Likeness, attention
from .observer import Picture

BINS = 12  # of each of three axes; those of neighbouring bins count as near
BLOCKS = 32  # along a picture's side: finer noise than a block does not count
_SPREAD = np.array([0.25, 0.5, 0.25])


class Colour(Likeness):
    """Joint histograms of colours, under a grid-cam weighted by it, and their overlap (Bhattacharyya coefficient)."""

    name = "colour"
    what = "Picks the options whose colours are those of the explanation."

    def shown(self, explanation: Sequence[Picture], options: Sequence[np.ndarray]) -> np.ndarray:
        of_options = np.sqrt([colours(each) for each in options])
        of_explanation = np.sqrt([colours(each.pixels, each.cells) for each in explanation])
        return (of_explanation @ of_options.T).mean(0)

    def among(self, options: Sequence[np.ndarray]) -> np.ndarray:
        roots = np.sqrt([colours(each) for each in options])
        return roots @ roots.T


def colours(pixels: np.ndarray, cells: np.ndarray | None = None) -> np.ndarray:
    """A picture uint8 [S, S, 3] -> its distribution over blurred colours, float64 [BINS^3], summing to 1.

    cells: of a grid-cam, which weighs places; without it places do not count: what is alike may be anywhere. Fine noise
    does not count either: each colour is the mean of a block of 1/32 of the picture's side.
    """
    block = max(1, pixels.shape[0] // BLOCKS)
    side = pixels.shape[0] // block
    small = pixels[: side * block, : side * block].reshape(side, block, side, block, 3).mean((1, 3), dtype=np.float64)
    at = np.minimum(small / 256.0 * BINS, BINS - 1e-6).astype(int).reshape(-1, 3)
    counts = np.zeros((BINS,) * 3)
    np.add.at(counts, tuple(at.T), attention(cells, side).ravel())
    for axis in range(3):
        padded = np.pad(counts, [(1, 1) if each == axis else (0, 0) for each in range(3)])
        windows = np.lib.stride_tricks.sliding_window_view(padded, 3, axis=axis)
        counts = windows @ _SPREAD
    return (counts / counts.sum()).ravel()
