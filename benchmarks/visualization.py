"""Seconds per neuron of feature visualization, ours against the published packages in the same run.

    python benchmarks/visualization.py                                           # ResNet-50, 224 px, six pictures
    python benchmarks/visualization.py --record benchmarks/results/visualization.json
    python benchmarks/visualization.py --device cuda --iterations 200 --neurons 1000 --record …   # on a GPU

ResNet-50 with random weights, He initialization: speed does not depend on their values, and activations do not vanish.
The packages run at their best fair setting: with the six pictures of a neuron in one batch. Every engine makes the
same few steps after a warm-up; times are scaled to 200 iterations, and the record says so.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from generator.models.network import Network  # noqa: E402
from generator.visualization.fast import bfloat16_is_fast, quick  # noqa: E402
from generator.visualization.items import Item  # noqa: E402
from generator.visualization.memory import bytes_per_picture  # noqa: E402
from generator.visualization.optimizer import visualize  # noqa: E402
from generator.visualization.settings import VisualizationSettings  # noqa: E402

PICTURES, PAPER_ITERATIONS = 6, 200
PAPER_SECONDS = {"madry": 10.48, "lucent": 18.34}  # per optimization, GTX 1080


def resnet50(device: torch.device, size: int = 224) -> Network:
    from torchvision.models import resnet50 as make

    torch.manual_seed(0)
    model = make(weights=None)
    return Network(
        model, name="resnet50", layer="avgpool", size=size, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)
    ).to(device)


def wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


def ours(network: Network, settings: VisualizationSettings, neurons: int, device: torch.device) -> float:
    """Seconds per neuron and iteration, PICTURES each."""
    items = [Item(n, s) for n in range(neurons) for s in range(PICTURES)]
    visualize(network, items[: settings.batch or 8], settings.model_copy(update={"iterations": 1}))
    wait(device)
    began = time.perf_counter()
    visualize(network, items, settings)
    wait(device)
    return (time.perf_counter() - began) / neurons / settings.iterations


def robustness(network: Network, iterations: int, device: torch.device) -> float:
    """Seconds per iteration of its attack on one neuron's six pictures at once."""
    from generator.visualization.reference import _on_this_device, load_robustness, published_attacker

    attacker = published_attacker(load_robustness(), network)
    start = torch.rand(PICTURES, 3, network.size, network.size, device=device)

    def run(count: int) -> None:
        with _on_this_device(device):
            attacker(
                start, torch.zeros(PICTURES, dtype=torch.long, device=device), constraint="2", eps=1000.0,
                step_size=1.0, iterations=count, targeted=False, use_best=False,
                custom_loss=lambda model, pictures, _: (model(pictures)[:, 7], None),
            )  # fmt: skip

    return timed(run, iterations, device)


def lucent(network: Network, iterations: int, device: torch.device) -> float:
    """Seconds per iteration of its render_vis on one neuron's six pictures at once."""
    from generator.visualization.reference import _Plain

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lucent.optvis import param, render

    model = _Plain(network, fake_relu=False)

    def run(count: int) -> None:
        render.render_vis(
            model, lambda hook: -hook("representation")[:, 7].mean(),
            lambda: param.image(network.size, batch=PICTURES), thresholds=(count,), preprocess=False, progress=False,
            show_image=False,
        )  # fmt: skip

    return timed(run, iterations, device)


def timed(run: Any, iterations: int, device: torch.device) -> float:
    """Seconds per iteration: a long run less a run of one, so that what happens once does not count."""
    run(1)
    wait(device)
    began = time.perf_counter()
    run(1)
    wait(device)
    once = time.perf_counter() - began
    began = time.perf_counter()
    run(1 + iterations)
    wait(device)
    return (time.perf_counter() - began - once) / iterations


def where_time_goes(network: Network, settings: VisualizationSettings, device: torch.device) -> dict[str, float]:
    """Shares of the time of two steps by kind of operation, from torch's profiler."""
    items = [Item(n, s) for n in range(2) for s in range(PICTURES)]
    short = settings.model_copy(update={"iterations": 2, "batch": len(items)})
    visualize(network, items, short)
    activities = [torch.profiler.ProfilerActivity.CPU]
    if device.type == "cuda":
        activities.append(torch.profiler.ProfilerActivity.CUDA)
    with torch.profiler.profile(activities=activities) as profile:
        visualize(network, items, short)
    kinds = {"convolution": ("conv",), "batch norm": ("batch_norm",), "pooling": ("pool",),
             "rectifiers and sums": ("relu", "clamp", "threshold", "add", "mul", "where"),
             "copies and layouts": ("copy", "contiguous", "clone", "to"),
             "sampling": ("grid", "interpolate", "fft")}  # fmt: skip
    shares: dict[str, float] = dict.fromkeys([*kinds, "other"], 0.0)
    for event in profile.key_averages():
        spent = event.self_device_time_total if device.type == "cuda" else event.self_cpu_time_total
        name = event.key.lower()
        kind = next((k for k, words in kinds.items() if any(word in name for word in words)), "other")
        shares[kind] += spent
    total = sum(shares.values()) or 1.0
    return {kind: value / total for kind, value in shares.items()}


