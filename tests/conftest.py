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

from tests.browser import launch
from tests.engines import ENGINES, Engine, started
from tests.small_study import picture

BROWSERS = {"playwright", "browser", "engine"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests that look at pages by what they ask for; of several processes none is left with a slow file last."""
    for item in items:
        if BROWSERS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)
    if hasattr(config, "workerinput"):
        slow = {item.path for item in items if item.get_closest_marker("slow")}
        items.sort(key=lambda item: item.path not in slow)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which browser engines were tested, and why one was not."""
    for name in ENGINES:
        of_it = {
            outcome: [each for each in terminalreporter.getreports(outcome) if f"[{name}" in each.nodeid]
            for outcome in ("passed", "failed", "error", "skipped")
        }
        counts = ", ".join(f"{len(reports)} {outcome}" for outcome, reports in of_it.items() if reports)
        if counts:
            why = of_it["skipped"][0].longrepr[2] if of_it["skipped"] else ""
            terminalreporter.write_line(f"engine {name}: {counts}{why and '. '}{why}")


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


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest, playwright: Playwright) -> Iterator[Engine]:
    """Each engine in turn, one running at a time; tests are skipped where there is none."""
    with started(request.param, playwright) as found:
        if isinstance(found, str):
            pytest.skip(found)
        yield found
