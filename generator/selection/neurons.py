"""Which neurons to ask about: activations -> neurons that pass the paper's criteria and differ from each other.

Names and defaults of the criteria are the paper's: the smallest of the `top_edge_num` highest activations exceeds
`top_min` and is at least `min_max_ratio_min` times the largest of the `bottom_edge_num` lowest (a largest of 0
passes). Candidates come in a seeded random order, or where [selection] by says so in that of a machine score; one is
dropped if it looks like a neuron that is kept already.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from ..errors import StudyError
from ..models import Activations
from ..study import SelectionSettings
from .by_score import MachineScores, Place, Rate, places_by_score
from .groups import Groups, Neuron, Sharing, groups_of


@dataclass(frozen=True)
class Criteria:
    """Per neuron [U]: smallest activation of its top group, largest of its bottom group, and what it passes."""

    top_smallest: np.ndarray
    bottom_largest: np.ndarray
    active_enough: np.ndarray
    distinct_enough: np.ndarray
    explained: np.ndarray | None = None  # whether pictures were given for it; None: they are made for any neuron

    @property
    def passes(self) -> np.ndarray:
        both = self.active_enough & self.distinct_enough
        return both if self.explained is None else both & self.explained


@dataclass(frozen=True)
class Drop:
    """A candidate that was not taken, and why.

    kind: its pictures are another neuron's, its visualization is weak, or looks like another's; other: that neuron.
    """

    neuron: int
    reason: str
    kind: Literal["pictures", "weak", "alike"]
    other: int | None = None
    likeness: float | None = None  # of their visualizations; "pictures": share of the top group


@dataclass
class Selection:
    """The neurons of the study, in question order, and how they were found. scores: where they are chosen by them."""

    neurons: list[Neuron] = field(default_factory=list)
    dropped: list[Drop] = field(default_factory=list)
    criteria: Criteria | None = None
    scores: MachineScores | None = None


def check_groups(pictures: int, settings: SelectionSettings) -> None:
    """Raises StudyError if a top and a bottom group do not fit into so many pictures."""
    if settings.top_edge_num + settings.bottom_edge_num > pictures:
        raise StudyError(
            f"{pictures} pictures are too few for a top group of {settings.top_edge_num} and a bottom group of "
            f"{settings.bottom_edge_num}: give at least {settings.top_edge_num + settings.bottom_edge_num} pictures, "
            "or lower [selection] top_edge_num and bottom_edge_num"
        )


def apply_criteria(
    activations: Activations, settings: SelectionSettings, explained: Sequence[int] | None = None
) -> Criteria:
    """Activations [N, U] -> the criteria of every neuron. Raises StudyError if the groups do not fit N.

    explained: the only neurons that can be asked about, because pictures were given for them; None: all can.
    """
    check_groups(len(activations), settings)
    top, bottom = activations.extremes(settings.top_edge_num)[0], activations.extremes(settings.bottom_edge_num)[1]
    distinct = (bottom <= 0) | (top >= settings.min_max_ratio_min * bottom)
    has_files = None if explained is None else np.isin(np.arange(activations.shape[1]), list(explained))
    return Criteria(top, bottom, top > settings.top_min, distinct, has_files)


def explain_failure(criteria: Criteria, settings: SelectionSettings, found: int) -> str:
    """One sentence for a study that does not find its neurons: how many fail where, which thresholds would do."""
    units = len(criteria.passes)
    parts = [
        f"only {found} of the {settings.count} neurons asked for were found among {units}",
        f"{int((~criteria.active_enough).sum())} fail top_min = {settings.top_min:g}",
        f"{int((~criteria.distinct_enough).sum())} fail min_max_ratio_min = {settings.min_max_ratio_min:g}",
    ]
    if criteria.explained is not None:
        parts.append(f"pictures were given for {int(criteria.explained.sum())}")
    looser = looser_thresholds(criteria, settings.count)
    if looser is None:
        advice = f"no thresholds give {settings.count} of these neurons; lower count, top_edge_num or bottom_edge_num"
    elif int(criteria.passes.sum()) >= settings.count:
        advice = "the others look alike: raise overlap_max or similarity_max, lower visualization_min, or lower count"
    else:
        advice = f"top_min = {looser[0]:.4g} with min_max_ratio_min = {looser[1]:.4g} would let {settings.count} pass"
    return "; ".join(parts) + f"; {advice} (all in [selection])"


def looser_thresholds(criteria: Criteria, count: int) -> tuple[float, float] | None:
    """(top_min, min_max_ratio_min) just loose enough for `count` neurons, the distinct ones first, then the active."""
    if count > len(criteria.passes):
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(criteria.bottom_largest <= 0, np.inf, criteria.top_smallest / criteria.bottom_largest)
    ratio = np.where(criteria.top_smallest > 0, ratio, 0.0)
    best = np.lexsort((-criteria.top_smallest, -ratio))[:count]
    least = float(ratio[best].min())
    if least < 1.0:
        return None
    return float(np.nextafter(criteria.top_smallest[best].min(), 0, dtype=np.float32)) * 0.999, min(least * 0.999, 1e4)


def cosine_similarity(a: np.ndarray, b: np.ndarray) -> float:
    """Cosine of two visualizations as the network represents them, [U] each, centred on the pictures' mean."""
    norm = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / norm if norm > 0 else 1.0


