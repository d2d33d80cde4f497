"""Machine scores of candidates, where neurons are chosen by them: what `features` answers about each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..errors import StudyError
from ..models import Activations
from ..observers.calibration import pick
from ..observers.observer import Observer, Picture, Trial
from ..observers.panel import features_of
from ..pictures import PictureSet
from ..pictures.pixels import Pixels
from ..questions.drawn import draw_pictures
from ..questions.question import QuestionPictures
from ..questions.redrawn import DRAWS, redraw_seed
from ..selection.by_score import MachineScores
from ..selection.groups import Neuron, groups_of
from ..store import digest_of
from ..study import QuestionSettings, Study
from .context import BuildContext


class Rater:
    """What the selection asks for machine scores. digest: of the network that they hang on, and so does the study."""

    def __init__(self, study: Study, context: BuildContext) -> None:
        handle = context.handle
        self.study, self.advance = study, context.reporter.advance
        self.looks = features_of(study, handle, context.store, handle.device)
        self.digest = digest_of([self.looks.maps.handle.identity, self.looks.maps.layers])

    def rate(self, candidates: Sequence[int], pictures: PictureSet, activations: Activations) -> MachineScores:
        """Neurons that pass the criteria -> their machine scores. activations: of the pictures [N, U]."""
        selection, seed = self.study.selects, self.study.seed
        groups = list(groups_of(activations, candidates, selection, seed))
        return rate(
            groups, self.looks, pictures.pixels, activations, self.study.questions, seed=seed, on_progress=self.advance
        )


def rate(
    neurons: Sequence[Neuron],
    observer: Observer,
    pixels: np.ndarray | Pixels,
    activations: Activations,
    settings: QuestionSettings,
    *,
    seed: int,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> MachineScores:
    """Candidates -> their machine scores from dataset examples and options alone, without grid-cams.

    Each is asked about `DRAWS` times; a candidate with too few pictures that differ gets no score.
    on_progress(candidates, of how many).
    """
    found: dict[int, float] = {}
    for done, neuron in enumerate(neurons, start=1):
        try:
            drawn = [
                draw_pictures(neuron, pixels, activations, settings, redraw_seed(seed, number))
                for number in range(DRAWS)
            ]
        except StudyError:
            drawn = []
        if drawn:
            found[neuron.index] = float(np.mean(_right(drawn, observer, pixels, neuron.index)))
        on_progress(done, len(neurons))
    chance = settings.answers**2 / settings.options
    return MachineScores(found, settings.answers, chance, DRAWS, observer.what)


def _right(
    drawn: Sequence[QuestionPictures], observer: Observer, pixels: np.ndarray | Pixels, neuron: int
) -> list[int]:
    """How many answers an observer picks of each of these questions, shown all their dataset examples."""
    trials, answers = [], []
    for number, pictures in enumerate(drawn):
        options = [*pictures.answers, *pictures.distractors]
        order = np.random.default_rng([neuron, number, 8]).permutation(len(options))
        shown = tuple(Picture(pixels[k], None, "dataset_example") for k in pictures.examples)
        trials.append(Trial(shown, tuple(pixels[options[int(k)]] for k in order), len(pictures.answers)))
        answers.append({int(place) for place in np.flatnonzero(order < len(pictures.answers))})
    return [
        len(right & set(pick(scores, 1.0, len(right), None).picks))
        for scores, right in zip(observer.scores(trials), answers, strict=True)
    ]
