"""A small network, small pictures, and a reporter that counts: what tests of whole builds are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import nn

from generator.study import Study, load_study

SIDE = 32


def small_model() -> nn.Module:
    """Units that answer to colours: what a picture of one strong colour does to them is known by hand."""
    torch.manual_seed(5)
    model = nn.Sequential(
        nn.Conv2d(3, 12, 3, padding=1), nn.ReLU(), nn.Conv2d(12, 24, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    )  # fmt: skip
    with torch.no_grad():
        model[2].bias -= 0.05
    return model


def picture(seed: int) -> np.ndarray:
    """A random picture of coloured rectangles, uint8 [40, 40, 3]."""
    rng = np.random.default_rng(seed)
    pixels = np.full((40, 40, 3), rng.integers(0, 255, 3), np.uint8)
    for _ in range(4):
        y, x = rng.integers(0, 30, 2)
        pixels[y : y + rng.integers(5, 25), x : x + rng.integers(5, 25)] = rng.integers(0, 255, 3)
    return pixels


def study(folder: Path, **overrides: object) -> Study:
    """A study of the small network on a folder, over in a second or two."""
    settings: dict = {
        "name": "small",
        "data": {"kind": "folder", "path": folder},
        "model": {"name": "tests.small_study:small_model", "size": SIDE, "mean": (0.5,) * 3, "std": (0.25,) * 3},
        "selection": {
            "count": 3, "top_edge_num": 14, "bottom_edge_num": 14, "top_min": 0.0, "min_max_ratio_min": 1.01,
            "overlap_max": 1.0, "similarity_max": 1.0, "visualization_min": 0.0,
        },
        "visualization": {"method": "madry", "iterations": 3},
        "gridcam": {"windows": (4, 7)},
    }  # fmt: skip
    for section, values in overrides.items():
        settings[section] = {**settings.get(section, {}), **values} if isinstance(values, dict) else values
    return load_study(None, settings)


@dataclass
class Counting:
    """A reporter that remembers what it was told. steps_in: how often each stage told how far it is."""

    stages: dict[str, bool] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    steps: int = 0
    steps_in: dict[str, int] = field(default_factory=dict)
    running: str = ""

    def begin(self, stage: str, unit: str) -> None:
        assert not self.running, f"{stage} begins within {self.running}"
        self.running = stage
        self.steps_in[stage] = 0

    def advance(self, done: float, total: float) -> None:
        assert 0 < done <= total
        assert self.running, "somebody computes outside of every stage"
        self.steps += 1
        self.steps_in[self.running] += 1

    def end(self, stage) -> None:
        self.stages[stage.name] = stage.cached
        self.running = ""

    def warn(self, sentence: str) -> None:
        self.warnings.append(sentence)
