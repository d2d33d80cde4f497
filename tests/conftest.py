"""One Playwright and one browser for each process that runs tests: its synchronous interface allows no second one."""

from __future__ import annotations

import os
from collections.abc import Iterator

if "PYTEST_XDIST_WORKER" in os.environ:  # as many processes as cores: before torch is imported, which reads it once
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser import launch, launch_firefox

BROWSERS = {"playwright", "browser", "firefox"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that look at pages are marked by what they ask for."""
    for item in items:
        if BROWSERS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    started = launch(playwright)
    yield started
    started.close()


@pytest.fixture(scope="session")
def firefox(playwright: Playwright) -> Iterator[Browser]:
    started = launch_firefox(playwright)
    if isinstance(started, str):
        pytest.skip(started)
    yield started
    started.close()
