"""Descriptions of units -> a place for each on a map, so that units that are alike lie near each other."""

from __future__ import annotations

import numpy as np

from ..errors import StudyError

PERPLEXITY = 30  # neighbours that t-SNE holds together (van der Maaten and Hinton 2008: 5 to 50)


def place_units(described: np.ndarray, seed: int) -> np.ndarray:
    """Descriptions float32 [U, d] -> points float64 [U, 2] by t-SNE; units described by zeros stand apart, on the right.

    Computed in one thread, whose sums come in one order: the same descriptions give the same points.
    Raises StudyError where scikit-learn is missing.
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
    try:
        from sklearn.manifold import TSNE
        from threadpoolctl import threadpool_limits
    except ImportError as error:
        raise StudyError("an atlas needs scikit-learn for its map: pip install 'imetric[atlas]'") from error
    start *= 1e-4 / start[:, 0].std()  # as scikit-learn scales its own start
    perplexity = min(PERPLEXITY, (len(described) - 1) / 3)
    with threadpool_limits(1):
        made = TSNE(init=start.astype(np.float32), perplexity=perplexity, random_state=seed % 2**32, n_jobs=1)
        return made.fit_transform(described).astype(np.float64)
