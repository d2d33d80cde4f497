"""Neurons of practice and of catch questions, and what the questions made of them hold."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from generator.errors import StudyError
from generator.models import Activations
from generator.questions.conditions import Condition, catch_question, catch_questions, named
from generator.questions.drawn import draw_pictures
from generator.questions.key import answer_key
from generator.questions.practice_and_catch import OtherNeurons, PracticeAndCatch
from generator.selection.groups import Neuron, top_and_bottom_groups
from generator.selection.neurons import Selection, select
from generator.study import Study, load_study
from tests.sites.conftest import question_set

PICTURES, UNITS = 96, 12


def activations() -> Activations:
    """Units that answer to eight pictures of their own each, unit 0 least and unit 11 most clearly; [96, 12]."""
    values = np.zeros((PICTURES, UNITS), np.float32)
    for unit in range(UNITS):
        own = unit * 8 + np.arange(8)
        values[:, unit] = 0.05 * (UNITS - unit) * (np.arange(PICTURES) % 3 == 0)
        values[own, unit] = 10.0 + np.arange(8)
    return Activations.of(values)


def pictures() -> np.ndarray:
    """Pictures that differ, uint8 [96, 16, 16, 3]."""
    return np.random.default_rng(0).integers(0, 255, (PICTURES, 16, 16, 3), np.uint8)


def study(**site: object) -> Study:
    selection = {"count": 4, "top_edge_num": 8, "bottom_edge_num": 20, "min_max_ratio_min": 2.0}
    return load_study(None, {"selection": selection, "site": site})


def visualize(neurons):
    """Every neuron's visualization activates it well and shows something of its own."""
    return {n: (100.0, np.eye(UNITS)[n]) for n in neurons}


def chosen(settings: Study):
    return select(activations(), settings.selection, settings.seed, visualize)


def found(selection: Selection, settings: Study, represent, warn, pixels: np.ndarray | None = None) -> PracticeAndCatch:
    others = OtherNeurons(
        selection, activations(), pictures() if pixels is None else pixels, settings.selection, settings.questions,
        settings.seed,
    )  # fmt: skip
    return others.for_practice_and_catch(settings.site.practice, settings.site.catch_questions, represent, warn)


def test_none_asked_for_none_looked_at() -> None:
    settings = study(practice=0)

    def never(_):
        raise AssertionError("visualized")

    assert found(chosen(settings), settings, never, print) == PracticeAndCatch()


def test_they_pass_are_new_and_the_clearest_come_first() -> None:
    settings = study(practice=2, catch_questions=3)
    selection = chosen(settings)
    others = found(selection, settings, visualize, pytest.fail)
    left = [n for n in reversed(range(UNITS)) if n not in {neuron.index for neuron in selection.neurons}]
    assert [neuron.index for neuron in others.practice] == left[:2]
    assert [neuron.index for neuron in others.catch] == left[2:5]


def test_a_neuron_that_looks_like_one_of_the_study_is_not_taken() -> None:
    settings = study(practice=1)
    selection = chosen(settings)
    clearest = found(selection, settings, visualize, pytest.fail).practice[0].index

    def alike(neurons):
        known = visualize(neurons)
        if clearest in known:
            known[clearest] = (100.0, np.eye(UNITS)[selection.neurons[0].index])
        return known

    def weak(neurons):
        return {n: (1.0 if n == clearest else high, own) for n, (high, own) in visualize(neurons).items()}

    for visualizer in (alike, weak):
        others = found(selection, settings, visualizer, pytest.fail)
        assert len(others.practice) == 1 and others.practice[0].index != clearest


def test_a_neuron_whose_pictures_are_too_much_alike_is_passed_over() -> None:
    settings = study(practice=1)
    selection = chosen(settings)
    clearest = found(selection, settings, visualize, pytest.fail).practice[0]
    pixels = pictures()
    pixels[clearest.top] = 128
    others = found(selection, settings, visualize, pytest.fail, pixels)
    assert others.practice[0].index != clearest.index


