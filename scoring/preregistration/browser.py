"""Sites -> pictures of every page and the text on it, as Chromium shows them.

The pages are served on this machine and taken through once in each condition, with made-up answers. Nothing leaves the
machine: what a page sends elsewhere is answered here.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from .site import Site

INSTALL = "pip install playwright && python -m playwright install chromium"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WINDOW = {"width": 1280, "height": 800}
PATIENCE_MS = 20_000
READY = ".question:not(.loading)"  # a question whose pictures are there


class NoBrowser(Exception):
    """Why there are no screenshots, in one sentence."""


@dataclass(frozen=True)
class Shot:
    """One page: its name (start, how, practice, question, end), its text, and its picture as PNG."""

    name: str
    text: str
    png: bytes


def shots(
    dist: Path, sites: Mapping[int | str, Site], advance: Callable[[], None] = lambda: None
) -> dict[int | str, list[Shot]]:
    """Every kind of page of each site, in the order of a visit; raises NoBrowser. advance: after each site."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise NoBrowser("Playwright is not installed") from None
    found = {}
    with _served(dist) as address, sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=next((path for name in NAMES if (path := shutil.which(name))), None),
                args=["--no-sandbox", "--disable-gpu"],
            )
        except Error as error:
            raise NoBrowser(f"no Chromium starts ({str(error).splitlines()[0]})") from None
        for name, site in sites.items():
            context = browser.new_context(viewport=WINDOW, accept_downloads=True, reduced_motion="reduce")  # type: ignore[arg-type]
            context.route("**/*", partial(_answered, address))
            page = context.new_page()
            page.set_default_timeout(PATIENCE_MS)
            try:
                page.goto(f"{address}/{site.folder.name}/?set=1")
                found[name] = list(_visit(page, site))
            except Error as error:
                raise NoBrowser(
                    f"the pages of {site.folder.name} could not be gone through ({str(error).splitlines()[0]})"
                ) from None
            context.close()
            advance()
        browser.close()
    return found


def _visit(page: Any, site: Site) -> Iterator[Shot]:
    """From the first page to the last, by what the pages are made of and not by their language."""

    def shot(name: str) -> Shot:
        page.wait_for_load_state("networkidle")
        return Shot(name, page.locator("main").inner_text().strip(), page.screenshot(full_page=True))

    page.wait_for_selector("form input[name=consent]")
    yield shot("start")
    for field in page.locator("form input, form select").all():
        kind = field.evaluate("field => field.tagName === 'SELECT' ? 'select' : field.type")
        if kind == "checkbox":
            field.check()
        elif kind == "select":
            field.select_option(index=1)
        else:
            field.fill("30" if kind == "number" else "preview")
    page.locator("form button[type=submit]").click()
    page.wait_for_selector("ol.walk")
    yield shot("how")
    page.locator(".actions button.primary").click()
    page.wait_for_selector(READY)
    solutions = dict(_solutions(site.study))
    first = True
    while page.locator(".feedback").count():  # practice, which tells
        options = page.locator("button.option").evaluate_all("all => all.map((option) => option.dataset.id)")
        if first:
            yield shot("practice")
        for option in solutions[frozenset(options)]:
            page.locator(f"[data-id='{option}']").click()
        page.locator("form button[type=submit]").click()
        page.wait_for_selector(".feedback.good")
        if first:
            yield shot("practice-told")
        first = False
        _go_on(page)
    yield shot("question")
    while not page.locator("section.end").count():
        _answer_all(page)
        _go_on(page)
    yield shot("end")


def _solutions(part: Any) -> Iterator[tuple[frozenset[str], list[str]]]:
    """The solution of every practice question in what a page holds, by the ids of its options."""
    if isinstance(part, dict):
        if "solution" in part:
            yield frozenset(option["id"] for option in part["options"]), part["solution"]
        for each in part.values():
            yield from _solutions(each)
    elif isinstance(part, list):
        for each in part:
            yield from _solutions(each)


def _go_on(page: Any) -> None:
    """Press the button and wait for another page."""
    before = page.locator("main").inner_text()
    page.locator("button[type=submit].primary").last.click()
    page.wait_for_function("before => document.querySelector('main').innerText !== before", arg=before)
    page.wait_for_selector(f"{READY}, section.end")


def _answer_all(page: Any) -> None:
    """Any picks, as many as are asked for, and any confidence in every question in view."""
    for question in page.locator(".question").all():
        question.locator("xpath=self::*[not(contains(@class, 'loading'))]").wait_for()
        for option in question.locator("button.option").all():
            if question.locator(".counter.full").count():
                break
            option.click()
        radios = question.locator("input[type=radio]")
        if radios.count():
            radios.nth(1).check()


def _answered(address: str, route: Any) -> None:
    """This machine's own files are served; anything else is told that it was stored."""
    url = route.request.url
    if url.startswith((address, "blob:", "data:")):
        route.continue_()
    else:
        headers = {"access-control-allow-origin": "*", "access-control-allow-headers": "*"}
        route.fulfill(status=201, headers=headers, content_type="application/json", body="{}")


class _Quiet(SimpleHTTPRequestHandler):
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript", ".webp": "image/webp"}

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """The folder's address on this machine while it is served."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    server.handle_error = lambda *_: None  # type: ignore[method-assign,assignment]  # a browser that leaves early
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
