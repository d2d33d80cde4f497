"""At any moment: closed and opened again, rebuilt, cut off, kept waiting; and what is large enough to touch."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from generator.questions.conditions import named
from generator.sites.render import render_sites
from generator.study.site import SiteSettings
from tests.sites.conftest import answer, fill_start, question_set, ready, study_of

STATE = "JSON.parse(localStorage.getItem(Object.keys(localStorage).find((k) => k.endsWith(':1'))))"


def test_closed_and_opened_again_on_every_page(context: BrowserContext, watch, short_site: Callable[..., str]) -> None:
    where = short_site(practice=1)

    def reopened(page: Page) -> Page:
        page.close()
        again = context.new_page()
        again.goto(where)
        return again

    page = context.new_page()
    page.goto(where)
    page.get_by_label("Name or pseudonym").fill("Kim <Lee>")
    page.get_by_label("Gender").select_option("female")
    page = reopened(page)
    expect(page.get_by_label("Name or pseudonym")).to_have_value("Kim <Lee>")
    expect(page.get_by_label("Gender")).to_have_value("female")
    session = page.evaluate(STATE)
    fill_start(page, name="Kim <Lee>", practise=False)
    page = reopened(page)
    expect(page.get_by_role("heading", name="How it works")).to_be_visible()
    page.get_by_role("button", name="Practise").click()
    ready(page)
    page.get_by_role("button", name="Option 2", exact=True).click()
    page = reopened(page)
    expect(page.get_by_role("heading", name="Practice, does not count")).to_be_visible()
    ready(page)
    expect(page.get_by_role("button", name="Option 2", exact=True)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Option 2", exact=True).click()
    for option in study_of(page)["practice"][0]["solution"]:
        page.locator(f"[data-id={option}]").click()
    page.get_by_role("button", name="Check").click()
    page.get_by_role("button", name="Begin the questions").click()
    answer(page)
    ready(page)
    page.get_by_role("radio", name="Guessing").check()
    page = reopened(page)
    expect(page.get_by_text("Question 2 of 2")).to_be_visible()
    ready(page)
    expect(page.get_by_role("radio", name="Guessing")).to_be_checked()
    with page.expect_download() as download:
        answer(page)
    rows = json.loads(Path(download.value.path()).read_text())
    assert rows[0]["session_id"] == session["session_id"] and rows[0]["seed"] == session["seed"]
    assert rows[0]["response"]["name"] == "Kim <Lee>" and len(rows) == 4
    page = reopened(page)
    expect(page.get_by_text("You have already taken part in this study. Thank you!")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the file again").click()
    assert json.loads(Path(download.value.path()).read_text()) == rows


def test_a_rebuilt_study_at_the_same_address_starts_afresh(
    page: Page, short_site: Callable[..., str], tmp_path: Path
) -> None:
    page.goto(short_site())
    fill_start(page)
    answer(page)
    for study_id in ("teststudy1", "another001"):  # another build of the same study, then another study
        render_sites(question_set(2, study_id), SiteSettings(title="New"), tmp_path / "short", conditions=named(1))
        page.reload()
        expect(page.get_by_label("Name or pseudonym")).to_have_value("")
        expect(page.locator("#notices")).to_be_empty()
        assert page.evaluate("Object.keys(localStorage).filter((key) => key.endsWith(':1')).length") >= 2


def test_offline_at_the_end_the_file_is_saved(page: Page, short_site: Callable[..., str]) -> None:
    page.goto(short_site())
    fill_start(page)
    answer(page)
    ready(page)
    page.context.set_offline(True)
    with page.expect_download() as download:
        answer(page)
    assert len(json.loads(Path(download.value.path()).read_text())) == 3
    page.context.set_offline(False)


def test_an_endpoint_that_never_answers_is_given_up_and_the_file_saved(
    page: Page, watch, short_site: Callable[..., str]
) -> None:
    asked: list[Route] = []
    page.route("https://pipe.example.org/api/data/", lambda route: asked.append(route))
    page.goto(short_site(upload_url="https://pipe.example.org/api/data/", upload_experiment="x"))
    fill_start(page)
    answer(page)
    ready(page)
    page.clock.install()
    with page.expect_download() as download:
        answer(page)
        expect(page.get_by_text("Your answers are being sent.")).to_be_visible()
        for _ in range(9):
            page.clock.run_for(10_500)
            page.wait_for_timeout(100)
    expect(page.get_by_text("Your answers could not be sent. Nothing is lost")).to_be_visible()
    assert len(asked) == 4 and len(json.loads(Path(download.value.path()).read_text())) == 3
    assert len({json.loads(route.request.post_data)["filename"] for route in asked}) == 4
    watch.foreign.clear()


def test_time_runs_from_when_the_last_picture_is_shown(page: Page, short_site: Callable[..., str]) -> None:
    where = short_site(shuffle=False)
    page.goto(where)
    slow = study_of(page)["sets"][0][0]["options"][4]["src"]

    def later(route: Route) -> None:
        page.wait_for_timeout(1500)
        route.continue_()

    page.route(f"**/{slow}*", later)
    fill_start(page)
    assert page.locator(".question").is_hidden(), "shown whole or not at all"
    ready(page)
    answer(page)
    expect(page.get_by_text("Question 2 of 2")).to_be_visible()
    state = page.evaluate(STATE)
    (row,) = state["answers"]
    waited = row["time_elapsed"] - state["began_questions"] - row["rt"]
    assert row["rt"] > 0 and waited > 1000, "waiting for pictures is no thinking time"


TARGETS = """() => [...document.querySelectorAll("button, a, select, input")].filter((node) => node.checkVisibility())
    .map((node) => ["radio", "checkbox"].includes(node.type) ? node.closest("label") : node)
    .map((node) => [node.textContent.trim() || node.getAttribute("aria-label") || node.id, node.getBoundingClientRect()])
    .filter(([, box]) => box.width < 44 || box.height < 44).map(([name, box]) => `${name}: ${box.width} x ${box.height}`)"""


@pytest.mark.parametrize("layout", ["paged", "scroll"])
@pytest.mark.parametrize("width", [1280, 360])
def test_everything_to_press_is_44_px_large(
    page: Page, short_site: Callable[..., str], width: int, layout: str
) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(short_site(experiment=3, practice=1, layout=layout, completion_url="https://panel.example.org"))
    assert page.evaluate(TARGETS) == []
    fill_start(page, practise=False)
    assert page.evaluate(TARGETS) == []
    page.get_by_role("button", name="Practise").click()
    ready(page)
    assert page.evaluate(TARGETS) == []
    for option in study_of(page)["practice"][0]["solution"]:
        page.locator(f"[data-id={option}]").click()
    page.get_by_role("button", name="Check").click()
    page.get_by_role("button", name="Begin the questions").click()
    ready(page)
    assert page.evaluate(TARGETS) == []
    assert (
        page.locator(".explained canvas").first.evaluate("node => getComputedStyle(node).imageRendering") == "pixelated"
    )
    if layout == "paged":
        answer(page)
        with page.expect_download():
            answer(page)
        assert page.evaluate(TARGETS) == []
