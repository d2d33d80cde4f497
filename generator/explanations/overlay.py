"""How grid-cams are shown: cell scores -> grey values, and grey over a picture; and where visualizations grew."""

from __future__ import annotations

import numpy as np

PICTURE_WEIGHT = 0.355  # of the published overlays; grey takes the rest (the pages' stylesheet says the same)
OPAQUE = 80  # percentile of a trace from which on a place is opaque (horama 0.3.0, plots.py: plot_maco)
NEUTRAL = 128  # what participants' pictures fade to: neither light nor dark pages have it


def greys(level: np.ndarray) -> np.ndarray:
    """One level of cell scores [cells, cells] -> grey 0 to 255, min-max scaled; bright = active, flat = black."""
    low, high = float(level.min()), float(level.max())
    return (level - low) / (high - low) * 255.0 if high > low else np.zeros_like(level)


def overlay(pixels: np.ndarray, level: np.ndarray) -> np.ndarray:
    """A picture uint8 [S, S, 3] under one level's scores [cells, cells] -> what participants see, uint8 [S, S, 3]."""
    size, cells = pixels.shape[0], level.shape[0]
    edge = [round(k * size / cells) for k in range(cells + 1)]
    spread = np.repeat(np.arange(cells), np.diff(edge))
    grey = greys(level)[spread][:, spread][..., None]  # [cells, cells] -> [S, S, 1]
    return np.round(PICTURE_WEIGHT * pixels + (1.0 - PICTURE_WEIGHT) * grey).astype(np.uint8)


def where_asked(pixels: np.ndarray, trace: np.ndarray, ground: int = 255) -> np.ndarray:
    """A visualization uint8 [S, S, 3] fading to `ground`, a grey, where its unit asked for little change, trace [S, S].

    The fifth of the places that most was asked of is opaque (Fel et al. 2023: transparency is what the magnitudes of
    all steps' gradients add up to).
    """
    most = np.percentile(trace, OPAQUE)
    share = np.minimum(trace / most, 1.0)[..., None] if most > 0 else np.ones((*trace.shape, 1))
    return (ground + share * (pixels.astype(np.float32) - ground)).round().astype(np.uint8)
