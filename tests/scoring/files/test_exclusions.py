"""Declared rules: who breaks which, and what is wrong with a file of them."""

from __future__ import annotations

import pytest

from scoring.errors import ScoringError
from scoring.files.collect import collect
from scoring.files.exclusions import Exclusions, broken_rules, read_exclusions

from ..conftest import make_rows
from .test_collect import put, study

__all__ = ["study"]  # a fixture


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
    assert broken_rules(responses, Exclusions(), key) == [["repeated"], ["catch"], ["repeated", "incomplete"]]
    strict = Exclusions(min_minutes=2, max_minutes=3, repeated=False, incomplete=False, failed_catch=3)
    assert broken_rules(responses, strict, key) == [["too_long"], ["too_short"], []]
    assert Exclusions(failed_catch=None, repeated=False, incomplete=False).sentences() == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("min_minutes = -1", "min_minutes: Input should be greater than or equal to 0"),
        ("minutes = 3", "'minutes' is no rule; rules are min_minutes, max_minutes, failed_catch, repeated, incomplete, duplicates, straight_lining, regular_times"),
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
