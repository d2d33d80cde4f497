"""Many files: what is used, what is not and why, and who breaks which declared rule."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from scoring.errors import NothingScored, ScoringError
from scoring.files.collect import collect, files_in
from scoring.files.exclusions import Exclusions, broken_rules, read_exclusions
from scoring.files.key import known_keys, original_key, read_key

from ..conftest import make_key, make_rows, write_study


@pytest.fixture
def study(tmp_path: Path, key):
    paths = write_study(tmp_path, key, {1: [[1] * 10, [2] * 10], 3: [[3] * 10]})
    return tmp_path, paths


def put(path: Path, rows) -> Path:
    path.write_text(json.dumps(rows))
    return path


def test_a_folder_works_in_place_of_files(study) -> None:
    folder, paths = study
    (folder / "results" / "more").mkdir()
    deep = put(folder / "results" / "more" / "x.json", [])
    assert files_in([folder / "results"]) == sorted([*paths, deep])
    assert files_in([paths[0], paths[0]]) == [paths[0]]


def test_the_key_that_files_name_is_found(study) -> None:
    folder, paths = study
    found = collect(paths, None, folder / "private")
    assert found.key.study_id == "abc123" and len(found.responses) == 3 and found.rejected == []


def test_what_is_broken_is_listed_and_the_rest_used(study, key) -> None:
    folder, paths = study
    results = folder / "results"
    (results / "cut.json").write_text('[{"trial')
    (results / "folder.json").mkdir()
    (results / "big.json").write_bytes(b" " * 5_000_001)
    put(results / "other.json", make_rows(make_key(study="zzz"), [1] * 10, session="o"))
    put(results / "twice.json", make_rows(key, [3] * 10, experiment=1, session="e1n000"))
    os.mkfifo(results / "pipe.json")
    found = collect(files_in([results, results / "gone.json"]), None, folder / "private")
    assert len(found.responses) == 3 and found.files == 10
    reasons = {Path(file).name: reason for file, reason in found.rejected}
    assert reasons == {
        "big.json": "file: 5,000,001 bytes, a participant's file has at most 5,000,000",
        "cut.json": "file: not JSON at line 1, column 3 (Unterminated string starting at)",
        "folder.json": "file: is a folder",
        "gone.json": "file: cannot be read (No such file or directory)",
        "other.json": f"row 0, study_id: no answer key of 'zzz' under {folder / 'private'}",
        "pipe.json": "file: not an ordinary file",
        "twice.json": f"session_id: is already in {paths[0]}",
    }


def test_of_several_studies_the_one_named_most_is_scored(study) -> None:
    folder, paths = study
    other = make_key(study="other")
    place = folder / "private" / "other"
    place.mkdir()
    (place / "answer_key.json").write_text(other.model_dump_json())
    stray = put(folder / "results" / "a.json", make_rows(other, [1] * 10, session="o"))
    found = collect([stray, *paths], None, folder / "private")
    assert found.key.study_id == "abc123"
    assert found.rejected == [
        (str(stray), "row 0, study_id: of study 'other'; most files are of 'abc123', score it apart")
    ]


def test_an_id_that_is_a_path_leads_nowhere(study, key) -> None:
    folder, paths = study
    evil = put(folder / "results" / "e.json", make_rows(make_key(study="../private/abc123"), [1] * 10, session="o"))
    assert len(collect([evil, *paths], None, folder / "private").rejected) == 1


def test_another_build_is_marked(study, key) -> None:
    folder, paths = study
    rows = make_rows(key, [1] * 10, experiment=1, session="n")
    rows[0]["build_hash"] = "b2"
    found = collect([*paths, put(folder / "results" / "n.json", rows)], key)
    assert found.marked == [
        (str(folder / "results" / "n.json"), "build_hash: 'b2', most of experiment 1 have 'b1'"),
    ]


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ([], "there is no .json file among what was named"),
        (["x.json"], "none of 1 files could be scored; x.json: file: cannot be read (No such file or directory)"),
        (["x.json", "y.json"], "none of 2 files could be scored; x.json: file: cannot be read (No such file or directory); so or otherwise were 1 more"),
    ],
)  # fmt: skip
def test_nothing_to_score_is_said(key, names, sentence) -> None:
    with pytest.raises(NothingScored) as caught:
        collect([Path(name) for name in names], key)
    assert str(caught.value) == sentence


def test_rules_mark_and_never_delete(study, key) -> None:
    folder, paths = study
    put(paths[0], make_rows(key, [1] * 10, experiment=1, session="e1n000", subject="p"))
    put(paths[2], make_rows(key, [3] * 8, experiment=3, session="e3n000", subject="p"))
    found = collect(paths, key)
    assert [mark for _, mark in found.marked] == [
        f"subject_id: also in {paths[2]} (experiment 3)",
        "question_id: incomplete, q09, q10 not answered",
        f"subject_id: also in {paths[0]} (experiment 1)",
    ]
    responses = found.responses
    responses[1].catch_failed, responses[1].duration_ms = 2, 60_000
    assert broken_rules(responses, Exclusions(), 10) == [["repeated"], ["catch"], ["repeated", "incomplete"]]
    strict = Exclusions(min_minutes=2, max_minutes=3, repeated=False, incomplete=False, failed_catch=3)
    assert broken_rules(responses, strict, 10) == [["too_long"], ["too_short"], []]
    assert Exclusions(failed_catch=None, repeated=False, incomplete=False).sentences() == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("min_minutes = -1", "min_minutes: Input should be greater than or equal to 0"),
        ("minutes = 3", "'minutes' is no rule; rules are min_minutes, max_minutes, failed_catch, repeated, incomplete"),
        ("min_minutes = 5\nmax_minutes = 3", "rules: min_minutes (5) should be below max_minutes (3)"),
        ("min_minutes = ", "not a TOML file: Invalid value (at end of document)"),
    ],
)
def test_wrong_rules_are_named(tmp_path, text, sentence) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(text)
    with pytest.raises(ScoringError) as caught:
        read_exclusions(path)
    assert str(caught.value) == f"{path}: {sentence}"


def test_good_rules_are_read(tmp_path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text("min_minutes = 3\nmax_minutes = 60\nrepeated = false\n")
    assert read_exclusions(path) == Exclusions(min_minutes=3, max_minutes=60, repeated=False)


# Keys
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format": "x"}, "format is not as in an answer key (imetric-answer-key/1): Input should be 'imetric-answer-key/1'"),
        ({"questions": []}, "questions is not as in an answer key (imetric-answer-key/1): Tuple should have at least 1 item after validation, not 0"),
        ({"questions": [{"id": "q", "options": ["a", "a"], "answers": ["a"]}]}, "questions.0 is not as in an answer key (imetric-answer-key/1): options has an option twice"),
        ({"questions": [{"id": "q", "options": ["a", "b"], "answers": ["c"]}]}, "questions.0 is not as in an answer key (imetric-answer-key/1): answers should be some, not all, of the options, each once"),
    ],
)  # fmt: skip
def test_a_wrong_key_is_named(tmp_path, key, change, sentence) -> None:
    path = tmp_path / "k.json"
    path.write_text(json.dumps({**json.loads(key.model_dump_json()), **change}))
    with pytest.raises(ScoringError) as caught:
        read_key(path)
    assert str(caught.value) == f"{path}: {sentence}"
    assert known_keys(tmp_path.parent) == {}


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