# Neurons -> neuron: (its visualization's activation of itself, the visualization's centred representation [U]).
Represent = Callable[[Sequence[int]], Mapping[int, tuple[float, np.ndarray]]]


def select(
    activations: Activations,
    settings: SelectionSettings,
    seed: int,
    represent: Represent,
    explained: Sequence[int] | None = None,
    rate: Rate | None = None,
) -> Selection:
    """Walk the candidates in their order and keep those that differ, until there are `settings.count`.

    `represent` is asked for as few neurons as are needed, in batches. Explicit [selection] neurons are taken as they
    are; explained: see `apply_criteria`; rate: gives the candidates' machine scores, asked for once if [selection] by
    needs them. Question order is the candidates' seeded order, whatever they are chosen by. Raises StudyError if too
    few are found.
    """
    criteria = apply_criteria(activations, settings, explained)
    if settings.neurons:
        return Selection(_named_neurons(activations, settings, seed), criteria=criteria)
    result = Selection(criteria=criteria)
    candidates = [int(n) for n in np.random.default_rng([seed, 3]).permutation(np.flatnonzero(criteria.passes))]
    places: list[Place] = [(candidates, settings.count)]
    if settings.by != "criteria":
        assert rate is not None
        result.scores = rate(candidates)
        places = places_by_score(settings.by, candidates, result.scores, settings.count)
    walk = _Walk(result, settings, represent, Groups(activations, candidates, settings, seed))
    for number, (queue, wanted) in enumerate(places):
        walk.fill(queue, wanted, [later for later, _ in places[number + 1 :]])
    if len(result.neurons) < settings.count:
        raise StudyError(explain_failure(criteria, settings, len(result.neurons)))
    order = {index: k for k, index in enumerate(candidates)}
    result.neurons.sort(key=lambda neuron: order[neuron.index])
    return result


