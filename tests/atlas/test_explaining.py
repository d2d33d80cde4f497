"""Grid-cams of units' top pictures: a picture that several units show goes through the network once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import generator
from generator.atlas.explaining import UnitGridcams
from generator.errors import StudyError
from generator.models import NetworkHandle
from generator.pictures import load_pictures
from generator.store import Store
from generator.workers import Local, Task, Worker
from tests.small_study import study


class Sizes(Local):
    """Remembers the sizes of the tasks that it does."""

    def __init__(self, worker: Worker) -> None:
        super().__init__(worker)
        self.sizes: list[float] = []

    def run(self, tasks: Sequence[Task], on_progress) -> None:
        self.sizes += [task.size for task in tasks]
        super().run(tasks, on_progress)


def test_a_picture_is_computed_once_for_all_units_that_show_it(photographs: Path, tmp_path: Path) -> None:
    settings, store = study(photographs, gridcam={"windows": (7, 8)}), Store(tmp_path)
    handle = NetworkHandle(settings.model, "cpu")
    pictures = load_pictures(settings.data, handle.size, 0, store, lambda done, total: None)
    executor, told = Sizes(Worker(handle, store)), list[tuple[float, float]]()
    cams = UnitGridcams(settings.gridcam, handle, store, executor, pictures)
    shown = {4: [1, 2, 3], 17: [2]}
    cams.make(shown, lambda *how_far: told.append(how_far))
    assert sum(executor.sizes) == 2 * 5  # windows of two pictures
    assert told[-1] == (2, 2) and all(0 < done <= total == 2 for done, total in told)
    written = store.written
    cams.make(shown, lambda done, total: None)
    assert store.written == written and sum(executor.sizes) == 2 * 5
    for unit, cam in zip((1, 2), (cams.of(1, [4])[0], cams.of(2, [4])[0]), strict=True):
        alone = generator.gridcam(handle, pictures.pixels[4], unit, windows=(7, 8)).scores
        assert abs(cam - alone).max() < 1e-5 * max(1.0, abs(alone).max())
    (first, second) = cams.of(2, [17, 4])
    assert (second == cams.of(2, [4])[0]).all() and (first != second).any()


def test_given_cell_scores_are_shown_and_not_computed(photographs: Path, tmp_path: Path) -> None:
    given = tmp_path / "scores"
    settings, store = study(photographs, gridcam={"windows": (7, 8), "path": given}), Store(tmp_path / "artifacts")
    handle = NetworkHandle(settings.model, "cpu")
    pictures = load_pictures(settings.data, handle.size, 0, store, lambda done, total: None)
    executor = Sizes(Worker(handle, store))
    cams = UnitGridcams(settings.gridcam, handle, store, executor, pictures)
    with pytest.raises(StudyError) as told:
        cams.of(1, [4])
    assert str(told.value) == f"[gridcam] path = {given} does not exist"
    scores = np.random.default_rng(0).random((2, 8, 8)).astype(np.float32)
    file = given / "1" / f"{pictures.stems[4]}.npy"
    file.parent.mkdir(parents=True)
    np.save(file, scores)
    cams.make({4: [1], 17: [1]}, lambda done, total: None)
    assert sum(executor.sizes) == 5  # windows of the other picture
    first, second = cams.of(1, [4, 17])
    assert (first == scores).all() and second.shape == scores.shape and not (second == scores).any()
    assert not (cams.of(2, [4])[0] == scores).any()
