"""Questions drawn anew: other pictures of the same neurons, apart from the study's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from generator.models import Activations
from generator.questions.drawn import draw_questions
from generator.questions.question import Attribution, QuestionSet
from generator.questions.redrawn import Redrawn, redraw, redraw_seed
from generator.selection.groups import Neuron
from generator.study import QuestionSettings

PICTURES, OF_EACH = 240, 24
NAMES = [f"picture {k}" for k in range(PICTURES)]
SETTINGS = QuestionSettings()


def pictures() -> np.ndarray:
    """Ten themes of twenty-four pictures: noise, and all corners of a theme in its own grey; uint8 [240, 16, 16, 3]."""
    pixels = np.random.default_rng(0).integers(0, 255, (PICTURES, 16, 16, 3), np.uint8)
    pixels[:, :4, :4] = (np.arange(PICTURES) // OF_EACH * 20)[:, None, None, None]
    return pixels


PIXELS = pictures()
ACTIVATIONS = Activations.of(np.repeat(np.eye(10, dtype=np.float32), OF_EACH, axis=0))


def neuron(theme: int, bottom: int = 100) -> Neuron:
    own = theme * OF_EACH + np.arange(OF_EACH)
    return Neuron(theme, own, np.setdiff1d(np.arange(PICTURES), own)[:bottom])


def study_set(neurons: Sequence[Neuron]) -> QuestionSet:
    questions = draw_questions(
        {"study": neurons}, PIXELS, ACTIVATIONS, NAMES, SETTINGS, study_id="0123456789", seed=0
    )  # fmt: skip
    made = tuple(Attribution("feature_visualization", np.full((16, 16, 3), k, np.uint8), method="madry") for k in (1, 2))
    return QuestionSet("0123456789", tuple(replace(q, visualizations=made) for q in questions), sets=2)


def drawn_anew(neurons: Sequence[Neuron], draws: int = 4) -> tuple[QuestionSet, Redrawn]:
    own = study_set(neurons)
    return own, redraw(own, neurons, PIXELS, ACTIVATIONS, NAMES, SETTINGS, seed=0, draws=draws)


def test_redrawn_questions_are_about_the_same_neurons_and_show_no_picture_of_the_study_s_own() -> None:
    neurons = [neuron(theme) for theme in range(6)]
    own, redrawn = drawn_anew(neurons)
    assert redrawn.apart and len(redrawn.sets) == 4
    for each in redrawn.sets:
        assert each.sets == 2 and [q.id for q in each.questions] == [q.id for q in own.questions]
        for question, before, group in zip(each.questions, own.questions, neurons, strict=True):
            now, then = question.pictures, before.pictures
            assert set(now.answers + now.examples) <= set(group.top) and set(now.distractors) <= set(group.bottom)
            used = {*then.answers, *then.examples, *then.distractors}
            assert not used & {*now.answers, *now.examples, *now.distractors}
            assert (question.neuron, question.visualizations) == (before.neuron, before.visualizations)
            assert all(example.gridcam is None for example in question.examples)
    first, second = redrawn.sets[:2]
    assert [q.pictures for q in first.questions] != [q.pictures for q in second.questions]
    again = redraw(own, neurons, PIXELS, ACTIVATIONS, NAMES, SETTINGS, seed=0, draws=4)
    assert [q.pictures for each in again.sets for q in each.questions] == [
        q.pictures for each in redrawn.sets for q in each.questions
    ]


def test_small_groups_are_drawn_from_again_but_for_the_first_example() -> None:
    """A visualization may begin from the first example: it is no option beside that visualization."""
    small = [Neuron(theme, neuron(theme).top[:9], neuron(theme).bottom[:8]) for theme in range(4)]
    own, redrawn = drawn_anew(small, draws=6)
    assert not redrawn.apart
    for each in redrawn.sets:
        for question, before in zip(each.questions, own.questions, strict=True):
            shown = question.pictures.answers + question.pictures.examples
            assert before.pictures.examples[0] not in shown and len(set(shown)) == 7


def test_seeds_of_draws_differ_from_each_other_and_from_every_study_s() -> None:
    seeds = [redraw_seed(seed, number) for seed in (0, 1) for number in range(50)]
    assert len(set(seeds)) == 100 and min(seeds) >= 2**32
