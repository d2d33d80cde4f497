"""Tasks whose results lie in the store -> the same results, wherever they are done: here, one after another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..store import Store

OnProgress = Callable[[float, float], None]  # done, of how many
PIECES = 3  # tasks for each place


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


def pieces(count: int, executor: Executor, largest: int, fewest: int = 1) -> list[slice]:
    """Work on so many things -> slices of it for a task each, of `largest` things or fewer.

    Where tasks are done one after another they are as large as they may be; else there are some for every place, so
    that none is idle long at the end and little is lost with a place. fewest: things that are computed together at less
    cost than fewer; tasks are smaller only where places would be idle. Results must not depend on how work is cut.
    """
    size = largest
    if executor.places:
        some, share = -(-count // (PIECES * executor.places)), -(-count // executor.places)
        size = max(1, min(largest, max(some, min(fewest, share))))
    return [slice(first, min(first + size, count)) for first in range(0, count, size)]


class Executor(Protocol):
    """Does tasks, in any order and anywhere; afterwards their results are in the store.

    places: how many tasks are done at once, for whoever cuts work into tasks; 0: one after another, in this process.
    """

    @property
    def places(self) -> int: ...

    def run(self, tasks: Sequence[Task], on_progress: OnProgress) -> None:
        """Raises StudyError for a task that cannot be done; what others finished is kept."""


class Local:
    """Does tasks in this process, one after another."""

    places = 0

    def __init__(self, worker: Worker) -> None:
        self.worker = worker

    def run(self, tasks: Sequence[Task], on_progress: OnProgress) -> None:
        total, done = sum(task.size for task in tasks), 0.0

        def advance(count: float) -> None:
            nonlocal done
            done += count
            on_progress(min(done, total), total)  # of fractions the sum may be a last digit more

        for task in tasks:
            task.run(self.worker, advance)
