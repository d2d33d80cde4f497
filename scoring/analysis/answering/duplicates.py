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

from ...statistics.chance import at_least_each

SHARE = (9, 10)  # equal picks in so many of the questions that both answered
FEWEST = 5  # questions that both answered
ALARM = 0.01  # probability that a study of honest people has any session that counts as copied
_WEIGHT = 2.0  # sessions that what is known of all conditions, or questions, counts for in one of them
_CELLS = 8_000_000  # compared at a time: bounds the memory


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
    (count, questions), mistaken = sheets.picks.shape, sheets.mistaken
    partner, share = np.full(count, -1), np.full(count, -1.0)
    partners, nearest, equal, common, mistakes = (np.zeros(count, dtype=int) for _ in range(5))
    comparison = _Comparison(sheets)
    step = max(1, _CELLS // max(1, count * questions))
    for start in range(0, count, step):
        block = np.arange(start, min(count, start + step))
        share[block], here, other, same, both = comparison.of(block)
        if not len(here):
            continue
        alike = ((sheets.picks[here] == sheets.picks[other]) & mistaken[here]).sum(axis=1)
        # The most mistakes alike first, then the most equal picks, then the first file.
        order = np.lexsort((other, -same, -alike, here))
        first = order[np.unique(here[order], return_index=True)[1]]
        rows = here[first]
        partner[rows], mistakes[rows], equal[rows], common[rows] = other[first], alike[first], same[first], both[first]
        np.add.at(partners, here, 1)
        np.add.at(nearest, here, alike == mistakes[here])
    p = np.ones(count)
    paired = np.flatnonzero(mistakes > 0)
    if len(paired):
        p[paired] = _chance(sheets, paired, partner[paired], mistakes[paired], nearest[paired])
    copied = p * count <= ALARM
    copied |= (partner >= 0) & copied[partner]
    alone = len(np.unique(sheets.people)) < 2
    share = np.where(alone | (share < 0), np.nan, share)
    return Duplicates(partner, partners, equal, common, mistakes, p, copied, share)


class _Comparison:
    """Which sessions of different people agree in nine of ten of the questions that both answered."""

    def __init__(self, sheets: Sheets) -> None:
        picks = sheets.picks
        kind = next(k for k in (np.uint8, np.uint16, np.int32) if picks.max(initial=0) + 2 < np.iinfo(k).max)
        self._mine = np.where(picks < 0, np.iinfo(kind).max, picks).astype(kind)
        theirs = np.where(picks < 0, np.iinfo(kind).max - 1, picks).astype(kind)  # two that were left out are not equal
        self._answered = (picks >= 0).astype(np.float32)
        self._number = (picks >= 0).sum(axis=1)
        whole = self._number == picks.shape[1]
        # With whom answered everything, a session shares whatever it answered; with others that has to be counted.
        self._columns = [
            (columns, np.ascontiguousarray(theirs[columns].T), complete)
            for columns, complete in ((np.flatnonzero(whole), True), (np.flatnonzero(~whole), False))
            if len(columns)
        ]
        self._counts = np.uint8 if picks.shape[1] < 255 else np.uint16
        self._own = _same_person(sheets.people)

    def of(self, block: np.ndarray) -> tuple[np.ndarray, ...]:
        """The largest share of equal picks of each of these sessions (-1: nobody to compare with), and all pairs that
        agree: two lists of sessions, how many picks are equal, of how many questions that both answered.
        """
        share, pairs = np.full(len(block), -1.0), []
        for columns, theirs, whole in self._columns:
            same = np.zeros((len(block), len(columns)), dtype=self._counts)
            for q, row in enumerate(theirs):
                same += self._mine[block, q, None] == row
            both = self._number[block, None]
            if not whole:
                both = np.rint(self._answered[block] @ self._answered[columns].T).astype(int)
            for k, session in enumerate(block):
                own = np.searchsorted(columns, self._own[session])
                same[k, own[np.take(columns, own, mode="clip") == self._own[session]]] = 0
            enough = both >= FEWEST
            least = np.where(enough, -(-both * SHARE[0] // SHARE[1]), np.iinfo(self._counts).max)
            near = same >= least.astype(self._counts)
            if whole:
                best = np.where(enough[:, 0], same.max(axis=1) / np.maximum(both[:, 0], 1), -1.0)
            else:
                best = np.where(enough, same / np.maximum(both, 1), -1.0).max(axis=1)
            share = np.maximum(share, best)
            here, there = np.nonzero(near)
            asked = both[here, 0] if whole else both[here, there]
            pairs.append((block[here], columns[there], same[here, there].astype(int), asked))
        return share, *(np.concatenate(each) for each in zip(*pairs, strict=True))


def _same_person(people: np.ndarray) -> list[np.ndarray]:
    """Of each session, all of its person."""
    sessions: dict[int, list[int]] = {}
    for session, person in enumerate(people.tolist()):
        sessions.setdefault(person, []).append(session)
    together = {person: np.array(own) for person, own in sessions.items()}
    return [together[person] for person in people.tolist()]


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
