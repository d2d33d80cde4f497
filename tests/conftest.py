"""What tests of several rooms share: a folder of small pictures, and browsers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser import launch, launch_firefox
from tests.small_study import picture


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
    """One for the whole run: its synchronous interface allows no second one beside it."""
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
