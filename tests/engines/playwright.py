"""An engine driven by Playwright: Chromium, and Playwright's own Firefox and WebKit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, BrowserType, Page

from tests.browser import FLAGS

from .tab import SIZE, Engine, Tab


class PlaywrightTab(Tab):
    def __init__(self, context: BrowserContext, downloads: list) -> None:
        self.context, self.downloads = context, downloads
        self.page: Page = context.new_page()
        self.page.on("download", lambda download: downloads.append(download))

    def open(self, address: str) -> None:
        self.page.goto(address)

    def reload(self) -> None:
        self.page.reload()

    def back(self) -> None:
        self.page.go_back()

    def close(self) -> None:
        self.page.close()

    def another(self) -> Tab:
        return PlaywrightTab(self.context, self.downloads)

    def front(self) -> None:
        self.page.bring_to_front()

    def evaluate(self, function: str, *arguments: object) -> Any:
        return self.page.evaluate(f"(all) => ({function})(...all)", list(arguments))

    def point(self, x: float, y: float) -> None:
        self.page.mouse.click(x, y)

    def type(self, keys: str) -> None:
        self.page.keyboard.type(keys)

    def files(self) -> list[tuple[str, str]]:
        return [(each.suggested_filename, Path(each.path()).read_text("utf-8")) for each in self.downloads]


class PlaywrightEngine(Engine):
    def __init__(self, kind: BrowserType, path: str | None, stack: ExitStack) -> None:
        self.name, self.way = kind.name, path or "Playwright's own"
        self.browser = kind.launch(executable_path=path, args=FLAGS if kind.name == "chromium" else [])
        stack.callback(self.browser.close)
        self.version = self.browser.version

    @contextmanager
    def visitor(self) -> Iterator[Tab]:
        context = self.browser.new_context(viewport={"width": SIZE[0], "height": SIZE[1]}, accept_downloads=True)
        yield PlaywrightTab(context, [])
        context.close()
