"""A published study as an installed Chromium shows it: what it complains about, and what it asks other origins for."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import Any

from ...errors import StudyError
from .fetching import origin

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL = "pip install playwright && python -m playwright install chromium"
PATIENCE_MS = 20_000
SHOWN = "main h1:not(.not-started h1)"  # the heading of a page whose scripts have run


def visited(address: str, folders: Sequence[str], declared: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Open the address and its sites: (folder, what is wrong), nothing pressed and nothing sent.

    declared: addresses of other origins that pages may ask. Raises StudyError.
    """
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise StudyError(f"--browser needs Playwright and Chromium: {INSTALL}") from None
    found: list[tuple[str, str]] = []
    allowed = {origin(each) for each in (address, *declared)}
    with sync_playwright() as playwright:
        path = next((path for name in NAMES if (path := shutil.which(name))), None)
        try:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        except Error as error:
            told = str(error).splitlines()[0]
            raise StudyError(f"--browser: no Chromium starts ({told}); get one: {INSTALL}") from None
        for folder in dict.fromkeys(["", *folders]):
            found += [(folder, each) for each in _opened(browser, address + folder, allowed, Error)]
        browser.close()
    return found


def _opened(browser: Any, address: str, allowed: set[tuple[str, str]], error_type: type[Exception]) -> list[str]:
    """What is wrong with one page, in a browser that was never there before."""
    wrong: list[str] = []

    def complained(message: Any) -> None:
        if message.type == "error":
            wrong.append(f"complains: {message.text}")

    def asked(request: Any) -> None:
        if request.url.startswith(("http", "ws")) and origin(request.url) not in allowed:
            wrong.append(f"asks for {request.url}")

    context = browser.new_context()
    context.on("console", complained)
    context.on("weberror", lambda error: wrong.append(f"fails: {error.error}"))
    context.on("request", asked)
    page = context.new_page()
    try:
        page.goto(address, timeout=PATIENCE_MS)
        page.wait_for_selector(SHOWN, timeout=PATIENCE_MS)
        page.wait_for_load_state("networkidle", timeout=PATIENCE_MS)
    except error_type as error:
        wrong.append(f"shows no page ({str(error).splitlines()[0]})")
    context.close()
    return list(dict.fromkeys(wrong))
