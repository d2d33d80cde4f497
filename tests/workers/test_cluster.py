"""A real cluster of three nodes on this machine: the same files as here, whoever dies on the way."""

from __future__ import annotations

import re
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from generator.errors import StudyError
from generator.explanations.stage import Visualizer, gridcam_maps
from generator.interface import build, build_atlas
from generator.models import NetworkHandle
from generator.pipeline import explain_selection
from generator.store import Store, digest_of_arrays
from generator.workers import Executor, Local, Task, Worker
from tests.small_study import Counting, study

from .conftest import BUCKET, MEMORY
from .held import Number, by_process, die, fail, held, lose, number_late, number_on, refuse, square

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'imetric[cluster]'")
from generator.workers.cluster import Cluster  # noqa: E402

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="several nodes are Linux's alone")]
ROOT = Path(__file__).parents[2]


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def made_by(executor: Executor, handle: NetworkHandle, store: Store) -> None:
    """Visualizations from noise of six neurons and grid-cams of them, in the store."""
    settings = study(ROOT, visualization={"iterations": 4})
    visualizer = Visualizer("madry", "[visualization]", settings.visualization, 3, handle, store, print, executor=executor)
    made = [arrays["pixels"] for arrays in visualizer.make([(n, None, 3) for n in range(7)], settings.visualization)]
    wanted = {(n, digest_of_arrays({"picture": pixels})): pixels for n, pixels in enumerate(made)}
    maps = gridcam_maps(wanted, settings.gridcam, handle, store, executor, print)
    assert all(cam.shape == (2, 8, 8) and cam.dtype == np.float32 for cam in maps.values()) and len(maps) == 7


def objects(prefix: str) -> dict[str, bytes]:
    """All objects of the bucket below a prefix, by name."""
    import boto3

    client = boto3.client("s3")
    names = [each["Key"] for each in client.list_objects_v2(Bucket=BUCKET, Prefix=f"{prefix}/")["Contents"]]
    found = {name.removeprefix(f"{prefix}/"): client.get_object(Bucket=BUCKET, Key=name)["Body"].read() for name in names}
    return {name: body for name, body in found.items() if body}


def test_a_study_begun_here_and_continued_there_has_the_same_files(
    nodes: Any, bucket: str, photographs: Path, tmp_path: Path
) -> None:
    settings = study(photographs, visualization={"method": "lucent", "iterations": 3})

    def places(where: str) -> dict[str, Any]:
        folder = tmp_path / where
        return {"private": folder / "private", "artifacts": folder / "artifacts", "device": "cpu"}

    def whole(where: str, cluster: str | None = None, **others: Any) -> Counting:
        reporter = Counting()
        build(settings, out=tmp_path / where / "dist", cluster=cluster, progress=reporter, **(places(where) | others))
        return reporter

    whole("here")
    explain_selection(settings, reporter=Counting(), **places("both"))
    continued, ended = whole("both", nodes.address), whole("both")
    assert not continued.stages["visualization"] and not continued.stages["grid-cam"]
    assert ended.stages["visualization"] and ended.stages["grid-cam"]
    told = continued.warnings
    assert re.fullmatch(r"(.+ \(\w{6}\): 1 core(, )?)+", told[-1].partition(": ")[2]), told
    here, both = content(tmp_path / "here" / "artifacts"), content(tmp_path / "both" / "artifacts")
    assert here.keys() == both.keys() and here == both
    assert content(tmp_path / "here" / "dist") == content(tmp_path / "both" / "dist")
    whole("bucket", artifacts=f"{bucket}-whole")
    assert objects("study-whole") == here


def test_a_node_that_dies_costs_its_task_and_nothing_else(nodes: Any, bucket: str, tmp_path: Path) -> None:
    """The artifacts of a run that lost a node, in an object store, against those of this process in a folder."""
    settings = study(ROOT, visualization={"iterations": 4})
    handle = NetworkHandle(settings.model, "cpu")
    made_by(Local(Worker(handle, Store(tmp_path / "here"))), handle, Store(tmp_path / "here"))
    told: list[str] = []
    store = Store(bucket)
    cluster = Cluster(nodes.address, "cpu", told.append)
    executor = cluster.executor(partial(NetworkHandle, settings.model), handle.identity, store)

    class Held:
        """The same, every task held until a node is gone."""

        places = 3

        def run(self, tasks: list[Task], on_progress: Any) -> None:
            executor.run([replace(task, run=partial(held, tmp_path, task.run)) for task in tasks], on_progress)

    def kill_one() -> None:
        while len(list(tmp_path.glob("at-*"))) < 3:
            time.sleep(0.05)
        nodes.remove_node(next(node for node in nodes.list_all_nodes() if not node.head), allow_graceful=False)
        (tmp_path / "go").touch()

    killer = threading.Thread(target=kill_one, daemon=True)
    killer.start()
    made_by(Held(), handle, store)
    killer.join()
    cluster.close()
    nodes.add_node(num_cpus=1, object_store_memory=MEMORY)
    assert any(re.fullmatch(r"visualizations of .+: the process that did it, on node .+, died; done again", each) for each in told)
    assert store.written == 14 and set(store.origins) == {"visualizations", "gridcams"}
    assert objects("study") == content(tmp_path / "here")


