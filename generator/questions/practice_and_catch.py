"""Neurons beside the study's: for practice, which is easy and tells its answers, and for catch questions.

Both are about neurons that pass the study's criteria and look like none of its own, so that nothing is learned from
them about a question that counts. Catch questions are an attention check of this project's; the paper has none.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import StudyError
from ..selection.neurons import Neuron, Selection, Visualizer, groups, likeness, overlap
from ..study import Study
from .question import Cast, QuestionSet, assemble, cast_pictures


@dataclass(frozen=True)
class Spares:
    """Neurons of practice and of catch questions, in the order of their questions."""

    practice: tuple[Neuron, ...] = ()
    catches: tuple[Neuron, ...] = ()

    @property
    def neurons(self) -> tuple[Neuron, ...]:
        return self.practice + self.catches

    def cast(self, pixels: np.ndarray, study: Study) -> list[Cast]:
        """The pictures of each neuron's question, those of practice from the very ends of its groups."""
        return [
            *(cast_pictures(neuron, pixels, study.questions, study.seed, easy=True) for neuron in self.practice),
            *(cast_pictures(neuron, pixels, study.questions, study.seed) for neuron in self.catches),
        ]

    def add(self, question_set: QuestionSet, casts: Sequence[Cast], *made: Any, seed: int) -> QuestionSet:
        """The question set with practice and catch questions. casts: as `cast` gives them; made: as for `assemble`."""
        parts = {}
        for role, prefix, neurons, some in (
            ("practice", "p", self.practice, casts[: len(self.practice)]),
            ("catches", "c", self.catches, casts[len(self.practice) :]),
        ):
            names = {"study_id": question_set.study_id, "title": question_set.title, "seed": seed, "prefix": prefix}
            parts[role] = assemble(neurons, some, *made, **names).questions
        return dataclasses.replace(question_set, **parts)


def pick_spares(
    selection: Selection,
    activations: np.ndarray,
    pixels: np.ndarray,
    study: Study,
    visualize: Visualizer,
    warn: Callable[[str], None],
) -> Spares:
    """Neurons for as many practice and catch questions as [site] asks for, the clearest ones for practice.

    activations: float32 [N, U]; pixels: uint8 [N, S, S, 3]. A neuron with too few pictures that differ is passed over.
    Too few neurons for practice is told by `warn`, and practice is shorter; too few for catch questions raises
    StudyError.
    """
    practice, catches = study.site.practice, study.site.catch_questions
    if practice + catches == 0:
        return Spares()
    found = _beside(selection, activations, pixels, study, practice + catches, visualize)
    if len(found) < catches:
        raise StudyError(
            f"[site] catch_questions = {catches} needs as many neurons beside the study's {len(selection.neurons)}, "
            f"and {len(found)} of {activations.shape[1]} pass and look like none of them: lower catch_questions, or "
            "loosen the thresholds in [selection]"
        )
    if len(found) < practice + catches:
        there = len(found) - catches
        warn(f"practice has {there} of {practice} questions: no other neuron passes and looks like none of the study's")
    kept = len(found) - catches
    return Spares(tuple(found[:kept]), tuple(found[kept:]))


def _beside(
    selection: Selection,
    activations: np.ndarray,
    pixels: np.ndarray,
    study: Study,
    count: int,
    visualize: Visualizer,
) -> list[Neuron]:
    """Up to `count` passing neurons that differ from the study's and from each other, the clearest first.

    Clear is a neuron whose top group stands far above its mean: it answers to something that few pictures hold.
    """
    criteria, settings = selection.criteria, study.selection
    assert criteria is not None
    taken = {neuron.index for neuron in selection.neurons} | {drop.neuron for drop in selection.dropped}
    candidates = [int(n) for n in np.flatnonzero(criteria.passes) if int(n) not in taken]
    clearness = criteria.top_smallest / np.maximum(activations.mean(0), np.finfo(np.float32).tiny)
    candidates.sort(key=lambda n: (-float(clearness[n]), n))
    seen: list[np.ndarray] | None = None
    found: list[Neuron] = []
    for index in candidates:
        if len(found) == count:
            break
        neuron = groups(activations, index, settings, study.seed)
        if any(overlap(neuron, other) > settings.overlap_max for other in [*selection.neurons, *found]):
            continue
        if not _has_pictures(neuron, pixels, study):
            continue
        if seen is None:
            known: Mapping[int, tuple[float, np.ndarray]] = visualize([n.index for n in selection.neurons])
            seen = [known[n.index][1] for n in selection.neurons]
        activation, looks = visualize([index])[index]
        if activation < settings.visualization_min * float(criteria.top_smallest[index]):
            continue
        if any(likeness(looks, other) > settings.similarity_max for other in seen):
            continue
        found.append(neuron)
        seen.append(looks)
    return found


def _has_pictures(neuron: Neuron, pixels: np.ndarray, study: Study) -> bool:
    """Whether either kind of question can be put together: enough pictures of its groups differ."""
    try:
        Spares((neuron,), (neuron,)).cast(pixels, study)
    except StudyError:
        return False
    return True
