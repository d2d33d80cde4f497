"""Item analysis: how each question works, how far participants agree, learning, confidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from .intervals import Interval, bca


def _by_set(matrix: np.ndarray, sets: np.ndarray | None) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each set its questions' places [q] and the rows of those who answered all of them [p, q].

    matrix: [P, Q], NaN where not answered; sets: [Q] the set of each question, None where all are one.
    """
    sets = np.zeros(matrix.shape[1]) if sets is None else sets
    found = []
    for name in np.unique(sets):
        places = np.flatnonzero(sets == name)
        own = matrix[:, places]
        found.append((places, own[~np.isnan(own).any(axis=1)]))
    return found


def corrected_item_total(matrix: np.ndarray, sets: np.ndarray | None = None) -> np.ndarray:
    """Correlation of each question with the sum of its set's others, [P, Q] -> [Q]; NaN where one of them never varies.

    Only participants who answered every question of the set count. A value near or below 0: the question measures
    something else. sets: [Q], the set of each question.
    """
    totals = np.full(matrix.shape[1], np.nan)
    for places, own in _by_set(matrix, sets):
        rest = own.sum(axis=1, keepdims=True) - own
        totals[places] = [_correlation(own[:, q], rest[:, q]) for q in range(len(places))]
    return totals


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    if len(a) < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def cronbach_alpha(matrix: np.ndarray, sets: np.ndarray | None = None) -> float | None:
    """Internal consistency of the questions, [P, Q] of matched picks; at most 1, may be negative (Cronbach 1951).

    Only participants who answered every question of their set count; None with fewer than two of them or no spread of
    totals. sets: [Q], the set of each question; the variances are pooled within sets.
    """
    blocks = [own for _, own in _by_set(matrix, sets) if len(own) > 1 and own.shape[1] > 1]
    freedom = sum(len(own) - 1 for own in blocks)
    if not freedom:
        return None
    total = sum(own.sum(axis=1).var(ddof=1) * (len(own) - 1) for own in blocks) / freedom
    single = sum(own.var(axis=0, ddof=1).sum() * (len(own) - 1) for own in blocks) / freedom
    questions = sum(own.shape[1] * (len(own) - 1) for own in blocks) / freedom
    return float(questions / (questions - 1) * (1 - single / total)) if total > 0 else None


def krippendorff_alpha(counts: np.ndarray) -> float | None:
    """Agreement beyond chance for nominal values; 1 = all agree, 0 = as if drawn from one hat (Krippendorff 2011).

    counts: [units, values], how many observers gave each value to each unit; units with fewer than two are left out.
    None where nothing can be compared or only one value was ever given.
    """
    counts = counts[counts.sum(axis=1) >= 2].astype(float)
    if not len(counts):
        return None
    observers = counts.sum(axis=1)
    pairs_apart = (observers**2 - (counts**2).sum(axis=1)) / (observers - 1)
    total = counts.sum()
    values = counts.sum(axis=0)
    expected = (total**2 - (values**2).sum()) / (total - 1)
    if expected == 0:
        return None
    return float(1 - pairs_apart.sum() / expected)


def agreement(picked: np.ndarray, answered: np.ndarray) -> float | None:
    """Krippendorff's alpha of picking: each option is a unit, each participant says 'picked' or 'not picked'.

    picked: [units] how often each option was picked; answered: [units] how many participants answered the question.
    """
    return krippendorff_alpha(np.stack([picked, answered - picked], axis=1))


@dataclass(frozen=True)
class Trend:
    """A mean over participants of something computed for each one, with its interval and two-sided p (t test)."""

    mean: float
    interval: Interval | None
    p: float | None
    participants: int


def _trend(values: np.ndarray, seed: int) -> Trend | None:
    values = values[~np.isnan(values)]
    if not len(values):
        return None
    p = float(stats.ttest_1samp(values, 0).pvalue) if len(values) > 1 and np.ptp(values) > 0 else None
    return Trend(float(values.mean()), bca(values, seed), p, len(values))


def learning(matrix: np.ndarray, positions: np.ndarray, seed: int) -> Trend | None:
    """Change of matched picks from one question to the next, each participant's least-squares slope.

    matrix: [P, Q] matched picks; positions: [P, Q] the place, from 1, of each in the session; NaN where not answered.
    Positive: later questions go better. The other participants' mean of the question is taken off first, so that an
    order that happens to put easy questions late does not look like learning. (Their own part in the mean would draw
    the slopes of n participants towards 0 by 1/n.) None where nobody answered two questions at different places that
    others answered too.
    """
    answered = ~np.isnan(matrix)
    others = answered.sum(axis=0) - 1  # [Q], of each who answered
    answered &= others > 0
    filled = np.where(answered, matrix, 0.0)
    values = np.where(answered, filled - (filled.sum(axis=0) - filled) / np.maximum(others, 1), 0.0)
    count = np.maximum(answered.sum(axis=1, keepdims=True), 1)
    places = np.where(answered, positions, 0.0)
    places = np.where(answered, places - places.sum(axis=1, keepdims=True) / count, 0.0)
    square = (places**2).sum(axis=1)
    slopes = np.divide((places * values).sum(axis=1), square, out=np.full(len(matrix), np.nan), where=square > 0)
    return _trend(slopes, seed)


def fixed_order(positions: np.ndarray, sets: np.ndarray | None = None) -> bool:
    """Whether all who had a set got its questions in one order: learning and difficulty cannot be separated then.

    positions: [P, Q], NaN where not answered; sets: [Q], the set of each question.
    """
    several = [own for _, own in _by_set(positions, sets) if len(own) > 1]
    return bool(several) and all(bool((own == own[0]).all()) for own in several)


def resolution(confidence: np.ndarray, matched: np.ndarray, seed: int) -> Trend | None:
    """Whether people know what they know: Goodman and Kruskal's gamma of confidence and matched picks in each person.

    confidence, matched: [P, Q], NaN where not given. -1 to 1, 0 = confidence says nothing (Nelson 1984). Participants
    with one confidence or one score throughout do not count; None where none is left.
    """
    return _trend(np.array([_gamma(c, m) for c, m in zip(confidence, matched, strict=True)]), seed)


def _gamma(a: np.ndarray, b: np.ndarray) -> float:
    known = ~(np.isnan(a) | np.isnan(b))
    a, b = a[known], b[known]
    signs = np.sign(a[:, None] - a) * np.sign(b[:, None] - b)
    concordant, discordant = (signs > 0).sum(), (signs < 0).sum()
    return float((concordant - discordant) / (concordant + discordant)) if concordant + discordant else float("nan")
