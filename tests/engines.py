"""The browsers' engines behind one small set of verbs: Chromium, Firefox and WebKit, as installed or as Playwright brings them.

`started(name)` gives an `Engine` or says in a sentence why there is none. An engine opens `Tab`s; what a tab does to a page is said
here once, in terms of the few things that each engine does in its own way: an address opened, a function called in the page, the
pointer pressed, keys typed. Chromium is driven by Playwright. An installed Firefox speaks WebDriver BiDi itself, an installed
WebKitGTK (Safari's kin) has WebKitWebDriver, which needs a screen: Xvfb's.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import websocket
from playwright.sync_api import BrowserContext, BrowserType, Page, Playwright
from selenium import webdriver
from selenium.webdriver.common.actions.action_builder import ActionBuilder

from tests.browser import FLAGS, installed

ENGINES = ("chromium", "firefox", "webkit")
SIZE = (1280, 800)
PATIENCE = 15.0  # s that something may take to appear

# The centre of what has this name (a button, a link, or what a label belongs to), in view and not covered, or null.
FIND = """(name, within) => {
    const said = (node) => (node.getAttribute("aria-label") ?? node.labels?.[0]?.textContent ?? node.textContent).trim();
    const node = [...document.querySelectorAll("button, a, input, select, textarea")].find((each) =>
        said(each) === name && (!within || each.closest(within)) && each.checkVisibility({ visibilityProperty: true }));
    if (!node) return null;
    node.scrollIntoView({ block: "center", behavior: "instant" });
    const box = node.getBoundingClientRect();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const there = document.elementFromPoint(x, y);
    return there && (node.contains(there) || [...(node.labels ?? [])].some((label) => label.contains(there))) ? [x, y] : null;
}"""
SET = """(label, value) => {
    const node = [...document.querySelectorAll("select, input")].find((each) => each.labels[0]?.textContent === label);
    if (!node) return null;
    node.value = value;
    for (const event of ["input", "change"]) node.dispatchEvent(new Event(event, { bubbles: true }));
    return true;
}"""


class Tab(ABC):
    """One page of an engine."""

    @abstractmethod
    def open(self, address: str) -> None: ...

    @abstractmethod
    def reload(self) -> None: ...

    @abstractmethod
    def back(self) -> None: ...

    @abstractmethod
    def close(self) -> None: ...

    @abstractmethod
    def another(self) -> Tab:
        """A second tab of the same visitor: it has the same storage, and is in front."""

    @abstractmethod
    def front(self) -> None:
        """Bring this tab in front of others."""

    @abstractmethod
    def evaluate(self, function: str, *arguments: object) -> Any:
        """What a JavaScript function of these plain values returns in the page, awaited."""

    @abstractmethod
    def point(self, x: float, y: float) -> None:
        """Press the pointer's first button there."""

    @abstractmethod
    def type(self, keys: str) -> None:
        """Type into what has the focus."""

    @abstractmethod
    def files(self) -> list[tuple[str, str]]:
        """What this visitor has saved so far, oldest first: names and contents."""

    def wait(self, function: str, *arguments: object) -> Any:
        """What the function returns as soon as that is true; AssertionError when it stays false."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                if found := self.evaluate(function, *arguments):
                    return found
            except Exception:  # each engine has its own for a page that is just being left
                if time.monotonic() > end:
                    raise
            if time.monotonic() > end:
                text = self.evaluate("() => document.body.innerText")
                raise AssertionError(f"never true: {function} of {arguments}, on a page that reads: {text}")
            time.sleep(0.02)

    def press(self, name: str, within: str | None = None) -> None:
        """Press what has this name, as a person does with the pointer; within: a selector of what it lies in."""
        x, y = self.wait(FIND, name, within)
        self.point(x, y)

    def fill(self, label: str, text: str) -> None:
        """Press a field and type into it, in place of what it holds."""
        self.press(label)
        self.evaluate("() => document.activeElement.select()")
        self.type(text)

    def set(self, label: str, value: str) -> None:
        """Put a value into a list or a slider."""
        self.wait(SET, label, value)

    def reads(self, sentence: str) -> None:
        """Wait until this stands on the page."""
        self.wait("(sentence) => document.body.innerText.includes(sentence)", sentence)

    def saved(self, count: int = 1) -> tuple[str, str]:
        """Wait until so many files have been saved: the last one's name and content."""
        end = time.monotonic() + PATIENCE
        while len(found := self.files()) < count:
            assert time.monotonic() < end, f"{len(found)} files were saved, not {count}"
            self.evaluate("() => new Promise((done) => setTimeout(done, 50))")
        return found[count - 1]


