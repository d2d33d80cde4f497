"""The creature world: a kind of creature, a number and a seed -> a painted picture with the masks of its parts.

The world stands in for photographs where none can be counted on. Its nine kinds are the nine classes of Restricted
ImageNet; parts, textures and places are shared between kinds, so that a network trained on it has something smaller
than a kind to detect. A picture depends only on (kind, number, seed, size).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .backgrounds import PLACES, paint_background
from .canvas import Canvas
from .creatures.bird import paint_bird
from .creatures.cat import paint_cat
from .creatures.crab import paint_crab
from .creatures.dog import paint_dog
from .creatures.fish import paint_fish
from .creatures.frog import paint_frog
from .creatures.insect import paint_insect
from .creatures.primate import paint_primate
from .creatures.turtle import paint_turtle
from .draws import Draws
from .textures import noise

CLASSES = ("dog", "cat", "frog", "turtle", "bird", "primate", "fish", "crab", "insect")

_PAINTERS: dict[str, Callable[[Canvas, Draws], dict[str, str]]] = {
    "dog": paint_dog,
    "cat": paint_cat,
    "frog": paint_frog,
    "turtle": paint_turtle,
    "bird": paint_bird,
    "primate": paint_primate,
    "fish": paint_fish,
    "crab": paint_crab,
    "insect": paint_insect,
}

# Where each kind is at home. Half of its pictures show it there, the other half in any place at all, so that places
# remain concepts of their own.
_HOMES = {
    "dog": ("grass", "wood", "sand"),
    "cat": ("wood", "stones", "flowers"),
    "frog": ("leaves", "water", "stones"),
    "turtle": ("sand", "water", "grass"),
    "bird": ("sky", "leaves", "flowers"),
    "primate": ("leaves", "wood", "sky"),
    "fish": ("water", "stones", "sand"),
    "crab": ("sand", "stones", "water"),
    "insect": ("flowers", "leaves", "grass"),
}


@dataclass(frozen=True)
class Scene:
    """One picture of the world.

    pixels: uint8 [S, S, 3]; masks: name of a part, surface or place -> bool [S, S], where it is what one sees;
    attributes: kind, place, pose, pattern.
    """

    pixels: np.ndarray
    masks: dict[str, np.ndarray]
    attributes: dict[str, str]


def paint(kind: str, number: int, *, seed: int = 0, size: int = 128) -> Scene:
    """Paint the `number`-th picture of a kind (one of CLASSES) in the world of this seed, size x size pixels."""
    if kind not in _PAINTERS:
        raise ValueError(f"the creature world has no kind '{kind}'; its kinds are {', '.join(CLASSES)}")
    draws = Draws("creature world", seed, kind, number)
    canvas = Canvas(size)
    place = draws.choice(_HOMES[kind]) if draws.chance(0.5) else draws.choice(tuple(PLACES))
    paint_background(canvas, draws.child("place"), place)
    attributes = _PAINTERS[kind](canvas, draws.child("creature"))
    light = draws.child("light")
    canvas.pixels *= np.array([light.normal(1.0, 0.05) for _ in range(3)], np.float32) * light.uniform(0.86, 1.10)
    at = (np.arange(size, dtype=np.float32) + 0.5) * (128.0 / size)
    x, y = np.meshgrid(at, at)
    grain = 0.035 * (noise(x * 0.9, y * 0.9, light.integer(0, 1 << 20)) - 0.5)
    masks = {name: mask > 0.5 for name, mask in canvas.masks.items()}
    return Scene(
        canvas.finished(grain),
        {name: mask for name, mask in masks.items() if mask.any()},
        {"kind": kind, "place": place, **attributes},
    )


def world_version() -> str:
    """A hash of what the world looks like: one small picture of every kind in every pose drawn from eight numbers."""
    digest = hashlib.sha256()
    for kind in CLASSES:
        for number in range(8):
            digest.update(paint(kind, number, seed=0, size=32).pixels.tobytes())
    return digest.hexdigest()[:16]
