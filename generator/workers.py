"""Processes that compute beside this one and end with it, however it ends."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process


def process_pool() -> ProcessPoolExecutor:
    """A pool with a process for each core. Spawned, not forked: a fork of a process with torch's threads can hang."""
    return ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), _end_with_parent)


def _end_with_parent() -> None:
    """Have this process end as soon as its parent is gone: a killed one cannot tell its pool to shut down."""
    parent = parent_process()

    def wait() -> None:
        assert parent is not None  # a pool's process has one
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True, name="ends with the parent").start()
