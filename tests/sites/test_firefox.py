"""The same visit in Firefox, where there is one that Playwright can drive."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.sites.conftest import Watch, answer, fill_start

READY = ".question:not(.loading)"


@pytest.fixture
def page(firefox: Browser) -> Iterator[Page]:
    """A page whose test ends without a console error and without a request to another origin."""
    context = firefox.new_context(viewport={"width": 1280, "height": 800})
    seen = Watch()
    context.on("console", lambda message: message.type == "error" and seen.errors.append(message.text))
    context.on("weberror", lambda error: seen.errors.append(str(error.error)))
    context.on("request", lambda r: not r.url.startswith(("http://127.0.0.1:", "blob:")) and seen.foreign.append(r.url))
    yield context.new_page()
    context.close()
    seen.errors = [error for error in seen.errors if error != "Image corrupt or truncated."]  # Firefox says it itself
    assert seen == Watch()


def copied(page: Page) -> list[dict]:
    """The rows as the end page gives them for copying by hand (over BiDi no download is told)."""
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    page.get_by_role("button", name="Copy the answers").click()
    return json.loads(page.locator("textarea").input_value())


@pytest.mark.parametrize("experiment", [1, 2, 3])
def test_a_whole_visit_with_a_reload_in_between(page: Page, short_site: Callable[..., str], experiment: int) -> None:
    page.goto(short_site(experiment=experiment, practice=1, catches=1))
    fill_start(page)
    answer(page, concept="수염")
    page.wait_for_selector(READY)
    page.get_by_role("button", name="Option 4", exact=True).click()
    page.reload()
    page.wait_for_selector(READY)
    expect(page.get_by_text("Question 2 of 3")).to_be_visible()
    answer(page, (5, 6))  # with option 4 these are three
    answer(page)
    expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()
    rows = copied(page)
    assert [row["trial_type"] for row in rows[:2]] == ["session", "imetric-practice"]
    assert [row["response"] for row in rows[2:]] == [[0, 4, 8], [3, 4, 5], [0, 4, 8]]
    assert rows[2]["concept"] == "수염" and all(row["rt"] > 0 for row in rows[1:])
    page.reload()
    expect(page.get_by_text("You have already taken part in this study. Thank you!")).to_be_visible()


def test_all_questions_on_one_page(page: Page, short_site: Callable[..., str]) -> None:
    page.goto(short_site(experiment=2, layout="scroll"))
    fill_start(page)
    page.wait_for_selector(f".item:nth-of-type(2) {READY}")
    page.get_by_role("button", name="Finish").click(force=True)
    first = page.get_by_role("region", name="Question 1 of 2")
    expect(first).to_be_focused()
    for number in (1, 2):
        item = page.get_by_role("region", name=f"Question {number} of 2")
        for option in (1, 2, 3):
            item.get_by_role("button", name=f"Option {option}", exact=True).click()
        item.get_by_role("radio", name="Sure", exact=True).check()
    page.get_by_role("button", name="Finish").click()
    rows = copied(page)
    assert [row["response"] for row in rows[1:]] == [[0, 1, 2]] * 2 and all(row["rt"] > 0 for row in rows[1:])


def test_a_picture_cut_short_is_tried_again(page: Page, short_site: Callable[..., str], tmp_path) -> None:
    page.goto(short_site())
    study = json.loads(page.locator("#study").text_content())
    broken = [tmp_path / "short" / "exp1" / question["options"][0]["src"] for question in study["sets"][0]]
    whole = [path.read_bytes() for path in broken]
    for path, content in zip(broken, whole, strict=True):
        path.write_bytes(content[: len(content) // 2])
    fill_start(page)
    expect(page.locator(".waiting")).to_contain_text("could not be loaded. Please check your connection")
    assert page.locator(".question").is_hidden()
    for path, content in zip(broken, whole, strict=True):
        path.write_bytes(content)
    page.wait_for_selector(READY)
