"""Artifacts: kept, checked, never half, made again when damaged."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from generator.errors import StudyError
from generator.store import _HOST, DAY, Store, clear_unfinished, digest_of_arrays, write_atomically


def made() -> dict[str, np.ndarray]:
    return {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "empty": np.zeros((0, 2), np.uint8)}


def test_an_artifact_is_made_once_and_depends_on_what_it_says(tmp_path: Path) -> None:
    store, calls = Store(tmp_path), []
    for key in ({"x": 1, "y": 2}, {"y": 2, "x": 1}, {"x": 1, "y": 3}):
        arrays = store.get("stage", key, lambda: (calls.append(1), made())[1])
        np.testing.assert_array_equal(arrays["a"], made()["a"])
        assert arrays["empty"].shape == (0, 2)
    assert len(calls) == 2
    assert store.written == 2
    again = Store(tmp_path)
    again.get("stage", {"x": 1, "y": 2}, made)
    assert again.written == 0


def test_where_an_artifact_was_computed_is_kept_with_it(tmp_path: Path) -> None:
    origins = [{"device": "cpu: a", "number_format": "float32"}, {"device": "cpu: b", "number_format": "float32"}]
    for k, origin in enumerate(origins):
        Store(tmp_path).get("stage", k, made, lambda origin=origin: origin)
    store = Store(tmp_path)
    for k in (1, 0, 1):
        store.get("stage", k, made, lambda: {"device": "another"})
    assert store.written == 0 and store.origins == {"stage": origins}


def test_the_same_artifact_is_the_same_file(tmp_path: Path) -> None:
    for k in range(10):  # the order of a header's entries is drawn anew by each process, or oftener
        Store(tmp_path / str(k)).write("stage", 1, made(), {"device": "cpu: å"})
    assert len({Store(tmp_path / str(k)).path("stage", 1).read_bytes() for k in range(10)}) == 1
    arrays = Store(tmp_path / "0").read("stage", 1)
    assert arrays is not None and digest_of_arrays(arrays) == digest_of_arrays(made())


def test_fresh_computes_again_but_once(tmp_path: Path) -> None:
    Store(tmp_path).write("stage", 1, made())
    fresh = Store(tmp_path, fresh=True)
    for _ in range(2):
        fresh.get("stage", 1, made)
    assert fresh.written == 1


@pytest.mark.parametrize("damage", ["cut", "flip", "empty"])
def test_a_damaged_artifact_is_made_again(tmp_path: Path, damage: str) -> None:
    store = Store(tmp_path)
    store.write("stage", 1, made())
    path = store.path("stage", 1)
    content = bytearray(path.read_bytes())
    if damage == "flip":
        content[-1] ^= 0xFF
    path.write_bytes({"cut": bytes(content[:-7]), "flip": bytes(content), "empty": b""}[damage])
    assert store.read("stage", 1) is None
    store.get("stage", 1, made)
    assert store.written == 2
    assert store.read("stage", 1) is not None


def test_a_crash_while_writing_leaves_the_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"old")

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", crash)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["file"]


def test_a_full_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StudyError) as caught:
        write_atomically(tmp_path / "file", b"x" * 2_000_000)
    assert str(caught.value) == (
        f"the disk is full: {tmp_path / 'file'} needs 2.0 MB; free some space and run the same command again, finished "
        "work is kept"
    )
    assert os.listdir(tmp_path) == []


def test_digests_tell_names_shapes_and_types_apart() -> None:
    a = np.zeros((2, 3), np.float32)
    variants = [{"a": a}, {"b": a}, {"a": a.reshape(3, 2)}, {"a": a.astype(np.int32)}, {"a": a + 1}]
    assert len({digest_of_arrays(v) for v in variants}) == len(variants)


def test_what_killed_processes_left_is_cleared_and_nothing_else(tmp_path: Path) -> None:
    process = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    folder = tmp_path / "visualizations"
    folder.mkdir()
    dead, alive = int(process.stdout), os.getpid()
    for name in (f"{_HOST}-{dead}-a", f"{_HOST}-{alive}-b", f"elsewhere-{dead}-c", f"elsewhere-{dead}-old", "older"):
        (folder / f".writing-{name}").write_bytes(b"half")
    (folder / "kept.safetensors").write_bytes(b"whole")
    (folder / "writing-notes.txt").write_text("a user's own")
    for name in (f"elsewhere-{dead}-old", "older"):
        os.utime(folder / f".writing-{name}", (time.time() - 2 * DAY,) * 2)
    clear_unfinished(tmp_path, tmp_path / "none")
    left = sorted(p.name for p in folder.iterdir())
    assert left == sorted(
        [f".writing-{_HOST}-{alive}-b", f".writing-elsewhere-{dead}-c", "kept.safetensors", "writing-notes.txt"]
    )
