"""Which neurons to ask about: activations -> neurons that pass the paper's criteria and differ from each other.

Names and defaults of the criteria are the paper's: the smallest of the `top_edge_num` highest activations exceeds
`top_min` and is at least `min_max_ratio_min` times the largest of the `bottom_edge_num` lowest (a largest of 0
passes). Candidates come in a seeded random order, or where [selection] by says so in that of a machine score; one is
dropped if it looks like a neuron that is kept already.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from ..errors import StudyError
from ..study import SelectionSettings
from .by_score import MachineScores, Place, Rate, places_by_score


@dataclass(frozen=True)
class Neuron:
    """A neuron with its groups: picture indices, most active first (top), least active first (bottom)."""

    index: int
    top: np.ndarray
    bottom: np.ndarray


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
    activations: np.ndarray, settings: SelectionSettings, explained: Sequence[int] | None = None
) -> Criteria:
    """Activations float32 [N, U] -> the criteria of every neuron. Raises StudyError if the groups do not fit N.

    explained: the only neurons that can be asked about, because pictures were given for them; None: all can.
    """
    check_groups(len(activations), settings)
    ordered = np.sort(activations, axis=0)
    top, bottom = ordered[-settings.top_edge_num], ordered[settings.bottom_edge_num - 1]
    distinct = (bottom <= 0) | (top >= settings.min_max_ratio_min * bottom)
    has_files = None if explained is None else np.isin(np.arange(activations.shape[1]), list(explained))
    return Criteria(top, bottom, top > settings.top_min, distinct, has_files)


def top_and_bottom_groups(activations: np.ndarray, index: int, settings: SelectionSettings, seed: int) -> Neuron:
    """A neuron's groups. Ties (units are exactly 0 for many pictures) are broken by the seed, not by file order."""
    values = activations[:, index]
    tie = np.random.default_rng([seed, index, 0]).permutation(len(values))
    ascending = np.lexsort((tie, values))
    return Neuron(index, ascending[::-1][: settings.top_edge_num].copy(), ascending[: settings.bottom_edge_num].copy())


def explain_failure(criteria: Criteria, settings: SelectionSettings, found: int) -> str:
    """One sentence for a study that does not find its neurons: how many fail where, which thresholds would do."""
    units = len(criteria.passes)
    parts = [
        f"only {found} of the {settings.count} neurons asked for were found among {units}",
        f"{int((~criteria.active_enough).sum())} fail top_min = {settings.top_min:g}",
        f"{int((~criteria.distinct_enough).sum())} fail min_max_ratio_min = {settings.min_max_ratio_min:g}",
    ]
    if criteria.explained is not None:
        parts.append(f"{int(criteria.explained.sum())} can be asked about")
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


def overlap(a: Neuron, b: Neuron) -> float:
    """Share of the top group that two neurons have in common."""
    return len(np.intersect1d(a.top, b.top, assume_unique=True)) / len(a.top)


def cosine_similarity(a: np.ndarray, b: np.ndarray) -> float:
    """Cosine of two visualizations as the network represents them, [U] each, centred on the pictures' mean."""
    norm = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / norm if norm > 0 else 1.0


# Neurons -> neuron: (its visualization's activation of itself, the visualization's centred representation [U]).
Represent = Callable[[Sequence[int]], Mapping[int, tuple[float, np.ndarray]]]


def select(
    activations: np.ndarray,
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
    walk = _Walk(result, settings, represent, lambda index: top_and_bottom_groups(activations, index, settings, seed))
    for number, (queue, wanted) in enumerate(places):
        walk.fill(queue, wanted, [later for later, _ in places[number + 1 :]])
    if len(result.neurons) < settings.count:
        raise StudyError(explain_failure(criteria, settings, len(result.neurons)))
    order = {index: k for k, index in enumerate(candidates)}
    result.neurons.sort(key=lambda neuron: order[neuron.index])
    return result


class _Walk:
    """Tries candidates one by one: `result` gets those that are kept and those that are dropped, each once."""

    def __init__(
        self, result: Selection, settings: SelectionSettings, represent: Represent, groups: Callable[[int], Neuron]
    ) -> None:
        self.result, self.settings, self.represent, self.grouped = result, settings, represent, functools.cache(groups)
        self._tried: set[int] = set()
        self._represented: dict[int, tuple[float, np.ndarray]] = {}
        self._kept: list[np.ndarray] = []

    def fill(self, queue: Sequence[int], wanted: int, later: Sequence[Sequence[int]]) -> None:
        """Keep the first `wanted` of a queue that differ from all kept ones. later: queues that come after it."""
        for place, index in enumerate(queue):
            if not wanted:
                return
            if index in self._tried:
                continue
            if (drop := self._judged(index, queue[place:], later)) is None:
                wanted -= 1
            else:
                self.result.dropped.append(drop)
            self._tried.add(index)

    def _judged(self, index: int, ahead: Sequence[int], later: Sequence[Sequence[int]]) -> Drop | None:
        """Keep a candidate, or why not. ahead: it and those after it."""
        assert self.result.criteria is not None
        neuron, kept = self.grouped(index), self.result.neurons
        if drop := _shared(neuron, kept, self.settings):
            return drop
        if index not in self._represented:
            heads = [next((n for n in queue if n not in self._tried), index) for queue in later]
            upcoming = dict.fromkeys([index, *heads] if later else (n for n in ahead if n not in self._tried))
            batch = _that_differ(map(self.grouped, upcoming), kept, self.settings)
            self._represented |= self.represent([n.index for n in batch if n.index not in self._represented])
        activation, own = self._represented[index]
        smallest = float(self.result.criteria.top_smallest[index])
        if drop := _weak(neuron, activation, smallest, self.settings) or _alike(
            neuron, own, kept, self._kept, self.settings
        ):
            return drop
        kept.append(neuron)
        self._kept.append(own)
        return None


def _named_neurons(activations: np.ndarray, settings: SelectionSettings, seed: int) -> list[Neuron]:
    """The neurons that the study file names. Raises StudyError for one that the layer does not have."""
    for index in settings.neurons:
        if index >= activations.shape[1] or index < 0:
            raise StudyError(
                f"[selection] neurons names {index}, but this layer's neurons are 0 to {activations.shape[1] - 1}"
            )
    return [top_and_bottom_groups(activations, index, settings, seed) for index in settings.neurons]


def _that_differ(candidates: Iterable[Neuron], kept: Sequence[Neuron], settings: SelectionSettings) -> list[Neuron]:
    """The next candidates that share with no kept neuron nor with each other, as many as are still to be found.

    They are visualized together. One that is passed over because it shares with another of them is not dropped: that
    other may still fall.
    """
    batch: list[Neuron] = []
    for neuron in candidates:
        if len(kept) + len(batch) == settings.count:
            break
        if not _shared(neuron, [*kept, *batch], settings):
            batch.append(neuron)
    return batch


def _shared(neuron: Neuron, kept: Sequence[Neuron], settings: SelectionSettings) -> Drop | None:
    """Why a candidate falls whose top group is largely that of a kept neuron; None if it is not."""
    for other in kept:
        share = overlap(neuron, other)
        if share > settings.overlap_max:
            reason = f"{share:.0%} of its top group is that of neuron {other.index}"
            return Drop(neuron.index, reason, "pictures", other.index, round(share, 4))
    return None


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
