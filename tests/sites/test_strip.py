"""On a phone the explanation stays in view while options are picked: small, at its level, and in full when opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.sites.conftest import READY, Watch, answer, fill_start, ready, served, study_of
from tests.sites.declared import CONDITIONS, declared
from tests.sites.test_any_moment import TARGETS
from tests.sites.test_axe import clean

STATE = "JSON.parse(localStorage.getItem(Object.keys(localStorage).find((k) => k.endsWith(':3'))))"
# The options' row of one question at the top of the window.
TO_OPTIONS = """(k) => { const at = document.querySelectorAll(".options")[k];
    scrollTo(0, at.getBoundingClientRect().top + scrollY - 130); }"""
GREYS = """(boxes) => boxes.map((box) => box.querySelector("canvas")).map((canvas) => canvas
    && [...canvas.getContext("2d").getImageData(0, 0, 8, 8).data].filter((_, k) => k % 4 === 0))"""


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """The address of a folder of sites of all conditions, by layout or language."""
    folder: Path = tmp_path_factory.mktemp("strip")
    for name, settings in {"paged": {}, "scroll": {"layout": "scroll"}, "ko": {"lang": "ko"}}.items():
        names = ("3",) if name == "ko" else tuple(CONDITIONS)
        declared(folder / name, *names, practice=1 if name == "ko" else 0, shuffle=False, **settings)
    with served(folder) as where:
        yield lambda name: f"{where}/{name}"


@pytest.fixture
def phone(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Pages of a phone that end without an error; takes what the phone is like."""
    contexts, seen = [], Watch()

    def make(width: int = 390, height: int = 844, **settings: object) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, has_touch=True, **settings)
        context.on("console", lambda message: message.type == "error" and seen.errors.append(message.text))
        context.on("weberror", lambda error: seen.errors.append(str(error.error)))
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()
    assert seen == Watch()


def begin(page: Page, address: str) -> None:
    page.goto(address)
    fill_start(page)
    ready(page)


def until(page: Page, what: str) -> None:
    """Wait until this JavaScript expression is true."""
    for _ in range(100):
        if page.evaluate(what):
            return
        page.wait_for_timeout(50)
    raise AssertionError(what)


def at_options(page: Page, number: int = 1) -> Locator:
    """Scroll to the options of a question; the button that its strip is."""
    until(page, f"document.querySelectorAll('{READY}').length >= {number}")
    page.evaluate(TO_OPTIONS, number - 1)
    return page.locator(".question").nth(number - 1).get_by_role("button", name="Show the explanation")


@pytest.mark.parametrize("layout", ["paged", "scroll"])
def test_it_shows_the_explanation_of_every_condition_at_its_level(
    phone: Callable[..., Page], sites: Callable[[str], str], layout: str
) -> None:
    for name, (_, shows) in CONDITIONS.items():
        if layout == "scroll" and name not in ("1", "3", "none"):
            continue
        page = phone()
        begin(page, f"{sites(layout)}/exp{name}/")
        strip = page.get_by_role("button", name="Show the explanation")
        expect(strip).to_have_count(0)  # at the top, where the explanation itself is in view
        if not shows:
            at_options(page)
            page.wait_for_timeout(100)
            expect(strip).to_have_count(0)
            continue
        attributions = study_of(page)["sets"][0][0]["attributions"]
        levels = [1, 3] if any(shown["cams"] for shown in attributions) else [1]
        for level in levels:
            if level > 1:
                page.evaluate("scrollTo(0, 0)")
                page.get_by_label("Crop size").first.fill(str(level))
            strip = at_options(page)
            expect(strip).to_be_in_viewport(ratio=1)
            shown = strip.locator(".thumbnail").evaluate_all(GREYS)
            assert shown == [each["cams"][level - 1] if each["cams"] else None for each in attributions], name
        sources = strip.locator("img").evaluate_all("all => all.map((image) => image.getAttribute('src'))")
        assert [source.rsplit("/", 1)[1] for source in sources] == [
            each["src"].rsplit("/", 1)[1] for each in attributions
        ]
        expect(page.get_by_role("heading", name="Pick 3 it also reacts to").first).to_be_attached()
        top = strip.evaluate("(node) => node.closest('.choice-head').getBoundingClientRect().bottom")
        assert all(box["y"] >= top - 1 for box in [page.locator(".option").first.bounding_box()] if box)
        page.close()


