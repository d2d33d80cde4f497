"""The browsers' engines behind one small set of verbs: Chromium, Firefox and WebKit, as installed or as Playwright brings them.

`started(name)` gives an `Engine` or says in a sentence why there is none; an engine opens `Tab`s.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from playwright.sync_api import Playwright

from tests.browser import installed

from .firefox import FirefoxEngine
from .playwright import PlaywrightEngine
from .tab import Engine, Tab
from .webkit import WebKitEngine

__all__ = ["ENGINES", "Engine", "Tab", "started"]
ENGINES = ("chromium", "firefox", "webkit")


def _ways(name: str, playwright: Playwright) -> Iterator[Callable[[ExitStack], Engine]]:
    """Ways to start an engine, installed ones first: functions of a stack that ends it."""
    kind = getattr(playwright, name)
    if name == "firefox":
        for path in filter(None, map(shutil.which, ("firefox-esr", "firefox"))):
            yield lambda stack, path=path: FirefoxEngine(path, stack)
    if name == "webkit" and (path := shutil.which("WebKitWebDriver")) and (screen := shutil.which("Xvfb")):
        yield lambda stack: WebKitEngine(path, screen, stack)
    yield lambda stack: PlaywrightEngine(kind, installed() if name == "chromium" else None, stack)


@contextmanager
def started(name: str, playwright: Playwright) -> Iterator[Engine | str]:
    """The engine of this name, or a sentence that says why there is none; it ends with the context."""
    reason = ""
    for way in _ways(name, playwright):
        with ExitStack() as stack:
            try:
                engine = way(stack)
                with engine.visitor() as tab:
                    tab.open("data:text/html,<p>ready</p>")
                    tab.reads("ready")
            except Exception as error:  # whatever it is: this browser cannot be used
                said = [line for line in str(error).splitlines() if line.strip(" ║╔╚═╗╝")]
                reason = reason or (said[0] if said else type(error).__name__)
                continue
            yield engine
            return
    yield f"no {name} that starts: {reason} (python -m tests.browser --install gets one where it can)"
