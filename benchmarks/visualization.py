"""Seconds per neuron of feature visualization, ours against the published packages in the same run.

    python benchmarks/visualization.py                                           # ResNet-50, 224 px, six pictures
    python benchmarks/visualization.py --record benchmarks/results/visualization.json
    python benchmarks/visualization.py --parts quality growth --record …         # only these; the rest stays recorded
    python benchmarks/visualization.py --device cuda --iterations 50 --neurons 1000 --record …          # on a GPU

speed: ResNet-50 with random weights, He initialization: speed does not depend on their values. Ours and the packages
take turns in one process, a few steps each; the median step is scaled to six pictures of 200 iterations, and the record
says so. A package is timed as its documentation calls it (one picture, weights that ask for gradients) and at its best:
a neuron's six pictures in one batch, weights frozen, in the quicker of two memory layouts. Both packages then do the
same arithmetic as our strict mode, but that robustness runs the network twice per step.
quality: what the fast mode's pictures reach of what the strict mode's do. growth: seconds per neuron by their number.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from generator.errors import StudyError  # noqa: E402
from generator.experiments.latency import machine  # noqa: E402
from generator.explanations.visualization.fast import bfloat16_is_fast, fixed_shapes, quick  # noqa: E402
from generator.explanations.visualization.items import Item  # noqa: E402
from generator.explanations.visualization.memory import batch_that_fits  # noqa: E402
from generator.explanations.visualization.optimizer import visualize  # noqa: E402
from generator.explanations.visualization.batch import Batch  # noqa: E402
from generator.explanations.visualization.parts.transforms import PAD  # noqa: E402
from generator.models import NetworkHandle  # noqa: E402
from generator.models.network import Network  # noqa: E402
from generator.study.model import ModelSettings  # noqa: E402
from generator.study.visualization import VisualizationSettings  # noqa: E402

PICTURES, ITERATIONS = 6, 200  # per neuron, as in the paper
PAPER_SECONDS = {"madry": 10.48, "lucent": 18.34}  # per neuron, GTX 1080 (section on latency)
Run = Callable[[int], "list[float]"]  # steps -> the moment each of them began or ended, seconds


def resnet50(device: torch.device) -> Network:
    from torchvision.models import resnet50 as make

    torch.manual_seed(0)
    return Network(
        make(weights=None), name="resnet50", layer="avgpool", size=224, mean=(0.485, 0.456, 0.406),
        std=(0.229, 0.224, 0.225),
    ).to(device)  # fmt: skip


def now(device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter()


def ours(network: Network, method: str, precision: str) -> tuple[Run, int]:
    """Steps of one batch of ours, and the pictures in it."""
    settings = VisualizationSettings(method=method, precision=precision)
    device = network.mean.device
    batch = batch_that_fits(network, Item(0), settings, 10**6)
    recipe = Batch(network, [Item(n) for n in range(batch)], settings)

    def run(steps: int) -> list[float]:
        moments = [now(device)]
        with fixed_shapes() if precision == "fast" else nullcontext():
            for _ in range(steps):
                recipe.step()
                moments.append(now(device))
        return moments

    return run, batch


def robustness(network: Network, pictures: int) -> Run:
    """Its attack on one neuron, all pictures in one batch."""
    from generator.explanations.visualization.reference import on_this_device, load_robustness, published_attacker

    attacker, device = published_attacker(load_robustness(), network), network.mean.device
    start = torch.rand(pictures, 3, network.size, network.size, device=device)

    def run(steps: int) -> list[float]:
        moments: list[float] = []

        def loss(model: Any, x: torch.Tensor, target: Any) -> tuple[torch.Tensor, None]:
            moments.append(now(device))  # in the middle of a step, always at the same place
            return model(x)[:, 7], None

        with on_this_device(device):
            attacker(
                start, torch.zeros(pictures, dtype=torch.long, device=device), constraint="2", eps=1000.0,
                step_size=1.0, iterations=steps + 1, targeted=False, use_best=False, custom_loss=loss,
            )  # fmt: skip
        return moments

    return run


def lucent(network: Network, pictures: int) -> Run:
    """Its render_vis on one neuron, all pictures in one batch."""
    from generator.explanations.visualization.reference import AsPackagesCall

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lucent.optvis import param, render
    model, device = AsPackagesCall(network, fake_relu=False), network.mean.device

    def run(steps: int) -> list[float]:
        moments: list[float] = []

        def objective(hook: Any) -> torch.Tensor:
            moments.append(now(device))
            return -hook("representation")[:, 7].mean()

        render.render_vis(
            model, objective, lambda: param.image(network.size, batch=pictures), thresholds=(steps + 1,),
            preprocess=False, progress=False, show_image=False,
        )  # fmt: skip
        return moments

    return run


def compare(method: str, device: torch.device, steps: int, rounds: int, compiled: bool) -> dict[str, Any]:
    """Seconds per neuron of every way to run a method, which take turns; ratios; where ours spends its time."""
    package = {"madry": robustness, "lucent": lucent}[method]
    strict, fast = resnet50(device).to_channels_last(), fast_copy(resnet50(device))
    plain, unfrozen = resnet50(device), resnet50(device)
    unfrozen.model.requires_grad_(True)
    runs: dict[str, tuple[Run, int]] = {
        "package, as documented": (package(unfrozen, 1), 1),
        "package, batch of six": (package(plain, PICTURES), PICTURES),
        "package, batch of six, channels last": (package(strict, PICTURES), PICTURES),
        "strict": ours(strict, method, "strict"),
        "fast": ours(fast, method, "fast"),
    }
    if compiled:
        made = fast_copy(resnet50(device))
        made.model.compile()
        runs["fast, compiled"] = ours(made, method, "fast")
    each: dict[str, list[float]] = {name: [] for name in runs}  # seconds per picture and step
    for turn in range(rounds + 1):
        for name, (run, pictures) in runs.items():
            took = np.diff(run(steps if turn else 1)) / pictures
            each[name] += took[1:].tolist() if turn else []  # what only happens once is over after a step
    median = {name: float(np.median(times)) for name, times in each.items()}
    row: dict[str, Any] = {f"{name}, s per neuron": t * PICTURES * ITERATIONS for name, t in median.items()}
    best = min(t for name, t in median.items() if name.startswith("package, batch"))
    for name in ("strict", "fast"):
        row[f"{name}, times the package at its best"] = best / median[name]
        row[f"{name}, times the package as documented"] = median["package, as documented"] / median[name]
        row[f"{name}, image-steps per second"] = 1 / median[name]
        row[f"{name}, pictures at once"] = runs[name][1]
        row[f"{name}, peak MB per picture"] = peak_bytes({"strict": strict, "fast": fast}[name], method, name) / 1e6
    row["fast, share of time"] = where_time_goes(runs["fast"][0], device)
    row["fast, operations per image-step"] = operations(strict, method)
    row["paper, GTX 1080, s per neuron"] = PAPER_SECONDS[method]
    return row


def peak_bytes(network: Network, method: str, precision: str, pictures: int = 4) -> float:
    """Bytes per picture at the fullest moment of a step, beyond what was there before it."""
    settings = VisualizationSettings(method=method, precision=precision)
    recipe = Batch(network, [Item(n) for n in range(pictures)], settings)
    recipe.step()
    if network.mean.device.type == "cuda":
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        recipe.step()
        return (torch.cuda.max_memory_allocated() - before) / pictures
    with torch.profiler.profile(profile_memory=True) as profile:
        recipe.step()
    moments = sorted(
        (event.start_ns(), event.nbytes())
        for event in profile.profiler.kineto_results.events()
        if event.name() == "[memory]"
    )
    return float(np.cumsum([size for _, size in moments]).max()) / pictures


def where_time_goes(run: Run, device: torch.device) -> dict[str, float]:
    """Shares of the time of two steps by kind of operation, from torch's profiler.

    All but convolution moves maps through memory and computes next to nothing on them.
    """
    activities = [torch.profiler.ProfilerActivity.CPU]
    if device.type == "cuda":
        activities.append(torch.profiler.ProfilerActivity.CUDA)
    with torch.profiler.profile(activities=activities) as profile:
        run(2)
    kinds = {"convolution": ("conv",), "pooling": ("pool",), "sampling and spectrum": ("grid", "interpolate", "fft"),
             "rectifiers and sums": ("relu", "clamp", "threshold", "add", "mul", "where", "div", "sub", "sqrt"),
             "copies and layouts": ("copy", "contiguous", "clone", "_to", "fill", "pad", "resize")}  # fmt: skip
    shares: dict[str, float] = dict.fromkeys([*kinds, "other"], 0.0)
    for event in profile.key_averages():
        spent = event.self_device_time_total if device.type == "cuda" else event.self_cpu_time_total
        kind = next((k for k, words in kinds.items() if any(word in event.key.lower() for word in words)), "other")
        shares[kind] += spent
    total = sum(shares.values()) or 1.0
    return {kind: round(value / total, 4) for kind, value in shares.items()}


def operations(network: Network, method: str) -> float:
    """Multiplications and additions of one picture's step in the network, forward and backward."""
    from torch.utils.flop_counter import FlopCounterMode

    side = network.size + (2 * PAD if method == "lucent" else 0)
    pictures = torch.rand(1, 3, side, side, device=network.mean.device, requires_grad=True)
    with FlopCounterMode(display=False) as counter:
        network(pictures).sum().backward()
    return float(counter.get_total_flops())


