"""Everybody can look through an atlas: axe-core finds nothing, light or dark, on a laptop or a phone; fingers move the map; in Korean."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.sites.conftest import Watch

DRAWN = ".map[data-drawn=all]"
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
# Two taps of a finger at one moment, however busy the machine is.
TAPS = """() => {
    const box = document.querySelector(".map");
    box.setPointerCapture = () => {};
    const { left, top, width, height } = box.getBoundingClientRect();
    const at = { clientX: left + width / 2, clientY: top + height / 2, pointerId: 7, pointerType: "touch", bubbles: true };
    for (const kind of ["pointerdown", "pointerup", "pointerdown", "pointerup"]) box.dispatchEvent(new PointerEvent(kind, at));
}"""


def clean(page: Page, where: str) -> None:
    """Every rule of axe-core, its best practices too; of the dark page those of colours, as all else is the same.

    preload: it would fetch the stylesheets, which the policy forbids.
    """
    for scheme, rules in (("light", {}), ("dark", {"runOnly": COLOURS})):
        page.emulate_media(color_scheme=scheme)
        results = Axe().run(page, options={"resultTypes": ["violations"], "preload": False, **rules})
        assert results.response["passes"], "rules were run"
        assert results.violations_count == 0, f"{where}, {scheme}: {results.generate_report()}"


def narrow(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing(browser: Browser, where: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 740}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{where}/small/index.html#words=0-40")
    page.locator(DRAWN).wait_for()
    clean(page, "map")
    if width == 360:
        page.locator(".tabs button").last.click()
    page.get_by_text("Filters").click()
    page.get_by_role("button", name="Select these").click()
    page.locator(".selection summary").click()
    clean(page, "filters, list and selection")
    page.locator(".row").nth(12).click()
    page.locator(".unit-body:not([aria-busy])").wait_for()
    clean(page, "a unit")
    assert narrow(page)
    page.goto(f"{where}/small/index.html#unit=3")
    page.locator(".unit-body:not([aria-busy])").wait_for()
    clean(page, "a dead unit")
    context.close()


@pytest.fixture
def phone(browser: Browser, where: str) -> Iterator[tuple[Page, CDPSession]]:
    context = browser.new_context(
        viewport={"width": 360, "height": 740},
        device_scale_factor=2,
        has_touch=True,
        is_mobile=True,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(f"{where}/small/index.html")
    page.locator(DRAWN).wait_for()
    yield page, context.new_cdp_session(page)
    context.close()


def touch(session: CDPSession, kind: str, *points: tuple[float, float]) -> None:
    session.send(
        "Input.dispatchTouchEvent",
        {"type": kind, "touchPoints": [{"x": x, "y": y, "id": k} for k, (x, y) in enumerate(points)]},
    )


def test_fingers_move_and_enlarge_the_map(phone: tuple[Page, CDPSession]) -> None:
    page, session = phone
    at = "() => location.hash.includes('at=') && location.hash.match(/at=([^&]*)/)[1].split(',').map(Number)"
    touch(session, "touchStart", (160, 370), (200, 370))
    for apart in (30, 50, 80):
        touch(session, "touchMove", (180 - apart, 370), (180 + apart, 370))
    touch(session, "touchEnd")
    wanted = 4 * (360 - 24) / 11  # fingers went from 40 to 160 pixels apart
    enlarged = f"() => {{ const now = ({at})(); return now && Math.abs(now[2] / {wanted} - 1) < 0.05 && now; }}"
    before = page.wait_for_function(enlarged).json_value()
    touch(session, "touchStart", (180, 370))
    for moved in (20, 60, 100):
        touch(session, "touchMove", (180 - moved, 370))
    touch(session, "touchEnd")
    page.wait_for_function(
        f"(before) => {{ const now = ({at})(); return now && now[0] > before + 0.5; }}", arg=before[0]
    )


def test_a_tap_opens_a_unit_over_the_whole_window(phone: tuple[Page, CDPSession]) -> None:
    page, _ = phone
    page.touchscreen.tap(180, 371)
    expect(page.get_by_role("heading", level=2)).to_be_visible()
    box = page.locator(".unit-panel").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 360, "height": 740}
    expect(page.get_by_role("button", name="Search and list")).to_be_hidden()
    page.get_by_role("button", name="Show on the map").click()
    expect(page.locator(".unit-panel")).to_be_hidden()
    assert "unit=" not in page.url
    page.go_back()
    expect(page.get_by_role("heading", level=2)).to_be_visible()


def test_two_taps_come_nearer_and_open_nothing(phone: tuple[Page, CDPSession]) -> None:
    page, _ = phone
    page.evaluate(TAPS)
    page.wait_for_function("() => location.hash.startsWith('#at=')")
    assert "unit=" not in page.url


def test_a_korean_atlas_where_nothing_was_scored(page: Page, watch: Watch, atlas: Callable[..., Page]) -> None:
    atlas("korean", "#unit=2")
    expect(page.get_by_role("heading", level=2)).to_have_text("유닛 2")
    expect(page.get_by_text("이 유닛에 대한 질문에 답한 프로그램이 없습니다.")).to_be_visible()
    assert page.locator(".find fieldset").count() == 2, "activation and path, no filter by scores"
    assert page.locator("html").get_attribute("lang") == "ko"
