"""Work cut in any way comes out the same: alone, by twos, all together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from generator.explanations.batches import kept_or_made
from generator.explanations.stage import Visualizer, gridcam_maps
from generator.models import NetworkHandle
from generator.store import Store, digest_of_arrays
from generator.workers import Local, Worker, pieces
from tests.small_study import SIDE, study


class Cut(Local):
    """Tasks one after another, cut as for so many places."""

    def __init__(self, worker: Worker, places: int) -> None:
        super().__init__(worker)
        self.places = places


def test_nothing_is_cut_into_nothing_and_every_thing_is_in_one_piece(tmp_path: Path) -> None:
    worker = Worker(None, Store(tmp_path))
    assert pieces(0, Local(worker), 8) == []
    for places in range(5):
        for count in (1, 7, 8, 9, 100):
            cut = pieces(count, Cut(worker, places), 8)
            assert [k for each in cut for k in range(count)[each]] == list(range(count))
            assert max(each.stop - each.start for each in cut) <= 8
            few = pieces(count, Cut(worker, places), 8, fewest=4)
            assert [k for each in few for k in range(count)[each]] == list(range(count))
            assert len(few) >= min(places, count // 4)  # no place is idle for the sake of larger tasks
            assert all(each.stop - each.start >= 4 for each in few[:-1]) or count <= 4 * places


def test_what_is_kept_is_not_made_and_the_same_thing_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write("stage", "b", {"x": np.array(1)})

    def make(places: list[int]) -> None:
        assert places == [0]
        store.write("stage", "a", {"x": np.array(0)})

    assert [each["x"].item() for each in kept_or_made(store, "stage", ["a", "b", "a"], make)] == [0, 1, 0]
    assert kept_or_made(store, "stage", [], make) == []


@pytest.mark.parametrize("method", ["madry", "lucent"])
def test_results_do_not_depend_on_how_work_is_cut(tmp_path: Path, method: str) -> None:
    settings = study(tmp_path, visualization={"method": method, "iterations": 5, "number_format": "float32"}, gridcam={"windows": (8,)})
    handle = NetworkHandle(settings.model, "cpu")
    found = []
    for places in (0, 1, 3):  # three together; one by one; one by one again, in tasks of their own
        store = Store(tmp_path / str(places))
        executor = Cut(Worker(handle, store), places)
        how = (settings.visualization, 3, handle, store, lambda *_: None)
        made = Visualizer(method, "", *how, executor=executor).make([(n, None, 3) for n in range(3)], settings.visualization)
        same = np.full((SIDE, SIDE, 3), 90, np.uint8)
        wanted = {(n, digest_of_arrays({"picture": same + n})): same + n for n in range(3)}
        maps = gridcam_maps(wanted, settings.gridcam, handle, store, executor, lambda *_: None)
        found.append([digest_of_arrays(each) for each in made] + [digest_of_arrays({"map": each}) for each in maps.values()])
    assert len(found[0]) == 6 and found[0] == found[1] == found[2]
