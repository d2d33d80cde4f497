"""Processes that compute beside this one and end with it, however it ends."""

from __future__ import annotations

import os
import signal
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import parent_process
from multiprocessing.context import SpawnContext, SpawnProcess
from types import ModuleType
from typing import Any

PROCESSES = "IMETRIC_PROCESSES"  # a variable: how many a process may have beside it that shares the cores with others


def process_pool() -> ProcessPoolExecutor:
    """A pool with a process for each core. Spawned, not forked: a fork of a process with torch's threads can hang."""
    return ProcessPoolExecutor(int(os.environ.get(PROCESSES) or os.cpu_count() or 1), _Context(), _end_with_parent)


class _Process(SpawnProcess):
    """A spawned process that does not run the user's script again, as every other does: it needs nothing of it.

    Nor does Ctrl-C reach it, which a terminal sends to all: it ends with its parent, and says nothing.
    """

    @staticmethod
    def _Popen(process_obj: Any) -> Any:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")  # whose file, were there one, the new process would run
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if os.name == "posix" else None
        try:  # a new process has the signals blocked that were blocked where it was begun
            return SpawnProcess._Popen(process_obj)  # type: ignore[attr-defined]
        finally:
            sys.modules["__main__"] = main
            if blocked is not None:
                signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


class _Context(SpawnContext):
    Process = _Process


def _end_with_parent() -> None:
    """Have this process end as soon as its parent is gone: a killed one cannot tell its pool to shut down."""
    parent = parent_process()

    def wait() -> None:
        assert parent is not None  # a pool's process has one
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True, name="ends with the parent").start()
