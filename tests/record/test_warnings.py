"""What is warned of before publishing: each rule by hand, its chance by counting, its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from generator.observers.observer import Trial
from generator.questions.conditions import named
from generator.questions.question import Question
from generator.record.review.scores import MachineScore
from generator.record.review.warnings import (
    RARE,
    Reviewed,
    Warned,
    WithoutColour,
    chance,
    in_grey,
    mirrored_crop,
    missed,
    near_duplicates,
    solved,
    warnings_of,
)
from tests.observers.test_observer import SET, Brightness, question

Q1 = SET.questions[0]


class Named:
    """An observer by name; what it would say is given by hand."""

    def __init__(self, name: str, told: str = "own") -> None:
        self.name, self.told, self.what = name, told, f"Is {name}."

    def scores(self, trials: Sequence[Trial]) -> list[np.ndarray]:
        raise AssertionError("asked")


OBSERVERS = [Named("features"), Named("colour"), Named("blind"), Named("shuffled", "another"), Named("oracle", "unit")]


def picking(right: int, asked: Question) -> np.ndarray:
    """Scores of an observer that has so many of the three picks right."""
    is_answer = np.array([option.id in asked.answers for option in asked.options])
    scores = np.zeros(len(is_answer))
    scores[np.flatnonzero(is_answer)[:right]] = 2.0
    scores[np.flatnonzero(~is_answer)[: 3 - right]] = 2.0
    return scores


def reviewed(
    rights: Mapping[str, int], grey: int = 2, condition: int | str = 2, machine: Sequence[MachineScore] = ()
) -> Reviewed:
    """Every question answered alike: by these observers so many right, by features in grey `grey`."""
    conditions = named(condition)
    scores = {name: {condition: {q.id: picking(n, q) for q in SET.questions}} for name, n in rights.items()}
    in_greys = {condition: {q.id: picking(grey, q) for q in SET.questions}}
    return Reviewed(SET, conditions, OBSERVERS, scores, in_greys, machine)


def warned(*args, **kwargs) -> list[Warned]:
    return [each for each in warnings_of(reviewed(*args, **kwargs), None, 0.0) if each.question == Q1.id]


def test_what_chance_has_by_counting() -> None:
    answers = {0, 1, 2}
    rights = [len(answers & set(picks)) for picks in combinations(range(9), 3)]
    assert chance(Q1) == np.mean(rights) == 1.0
    assert [solved(n, Q1) for n in range(4)] == [np.mean(np.array(rights) >= n) <= RARE for n in range(4)]
    assert [solved(n, Q1) for n in range(4)] == [False, False, False, True]
    assert [missed(n, Q1) for n in range(4)] == [True, True, False, False]


def test_a_question_that_chance_solves_often_is_never_solved() -> None:
    of_four = replace(question(1, 4), answers=("o11",))
    assert not solved(1, of_four) and missed(0, of_four)


def test_a_sound_question_gives_no_warning() -> None:
    assert warned({"features": 3, "colour": 2, "blind": 1, "shuffled": 1, "oracle": 3}) == []
    assert warned({"features": 2, "colour": 0, "blind": 2, "shuffled": 2, "oracle": 0}) == []


def test_blind_solves() -> None:
    assert warned({"features": 3, "blind": 3}) == [
        Warned(
            "blind-solves", "q01", None,
            "q01 (neuron 1): the options alone tell 3 of 3 answers, which are those most alike; draw it anew (another "
            'seed), or set [questions] distractors = "matched".',
        )
    ]  # fmt: skip
    for low, words in (
        (1.2, 'so they do in other draws (blind 2.0 right, 1.2 to 2.8, in 5): set [questions] distractors = "matched", or leave the neuron out.'),
        (0.8, "in other draws they do not (blind 2.0 right, 0.8 to 2.8, in 5): draw it anew (another seed)."),
    ):  # fmt: skip
        (told,) = warned({"features": 3, "blind": 3}, machine=[MachineScore(1, 2, "blind", 2.0, low, 2.8, 5)])
        assert told.text.endswith(f"which are those most alike; {words}")


def test_shuffled_solves_names_whose_explanation_it_was() -> None:
    (told,) = warned({"features": 3, "shuffled": 3})
    assert (told.code, told.question, told.condition) == ("shuffled-solves", "q01", 2)
    assert told.text == (
        "q01 (neuron 1), condition 2: the explanation of neuron 2 (q02) tells 3 of 3 answers; look whether the two neurons "
        "are alike (lower [selection] overlap_max or similarity_max), or draw it anew (another seed)."
    )


def test_nobody_solves_where_all_who_see_the_explanation_are_at_chance() -> None:
    (told,) = warned({"features": 1, "colour": 0, "blind": 2, "oracle": 3})
    assert (told.code, told.condition) == ("nobody-solves", 2)
    assert told.text == (
        "q01 (neuron 1), condition 2: no observer is better than chance (right picks: features 1, colour 0); look at it: "
        "if you cannot tell either, draw it anew (another seed) or leave the neuron out."
    )
    machine = [MachineScore(1, 2, "features", 2.4, 1.9, 2.9, 5), MachineScore(1, 2, "colour", 1.0, 0.5, 1.5, 5)]
    (told,) = warned({"features": 1, "colour": 0}, machine=machine)
    assert told.text.endswith(
        "other draws are answered (features 2.4 right, 1.9 to 2.9, in 5): draw it anew (another seed)."
    )
    (told,) = warned({"features": 1, "colour": 0}, machine=machine[1:])
    assert told.text.endswith(
        "nor are others answered (colour 1.0 right, 0.5 to 1.5, in 5 at best): if you cannot tell either, leave the neuron "
        "out."
    )


def test_nothing_is_expected_of_a_condition_that_does_not_explain_the_neuron() -> None:
    for condition in ("none", "shuffled"):
        assert warned({"features": 0, "colour": 3, "shuffled": 3}, grey=0, condition=condition) == []
    (told,) = warned({"features": 0, "blind": 3}, condition="none")
    assert (told.code, told.condition) == ("blind-solves", None)


def test_colour_alone_where_colour_is_right_and_grey_is_not() -> None:
    (told,) = warned({"features": 3, "colour": 3}, grey=1)
    assert (told.code, told.condition) == ("colour-alone", 2)
    assert told.text == (
        "q01 (neuron 1), condition 2: colour alone tells 3 of 3 answers, and the same pictures in grey tell features 1; "
        "whoever matches colours is right without knowing what the neuron answers to: draw it anew (another seed) and see "
        "whether wrong options have these colours too, or say so in the report."
    )
    assert warned({"features": 3, "colour": 3}, grey=2) == [] == warned({"features": 3, "colour": 2}, grey=0)


def noisy(seed: int) -> np.ndarray:
    """Two halves of unlike brightness with some noise, uint8 [16, 16, 3]."""
    pixels = np.random.default_rng(seed).integers(0, 60, (16, 16, 3))
    pixels[:, :8] += 30 * seed
    return pixels.astype(np.uint8)


def with_options(*pixels: np.ndarray) -> Question:
    """A question whose first options are these; its examples are noise of their own."""
    asked = question(3)
    options = tuple(replace(option, pixels=noisy(k % 5)) for k, option in enumerate(asked.options))
    examples = tuple(replace(each, pixels=noisy(6)) for each in asked.examples[:1])
    given = tuple(replace(option, pixels=each) for option, each in zip(options, pixels, strict=False))
    return replace(asked, options=given + options[len(given) :], examples=examples, visualizations=())


class Pixelwise:
    """Likes options near the explaining picture, mirrored or not."""

    name, what, told = "pixelwise", "Compares pixels.", "own"

    def scores(self, trials: Sequence[Trial]) -> list[np.ndarray]:
        return [np.array([-self._far(t.explanation[0].pixels, option) for option in t.options]) for t in trials]

    @staticmethod
    def _far(a: np.ndarray, b: np.ndarray) -> float:
        return min(float(np.abs(a.astype(float) - each).mean()) for each in (b, b[:, ::-1]))


def test_an_option_that_is_almost_a_shown_picture() -> None:
    conditions = named(2, 3)
    same = np.clip(noisy(6).astype(int) + 2, 0, 255).astype(np.uint8)
    found = near_duplicates(with_options(noisy(1), same), conditions, Pixelwise(), 0.06)
    assert [(each.code, each.condition) for each in found] == [("near-duplicate", 2), ("near-duplicate", 3)]
    assert {each.text for each in found} == {
        "q03 (neuron 3): option 2 is almost a shown dataset example (thumbnail and features; conditions 2, 3) and can be "
        "picked without any idea of the neuron: draw it anew (another seed), or raise [questions] duplicate_distance."
    }
    (mirrored,) = near_duplicates(with_options(noisy(6)[:, ::-1]), conditions[:1], Pixelwise(), 0.06)
    assert "option 1 is almost a shown dataset example (thumbnail and features; condition 2)" in mirrored.text

    class Fond(Pixelwise):
        """Finds all pictures the same, as a network may those of one kind."""

        def scores(self, trials):
            return [np.zeros(len(trial.options)) for trial in trials]

    assert near_duplicates(with_options(noisy(1)), conditions, Fond(), 0.06) == [], "far by thumbnail"
    (by_thumbnail,) = near_duplicates(with_options(same), conditions[:1], None, 0.06)
    assert "(thumbnail; condition 2)" in by_thumbnail.text
    assert near_duplicates(with_options(), conditions, Pixelwise(), 0.06) == []
    assert near_duplicates(with_options(same), named("none"), Pixelwise(), 0.06) == []


def test_a_mirrored_crop_is_almost_the_same() -> None:
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[:, :32] = 200
    pixels[:8] = 90
    cropped = mirrored_crop(pixels)
    assert cropped.shape == (64, 64, 3) and cropped.dtype == np.uint8
    assert np.all(cropped[:, :26] == 0) and np.all(cropped[:, 38:] == 200)


def test_grey_pictures_have_no_colours_and_the_same_order() -> None:
    seen: list[Trial] = []

    class Watching(Brightness):
        def scores(self, trials):
            seen.extend(trials)
            return super().scores(trials)

    red, blue = (np.zeros((16, 16, 3), np.uint8) + np.array(c, np.uint8) for c in ((255, 0, 0), (0, 0, 255)))
    trial = Trial((), (blue, red), 1)
    grey = WithoutColour(Watching())
    (scores,) = grey.scores([trial])
    assert (grey.name, grey.told) == ("brightness in grey", "own") and scores.tolist() == [29.0, 76.0]
    assert all(np.ptp(option, axis=2).max() == 0 for option in seen[0].options)
    assert in_grey(trial).picks == 1


@pytest.mark.parametrize("missing", ["blind", "shuffled", "colour", "features"])
def test_observers_that_were_not_asked_say_nothing(missing: str) -> None:
    rights = {"features": 3, "colour": 3, "blind": 3, "shuffled": 3}
    del rights[missing]
    codes = {"blind": "blind-solves", "shuffled": "shuffled-solves", "colour": "colour-alone", "features": ""}
    there = {codes[name] for name in rights} - {""}
    assert {each.code for each in warned(rights, grey=0)} == there
