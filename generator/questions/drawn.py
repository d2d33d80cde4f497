"""Questions from the groups of chosen neurons: which pictures of the top and bottom groups each question shows.

Dataset examples and answers come from a neuron's top group and never coincide; distractors come from its bottom group
(paper, section on the questions). Nothing public tells which options are answers: ids are random-looking and the order
is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..errors import StudyError
from ..models import Activations
from ..pictures.pixels import Pixels
from ..selection.groups import Neuron
from ..study import QuestionSettings
from .matched import Likeness, like_the_answers
from .question import Question, QuestionPictures, Role, compose


def draw_questions(
    neurons: Mapping[Role, Sequence[Neuron]],
    pixels: np.ndarray | Pixels,
    activations: Activations,
    names: Sequence[str],
    settings: QuestionSettings,
    *,
    study_id: str,
    seed: int,
) -> list[Question]:
    """The questions about these neurons, role by role; those of practice are easy.

    pixels: uint8 [N, S, S, 3]; activations: [N, U]; names [N]. Raises StudyError if a group holds too few
    pictures that differ.
    """
    return [
        compose(
            role, number, neuron.index,
            draw_pictures(neuron, pixels, activations, settings, seed, easy=role == "practice"),
            pixels, activations, names, study_id=study_id, seed=seed,
        )
        for role, own in neurons.items()
        for number, neuron in enumerate(own, start=1)
    ]  # fmt: skip


def draw_pictures(
    neuron: Neuron,
    pixels: np.ndarray | Pixels,
    activations: Activations,
    settings: QuestionSettings,
    seed: int,
    easy: bool = False,
) -> QuestionPictures:
    """Draw a question's pictures from the neuron's groups, no two of them near-duplicates.

    pixels: uint8 [N, S, S, 3]; activations: [N, U], what pictures are alike by where distractors are matched;
    easy: the most and the least active pictures instead of random ones, never matched. Raises StudyError if a group
    holds too few pictures that differ.
    """
    rng = np.random.default_rng([seed, neuron.index, 1])
    taken = _Differing(pixels, settings.duplicate_distance)
    wrong = settings.options - settings.answers

    def draw(group: np.ndarray, count: int, role: str) -> tuple[int, ...]:
        drawn = taken.take(group if easy else rng.permutation(group), count)
        if len(drawn) < count:
            raise StudyError(
                f"neuron {neuron.index} has only {len(drawn)} pictures that differ among its {len(group)} for {role}, "
                f"{count} are needed: lower [questions] duplicate_distance (now {settings.duplicate_distance:g}) "
                "or give more pictures"
            )
        return tuple(drawn)

    top = draw(neuron.top, settings.answers + settings.examples, "answers and dataset examples")
    answers, together = top[: settings.answers], tuple[int, ...]()
    if settings.distractors == "matched" and not easy and (size := min(settings.answers, wrong)) > 1:
        alike = Likeness(activations, [*answers, *neuron.bottom])
        together = taken.add(like_the_answers(answers, neuron.bottom, size, alike, taken.differing, rng))
    rest = draw(neuron.bottom, wrong - len(together), "wrong options")
    return QuestionPictures(answers, top[settings.answers :], together + rest)


class _Differing:
    """The pictures of a question as they are taken: no two of them are near-duplicates."""

    def __init__(self, pixels: np.ndarray | Pixels, distance: float) -> None:
        self.pixels, self.distance = pixels, distance
        self.taken: list[int] = []
        self._thumbnails: dict[int, np.ndarray] = {}

    def take(self, order: Sequence[int] | np.ndarray, count: int) -> list[int]:
        """Take the first pictures of this order that differ; fewer where there are not so many."""
        found = self.differing(order, count)
        self.taken += found
        return found

    def add(self, pictures: Sequence[int]) -> tuple[int, ...]:
        """Take pictures that are known to differ."""
        self.taken += pictures
        return tuple(pictures)

    def differing(self, order: Sequence[int] | np.ndarray, count: int) -> list[int]:
        """The first pictures of this order that differ from those taken and from each other, without taking them."""
        found: list[int] = []
        for index in map(int, order):
            if len(found) == count:
                break
            there = [*self.taken, *found]
            if index not in there and all(distance(self._of(index), self._of(k)) >= self.distance for k in there):
                found.append(index)
        return found

    def _of(self, index: int) -> np.ndarray:
        if index not in self._thumbnails:
            self._thumbnails[index] = thumbnail(self.pixels[index])
        return self._thumbnails[index]


def thumbnail(pixels: np.ndarray) -> np.ndarray:
    """A picture uint8 [S, S, 3] -> float32 [8, 8, 3] in [0, 1]: what is compared to find near-duplicates."""
    side = pixels.shape[0] // 8 * 8
    blocks = pixels[:side, :side].reshape(8, side // 8, 8, side // 8, 3)
    return blocks.mean((1, 3), dtype=np.float32) / 255.0


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """Root mean square difference of two thumbnails."""
    return float(np.sqrt(np.mean((a - b) ** 2)))
