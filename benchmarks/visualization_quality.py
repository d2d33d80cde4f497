"""What the default's pictures reach of the exact ones; seconds per neuron by their number; neurons in full.

Used by benchmarks/visualization.py, whose first lines say what is compared with what.
"""

from __future__ import annotations

import numpy as np
import torch

from benchmarks.time_limit import NotInTime
from benchmarks.visualization_speed import ITERATIONS, PICTURES, item, now, resnet50
from generator.errors import StudyError
from generator.explanations.visualization.items import Item
from generator.explanations.visualization.optimizer import visualize
from generator.models import NetworkHandle
from generator.models.network import Network
from generator.study.model import ModelSettings
from generator.study.visualization import VisualizationSettings

RANDOM = "ResNet-50, random weights"
NETWORKS = (RANDOM, "world", "efficientnet-lite0")


def ratios(
    name: str, method: str, device: torch.device, iterations: int, pairs: int, seconds: float
) -> dict[str, float] | None:
    """Default over exact activation of (neuron, seed) pairs, both measured in 32 bits: median and lowest.

    The exact way is the packages' own trajectory (tests/explanations/visualization/test_parity.py). Beside ResNet-50,
    whose weights are random here, the default network and, where it is installed, a trained one (None where
    it is not). Raises NotInTime if one iteration of each tells that all take longer than `seconds`.
    """
    try:
        network = _network(name, device)
    except StudyError:
        return None
    seen = network(torch.rand(8, 3, network.size, network.size, device=device))
    # Of random weights most neurons hardly vary: pictures are optimized for those that do most.
    chosen = (seen.std(0) if name == RANDOM else seen.mean(0)).topk(pairs // 2).indices.tolist()
    items = [item(method, n, network.size, s) for n in chosen for s in range(2)]
    own = {"step_size": 0.57, "noise_sd": 0.1} if name == "world" else {}
    default = VisualizationSettings(method=method, iterations=iterations, **own)
    exact = default.model_copy(update={"exact": True})
    began = now(device)
    for settings in (exact, default):
        visualize(network, items, settings.model_copy(update={"iterations": 1}))
    if (now(device) - began) * (iterations + 1) > seconds:
        raise NotInTime
    one, other = visualize(network, items, default), visualize(network, items, exact)
    each = [a.activation / b.activation for a, b in zip(one, other, strict=True)]
    raised = np.median([b.activation / b.history[0] for b in other if b.history[0] > 0])
    return {
        "pairs": len(each), "iterations": iterations, "median": float(np.median(each)), "lowest": min(each),
        "exact, times the start": float(raised),
    }  # fmt: skip


def _network(name: str, device: torch.device) -> Network:
    return resnet50(device) if name == RANDOM else NetworkHandle(ModelSettings(name=name), str(device)).network


class Growth:
    """Neurons -> seconds per neuron, one picture of 10 iterations, on the default network: equal if time is linear.

    Raises NotInTime if the neurons of the calls before tell that these take longer than `seconds`.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.network: Network | None = None
        self.each = 0.0

    def __call__(self, count: int, seconds: float) -> float:
        if count * self.each > seconds:
            raise NotInTime
        settings = VisualizationSettings(iterations=10, step_size=0.57)
        if self.network is None:
            self.network = NetworkHandle(ModelSettings(), str(self.device)).network
            visualize(self.network, [Item(n) for n in range(32)], settings.model_copy(update={"iterations": 2}))
        items = [Item(n % self.network.units, n // self.network.units) for n in range(count)]
        began = now(self.device)
        visualize(self.network, items, settings)
        self.each = (now(self.device) - began) / count
        return self.each


def whole(method: str, device: torch.device, neurons: int, seconds: float) -> float:
    """Nothing extrapolated: seconds of `neurons` x 6 pictures x 200 iterations, as by default.

    Raises NotInTime if not all are finished after `seconds`.
    """
    network = resnet50(device)
    items = [item(method, n, network.size, s) for n in range(neurons) for s in range(PICTURES)]
    settings = VisualizationSettings(method=method, iterations=ITERATIONS)
    began = now(device)
    if len(visualize(network, items, settings, time_limit=seconds)) < len(items):
        raise NotInTime
    return now(device) - began
