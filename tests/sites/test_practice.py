"""Practice: told what was right until it is passed or three tries are over, and never counted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.sites.conftest import answer, fill_start, ready, study_of


def begin(page: Page, short_site: Callable[..., str], practice: int = 1, **settings: object) -> list[dict]:
    """Opens the first practice question; returns the practice questions."""
    page.goto(short_site(experiment=2, practice=practice, **settings))
    fill_start(page, practise=False)
    page.get_by_role("button", name="Practise").click()
    ready(page)
    return study_of(page)["practice"]


def press(page: Page, *ids: str) -> None:
    for option in ids:
        page.locator(f"[data-id={option}]").click()


def wrong(question: dict) -> list[str]:
    return [option["id"] for option in question["options"] if option["id"] not in question["solution"]]


def rows_after(page: Page) -> list[dict]:
    answer(page)
    with page.expect_download() as download:
        answer(page)
    return json.loads(Path(download.value.path()).read_text())


def test_passed_at_the_second_try(page: Page, short_site: Callable[..., str]) -> None:
    (question,) = begin(page, short_site)
    expect(page.get_by_role("heading", name="Practice, does not count")).to_be_visible()
    assert page.get_by_text("How sure are you?").count() == 0
    page.get_by_role("button", name="Check").click(force=True)
    expect(page.locator(".needed")).to_have_text("Pick 3 more")
    right, others = question["solution"], wrong(question)
    press(page, *right[:2], others[0])
    page.get_by_role("button", name="Check").click()
    expect(page.locator(".feedback")).to_have_text("2 of 3 are right. Take back what is crossed out and look again.")
    assert page.locator(".option.right").count() == 2
    assert page.locator(".option.wrong").get_attribute("aria-description") == "Not this one"
    assert page.locator(".option.right").first.get_attribute("aria-description") == "Right"
    press(page, others[0], right[2])
    page.get_by_role("button", name="Check").click()
    expect(page.locator(".feedback")).to_contain_text("That is right.")
    press(page, right[0])  # over: nothing changes any more
    assert page.locator(".option[aria-pressed=true]").count() == 3
    page.get_by_role("button", name="Begin the questions").dblclick()
    expect(page.get_by_text("Question 1 of 2")).to_be_visible()
    session, practice, *trials = rows_after(page)
    assert practice["trial_type"] == "imetric-practice" and practice["trial_index"] == 1
    assert (practice["tries"], practice["passed"]) == (2, True)
    assert sorted(practice["choice_ids"]) == sorted(right)
    assert [practice["choice_order"][k] for k in practice["response"]] == practice["choice_ids"]
    assert practice["rt"] > 0 and practice["confidence"] is None
    assert session["time_elapsed"] <= practice["time_elapsed"] <= trials[0]["time_elapsed"]
    assert [t["trial_type"] for t in trials] == ["imetric-question"] * 2
    assert [t["trial_index"] for t in trials] == [2, 3]


def test_a_double_click_is_one_try_and_skips_no_feedback(page: Page, short_site: Callable[..., str]) -> None:
    (question,) = begin(page, short_site)
    press(page, *wrong(question)[:3])
    page.get_by_role("button", name="Check").dblclick()
    page.get_by_role("button", name="Check").click()
    press(page, *wrong(question)[:3], *question["solution"])
    page.get_by_role("button", name="Check").dblclick()
    expect(page.locator(".feedback")).to_contain_text("That is right.")
    page.get_by_role("button", name="Begin the questions").click()
    expect(page.get_by_text("Question 1 of 2")).to_be_visible()
    practice = rows_after(page)[1]
    assert (practice["tries"], practice["passed"]) == (2, True)


def test_three_tries_then_the_answers_are_shown(page: Page, short_site: Callable[..., str]) -> None:
    (question,) = begin(page, short_site)
    press(page, *wrong(question)[:3])
    for number in range(3):
        if number:
            press(page, wrong(question)[number - 1], wrong(question)[number + 2])
        page.get_by_role("button", name="Check").click()
    expect(page.locator(".feedback")).to_contain_text("The ones that this neuron reacts to are ticked.")
    ticked = page.locator(".option.right").evaluate_all("all => all.map((option) => option.dataset.id)")
    assert sorted(ticked) == sorted(question["solution"])
    page.get_by_role("button", name="Begin the questions").click()
    expect(page.get_by_text("Question 1 of 2")).to_be_visible()
    practice = rows_after(page)[1]
    assert (practice["tries"], practice["passed"]) == (3, False)


def test_reload_keeps_tries_picks_and_feedback(page: Page, short_site: Callable[..., str]) -> None:
    first, second = begin(page, short_site, practice=2)
    expect(page.get_by_role("heading", name="Practice 1 of 2, does not count")).to_be_visible()
    press(page, *wrong(first)[:3])
    page.get_by_role("button", name="Check").click()
    order = page.locator(".option").evaluate_all("all => all.map((option) => option.dataset.id)")
    page.reload()
    ready(page)
    assert page.locator(".option").evaluate_all("all => all.map((option) => option.dataset.id)") == order
    expect(page.locator(".feedback")).to_have_text("0 of 3 are right. Take back what is crossed out and look again.")
    assert page.locator(".option.wrong").count() == 3
    press(page, *wrong(first)[:3], *first["solution"])
    page.get_by_role("button", name="Check").click()
    page.reload()
    ready(page)
    expect(page.locator(".feedback")).to_contain_text("That is right.")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Practice 2 of 2, does not count")).to_be_visible()
    ready(page)
    press(page, *second["solution"])
    page.get_by_role("button", name="Check").click()
    page.get_by_role("button", name="Begin the questions").click()
    rows = rows_after(page)
    assert [(row["trial_type"], row.get("tries")) for row in rows[1:3]] == [
        ("imetric-practice", 2),
        ("imetric-practice", 1),
    ]


@pytest.mark.parametrize("layout", ["paged", "scroll"])
def test_practice_before_either_layout(page: Page, short_site: Callable[..., str], layout: str) -> None:
    page.goto(short_site(experiment=3, practice=1, layout=layout))
    fill_start(page)
    expect(
        page.get_by_role("heading", name="0 of 2 answered" if layout == "scroll" else "Question 1 of 2")
    ).to_be_visible()


def test_catch_questions_are_exported_apart(page: Page, short_site: Callable[..., str]) -> None:
    page.goto(short_site(experiment=2, catches=1))
    catches = {question["id"] for question in study_of(page)["sets"][0] if question.get("catch")}
    assert catches == {"c01e2"}
    fill_start(page)
    expect(page.get_by_text("Question 1 of 3")).to_be_visible()
    answer(page)
    rows = rows_after(page)
    assert {row["question_id"]: row["trial_type"] for row in rows[1:]} == {
        "q01": "imetric-question", "q02": "imetric-question", "c01e2": "imetric-catch"}  # fmt: skip
    for row in rows[1:]:
        assert len(row["choice_ids"]) == 3 and len(row["choice_order"]) == 9
        assert [row["choice_order"][k] for k in row["response"]] == row["choice_ids"]
