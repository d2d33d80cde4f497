"""The design of a study -> the power of its comparisons, in closed form.

A study asks `sets` sets of `neurons` neurons; `people` participants answer each set in each condition. Conditions are
compared by a difference of means D, and there are two questions that D can answer:

- *of these neurons*: would other people find the same on these neurons? The error of D is that of people and picks.
- *of neurons like these*: would other people find it on other neurons of the kind? Neurons are a sample as well, and
  the error grows by the variance of a neuron's difference over the number of neurons: no number of people takes that
  away.

Var(D) = sum over both conditions of (people / P + picks / (P K)) + neurons / N, with P = sets x people in a
condition, K neurons in a set and N = sets x K in all. Tests are t tests with Satterthwaite's degrees of freedom
(`difference_over_neurons` of `statistics/comparisons.py` is the second one), so power is that of a noncentral t.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
from scipy import stats
from scipy.interpolate import CubicSpline

from ..statistics.corrections import dunnett_quantile
from .variances import Components

Compare = Literal["single", "reference", "pairs", "planned"]
MOST_PEOPLE = 100_000  # per set and condition: beyond, a study is not possible
_AT, _WEIGHTS = np.polynomial.legendre.leggauss(80)
_AT, _WEIGHTS = (_AT + 1) / 2, _WEIGHTS / 2  # of the unit interval


@dataclass(frozen=True)
class Design:
    """sets of so many neurons; people: per set and condition. Fractions are allowed, to draw lines between designs."""

    sets: float
    neurons: float
    people: float

    @property
    def of_condition(self) -> float:
        """Participants in one condition."""
        return self.sets * self.people

    @property
    def all_neurons(self) -> float:
        return self.sets * self.neurons


@dataclass(frozen=True)
class Comparison:
    """Two-sided comparisons at a level: one of them ("single"), of each with a reference, of all pairs, or planned
    ones.

    count: how many comparisons. With a reference the level is held by Dunnett's correlated t; otherwise by Holm,
    whose first and strictest step (level / count) is counted here.
    """

    compare: Compare = "single"
    count: int = 1
    alpha: float = 0.05

    def critical(self, freedom: float) -> float:
        """The t beyond which one of the comparisons is significant."""
        if self.compare == "reference" and self.count > 1:
            return dunnett_critical(self.count, freedom, self.alpha)
        return float(stats.t.ppf(1 - self.alpha / (2 * self.count), freedom))

    def level(self, freedom: float) -> float:
        """The same as a bound of the uncorrected two-sided p."""
        return float(2 * stats.t.sf(self.critical(freedom), freedom))


@dataclass(frozen=True)
class Error:
    """true: variance of the difference; expected: what its test takes for it; freedom: of that estimate."""

    true: float
    expected: float
    freedom: float


def error_of(parts: Components, design: Design, over_neurons: bool) -> Error:
    """The error of a difference of shares, of these neurons or of neurons like these."""
    people, neurons = design.of_condition, design.all_neurons
    rows = [(a + e / design.neurons) / people for a, e in zip(parts.people, parts.picks, strict=True)]
    row_freedom = design.sets * (design.people - 1)
    if not over_neurons:
        return Error(sum(rows), sum(rows), sum(rows) ** 2 / sum(row**2 / row_freedom for row in rows))
    columns = (parts.neurons + sum(parts.picks) / design.people) / neurons
    rest = [e / (people * design.neurons) for e in parts.picks]
    total = sum(rows) + columns - sum(rest)
    noise = (
        sum(row**2 / row_freedom for row in rows)
        + columns**2 / (design.sets * (design.neurons - 1))
        + sum(each**2 / (row_freedom * (design.neurons - 1)) for each in rest)
    )
    return Error(total, total, max(1.0, total**2 / noise))


def rejection(difference: float, error: Error, critical: float) -> float:
    """Probability that |D| / estimated error exceeds a critical t, where D ~ N(difference, error.true)."""
    spread = _spread(error)
    sigma = np.sqrt(error.true)
    beyond = stats.norm.sf((critical * spread - difference) / sigma) + stats.norm.cdf(
        (-critical * spread - difference) / sigma
    )
    return float(_WEIGHTS @ beyond)


def equivalence(margin: float, difference: float, error: Error, comparison: Comparison) -> float:
    """Probability that both one-sided tests find D within -margin … margin (TOST, Schuirmann 1987)."""
    critical = stats.t.ppf(1 - comparison.alpha / comparison.count, error.freedom)
    room = margin - critical * _spread(error)
    sigma = np.sqrt(error.true)
    within = stats.norm.cdf((room - difference) / sigma) - stats.norm.cdf((-room - difference) / sigma)
    return float(_WEIGHTS @ np.where(room > 0, within, 0.0))


def _spread(error: Error) -> np.ndarray:
    """The estimated standard error at the nodes of its own distribution: a chi with the error's degrees of freedom."""
    return np.sqrt(error.expected * stats.chi2.ppf(_AT, error.freedom) / error.freedom)


def power_of(
    parts: Components,
    design: Design,
    difference: float,
    comparison: Comparison,
    over_neurons: bool,
    margin: float | None = None,
) -> float:
    """Power to find a difference of shares, or with a margin to find equivalence where the difference is true."""
    if design.people < 2 or (over_neurons and design.neurons < 2):
        return 0.0
    error = error_of(parts, design, over_neurons)
    if margin is not None:
        return equivalence(margin, difference, error, comparison)
    return rejection(difference, error, comparison.critical(error.freedom))


def false_alarms(parts: Components, design: Design, comparison: Comparison) -> float:
    """How often a test of these neurons alone finds a difference where conditions are alike over all such neurons."""
    own = error_of(parts, design, over_neurons=False)
    error = replace(own, true=own.true + parts.neurons / design.all_neurons)
    return rejection(0.0, error, comparison.critical(own.freedom))


def people_needed(
    parts: Components,
    design: Design,
    difference: float,
    comparison: Comparison,
    wanted: float,
    over_neurons: bool,
    margin: float | None = None,
) -> int | None:
    """The fewest people per set and condition with the wanted power; None where no number of them has it."""

    def enough(people: int) -> bool:
        return power_of(parts, replace(design, people=people), difference, comparison, over_neurons, margin) >= wanted

    high = 2
    while not enough(high):
        high *= 2
        if high > MOST_PEOPLE:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return max(2, high)


def dunnett_critical(count: int, freedom: float, alpha: float) -> float:
    """Two-sided critical t of `count` comparisons with one reference, groups of one size (Dunnett 1955).

    The reference has half of every difference's variance. Between degrees of freedom that were computed it is a
    spline of 1 / freedom, right to some 1e-3, because a figure asks for thousands.
    """
    return float(np.exp(_dunnett_spline(count, alpha)(1 / freedom)))


@lru_cache(maxsize=64)
def _dunnett_spline(count: int, alpha: float) -> CubicSpline:
    freedoms = np.array([1e5, 200, 80, 40, 25, 16, 12, 9, 7, 5, 4, 3, 2.5, 2, 1.5, 1.25, 1])
    return CubicSpline(1 / freedoms, [np.log(dunnett_quantile(f, [0.5] * count, 1 - alpha)) for f in freedoms])
