"""Many files: what is used, what is not and why."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from scoring.errors import NothingScored
from scoring.files.collect import collect, files_in

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


def test_a_key_that_cannot_be_read_is_named_where_it_would_be_needed(study) -> None:
    folder, paths = study
    path = folder / "private" / "abc123" / "answer_key.json"
    path.write_text("{}")
    with pytest.raises(NothingScored) as caught:
        collect(paths[:1], None, folder / "private")
    assert str(caught.value) == (
        f"none of 1 files could be scored; {paths[0]}: row 0, study_id: no answer key of 'abc123' under "
        f"{folder / 'private'} ({path}: study_id is not as in an answer key (imetric-answer-key/2): Field required)"
    )


def test_of_several_studies_the_one_named_most_is_scored(study) -> None:
    folder, paths = study
    other = make_key(study="other")
    place = folder / "private" / "other"
    place.mkdir()
    (place / "answer_key.json").write_text(other.model_dump_json())
    other_file = put(folder / "results" / "a.json", make_rows(other, [1] * 10, session="o"))
    found = collect([other_file, *paths], None, folder / "private")
    assert found.key.study_id == "abc123"
    assert found.rejected == [
        (str(other_file), "row 0, study_id: of study 'other'; most files are of 'abc123', score it apart")
    ]


def test_an_id_that_is_a_path_leads_nowhere(study, key) -> None:
    folder, paths = study
    outside = put(folder / "results" / "e.json", make_rows(make_key(study="../private/abc123"), [1] * 10, session="o"))
    assert len(collect([outside, *paths], None, folder / "private").rejected) == 1


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


def test_observers_are_read_and_counted_apart(study, key) -> None:
    folder, paths = study
    program = make_rows(key, [3] * 10, experiment=1, session="program", subject="person-e1n000")
    program[0] |= {"subject_kind": "observer", "build_hash": "b2"}
    put(folder / "results" / "program.json", program)
    found = collect([*paths, folder / "results" / "program.json"], key)
    assert [each.session_id for each in found.observers] == ["program"] and len(found.responses) == len(paths)
    # Neither another build nor an id that a person has is held against people.
    assert found.marked == [] and found.files == len(paths) + 1
    # Observers alone are a study without people, found by the study that their files name.
    found = collect([folder / "results" / "program.json"], None, folder / "private")
    assert found.responses == [] and len(found.observers) == 1


def test_a_program_never_stands_for_a_person(study, key) -> None:
    """Neither does its session keep a person's of the same id out, nor do many programs decide which study is scored."""
    folder, paths = study
    program = json.loads(paths[0].read_text())
    program[0] |= {"subject_kind": "observer"}
    first = put(folder / "results" / "a.json", program)
    other = make_key(study="other")
    (folder / "private" / "other").mkdir()
    (folder / "private" / "other" / "answer_key.json").write_text(other.model_dump_json())
    many = []
    for number in range(len(paths) + 1):
        rows = make_rows(other, [1] * 10, session=f"o{number}")
        rows[0]["subject_kind"] = "observer"
        many.append(put(folder / "results" / f"o{number}.json", rows))
    found = collect([first, *many, *paths], None, folder / "private")
    assert found.key.study_id == key.study_id
    assert [each.file for each in found.responses] == [str(path) for path in paths]
    assert [each.file for each in found.observers] == [str(first)]
