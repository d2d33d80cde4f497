"""Whatever happens to the page, the network, the storage or the clock: no answer is lost, none is sent twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.sites.conftest import answer, fill_start, ready

ENDPOINT = "https://pipe.example.org/api/data/"
UPLOAD = {"upload_url": ENDPOINT, "upload_experiment": "abc123", "completion_code": "C0FFEE"}
STATE = "JSON.parse(localStorage.getItem(Object.keys(localStorage).find((k) => k.endsWith(':1'))))"


def begin(page: Page, address: str) -> None:
    page.goto(address)
    fill_start(page)
    ready(page)


def aside(page: Page, where: str) -> None:
    """Go to a page of the same origin that keeps nothing itself."""
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.goto(where + "robots.txt")


def pressed(page: Page) -> list[int]:
    """Numbers of the picked options."""
    buttons = page.locator(".option").all()
    return [k for k, button in enumerate(buttons, start=1) if button.get_attribute("aria-pressed") == "true"]


def pick(page: Page, *numbers: int) -> None:
    for number in numbers:
        page.get_by_role("button", name=f"Option {number}", exact=True).click()


class Endpoint:
    """An upload endpoint that answers with the given statuses in turn (the last one again and again)."""

    def __init__(self, page: Page, *statuses: int | None) -> None:
        self.statuses, self.bodies = list(statuses), []
        page.route(ENDPOINT, self.answer)

    def answer(self, route: Route) -> None:
        self.bodies.append(json.loads(route.request.post_data))
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if status is None:
            route.abort()
        else:
            route.fulfill(status=status, headers={"Access-Control-Allow-Origin": "*"}, body="{}")


def test_leaving_and_coming_back_keeps_the_time_too(page: Page, short_site: Callable[..., str]) -> None:
    begin(page, short_site())
    pick(page, 2)
    page.wait_for_timeout(400)
    page.goto("about:blank")
    page.go_back()
    ready(page)
    assert pressed(page) == [2]
    pick(page, 3, 4)
    page.get_by_role("radio", name="Sure", exact=True).check()
    page.get_by_role("button", name="Next").click()
    kept = page.evaluate(STATE)
    assert kept["answers"][0]["rt"] >= 400, "time before leaving counts"
    assert kept["elapsed"] >= kept["answers"][0]["time_elapsed"] - 1


def test_crop_levels_seen_before_a_reload_are_kept(page: Page, address: str) -> None:
    begin(page, f"{address}/exp2/")
    page.get_by_label("Crop size").fill("4")
    page.wait_for_timeout(300)
    page.reload()
    ready(page)
    kept = page.evaluate(STATE.replace(":1'", ":2'"))
    (draft,) = kept["drafts"].values()
    level, time = draft["view_history"][-1].values()
    assert level == 4 and time >= 300


def test_two_tabs_never_undo_each_other(context: BrowserContext, short_site: Callable[..., str], watch) -> None:
    where = short_site()
    first = context.new_page()
    begin(first, where)
    pick(first, 1)
    second = context.new_page()
    second.goto(where)
    ready(second)
    assert pressed(second) == [1]
    expect(first.get_by_role("heading", name="This study is open in another tab")).to_be_visible()
    answer(second, (2, 3))  # with option 1 these are three
    expect(second.get_by_text("Question 2 of 2")).to_be_visible()
    first.bring_to_front()
    first.get_by_role("button", name="Continue here").click()
    expect(first.get_by_text("Question 2 of 2")).to_be_visible()
    expect(second.get_by_role("heading", name="This study is open in another tab")).to_be_visible()
    with first.expect_download():
        answer(first)
    assert len(first.evaluate(STATE)["answers"]) == 2


BLOCKED = "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }});"
FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };"


@pytest.mark.parametrize("broken", [BLOCKED, FULL], ids=["blocked", "full"])
def test_without_storage_the_visit_goes_on(page: Page, short_site: Callable[..., str], broken: str) -> None:
    page.add_init_script(broken)
    page.goto(short_site())
    notice = "This browser does not keep data for this page: please do not close or reload it before you are done."
    expect(page.locator("#notices")).to_have_text(notice)
    fill_start(page)
    answer(page)
    with page.expect_download() as download:
        answer(page)
    assert len(json.loads(Path(download.value.path()).read_text())) == 3


def test_storage_that_fills_up_is_told_and_loses_nothing(page: Page, short_site: Callable[..., str]) -> None:
    begin(page, short_site())
    page.evaluate(f"() => {{ window.real = Storage.prototype.setItem; {FULL} }}")
    pick(page, 5)
    expect(page.locator("#notices .notice")).to_be_visible()
    page.evaluate("() => { Storage.prototype.setItem = window.real; }")
    pick(page, 6)
    expect(page.locator("#notices .notice")).to_have_count(0)
    (draft,) = page.evaluate(STATE)["drafts"].values()
    assert len(draft["choices"]) == 2


DAMAGES = {
    "no JSON": "text.slice(0, text.length / 2)",
    "null": "'null'",
    "a list": "'[]'",
    "an order with a repeat": "JSON.stringify({...kept, orders: {...kept.orders, questions: [0, 0]}})",
    "a step too far": "JSON.stringify({...kept, step: 7})",
    "answers lost": "JSON.stringify({...kept, step: 1, answers: []})",
    "no survey": "JSON.stringify({...kept, survey: null})",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damaged_storage_is_told_and_starts_afresh(page: Page, short_site: Callable[..., str], damage: str) -> None:
    where = short_site()
    begin(page, where)
    aside(page, where)
    page.evaluate(f"""() => {{
        const key = Object.keys(localStorage).find((k) => k.endsWith(':1'));
        const text = localStorage.getItem(key);
        const kept = JSON.parse(text);
        localStorage.setItem(key, {damage});
    }}""")
    page.goto(where)
    notice = "The answers kept in this browser could not be read, so the study starts from the beginning. We are sorry."
    expect(page.locator("#notices")).to_have_text(notice)
    expect(page.get_by_role("button", name="Continue")).to_be_visible()


def test_a_damaged_question_restarts_that_question_only(page: Page, short_site: Callable[..., str]) -> None:
    where = short_site()
    begin(page, where)
    answer(page)
    pick(page, 1)
    aside(page, where)
    page.evaluate(f"""() => {{
        const key = Object.keys(localStorage).find((k) => k.endsWith(':1'));
        const kept = {STATE};
        for (const id in kept.drafts) kept.drafts[id] = {{choices: ["x"]}};
        localStorage.setItem(key, JSON.stringify(kept));
    }}""")
    page.goto(where)
    ready(page)
    expect(page.get_by_text("Question 2 of 2")).to_be_visible()
    assert pressed(page) == []


def test_the_clock_set_back_an_hour_changes_no_time(page: Page, short_site: Callable[..., str]) -> None:
    begin(page, short_site())
    page.evaluate("() => { const now = Date.now; Date.now = () => now() - 3600000; }")
    answer(page)
    with page.expect_download() as download:
        answer(page)
    rows = json.loads(Path(download.value.path()).read_text())
    times = [row["time_elapsed"] for row in rows]
    assert times == sorted(times) and times[-1] < 60_000
    assert all(0 < row["rt"] < 60_000 for row in rows[1:])


def test_old_sessions_end_and_old_finished_ones_are_remembered(
    browser: Browser, short_site: Callable[..., str]
) -> None:
    where = short_site(keep_days=2)
    later = "{ const now = Date.now; Date.now = () => now() + 3 * 24 * 3600 * 1000; }"
    for finished in (False, True):
        context = browser.new_context(accept_downloads=True)
        page = context.new_page()
        begin(page, where)
        answer(page)
        if finished:
            with page.expect_download():
                answer(page)
        page.add_init_script(later)
        page.reload()
        if finished:
            expect(page.get_by_text("You have already taken part in this study. Thank you!")).to_be_visible()
            assert page.evaluate(STATE) == {"step": "done"}, "the answers are gone, the fact is kept"
        else:
            expect(page.get_by_label("Name or pseudonym")).to_have_value("")
        context.close()


def test_state_never_crosses_copies_of_a_site(page: Page, dist: Path, address: str, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(dist / "exp1", dist / "copy", dirs_exist_ok=True)
    try:
        begin(page, f"{address}/exp1/")
        page.goto(f"{address}/copy/")
        expect(page.get_by_role("button", name="Continue")).to_be_visible()
        page.goto(f"{address}/exp1/index.html")
        expect(page.get_by_text("Question 1 of 10")).to_be_visible()
    finally:
        shutil.rmtree(dist / "copy")


def test_a_double_click_on_next_moves_one_question(page: Page, short_site: Callable[..., str]) -> None:
    begin(page, short_site())
    pick(page, 1, 2, 3)
    page.get_by_role("radio", name="Guessing").check()
    page.get_by_role("button", name="Next").dblclick()
    expect(page.get_by_text("Question 2 of 2")).to_be_visible()
    assert len(page.evaluate(STATE)["answers"]) == 1


def test_a_double_click_on_finish_saves_one_file(page: Page, short_site: Callable[..., str]) -> None:
    downloads: list[object] = []
    page.on("download", lambda download: downloads.append(download))
    begin(page, short_site())
    answer(page)
    pick(page, 1, 2, 3)
    page.get_by_role("radio", name="Guessing").check()
    page.get_by_role("button", name="Finish").dblclick()
    expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()
    page.wait_for_timeout(300)
    assert len(downloads) == 1


@pytest.mark.parametrize("way", ["missing", "truncated", "not a picture"])
def test_a_picture_that_fails_is_tried_again_then_named(
    browser: Browser, short_site: Callable[..., str], tmp_path: Path, way: str
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(short_site())
    study = json.loads(page.locator("#study").text_content())
    broken = [tmp_path / "short" / "exp1" / question["options"][0]["src"] for question in study["sets"][0]]
    whole = [path.read_bytes() for path in broken]
    for path, content in zip(broken, whole, strict=True):
        if way == "missing":
            path.unlink()
        else:
            path.write_bytes(content[: len(content) // 2] if way == "truncated" else b"<html>sign in first</html>")
    fill_start(page)
    expect(page.locator(".waiting")).to_have_text("Loading pictures …")
    assert page.locator(".question").is_hidden(), "no question is seen by halves"
    position = page.locator(".option").evaluate_all(
        "(all, names) => all.findIndex((option) => names.includes(option.dataset.id))", [path.stem for path in broken]
    )
    expect(page.locator(".waiting")).to_have_text(
        f"Option {position + 1} could not be loaded. Please check your connection; it is tried again."
    )
    for path, content in zip(broken, whole, strict=True):
        path.write_bytes(content)
    ready(page)
    page.close()


def test_answers_are_sent_and_the_code_comes_after(page: Page, watch, short_site: Callable[..., str]) -> None:
    endpoint = Endpoint(page, 201)
    begin(page, short_site(**UPLOAD, completion_url="https://panel.example.org/done?code={id}") + "?id=p%2017")
    answer(page)
    answer(page)
    expect(page.get_by_text("your answers have arrived safely")).to_be_visible()
    expect(page.get_by_text("C0FFEE")).to_be_visible()
    expect(page.get_by_role("link", name="Return to the study's page")).to_have_attribute(
        "href", "https://panel.example.org/done?code=p%2017"
    )
    expect(page.get_by_role("button", name="Save the file", exact=True)).to_be_visible()
    page.reload()
    expect(page.get_by_text("You have already taken part in this study. Thank you!")).to_be_visible()
    expect(page.get_by_text("C0FFEE")).to_be_visible()
    page.wait_for_timeout(300)
    assert len(endpoint.bodies) == 1, "not sent twice"
    body = endpoint.bodies[0]
    rows = json.loads(body["data"])
    assert set(body) == {"experimentID", "filename", "data"} and body["experimentID"] == "abc123"
    assert body["filename"] == f"imetric_exp1_teststudy1_{rows[0]['session_id']}.json" and len(rows) == 3
    assert set(watch.foreign) == {ENDPOINT}, "nobody but the endpoint is asked"
    watch.foreign.clear()


@pytest.mark.parametrize("statuses", [(500, 400, 202), (None, 201)], ids=["500 400 202", "nothing 201"])
def test_sending_is_tried_again_under_new_names(
    browser: Browser, short_site: Callable[..., str], statuses: tuple[int | None, ...]
) -> None:
    page = browser.new_page()
    endpoint = Endpoint(page, *statuses)
    begin(page, short_site(**UPLOAD))
    answer(page)
    answer(page)
    expect(page.get_by_text("C0FFEE")).to_be_visible(timeout=8000)
    names = [body["filename"] for body in endpoint.bodies]
    assert len(set(names)) == len(names) == len(statuses)
    assert names[1] == names[0].replace(".json", "_2.json")
    assert len({body["data"] for body in endpoint.bodies}) == 1
    page.close()


def test_answers_that_cannot_be_sent_are_saved_and_sent_later(browser: Browser, short_site: Callable[..., str]) -> None:
    context = browser.new_context(accept_downloads=True)
    page = context.new_page()
    endpoint = Endpoint(page, None)
    begin(page, short_site(**UPLOAD))
    answer(page)
    page.clock.install()
    answer(page)
    expect(page.get_by_text("Your answers are being sent.")).to_be_visible()
    with page.expect_download() as download:
        for _ in range(3):
            page.clock.run_for(10_000)
            page.wait_for_timeout(150)
    expect(page.get_by_text("Your answers could not be sent. Nothing is lost")).to_be_visible()
    expect(page.get_by_text("C0FFEE")).to_have_count(0)
    rows = json.loads(Path(download.value.path()).read_text())
    assert len(rows) == 3 and len(endpoint.bodies) == 4
    endpoint.statuses[:] = [201]
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.get_by_text("C0FFEE")).to_be_visible()
    assert json.loads(endpoint.bodies[-1]["data"]) == rows
    assert len({body["filename"] for body in endpoint.bodies}) == 5
    context.close()


def test_answers_can_be_copied(browser: Browser, short_site: Callable[..., str]) -> None:
    where = short_site()
    for allowed in (True, False):
        context = browser.new_context(accept_downloads=True)
        if allowed:
            context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = context.new_page()
        begin(page, where)
        answer(page)
        with page.expect_download():
            answer(page)
        if not allowed:
            page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
        page.get_by_role("button", name="Copy the answers").click()
        if allowed:
            expect(page.get_by_role("button", name="Copied")).to_be_visible()
            copied = page.evaluate("navigator.clipboard.readText()")
        else:
            copied = page.locator("textarea").input_value()
        assert len(json.loads(copied)) == 3
        context.close()
