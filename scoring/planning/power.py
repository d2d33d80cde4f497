"""Simulated studies of a design, each tested as the report tests it: a check of the closed form by the response
model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from statsmodels.stats.proportion import proportion_confint

from ..errors import ScoringError
from ..statistics.comparisons import difference_over_neurons
from ..statistics.permutation import stratified_p
from .plan import Aim
from .variances import model_of

Tables = tuple[list[np.ndarray], list[np.ndarray]]  # for both conditions, each set's shares [participants, neurons]


@dataclass(frozen=True)
class Simulated:
    """people: per set and condition. Shares of studies in which a test finds the difference, with 95 % intervals
    (Wilson).

    totals: the permutation test of participants' totals, within sets; neurons: the test of people and neurons.
    """

    people: int
    totals: float
    totals_interval: tuple[float, float]
    neurons: float
    neurons_interval: tuple[float, float]


def simulated_power(
    aim: Aim,
    people: Sequence[int],
    studies: int = 2000,
    seed: int = 1,
    advance: Callable[[], None] = lambda: None,
) -> list[Simulated]:
    """Two conditions of an aim, drawn `studies` times with new neurons and new participants, and tested.

    advance is called after each study. Raises ScoringError.
    """
    aim.check()
    if studies < 100:
        raise ScoringError(f"--studies {studies} is not allowed: 100 or more")
    found = []
    for count in people:
        rng = np.random.default_rng([seed, count])
        by_totals, over_neurons = 0, 0
        for study in range(studies):
            first, second = draw(aim, count, rng)
            p = stratified_p([(a.sum(axis=1), b.sum(axis=1)) for a, b in zip(first, second, strict=True)], study)
            freedom = 2.0 * aim.sets * (count - 1)
            by_totals += p is not None and p < aim.comparison.level(freedom)
            tested = difference_over_neurons(first, second)
            over_neurons += tested is not None and tested.p < aim.comparison.level(tested.freedom)
            advance()
        found.append(
            Simulated(count, by_totals / studies, _wilson(by_totals, studies), over_neurons / studies,
                      _wilson(over_neurons, studies))
        )  # fmt: skip
    return found


def draw(aim: Aim, people: int, rng: np.random.Generator) -> Tables:
    """Matched picks of one simulated study; people: per set and condition."""
    spreads = aim.spreads
    models = [model_of(aim.sizes, share, spreads) for share in (aim.baseline, aim.baseline + aim.difference)]
    sides: Tables = ([], [])
    for _ in range(aim.sets):
        difficulty = rng.normal(0, spreads.neurons, len(aim.sizes))
        for side, model in zip(sides, models, strict=True):
            own = difficulty + rng.normal(0, spreads.interaction, len(aim.sizes))
            side.append(model.draw(people, own / (spreads.of_a_neuron or 1.0), rng).astype(float))
    return sides


def _wilson(hits: int, studies: int) -> tuple[float, float]:
    low, high = proportion_confint(hits, studies, method="wilson")
    return float(low), float(high)


def simulated_records(found: Sequence[Simulated], studies: int, seed: int) -> list[dict[str, Any]]:
    """As power.json holds them."""
    return [
        {
            "people": each.people, "studies": studies, "seed": seed,
            "totals": each.totals, "totals_interval": list(each.totals_interval),
            "neurons": each.neurons, "neurons_interval": list(each.neurons_interval),
        }
        for each in found
    ]  # fmt: skip
