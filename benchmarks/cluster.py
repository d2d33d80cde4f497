"""Seconds that a Ray cluster of one machine takes beside this process alone, with as many cores, for the same work.

    python benchmarks/cluster.py --record benchmarks/results/cluster.json

Visualizations of the default network and their grid-cams, `--repeats` times in turns, with a thread for each core here
and a process for each core there. Overhead is what Ray takes more, in percent of the median: of the clock's seconds and
of the processors', which other programs lengthen less. Beginning the processes, once in a build, is told apart.
On a machine that others use take `--cores 1`: threads that wait for each other would count as work.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).parent.parent))
os.environ["PYTHONPATH"] = sys.path[0]  # of the processes that Ray begins

from generator.explanations.stage import Visualizer, gridcam_maps  # noqa: E402
from generator.models import NetworkHandle  # noqa: E402
from generator.store import Store, digest_of_arrays, write_atomically  # noqa: E402
from generator.study import Study, load_study  # noqa: E402
from generator.workers import Executor, Local, Worker  # noqa: E402


def made(
    executor: Executor, study: Study, handle: NetworkHandle, store: Store, neurons: int, seed: int
) -> dict[str, float]:
    """Make a visualization of each neuron and its grid-cam -> seconds of both. seed: another one is other work."""
    visualizer = Visualizer(
        study.visualization.method, "", study.visualization, seed, handle, store, lambda *_: None, executor=executor
    )
    began, busy = time.perf_counter(), processor_seconds()
    found = visualizer.make([(neuron, None, seed) for neuron in range(neurons)], study.visualization)
    middle = time.perf_counter()
    wanted = {(k, digest_of_arrays({"picture": each["pixels"]})): each["pixels"] for k, each in enumerate(found)}
    gridcam_maps(wanted, study.gridcam, handle, store, executor, lambda *_: None)
    ended = time.perf_counter()
    return {
        "visualizations_s": middle - began,
        "gridcams_s": ended - middle,
        "processor_s": processor_seconds() - busy,
    }


def processor_seconds() -> float:
    """What this process and all that it began have computed so far: other programs do not lengthen it."""
    own = psutil.Process()
    return sum(sum(each.cpu_times()[:2]) for each in [own, *own.children(recursive=True)])


def compare(study: Study, device: str, cores: int, neurons: int, repeats: int) -> dict[str, Any]:
    """This process against Ray's, in turns: seconds of each turn, and what Ray takes more in percent."""
    import ray
    import torch

    from generator.workers.cluster import Cluster

    torch.set_num_threads(cores)
    os.environ["RAY_worker_niceness"] = "0"  # Ray's own 15 lets its processes wait for whatever else runs
    ray.init(num_cpus=cores, include_dashboard=False, log_to_driver=False, configure_logging=False)
    handle = NetworkHandle(study.model, device)
    turns: dict[str, list[dict[str, float]]] = {"local": [], "ray": []}
    with tempfile.TemporaryDirectory() as folder:
        here, there = (Store(Path(folder) / name) for name in turns)
        local = Local(Worker(handle, here))
        made(local, study, handle, here, cores, 0)  # loads libraries and fills caches
        cluster = Cluster("auto", device)
        on_cluster = cluster.executor(partial(NetworkHandle, study.model), handle.identity, there)
        began = time.perf_counter()
        made(on_cluster, study, handle, there, 2 * cores, 0)
        beginning = time.perf_counter() - began
        for seed in range(1, repeats + 1):
            turns["local"].append(made(local, study, handle, here, neurons, seed))
            turns["ray"].append(made(on_cluster, study, handle, there, neurons, seed))
        cluster.close()
    ray.shutdown()
    seconds = {
        name: statistics.median(each["visualizations_s"] + each["gridcams_s"] for each in of)
        for name, of in turns.items()
    }
    busy = {name: statistics.median(each["processor_s"] for each in of) for name, of in turns.items()}
    return {
        "cores": cores, "beginning_s": round(beginning, 2),
        "overhead_percent": round(100 * (seconds["ray"] / seconds["local"] - 1), 1),
        "overhead_percent_of_processor_seconds": round(100 * (busy["ray"] / busy["local"] - 1), 1),
        "median_s": {name: round(value, 2) for name, value in seconds.items()},
        "turns": {name: [{k: round(v, 2) for k, v in each.items()} for each in of] for name, of in turns.items()},
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--neurons", type=int, default=48)
    parser.add_argument("--iterations", type=int, default=30)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--cores", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--record", type=Path)
    options = parser.parse_args()
    study = load_study(None, {"visualization": {"iterations": options.iterations}})
    found = compare(study, options.device, options.cores, options.neurons, options.repeats)
    import ray
    import torch

    from generator.models.device import device_name, pick_device

    kept = json.loads(options.record.read_text()) if options.record and options.record.is_file() else {}
    kept[f"cores: {options.cores}"] = {
        "device": device_name(pick_device(options.device)), "network": study.model.name, "torch": torch.__version__,
        "ray": ray.__version__, "neurons": options.neurons, "iterations": options.iterations,
        "load_of_the_machine": round(os.getloadavg()[0], 1), **found,
    }  # fmt: skip
    text = json.dumps(kept, indent=1)
    print(text)
    if options.record:
        write_atomically(options.record, text.encode() + b"\n")


if __name__ == "__main__":
    main()
