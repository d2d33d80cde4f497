"""Speed of one method's steps: ours and the packages in turns; where time goes; what the hardware could do.

Used by benchmarks/visualization.py, whose first lines say what is compared with what.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any
from unittest import mock

import numpy as np
import torch

from benchmarks.time_limit import NotInTime
from generator.explanations.visualization.batch import Batch
from generator.explanations.visualization.items import Item
from generator.explanations.visualization.memory import batch_that_fits
from generator.explanations.visualization.parts.phases import law
from generator.explanations.visualization.parts.transforms import PAD
from generator.explanations.visualization.runner import runner_of
from generator.models.device import bfloat16_is_fast, repeatable_kernels
from generator.models.network import Network
from generator.study.visualization import VisualizationSettings

PICTURES, ITERATIONS = 6, 200  # per neuron, as in the paper
PAPER_SECONDS = {"madry": 10.48, "lucent": 18.34}  # per neuron, GTX 1080 (section on latency)
# horama's own for maco and accentuation: 6 crops of 0.25 to 0.3 of a canvas of 1280 (its steps, 1000, aside).
HORAMA: dict[str, Any] = {
    "canvas": 1280, "crops": 6, "crop_smallest": 0.25, "crop_largest": 0.3, "crop_noise": 0.05, "learning_rate": 1.0,
}  # fmt: skip
OWN: dict[str, dict[str, Any]] = {"maco": HORAMA, "accentuation": HORAMA}
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


def item(method: str, neuron: int, size: int, seed: int = 0) -> Item:
    """An item of a method; accentuation begins from a picture of random pixels."""
    if method != "accentuation":
        return Item(neuron, seed)
    return Item(neuron, seed, np.random.default_rng(seed).integers(0, 256, (size, size, 3), np.uint8))


def ours(network: Network, settings: VisualizationSettings) -> tuple[Run, int]:
    """Steps of one batch of ours on the network that the settings are run on, and the pictures in it."""
    device, method, size = network.mean.device, settings.method, network.size
    batch = batch_that_fits(network, item(method, 0, size), settings, 10**6)
    made = Batch(network, [item(method, n, size) for n in range(batch)], settings)

    def run(steps: int) -> list[float]:
        moments = [now(device)]
        with repeatable_kernels():
            for _ in range(steps):
                made.step()
                moments.append(now(device))
        return moments

    return run, batch


def robustness(network: Network, pictures: int) -> Run:
    """Its attack on one neuron, all pictures in one batch."""
    from generator.explanations.visualization.reference import load_robustness, on_this_device, published_attacker

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


def horama(network: Network, method: str) -> Run:
    """Its maco or accentuation with its own settings, one picture at a time, which is all that it can."""
    import horama.feature_accentuation
    import horama.maco_fv

    module = {"maco": horama.maco_fv, "accentuation": horama.feature_accentuation}[method]
    device, canvas = network.mean.device, HORAMA["canvas"]
    magnitude = law(canvas).to(device)

    def run(steps: int) -> list[float]:
        moments: list[float] = []

        def objective(crops: torch.Tensor) -> torch.Tensor:
            moments.append(now(device))
            return network(crops)[:, 7].mean()

        asked = {
            "total_steps": steps + 1, "image_size": canvas, "values_range": (0.0, 1.0), "device": str(device),
            "model_input_size": network.size,
        }  # fmt: skip
        phases = torch.randn(3, canvas, canvas // 2 + 1)
        changed: dict[str, Any] = {"tqdm": iter}
        if method == "maco":  # it would download its magnitudes
            changed["init_maco_buffer"] = lambda *_, **__: (magnitude.cpu(), phases)
        with mock.patch.multiple(module, **changed):
            if method == "maco":
                module.maco(objective, **asked)
            else:
                module.accentuation(objective, torch.rand(3, network.size, network.size, device=device), **asked)
        return moments

    return run


def packages(method: str, device: torch.device) -> dict[str, tuple[Run, int]]:
    """Ways to run the published package, with the pictures that each makes together."""
    plain, unfrozen, last = resnet50(device), resnet50(device), resnet50(device).to_channels_last()
    unfrozen.model.requires_grad_(True)
    if method in OWN:
        return {
            "package, as documented": (horama(unfrozen, method), 1),
            "package, weights frozen": (horama(plain, method), 1),
            "package, weights frozen, channels last": (horama(last, method), 1),
        }
    package = {"madry": robustness, "lucent": lucent}[method]
    return {
        "package, as documented": (package(unfrozen, 1), 1),
        "package, batch of six": (package(plain, PICTURES), PICTURES),
        "package, batch of six, channels last": (package(last, PICTURES), PICTURES),
    }


def compare(
    method: str, device: torch.device, steps: int, rounds: int, compiled: bool, seconds: float
) -> dict[str, Any]:
    """Seconds per neuron of every way to run a method, which take turns, and their ratios.

    Takes fewer rounds than asked for, and steps, where `seconds` are too few; raises NotInTime where they are for one.
    """
    began = now(device)
    runs = packages(method, device)
    runs |= {name: ours(network(device, settings), settings) for name, settings in ways(method, device).items()}
    if compiled:
        settings = ways(method, device)["default"]
        made = network(device, settings)
        made.model.compile()
        runs["default, compiled"] = ours(made, settings)
    each: dict[str, list[float]] = {name: [] for name in runs}  # seconds per picture and step
    timed = 0
    for turn in range(rounds + 1):
        turned = now(device)
        for name, (run, pictures) in runs.items():
            if not timed and now(device) - began > seconds:
                raise NotInTime
            took = np.diff(run(steps if turn else 1)) / pictures
            each[name] += took[1:].tolist() if turn else []  # what only happens once is over after a step
        timed, took_all, left = turn, now(device) - turned, seconds - (now(device) - began)
        if not turn:  # of two steps at most; of a timed turn's two steps one counts
            steps = max(2, min(steps, int(2 * left / took_all)))
        if took_all * (1 if turn else steps / 2) > left:
            break
    if not timed:
        raise NotInTime
    median = {name: float(np.median(times)) for name, times in each.items()}
    row: dict[str, Any] = {"turns": timed}
    row |= {f"{name}, s per neuron": t * PICTURES * ITERATIONS for name, t in median.items()}
    best = min(t for name, t in median.items() if name.startswith("package"))
    for name in ways(method, device):
        row[f"{name}, times the package at its best"] = best / median[name]
        row[f"{name}, times the package as documented"] = median["package, as documented"] / median[name]
        row[f"{name}, image-steps per second"] = 1 / median[name]
        row[f"{name}, pictures at once"] = runs[name][1]
    if method in PAPER_SECONDS:
        row["paper, GTX 1080, s per neuron"] = PAPER_SECONDS[method]
    return row


def ways(method: str, device: torch.device) -> dict[str, VisualizationSettings]:
    """Our ways to run a method: the default of this device, in float32 too if that is another, and exact."""
    default = VisualizationSettings(method=method, **OWN.get(method, {}))
    found = {"default": default}
    if bfloat16_is_fast(device):
        found["default in float32"] = default.model_copy(update={"number_format": "float32"})
    return found | {"exact": default.model_copy(update={"exact": True})}


def network(device: torch.device, settings: VisualizationSettings) -> Network:
    """What these settings run on."""
    return runner_of(resnet50(device).to_channels_last(), settings)


def details(method: str, device: torch.device, seconds: float) -> dict[str, Any]:
    """Memory of a step, where each of our ways spends its time, operations of a picture's step.

    Raises NotInTime if the first of these tells that all take longer than `seconds`.
    """
    began = now(device)
    row: dict[str, Any] = {}
    for name, settings in ways(method, device).items():
        row[f"{name}, peak MB per picture"] = peak_bytes(network(device, settings), settings) / 1e6
        if 4 * (now(device) - began) > seconds:
            raise NotInTime
        row[f"{name}, share of time"] = where_time_goes(ours(network(device, settings), settings)[0], device)
    row["operations per image-step"] = operations(resnet50(device), method)
    return row


def peak_bytes(network: Network, settings: VisualizationSettings, pictures: int = 4) -> float:
    """Bytes per picture at the fullest moment of a step, beyond what was there before it."""
    made = Batch(network, [item(settings.method, n, network.size) for n in range(pictures)], settings)
    made.step()
    if network.mean.device.type == "cuda":
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        made.step()
        return (torch.cuda.max_memory_allocated() - before) / pictures
    with torch.profiler.profile(profile_memory=True) as profile:
        made.step()
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
    return float(counter.get_total_flops()) * (HORAMA["crops"] if method in OWN else 1)


def fastest_product(device: torch.device) -> dict[str, float]:
    """Operations per second of a large matrix product: what convolutions at their best could come to.

    Of the number formats that the hardware has, and as large as takes a tenth of a second, 8192 x 8192 at most.
    """
    found = {}
    for dtype in (torch.float32, *([torch.bfloat16] if bfloat16_is_fast(device) else [])):
        side = 256
        while True:
            a = torch.randn(side, side, device=device).to(dtype)
            times = []
            for _ in range(6):
                began = now(device)
                a @ a
                times.append(now(device) - began)
            if min(times) > 0.05 or side == 8192:  # the next would take eight times as long
                break
            side *= 2
        found[str(dtype).removeprefix("torch.")] = 2 * side**3 / min(times)
    return found


def bound(product: dict[str, float], row: dict[str, Any]) -> dict[str, float]:
    """What the speed of a matrix product would allow, and how much of it each of our ways reaches."""
    found = {}
    each = row["operations per image-step"]
    for name in ("default", "default in float32", "exact"):
        if f"{name}, image-steps per second" in row:
            own = name == "default" and "bfloat16" in product
            per_second = product["bfloat16" if own else "float32"]
            found[f"{name}, image-steps per second at the speed of a matrix product"] = per_second / each
            found[f"{name}, share of it"] = row[f"{name}, image-steps per second"] * each / per_second
    return found
