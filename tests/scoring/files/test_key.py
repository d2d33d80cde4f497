"""Answer keys: what is wrong with one is named."""

from __future__ import annotations

import json

import pytest

from scoring.conditions import PAPER
from scoring.errors import ScoringError
from scoring.files.key import Key, known_keys, read_key


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format": "x"}, "format is not as in an answer key (imetric-answer-key/2): Input should be 'imetric-answer-key/1' or 'imetric-answer-key/2'"),
        ({"questions": []}, "questions is not as in an answer key (imetric-answer-key/2): Tuple should have at least 1 item after validation, not 0"),
        ({"questions": [{"id": "q", "options": ["a", "a"], "answers": ["a"]}]}, "questions.0 is not as in an answer key (imetric-answer-key/2): options has an option twice"),
        ({"questions": [{"id": "q", "options": ["a", "b"], "answers": ["c"]}]}, "questions.0 is not as in an answer key (imetric-answer-key/2): answers should be some, not all, of the options, each once"),
    ],
)  # fmt: skip
def test_a_wrong_key_is_named(tmp_path, key, change, sentence) -> None:
    path = tmp_path / "k.json"
    path.write_text(json.dumps({**json.loads(key.model_dump_json()), **change}))
    with pytest.raises(ScoringError) as caught:
        read_key(path)
    assert str(caught.value) == f"{path}: {sentence}"
    (tmp_path / "private" / "abc123").mkdir(parents=True)
    place = path.rename(tmp_path / "private" / "abc123" / "answer_key.json")
    assert known_keys(tmp_path / "private") == ({}, [f"{place}: {sentence}"])


def test_a_key_of_the_first_format_has_the_papers_conditions_and_one_set(tmp_path) -> None:
    question = {"id": "q01", "neuron": 7, "options": ["a", "b", "c"], "answers": ["b"], "activations": {"a": 0.5}}
    catch = {"id": "c01e3", "options": ["a", "b"], "answers": ["a"]}
    path = tmp_path / "answer_key.json"
    path.write_text(json.dumps({
        "format": "imetric-answer-key/1", "study_id": "abc", "questions": [question, {**question, "id": "q02"}],
        "catch": [catch],
    }))  # fmt: skip
    key = read_key(path)
    assert key.conditions == PAPER and key.reference is None and key.contrasts == ()
    assert [(each.name, each.questions) for each in key.sets] == [(1, ("q01", "q02"))]
    assert key.catch_by_id["c01e3"].condition is None and key.possible == 2


def declared() -> dict:
    return {
        "format": "imetric-answer-key/2",
        "study_id": "abc",
        "questions": [{"id": f"q{k}", "options": ["a", "b", "c"], "answers": ["b"]} for k in (1, 2, 3)],
        "conditions": [
            {"name": 2, "title": "examples", "explains": "own", "shows": [
                {"kind": "dataset_example", "count": 4, "gridcam": True, "originals": True, "method": None}
            ]},
            {"name": "none", "title": "no explanation", "shows": [], "explains": "own"},
        ],
        "sets": [{"name": 1, "questions": ["q1"]}, {"name": 2, "questions": ["q3", "q2"]}],
        "reference": "none",
        "contrasts": [[2, "none"]],
        "catch": [{"id": "c", "options": ["a", "b"], "answers": ["a"], "condition": "none", "set": 2}],
    }  # fmt: skip


def test_a_key_declares_conditions_sets_reference_and_contrasts() -> None:
    key = Key.model_validate_json(json.dumps(declared()))
    assert key.conditions.names == [2, "none"] and key.conditions[2].shows[0].count == 4
    assert (key.reference, key.contrasts) == ("none", ((2, "none"),))
    assert {name: [q.id for q in questions] for name, questions in key.by_set.items()} == {1: ["q1"], 2: ["q3", "q2"]}
    assert key.set_of == {"q1": 1, "q2": 2, "q3": 2} and key.possible == 2
    assert (key.catch_by_id["c"].condition, key.catch_by_id["c"].set) == ("none", 2)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"sets": [{"name": 1, "questions": ["q1", "q2"]}]}, "sets should hold each question once"),
        ({"sets": [{"name": 1, "questions": ["q1", "q2", "q3", "q1"]}]}, "sets should hold each question once"),
        ({"sets": [{"name": 1, "questions": ["q1"]}, {"name": 1, "questions": ["q2", "q3"]}]}, "sets has a name twice"),
        ({"reference": 1}, "1 is not among conditions, which are 2 or none"),
        ({"contrasts": [[2, "no"]]}, "no is not among conditions, which are 2 or none"),
        ({"contrasts": [[2, 2]]}, "contrasts should compare two conditions"),
        ({"catch": [{"id": "c", "options": ["a", "b"], "answers": ["a"], "set": 3}]}, "catch names a set that is not among sets"),
        ({"conditions": [{"name": 2, "title": "x"}, {"name": 2, "title": "y"}]}, "conditions has a name twice"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_named(tmp_path, change, sentence) -> None:
    path = tmp_path / "k.json"
    path.write_text(json.dumps(declared() | change))
    where = "conditions" if "conditions" in change else "the file"
    with pytest.raises(ScoringError) as caught:
        read_key(path)
    assert str(caught.value) == f"{path}: {where} is not as in an answer key (imetric-answer-key/2): {sentence}"
