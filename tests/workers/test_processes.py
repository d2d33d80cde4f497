"""Processes that paint: what reaches them of a terminal's signals."""

from __future__ import annotations

import signal

import pytest

from generator.workers import process_pool


def masked() -> set[int]:
    return signal.pthread_sigmask(signal.SIG_BLOCK, ())


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="no signal masks here")
def test_processes_of_a_pool_never_hear_ctrl_c() -> None:
    """From their first moment on: one that was interrupted while it started or took a task left its pool waiting."""
    before = masked()
    assert signal.SIGINT not in before
    with process_pool() as pool:
        assert signal.SIGINT in pool.submit(masked).result()
    assert masked() == before
