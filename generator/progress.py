"""What is told while stages run: whom, how long each took, and whether everything was kept from before."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from .store import Store


@runtime_checkable
class Reporter(Protocol):
    """Told what a command does; the command line shows it, tests count it."""

    def begin(self, stage: str, unit: str) -> None: ...
    def advance(self, done: float, total: float) -> None: ...
    def end(self, stage: StageReport) -> None: ...
    def warn(self, sentence: str) -> None: ...


Progress = Callable[[str, float, float], None]  # stage, done, of how many: what a notebook is told


class Told:
    """A reporter that tells a function, another reporter or nobody, and keeps what researchers must know.

    warnings: the sentences, in their order.
    """

    def __init__(self, whom: Progress | Reporter | None) -> None:
        self.warnings: list[str] = []
        self._stage = ""
        self._reporter = whom if isinstance(whom, Reporter) else None
        self._function = None if isinstance(whom, Reporter) else whom

    def begin(self, stage: str, unit: str) -> None:
        self._stage = stage
        if self._reporter:
            self._reporter.begin(stage, unit)

    def advance(self, done: float, total: float) -> None:
        if self._reporter:
            self._reporter.advance(done, total)
        elif self._function:
            self._function(self._stage, done, total)

    def end(self, stage: StageReport) -> None:
        if self._reporter:
            self._reporter.end(stage)

    def warn(self, sentence: str) -> None:
        self.warnings.append(sentence)
        if self._reporter:
            self._reporter.warn(sentence)


@dataclass(frozen=True)
class StageReport:
    """One stage: wall-clock seconds, whether everything was there already, what came out."""

    name: str
    seconds: float
    cached: bool
    result: str


@dataclass
class Stage:
    """A stage while it runs; whoever runs it says in `result` what came out."""

    result: str = ""


class Stages:
    """Runs stages one after the other, each timed and told to the reporter. finished: their reports."""

    def __init__(self, store: Store, reporter: Reporter) -> None:
        self.finished: list[StageReport] = []
        self._store, self._reporter = store, reporter

    @contextmanager
    def __call__(self, name: str, unit: str, kept: bool = True) -> Iterator[Stage]:
        """One stage. unit: what it counts in; kept: whether its work is in the store (else it is done each time)."""
        self._reporter.begin(name, unit)
        began, written, now = time.monotonic(), self._store.written, Stage()
        yield now
        cached = kept and self._store.written == written
        self.finished.append(StageReport(name, time.monotonic() - began, cached, now.result))
        self._reporter.end(self.finished[-1])
