"""A page whose scripts do not come says so after some seconds: opened as a file, cut off, or half loaded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from generator.experiments.pilot import write_pilot
from generator.questions.conditions import named
from generator.sites.render import render_sites
from generator.study.site import SiteSettings
from generator.study.visualization import VisualizationSettings
from tests.sites.conftest import question_set, served
from tests.sites.test_pilot import PILOT, labels_of, made_tasks

SENTENCES = {
    "en": (
        "This page has not started. Please reload it; if that does not help, tell the person who invited you.",
        "Opened as a file it cannot start. If this is your study, show it with: python -m generator serve",
    ),
    "ko": (
        "페이지가 시작되지 않았습니다. 새로 고쳐 보시고, 그래도 안 되면 초대한 분에게 알려 주세요.",
        "파일로 열면 시작되지 않습니다. 이 연구의 연구자라면 다음 명령으로 보세요: python -m generator serve",
    ),
}
TITLES = {"exp3": "What does this neuron see?", "pilot": "What do you see in these pictures?"}
SCRIPTS = {"exp3": "assets/frame.js", "pilot": "assets/pilot.js", "": "assign.js"}
PAGES = pytest.mark.parametrize("where", ["exp3", "pilot", ""])

# Whether the sentences can be seen so many ms after they came: their animation is begun anew and put there.
SEEN_AT = """(node, time) => {
    node.style.animation = "none";
    void node.offsetWidth;
    node.style.animation = "";
    for (const animation of node.getAnimations()) animation.currentTime = time;
    return node.checkVisibility({ visibilityProperty: true, opacityProperty: true });
}"""

# Tells of every frame in which the sentences can be seen.
WATCH = """const look = () => {
    const node = document.querySelector(".not-started");
    if (node?.checkVisibility({ visibilityProperty: true })) shown(location.pathname);
    requestAnimationFrame(look);
};
requestAnimationFrame(look);"""


@pytest.fixture(scope="module")
def dists(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sites, the pilot and the front page of a small study in each language."""
    folder = tmp_path_factory.mktemp("started")
    for lang in SENTENCES:
        settings, labels = SiteSettings(lang=lang), labels_of(PILOT, 3)
        render_sites(question_set(2), settings, folder / lang, conditions=named(3))
        write_pilot(
            made_tasks(labels), labels, [7], PILOT, VisualizationSettings(), settings, ["net"], 3, folder / lang,
            folder / f"private-{lang}",
        )  # fmt: skip
    return folder


@pytest.fixture
def address(dists: Path) -> Iterator[str]:
    with served(dists / "en") as where:
        yield where


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()  # not watched: scripts that do not come are complained about


def sentences(page: Page, lang: str = "en") -> Locator:
    """Both sentences, as the page has them where it says them."""
    return page.locator("p").filter(has_text=re.compile("|".join(map(re.escape, SENTENCES[lang]))))


def says_so(page: Page, lang: str = "en", waited: bool = True) -> None:
    """waited: its five seconds are over; else they are waited for."""
    if waited:
        page.locator(".not-started").evaluate(SEEN_AT, 5000)
    for k in range(2):
        expect(sentences(page, lang).nth(k)).to_be_visible(timeout=10_000)


@PAGES
@pytest.mark.parametrize("lang", ["en", "ko"])
def test_opened_as_a_file_a_page_says_how_to_see_it(page: Page, dists: Path, where: str, lang: str) -> None:
    page.goto((dists / lang / where / "index.html").as_uri())
    says_so(page, lang)
    assert page.get_by_role("heading", level=1).count() == 1


@PAGES
@pytest.mark.parametrize("how", ["cut off", "missing"])
def test_without_one_of_its_scripts_a_page_says_so(page: Page, address: str, where: str, how: str) -> None:
    page.route(
        f"**/{SCRIPTS[where]}", lambda route: route.abort() if how == "cut off" else route.fulfill(status=404, body="")
    )
    page.goto(f"{address}/{where}")
    says_so(page)


@PAGES
@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_it_says_so_after_five_seconds(browser: Browser, address: str, where: str, motion: str) -> None:
    page = browser.new_page(reduced_motion=motion)
    page.route(f"**/{SCRIPTS[where]}", lambda route: route.abort())
    page.goto(f"{address}/{where}")
    node = page.locator(".not-started")
    assert [node.evaluate(SEEN_AT, time) for time in (0, 4900, 5000)] == [False, False, True]
    page.close()


@PAGES
def test_without_its_stylesheet_the_sentence_can_be_read_at_once(page: Page, address: str, where: str) -> None:
    page.route("**/*.css", lambda route: route.abort())
    page.route("**/*.js", lambda route: route.abort())
    page.goto(f"{address}/{where}")
    assert [one.is_visible() for one in sentences(page).all()] == [True, True]


@PAGES
def test_an_ordinary_visit_never_shows_it(page: Page, watch, address: str, where: str) -> None:
    shown: list[str] = []
    page.expose_function("shown", lambda path: shown.append(path))
    page.add_init_script(WATCH)

    def later(route: Route) -> None:
        page.wait_for_timeout(300)
        route.continue_()

    page.route("**/*.js", later)  # a slow line
    page.goto(f"{address}/{where}")
    expect(page.get_by_role("button", name="Continue")).to_be_visible(timeout=20_000)
    assert page.locator(".not-started").count() == 0
    assert shown == []


@pytest.mark.parametrize("where", ["exp3", "pilot"])
def test_a_page_that_starts_late_starts_all_the_same(page: Page, watch, address: str, where: str) -> None:
    held: list[Route] = []
    page.route(f"**/{SCRIPTS[where]}", lambda route: held.append(route))
    page.goto(f"{address}/{where}", wait_until="commit")
    while not held:  # sentences are seen before, too, where the stylesheet is late
        page.wait_for_timeout(50)
    page.wait_for_function("() => document.styleSheets.length")
    says_so(page, waited=False)
    assert page.get_by_role("heading", level=1).text_content() == TITLES[where]
    held[0].continue_()
    expect(page.get_by_role("button", name="Continue")).to_be_visible()
    expect(sentences(page)).to_have_count(0)


def test_the_front_page_takes_it_back_before_it_leads_on(page: Page, watch, address: str) -> None:
    """The way to the experiment may take longer than the sentence waits."""
    gone: list[str] = []
    page.expose_function("gone", lambda path: gone.append(path))
    page.add_init_script("""let there = false;
    new MutationObserver(() => {
        const now = Boolean(document.querySelector(".not-started"));
        if (there && !now) gone(location.pathname);
        there = now;
    }).observe(document, { childList: true, subtree: true });""")
    page.goto(address, wait_until="commit")
    expect(page.get_by_role("button", name="Continue")).to_be_visible()
    assert gone == ["/", "/exp3/"]


@PAGES
def test_where_scripts_are_switched_off_that_alone_is_said(browser: Browser, address: str, where: str) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(f"{address}/{where}")
    expect(page.locator("noscript p")).to_be_visible()
    expect(page.locator("noscript p")).to_have_text("This page needs JavaScript.")
    page.wait_for_timeout(5500)
    assert [one.is_visible() for one in sentences(page).all()] == [False, False]
    page.close()
