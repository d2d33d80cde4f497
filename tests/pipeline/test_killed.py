"""A build that is killed, alone or with all its processes: nothing lives on, and the next one ends with the same bytes."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.store import UNFINISHED

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="signals differ")]
ROOT = Path(__file__).parents[2]
STUDY = """
seed = 5
[data]
per_class = 30
[selection]
count = 2
top_edge_num = 20
bottom_edge_num = 20
min_max_ratio_min = 1
visualization_min = 0
similarity_max = 1
[visualization]
iterations = 1
[gridcam]
windows = [7]
[site]
practice = 0
"""


def begin(folder: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    words = [sys.executable, "-m", "generator", "build", "--exp", "1", "--study", "study.toml", "--device", "cpu"]
    return subprocess.Popen(
        words, cwd=folder, env=environment, text=True, stderr=subprocess.PIPE, start_new_session=True
    )


def members(group: int) -> int:
    """Living processes of a process group: by /proc where there is one, else by ps."""
    found: list[tuple[str, str]] = []  # (group, state)
    if Path("/proc/self/stat").exists():
        for file in Path("/proc").glob("[0-9]*/stat"):
            try:
                state, _, number = file.read_text().rpartition(")")[2].split()[:3]
            except OSError:  # it has ended meanwhile
                continue
            found.append((number, state))
    else:
        listed = subprocess.run(["ps", "-A", "-o", "pgid=,stat="], capture_output=True, text=True, check=True).stdout
        found += [(number, state) for number, state in map(str.split, listed.splitlines())]
    return sum(int(number) == group and not state.startswith("Z") for number, state in found)


def becomes(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether a condition comes true within so many seconds."""
    until = time.monotonic() + seconds
    while not (true := condition()) and time.monotonic() < until:
        time.sleep(0.1)
    return true


def content(folder: Path) -> dict[str, str]:
    files = [p for place in ("dist", "private") for p in sorted((folder / place).rglob("*")) if p.is_file()]
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the build writes when nobody disturbs it."""
    folder = tmp_path_factory.mktemp("undisturbed")
    (folder / "study.toml").write_text(STUDY)
    process = begin(folder)
    _, output = process.communicate(timeout=300)
    assert process.returncode == 0, output
    return content(folder)


@pytest.mark.parametrize("alone", [True, False], ids=["the main process", "the whole group"])
def test_a_killed_build_leaves_nothing_behind_and_is_taken_up(
    whole: dict[str, str], tmp_path: Path, alone: bool
) -> None:
    (tmp_path / "study.toml").write_text(STUDY)
    process = begin(tmp_path)
    assert becomes(lambda: members(process.pid) > 2, 60), "the pictures are painted by processes of their own"
    time.sleep(0.5)
    (os.kill if alone else os.killpg)(process.pid, signal.SIGKILL)
    process.wait()
    try:
        assert becomes(lambda: members(process.pid) == 0, 20), "a process of the killed build lives on"
    finally:
        if members(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
    assert process.stderr is not None
    process.stderr.close()
    left = tmp_path / "artifacts" / "pictures" / f"{UNFINISHED}x"
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    again = begin(tmp_path)
    _, output = again.communicate(timeout=300)
    assert again.returncode == 0, output
    assert content(tmp_path) == whole
    assert not list(tmp_path.rglob(f"{UNFINISHED}*"))


def test_a_build_that_is_killed_again_and_again_ends_with_the_same_files(tmp_path: Path) -> None:
    """At three random moments, as `benchmarks/interrupted.py` does until it ends."""
    from benchmarks.interrupted import measure

    (tmp_path / "study.toml").write_text(STUDY.replace("iterations = 1", "iterations = 40"))
    found = measure(["--study", str(tmp_path / "study.toml")], seed=3, least=3, most=7, kills=3)
    assert found["same_files"] and found["same_artifacts"] and not found["unfinished_left"]
    assert 1 <= found["kills"] <= 3
