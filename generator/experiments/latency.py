"""The paper's latency experiment on this machine: how long feature visualization takes, per method and engine.

The paper (section on latency): 1000 neurons, 200 iterations, on a GTX 1080: Madry 2:54:38 in all, 10.48 s each;
Lucent 5:05:41, 18.34 s each. An optimization is one neuron with all its pictures.
"""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import StudyError
from ..store import write_atomically
from ..study.visualization import METHODS, VisualizationSettings

FORMAT = "imetric-latency/1"
ENGINES = ("native", "reference")
PAPER = {"madry": {"total_s": 10478.0, "mean_s": 10.48}, "lucent": {"total_s": 18341.0, "mean_s": 18.34}}


@dataclass(frozen=True)
class Latency:
    """One method and engine. Seconds; an optimization is one neuron with `images` pictures.

    measured: pictures that were finished, of neurons x images; total_s: for all of them, extrapolated if fewer were
    finished; sd_s: between batches, None with one; image_steps_per_second: pictures x iterations.
    """

    method: str
    engine: str
    neurons: int
    measured: int
    images: int
    iterations: int
    measured_s: float
    total_s: float
    mean_s: float
    sd_s: float | None
    image_steps_per_second: float
    extrapolated: bool


def check_request(methods: Sequence[str], engines: Sequence[str], neurons: int, units: int, layer: str) -> None:
    """Raises StudyError for a method or engine that does not exist or more neurons than the layer has."""
    for names, allowed, what in ((methods, METHODS, "method"), (engines, ENGINES, "engine")):
        for name in names:
            if name not in allowed:
                raise StudyError(f"{what} '{name}' does not exist; allowed are {', '.join(allowed)}")
    if neurons > units:
        raise StudyError(f"{neurons} neurons were asked for and layer '{layer}' has {units}; ask for {units} or fewer")


def measure(
    network: Any,
    settings: VisualizationSettings,
    *,
    neurons: int,
    images: int,
    time_limit: float | None,
    on_progress: Callable[[int], None] | None = None,
) -> Latency:
    """Optimize `images` pictures of each of the first `neurons` neurons, or as many as the time limit lets begin.

    One batch of one step goes before and is not counted: it loads libraries and fills caches.
    """
    from ..explanations.visualization.items import Item
    from ..explanations.visualization.optimizer import visualize

    items = [Item(neuron, seed) for neuron in range(neurons) for seed in range(images)]
    visualize(network, items[:images], settings.model_copy(update={"iterations": 1}))
    finished: list[float] = []
    began = time.perf_counter()
    made = visualize(
        network, items, settings, time_limit=time_limit, on_progress=on_progress,
        on_finished=lambda _: finished.append(time.perf_counter() - began),
    )  # fmt: skip
    spent = time.perf_counter() - began
    # Items of one batch finish together: a batch's seconds over its items, times the pictures of a neuron.
    ends, counts = np.unique(np.round(finished, 2), return_counts=True)
    per_neuron = np.diff(ends, prepend=0.0) / counts * images
    mean = spent / len(made) * images
    return Latency(
        method=settings.method, engine=settings.engine, neurons=neurons, measured=len(made), images=images,
        iterations=settings.iterations, measured_s=spent, total_s=mean * neurons, mean_s=mean,
        sd_s=float(np.std(per_neuron, ddof=1)) if len(per_neuron) > 1 else None,
        image_steps_per_second=len(made) * settings.iterations / spent, extrapolated=len(made) < len(items),
    )  # fmt: skip


def machine(device: Any) -> dict[str, Any]:
    """Hardware and versions that the times belong to."""
    import os

    import torch

    from ..models.device import device_name

    versions = {}
    for name in ("torch", "torchvision", "robustness", "torch-lucent"):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return {
        "device": device_name(device), "cores": os.cpu_count(), "threads": torch.get_num_threads(),
        "system": platform.platform(), "python": platform.python_version(), **versions,
    }  # fmt: skip


def write_record(path: Path, rows: Sequence[Latency], hardware: dict[str, Any], network: str) -> None:
    """The experiment as JSON, whole or not at all."""
    record = {
        "format": FORMAT, "network": network, "machine": hardware, "rows": [asdict(row) for row in rows],
        "paper": {"machine": "GTX 1080", "neurons": 1000, "iterations": 200, **PAPER},
    }  # fmt: skip
    write_atomically(path, json.dumps(record, indent=1).encode() + b"\n")


def clock(seconds: float) -> str:
    """As the paper prints times: 2:54:38."""
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
