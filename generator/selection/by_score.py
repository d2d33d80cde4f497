"""Neurons chosen by how well a program answers questions about them: scores of candidates -> where to look for each.

The score comes from outside (`Rate`): selection knows neither questions nor who answers them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np


@dataclass(frozen=True)
class MachineScores:
    """How well an observer answers questions about candidates, on average over several draws of each.

    of: neuron -> mean right picks, 0 to `highest`, of those that a question can be drawn about; chance: what whoever
    picks at random has; draws: of each; observer: who answered, one sentence.
    """

    of: Mapping[int, float]
    highest: int
    chance: float
    draws: int
    observer: str

    def counts(self, some: Sequence[int] | None = None) -> list[tuple[float, int]]:
        """Each score that there can be, and how many neurons (None: all) have it."""
        picks = Counter(round(self.of[n] * self.draws) for n in (self.of if some is None else some) if n in self.of)
        return [(k / self.draws, picks[k]) for k in range(self.highest * self.draws + 1)]


Rate = Callable[[Sequence[int]], MachineScores]  # asked for all candidates at once
Place = tuple[list[int], int]  # candidates in the order in which they are tried, and how many of them are wanted


def places_by_score(
    by: Literal["spread", "easy", "hard"], candidates: Sequence[int], scores: MachineScores, count: int
) -> list[Place]:
    """Candidates in their seeded order -> where to look for the `count` neurons; those without a score are left out.

    easy: the highest first, hard: the lowest first, equal ones in seeded order. spread: the candidates, in order of
    their score, in as many strata of equal size as neurons are wanted, one from each: its own candidates in seeded
    order, and should all of them be like others of the study, the nearest beside it.
    """
    rated = [n for n in candidates if n in scores.of]
    upwards = sorted(rated, key=lambda n: scores.of[n])
    if by == "hard":
        return [(upwards, count)]
    if by == "easy":
        return [(sorted(rated, key=lambda n: -scores.of[n]), count)]
    rank, drawn = {n: k for k, n in enumerate(upwards)}, {n: k for k, n in enumerate(rated)}
    places = []
    for stratum in np.array_split(np.arange(len(upwards)), count):
        own = {upwards[k] for k in stratum}
        middle = float(stratum.mean()) if len(stratum) else 0.0
        beside = sorted((n for n in rated if n not in own), key=lambda n: (abs(rank[n] - middle), drawn[n]))
        places.append((sorted(own, key=drawn.__getitem__) + beside, 1))
    return places
