"""Tail probabilities of how many of several independent things happen, each with a probability of its own."""

from __future__ import annotations

import numpy as np


def at_least_each(probabilities: np.ndarray, least: np.ndarray) -> np.ndarray:
    """P(at least so many happen) of each row (Poisson binomial), exactly: [n].

    probabilities: [n, Q], 0 for what cannot happen; least: whole numbers [n], 0 gives 1.
    """
    count, questions = probabilities.shape
    happened = np.zeros((count, questions + 1))
    happened[:, 0] = 1.0
    for q in range(questions):
        p = probabilities[:, q, None]
        happened[:, 1:] = happened[:, 1:] * (1 - p) + happened[:, :-1] * p
        happened[:, :1] *= 1 - p
    tail = np.cumsum(happened[:, ::-1], axis=1)[:, ::-1]  # from the small end, so that tiny tails stay exact
    return np.minimum(1.0, tail[np.arange(count), least])
