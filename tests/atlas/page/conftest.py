"""Random atlases, served on this machine, and a browser that reports everything that goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.atlas.page.drawn_atlas import write_atlas
from tests.sites.conftest import Watch, served, watched

UNITS = 120  # of the atlas that most tests look at: a map of 11 x 11 cells, one of them without a unit


@pytest.fixture(scope="session")
def where(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a folder of atlases: small/ has two views, korean/ is in Korean, with nothing scored, many/ has 20,000 units."""
    folder = tmp_path_factory.mktemp("atlases")
    write_atlas(folder / "small", UNITS, views=2)
    write_atlas(folder / "korean", 12, lang="ko", scored=False)
    write_atlas(folder / "many", 20_000, records=60)
    with served(folder) as address:
        yield address


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(
        viewport={"width": 1280, "height": 800}, accept_downloads=True, reduced_motion="reduce"
    )
    yield opened
    opened.close()


@pytest.fixture
def watch(context: BrowserContext) -> Iterator[Watch]:
    """Every test ends with no console error, no blocked request and no request to another origin."""
    with watched(context) as seen:
        yield seen


@pytest.fixture
def page(context: BrowserContext, watch: Watch) -> Page:
    return context.new_page()


@pytest.fixture
def atlas(page: Page, where: str) -> Callable[..., Page]:
    """Open an atlas at what its address says, and wait until its units and the tiles in view are there."""

    def opened(name: str = "small", said: str = "") -> Page:
        page.goto(f"{where}/{name}/index.html{said}")
        page.locator("body:not([aria-busy]) .told:not(:empty)").wait_for()
        page.locator(".map[data-drawn=all]").wait_for()
        return page

    return opened
