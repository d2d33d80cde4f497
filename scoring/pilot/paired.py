"""Two measures of the same participants: do they differ within people, and by how much?"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..statistics.intervals import bca

PERMUTATIONS = 20_000


def paired_difference(differences: np.ndarray, seed: int) -> dict[str, Any] | None:
    """The mean of participants' differences [P] with its BCa interval and p; None with fewer than two participants."""
    if len(differences) < 2:
        return None
    interval = bca(differences, seed)
    return {
        "participants": len(differences),
        "difference": float(differences.mean()),
        "interval": None if interval is None else list(interval),
        "p": sign_flip_p(differences, seed),
    }


def sign_flip_p(differences: np.ndarray, seed: int) -> float:
    """Two-sided p of a mean difference of 0 when the sign of each participant's difference means nothing.

    differences [P]. All ways of flipping the signs are counted up to 2^14 (exact), else PERMUTATIONS are drawn.
    """
    count = len(differences)
    if count <= 14:
        signs = 1 - 2.0 * ((np.arange(2**count)[:, None] >> np.arange(count)) & 1)
        return float(np.mean(np.abs(signs @ differences) >= abs(differences.sum()) - 1e-9))
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], (PERMUTATIONS, count))
    hits = int((np.abs(signs @ differences) >= abs(differences.sum()) - 1e-9).sum())
    return (1 + hits) / (1 + PERMUTATIONS)
