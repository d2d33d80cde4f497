"""Trials: what a condition shows of a question, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from generator.observers.observer import Trial, scores_of, trials_of
from generator.questions.conditions import named
from generator.questions.question import Attribution, Option, Question, QuestionPictures, QuestionSet

RNG = np.random.default_rng(0)
LEVELS = np.stack([np.arange(64.0).reshape(8, 8), np.full((8, 8), 3.0)]).astype(np.float32)  # a slope, a flat one


def flat(value: int) -> np.ndarray:
    return np.full((16, 16, 3), value, np.uint8)


def question(number: int, options: int = 9) -> Question:
    """A question of flat pictures, whose values tell them apart: 10 times its number, and counted on."""
    shades = [flat(10 * number + k) for k in range(options)]
    examples = [Attribution("dataset_example", flat(100 + 10 * number + k), f"e{k}", LEVELS + k) for k in range(4)]
    made = [Attribution("feature_visualization", flat(200 + number), method="madry", gridcam=LEVELS)] * 2
    return Question(
        id=f"q{number:02d}", role="study", neuron=number, unit=70 + number,
        pictures=QuestionPictures((0, 1, 2), (), ()),
        options=tuple(Option(f"o{number}{k}", shade, float(k)) for k, shade in enumerate(shades)),
        answers=tuple(f"o{number}{k}" for k in (1, 4, 7)), examples=tuple(examples), visualizations=tuple(made),
    )  # fmt: skip


SET = QuestionSet("0123456789", tuple(question(k) for k in range(1, 5)), sets=2)


class Brightness:
    """Likes bright options."""

    name, what, told = "brightness", "Picks what is bright.", "own"

    def scores(self, trials: Sequence[Trial]) -> list[np.ndarray]:
        return [np.array([option.mean() for option in trial.options]) for trial in trials]


def test_a_trial_holds_what_the_condition_shows() -> None:
    one, two, three, nothing = (trials_of(SET, condition)[0].trial for condition in named(1, 2, 3, "none"))
    assert [(picture.kind, picture.cells is None) for picture in one.explanation] == [("feature_visualization", True)]
    assert [picture.pixels[0, 0, 0] for picture in two.explanation] == [110, 111, 112, 113]
    assert [picture.kind for picture in three.explanation] == ["dataset_example"] * 2 + ["feature_visualization"] * 2
    assert [picture.pixels[0, 0, 0] for picture in three.explanation] == [112, 113, 201, 201]
    assert nothing.explanation == () and len(nothing.options) == 9 and nothing.picks == 3
    assert one.unit is two.unit is None


def test_grid_cams_are_scaled_map_by_map_as_pages_draw_them() -> None:
    for shown in trials_of(SET, named(2)[0])[0].trial.explanation:
        assert shown.cells is not None and shown.cells.dtype == np.float32 and shown.cells.shape == (2, 8, 8)
        np.testing.assert_allclose(shown.cells[0], np.arange(64.0).reshape(8, 8) / 63.0, rtol=1e-6)
        assert not shown.cells[1].any()


def test_options_come_in_a_drawn_order_and_scores_go_back_to_the_keys() -> None:
    (condition,) = named(2)
    asked = trials_of(SET, condition)
    assert [each.question.id for each in asked] == ["q01", "q02", "q03", "q04"]
    assert any(each.order != tuple(range(9)) for each in asked)
    assert [each.order for each in asked] == [each.order for each in trials_of(SET, condition)]
    for each in asked:
        shades = [each.question.options[k].pixels[0, 0, 0] for k in each.order]
        assert shades == [option[0, 0, 0] for option in each.trial.options] and sorted(each.order) == list(range(9))
    for number, (name, scores) in enumerate(scores_of(Brightness(), SET, condition).items(), start=1):
        assert name == f"q{number:02d}"
        np.testing.assert_array_equal(scores, 10.0 * number + np.arange(9))


def test_who_is_told_more_sees_another_neuron_or_the_unit() -> None:
    (condition,) = named(2)
    units = [each.trial.unit for each in trials_of(SET, condition, "unit")]
    assert units == [71, 72, 73, 74]
    others = [int(each.trial.explanation[0].pixels[0, 0, 0]) for each in trials_of(SET, condition, "another")]
    assert others == [120, 110, 140, 130]  # in each of the two sets, of two questions, the other one's
    assert others == [
        int(each.trial.explanation[0].pixels[0, 0, 0]) for each in trials_of(SET, replace(condition, shuffled=True))
    ]
    assert not trials_of(SET, named("none")[0], "another")[0].trial.explanation
