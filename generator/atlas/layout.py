"""Descriptions of units -> a place for each on a map, so that units that are alike lie near each other."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

import numpy as np

from .. import PACKAGE
from ..errors import StudyError
from ..store import Arrays, Store, digest_of_arrays, source_digest
from .grid import snap

PERPLEXITY = 30  # neighbours that t-SNE holds together (van der Maaten and Hinton 2008: 5 to 50)


def lay_out(described: np.ndarray, seed: int, store: Store) -> tuple[np.ndarray, np.ndarray]:
    """Descriptions float32 [U, d] -> points float64 [U, 2] and cells int [U] of a grid, see `place_units` and `snap`.

    Kept in the store. Raises StudyError where scikit-learn is missing.
    """

    def make() -> Arrays:
        points = place_units(described, seed)
        return {"points": points, "cells": snap(points)}

    code = source_digest(PACKAGE / "atlas" / "layout.py", PACKAGE / "atlas" / "grid.py")
    try:
        key = [digest_of_arrays({"described": described}), seed, code, version("scikit-learn")]
    except PackageNotFoundError as error:
        raise StudyError("an atlas needs scikit-learn for its map: pip install 'imetric[atlas]'") from error
    made = store.get("layouts", key, make)
    return made["points"], made["cells"]


def place_units(described: np.ndarray, seed: int) -> np.ndarray:
    """Descriptions float32 [U, d] -> points float64 [U, 2] by t-SNE; units described by zeros stand apart.

    Computed in one thread, whose sums come in one order: the same descriptions give the same points.
    """
    alive = np.flatnonzero(described.any(1))
    points = np.zeros((len(described), 2))
    if len(alive):
        points[alive] = _embedded(described[alive], seed)
    apart = np.flatnonzero(~described.any(1))
    right, low = points[alive].max(0, initial=0)[0], points[alive].min(0, initial=0)[1]
    height = max(1.0, points[alive].max(0, initial=0)[1] - low)
    points[apart, 0] = right + height
    points[apart, 1] = low + height * (np.arange(len(apart)) + 0.5) / max(1, len(apart))
    return points


def _embedded(described: np.ndarray, seed: int) -> np.ndarray:
    """The same of units with descriptions alone; of fewer than five their first two principal components."""
    centred = described.astype(np.float64) - described.mean(0, dtype=np.float64)
    start = np.zeros((len(described), 2))
    if len(described) > 1:
        _, values, directions = np.linalg.svd(centred, full_matrices=False)
        first = centred @ directions[:2].T
        start[:, : first.shape[1]] = first * np.sign(np.where(directions[:2].sum(1) == 0, 1, directions[:2].sum(1)))
    if len(described) < 5 or not start.any():
        return start
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    start *= 1e-4 / start[:, 0].std()  # as scikit-learn scales its own start
    perplexity = min(PERPLEXITY, (len(described) - 1) / 3)
    with threadpool_limits(1):
        made = TSNE(init=start.astype(np.float32), perplexity=perplexity, random_state=seed % 2**32, n_jobs=1)
        return made.fit_transform(described).astype(np.float64)
