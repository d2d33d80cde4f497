"""A participant's visit in a real browser, from the first page to the file."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.sites.conftest import answer, fill_start, question_set, ready


def finished(page: Page, folder: Path) -> tuple[str, list[dict]]:
    """Answer ten questions; returns the name and rows of the downloaded file."""
    for k in range(9):
        answer(page, ((k % 7) + 1, (k % 7) + 2, 9), concept=f"thing {k}")
    with page.expect_download() as download:
        answer(page, (2, 3, 4), concept="last <b>thing</b>")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path.name, json.loads(path.read_text())


@pytest.mark.parametrize("experiment", [1, 2, 3])
def test_a_whole_visit(page: Page, address: str, experiment: int, tmp_path: Path) -> None:
    page.goto(f"{address}/exp{experiment}/?PROLIFIC_PID=p17")
    fill_start(page)
    name, rows = finished(page, tmp_path)
    expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()
    session, trials = rows[0], rows[1:]
    assert name == f"imetric_exp{experiment}_teststudy1_{session['session_id']}.json"
    assert session["trial_type"] == "session" and session["format"] == "imetric-response/1"
    assert session["response"] == {
        "name": "Robin",
        "age": 29,
        "gender": "other",
        "major": "Biology",
        "background": "some",
    }
    assert session["viewport"] == [1280, 800] and session["subject_id"] == "p17"
    questions = {question.id: question for question in question_set().questions}
    assert sorted(trial["question_id"] for trial in trials) == sorted(questions)
    times = [row["time_elapsed"] for row in rows]
    assert times == sorted(times)
    for index, trial in enumerate(trials, start=1):
        assert trial["trial_index"] == index and trial["trial_type"] == "imetric-question"
        assert trial["plugin_version"] is None and trial["experiment"] == experiment
        assert {trial[key] for key in ("study_id", "subject_id", "session_id")} == {
            "teststudy1", "p17", session["session_id"]}  # fmt: skip
        assert sorted(trial["choice_order"]) == sorted(o.id for o in questions[trial["question_id"]].options)
        assert [trial["choice_order"][k] for k in trial["response"]] == trial["choice_ids"]
        assert trial["confidence"] == 2 and isinstance(trial["rt"], int) and 0 < trial["rt"] < trial["time_elapsed"]
        levels = [view["level"] for view in trial["view_history"]]
        assert levels == ([] if experiment == 1 else [1])
    assert trials[-1]["response"] == [1, 2, 3] and trials[-1]["concept"] == "last <b>thing</b>"
    assert [t["question_id"] for t in trials] != sorted(questions), "the order is drawn"


def test_exactly_three_never_four(page: Page, address: str) -> None:
    page.goto(f"{address}/exp1/")
    fill_start(page)
    ready(page)
    options = [page.get_by_role("button", name=f"Option {k}", exact=True) for k in range(1, 10)]
    proceed = page.get_by_role("button", name="Next")
    for option in options[:2]:
        option.click()
    page.get_by_role("radio", name="Guessing").check()
    proceed.click(force=True)  # aria-disabled: pressing it says what is missing
    expect(page.get_by_text("Question 1 of 10")).to_be_visible()
    expect(page.locator(".needed")).to_have_text("Pick 1 more")
    options[2].click()
    options[3].click()
    expect(page.get_by_text("That would be one too many")).to_be_visible()
    assert [o.get_attribute("aria-pressed") for o in options] == ["true"] * 3 + ["false"] * 6
    options[0].click()
    options[3].click()
    expect(page.get_by_text("That would be one too many")).to_be_hidden()
    assert [o.get_attribute("aria-pressed") for o in options] == ["false", "true", "true", "true"] + ["false"] * 5
    proceed.click()
    expect(page.get_by_text("Question 2 of 10")).to_be_visible()


def test_slider_moves_all_grid_cams_and_originals_show(page: Page, address: str) -> None:
    page.goto(f"{address}/exp3/")
    fill_start(page)
    ready(page)

    def shown() -> list[list[int]]:
        return page.evaluate("""[...document.querySelectorAll(".explained canvas")].map((canvas) =>
            [...canvas.getContext("2d").getImageData(0, 0, 8, 8).data].filter((_, k) => k % 4 === 0))""")

    study = json.loads(page.locator("#study").text_content())
    sources = page.eval_on_selector_all(".explained img", "all => all.map((image) => image.getAttribute('src'))")
    question = next(q for q in study["sets"][0] if [a["src"] for a in q["attributions"]] == sources)
    slider = page.get_by_label("Crop size")
    for level in (1, 2, 3, 4):
        slider.fill(str(level))
        assert shown() == [attribution["cams"][level - 1] for attribution in question["attributions"]]
    first = page.locator(".explained").first
    cover = first.locator("canvas")
    page.mouse.move(5, 5)
    expect(cover).to_have_css("opacity", "0.645")
    first.hover()
    expect(cover).to_have_css("opacity", "0")
    page.mouse.move(5, 5)
    expect(cover).to_have_css("opacity", "0.645")
    page.get_by_role("switch", name="Show originals").click()
    for canvas in page.locator(".explained canvas").all():
        expect(canvas).to_have_css("opacity", "0")
    page.get_by_role("switch", name="Show originals").click()
    answer(page)
    expect(page.get_by_text("Question 2 of 10")).to_be_visible()
    kept = page.evaluate("JSON.parse(localStorage.getItem(Object.keys(localStorage).find((k) => k.endsWith(':3'))))")
    views = kept["answers"][0]
    assert [view["level"] for view in views["view_history"]][-3:] == [2, 3, 4]
    assert [view["position"] for view in views["original_views"]] == [0, None]


def test_originals_by_keyboard_and_by_finger(browser, address: str) -> None:
    touch = browser.new_context(has_touch=True, viewport={"width": 360, "height": 740})
    page = touch.new_page()
    page.goto(f"{address}/exp2/")
    fill_start(page)
    ready(page)
    first = page.locator(".explained").first
    first.tap()
    page.wait_for_timeout(300)
    expect(first.locator("canvas")).to_have_css("opacity", "0.645")
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    expect(first).to_be_focused()
    expect(first.locator("canvas")).to_have_css("opacity", "0")
    page.keyboard.press("Tab")
    expect(first.locator("canvas")).to_have_css("opacity", "0.645")
    touch.close()


def test_experiment_1_shows_one_visualization_without_grid_cam(page: Page, address: str) -> None:
    page.goto(f"{address}/exp1/")
    fill_start(page)
    ready(page)
    assert page.locator(".explained img").count() == 1
    assert page.locator(".explained canvas").count() == 0
    assert page.get_by_label("Crop size").count() == 0


def test_reload_keeps_question_order_picks_and_text(page: Page, address: str) -> None:
    page.goto(f"{address}/exp2/")
    fill_start(page)
    answer(page)
    ready(page)
    page.get_by_role("button", name="Option 4", exact=True).click()
    page.get_by_label("What does it see?").fill("수염")
    page.get_by_label("Crop size").fill("3")

    def view() -> list[str]:
        return page.eval_on_selector_all("img", "all => all.map((image) => image.getAttribute('src'))")

    before = view()
    page.reload()
    ready(page)
    expect(page.get_by_text("Question 2 of 10")).to_be_visible()
    assert view() == before
    assert page.get_by_role("button", name="Option 4", exact=True).get_attribute("aria-pressed") == "true"
    expect(page.get_by_label("What does it see?")).to_have_value("수염")
    expect(page.get_by_label("Crop size")).to_have_value("3")


def test_a_finished_visit_is_not_restarted(page: Page, address: str, tmp_path: Path) -> None:
    page.goto(f"{address}/exp1/")
    fill_start(page)
    _, rows = finished(page, tmp_path)
    page.reload()
    expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the file again").click()
    download.value.save_as(tmp_path / "again.json")
    assert json.loads((tmp_path / "again.json").read_text()) == rows


def test_the_front_page_sends_who_has_finished_back_to_that_experiment(
    page: Page, address: str, tmp_path: Path
) -> None:
    page.goto(f"{address}/?exp=1")
    page.wait_for_url(re.compile(r"/exp1/"))
    fill_start(page)
    finished(page, tmp_path)
    page.goto(f"{address}/?exp=3")
    page.wait_for_url(re.compile(r"/exp1/"))
    expect(page.get_by_text("You have already taken part in this study. Thank you!")).to_be_visible()


def test_the_questionnaire_says_what_is_missing(page: Page, address: str) -> None:
    page.goto(f"{address}/exp1/")
    page.get_by_label("Age", exact=True).fill("7")
    page.get_by_role("button", name="Continue").click()
    assert page.get_by_text("Please fill this in.").count() == 4
    expect(page.get_by_text("Please give a whole number from 18 to 120.")).to_be_visible()
    expect(page.get_by_text("Please tick this to take part.")).to_be_visible()
    expect(page.get_by_label("Name or pseudonym")).to_be_focused()


def test_text_never_becomes_markup(page: Page, address: str) -> None:
    page.goto(f"{address}/exp1/?PROLIFIC_PID=<img src=x onerror=alert(1)>")
    fill_start(page, name="<script>alert(1)</script>")
    ready(page)
    assert page.locator("img[src='x']").count() == 0
    assert page.locator("script").count() == 3


def test_the_front_page_assigns_evenly_and_remembers(context, address: str, watch) -> None:
    page = context.new_page()
    page.goto(f"{address}/?exp=2&PROLIFIC_PID=a")
    page.wait_for_url(re.compile(r"/exp2/\?exp=2&PROLIFIC_PID=a$"))
    page.goto(f"{address}/")
    page.wait_for_url(re.compile(r"/exp2/$"))
    counts = {"1": 0, "2": 0, "3": 0}
    for _ in range(30):
        page.evaluate("localStorage.clear()")
        page.goto(f"{address}/")
        page.wait_for_url(re.compile(r"/exp\d/$"))
        counts[page.url.rstrip("/")[-1]] += 1
    assert min(counts.values()) >= 2  # the chance of fewer is below 1 in 1,000


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (360, 740)])
def test_the_question_fits(context, address: str, watch, width: int, height: int) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{address}/exp3/")
    fill_start(page)
    ready(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing sticks out sideways"
    if width == 1280:
        assert page.evaluate("document.documentElement.scrollHeight <= window.innerHeight"), "no scrolling on a laptop"
    for box in page.locator("button:visible, input:not([type=radio]):visible").all():
        size = box.bounding_box()
        assert size and size["height"] >= 44 and size["width"] >= 44
