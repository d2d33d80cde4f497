"""The published pages of 2021: their key and their files."""

from __future__ import annotations

import json

import pytest

from scoring.errors import ScoringError
from scoring.files.key import Key, KeyQuestion, read_key
from scoring.files.original import original_key

from ..conftest import make_key, make_rows
from .test_rows import read, reason


@pytest.fixture
def original() -> tuple[Key, dict]:
    key = make_key(2)
    questions = tuple(
        KeyQuestion(id=q.id, options=tuple(str(k + 1) for k in range(9)), answers=("3", "6", "4"))
        for q in key.questions
    )
    answers = {"name": "A. Nonymous", "age": "27", "gender": "f", "major": "law", "backgrounds": "none"}
    key = Key(study_id="original-madry", layout="original", questions=questions)
    return key, {**answers, "1": [3, 6, 8], "2": [1, 2, 5]}


def test_a_file_of_the_original_pages_is_read(original) -> None:
    key, content = original
    response = read(json.dumps(content).encode(), key, "results/Experiment3_Nonymous.json")
    assert [trial.matched for trial in response.trials] == [2, 0]
    assert response.experiment == 3 and response.duration_ms is None
    assert response.survey == {"age": 27.0, "gender": "f", "major": "law", "background": "none"}
    assert "nonym" not in (response.subject_id + response.session_id).lower()


@pytest.mark.parametrize(
    ("change", "file", "expected"),
    [
        ({}, "answers.json", "file name: a file of the original pages is named Experiment1_…, 2_… or 3_….json"),
        ({"1": [0, 1, 2]}, "Experiment1_x.json", "1: should be a list of option numbers from 1 to 9"),
        ({"1": "367"}, "Experiment1_x.json", "1: should be a list of option numbers from 1 to 9"),
        ({"1": [1, 2]}, "Experiment1_x.json", "1: 2 picks, a question takes 3"),
        ({"2": [1, 2, 2]}, "Experiment1_x.json", "2: the same option is picked twice"),
        ({"3": [1, 2, 3]}, "Experiment1_x.json", "3: the answer key has questions 1 to 2"),
        ({"1": [], "2": []}, "Experiment1_x.json", "file: not one question is answered"),
    ],
)
def test_a_wrong_original_file_is_refused(original, change, file, expected) -> None:
    key, content = original
    assert reason(json.dumps({**content, **change}).encode(), key, file) == expected


def test_the_two_layouts_do_not_mix(original, key, rows) -> None:
    assert reason(json.dumps(original[1]).encode(), key, "Experiment1_x.json") == (
        "file: should be an array of rows; files of the original 2021 pages need the key that `original-key` makes"
    )
    assert reason(json.dumps(make_rows(key, [3] * 10)).encode(), original[0]) == (
        "file: an array of rows, and the answer key is one of the original 2021 pages"
    )


def test_the_original_pages_key(tmp_path) -> None:
    data = {"291": {"Madry": {"answers": [2, 5, 3], "activations": [0, 0, 0.18, 0.2, 0, 0.24, 0, 0, 0]}}}
    path = tmp_path / "data.json"
    path.write_text(json.dumps(data))
    key = original_key(path, [291], "Madry")
    assert key.layout == "original" and key.questions[0].answers == ("3", "6", "4")
    assert key.questions[0].activations["6"] == 0.24
    (tmp_path / "key.json").write_text(key.model_dump_json())
    assert read_key(tmp_path / "key.json") == key
    for neurons, method, sentence in [
        ([7], "Madry", f"{path}: neuron 7 is not in it; it holds 291"),
        ([291], "X", f"{path}: neuron 291 has no method 'X'; it has Madry"),
        ([], "Madry", "--neurons is empty: name at least one neuron of data.json"),
    ]:
        with pytest.raises(ScoringError) as caught:
            original_key(path, neurons, method)
        assert str(caught.value) == sentence
    data["291"]["Madry"]["answers"] = [9]
    path.write_text(json.dumps(data))
    with pytest.raises(ScoringError, match="answers should be 0-based positions in its list of activations"):
        original_key(path, [291], "Madry")