def test_in_a_list_of_questions_each_has_its_own(phone: Callable[..., Page], sites: Callable[[str], str]) -> None:
    page = phone()
    begin(page, f"{sites('scroll')}/exp3/")
    second = at_options(page, 2)
    expect(second).to_be_in_viewport(ratio=1)
    second.tap()
    dialog = page.get_by_role("dialog", name="This neuron reacts to")
    wanted = [each["src"] for each in study_of(page)["sets"][0][1]["attributions"]]
    assert dialog.locator("img").evaluate_all("all => all.map((image) => image.getAttribute('src'))") == wanted
    bar = page.locator(".bar.sticky").bounding_box()
    dialog.get_by_role("button", name="Close").tap()
    box = second.bounding_box()
    assert bar and box and box["y"] >= bar["y"] + bar["height"], "below the bar that stays too"


@pytest.mark.parametrize("way", ["button", "Escape", "back", "beside"])
def test_it_opens_the_explanation_and_closes_it(
    phone: Callable[..., Page], sites: Callable[[str], str], way: str
) -> None:
    page = phone()
    begin(page, f"{sites('paged')}/exp3/")
    strip = at_options(page)
    where = page.evaluate("scrollY")
    strip.tap()
    dialog = page.get_by_role("dialog", name="This neuron reacts to")
    expect(dialog.get_by_role("button", name="Close")).to_be_focused()
    assert dialog.locator(".explained").count() == 4
    dialog.get_by_label("Crop size").fill("4")
    if way == "button":
        dialog.get_by_role("button", name="Close").tap()
    elif way == "Escape":
        page.keyboard.press("Escape")
    elif way == "back":
        page.evaluate("history.back()")
    else:
        page.touchscreen.tap(195, 835)
    expect(dialog).to_have_count(0)
    expect(strip).to_be_focused()
    expect(page.locator(".explanation .explained")).to_have_count(4)
    until(page, "history.state === null")
    assert page.evaluate("scrollY") == where
    expect(page.get_by_label("Crop size")).to_have_value("4")
    page.get_by_role("button", name="Option 1", exact=True).tap()  # nothing lies over the options any more
    answer(page, (2, 3))
    expect(page.get_by_text("Question 2 of 2")).to_be_visible()


def test_what_is_seen_in_it_counts_at_its_level(phone: Callable[..., Page], sites: Callable[[str], str]) -> None:
    page = phone()
    begin(page, f"{sites('paged')}/exp3/")
    at_options(page).tap()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Crop size").fill("2")
    page.wait_for_timeout(400)
    dialog.get_by_role("switch", name="Show originals").tap()
    page.wait_for_timeout(200)
    dialog.get_by_role("switch", name="Show originals").tap()
    first = dialog.get_by_role("button", name="Explanation 1. Show originals")
    first.dispatch_event("pointerdown", {"pointerType": "touch"})
    page.wait_for_timeout(200)
    page.keyboard.press("Escape")  # with the finger still on it
    page.wait_for_timeout(300)
    assert page.locator(".explained.original").count() == 0
    answer(page)
    expect(page.get_by_text("Question 2 of 2")).to_be_visible()
    (row,) = page.evaluate(STATE)["answers"]
    times = {view["level"]: view["viewing_time"] for view in row["view_history"]}
    assert [view["level"] for view in row["view_history"]] == [1, 2] and times[2] >= 1100
    assert abs(sum(times.values()) - row["rt"]) <= 2, "at every moment one level: the times add up to the question's"
    by_switch, by_finger = row["original_views"]
    assert by_switch["position"] is None and 200 <= by_switch["viewing_time"]
    assert by_finger["position"] == 0 and 200 <= by_finger["viewing_time"] < times[2] - 300, "it ends with the dialog"


def test_a_reload_while_it_is_open_keeps_everything(phone: Callable[..., Page], sites: Callable[[str], str]) -> None:
    page = phone()
    begin(page, f"{sites('paged')}/exp3/")
    at_options(page).tap()
    page.get_by_role("dialog").get_by_label("Crop size").fill("3")
    page.reload()
    ready(page)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_label("Crop size")).to_have_value("3")
    at_options(page).tap()
    page.get_by_role("dialog").get_by_role("button", name="Close").tap()
    until(page, "history.state === null")


