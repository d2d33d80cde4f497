"""Tasks for tests of executors, and a handle of no network: in a module of their own, which other processes import."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from generator.errors import StudyError, Unreachable
from generator.workers import Worker

Advance = Callable[[float], None]


@dataclass(frozen=True)
class Number:
    """Stands for a network's handle."""

    value: int
    identity: str = "a number"


def number_on(value: int, device: str) -> Number:
    return Number(value)


def number_late(folder: Path, value: int, device: str) -> Number:
    """The first process has it at once; any other has another one, once the file `go` is there."""
    try:
        (folder / "first").mkdir()
    except FileExistsError:
        while not (folder / "go").exists():
            time.sleep(0.05)
        return Number(value, "another number")
    return Number(value)


def square(number: int, worker: Worker, advance: Advance) -> None:
    worker.store.write("squares", number, {"square": np.array(worker.handle.value * number**2)})
    advance(1)


def refuse(worker: Worker, advance: Advance) -> None:
    raise StudyError("picture 7 cannot be read")


def lose(worker: Worker, advance: Advance) -> None:
    raise Unreachable("the bucket does not answer")


def fail(worker: Worker, advance: Advance) -> None:
    raise ValueError("no such number")


def die(worker: Worker, advance: Advance) -> None:
    os._exit(1)


def held(folder: Path, run: Callable[[Worker, Advance], None], worker: Worker, advance: Advance) -> None:
    """Say on which node this is, and do nothing until the file `go` is there."""
    import ray

    (folder / f"at-{ray.get_runtime_context().get_node_id()}").touch()
    while not (folder / "go").exists():
        time.sleep(0.05)
    run(worker, advance)


def by_process(folder: Path, run: Callable[[Worker, Advance], None], worker: Worker, advance: Advance) -> None:
    """Say which process this is."""
    (folder / f"by-{os.getpid()}").touch()
    run(worker, advance)
