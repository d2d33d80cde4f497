"""Ctrl-C while nodes work: what is finished is kept, nothing lives on, and a cluster that was there before goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import pytest

from generator.store import HALFWAY, UNFINISHED
from tests.cli.test_commands import interruptible
from tests.small_study import SIDE

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'imetric[cluster]'")

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="signals differ")]
ROOT = Path(__file__).parents[2]
MARK = "IMETRIC_TEST"  # a variable of all processes that a command begins
STUDY = f"""
[data]
kind = "folder"
path = "PICTURES"
[model]
name = "tests.small_study:small_model"
size = {SIDE}
mean = [0.5, 0.5, 0.5]
std = [0.25, 0.25, 0.25]
[selection]
count = 3
top_edge_num = 14
bottom_edge_num = 14
top_min = 0
min_max_ratio_min = 1.01
visualization_min = 0
[visualization]
iterations = 100000
"""


def living(mark: str) -> list[str]:
    """Command lines of processes with this mark."""
    found = []
    for each in psutil.process_iter():
        try:
            if each.environ().get(MARK) == mark and each.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(each.cmdline()))
        except psutil.Error:  # somebody else's, or it has ended meanwhile
            continue
    return found


def becomes(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether a condition comes true within so many seconds."""
    until = time.monotonic() + seconds
    while not (true := condition()) and time.monotonic() < until:
        time.sleep(0.2)
    return true


def stopped(
    folder: Path, photographs: Path, address: str, mark: str, **environs: str
) -> subprocess.CompletedProcess[str]:
    """A build that would take minutes, stopped by Ctrl-C as soon as a node has been at work for some seconds."""
    (folder / "study.toml").write_text(STUDY.replace("PICTURES", str(photographs)))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "RAY_USAGE_STATS_ENABLED": "0", MARK: mark, "COLUMNS": "200"}
    environment |= environs
    environment.pop("RAY_ADDRESS", None)
    words = ["build", "--study", "study.toml", "--device", "cpu", "--cluster", address]
    process = subprocess.Popen(
        [sys.executable, "-m", "generator", *words], cwd=folder, env=environment, text=True, stderr=subprocess.PIPE,
        start_new_session=True, preexec_fn=interruptible,
    )  # fmt: skip
    try:
        at_work = becomes(
            lambda: process.poll() is not None or any((folder / "artifacts" / HALFWAY).glob("*.safetensors")), 240
        )
        assert at_work, "no node has begun"
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the command and to what it began
        _, output = process.communicate(timeout=120)
        return subprocess.CompletedProcess(words, process.returncode, stderr=output)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def check(ended: subprocess.CompletedProcess[str], folder: Path) -> None:
    """It said what it has to say, and kept the pictures' activations."""
    assert ended.returncode == 130, ended.stderr
    last = ended.stderr.rstrip().splitlines()[-1]
    assert last == "stopped; finished work is kept, the same command goes on from here", ended.stderr
    assert "Traceback" not in ended.stderr
    for stage in ("pictures", "activations"):
        assert any((folder / "artifacts" / stage).glob("*.safetensors"))
    assert not list(folder.rglob(".imetric-cluster-*"))


def test_a_cluster_of_its_own_ends_with_the_command(photographs: Path, tmp_path: Path) -> None:
    mark = uuid.uuid4().hex
    # There a cluster that another test has on this machine is not seen; tmp_path is too long for names of sockets.
    with TemporaryDirectory(ignore_cleanup_errors=True) as apart:
        check(stopped(tmp_path, photographs, "auto", mark, RAY_TMPDIR=apart), tmp_path)
        assert becomes(lambda: not living(mark), 60), living(mark)
    assert not list(tmp_path.rglob(f"{UNFINISHED}*"))


@pytest.mark.skipif(sys.platform != "linux", reason="several nodes are Linux's alone")
def test_a_cluster_that_was_there_goes_on_without_our_processes(photographs: Path, tmp_path: Path, nodes: Any) -> None:
    mark = uuid.uuid4().hex
    free = ray.available_resources()["CPU"]
    check(stopped(tmp_path, photographs, nodes.address, mark), tmp_path)
    assert becomes(lambda: not living(mark), 60), living(mark)
    assert becomes(lambda: ray.available_resources().get("CPU") == free, 60), "a process of the command holds a core"
    assert sum(node["Alive"] for node in ray.nodes()) == 3