@pytest.mark.parametrize("layout", ["paged", "scroll"])
def test_it_covers_nothing_that_has_the_focus(
    phone: Callable[..., Page], sites: Callable[[str], str], layout: str
) -> None:
    page = phone(360, 560)
    begin(page, f"{sites(layout)}/exp3/")
    expect(at_options(page)).to_be_in_viewport(ratio=1)
    page.get_by_label("What does it see?").first.focus()
    seen = []
    while "Show the explanation" not in seen and len(seen) < 16:
        page.keyboard.press("Shift+Tab")
        name, top, bottom = page.evaluate("""() => {
            const node = document.activeElement, head = node.closest(".question").querySelector(".choice-head");
            return [node.getAttribute("aria-label") ?? node.type, node.getBoundingClientRect().top, head.getBoundingClientRect().bottom];
        }""")
        if name.startswith("Option"):
            assert top >= bottom, f"{name} under the strip"
        seen.append(name)
    assert seen[-1] == "Show the explanation" and [name for name in seen if name.startswith("Option")] == [
        f"Option {k}" for k in range(9, 0, -1)
    ]
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(100)
    strip = page.get_by_role("button", name="Show the explanation")
    expect(strip.first).to_be_focused()  # gone with the scrolling, it would take the focus with it
    page.keyboard.press("Tab")
    if layout == "paged":
        page.evaluate("scrollTo(0, 0)")
        expect(strip).to_have_count(0)


def test_text_twice_as_large_fits(phone: Callable[..., Page], sites: Callable[[str], str]) -> None:
    page = phone(360, 740)
    begin(page, f"{sites('paged')}/exp3/")
    page.evaluate("document.documentElement.style.fontSize = '34px'")
    expect(at_options(page)).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth") and page.evaluate(TARGETS) == []
    at_options(page).tap()
    box = page.get_by_role("dialog").bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= 360 and box["height"] <= 740


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (768, 1024), (844, 390), (667, 375)])
def test_beside_the_options_there_is_none(
    phone: Callable[..., Page], sites: Callable[[str], str], width: int, height: int
) -> None:
    page = phone(width, height)
    begin(page, f"{sites('paged')}/exp3/")
    strip = at_options(page)
    page.wait_for_timeout(100)
    expect(strip).to_have_count(0)
    left, right = page.locator(".pictures").bounding_box(), page.locator(".options").bounding_box()
    assert left and right and left["x"] + left["width"] <= right["x"] and abs(left["y"] - right["y"]) < 60
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["1", "3"])
def test_axe_finds_nothing(phone: Callable[..., Page], sites: Callable[[str], str], name: str, scheme: str) -> None:
    page = phone(color_scheme=scheme, reduced_motion="reduce")
    begin(page, f"{sites('paged')}/exp{name}/")
    strip = at_options(page)
    expect(strip).to_be_in_viewport(ratio=1)
    clean(page, "strip")
    strip.tap()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.evaluate(TARGETS) == []
    clean(page, "opened")


def test_in_korean_and_in_practice(phone: Callable[..., Page], sites: Callable[[str], str]) -> None:
    page = phone()
    page.goto(f"{sites('ko')}/exp3/")
    page.get_by_label("이름 또는 가명").fill("김하늘")
    page.get_by_label("나이", exact=True).fill("31")
    page.get_by_label("성별").select_option("unsaid")
    page.get_by_label("전공 또는 직업 분야").fill("물리학")
    page.get_by_label("딥러닝 경험").select_option("none")
    page.get_by_label("저는 만 18세 이상이며").check()
    page.get_by_role("button", name="계속").click()
    page.get_by_role("button", name="연습하기").click()
    ready(page)
    page.evaluate(TO_OPTIONS, 0)
    page.get_by_role("button", name="설명 보기").tap()
    dialog = page.get_by_role("dialog", name="이 뉴런이 반응하는 것")
    dialog.get_by_role("button", name="닫기").tap()
    expect(dialog).to_have_count(0)
