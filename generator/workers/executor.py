"""Tasks whose results lie in the store -> the same results, wherever they are done: here, one after another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..store import Store

OnProgress = Callable[[float, float], None]  # done, of how many


@dataclass(frozen=True)
class Worker:
    """What a process that does tasks holds: the network (`models.NetworkHandle`), built once, and the store."""

    handle: Any
    store: Store


@dataclass(frozen=True)
class Task:
    """A piece of work that writes its results to the worker's store under keys that say what they depend on.

    name: in words, for whoever must know that it failed; run(worker, advance): a function of a module, or `partial` of
    one, so that another process can be given it; advance(count) is told of what is done; size: how much that is in all.
    """

    name: str
    run: Callable[[Worker, Callable[[float], None]], None]
    size: float


class Executor(Protocol):
    """Does tasks, in any order and anywhere; afterwards their results are in the store."""

    def run(self, tasks: Sequence[Task], on_progress: OnProgress) -> None:
        """Raises StudyError for a task that cannot be done; what others finished is kept."""


class Local:
    """Does tasks in this process, one after another."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker

    def run(self, tasks: Sequence[Task], on_progress: OnProgress) -> None:
        total, done = sum(task.size for task in tasks), 0.0

        def advance(count: float) -> None:
            nonlocal done
            done += count
            on_progress(done, total)

        for task in tasks:
            task.run(self.worker, advance)
