"""Scores of units from reports and observers' records, which are read as files from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from generator.atlas.records import UnitScores
from generator.atlas.reports import read_reports
from generator.errors import StudyError

ITEM = {"experiment": 1, "question_id": "q01", "neuron": 7, "participants": 10, "accuracy": 0.5}
WORD = {"experiment": 1, "question_id": "q01", "words": [{"word": "eyes", "participants": 3}]}
SUMMARY: dict[str, Any] = {
    "format": "imetric-summary/2", "study_id": "abc",
    "included": {
        "items": [ITEM, {**ITEM, "experiment": "mine", "participants": 30, "accuracy": 0.9}, {**ITEM, "neuron": 9, "question_id": "q02", "participants": 0, "accuracy": None}],
        "concepts": [WORD, {**WORD, "words": [{"word": "fur", "participants": 5}, {"word": " \n", "participants": 5}]}],
    },
}  # fmt: skip
OBSERVERS: dict[str, Any] = {
    "format": "imetric-observers/1", "study_id": "abc",
    "questions": [{"id": "q01", "neuron": 7, "condition": 1, "matched": {"features": 2, "blind": 1}}],
    "machine_scores": [{"neuron": 7, "condition": 1, "observer": "features", "mean": 1.8}, {"neuron": 7, "condition": 1, "observer": "blind", "mean": 3.0}],
}  # fmt: skip
MANIFEST = {"format": "imetric-manifest/1", "study_id": "abc", "network": "net", "casts": {"q01": {"answers": ["a", "b", "c"]}}}


def written(folder: Path, **files: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.json").write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


def test_no_reports_score_nothing(tmp_path: Path) -> None:
    assert read_reports([], tmp_path, {"v0": "net"}) == ({"v0": {}}, [])


def test_people_and_programs_score_the_units_of_their_network(tmp_path: Path) -> None:
    study = written(tmp_path / "private" / "abc", observers=OBSERVERS, manifest=MANIFEST)
    report = written(tmp_path / "report", summary=SUMMARY)
    scores, notes = read_reports([report, study], tmp_path / "private", {"v0": "other", "v1": "net"})
    assert notes == [] and scores["v0"] == {}
    assert scores["v1"] == {
        7: UnitScores(
            {"features": {"1": pytest.approx(0.6)}, "blind": {"1": 1.0}}, {"1": (0.5, 10), "mine": (0.9, 30)}, ("fur", "eyes")
        )
    }  # fmt: skip
    # Of observers the one that looks at features counts, of people every answer.
    assert scores["v1"][7].machine_mean == pytest.approx(0.6)
    assert scores["v1"][7].people_mean == pytest.approx(0.8)


def test_without_redrawn_questions_the_study_s_own_count(tmp_path: Path) -> None:
    study = written(tmp_path / "abc", observers={**OBSERVERS, "machine_scores": []}, manifest=MANIFEST)
    scores, _ = read_reports([study], tmp_path, {"v0": "net"})
    assert scores["v0"][7].machine == {"features": {"1": pytest.approx(2 / 3)}, "blind": {"1": pytest.approx(1 / 3)}}


def test_a_report_of_a_study_that_is_not_known_is_taken_for_the_one_network_and_that_is_told(tmp_path: Path) -> None:
    report = written(tmp_path / "report", summary=SUMMARY)
    scores, notes = read_reports([report], tmp_path, {"v0": "net"})
    assert 7 in scores["v0"]
    assert notes == [
        f"{report}/summary.json: nothing under --private tells of which network its study is; it is taken for that of this atlas"
    ]


@pytest.mark.parametrize(
    "files, sentence",
    [
        ({}, "--reports R holds neither summary.json, a report of python -m scoring, nor observers.json, what python -m generator observe writes: name such a folder"),
        ({"summary": "{"}, "R/summary.json is no JSON file that can be read"),
        ({"summary": "[" * 100_000}, "R/summary.json is no JSON file that can be read"),
        ({"summary": {}}, "R/summary.json is no record that an atlas can show: format: Field required"),
        (
            {"summary": {**SUMMARY, "study_id": "../../etc"}},
            "R/summary.json is no record that an atlas can show: study_id: String should match pattern '^[A-Za-z0-9_-]{1,64}$'",
        ),
        (
            {"summary": {**SUMMARY, "included": {"items": [{**ITEM, "accuracy": 2}], "concepts": []}}},
            "R/summary.json is no record that an atlas can show: included.items.0.accuracy: Input should be less than or equal to 1",
        ),
        ({"observers": OBSERVERS}, "R/observers.json has no manifest.json beside it, which tells how many answers its questions have: name the private folder of its study"),
        (
            {"summary": SUMMARY, "manifest": {**MANIFEST, "network": "another"}},
            "R/summary.json is of another network, or layer, than this atlas: name the private folder that holds its study with --private, or leave it out",
        ),
    ],
    ids=str,
)  # fmt: skip
def test_what_does_not_fit_is_one_sentence(files: dict[str, object], sentence: str, tmp_path: Path) -> None:
    report = written(tmp_path / "report", **files)
    with pytest.raises(StudyError) as told:
        read_reports([report], tmp_path / "private", {"v0": "net"})
    assert str(told.value).replace(str(report), "R") == sentence


def test_a_report_of_several_possible_networks_is_refused(tmp_path: Path) -> None:
    report = written(tmp_path / "report", summary=SUMMARY)
    with pytest.raises(StudyError) as told:
        read_reports([report], tmp_path, {"v0": "a", "v1": "b"})
    assert str(told.value) == (
        f"{report}/summary.json may be of any of the networks of this atlas: name the private folder that holds its study with --private, or leave it out"
    )
