"""Neurons for practice, which is easy and tells its answers, and for catch questions.

Both are about neurons that pass the study's criteria and look like none of its own, so that nothing is learned from
them about a question that counts. Catch questions are an attention check of this project's; the paper has none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ..errors import StudyError
from ..models import Activations
from ..pictures.pixels import Pixels
from ..selection.groups import Groups, Neuron, overlap
from ..selection.neurons import Represent, Selection, cosine_similarity
from ..study import QuestionSettings, SelectionSettings
from .drawn import draw_pictures


@dataclass(frozen=True)
class PracticeAndCatch:
    """Neurons of practice and of catch questions, in the order of their questions."""

    practice: tuple[Neuron, ...] = ()
    catch: tuple[Neuron, ...] = ()


class OtherNeurons:
    """Finds neurons beside those that a study selected; activations: [N, U]; pixels: uint8 [N, S, S, 3]."""

    def __init__(
        self,
        selection: Selection,
        activations: Activations,
        pixels: np.ndarray | Pixels,
        settings: SelectionSettings,
        questions: QuestionSettings,
        seed: int,
    ) -> None:
        self.selection, self.activations, self.pixels = selection, activations, pixels
        self.settings, self.questions, self.seed = settings, questions, seed

    def for_practice_and_catch(
        self, practice: int, catch: int, represent: Represent, warn: Callable[[str], None]
    ) -> PracticeAndCatch:
        """Neurons for as many practice and catch questions as asked for, the clearest ones for practice.

        A neuron with too few pictures that differ is passed over. Too few neurons for practice is told by `warn`, and
        practice is shorter; too few for catch questions raises StudyError.
        """
        if practice + catch == 0:
            return PracticeAndCatch()
        found = self._find(practice + catch, represent)
        if len(found) < catch:
            raise StudyError(
                f"[site] catch_questions = {catch} needs as many neurons beside the study's "
                f"{len(self.selection.neurons)}, and {len(found)} of {self.activations.shape[1]} pass and look like "
                "none of them: lower catch_questions, or loosen the thresholds in [selection]"
            )
        there = len(found) - catch
        if there < practice:
            warn(
                f"practice has {there} of {practice} questions: no other neuron passes and looks like none of the "
                "study's"
            )
        return PracticeAndCatch(tuple(found[:there]), tuple(found[there:]))

    def _find(self, count: int, represent: Represent) -> list[Neuron]:
        """Up to `count` passing neurons that differ from the study's and from each other, the clearest first.

        Clear is a neuron whose top group stands far above its mean: it answers to something that few pictures hold.
        """
        criteria, chosen = self.selection.criteria, self.selection.neurons
        assert criteria is not None
        taken = {neuron.index for neuron in chosen} | {drop.neuron for drop in self.selection.dropped}
        candidates = [int(n) for n in np.flatnonzero(criteria.passes) if int(n) not in taken]
        mean = self.activations.mean.astype(np.float32)
        clearness = criteria.top_smallest / np.maximum(mean, np.finfo(np.float32).tiny)
        candidates.sort(key=lambda n: (-float(clearness[n]), n))
        grouped = Groups(self.activations, candidates, self.settings, self.seed)
        represented: list[np.ndarray] | None = None
        found: list[Neuron] = []
        for index in candidates:
            if len(found) == count:
                break
            neuron = grouped(index)
            if any(overlap(neuron, other) > self.settings.overlap_max for other in [*chosen, *found]):
                continue
            if not self._has_pictures(neuron):
                continue
            if represented is None:
                known: Mapping[int, tuple[float, np.ndarray]] = represent([n.index for n in chosen])
                represented = [known[n.index][1] for n in chosen]
            activation, own = represent([index])[index]
            if activation < self.settings.visualization_min * float(criteria.top_smallest[index]):
                continue
            if any(cosine_similarity(own, other) > self.settings.similarity_max for other in represented):
                continue
            found.append(neuron)
            represented.append(own)
        return found

    def _has_pictures(self, neuron: Neuron) -> bool:
        """Whether either kind of question can be put together: enough pictures of its groups differ."""
        try:
            for easy in (True, False):
                draw_pictures(neuron, self.pixels, self.activations, self.questions, self.seed, easy)
        except StudyError:
            return False
        return True