class _Walk:
    """Tries candidates one by one: `result` gets those that are kept and those that are dropped, each once.

    Candidates are visualized in batches: the next ones that share with no kept neuron nor with each other, as many as
    are still to be found. One that shares with another of its batch is not dropped for it, since that other may still
    fall: it waits for it. So each candidate is looked at once, and once more for each that it waited for.
    """

    def __init__(
        self, result: Selection, settings: SelectionSettings, represent: Represent, groups: Callable[[int], Neuron]
    ) -> None:
        self.result, self.settings, self.represent, self.grouped = result, settings, represent, groups
        self._tried: set[int] = set()
        self._represented: dict[int, tuple[float, np.ndarray]] = {}
        self._kept = Sharing()
        self._representations: list[np.ndarray] = []  # of those that are kept
        self._next = Sharing()  # represented, and not tried yet
        self._waiting: dict[int, list[int]] = {}  # for one of these

    def fill(self, queue: Sequence[int], wanted: int, later: Sequence[Sequence[int]]) -> None:
        """Keep the first `wanted` of a queue that differ from all kept ones. later: queues that come after it."""
        ahead = _Ahead(queue)
        for index in queue:
            if not wanted:
                return
            if index in self._tried:
                continue
            if (drop := self._judged(index, ahead, later)) is None:
                wanted -= 1
            else:
                self.result.dropped.append(drop)
                ahead.again(self._waiting.pop(index, []))
            self._tried.add(index)
            if index in self._next:
                self._next.remove(self.grouped(index))

    def _judged(self, index: int, ahead: Iterable[int], later: Sequence[Sequence[int]]) -> Drop | None:
        """Keep a candidate, or why not. ahead: those of its queue."""
        assert self.result.criteria is not None
        neuron = self.grouped(index)
        if shared := self._kept.first(neuron, self.settings.overlap_max):
            other, share = shared
            reason = f"{share:.0%} of its top group is that of neuron {other.index}"
            return Drop(index, reason, "pictures", other.index, round(share, 4))
        if index not in self._represented:
            heads = [next((n for n in queue if n not in self._tried), index) for queue in later]
            batch = self._batch(neuron, heads if later else ahead)
            self._represented |= self.represent([each.index for each in batch])
        activation, own = self._represented[index]
        smallest = float(self.result.criteria.top_smallest[index])
        if drop := _weak(neuron, activation, smallest, self.settings) or _alike(
            neuron, own, self._kept.neurons, self._representations, self.settings
        ):
            return drop
        self._kept.add(neuron)
        self.result.neurons.append(neuron)
        self._representations.append(own)
        return None

    def _batch(self, neuron: Neuron, upcoming: Iterable[int]) -> list[Neuron]:
        """This candidate and those to be visualized with it."""
        batch = [neuron]
        self._next.add(neuron)
        upcoming = iter(upcoming)
        while len(self._kept) + len(self._next) < self.settings.count:
            if (index := next(upcoming, None)) is None:
                break
            if index in self._tried or index in self._represented or index == neuron.index or index in self._next:
                continue
            candidate = self.grouped(index)
            if self._kept.first(candidate, self.settings.overlap_max):
                continue
            if shared := self._next.first(candidate, self.settings.overlap_max):
                self._waiting.setdefault(shared[0].index, []).append(index)
                continue
            batch.append(candidate)
            self._next.add(candidate)
        return batch


class _Ahead:
    """The candidates of a queue that nobody has looked at yet, before them those that are to be looked at again."""

    def __init__(self, queue: Sequence[int]) -> None:
        self._queue = iter(queue)
        self._again: deque[int] = deque()

    def again(self, some: Sequence[int]) -> None:
        self._again.extend(some)

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        return self._again.popleft() if self._again else next(self._queue)


def _named_neurons(activations: Activations, settings: SelectionSettings, seed: int) -> list[Neuron]:
    """The neurons that the study file names. Raises StudyError for one that the layer does not have."""
    for index in settings.neurons:
        if index >= activations.shape[1] or index < 0:
            raise StudyError(
                f"[selection] neurons names {index}, but this layer's neurons are 0 to {activations.shape[1] - 1}"
            )
    return list(groups_of(activations, settings.neurons, settings, seed))


def _weak(neuron: Neuron, activation: float, smallest: float, settings: SelectionSettings) -> Drop | None:
    """Why a candidate falls whose visualization activates it too little; None if it is enough.

    smallest: activation of its top group.
    """
    if activation >= settings.visualization_min * smallest:
        return None
    reason = (
        f"its visualization drives it to {activation:.3g}, less than {settings.visualization_min:g} times "
        f"the top group's smallest, {smallest:.3g}"
    )
    return Drop(neuron.index, reason, "weak")


def _alike(
    neuron: Neuron,
    representation: np.ndarray,
    kept: Sequence[Neuron],
    representations: Sequence[np.ndarray],
    settings: SelectionSettings,
) -> Drop | None:
    """Why a candidate falls whose visualization is represented like a kept neuron's; None if it is not.

    representation: of its visualization [U]; representations: of those of the kept neurons.
    """
    similarity, other = max(
        (
            (cosine_similarity(representation, known), each.index)
            for each, known in zip(kept, representations, strict=True)
        ),
        default=(-1.0, -1),
    )
    if similarity <= settings.similarity_max:
        return None
    reason = f"its visualization looks like that of neuron {other}"
    return Drop(neuron.index, reason, "alike", other, round(similarity, 4))
