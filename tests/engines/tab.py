"""What is done to a page in any engine, in terms of the few things that each does in its own way."""

from __future__ import annotations

import subprocess
import time
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

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
            time.sleep(0.05)

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
    def visitor(self) -> AbstractContextManager[Tab]:
        """The first tab of somebody new, for as long as the context lasts."""


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


def end(process: subprocess.Popen) -> None:
    """End a process that was started for an engine."""
    process.terminate()
    process.wait(timeout=20)
    if process.stdout:
        process.stdout.close()
