"""Questions from the groups of chosen neurons: which pictures of the top and bottom groups each question shows.

Dataset examples and answers come from a neuron's top group and never coincide; distractors come from its bottom group
(paper, section on the questions). Nothing public tells which options are answers: ids are random-looking and the order
is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..errors import StudyError
from ..pictures.pixels import Pixels
from ..selection.neurons import Neuron
from ..study import QuestionSettings
from .question import Question, QuestionPictures, Role, compose


def draw_questions(
    neurons: Mapping[Role, Sequence[Neuron]],
    pixels: np.ndarray | Pixels,
    activations: np.ndarray,
    names: Sequence[str],
    settings: QuestionSettings,
    *,
    study_id: str,
    seed: int,
) -> list[Question]:
    """The questions about these neurons, role by role; those of practice are easy.

    pixels: uint8 [N, S, S, 3]; activations: float32 [N, U]; names [N]. Raises StudyError if a group holds too few
    pictures that differ.
    """
    return [
        compose(
            role, number, neuron.index, draw_pictures(neuron, pixels, settings, seed, easy=role == "practice"),
            pixels, activations, names, study_id=study_id, seed=seed,
        )
        for role, own in neurons.items()
        for number, neuron in enumerate(own, start=1)
    ]  # fmt: skip


def draw_pictures(
    neuron: Neuron, pixels: np.ndarray | Pixels, settings: QuestionSettings, seed: int, easy: bool = False
) -> QuestionPictures:
    """Draw a question's pictures from the neuron's groups, no two of them near-duplicates.

    pixels: uint8 [N, S, S, 3]; easy: the most and the least active pictures instead of random ones. Raises StudyError
    if a group holds too few pictures that differ.
    """
    rng = np.random.default_rng([seed, neuron.index, 1])
    taken: list[np.ndarray] = []

    def draw(group: np.ndarray, count: int, role: str) -> tuple[int, ...]:
        drawn: list[int] = []
        for index in group if easy else rng.permutation(group):
            if len(drawn) == count:
                break
            thumb = thumbnail(pixels[index])
            if all(np.sqrt(np.mean((thumb - other) ** 2)) >= settings.duplicate_distance for other in taken):
                taken.append(thumb)
                drawn.append(int(index))
        if len(drawn) < count:
            raise StudyError(
                f"neuron {neuron.index} has only {len(drawn)} pictures that differ among its {len(group)} for {role}, "
                f"{count} are needed: lower [questions] duplicate_distance (now {settings.duplicate_distance:g}) "
                "or give more pictures"
            )
        return tuple(drawn)

    top = draw(neuron.top, settings.answers + settings.examples, "answers and dataset examples")
    distractors = draw(neuron.bottom, settings.options - settings.answers, "wrong options")
    return QuestionPictures(top[: settings.answers], top[settings.answers :], distractors)


def thumbnail(pixels: np.ndarray) -> np.ndarray:
    """A picture uint8 [S, S, 3] -> float32 [8, 8, 3] in [0, 1]: what is compared to find near-duplicates."""
    side = pixels.shape[0] // 8 * 8
    blocks = pixels[:side, :side].reshape(8, side // 8, 8, side // 8, 3)
    return blocks.mean((1, 3), dtype=np.float32) / 255.0
