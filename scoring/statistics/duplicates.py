"""Picks of many sessions -> which are nearly those of another one, and whether chance makes so many mistakes alike.

People who know the answers agree honestly, so that equal picks alone prove nothing. What says more is picking the same
wrong options (van der Linden and Sotaridona 2006, Wollack 1997, of answers copied in tests). Given how many answers
somebody found in a question, neither ability nor difficulty is left: it is one of the picks with so many answers, and
how often each of those is made, the others tell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
from scipy.special import gammaln

from .tails import at_least_each

SHARE = (9, 10)  # equal picks in so many of the questions that both answered
FEWEST = 5  # questions that both answered
ALARM = 0.01  # probability that a study of honest people has any session that counts as copied
_WEIGHT = 2.0  # sessions that what is known of all conditions, or questions, counts for in one of them
_CELLS = 4_000_000  # compared at a time: bounds the memory


@dataclass(frozen=True)
class Sheets:
    """What P sessions picked in Q questions.

    picks: int [P, Q], a number for each set of options that was picked in a question; -1: not answered. matched: [P, Q]
    picks that are answers. sizes: (options, answers) of each question. people, groups: [P] numbers of the person and of
    the condition.
    """

    picks: np.ndarray
    matched: np.ndarray
    sizes: Sequence[tuple[int, int]]
    people: np.ndarray
    groups: np.ndarray

    @property
    def mistaken(self) -> np.ndarray:
        """[P, Q] whether the picks are other than the answers."""
        return (self.picks >= 0) & (self.matched < np.array([answers for _, answers in self.sizes]))


@dataclass(frozen=True)
class Duplicates:
    """Of each session [P]: its closest other and what they share.

    partner: the session of another person that agrees in nine of ten questions, most mistakes alike first; -1: none;
    partners: how many such there are; equal, common: questions with equal picks, and that both answered; mistakes:
    those of `equal` that are not the answers; p: probability that chance gives as many others with as many mistakes
    alike; copied: whether that of the session or its partner is too small for a study of P. share: the largest share of
    equal picks with anybody else, of FEWEST questions or more; nan: there is nobody.
    """

    partner: np.ndarray
    partners: np.ndarray
    equal: np.ndarray
    common: np.ndarray
    mistakes: np.ndarray
    p: np.ndarray
    copied: np.ndarray
    share: np.ndarray


def duplicates(sheets: Sheets) -> Duplicates:
    """Compare every two sessions of different people; copied: p times P is ALARM or less."""
    picks, people = sheets.picks, sheets.people
    (count, questions), mistaken = picks.shape, sheets.mistaken
    partner = np.full(count, -1)
    partners, nearest, equal, common, mistakes = (np.zeros(count, dtype=int) for _ in range(5))
    share = np.full(count, np.nan)
    theirs = np.where(picks < 0, -2, picks).astype(np.int32)
    mine = picks.astype(np.int32)
    answered = (picks >= 0).astype(np.float32)
    step = max(1, _CELLS // max(1, count * questions))
    for start in range(0, count, step):
        block = slice(start, min(count, start + step))
        same = np.zeros((block.stop - start, count), dtype=np.int16)
        for q in range(questions):
            same += mine[block, q, None] == theirs[None, :, q]
        both = np.rint(answered[block] @ answered.T).astype(np.int16)
        comparable = (both >= FEWEST) & (people[block, None] != people[None, :])
        share[block] = np.where(comparable, same / np.maximum(both, 1), -1.0).max(axis=1)
        near = comparable & (same * SHARE[1] >= both * SHARE[0])
        here, other = np.nonzero(near)
        if not len(here):
            continue
        alike = ((mine[here + start] == theirs[other]) & mistaken[other]).sum(axis=1)
        # The most mistakes alike first, then the most equal picks, then the first file.
        order = np.lexsort((other, -same[here, other], -alike, here))
        first = order[np.unique(here[order], return_index=True)[1]]
        rows = here[first] + start
        partner[rows], mistakes[rows] = other[first], alike[first]
        equal[rows], common[rows] = same[here[first], other[first]], both[here[first], other[first]]
        partners[block] = near.sum(axis=1)
        np.add.at(nearest, here + start, alike == mistakes[here + start])
    p = np.ones(count)
    paired = np.flatnonzero(mistakes > 0)
    if len(paired):
        p[paired] = _chance(sheets, paired, partner[paired], mistakes[paired], nearest[paired])
    copied = p * count <= ALARM
    copied |= (partner >= 0) & copied[partner]
    return Duplicates(partner, partners, equal, common, mistakes, p, copied, np.where(share < 0, np.nan, share))


def _chance(sheets: Sheets, rows: np.ndarray, others: np.ndarray, least: np.ndarray, times: np.ndarray) -> np.ndarray:
    """A bound of P(`times` others or more have `least` of a session's mistakes or more), for sessions [n].

    The others are independent, given how many answers each found in each question; with an expected number e of them,
    k or more have a probability of e^k / k! at most. `least` was the most that anybody had: one of so many numbers.
    others: [n] the session's partner, which does not tell how common its picks are.
    """
    mistaken, matched, groups = sheets.mistaken, sheets.matched, sheets.groups
    expected, frequencies = np.zeros(len(rows)), _Frequencies(sheets)
    for group in np.unique(groups):
        likely = at_least_each(np.where(mistaken[rows], frequencies.of(rows, others, group), 0.0), least)
        theirs = np.flatnonzero(groups == group)
        for n, row in enumerate(rows):
            wrong = np.flatnonzero(mistaken[row])
            found = matched[np.ix_(theirs, wrong)] == matched[row, wrong]
            found &= mistaken[np.ix_(theirs, wrong)]
            able = np.count_nonzero(np.count_nonzero(found, axis=1) >= least[n]) - (groups[row] == group)
            expected[n] += able * likely[n]
    with np.errstate(divide="ignore"):
        logarithm = times * np.log(expected) - gammaln(times + 1) + np.log(mistaken[rows].sum(axis=1))
    return np.exp(np.minimum(0.0, logarithm))


class _Frequencies:
    """How common every pick is among those of a question and condition that hold as many answers.

    Few sessions say little: what they leave open, all conditions fill in, and what these do, all questions.
    """

    def __init__(self, sheets: Sheets) -> None:
        self._sheets = sheets
        picks, matched, groups = sheets.picks, sheets.matched, sheets.groups
        wrong, columns = sheets.mistaken, range(picks.shape[1])
        times = [np.bincount(picks[wrong[:, q], q], minlength=picks[:, q].max() + 1) for q in columns]
        found = [np.bincount(matched[wrong[:, q], q], minlength=a + 1) for q, (_, a) in enumerate(sheets.sizes)]
        alike, pairs = (sum(float((n * (n - 1.0)).sum()) for n in counts) for counts in (times, found))
        usual = (alike + 2) / (pairs + 8)  # two people with as many answers make the same pick; 1 in 4 before any data
        self._pooled = np.zeros(picks.shape)  # how common each session's own pick is in all conditions together
        for q, (options, answers) in enumerate(sheets.sizes):
            ways = np.array([comb(answers, m) * comb(options - answers, answers - m) for m in range(answers + 1)])
            before = np.maximum(usual, 1 / np.maximum(ways, 1))
            rows, m = np.flatnonzero(wrong[:, q]), matched[wrong[:, q], q]
            self._pooled[rows, q] = _share(times[q][picks[rows, q]] - 2, found[q][m] - 2, before[m])
        self._times = [_counts(groups[wrong[:, q]], picks[wrong[:, q], q]) for q in columns]
        self._found = [_counts(groups[wrong[:, q]], matched[wrong[:, q], q]) for q in columns]

    def of(self, rows: np.ndarray, others: np.ndarray, group: int) -> np.ndarray:
        """[n, Q] how likely people of a condition make these sessions' picks, given their number of answers; 0 … 1.

        others: [n] the sessions that are left out, as the sessions themselves are: they make the same pick.
        """
        groups = self._sheets.groups
        own = (groups[rows] == group).astype(int) + (groups[others] == group)
        likely = np.zeros((len(rows), self._sheets.picks.shape[1]))
        for q in range(likely.shape[1]):
            picks, matched = self._sheets.picks[rows, q].tolist(), self._sheets.matched[rows, q].tolist()
            times = np.array([self._times[q][group, pick] for pick in picks])
            found = np.array([self._found[q][group, each] for each in matched])
            likely[:, q] = _share(times - own, found - own, self._pooled[rows, q])
        return likely


def _share(times: np.ndarray, total: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Times of total, drawn towards what is known before."""
    return (np.maximum(times, 0) + _WEIGHT * before) / (np.maximum(total, 0) + _WEIGHT)


def _counts(groups: np.ndarray, values: np.ndarray) -> Counter[tuple[int, int]]:
    return Counter(zip(groups.tolist(), values.tolist(), strict=True))
