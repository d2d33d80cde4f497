"""A neuron's groups of pictures: the most and the least active ones, and how far two neurons share them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..models import Activations
from ..study import SelectionSettings

AHEAD = 64  # neurons whose activations are read together


@dataclass(frozen=True)
class Neuron:
    """A neuron with its groups: picture indices, most active first (top), least active first (bottom)."""

    index: int
    top: np.ndarray
    bottom: np.ndarray


def top_and_bottom_groups(activations: Activations, index: int, settings: SelectionSettings, seed: int) -> Neuron:
    """A neuron's groups. Ties (units are exactly 0 for many pictures) are broken by the seed, not by file order."""
    return next(groups_of(activations, [index], settings, seed))


def groups_of(
    activations: Activations, neurons: Sequence[int], settings: SelectionSettings, seed: int
) -> Iterator[Neuron]:
    """Those of several neurons, in their order, whose activations are read together."""
    for index, values in activations.each_column(neurons):
        tie = np.random.default_rng([seed, index, 0]).permutation(len(values))
        top = _largest(values, tie, settings.top_edge_num)
        yield Neuron(index, top, _largest(-values, -tie, settings.bottom_edge_num))


def _largest(values: np.ndarray, tie: np.ndarray, count: int) -> np.ndarray:
    """Places of the `count` largest of values [N], the largest first; of equal ones those of the largest tie [N]."""
    least = np.partition(values, len(values) - count)[len(values) - count]
    above, level = np.flatnonzero(values > least), np.flatnonzero(values == least)
    wanted = count - len(above)
    level = level[np.argpartition(tie[level], len(level) - wanted)[len(level) - wanted :]]
    some = np.concatenate([above, level])
    return some[np.lexsort((tie[some], values[some]))[::-1]]


class Groups:
    """Neurons of a queue with their groups, made when they are asked for, those that come after them together."""

    def __init__(self, activations: Activations, queue: Sequence[int], settings: SelectionSettings, seed: int) -> None:
        self._of, self._queue, self._settings, self._seed = activations, list(queue), settings, seed
        self._place = {index: k for k, index in enumerate(self._queue)}
        self._made: dict[int, Neuron] = {}

    def __call__(self, index: int) -> Neuron:
        if index not in self._made:
            place = self._place[index]
            some = [n for n in self._queue[place : place + AHEAD] if n not in self._made]
            self._made |= {n.index: n for n in groups_of(self._of, some, self._settings, self._seed)}
        return self._made[index]


def overlap(a: Neuron, b: Neuron) -> float:
    """Share of the top group that two neurons have in common."""
    return len(np.intersect1d(a.top, b.top, assume_unique=True)) / len(a.top)


class Sharing:
    """Neurons, one after another, and which of them has many pictures of its top group in common with a candidate."""

    def __init__(self) -> None:
        self.neurons: list[Neuron] = []
        self._place: dict[int, int] = {}
        self._with: dict[int, list[int]] = {}  # picture -> places of the neurons whose top group holds it

    def add(self, neuron: Neuron) -> None:
        """One more."""
        for picture in neuron.top.tolist():
            self._with.setdefault(picture, []).append(len(self.neurons))
        self._place[neuron.index] = len(self.neurons)
        self.neurons.append(neuron)

    def __len__(self) -> int:
        return len(self._place)

    def __contains__(self, index: int) -> bool:
        return index in self._place

    def remove(self, neuron: Neuron) -> None:
        """One less; the others stay in their order."""
        place = self._place.pop(neuron.index)
        for picture in neuron.top.tolist():
            self._with[picture].remove(place)

    def first(self, candidate: Neuron, most: float) -> tuple[Neuron, float] | None:
        """The first that shares more than `most` of its top group with a candidate, and how much; None: no one does."""
        shared: dict[int, int] = {}
        for picture in candidate.top.tolist():
            for place in self._with.get(picture, ()):
                shared[place] = shared.get(place, 0) + 1
        alike = [(place, count / len(candidate.top)) for place, count in shared.items()]
        found = min(((place, share) for place, share in alike if share > most), default=None)
        return None if found is None else (self.neurons[found[0]], found[1])
