"""Machine scores of candidates, where neurons are chosen by them: what `features` answers about each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..errors import StudyError
from ..observers.calibration import pick
from ..observers.observer import Observer, Picture, Trial
from ..pictures.pixels import Pixels
from ..questions.drawn import draw_pictures
from ..questions.question import QuestionPictures
from ..questions.redrawn import redraw_seed
from ..selection.by_score import MachineScores
from ..selection.neurons import Neuron
from ..study import QuestionSettings

DRAWS = 5  # questions about each candidate


def rate(
    neurons: Sequence[Neuron],
    observer: Observer,
    pixels: np.ndarray | Pixels,
    activations: np.ndarray,
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
