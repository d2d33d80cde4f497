"""Observers that compare: how alike the explanation and each option are, and the options among each other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import combinations
from math import comb

import numpy as np

from .observer import Picture, Told, Trial

MOST_GROUPS = 20_000  # groups of options that are compared one by one
LEAST_SPREAD = 1e-9  # of values in one trial; below it they are all the same but for rounding


class Likeness(ABC):
    """Picks the options most alike to the explanation; where none is shown, those most alike among each other.

    Whoever sees no explanation can only look for what belongs together, so every such observer does.
    """

    name: str
    what: str
    told: Told = "own"

    def scores(self, trials: Sequence[Trial]) -> list[np.ndarray]:
        return [self._scores(trial) for trial in trials]

    def _scores(self, trial: Trial) -> np.ndarray:
        if not trial.explanation:
            return most_alike(self.among(trial.options), trial.picks)
        return self.shown(trial.explanation, trial.options)

    @abstractmethod
    def shown(self, explanation: Sequence[Picture], options: Sequence[np.ndarray]) -> np.ndarray:
        """How alike each option [O] is to the explanation, the mean over its pictures."""

    @abstractmethod
    def among(self, options: Sequence[np.ndarray]) -> np.ndarray:
        """How alike options are to each other, symmetric [O, O]."""


class Blind(Likeness):
    """A likeness that is never shown an explanation: what the options alone give away."""

    def __init__(self, likeness: Likeness) -> None:
        self.likeness = likeness
        self.name = "blind"
        self.what = f"Sees the options only and picks those most alike among each other, by {likeness.name}."

    def shown(self, explanation: Sequence[Picture], options: Sequence[np.ndarray]) -> np.ndarray:
        raise NotImplementedError

    def among(self, options: Sequence[np.ndarray]) -> np.ndarray:
        return self.likeness.among(options)

    def _scores(self, trial: Trial) -> np.ndarray:
        return most_alike(self.among(trial.options), trial.picks)


class Shuffled(Likeness):
    """A likeness that is shown another neuron's explanation: the floor of the task."""

    told: Told = "another"

    def __init__(self, likeness: Likeness) -> None:
        self.likeness = likeness
        self.name = "shuffled"
        self.what = f"As {likeness.name}, shown the explanation of another neuron that is asked about."

    def shown(self, explanation: Sequence[Picture], options: Sequence[np.ndarray]) -> np.ndarray:
        return self.likeness.shown(explanation, options)

    def among(self, options: Sequence[np.ndarray]) -> np.ndarray:
        return self.likeness.among(options)


def most_alike(alike: np.ndarray, picks: int) -> np.ndarray:
    """Likeness of options [O, O] -> score of each [O]: the mean likeness within the best group of `picks` it is in.

    The options with the highest score are those of the group that is most alike. Where there are too many groups to
    look at, an option's group is itself and its nearest. A single pick has no group: all score 0.
    """
    count = len(alike)
    if picks < 2:
        return np.zeros(count)
    if comb(count, picks) > MOST_GROUPS:
        others = np.where(np.eye(count, dtype=bool), -np.inf, alike)
        return np.sort(others, axis=1)[:, -(picks - 1) :].mean(1)
    groups = np.array(list(combinations(range(count), picks)))
    pairs = np.array(list(combinations(range(picks), 2)))
    means = alike[groups[:, pairs[:, 0]], groups[:, pairs[:, 1]]].mean(1)
    best = np.full(count, -np.inf)
    for place in range(picks):
        np.maximum.at(best, groups[:, place], means)
    return best


def standardized(values: np.ndarray) -> np.ndarray:
    """Values -> the same with mean 0 and standard deviation 1, or all 0 where they are the same."""
    spread = values.std()
    return (values - values.mean()) / spread if spread > LEAST_SPREAD else np.zeros_like(values)


def cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Rows [A, D] and [B, D] -> their cosines [A, B]; 0 for rows of zeros."""
    lengths = [np.linalg.norm(rows, axis=1, keepdims=True) for rows in (a, b)]
    a, b = (rows / np.where(length > 0, length, 1.0) for rows, length in zip((a, b), lengths, strict=True))
    return a @ b.T


class Against:
    """Standardizes features by those of a trial's options, so that what all options share counts for nothing.

    options: float [N, D], of the options or of all their places. A feature is divided by its standard deviation over
    them and the mean one of all features: one that hardly varies over these options is not blown up.
    """

    def __init__(self, options: np.ndarray) -> None:
        self._mean = options.mean(0)
        spread = options.std(0)
        self._unit = spread + spread.mean()
        self._unit[self._unit <= 0] = 1.0

    def __call__(self, features: np.ndarray) -> np.ndarray:
        return (features - self._mean) / self._unit


def attention(cells: np.ndarray | None, places: int) -> np.ndarray:
    """A grid-cam [levels, cells, cells] -> weights [places, places], in sum 1: the mean of its levels, area by area.

    Which level a participant leaves the slider at is not known; each is one look at the same thing. All places weigh
    the same where no grid-cam is shown, or a flat one.
    """
    even = np.full((places, places), 1.0 / places**2)
    if cells is None:
        return even
    level = cells.mean(0, dtype=np.float64)
    edges, own = np.linspace(0, 1, places + 1), np.linspace(0, 1, len(level) + 1)
    shared = np.minimum(edges[1:, None], own[None, 1:]) - np.maximum(edges[:-1, None], own[None, :-1])
    share = np.clip(shared, 0, None)  # [places, cells]: of each place's side, what lies in each cell
    weights = share @ level @ share.T
    return weights / weights.sum() if weights.sum() > 0 else even