def test_too_few_shorten_practice_and_end_a_build_with_catch_questions() -> None:
    settings = load_study(None, {"selection": {**study().selection.model_dump(), "count": 11}, "site": {"practice": 2}})
    warnings: list[str] = []
    others = found(chosen(settings), settings, visualize, warnings.append)
    assert len(others.practice) == 1
    assert warnings == ["practice has 1 of 2 questions: no other neuron passes and looks like none of the study's"]
    settings = load_study(
        None, {"selection": {**study().selection.model_dump(), "count": 11}, "site": {"catch_questions": 2}}
    )
    with pytest.raises(StudyError) as caught:
        found(chosen(settings), settings, visualize, warnings.append)
    assert str(caught.value) == (
        "[site] catch_questions = 2 needs as many neurons beside the study's 11, and 1 of 12 pass and look like none of "
        "them: lower catch_questions, or loosen the thresholds in [selection]"
    )


def test_practice_takes_the_very_ends_of_the_groups() -> None:
    settings = load_study(None, {"selection": {"count": 1, "top_edge_num": 30, "bottom_edge_num": 25}})
    rng = np.random.default_rng(0)
    values = rng.random((PICTURES, 1), dtype=np.float32)
    active = Activations.of(values)
    pixels = rng.integers(0, 255, (PICTURES, 16, 16, 3), np.uint8)
    neuron: Neuron = top_and_bottom_groups(active, 0, settings.selection, 0)
    practice, catch = (draw_pictures(neuron, pixels, active, settings.questions, 0, easy) for easy in (True, False))
    ranked = list(np.argsort(-values[:, 0]))
    assert list(practice.answers) == ranked[:3] and list(practice.examples) == ranked[3:7]
    assert list(practice.distractors) == ranked[:-7:-1]
    assert set(catch.answers + catch.examples) <= set(ranked[:30]) and set(catch.distractors) <= set(ranked[-25:])


@pytest.mark.parametrize("experiment", [1, 2, 3])
def test_a_catch_question_repeats_one_shown_picture(experiment: int) -> None:
    (base,) = question_set(1, catches=1).of_role("catch")
    (condition,) = named(experiment)
    made = catch_question(base, condition)
    (repeat,) = [option for option in made.options if option.id in made.answers]
    same = [shown for shown in condition.attributions(made) if np.array_equal(shown.pixels, repeat.pixels)]
    assert len(same) == 1 and made.id == f"c01e{experiment}"
    assert len({option.id for option in made.options}) == 9
    kept = {option.id for option in made.options} & {option.id for option in base.options}
    assert len(kept) == 8 and len(kept & set(base.answers)) == 2
    assert [o.id in kept for o in made.options] == [b.id in kept for b in base.options], "the others keep their places"


def test_a_condition_that_shows_nothing_has_no_catch_questions() -> None:
    bases = question_set(1, catches=2).of_role("catch")
    nothing = Condition("none", "no explanation")
    assert nothing.attributions(bases[0]) == () and catch_questions(bases, nothing) == []
    assert [made.id for made in catch_questions(bases, named(2)[0])] == ["c01e2", "c02e2"]


def test_the_key_lists_catch_questions_apart() -> None:
    questions = question_set(2, practice=1, catches=2)
    key = answer_key(questions, named(1, 2, 3))
    assert [question["id"] for question in key["questions"]] == ["q01", "q02"]
    assert [question["id"] for question in key["catch"]] == ["c01e1", "c01e2", "c01e3", "c02e1", "c02e2", "c02e3"]
    for entry in key["catch"]:
        assert set(entry) == {"id", "condition", "options", "answers"} and len(entry["options"]) == 9
        assert len(entry["answers"]) == 1 and entry["answers"][0] in entry["options"]
    without = answer_key(dataclasses.replace(questions, questions=questions.of_role("study")), named(1, 2, 3))
    assert "catch" not in without and without["questions"] == key["questions"]
