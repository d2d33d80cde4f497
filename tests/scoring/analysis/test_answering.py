"""Copied picks, the same places, regular times: what is marked, what is not, and which rules take it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from scoring.analysis.answering.marks import mark_answering
from scoring.analysis.results import analyse
from scoring.files.collect import collect
from scoring.files.exclusions import Exclusions, broken_rules
from scoring.planning.simulate import simulate, write_files

from ..conftest import make_key

RULES = Exclusions(duplicates=True, straight_lining=True, regular_times=True)


@pytest.fixture(scope="module")
def study() -> tuple:
    """A key, and the rows of 30 honest people, of whom nobody found more than half of the answers."""
    key = make_key(conditions=(2, "none"))
    people = [rows for name in (2, "none") for rows in simulate(key, name, 15, 0.1, 1)]
    return key, people


def copied(rows: list[dict], session: str, other: list[dict] | None = None) -> list[dict]:
    """The picks of one file under ids of its own, in the orders and at the times of another."""
    theirs = {row["question_id"]: row for row in (other or rows)[1:]}
    new = [{**rows[0], "subject_id": f"person-{session}", "session_id": session}]
    for row in rows[1:]:
        seen = theirs[row["question_id"]]
        new.append(
            {**row, "subject_id": f"person-{session}", "session_id": session, "rt": seen["rt"],
             "choice_ids": list(row["choice_ids"]), "choice_order": seen["choice_order"], "response": [seen["choice_order"].index(c) for c in row["choice_ids"]]}
        )  # fmt: skip
    return new


def marks_of(people: list[list[dict]], key, folder) -> list[list[tuple[str, str]]]:
    collection = collect(write_files(people, folder), key)
    assert collection.rejected == []
    mark_answering(collection.responses, key)
    return [list(response.answering.marks) for response in collection.responses]


def test_honest_people_have_no_mark(study, tmp_path) -> None:
    key, people = study
    assert marks_of(people, key, tmp_path) == [[]] * 30


def test_copied_mistakes_are_marked_on_both_sides_and_taken_by_the_rule_alone(study, tmp_path) -> None:
    key, people = study
    copy = copied(people[3], "copy", people[4])
    question = key.by_id[copy[1]["question_id"]]
    free = [option for option in question.options if option not in copy[1]["choice_ids"]]
    copy[1]["choice_ids"][0] = free[0]  # nine of ten questions are left
    copy[1]["response"] = [copy[1]["choice_order"].index(option) for option in copy[1]["choice_ids"]]
    files = write_files([*people, copy], tmp_path)
    collection = collect(files, key)
    found = mark_answering(collection.responses, key)
    assert found == {"equal_picks": 2, "duplicates": 2, "straight_lining": 0, "regular_times": 0}
    first, second = (r for r in collection.responses if r.answering.marks)
    ((rule, text),) = second.answering.marks
    assert rule == "duplicates" and text.startswith(f"choice_ids: equal picks in 9 of 10 questions in {first.file}; ")
    assert text.split("; ")[1].startswith(("8 mistakes alike, more than chance gives (p = ", "9 mistakes alike, more"))
    assert (second.answering.also_in, second.answering.equal_picks) == ((first.file,), 0.9)
    assert not any(broken_rules(collection.responses, Exclusions(), key))
    assert [
        r.file
        for r, rules in zip(collection.responses, broken_rules(collection.responses, RULES, key), strict=True)
        if rules
    ] == [first.file, second.file]
    again = mark_answering(collection.responses, key)
    assert again == found and len(second.all_marks) == 1  # nothing is marked twice


def test_two_who_know_all_answers_are_marked_as_equal_and_kept(study, tmp_path) -> None:
    key, people = study
    best = [simulate(key, 2, 1, 1.0, seed)[0] for seed in (5, 6)]
    assert all(set(row["choice_ids"]) == key.by_id[row["question_id"]].answer_set for row in best[0][1:])
    best = [copied(rows, f"best{k}") for k, rows in enumerate(best)]
    collection = collect(write_files([*people, *best], tmp_path), key)
    mark_answering(collection.responses, key)
    a, b = collection.responses[-2:]
    assert b.answering.marks == (
        ("", f"choice_ids: equal picks in 10 of 10 questions in {a.file}; 0 mistakes alike, as chance may give"),
    )
    assert not any(broken_rules(collection.responses, RULES, key))


def test_the_same_person_twice_is_no_duplicate_and_four_questions_are_too_few(study, tmp_path) -> None:
    key, people = study
    twice = [{**row, "subject_id": people[3][0]["subject_id"]} for row in copied(people[3], "again", people[4])]
    few = [copied(people[5], f"few{k}", people[6 + k])[:5] for k in range(2)]
    assert [len(marks) for marks in marks_of([*people[:5], twice, *few], key, tmp_path)] == [0] * 8


def test_a_farm_of_programs_with_one_sheet_is_found_though_it_is_half_of_the_study(study, tmp_path) -> None:
    key, people = study
    farm = [copied(people[0], f"farm{k:02d}", people[k % 29 + 1]) for k in range(30)]
    marks = marks_of([*people, *farm], key, tmp_path)
    assert [bool(each) for each in marks] == [k == 0 or k >= 30 for k in range(60)]
    assert all(rule == "duplicates" and " and 29 more; " in text for each in marks for rule, text in each)


def test_the_same_places_and_even_times_are_marked(study, tmp_path) -> None:
    key, people = study
    rng = np.random.default_rng(3)
    straight, even = copied(people[1], "straight"), copied(people[2], "zeven")
    for k, row in enumerate(straight[1:]):
        if k < 7:
            row["response"] = [2, 0, 1] if k % 2 else [0, 1, 2]
            row["choice_ids"] = [row["choice_order"][place] for place in row["response"]]
    for row in even[1:]:
        row["rt"] = 4000 + int(rng.integers(0, 200))
        row["choice_ids"] = [row["choice_order"][place] for place in rng.permutation(9)[:3]]
        row["response"] = [row["choice_order"].index(option) for option in row["choice_ids"]]
    marks = marks_of([*people, straight, even], key, tmp_path)
    assert marks[:30] == [[]] * 30
    assert marks[30] == [("straight_lining", "response: the options in places 1, 2, 3 picked in 7 of 10 questions")]
    ((rule, text),) = marks[31]
    assert rule == "regular_times" and text.startswith("rt: more regular than people's, spread 1.")


def test_where_orders_are_the_studys_own_answers_in_the_same_places_are_honest(tmp_path) -> None:
    # All ten questions list the three answers first and are not shuffled: who knows them picks the same places throughout.
    key = make_key(conditions=(2,))
    people = simulate(key, 2, 12, 0.9, 1)
    for rows in people:
        for row in rows[1:]:
            row["choice_order"] = list(key.by_id[row["question_id"]].options)
            row["response"] = [row["choice_order"].index(option) for option in row["choice_ids"]]
    assert all("response" not in text for marks in marks_of(people, key, tmp_path) for _, text in marks)


def test_marks_are_counted_in_the_summary_and_its_tables(study, tmp_path) -> None:
    key, people = study
    path = tmp_path / "copy.json"
    path.write_text(json.dumps(copied(people[0], "copy", people[9])))
    collection = collect([*write_files(people, tmp_path / "files"), path], key)
    summary, participants, _ = analyse(collection, RULES, 1)
    assert summary["answering"]["duplicates"] == summary["exclusions"]["marked"]["duplicates"] == 2
    assert summary["files"]["marked"] == 2 and summary["exclusions"]["excluded"] == 2
    assert [each["rule"] for each in summary["flow"]["excluded"]] == ["duplicates"]
    assert summary["exclusions"]["in_words"][-3:] == [
        "more mistakes alike with another session than chance gives", "the same places picked question after question",
        "more regular times than people's",
    ]  # fmt: skip
    assert (
        participants["equal_picks"].tolist().count(1.0) == 2
        and participants["marks"].str.startswith("choice_ids").sum() == 2
    )
    assert participants["same_places"].between(0.1, 0.4).all() and participants["rt_spread"].between(0.1, 1.2).all()
