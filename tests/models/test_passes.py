"""Pictures and their activations in one pass: each decoded once, by tasks that another process can be given."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generator.errors import StudyError
from generator.models import NetworkHandle, activate_parts
from generator.models.activations import compute_activations
from generator.pictures import PictureSet, load_pictures
from generator.pictures.sources import FileSource
from generator.store import Store
from generator.study import DataSettings
from generator.workers import Task, Worker
from tests.small_study import picture, study

COUNT = 20


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Twenty files, one of them no picture; read in parts of four, two of them a task."""
    monkeypatch.setattr("generator.pictures.loading.PART", 4)
    monkeypatch.setattr("generator.pictures.loading.TOGETHER", 2)
    place = tmp_path / "in"
    place.mkdir()
    for k in range(COUNT):
        Image.fromarray(picture(k)).save(place / f"{k:02d}.png")
    (place / "09.png").write_text("no picture")
    return place


class Elsewhere:
    """Does each task as another process would: as bytes, with a store of its own on the same folder."""

    def __init__(self, handle: NetworkHandle, root: Path) -> None:
        self.handle, self.root, self.done = handle, root, list[str]()

    def run(self, tasks: Sequence[Task], on_progress: Callable[[float, float], None]) -> None:
        total, done = sum(task.size for task in tasks), 0.0
        for task in tasks:
            counts: list[float] = []
            pickle.loads(pickle.dumps(task)).run(Worker(self.handle, Store(self.root)), counts.append)
            assert sum(counts) == task.size
            done += task.size
            on_progress(done, total)
            self.done.append(task.name)


def handle(folder: Path, **model: object) -> NetworkHandle:
    return NetworkHandle(study(folder, model=model).model, "cpu")


def read(folder: Path, executor: Elsewhere) -> PictureSet:
    settings = DataSettings(kind="folder", path=folder)
    return load_pictures(settings, 32, 0, Store(executor.root), lambda *_: None, executor, activate_parts)


def test_tasks_done_elsewhere_decode_each_picture_once(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, root, decoded = handle(folder), tmp_path / "store", list[str]()
    make = FileSource.pixels

    def counted(self: FileSource, size: int) -> np.ndarray | str:
        decoded.append(self.name)
        return make(self, size)

    executor = Elsewhere(network, root)
    with monkeypatch.context() as patch:
        patch.setattr(FileSource, "pixels", counted)
        pictures = read(folder, executor)
        activations = network.activations(pictures, Store(root), lambda *_: pytest.fail("computed again"), executor)
    assert sorted(decoded) == [f"{k:02d}.png" for k in range(COUNT)]
    assert executor.done == [
        "pictures 00.png to 07.png", "pictures 08.png to 15.png", "pictures 16.png to 19.png",
    ]  # fmt: skip
    expected = np.concatenate([compute_activations(network.fused, pictures.pixels[k : k + 4]) for k in (0, 4)])
    np.testing.assert_array_equal(activations.rows(range(8)), expected)
    assert activations.shape == (COUNT - 1, 24) and pictures.skipped == (("09.png", "not a picture"),)


def test_another_network_computes_activations_alone(folder: Path, tmp_path: Path) -> None:
    first = Elsewhere(handle(folder), tmp_path / "store")
    pictures = read(folder, first)
    second = Elsewhere(handle(folder, std=(0.5,) * 3), tmp_path / "store")
    store, told = Store(second.root), list[tuple[float, float]]()
    activations = second.handle.activations(pictures, store, lambda *how_far: told.append(how_far), second)
    assert told == [(8, 20), (16, 20), (20, 20)] and activations.shape == (COUNT - 1, 24)
    assert len(list((second.root / "pictures").iterdir())) == 5
    assert len(list((second.root / "activations").iterdir())) == 10


def test_activations_that_are_gone_are_told(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.models.matrix.REMEMBERED", 0)
    executor = Elsewhere(handle(folder), tmp_path / "store")
    pictures, store = read(folder, executor), Store(executor.root)
    activations = executor.handle.activations(pictures, store, lambda *_: None, executor)
    store.path("activations", executor.handle.depends_on(pictures.parts[1])).unlink()
    assert len(activations.rows([0])) == 1
    with pytest.raises(StudyError) as caught:
        activations.rows([4])
    assert str(caught.value) == (
        f"activations of 04.png and those after it are gone from {executor.root} or damaged: run the same command again"
    )
