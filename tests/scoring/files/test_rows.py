"""Reading one file: what is usable is read whole, everything else is refused by the name of its field."""

from __future__ import annotations

import copy
import json

import pytest

from scoring.errors import Rejected
from scoring.files.key import CatchQuestion, Key
from scoring.files.participant import check, parse, study_of

from ..conftest import make_key, make_rows


def read(data: bytes, key: Key, file: str = "a.json"):
    return check(parse(data), file, key)


def reason(data: bytes, key: Key, file: str = "a.json") -> str:
    with pytest.raises(Rejected) as caught:
        read(data, key, file)
    return str(caught.value)


def test_a_whole_file_is_read(key, rows) -> None:
    response = read(json.dumps(rows).encode(), key)
    assert [trial.matched for trial in response.trials] == [3, 2, 1, 0, 3, 2, 1, 0, 3, 2]
    assert [trial.position for trial in response.trials] == list(range(1, 11))
    assert response.trials[1].picks == (0, 1, 3)
    assert (response.experiment, response.session_id, response.build) == (3, "s1", "b1")
    assert response.survey == {"age": 30.0, "gender": "female", "major": "art", "background": "none"}
    assert response.duration_ms == 200_000
    assert (response.trials[0].level_changes, response.trials[0].originals_ms) == (1, 500)
    assert response.marks == []


@pytest.mark.parametrize(
    ("levels", "changes"),
    [
        ([], 0),
        ([1], 0),
        ([1, 1, 1], 0),  # came back twice, the slider stayed
        ([1, 2, 2, 1], 2),
        ([1, None, 1, 3], 1),  # an entry without a level says nothing of the slider
        ([None, None], None),
    ],
)
def test_only_moves_of_the_slider_count_as_level_changes(key, changed, levels, changes) -> None:
    views = [{"viewing_time": 100} if level is None else {"level": level, "viewing_time": 100} for level in levels]
    assert read(changed(1, "view_history", views), key).trials[0].level_changes == changes


def test_a_byte_order_mark_does_no_harm(key, rows) -> None:
    assert len(read(b"\xef\xbb\xbf" + json.dumps(rows).encode(), key).trials) == 10


def test_unknown_fields_are_let_be(key, rows) -> None:
    rows[0]["more"] = {"x": [1]}
    assert len(read(json.dumps(rows).encode(), key).trials) == 10


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "file: not JSON at line 1, column 1 (Expecting value)"),
        (b'[{"a": 1', "file: not JSON at line 1, column 9 (Expecting ',' delimiter)"),
        (b"\xff\xfe[\x00", "file: not UTF-8 text at byte 0"),
        (b"3", "file: should be an array of rows"),
        (b"[" * 100_000, "file: nested too deeply to be a participant's file"),
        (b'[{"a": NaN}, {}]', "file: holds NaN, which is not a number in JSON"),
        (b'[{"a": -Infinity}, {}]', "file: holds -Infinity, which is not a number in JSON"),
        (b'[{"a": 1, "a": 2}]', "a: is there twice in one object"),
        (b"[]", "file: should have at least 2 items after validation, not 0"),
        (b"[1, 2]", "row 0: should be a valid dictionary or object to extract fields from, not 1"),
        (b'[{"trial_type": "x"}, {}]', "row 0, trial_type: should be one of session, imetric-question, imetric-catch, imetric-practice"),
        (b'[{"a": 1}, {}]', "row 0, trial_type: is missing"),
        (b"[" + b"9" * 5000 + b"]", "file: not a participant's JSON (Exceeds the limit (4300 digits) for integer string conver…)"),
    ],
)  # fmt: skip
def test_what_is_no_file_of_rows_is_refused(key, data, expected) -> None:
    assert reason(data, key) == expected


def test_a_huge_file_is_refused_unread(key) -> None:
    assert reason(b" " * 5_000_001, key) == "file: 5,000,001 bytes, a participant's file has at most 5,000,000"


O = [f"q01-o{k}" for k in range(9)]  # noqa: E741


