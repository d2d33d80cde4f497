"""axe-core finds nothing to complain about on any page, light or dark, on a laptop or a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.sites.conftest import READY, answer, fill_start, pass_practice, ready, served, study_of
from tests.sites.declared import declared
from tests.sites.test_practice import press, wrong

SETTINGS = {"contact": "study@example.org", "completion_code": "C0FFEE", "completion_url": "https://panel.example.org"}
WIDTHS = (1280, 360)
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}  # what a dark page can have of its own


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """The address of the sites in one layout: two questions and one of practice."""
    folder = tmp_path_factory.mktemp("axe")
    for layout in ("paged", "scroll"):
        declared(folder / layout, "1", "2", "3", "none", "examples", "covered", practice=1, layout=layout, **SETTINGS)
    with served(folder) as where:
        yield lambda layout: f"{where}/{layout}"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(accept_downloads=True, reduced_motion="reduce")
    yield context.new_page()
    context.close()


def clean(page: Page, where: str, **rules: object) -> None:
    """Every rule of axe-core, its best practices too. (preload: it would fetch the stylesheet, which the policy forbids.)"""
    results = Axe().run(page, options={"resultTypes": ["violations"], "preload": False, **rules})
    assert results.response["passes"], "rules were run"
    assert results.violations_count == 0, f"{where}: {results.generate_report()}"


def clean_everywhere(page: Page, where: str) -> None:
    """The same on a laptop and then on a phone, each light and then dark."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 740})
        for scheme, rules in (("light", {}), ("dark", {"runOnly": COLOURS})):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            clean(page, f"{where}, {width} px, {scheme}", **rules)


@pytest.mark.parametrize("experiment", ["1", "2", "3", "none", "examples", "covered"])
def test_every_page_of_a_visit(page: Page, sites: Callable[[str], str], experiment: str) -> None:
    page.goto(f"{sites('paged')}/exp{experiment}/")
    clean_everywhere(page, "start")
    page.get_by_role("button", name="Continue").click()
    clean_everywhere(page, "start with complaints")
    fill_start(page, practise=False)
    clean_everywhere(page, "how it works")
    page.get_by_role("button", name="Practise").click()
    ready(page)
    clean_everywhere(page, "practice")
    question = study_of(page)["practice"][0]
    picks = (question["solution"][0], *wrong(question)[:2])
    press(page, *picks)
    page.get_by_role("button", name="Check").click()
    clean_everywhere(page, "practice with feedback")
    press(page, *picks)  # taken back
    pass_practice(page)
    ready(page)
    clean_everywhere(page, "question")
    for option in page.locator(".option").all()[:4]:
        option.click()
    page.get_by_role("radio", name="Sure", exact=True).check()
    clean_everywhere(page, "question answered, a fourth picture pressed")
    page.get_by_role("button", name="Next").click()
    with page.expect_download():
        answer(page)
    clean_everywhere(page, "end")


@pytest.mark.parametrize("experiment", ["1", "3", "none"])
def test_all_questions_on_one_page(page: Page, sites: Callable[[str], str], experiment: str) -> None:
    page.goto(f"{sites('scroll')}/exp{experiment}/")
    fill_start(page)
    ready(page, f".item:nth-of-type(2) {READY}")
    clean_everywhere(page, "one page")
    page.get_by_role("button", name="Finish").click(force=True)
    page.get_by_text("Not complete yet: 1, 2").wait_for()
    clean_everywhere(page, "one page handed in unfinished")


def test_pages_seen_when_something_is_wrong(page: Page, sites: Callable[[str], str]) -> None:
    page.add_init_script("Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };")
    page.goto(f"{sites('paged')}/exp1/")
    page.locator("#notices .notice").wait_for()
    clean_everywhere(page, "storage full")
    second = page.context.new_page()
    second.goto(f"{sites('paged')}/exp2/")
    third = page.context.new_page()
    third.goto(f"{sites('paged')}/exp2/")
    second.get_by_role("heading", name="This study is open in another tab").wait_for()
    clean_everywhere(second, "open in another tab")


def test_the_front_page(page: Page, sites: Callable[[str], str]) -> None:
    page.route("**/assign.js", lambda route: route.fulfill(content_type="text/javascript", body=""))
    page.goto(f"{sites('paged')}/")
    clean_everywhere(page, "front page")


def test_an_address_of_a_set_that_there_is_not(page: Page, sites: Callable[[str], str]) -> None:
    page.goto(f"{sites('paged')}/exp2/?set=9")
    page.get_by_text("This address asks for set").wait_for()
    clean_everywhere(page, "no such set")


@pytest.mark.parametrize("where", ["exp3/", ""])
def test_a_page_whose_scripts_do_not_come(page: Page, sites: Callable[[str], str], where: str) -> None:
    page.route("**/*.js", lambda route: route.abort())
    page.goto(f"{sites('paged')}/{where}")
    page.get_by_text("This page has not started.").wait_for(timeout=10_000)
    clean_everywhere(page, "not started")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth") and page.viewport_size["width"] == 360