def fastest_product(device: torch.device) -> dict[str, float]:
    """Operations per second of a large matrix product: what convolutions at their best could come to."""
    found = {}
    for name, dtype in (("float32", torch.float32), ("bfloat16", torch.bfloat16)):
        a = torch.randn(4096, 4096, device=device).to(dtype)
        times = []
        for _ in range(6):
            began = now(device)
            a @ a
            times.append(now(device) - began)
        found[name] = 2 * 4096**3 / min(times)
    return found


def quality(device: torch.device, iterations: int, pairs: int) -> dict[str, dict[str, float]]:
    """Fast over strict activation of (neuron, seed) pairs, both measured in 32 bits: median and share below 0.99.

    The strict mode is the packages' own trajectory, which tests/visualization/test_parity.py holds it to. Beside
    ResNet-50, whose weights are random here, the default network and, where it is installed, a trained one.
    """
    networks = {"ResNet-50, random weights": resnet50(device)}
    for name in ("world", "efficientnet-lite0"):
        try:
            networks[name] = NetworkHandle(ModelSettings(name=name), str(device)).network
        except StudyError:
            continue
    found = {}
    for name, network in networks.items():
        seen = network(torch.rand(8, 3, network.size, network.size, device=device))
        # Of random weights most neurons hardly vary: those that do most can be climbed.
        chosen = (seen.std(0) if name.startswith("ResNet") else seen.mean(0)).topk(pairs // 2).indices.tolist()
        items = [Item(n, s) for n in chosen for s in range(2)]
        for method in RECIPES:
            own = {"step_size": 0.57, "noise_sd": 0.1} if name == "world" else {}
            strict = VisualizationSettings(method=method, iterations=iterations, **own)
            one = visualize(network, items, strict.model_copy(update={"precision": "fast"}))
            other = visualize(network, items, strict)
            ratios = [a.activation / b.activation for a, b in zip(one, other, strict=True)]
            climbed = np.median([b.activation / b.history[0] for b in other if b.history[0] > 0])
            found[f"{name}, {method}"] = {
                "pairs": len(ratios), "iterations": iterations, "median": float(np.median(ratios)),
                "lowest": min(ratios), "strict, times the start": float(climbed),
            }  # fmt: skip
    return found


def growth(device: torch.device, counts: list[int]) -> dict[str, float]:
    """Seconds per neuron, one picture of 10 iterations, on the default network: equal if time is linear in neurons."""
    network = NetworkHandle(ModelSettings(), str(device)).network
    settings = VisualizationSettings(iterations=10, precision="fast", step_size=0.57)
    visualize(network, [Item(n) for n in range(32)], settings)
    found = {}
    for count in counts:
        began = now(device)
        visualize(network, [Item(n % network.units, n // network.units) for n in range(count)], settings)
        found[str(count)] = (now(device) - began) / count
    return found


def whole(device: torch.device, neurons: int) -> dict[str, float]:
    """Nothing extrapolated: seconds of `neurons` x 6 pictures x 200 iterations in the fast mode."""
    network, found = resnet50(device), {}
    items = [Item(n, s) for n in range(neurons) for s in range(PICTURES)]
    for method in RECIPES:
        began = now(device)
        visualize(network, items, VisualizationSettings(method=method, precision="fast", iterations=ITERATIONS))
        found[method] = now(device) - began
    return found


def show(record: dict[str, Any]) -> None:
    console = Console()
    if "methods" in record:
        table = Table(title=record["setting"], title_justify="left")
        table.add_column()
        for name in record["methods"]:
            table.add_column(name, justify="right")
        rows = list(record["methods"].values())
        for name, value in rows[0].items():
            if isinstance(value, dict):
                for kind in value:
                    table.add_row(f"  {kind}", *(f"{100 * row[name][kind]:.1f} %" for row in rows))
            else:
                table.add_row(name, *(f"{row[name]:.3g}" for row in rows))
        console.print(table)
    for name, value in record.items():
        if name not in ("machine", "methods", "setting"):
            console.print(name, value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--parts", nargs="+", choices=["speed", "quality", "growth"], default=["speed", "growth"])
    parser.add_argument("--iterations", type=int, default=3, help="steps that are timed in each turn")
    parser.add_argument("--rounds", type=int, default=3, help="turns of everyone")
    parser.add_argument("--neurons", type=int, default=0, help="run so many in full, 200 iterations (for a GPU)")
    parser.add_argument("--compile", action="store_true", help="time the fast mode under torch.compile too")
    parser.add_argument("--pairs", type=int, default=20, help="(neuron, seed) pairs of quality")
    parser.add_argument("--quality-iterations", type=int, default=40)
    parser.add_argument("--record", type=Path, help="JSON file that keeps the figures")
    options = parser.parse_args()
    device = torch.device(options.device)
    record: dict[str, Any] = {}
    if options.record and options.record.exists() and "speed" not in options.parts:
        record = json.loads(options.record.read_text())
    record["machine"] = {**machine(device), "bfloat16": bfloat16_is_fast(device)}
    if "speed" in options.parts:
        record["setting"] = (
            f"ResNet-50, random weights, 224 px, {PICTURES} pictures a neuron; median of {options.rounds} x "
            f"{options.iterations - 1} steps, scaled to {ITERATIONS}"
        )
        record["methods"] = {
            m: compare(m, device, options.iterations, options.rounds, options.compile) for m in RECIPES
        }
        product = fastest_product(device)
        record["matrix product, operations per second"] = product
        name = "bfloat16" if bfloat16_is_fast(device) else "float32"
        record["bound"] = {
            method: {
                "image-steps per second at the speed of a matrix product": product[name]
                / row["fast, operations per image-step"],
                "of which fast reaches": row["fast, image-steps per second"]
                * row["fast, operations per image-step"]
                / product[name],
            }
            for method, row in record["methods"].items()
        }
    if "quality" in options.parts:
        record["quality, fast over strict"] = quality(device, options.quality_iterations, options.pairs)
    if "growth" in options.parts:
        record["growth, default network, s per neuron by count"] = growth(device, [10, 100, 1000])
    if options.neurons:
        record[f"in full, {options.neurons} neurons, s"] = whole(device, options.neurons)
    show(record)
    if options.record:
        options.record.parent.mkdir(parents=True, exist_ok=True)
        options.record.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