def test_tasks_that_cannot_be_done_are_told_when_the_others_are_finished(nodes: Any, tmp_path: Path) -> None:
    store, progress = Store(tmp_path), []
    runs = [refuse, partial(square, 1), fail, die, partial(square, 2), partial(square, 3), lose]
    names = ["a part of the pictures", "1 squared", "a number", "a wild one", "2 squared", "3 squared", "a lost one"]
    tasks = [Task(name, run, 1) for name, run in zip(names, runs, strict=True)]
    cluster = Cluster(nodes.address, "cpu")
    with pytest.raises(StudyError) as caught:
        cluster.executor(partial(number_on, 10), Number(10).identity, store).run(tasks, lambda *each: progress.append(each))
    cluster.close()
    causes = re.fullmatch(
        r"4 of 7 tasks could not be done: (.+); (.+); (.+); (.+); the others are finished and kept, the same command tries these "
        "again",
        str(caught.value),
    )
    assert causes is not None, caught.value
    told = sorted(re.sub(r"node .+, died", "node X, died", each) for each in causes.groups())
    assert re.sub(r"line \d+", "line N", told.pop(1)) == "a number (ValueError: no such number (held.py, line N), 3 times)"
    assert told == [
        "a lost one (the bucket does not answer, 3 times)",
        "a part of the pictures (picture 7 cannot be read)",
        "a wild one (the process that did it, on node X, died, 3 times)",
    ]
    assert [store.read("squares", k)["square"].item() for k in (1, 2, 3)] == [10, 40, 90]  # type: ignore[index]
    assert store.written == 3 and progress[-1] == (7, 7) and len(progress) == 7
    assert not list(tmp_path.glob(".imetric-*"))


def test_a_node_with_another_network_does_not_work(nodes: Any, tmp_path: Path) -> None:
    cluster = Cluster(nodes.address, "cpu")
    with pytest.raises(StudyError) as caught:
        cluster.executor(partial(number_on, 10), "another number", Store(tmp_path)).run([Task("1 squared", partial(square, 1), 1)], print)
    sentence = re.sub(r"node .+ of the cluster", "node X of the cluster", str(caught.value))
    assert sentence == (
        "node X of the cluster cannot work: its network is another one: give every node the same weights, on a folder that "
        "all of them see, and the same code of the network"
    )


def test_networks_take_turns_on_the_same_processes(nodes: Any, tmp_path: Path) -> None:
    """Where each network began processes of its own, the second would wait for those of the first for ever."""
    store = Store(tmp_path / "artifacts")
    with closing(Cluster(nodes.address, "cpu")) as cluster:
        executors = {k: cluster.executor(partial(number_on, k), Number(k).identity, store) for k in (1, 10, 100)}
        for k in (1, 10, 100, 1):
            runs = [partial(by_process, tmp_path, partial(square, n)) for n in range(k, k + 6)]
            executors[k].run([Task("a square", run, 1) for run in runs], lambda *_: None)
        until = time.monotonic() + 60
        while cluster.places != 3 and time.monotonic() < until:  # a node that another test killed counts for a while
            time.sleep(0.2)
        assert 1 <= len(list(tmp_path.glob("by-*"))) <= cluster.places == 3
        looked_for = list((tmp_path / "artifacts").glob(".imetric-*"))
        assert len(looked_for) == 3, "by processes that begin late, too"
    assert not any(path.exists() for path in looked_for)
    squares = [store.read("squares", k + 2) for k in executors]
    assert [each and each["square"].item() for each in squares] == [9, 1440, 1040400]


def test_a_process_that_begins_when_its_run_is_over_takes_part_in_the_next(nodes: Any, tmp_path: Path) -> None:
    """It could not have done the first one's tasks, and nobody waits for that any more."""
    store = Store(tmp_path / "artifacts")
    with closing(Cluster(nodes.address, "cpu")) as cluster:
        late = cluster.executor(partial(number_late, tmp_path, 1), Number(1).identity, store)
        late.run([Task("a square", partial(square, n), 1) for n in range(6)], lambda *_: None)
        (tmp_path / "go").touch()
        next_one = cluster.executor(partial(number_on, 10), Number(10).identity, store)
        while len(list(tmp_path.glob("by-*"))) < 3:
            runs = [partial(by_process, tmp_path, partial(square, n)) for n in range(10, 16)]
            next_one.run([Task("a square", run, 1) for run in runs], lambda *_: None)


def test_an_atlas_of_two_layers_has_the_same_files(nodes: Any, photographs: Path, tmp_path: Path) -> None:
    settings = study(photographs, visualization={"method": "madry", "iterations": 2})

    def made(where: str, cluster: str | None) -> Counting:
        folder, reporter = tmp_path / where, Counting()
        build_atlas(
            settings, layers=["1", "3"], neurons=range(4), private=folder / "private", out=folder / "dist",
            artifacts=folder / "artifacts", device="cpu", cluster=cluster, progress=reporter,
        )  # fmt: skip
        return reporter

    made("here", None)
    there = made("there", nodes.address)
    assert any(re.search("node works: |nodes work: ", each) for each in there.warnings)
    assert content(tmp_path / "there") == content(tmp_path / "here")


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(StudyError) as caught:
        Cluster("auto")
    assert str(caught.value) == (
        "--cluster needs the packages of an extra: pip install 'imetric[cluster]' (import of ray halted; None in sys.modules)"
    )
