"""How far a program agrees with people: rank correlations with their noise ceiling, and a calibration curve.

People of one condition are a table of picks per question; a program gives every option a probability. Everything is of
these questions, and resamples participants within the sets that they answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from .intervals import LEVEL, Interval, expanded_level

RESAMPLES, SPLITS, BINS = 1000, 200, 10
_STEP = 0.1
_LOG_TIMES = np.arange(-25, 32, _STEP)  # of the race of inclusion: their sum is its integral to 1e-10


@dataclass(frozen=True)
class People:
    """Who answered in one condition. sets: [P]; picked: of each question [P, O], 1 picked, 0 not, NaN not answered."""

    sets: np.ndarray
    picked: Sequence[np.ndarray]

    def rates(self, weights: np.ndarray, question: int) -> np.ndarray:
        """Share of people who picked each option, people weighted: [D, P] -> [D, O]; NaN where nobody is left."""
        table = self.picked[question]
        known = ~np.isnan(table[:, 0])
        own = weights[:, known]
        with np.errstate(invalid="ignore"):
            return (own @ table[known]) / own.sum(axis=1, keepdims=True)

    @property
    def freedom(self) -> int:
        """People beyond one for each set: as many as tell of how people differ."""
        return len(self.sets) - len(np.unique(self.sets))


@dataclass(frozen=True)
class Agreement:
    """Rank correlations, -1 to 1, with their intervals over participants.

    reliability: of people's own order, split-half and Spearman-Brown; ceiling: its square root, the correlation that
    knowing what people on average do would have; None where halves do not agree at all.
    """

    questions: int
    spearman: float | None
    spearman_interval: Interval | None
    kendall: float | None
    kendall_interval: Interval | None
    reliability: float | None
    ceiling: float | None


@dataclass(frozen=True)
class Bin:
    """Options of similar probability: their mean, the share of people who picked them with its interval."""

    probability: float
    rate: float
    interval: Interval
    options: int


@dataclass(frozen=True)
class Calibration:
    """slope: of people's rates on probabilities, 1 where they agree, below 1 where the program is too sure.

    distance: mean distance of bins from the diagonal, each weighted by its options.
    """

    bins: tuple[Bin, ...]
    slope: float | None
    slope_interval: Interval | None
    distance: float


def inclusion(probabilities: np.ndarray, picks: int) -> np.ndarray:
    """Probability that each option is among so many picks without replacement: [O] with sum 1 -> [O] with sum picks.

    As a race: options arrive at exponential times of these rates, and the first ones are picked (Plackett-Luce).
    """
    rates = np.maximum(probabilities, 1e-12)
    arrived = -np.expm1(-np.exp(_LOG_TIMES)[:, None] * rates)  # [T, O]
    count = len(rates)
    # before[k], after[k]: probability that 0 … picks - 1 of the options before k, after k have arrived, [T, picks].
    before, after = np.zeros((2, count + 1, len(_LOG_TIMES), picks))
    before[0, :, 0] = after[count, :, 0] = 1
    for k in range(count):
        before[k + 1] = _one_more(before[k], arrived[:, k])
        after[count - 1 - k] = _one_more(after[count - k], arrived[:, count - 1 - k])
    at_most = after.cumsum(axis=2)
    found = np.empty(count)
    for k in range(count):
        in_time = sum(before[k][:, j] * at_most[k + 1][:, picks - 1 - j] for j in range(picks))
        density = np.exp(_LOG_TIMES) * rates[k] * (1 - arrived[:, k])
        found[k] = (density * in_time).sum() * _STEP
    return np.clip(found, 0, 1)


def _one_more(counts: np.ndarray, arrived: np.ndarray) -> np.ndarray:
    """Distribution of a count, [T, picks], after one option more, which has arrived with this probability [T]."""
    moved = counts * (1 - arrived[:, None])
    moved[:, 1:] += counts[:, :-1] * arrived[:, None]
    return moved


def spearman(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Rank correlation along the last axis, [..., O] -> [...]; NaN where one of them is constant or unknown."""
    a, b = (stats.rankdata(each, axis=-1) for each in np.broadcast_arrays(a, b))
    a, b = a - a.mean(axis=-1, keepdims=True), b - b.mean(axis=-1, keepdims=True)
    return _ratio((a * b).sum(axis=-1), (a**2).sum(axis=-1) * (b**2).sum(axis=-1))


