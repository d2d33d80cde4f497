"""Wrong options that hang together as the answers do, so that the options alone do not tell which are the answers.

Answers come from the pictures that one neuron answers to most and are alike; distractors drawn at random from all
others are not. Whoever picks the three options that are most alike does better than chance without having seen what
explains the neuron (docs/observers.md has figures). Matched, as many distractors as there are answers are as much alike
as these, and the others stay random: neither the options that belong together nor those that do not are the answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..models import Activations

CANDIDATES = 30  # groups that are drawn to find one as alike as the answers; 60 match no better
Differing = Callable[[Sequence[int] | np.ndarray, int], list[int]]


class Likeness:
    """How much pictures are alike for the studied network: cosines of representations centred on all pictures' mean.

    activations: [N, U]; pictures: those that will be compared.
    """

    def __init__(self, activations: Activations, pictures: Sequence[int]) -> None:
        self._place = {int(picture): k for k, picture in enumerate(pictures)}
        rows = activations.rows(list(self._place)).astype(np.float64) - activations.mean
        rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.finfo(np.float32).tiny)
        self._cosines = rows @ rows.T

    def between(self, picture: int, others: Sequence[int] | np.ndarray) -> np.ndarray:
        """Of one picture with each of the others, [-1, 1]."""
        return self._cosines[self._place[picture], [self._place[int(other)] for other in others]]

    def within(self, pictures: Sequence[int]) -> float:
        """The mean over all pairs of these pictures, two or more."""
        places = [self._place[picture] for picture in pictures]
        some = self._cosines[np.ix_(places, places)]
        return float((some.sum() - np.trace(some)) / (len(places) * (len(places) - 1)))


def like_the_answers(
    answers: Sequence[int],
    group: np.ndarray,
    size: int,
    alike: Likeness,
    differing: Differing,
    rng: np.random.Generator,
) -> list[int]:
    """`size` pictures of a bottom group whose likeness to each other is nearest to that of the answers.

    group: picture indices; differing(order, count): the first of an order that are no near-duplicates of anything
    taken. Candidates are a random picture with others of its nearest neighbours, of the few or the many nearest.
    Empty if no candidate has `size` pictures that differ.
    """
    goal, best, least = alike.within(answers), list[int](), np.inf
    for _ in range(CANDIDATES):
        first = int(rng.choice(group))
        others = group[group != first]
        nearest = others[np.argsort(-alike.between(first, others), kind="stable")]
        among = nearest[: int(rng.integers(size - 1, len(group)))]
        found = differing([first, *rng.permutation(among)], size)
        if len(found) == size and (gap := abs(alike.within(found) - goal)) < least:
            best, least = found, gap
    return best