def quality(network: Network, method: str, iterations: int, pairs: int) -> float:
    """Median over (neuron, seed) pairs of the fast mode's activation over the strict mode's, both measured in 32 bits.

    The strict mode is the packages' own trajectory, which tests/visualization/test_parity.py holds it to.
    """
    alive = network(torch.rand(4, 3, network.size, network.size, device=network.mean.device)).mean(0)
    chosen = alive.topk(pairs // 2).indices.tolist()
    items = [Item(n, s) for n in chosen for s in range(2)]
    strict = VisualizationSettings(method=method, iterations=iterations)
    fast = strict.model_copy(update={"precision": "fast"})
    made = zip(visualize(network, items, fast), visualize(network, items, strict), strict=True)
    return float(np.median([a.activation / b.activation for a, b in made]))


def arithmetic(device: torch.device) -> dict[str, float]:
    """What bounds it: operations per second of a large matrix product, and operations of one image-step of ResNet-50.

    4.09 G multiply-adds forward (He et al. 2016) and as many for the gradient of the picture.
    """
    found = {"operations per image-step": 2 * 2 * 4.09e9}
    for name, dtype in (("float32", torch.float32), ("bfloat16", torch.bfloat16)):
        a = torch.randn(2048, 2048, device=device).to(dtype)
        a @ a
        wait(device)
        began = time.perf_counter()
        for _ in range(10):
            a @ a
        wait(device)
        found[f"matrix product, {name}, operations per second"] = 10 * 2 * 2048**3 / (time.perf_counter() - began)
    return found


def growth(device: torch.device, counts: list[int]) -> dict[int, float]:
    """Seconds per neuron on the default network at 10 … 1000 neurons: equal if time is linear in neurons."""
    from generator.models import NetworkHandle
    from generator.models.settings import ModelSettings

    network = NetworkHandle(ModelSettings(), str(device)).network
    settings = VisualizationSettings(iterations=2, precision="fast", step_size=0.57)
    visualize(network, [Item(n) for n in range(32)], settings)
    found = {}
    for count in counts:
        began = time.perf_counter()
        visualize(network, [Item(n % network.units, n // network.units) for n in range(count)], settings)
        wait(device)
        found[count] = (time.perf_counter() - began) / count
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--iterations", type=int, default=0, help="steps that are timed; 0: 4 on a CPU, 50 on a GPU")
    parser.add_argument("--neurons", type=int, default=0, help="of ours in a run; 0: 4 on a CPU, 128 on a GPU")
    parser.add_argument("--quality", type=int, default=20, help="(neuron, seed) pairs; 0: not measured")
    parser.add_argument("--quality-iterations", type=int, default=10)
    parser.add_argument("--record", type=Path, help="JSON file that keeps the figures")
    options = parser.parse_args()
    device = torch.device(options.device)
    on_gpu = device.type == "cuda"
    iterations, neurons = options.iterations or (50 if on_gpu else 4), options.neurons or (128 if on_gpu else 4)
    network = resnet50(device)
    peers = {"madry": robustness, "lucent": lucent}
    record: dict[str, Any] = {
        "machine": {
            "device": torch.cuda.get_device_name() if on_gpu else platform.processor() or platform.machine(),
            "threads": torch.get_num_threads(), "bfloat16": bfloat16_is_fast(device),
            "python": platform.python_version(),
            **{name: version(name) for name in ("torch", "torchvision", "robustness", "torch-lucent")},
        },
        "setting": f"ResNet-50, 224 px, {PICTURES} pictures a neuron; {iterations} steps timed, scaled to 200",
        "methods": {},
    }  # fmt: skip
    for method, peer in peers.items():
        theirs = peer(network, iterations, device)
        row: dict[str, Any] = {"package seconds per neuron": theirs * PAPER_ITERATIONS}
        for precision in ("strict", "fast"):
            settings = VisualizationSettings(method=method, iterations=iterations, precision=precision)
            each = ours(network, settings, neurons, device)
            row[f"{precision} seconds per neuron"] = each * PAPER_ITERATIONS
            row[f"{precision} image-steps per second"] = PICTURES / each
            row[f"{precision} times the package"] = theirs / each
        fast = VisualizationSettings(method=method, iterations=2, precision="fast")
        row["peak bytes per picture, strict"] = bytes_per_picture(network, Item(0), fast)
        row["peak bytes per picture, fast"] = bytes_per_picture(quick(network), Item(0), fast)
        row["share of time, fast"] = where_time_goes(network, fast, device)
        if options.quality:
            row["fast over strict activation, median"] = quality(
                network, method, options.quality_iterations, options.quality
            )
        row["paper, GTX 1080, seconds per optimization"] = PAPER_SECONDS[method]
        record["methods"][method] = row
    record["arithmetic"] = arithmetic(device)
    record["seconds per neuron by count, default network"] = growth(device, [10, 100, 1000])

    table = Table(title=record["setting"], title_justify="left")
    for name in ("", *record["methods"]):
        table.add_column(name, justify="right" if name else "left")
    for name in record["methods"]["madry"]:
        values = [record["methods"][method].get(name) for method in record["methods"]]
        if isinstance(values[0], dict):
            for kind in values[0]:
                table.add_row(f"  {kind}", *(f"{100 * value[kind]:.0f} %" for value in values))
        else:
            table.add_row(name, *(f"{value:,.3g}" if value < 1000 else f"{value:,.0f}" for value in values))
    Console().print(table)
    for name, value in record["arithmetic"].items():
        print(f"{name}: {value / 1e9:,.1f} G")
    print("seconds per neuron on the default network:", record["seconds per neuron by count, default network"])
    if options.record:
        options.record.parent.mkdir(parents=True, exist_ok=True)
        options.record.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
