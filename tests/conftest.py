"""What tests of several rooms share: a folder of small pictures, and browsers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

if "PYTEST_XDIST_WORKER" in os.environ:  # as many processes as cores: before torch is imported, which reads it once
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from PIL import Image
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser import launch, launch_firefox
from tests.small_study import picture

BROWSERS = {"playwright", "browser", "firefox"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests that look at pages by what they ask for; of several processes none is left with a slow file last."""
    for item in items:
        if BROWSERS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)
    if hasattr(config, "workerinput"):
        slow = {item.path for item in items if item.get_closest_marker("slow")}
        items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty pictures in two classes, that whole builds are tested with."""
    folder = tmp_path_factory.mktemp("photographs")
    for k in range(60):
        place = folder / ("left" if k % 2 else "right")
        place.mkdir(exist_ok=True)
        Image.fromarray(picture(k)).save(place / f"{k:03d}.png")
    return folder


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """One for each process that runs tests: its synchronous interface allows no second one beside it."""
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