@pytest.mark.parametrize(
    ("row", "name", "value", "expected"),
    [
        (0, "format", "imetric-response/9", "row 0, format: should be 'imetric-response/1', not 'imetric-response/9'"),
        (0, "study_id", "other", "row 0, study_id: 'other', and the answer key is of 'abc123'"),
        (0, "experiment", 4, "row 0, experiment: should be 1, 2 or 3, not 4"),
        (0, "experiment", True, "row 0, experiment: should be the number or the name of a condition, not True"),
        (0, "experiment", "No Body", "row 0, experiment: should be the number or the name of a condition, not 'No Body'"),
        (0, "experiment", "none", "row 0, experiment: should be 1, 2 or 3, not 'none'"),
        (0, "experiment", "3", "row 0, experiment: should be the number or the name of a condition, not '3'"),
        (0, "set", 2, "row 0, set: 2, and the answer key has 1"),
        (0, "set", 0, "row 0, set: should be greater than or equal to 1, not 0"),
        (0, "time_elapsed", None, "row 0, time_elapsed: is null, as in observers' files only"),
        (1, "time_elapsed", None, "row 1, time_elapsed: is null, as in observers' files only"),
        (1, "probabilities", [1 / 9] * 9, "row 1, probabilities: are there, as in observers' files only"),
        (0, "observer", "features", "row 0, observer: 'features', and subject_kind is 'person'"),
        (0, "observer", "", "row 0, observer: string should have at least 1 character, not ''"),
        (1, "probabilities", [-0.5, 1.5], "row 1, probabilities, 0: should be greater than or equal to 0, not -0.5"),
        (1, "probabilities", [True], "row 1, probabilities, 0: should be a valid number, not True"),
        (0, "subject_kind", "cat", "row 0, subject_kind: should be 'person' or 'observer', not 'cat'"),
        (0, "session_id", "", "row 0, session_id: string should have at least 1 character, not ''"),
        (0, "response", "x", "row 0, response: should be a valid dictionary, not 'x'"),
        (0, "response", {"\n": []}, "row 0, response: should be a valid string"),
        (0, "response", {"a\nb" + "c" * 90: []}, f"row 0, response, a b{'c' * 54}…: should be a valid string"),
        (0, "time_elapsed", -1, "row 0, time_elapsed: should be greater than or equal to 0, not -1"),
        (1, "time_elapsed", 10**30, "row 1, time_elapsed: should be less than or equal to 10000000000, not 1000000000000000000000000000000"),
        (1, "rt", "fast", "row 1, rt: should be a valid integer, not 'fast'"),
        (1, "rt", 1.5, "row 1, rt: should be a valid integer, not 1.5"),
        (1, "rt", True, "row 1, rt: should be a valid integer, not True"),
        (1, "trial_type", "session", "row 1, format: is missing"),
        (1, "question_id", ..., "row 1, question_id: is missing"),
        (1, "question_id", "q99", "row 1, question_id: 'q99' is not in the answer key"),
        (2, "question_id", "q01", "row 2, question_id: 'q01' is answered twice"),
        (1, "choice_ids", O[:2], "row 1, choice_ids: 2 picks, a question takes 3"),
        (1, "choice_ids", O[:4], "row 1, choice_ids: 4 picks, a question takes 3"),
        (1, "choice_ids", [O[0], O[0], O[1]], "row 1, choice_ids: the same option is picked twice"),
        (1, "choice_ids", [O[0], O[1], "no"], "row 1, choice_ids: 'no' is not an option of q01"),
        (1, "choice_ids", [0, 1, 2], "row 1, choice_ids, 0: should be a valid string, not 0"),
        (1, "choice_ids", {"0": "a"}, "row 1, choice_ids: should be a valid list"),
        (1, "choice_order", O[:8], "row 1, choice_order: should hold each option of q01 once"),
        (1, "choice_order", [*O[:8], O[0]], "row 1, choice_order: should hold each option of q01 once"),
        (1, "response", [0, 1, 2], "row 1, response: does not give the places of choice_ids in choice_order"),
        (1, "confidence", 4, "row 1, confidence: should be less than or equal to 3, not 4"),
        (1, "concept", "x" * 2001, "row 1, concept: string should have at most 2000 characters, not 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…"),
        (1, "session_id", "s2", "row 1, session_id: differs from row 0's"),
        (3, "experiment", 1, "row 3, experiment: differs from row 0's"),
        (1, "view_history", [{"viewing_time": "x"}], "row 1, view_history, 0, viewing_time: should be a valid integer, not 'x'"),
        (1, "view_history", [{"level": "1", "viewing_time": 9}], "row 1, view_history, 0, level: should be a valid integer, not '1'"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named(key, changed, row, name, value, expected) -> None:
    assert reason(changed(row, name, value), key) == expected


def test_rows_without_a_session_first_are_refused(key, rows) -> None:
    assert (
        reason(json.dumps(rows[1:]).encode(), key) == "row 0, trial_type: should be 'session', not 'imetric-question'"
    )


def test_a_session_without_answers_is_refused(key, rows) -> None:
    practice = {"trial_type": "imetric-practice", "passed": True}
    assert reason(json.dumps([rows[0], practice]).encode(), key) == "file: not one question is answered"


def test_practice_rows_do_not_count(key, rows) -> None:
    rows.insert(1, {"trial_type": "imetric-practice", "tries": 2})
    assert [t.position for t in read(json.dumps(rows).encode(), key).trials] == list(range(1, 11))


def test_the_time_of_the_practice_is_no_time_of_the_questions(key, rows) -> None:
    # The pages' clock stands at 30 s when the instructions end; practice may follow, and is over at 50 s.
    rows.insert(1, {"trial_type": "imetric-practice", "time_elapsed": 50_000})
    assert read(json.dumps(rows).encode(), key).duration_ms == 230_000 - 50_000


def test_missing_questions_are_marked_and_the_rest_is_used(key, rows) -> None:
    response = read(json.dumps(rows[:-2]).encode(), key)
    assert len(response.trials) == 8
    assert response.marks == ["question_id: incomplete, q09, q10 not answered"]


def test_times_that_cannot_be_are_marked(key, rows) -> None:
    rows[3]["time_elapsed"], rows[4]["rt"] = 1000, 900_000
    marks = read(json.dumps(rows).encode(), key).marks
    assert marks == ["time_elapsed: goes back from one row to the next", "rt: longer than the time since the start"]


def test_catch_questions_are_counted_apart(key, rows) -> None:
    catch = CatchQuestion(id="c1", options=tuple("abcd"), answers=("a",))
    key = key.model_copy(update={"catch": (catch,)})
    row = {**copy.deepcopy(rows[1]), "trial_type": "imetric-catch", "question_id": "c1", "choice_order": list("dcba")}
    right = {**row, "choice_ids": ["a", "b"], "response": [3, 2]}
    wrong = {**row, "choice_ids": ["c", "b"], "response": [1, 2]}
    for catch, failed in ((right, 0), (wrong, 1)):
        response = read(json.dumps([*rows, catch]).encode(), key)
        assert (response.catch_asked, response.catch_failed, len(response.trials)) == (1, failed, 10)
    # Who picks every option would pass every catch question.
    every = {**row, "choice_ids": list("abcd"), "response": [3, 2, 1, 0]}
    assert reason(json.dumps([*rows, every]).encode(), key) == "row 11, choice_ids: 4 picks, a question takes 3"


def test_text_is_cleaned_of_what_no_file_can_hold(key, rows) -> None:
    rows[1]["concept"] = "fur\x00\ud800 \u202e  and\tlegs\n"
    rows[0]["response"]["age"] = "about 30"
    response = read(json.dumps(rows).encode(), key)
    assert response.trials[0].concept == "fur \ufffd \u202e and legs"
    assert response.survey["age"] is None


@pytest.mark.parametrize("age", [True, -3, 400, [1], {"a": 1}, "nan", 1e308, None])
def test_an_age_that_is_none_is_left_open(key, rows, age) -> None:
    rows[0]["response"]["age"] = age
    if isinstance(age, list | dict):
        assert reason(json.dumps(rows).encode(), key).startswith("row 0, response, age: ")
    else:
        assert read(json.dumps(rows).encode(), key).survey["age"] is None


def test_study_of_names_the_study_without_a_key(rows) -> None:
    assert study_of(parse(json.dumps(rows).encode())) == "abc123"
    assert study_of(parse(b'{"1": [1, 2, 3]}')) is None


def test_questions_are_those_of_the_set_and_condition_that_the_session_names() -> None:
    key = make_key(conditions=(3, "none"), sets=2)
    catch = CatchQuestion(id="c1", options=tuple("abcd"), answers=("a",), condition="none")
    key = key.model_copy(update={"catch": (catch,)})
    rows = make_rows(key, [1] * 20)[:11]
    assert read(json.dumps(rows).encode(), key).set == 1  # as in every file before there were sets
    rows[0]["set"] = 2
    assert reason(json.dumps(rows).encode(), key) == "row 1, question_id: 'q01' is of set 1, and row 0 names set 2"
    second = [rows[0], *make_rows(key, [1] * 20)[11:]]
    response = read(json.dumps(second).encode(), key)
    assert (response.set, response.marks, len(response.trials)) == (2, [], 10)
    assert read(json.dumps(second[:-1]).encode(), key).marks == ["question_id: incomplete, q20 not answered"]
    row = {**second[1], "trial_type": "imetric-catch", "question_id": "c1", "choice_order": list("dcba"),
           "choice_ids": ["a"], "response": [3]}  # fmt: skip
    assert reason(json.dumps([*second, row]).encode(), key) == (
        "row 11, question_id: 'c1' is of condition none, and row 0 names 3"
    )
    catch = catch.model_copy(update={"condition": None, "set": 1})
    key = key.model_copy(update={"catch": (catch,)})
    del key.__dict__["catch_by_id"]
    assert reason(json.dumps([*second, row]).encode(), key) == (
        "row 11, question_id: 'c1' is of set 1, and row 0 names set 2"
    )


def observed(key: Key) -> list[dict]:
    """An observer's file: no times, and probabilities that rise in the order shown."""
    rows = make_rows(key, [1] * len(key.questions))
    rows[0] |= {"subject_kind": "observer", "observer": "features", "response": {}, "language": None}
    for row in rows:
        row |= {"time_elapsed": None, "rt": None}
    for row in rows[1:]:
        row |= {"concept": None, "view_history": [], "original_views": []}
        row["probabilities"] = [round(k / 45, 6) for k in range(1, 10)]
    return rows


def test_an_observers_file_has_a_name_probabilities_and_no_times(key) -> None:
    rows = observed(key)
    response = read(json.dumps(rows).encode(), key)
    assert (response.observer, response.observer_name) == (True, "features")
    assert response.duration_ms is None and response.marks == []
    trial = response.trials[0]
    shown = rows[1]["choice_order"]
    expected = [(shown.index(option) + 1) / 45 for option in key.questions[0].options]
    assert trial.probabilities == pytest.approx(expected, abs=2e-6) and trial.rt_ms is None
    assert sum(trial.probabilities) == pytest.approx(1, abs=1e-12)  # six decimals are brought to sum 1
    assert (trial.concept, trial.level_changes, trial.originals_ms) == ("", 0, 0)


def test_observers_files_of_before_are_read_as_named_by_their_subject(key, rows) -> None:
    rows[0]["subject_kind"] = "observer"
    response = read(json.dumps(rows).encode(), key)
    assert response.observer_name == "person-s1" and response.trials[0].probabilities is None


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        ([0.125] * 8, "row 1, probabilities: 8, and choice_order has 9 options"),
        ([0.1] * 10, "row 1, probabilities: 10, and choice_order has 9 options"),
        ([0.1] * 9, "row 1, probabilities: their sum is 0.9, not 1"),
        ([0.0] * 9, "row 1, probabilities: their sum is 0, not 1"),
        ([1e308] * 9, "row 1, probabilities: their sum is inf, not 1"),
    ],
)
def test_probabilities_are_one_for_each_option_with_sum_1(key, probabilities, expected) -> None:
    rows = observed(key)
    rows[1]["probabilities"] = probabilities
    assert reason(json.dumps(rows).encode(), key) == expected
    rows[1]["probabilities"] = [0.1 + 8e-6] + [0.1125] * 8  # within a millionth for each
    assert read(json.dumps(rows).encode(), key).trials
    rows[1]["probabilities"] = [0.1 + 1e-5] + [0.1125] * 8
    assert reason(json.dumps(rows).encode(), key) == "row 1, probabilities: their sum is 1.00001, not 1"
