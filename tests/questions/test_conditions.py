"""Conditions: what each shows of a neuron, and whose explanation a shuffled one shows."""

from __future__ import annotations

import dataclasses

import pytest

from generator.errors import StudyError
from generator.questions.conditions import Condition, Shown, chosen, covered_by, named, visualizations_needed
from generator.questions.key import answer_key
from generator.study import load_study
from tests.sites.conftest import question_set

EXAMPLE, MADE = "dataset_example", "feature_visualization"


def test_a_condition_shows_the_last_examples_and_the_first_visualizations_in_its_order() -> None:
    (question,) = question_set(1).questions
    condition = Condition("own", "own", (Shown(MADE, 1, method="madry"), Shown(EXAMPLE, 1), Shown(EXAMPLE, 2)))
    assert condition.attributions(question) == (question.visualizations[0], *question.examples[1:])
    assert named("none")[0].attributions(question) == ()
    assert named(3)[0].attributions(question) == (*question.examples[2:], *question.visualizations)


def test_grid_cams_are_for_what_somebody_sees_under_them() -> None:
    (question,) = question_set(1).questions  # two visualizations, then four examples
    assert covered_by(named(1, "none"), question) == set()
    assert covered_by(named(1, 2), question) == {2, 3, 4, 5}
    assert covered_by(named(3), question) == {0, 1, 4, 5}
    plain = Condition("plain", "plain", (Shown(EXAMPLE, 4, gridcam=False),))
    assert covered_by([plain], question) == set()


def test_as_many_visualizations_are_made_as_one_condition_shows() -> None:
    shows = [{"visualizations": 3}, {"visualizations": 1}, {"visualizations": 2, "method": "short"}]
    study = load_study(None, {"visualizations": {"short": {}}, "conditions": {"many": {"shows": shows}}})
    assert visualizations_needed(named(1, 2), study) == {"madry": 1}
    assert visualizations_needed(chosen(study, (3, "many")), study) == {"madry": 4, "short": 2}
    assert visualizations_needed(named("none", 2), study) == {"madry": 1}, "neurons are chosen by it"


def test_shuffled_explanations_are_each_shown_once_within_their_set_and_never_their_own() -> None:
    questions = dataclasses.replace(question_set(6, practice=1), sets=2)
    (shuffled,) = named("shuffled")
    by = shuffled.explained_by(questions)
    for asked in questions.sets_of_questions():
        assert {by[question.id].id for question in asked} == {question.id for question in asked}
        assert all(by[question.id] is not question for question in asked)
    assert by["p01"].id == "p01", "practice tells its answers, and explains them"
    assert named(3)[0].explained_by(questions) == {question.id: question for question in questions.questions}
    assert {k: v.id for k, v in by.items()} == {k: v.id for k, v in shuffled.explained_by(questions).items()}


def test_an_explanation_that_would_give_an_option_away_goes_elsewhere() -> None:
    """The second question's example is among the first's options: the first is never shown with the second's."""
    first, second, third = question_set(3).questions
    leaking = dataclasses.replace(
        second, examples=(*second.examples[:3], dataclasses.replace(second.examples[3], pixels=first.options[0].pixels))
    )
    for study_id in "abcdefgh":
        questions = dataclasses.replace(question_set(3, study_id), questions=(first, leaking, third))
        assert named("shuffled")[0].explained_by(questions)["q01"].id == "q03"


def test_a_set_of_one_neuron_cannot_be_shuffled() -> None:
    study = load_study(None, {"questions": {"sets": 3, "count": 1}})
    with pytest.raises(StudyError) as caught:
        chosen(study, (1, "shuffled"))
    assert str(caught.value) == (
        "condition 'shuffled' shows another neuron's explanation, and a set of this study asks about one neuron: ask "
        "about two or more"
    )


def test_the_key_tells_conditions_sets_and_what_was_planned() -> None:
    questions = dataclasses.replace(question_set(4, catches=1), sets=2)
    key = answer_key(questions, named("none", 2), "none", [(2, "none")])
    assert key["format"] == "imetric-answer-key/2"
    assert key["conditions"] == [
        {"name": "none", "title": "no explanation", "shows": [], "explains": "own"},
        {
            "name": 2, "title": "dataset examples with grid-cam", "explains": "own",
            "shows": [{"kind": EXAMPLE, "count": 4, "gridcam": True, "originals": True, "method": None}],
        },
    ]  # fmt: skip
    assert key["sets"] == [{"name": 1, "questions": ["q01", "q02"]}, {"name": 2, "questions": ["q03", "q04"]}]
    assert (key["reference"], key["contrasts"]) == ("none", [[2, "none"]])
    assert [(entry["id"], entry["condition"]) for entry in key["catch"]] == [("c01e2", 2)]
    assert not any("kind" in entry for entry in key["questions"]), "only where there are two kinds"
    units = sorted(entry["neuron"] for entry in key["questions"])
    told = answer_key(questions, named("none", 2), neurons=units[2])
    assert [entry["kind"] for entry in sorted(told["questions"], key=lambda each: each["neuron"])] == [
        "neuron", "neuron", "feature", "feature",
    ]  # fmt: skip
