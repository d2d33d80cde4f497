"""The I-metric: how many of a participant's picks are pictures that really activate the neuron most.

Baek, Jang and Cho, 'Can we interpret the black box?': three picks per question, ten questions, x/30. A person who picks
blindly matches a hypergeometric number of answers in each question, so the chance distribution of totals is exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.signal import fftconvolve
from scipy.stats import hypergeom


def chance(questions: Sequence[tuple[int, int, int]]) -> np.ndarray:
    """Probability of each total 0, 1, … when every pick is blind.

    questions: (options, answers, picks) of each question, e.g. [(9, 3, 3)] * 10; a question's picks are made without
    putting back, questions are independent. Returns [sum of min(answers, picks) + 1] probabilities.
    """
    total = np.ones(1)
    for options, answers, picks in questions:
        most = min(answers, picks)
        total = np.convolve(total, hypergeom(options, answers, picks).pmf(np.arange(most + 1)))
    return total


def chance_of_sizes(sizes: Sequence[tuple[int, int]]) -> np.ndarray:
    """The chance distribution of one participant's total: as many picks as answers; sizes: (options, answers) each."""
    return chance([(options, answers, answers) for options, answers in sizes])


def sum_of(distribution: np.ndarray, count: int) -> np.ndarray:
    """Distribution of the sum of `count` independent draws, by repeated squaring."""
    if count < 1:
        return np.ones(1)
    result, power = np.ones(1), distribution
    while True:
        if count & 1:
            result = convolve(result, power)
        count >>= 1
        if not count:
            return result
        power = convolve(power, power)


def convolve(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Distribution of the sum of two independent draws.

    Directly while that is quick: exact in the tails. By FFT beyond, where tails below 1e-15 are lost.
    """
    if min(len(a), len(b)) < 5000:
        return np.convolve(a, b)
    return np.clip(fftconvolve(a, b), 0.0, None)


def at_least(distribution: np.ndarray, total: float) -> float:
    """P(sum >= total), 0 to 1."""
    first = max(0, int(np.ceil(total - 1e-9)))
    return float(min(1.0, distribution[first:].sum()))


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


def p_against_chance(totals: Sequence[float], distribution: np.ndarray) -> float:
    """Exact one-sided p: the probability that as many blind participants reach at least the same sum of totals.

    totals: each participant's matched picks, all over the same questions; distribution: of one blind participant's
    total. Where thousands of participants are summed, values below 1e-15 give no more than their order of magnitude.
    """
    return at_least(sum_of(distribution, len(totals)), float(np.sum(totals)))


def p_of_blind(answered: Mapping[tuple[tuple[int, int], ...], int], matched: float) -> float:
    """Exact one-sided p that blind participants, each with the questions they answered, match as many in sum.

    answered: the sizes (options, answers) of the questions that one participant answered -> by how many participants.
    """
    total = np.ones(1)
    for sizes, count in answered.items():
        total = convolve(total, sum_of(chance_of_sizes(sizes), count))
    return at_least(total, matched)


def mean_and_sd(distribution: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation of a distribution over 0, 1, …"""
    values = np.arange(len(distribution))
    mean = float(distribution @ values)
    return mean, float(np.sqrt(distribution @ (values - mean) ** 2))
