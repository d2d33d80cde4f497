"""Picks of many sessions -> which are nearly those of another one, and whether chance makes so many mistakes alike.

People who know the answers agree honestly, so that equal picks alone prove nothing. What says more is picking the same
wrong options (van der Linden and Sotaridona 2006, Wollack 1997, of answers copied in tests). Given how many answers two
people found in a question, neither ability nor difficulty is left: each made one of the picks with so many answers, and
how often those were made, the others tell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np

from .tails import at_least_each

SHARE = (9, 10)  # equal picks in so many of the questions that both answered
FEWEST = 5  # questions that both answered
ALARM = 0.01  # probability that a study of honest people has any pair that counts as copied
_REPEATED = 3  # mistakes alike, from which a sheet near an earlier one tells nothing new about how common picks are
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
    those of `equal` that are not the answers; p: probability that chance makes so many mistakes alike, and copied:
    whether that is too small for all pairs together. share: the largest share of equal picks with anybody else, of
    FEWEST questions or more; nan: there is nobody.
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
    """Compare every two sessions of different people; copied: p times the number of pairs is ALARM or less."""
    picks, people = sheets.picks, sheets.people
    (count, questions), mistaken = picks.shape, sheets.mistaken
    partner, partners = np.full(count, -1), np.zeros(count, dtype=int)
    equal, common, mistakes = (np.zeros(count, dtype=int) for _ in range(3))
    repeated, share = np.zeros(count, dtype=bool), np.full(count, np.nan)
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
        repeated[here[(other < here + start) & (alike >= _REPEATED)] + start] = True
    p = np.ones(count)
    paired = np.flatnonzero(mistakes > 0)
    if len(paired):
        frequencies = _Frequencies(sheets, ~repeated)
        one_way = _chance(sheets, frequencies, paired, partner[paired])
        p[paired] = np.maximum(one_way, _chance(sheets, frequencies, partner[paired], paired))
    pairs = count * (count - 1) / 2
    copied = (partner >= 0) & (p * pairs <= ALARM)
    return Duplicates(partner, partners, equal, common, mistakes, p, copied, np.where(share < 0, np.nan, share))


def _chance(sheets: Sheets, frequencies: _Frequencies, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """P(b has as many of a's mistakes as it has), given a's picks and how many answers b found in each question."""
    picks, matched, mistaken = sheets.picks, sheets.matched, sheets.mistaken
    possible = mistaken[a] & mistaken[b] & (matched[a] == matched[b])
    probability = np.where(possible, frequencies.of(a, b), 0.0)
    return at_least_each(probability, (possible & (picks[a] == picks[b])).sum(axis=1))


class _Frequencies:
    """How common every pick is among those of a question and condition that hold as many answers.

    Few sessions say little: what they leave open, all conditions fill in, and what these do, all questions. Sheets that
    repeat an earlier one count once, so that a hundred copies do not make each other ordinary.
    """

    def __init__(self, sheets: Sheets, once: np.ndarray) -> None:
        """once: [P] the sessions that count."""
        self._sheets = sheets
        picks, matched, groups = sheets.picks, sheets.matched, sheets.groups
        wrong = sheets.mistaken
        own = wrong & once[:, None]
        times = [np.bincount(picks[own[:, q], q], minlength=picks[:, q].max() + 1) for q in range(picks.shape[1])]
        found = [np.bincount(matched[own[:, q], q], minlength=a + 1) for q, (_, a) in enumerate(sheets.sizes)]
        alike, pairs = (sum(float((n * (n - 1.0)).sum()) for n in counts) for counts in (times, found))
        usual = (alike + 2) / (pairs + 8)  # two people with as many answers make the same pick; 1 in 4 before any data
        self._pooled = np.zeros(picks.shape)  # how common each session's own pick is in all conditions together
        for q, (options, answers) in enumerate(sheets.sizes):
            ways = np.array([comb(answers, m) * comb(options - answers, answers - m) for m in range(answers + 1)])
            before = np.maximum(usual, 1 / np.maximum(ways, 1))
            rows, m = np.flatnonzero(wrong[:, q]), matched[wrong[:, q], q]
            self._pooled[rows, q] = _share(times[q][picks[rows, q]], found[q][m], before[m])
        columns = range(picks.shape[1])
        self._times = [_counts(groups[own[:, q]], picks[own[:, q], q]) for q in columns]
        self._found = [_counts(groups[own[:, q]], matched[own[:, q], q]) for q in columns]

    def of(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """[n, Q] how likely someone of b's condition makes a's pick, given its number of answers; 0 … 1."""
        groups = self._sheets.groups[b].tolist()
        likely = np.zeros((len(a), self._sheets.picks.shape[1]))
        for q in range(likely.shape[1]):
            picks, matched = self._sheets.picks[a, q].tolist(), self._sheets.matched[a, q].tolist()
            times = np.array([self._times[q].get(each, 0) for each in zip(groups, picks, strict=True)])
            found = np.array([self._found[q].get(each, 0) for each in zip(groups, matched, strict=True)])
            likely[:, q] = _share(times, found, self._pooled[a, q])
        return likely


def _share(times: np.ndarray, total: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Times of total without the pair that is judged, which counts once, drawn towards what is known before."""
    return (np.maximum(times - 1, 0) + _WEIGHT * before) / (np.maximum(total - 1, 0) + _WEIGHT)


def _counts(groups: np.ndarray, values: np.ndarray) -> Counter[tuple[int, int]]:
    return Counter(zip(groups.tolist(), values.tolist(), strict=True))
