"""Fish: one from the side, a school, the head close by; scales, stripes, spots and rayed fins."""

from __future__ import annotations

import numpy as np

from .. import textures as tx
from ..canvas import Canvas, Colour, Frame, Texture
from ..draws import Draws
from ..parts import BLACK, darker, eye, shifted
from ..shapes import Array, blob, ellipse, limb, polygon

COLOURS: tuple[Colour, ...] = (
    (0.92, 0.56, 0.14),
    (0.88, 0.24, 0.18),
    (0.20, 0.46, 0.84),
    (0.94, 0.82, 0.24),
    (0.26, 0.66, 0.40),
    (0.72, 0.72, 0.76),
)
ACCENTS: tuple[Colour, ...] = (
    (0.95, 0.80, 0.20),
    (0.90, 0.30, 0.20),
    (0.25, 0.30, 0.75),
    (0.30, 0.75, 0.35),
    (0.85, 0.25, 0.60),
)
POSES = {"side": 1.8, "school": 0.8, "head": 1.0}


def paint_fish(canvas: Canvas, draws: Draws) -> dict[str, str]:
    """Paint one fish, or a school, on the canvas; returns its pose and pattern."""
    colour, accent = shifted(draws.choice(COLOURS), draws, 0.06), shifted(draws.choice(ACCENTS), draws, 0.06)
    pattern = draws.weighted({"plain": 1.3, "stripes": 1.0, "spots": 0.6})
    seed = draws.integer(0, 1 << 20)
    body: Texture = tx.plain(colour, seed, 0.12)
    if pattern == "stripes":
        body = tx.striped(
            body,
            draws.choice(((0.97, 0.96, 0.92), darker(colour, 0.25))),
            seed,
            draws.uniform(0.40, 0.55),
            0.0,
            0.42,
            0.14,
        )
    elif pattern == "spots":
        body = tx.spotted(body, draws.choice(((0.97, 0.96, 0.92), accent)), seed, 0.32, 0.34)
    hide = tx.scales(body, darker(colour, 0.35), seed, draws.uniform(0.15, 0.19))
    part = "scales" if pattern == "plain" else f"scales+{pattern}"
    pose = draws.weighted(POSES)
    flip = draws.chance(0.5)
    deep = draws.uniform(0.42, 0.62)
    if pose == "side":
        frame = Frame(
            draws.uniform(0.42, 0.58), draws.uniform(0.40, 0.60), draws.uniform(0.26, 0.36), draws.normal(0, 0.14), flip
        )
        _fish(canvas, frame, hide, part, colour, accent, deep)
    elif pose == "school":
        start = draws.uniform(0, 6.28)
        for k in range(draws.integer(3, 4)):
            x, y = 0.5 + 0.25 * np.cos(start + 1.7 * k), 0.5 + 0.27 * np.sin(start + 1.7 * k)
            frame = Frame(float(x), float(y), draws.uniform(0.12, 0.15), draws.normal(0, 0.12), flip)
            _fish(canvas, frame, hide, part, colour, accent, deep)
    else:
        frame = Frame(
            draws.uniform(0.62, 0.76), draws.uniform(0.42, 0.58), draws.uniform(0.50, 0.62), draws.normal(0, 0.1), flip
        )
        _fish(canvas, frame, hide, part, colour, accent, deep + 0.08)
    return {"pose": pose, "pattern": pattern}


def _rays(colour: Colour, angle: float, period: float) -> Texture:
    """A fin's surface: bright rays on a darker skin."""

    def texture(x: Array, y: Array) -> Array:
        _, across = tx.turned(x, y, angle)
        wave = 0.5 + 0.5 * np.cos(across / period * 6.2832)
        return tx.mix(darker(colour, 0.55), darker(colour, 1.2), wave)

    return texture


def _fish(canvas: Canvas, frame: Frame, hide: Texture, part: str, colour: Colour, accent: Colour, deep: float) -> None:
    """A fish swimming to the left; one unit is half its body's length."""
    tail = polygon([(0.78, 0.0), (1.42, -0.50), (1.28, 0.0), (1.42, 0.50)], 0.04)
    canvas.paint(frame, tail, _rays(accent, 0.0, 0.11), "tail+fin", bevel=0.1)
    canvas.paint(
        frame,
        blob(0.05, -deep * 0.82, [0.62, 0.3, 0.2, 0.3, 0.55, 0.38, 0.34, 0.50]),
        _rays(accent, 1.35, 0.12),
        "fin",
        bevel=0.08,
    )
    canvas.paint(
        frame,
        blob(0.22, deep * 0.80, [0.36, 0.42, 0.34, 0.26, 0.3, 0.2, 0.2, 0.2]),
        _rays(accent, 1.8, 0.11),
        "fin",
        bevel=0.08,
    )
    body = blob(
        0.0,
        0.0,
        [0.98, 0.64 * deep + 0.32, deep, 0.75 * deep + 0.26, 0.98, 0.75 * deep + 0.26, deep, 0.64 * deep + 0.32],
    )
    canvas.paint(frame, body, hide, f"body+{part}", bevel=0.42, relief=0.6)
    canvas.paint(
        frame,
        ellipse(-0.86, 0.0, 0.40, 0.40 * deep + 0.16),
        tx.plain(darker(colour, 1.08), 3, 0.06),
        "head",
        bevel=0.22,
        blur=0.05,
    )
    canvas.paint(
        frame, limb([(-0.42, -deep * 0.62), (-0.32, 0.0), (-0.44, deep * 0.60)], 0.028), darker(colour, 0.4), "head"
    )
    canvas.paint(frame, limb([(-1.16, 0.10), (-1.02, 0.17), (-0.90, 0.15)], [0.025, 0.035, 0.02]), BLACK, "mouth")
    eye(canvas, frame, -0.70, -0.12, 0.15, (0.95, 0.80, 0.25), iris_share=0.72)
    canvas.paint(
        frame,
        polygon([(-0.20, 0.10), (0.26, -0.06), (0.30, 0.22), (0.10, 0.34)], 0.04),
        _rays(accent, 0.25, 0.09),
        "fin",
        bevel=0.08,
    )