def kendall(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Kendall's tau-b along the last axis, [..., O] -> [...]; NaN where one of them is constant or unknown."""
    first, second = np.triu_indices(a.shape[-1], 1)
    a, b = (np.sign(each[..., first] - each[..., second]) for each in np.broadcast_arrays(a, b))
    return _ratio((a * b).sum(axis=-1), (a**2).sum(axis=-1) * (b**2).sum(axis=-1))


def _ratio(product: np.ndarray, square: np.ndarray) -> np.ndarray:
    known = np.asarray(square > 0)
    return np.divide(product, np.sqrt(np.where(known, square, 1)), out=np.full(known.shape, np.nan), where=known)


def over_options(
    people: People, probabilities: Sequence[np.ndarray], seed: int, level: float = LEVEL
) -> tuple[Agreement | None, list[Agreement]]:
    """Which options people pick against which a program does: the mean over questions, and each question.

    probabilities: of each question [O], of picking each option. None where no question has both orders.
    """
    drawn, halves = _drawn(people, seed)
    everybody = np.ones((1, len(people.sets)))
    # Of each question: its own value, its values in resamples and between halves, NaN where there is none.
    tables: list[tuple[np.ndarray, ...]] = []
    for question, own in enumerate(probabilities):
        once, again = people.rates(everybody, question), people.rates(drawn, question)
        parts = [people.rates(half, question) for half in halves]
        tables.append((
            spearman(once, own), spearman(again, own), kendall(once, own), kendall(again, own), spearman(*parts)
        ))  # fmt: skip
    each = [_agreement([table], people, level) for table in tables]
    known = [table for table, found in zip(tables, each, strict=True) if found.spearman is not None]
    return (_agreement(known, people, level) if known else None), each


def over_questions(
    people: People, answers: Sequence[np.ndarray], expected: np.ndarray, seed: int, level: float = LEVEL
) -> Agreement | None:
    """Which questions people find hard against which a program does.

    answers: of each question [O], true where an option is an answer; expected: [Q], the share of answers that the
    program finds. None with fewer than three questions or where all are alike.
    """
    if len(answers) < 3:
        return None

    def shares(weights: np.ndarray) -> np.ndarray:
        found = [people.rates(weights, q)[:, answer].mean(axis=1) for q, answer in enumerate(answers)]
        return np.stack(found, axis=1)

    drawn, halves = _drawn(people, seed)
    once, again = shares(np.ones((1, len(people.sets)))), shares(drawn)
    table = (spearman(once, expected), spearman(again, expected), kendall(once, expected), kendall(again, expected),
             spearman(*(shares(half) for half in halves)))  # fmt: skip
    found = _agreement([table], people, level, len(answers))
    return None if found.spearman is None else found


def _agreement(
    tables: Sequence[tuple[np.ndarray, ...]], people: People, level: float, questions: int | None = None
) -> Agreement:
    """The mean of questions' correlations; a resample in which one has none is a mean over the others."""
    rho, rho_again, tau, tau_again, halves = (_mean_known(np.array(column)) for column in zip(*tables, strict=True))
    between = float(_mean_known(halves[:, None])[0])
    reliability = 2 * between / (1 + between) if between > -1 else np.nan
    return Agreement(
        len(tables) if questions is None else questions,
        _known(rho[0]), _recentred(rho[0], rho_again, people, level),
        _known(tau[0]), _recentred(tau[0], tau_again, people, level),
        _known(reliability), float(np.sqrt(reliability)) if reliability > 0 else None,
    )  # fmt: skip


def _mean_known(values: np.ndarray) -> np.ndarray:
    """Mean along the first axis of what is known."""
    known = ~np.isnan(values)
    count = known.sum(axis=0)
    return np.divide(np.where(known, values, 0).sum(axis=0), count, out=np.full(count.shape, np.nan), where=count > 0)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _recentred(
    value: float, again: np.ndarray, people: People, level: float, bounds: Interval = (-1.0, 1.0)
) -> Interval | None:
    """Percentiles of resamples about the value, expanded for few people.

    Resampled people are noisier than people, which draws correlations towards 0: what resamples tell is how far the
    value varies, not where it lies. None for fewer than two people beyond one for each set.
    """
    again = again[~np.isnan(again)]
    if np.isnan(value) or people.freedom < 1 or len(again) < 2:
        return None
    tail = (1 - expanded_level(people.freedom + 1, level)) / 2
    low, high = np.quantile(again, [tail, 1 - tail]) - again.mean()
    return max(bounds[0], float(value + low)), min(bounds[1], float(value + high))


def calibration(
    people: People, included: Sequence[np.ndarray], seed: int, bins: int = BINS, level: float = LEVEL
) -> Calibration:
    """What a program says against what people do: options in bins of about as many each, by their probability.

    included: of each question [O], the probability of being among the picks. Options of one probability share a bin.
    Intervals of rates are Wilson's, with as many independent people as the resampled variance stands for.
    """
    said = np.concatenate(included).round(9)  # beyond, digits are those of the computation
    edges = np.unique(np.quantile(said, np.linspace(0, 1, max(1, min(bins, len(said) // 5)) + 1)[1:-1]))
    place = np.searchsorted(edges, said, side="left")
    drawn, _ = _drawn(people, seed)
    centred = said - said.mean()
    count = len(edges) + 1
    rates, again, slope, slope_again = np.zeros(count), np.zeros((len(drawn), count)), 0.0, np.zeros(len(drawn))
    start = 0
    for question, own in enumerate(included):
        part = slice(start, start + len(own))
        start = part.stop
        once = people.rates(np.ones((1, len(people.sets))), question)[0]
        several = people.rates(drawn, question)
        several = np.where(np.isnan(several), once, several)  # nobody of the few who answered it was drawn
        into = np.eye(count)[place[part]]  # [O, bins]
        rates, again = rates + once @ into, again + several @ into
        slope, slope_again = slope + once @ centred[part], slope_again + several @ centred[part]
    sizes = np.bincount(place, minlength=count)
    kept = sizes > 0
    rates, again, sizes = rates[kept] / sizes[kept], again[:, kept] / sizes[kept], sizes[kept]
    means = np.bincount(place, said, minlength=count)[kept] / sizes
    reach = float(stats.t.ppf((1 + level) / 2, max(1, people.freedom)))
    found = [
        Bin(float(x), float(y), _wilson(y, variance, len(people.sets), reach), int(size))
        for x, y, variance, size in zip(means, rates, again.var(axis=0), sizes, strict=True)
    ]
    square = float(centred @ centred)
    distance = float(np.average(np.abs(means - rates), weights=sizes))
    if square <= 1e-12 * len(said):  # nothing is said to be likelier than anything else
        return Calibration(tuple(found), None, None, distance)
    slope, slope_again = float(slope) / square, slope_again / square
    return Calibration(
        tuple(found), slope, _recentred(slope, slope_again, people, level, (-np.inf, np.inf)), distance
    )


def _wilson(rate: float, variance: float, people: int, reach: float) -> Interval:
    """Interval of a share with this resampled variance; where nothing varies, that of so many independent people."""
    count = people if variance < 1e-12 else max(1.0, rate * (1 - rate) / variance)
    middle, half = rate + reach**2 / (2 * count), reach * np.sqrt(rate * (1 - rate) / count + (reach / count) ** 2 / 4)
    low, high = ((middle + sign * half) / (1 + reach**2 / count) for sign in (-1, 1))
    return max(0.0, float(low)), min(1.0, float(high))


def _drawn(people: People, seed: int) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """How often everybody is in each resample, [RESAMPLES, P], and in both halves of each split, [SPLITS, P] each.

    Within sets: a resample has as many people of each set as there are, halves as many as each other, or one more.
    """
    rng = np.random.default_rng(seed)
    resamples, first = np.zeros((RESAMPLES, len(people.sets))), np.zeros((SPLITS, len(people.sets)))
    for name in np.unique(people.sets):
        own = np.flatnonzero(people.sets == name)
        resamples[:, own] = rng.multinomial(len(own), np.full(len(own), 1 / len(own)), size=RESAMPLES)
        order = rng.permuted(np.tile(np.arange(len(own)), (SPLITS, 1)), axis=1)
        first[:, own] = order < len(own) // 2
    return resamples, (first, 1 - first)
