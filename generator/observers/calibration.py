"""Scores of an observer -> probabilities of picking each option, at a temperature, and picks drawn from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

LIMIT = 100.0  # times the usual spread of the scores, or that part of it: where a temperature is looked for
SURE = (np.log(2), np.log(4))  # margins of confidence 2 and 3: odds of the last pick against the next option


def usual_spread(scores: Sequence[np.ndarray]) -> float:
    """Median over questions of the standard deviation of an observer's scores; 1 where all are the same.

    It is the temperature where no other questions are there to calibrate on: probabilities then say how clearly an
    observer tells options apart, and nothing of how often it is right.
    """
    spread = float(np.median([np.std(each) for each in scores])) if scores else 0.0
    return spread if spread > 0 else 1.0


def calibrate(scores: Sequence[np.ndarray], answers: Sequence[Sequence[int]]) -> float:
    """The temperature at which an observer's probabilities fit the answers of questions best (maximum likelihood).

    scores: of each question, [options]; answers: places of its answers. The likelihood is that of picking the answers,
    softmax(scores / temperature), the mean over a question's answers, each question counting the same. It has one
    maximum; looked for between the hundredth part and the hundredfold of `usual_spread`, so that an observer that is
    never right gets nearly even probabilities and one that is never wrong finite ones. Questions must not be those that
    the temperature is used for. Without any, `usual_spread`.
    """
    unit = usual_spread(scores)
    if not scores:
        return unit

    most = max(map(len, scores))
    values = np.stack([np.pad(each, (0, most - len(each)), constant_values=-np.inf) for each in scores])  # [Q, O]
    weights = np.zeros_like(values)  # of the answers, in sum 1 for each question
    for row, right in zip(weights, answers, strict=True):
        row[list(right)] = 1 / len(right)

    def loss(log_temperature: float) -> float:
        fits = log_softmax(values / (unit * np.exp(log_temperature)), axis=1)
        return -float(np.where(weights > 0, fits, 0.0).ravel() @ weights.ravel()) / len(values)

    bounds = (-np.log(LIMIT), np.log(LIMIT))
    return unit * float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-6}).x))


def probabilities(scores: np.ndarray, temperature: float) -> np.ndarray:
    """Scores [options] -> probability of each to be picked first, in sum 1."""
    return softmax(scores / temperature)


@dataclass(frozen=True)
class Picked:
    """Places of the picked options, the first pick first, and how sure: 1 guessing to 3 sure."""

    picks: tuple[int, ...]
    confidence: int


def pick(scores: np.ndarray, temperature: float, picks: int, rng: np.random.Generator | None) -> Picked:
    """The highest scores, or with a generator as many drawn one after the other from the probabilities (Plackett-Luce).

    Noise is Gumbel's, added to scores / temperature, which makes the highest such a draw. Confidence is the margin of
    the last pick over the next option in these units: 1 below odds of 2, 2 below odds of 4, else 3.
    """
    values = scores / temperature
    if rng is not None:
        values = values + rng.gumbel(size=len(values))
    order = np.argsort(-values, kind="stable")
    margin = values[order[picks - 1]] - values[order[picks]]
    return Picked(tuple(int(k) for k in order[:picks]), 1 + sum(bool(margin >= limit) for limit in SURE))
