"""Tasks done one after another: results in the store, progress in the tasks' own units."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from generator.errors import StudyError
from generator.store import Store
from generator.workers import Local, Task, Worker


def square(number: int, worker: Worker, advance: Callable[[float], None]) -> None:
    worker.store.write("squares", number, {"square": np.array(worker.handle * number**2)})
    advance(1)


def fail(worker: Worker, advance: Callable[[float], None]) -> None:
    raise StudyError("it cannot be done")


def test_no_task_is_done_and_told() -> None:
    Local(Worker(None, Store(Path("nowhere")))).run([], lambda *told: pytest.fail(f"told {told}"))


def test_results_are_in_the_store(tmp_path: Path) -> None:
    told: list[tuple[float, float]] = []
    worker = Worker(10, Store(tmp_path))
    tasks = [Task(f"{k} squared", partial(square, k), 1) for k in range(3)]
    Local(worker).run(tasks, lambda *each: told.append(each))
    assert [worker.store.read("squares", k)["square"].item() for k in range(3)] == [0, 10, 40]  # type: ignore[index]
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_what_was_finished_before_a_failure_is_kept(tmp_path: Path) -> None:
    store = Store(tmp_path)
    tasks = [Task("first", partial(square, 1), 1), Task("second", fail, 1), Task("third", partial(square, 2), 1)]
    with pytest.raises(StudyError, match="^it cannot be done$"):
        Local(Worker(1, store)).run(tasks, lambda *_: None)
    assert store.read("squares", 1) is not None and store.read("squares", 2) is None
