"""The record and the page of what observers answer: nothing left out, nothing doubled, complete in one file."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from generator.questions.conditions import named
from generator.record.review.page import review_page
from generator.record.review.record import Calibrated, codes_of, record_of
from generator.record.review.scores import MachineScore
from generator.record.review.warnings import CODES, Reviewed, Warned
from tests.observers.test_observer import SET
from tests.record.test_warnings import OBSERVERS, picking

NAMES = ("features", "blind", "oracle")
TEMPERATURES = {"features": Calibrated(0.5, True), "blind": Calibrated(1.0, True), "oracle": Calibrated(2.0, False)}
WARNED = [
    Warned("blind-solves", "q01", None, "q01 (neuron 1): the options tell <all>."),
    Warned("near-duplicate", "q02", 2, "q02 (neuron 2): option 3 is almost shown."),
    Warned("near-duplicate", "q02", 3, "q02 (neuron 2): option 3 is almost shown."),
    Warned("near-duplicate", "q02", 3, "q02 (neuron 2): option 4 is almost shown."),
]


def reviewed() -> Reviewed:
    """Features have two right in conditions 2 and 3, blind one in all, the oracle three but is not asked in none."""
    conditions = named(2, 3, "none")
    rights = {"features": 2, "blind": 1, "oracle": 3}
    scores = {
        name: {
            each.name: {q.id: picking(rights[name], q) for q in SET.questions}
            for each in conditions
            if (name, each.name) != ("oracle", "none")
        }
        for name in NAMES
    }
    machine = [MachineScore(n, 2, "features", 2.123456789, 1.5, 2.75, 5) for n in range(1, 5)]
    observers = [each for each in OBSERVERS if each.name in NAMES]
    return Reviewed(SET, conditions, observers, scores, {}, machine)


def test_the_record_says_everything_once() -> None:
    record = json.loads(json.dumps(record_of(reviewed(), WARNED, TEMPERATURES, gridcams=False)))
    assert (record["format"], record["study_id"]) == ("imetric-observers/1", "0123456789")
    assert record["observers"][0] == {
        "name": "features", "what": "Is features.", "temperature": 0.5, "calibrated": True,
    }  # fmt: skip
    assert [(each["condition"], each["id"], each["set"]) for each in record["questions"]] == [
        (condition, f"q0{number}", 1 + (number > 2)) for condition in (2, 3, "none") for number in range(1, 5)
    ]
    first, last = record["questions"][0], record["questions"][-1]
    assert first["matched"] == {"features": 2, "blind": 1, "oracle": 3} and last["matched"] == {"features": 2, "blind": 1}
    odds = np.exp(picking(2, SET.questions[0]) / 0.5)
    assert first["probabilities"]["features"] == pytest.approx((odds / odds.sum()).tolist(), abs=1e-6)
    assert record["machine_scores"][0] == {
        "neuron": 1, "condition": 2, "observer": "features", "mean": 2.123457, "low": 1.5, "high": 2.75, "draws": 5,
    }  # fmt: skip
    assert record["redrawn_gridcams"] is False and len(record["warnings"]) == 4
    assert record["warnings"][0] == {
        "code": "blind-solves", "question": "q01", "condition": None, "text": WARNED[0].text,
    }  # fmt: skip
    codes = {(each["id"], each["condition"]): each["warnings"] for each in record["questions"]}
    assert codes["q01", 2] == codes["q01", "none"] == ["blind-solves"]
    assert codes["q02", 3] == ["near-duplicate"] == codes["q02", 2] and codes["q02", "none"] == codes["q03", 2] == []


def test_codes_of_a_question_hold_what_is_so_in_all_conditions() -> None:
    assert codes_of(WARNED, "q01", "none") == ["blind-solves"] and codes_of(WARNED, "q02", 3) == ["near-duplicate"]


def test_the_page_is_complete_and_shows_answers_first() -> None:
    page = review_page(reviewed(), WARNED, TEMPERATURES, False, "a <study>").decode()
    assert "<study>" not in page and "a &lt;study&gt;" in page and "the options tell &lt;all&gt;." in page
    assert re.findall(r'(?:src|href)="(?!data:|#)([^"]*)"', page) == ["selection.html"]
    assert page.count('<ul class="warned">') == 1 and page.count("option 3 is almost shown.") == 1
    assert "3 things to look at before publishing." in page
    sections = re.findall(r'<section class="question" id="(q\d+)"(.*?)</section>', page, re.S)
    assert [name for name, _ in sections] == ["q01", "q02", "q03", "q04"]
    for _, section in sections:
        assert re.findall(r'<figure class="(\w+)">', section) == ["right"] * 3 + ["wrong"] * 6
        assert section.count('class="grid row"') == 8  # three observers in two conditions, two in the third
        assert section.count('"picked hit"') == 2 * (2 + 1 + 3) + 2 + 1
        assert section.count('class="picked"') == 2 * (1 + 2) + 1 + 2
    assert sections[0][1].count(f'<span class="code">{CODES["blind-solves"]}</span>') == 3
    assert "Calibrated on redrawn questions are those of features, blind." in page
    assert page.count('class="range"') == 4 and "--gridcams" in page


def test_the_page_of_sound_questions_without_draws_says_so() -> None:
    page = review_page(replace(reviewed(), machine_scores=()), [], {n: Calibrated(1.0, False) for n in NAMES}, True, "s")
    assert b"Nothing stands out" in page and b"They are not calibrated" in page
    assert b"Machine scores" not in page and b"--gridcams" not in page