class Engine(ABC):
    """A running browser: its name and version, and its visitors, who share nothing."""

    name: str
    version: str
    way: str  # where it is from

    @abstractmethod
    def visitor(self) -> Any:
        """Context manager: the first tab of somebody new."""


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


class Bidi:
    """Commands of WebDriver BiDi to a Firefox of one's own, which ends with the stack."""

    def __init__(self, path: str, stack: ExitStack) -> None:
        profile = stack.enter_context(TemporaryDirectory(ignore_cleanup_errors=True))
        # Driven, it would let pages opened as files load their scripts, which nobody else's Firefox does.
        (Path(profile) / "user.js").write_text('user_pref("security.fileuri.strict_origin_policy", true);\n')
        command = [path, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        stack.callback(_end, process)
        found = (re.search(r"WebDriver BiDi listening on (\S+)", line) for line in process.stderr or ())
        address = next((match.group(1) for match in found if match), None)
        if address is None:
            raise RuntimeError("it does not speak WebDriver BiDi")
        # A page may not speak to it: only who sends no origin is let in.
        self.socket = websocket.create_connection(f"{address}/session", suppress_origin=True, timeout=60)
        stack.callback(self.socket.close)
        self.count = 0

    def send(self, method: str, **parameters: object) -> dict[str, Any]:
        self.count += 1
        self.socket.send(json.dumps({"id": self.count, "method": method, "params": parameters}))
        while (answer := json.loads(self.socket.recv())).get("id") != self.count:
            pass  # an event
        if answer["type"] == "error":
            raise RuntimeError(f"{method}: {answer['message']}")
        return answer["result"]


class BidiTab(Tab):
    def __init__(self, bidi: Bidi, user: str, downloads: Saved) -> None:
        self.bidi, self.user, self.downloads = bidi, user, downloads
        self.id = bidi.send("browsingContext.create", type="tab", userContext=user)["context"]
        self._send("setViewport", viewport={"width": SIZE[0], "height": SIZE[1]})

    def _send(self, command: str, **parameters: object) -> dict[str, Any]:
        return self.bidi.send(f"browsingContext.{command}", context=self.id, **parameters)

    def open(self, address: str) -> None:
        self._send("navigate", url=address, wait="complete")

    def reload(self) -> None:
        self._send("reload", wait="complete")

    def back(self) -> None:
        self._send("traverseHistory", delta=-1)

    def close(self) -> None:
        self._send("close")

    def another(self) -> Tab:
        return BidiTab(self.bidi, self.user, self.downloads)

    def front(self) -> None:
        self._send("activate")

    def evaluate(self, function: str, *arguments: object) -> Any:
        said = self.bidi.send(
            "script.callFunction",
            functionDeclaration=f"async (all) => JSON.stringify(await ({function})(...JSON.parse(all)))",
            arguments=[{"type": "string", "value": json.dumps(arguments)}],
            awaitPromise=True,
            target={"context": self.id},
        )
        if said["type"] != "success":
            raise RuntimeError(said["exceptionDetails"]["text"])
        return json.loads(said["result"].get("value", "null"))

    def _act(self, kind: str, actions: list[dict[str, object]]) -> None:
        self.bidi.send(
            "input.performActions", context=self.id, actions=[{"type": kind, "id": kind, "actions": actions}]
        )

    def point(self, x: float, y: float) -> None:
        pressed = [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        self._act("pointer", [{"type": "pointerMove", "x": round(x), "y": round(y)}, *pressed])

    def type(self, keys: str) -> None:
        self._act("key", [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")])

    def files(self) -> list[tuple[str, str]]:
        return self.downloads.files()


class FirefoxEngine(Engine):
    name = "firefox"

    def __init__(self, path: str, stack: ExitStack) -> None:
        self.way, self.bidi = path, Bidi(path, stack)
        self.version = self.bidi.send("session.new", capabilities={})["capabilities"]["browserVersion"]

    @contextmanager
    def visitor(self) -> Iterator[Tab]:
        user = self.bidi.send("browser.createUserContext")["userContext"]
        with TemporaryDirectory() as folder:
            allowed = {"type": "allowed", "destinationFolder": folder}
            self.bidi.send("browser.setDownloadBehavior", downloadBehavior=allowed, userContexts=[user])
            yield BidiTab(self.bidi, user, Saved(Path(folder)))
            self.bidi.send("browser.removeUserContext", userContext=user)


class WebDriverTab(Tab):
    def __init__(self, driver: webdriver.WebKitGTK, downloads: Saved) -> None:
        self.driver, self.downloads = driver, downloads
        driver.switch_to.new_window("window")  # without a window manager no tab but the first can be pressed
        self.handle = driver.current_window_handle
        driver.set_window_rect(0, 0, *SIZE)
        inner = driver.execute_script("return [innerWidth, innerHeight]")
        driver.set_window_rect(0, 0, *(2 * want - got for want, got in zip(SIZE, inner, strict=True)))

    def front(self) -> None:
        if self.driver.current_window_handle != self.handle:
            self.driver.switch_to.window(self.handle)

    def open(self, address: str) -> None:
        self.front()
        self.driver.get(address)

    def reload(self) -> None:
        self.front()
        self.driver.refresh()

    def back(self) -> None:
        self.front()
        self.driver.back()

    def close(self) -> None:
        self.front()
        self.driver.close()
        self.driver.switch_to.window(self.driver.window_handles[0])

    def another(self) -> Tab:
        return WebDriverTab(self.driver, self.downloads)

    def evaluate(self, function: str, *arguments: object) -> Any:
        self.front()
        said = self.driver.execute_async_script(
            f"""const [all, done] = arguments;
            (async () => ({function})(...JSON.parse(all)))().then(
                (value) => done(["value", JSON.stringify(value)]), (error) => done(["error", String(error)]));""",
            json.dumps(arguments),
        )
        if said[0] == "error":
            raise RuntimeError(said[1])
        return json.loads(said[1] or "null")

    def point(self, x: float, y: float) -> None:
        self.front()
        actions = ActionBuilder(self.driver)
        actions.pointer_action.move_to_location(round(x), round(y))
        actions.pointer_action.pointer_down().pointer_up()
        actions.perform()

    def type(self, keys: str) -> None:
        self.front()
        self.driver.switch_to.active_element.send_keys(keys)

    def files(self) -> list[tuple[str, str]]:
        return self.downloads.files()


class WebKitEngine(Engine):
    name = "webkit"

    def __init__(self, path: str, screen: str, stack: ExitStack) -> None:
        self.way = path
        home = Path(stack.enter_context(TemporaryDirectory(ignore_cleanup_errors=True)))
        self.downloads = home / "saved"
        self.downloads.mkdir()
        (home / "user-dirs.dirs").write_text(f'XDG_DOWNLOAD_DIR="{self.downloads}"\n')
        command = [screen, "-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"]
        shown = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        stack.callback(_end, shown)
        display = f":{shown.stdout.readline().strip()}" if shown.stdout else ""
        env = {**os.environ, "DISPLAY": display, "HOME": str(home), "XDG_CONFIG_HOME": str(home)}
        service = webdriver.WebKitGTKService(path, env=env)
        self.driver = webdriver.WebKitGTK(service=service)
        stack.callback(self.driver.quit)
        self.version = self.driver.capabilities["browserVersion"]

    @contextmanager
    def visitor(self) -> Iterator[Tab]:
        """Tests' sites have a port each, and with it storage of their own."""
        for path in self.downloads.iterdir():
            path.unlink()
        first = self.driver.current_window_handle
        yield WebDriverTab(self.driver, Saved(self.downloads))
        for handle in self.driver.window_handles:
            if handle != first:
                self.driver.switch_to.window(handle)
                self.driver.close()
        self.driver.switch_to.window(first)


class Saved:
    """The files that a browser saves into a folder, taken out of it: the same name may come again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seen: list[tuple[str, str]] = []

    def files(self) -> list[tuple[str, str]]:
        """Names and contents of whole files so far: what is on its way has another name, or nothing in it."""
        found = [path for path in self.folder.iterdir() if path.suffix not in (".part", ".wkdownload")]
        for path in sorted(found, key=lambda path: path.stat().st_mtime_ns):
            if path.stat().st_size and not any(self.folder.glob(f"{path.stem}*.part")):
                self.seen.append((path.name, path.read_text("utf-8")))
                path.unlink()
        return list(self.seen)


def _end(process: subprocess.Popen) -> None:
    process.terminate()
    process.wait(timeout=20)
    if process.stdout:
        process.stdout.close()
    if process.stderr:
        process.stderr.close()


def _ways(name: str, playwright: Playwright) -> Iterator[Any]:
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
