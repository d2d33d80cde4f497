"""Places where creatures are met: grass, leaves, sand, water, sky, stones, wood, flowers."""

from __future__ import annotations

import math

import numpy as np

from . import textures as tx
from .canvas import Canvas, Colour, Frame, Texture
from .draws import Draws
from .parts import darker, shifted
from .shapes import Array, circle, ellipse, limb, polygon, union


def grass(canvas: Canvas, draws: Draws) -> None:
    """A meadow: blades over a mottled ground."""
    green = shifted(draws.choice(((0.26, 0.50, 0.15), (0.36, 0.48, 0.18), (0.18, 0.42, 0.18))), draws)
    seed = draws.integer(0, 1 << 20)

    def ground(x: Array, y: Array) -> Array:
        blade = tx.noise(x * 42.0 + 1.2 * np.sin(y * 7.0), y * 5.0, seed, 2)
        patch = tx.noise(x * 4.0, y * 4.0, seed + 3, 2)
        return tx.mix(darker(green, 0.55), darker(green, 1.45), np.clip(0.75 * blade + 0.5 * patch - 0.12, 0, 1))

    canvas.fill(ground, "grass")
    for _ in range(34):
        x, y, h = draws.uniform(-0.05, 1.05), draws.uniform(0.1, 1.1), draws.uniform(0.08, 0.2)
        lean = draws.uniform(-0.6, 0.6) * h
        canvas.paint(
            Frame(),
            limb([(x, y), (x + lean * 0.3, y - h * 0.6), (x + lean, y - h)], [0.008, 0.006, 0.002], steps=2),
            darker(green, draws.uniform(0.8, 1.9)),
            "grass",
        )


def stones(canvas: Canvas, draws: Draws) -> None:
    """Rounded cobbles, grey to brown."""
    seed = draws.integer(0, 1 << 20)
    size = draws.uniform(0.13, 0.2)
    a, b = shifted((0.55, 0.52, 0.50), draws), shifted((0.42, 0.42, 0.50), draws)

    def cobbles(x: Array, y: Array) -> Array:
        nearest, second, which = tx.cells(x / size, y / size, seed, 0.75)
        edge = second - nearest
        rough = tx.noise(x * 45.0, y * 45.0, seed + 9, 2)
        stone = tx.mix(a, b, which) * (0.70 + 0.35 * tx.smoothstep(0.0, 0.45, edge) + 0.35 * (rough - 0.5))[..., None]
        lit = 1.0 + 0.25 * (which - 0.5)
        return tx.mix((0.13, 0.12, 0.12), stone * lit[..., None], tx.smoothstep(0.04, 0.16, edge))

    canvas.fill(cobbles, "stones")


def leaves(canvas: Canvas, draws: Draws) -> None:
    """Foliage: overlapping leaves with midribs over dark gaps."""
    green = shifted(draws.choice(((0.20, 0.50, 0.18), (0.34, 0.56, 0.16), (0.16, 0.44, 0.26))), draws)
    seed = draws.integer(0, 1 << 20)
    canvas.fill(
        lambda x, y: tx.mix(darker(green, 0.16), darker(green, 0.42), tx.noise(x * 7.0, y * 7.0, seed, 2)), "leaves"
    )
    size = draws.uniform(0.13, 0.19)
    for k in range(34):
        gx, gy = (k * 7 % 34) % 6 / 5.0, (k * 7 % 34) // 6 / 5.0
        leaf = Frame(
            gx + draws.uniform(-0.12, 0.12),
            gy + draws.uniform(-0.12, 0.12),
            size * draws.uniform(0.75, 1.15),
            draws.uniform(-3.1, 3.1),
        )
        tone = darker(green, draws.uniform(0.75, 1.55))
        canvas.shadow(leaf, ellipse(0.08, 0.1, 0.95, 0.46), 0.3, 0.35)
        canvas.paint(
            leaf,
            polygon([(-0.95, 0.0), (-0.35, -0.38), (0.35, -0.34), (1.0, 0.0), (0.35, 0.34), (-0.35, 0.38)], 0.05),
            _leaf(tone),
            "leaves",
            bevel=0.3,
            relief=0.3,
        )


def _leaf(tone: Colour) -> Texture:
    def texture(x: Array, y: Array) -> Array:
        side = np.abs((x - np.abs(y) * 0.9) * 4.0 % 1.0 - 0.5)
        veins = np.maximum(tx.smoothstep(0.07, 0.02, np.abs(y)), 0.55 * tx.smoothstep(0.12, 0.02, side))
        return tx.mix(tone, darker(tone, 1.7), veins)

    return texture


def sand(canvas: Canvas, draws: Draws) -> None:
    """A beach: ripples, grains and a few pebbles."""
    tone = shifted(draws.choice(((0.86, 0.74, 0.52), (0.78, 0.64, 0.42), (0.90, 0.80, 0.62))), draws)
    seed, angle, period = draws.integer(0, 1 << 20), draws.uniform(-0.4, 0.4), draws.uniform(0.06, 0.10)

    def beach(x: Array, y: Array) -> Array:
        _, across = tx.turned(x, y, angle)
        ripple = 0.5 + 0.5 * np.sin(across / period * 6.2832 + 3.5 * tx.noise(x * 4.0, y * 4.0, seed, 2) * 2.0)
        grain = tx.hashed(np.floor(x * 150.0), np.floor(y * 150.0), seed + 1)
        return np.asarray(tone, np.float32) * (0.80 + 0.20 * ripple + 0.16 * grain)[..., None]

    canvas.fill(beach, "sand")
    for _ in range(draws.integer(4, 9)):
        stone = Frame(draws.uniform(), draws.uniform(), draws.uniform(0.010, 0.024), draws.uniform(0, 3))
        canvas.shadow(stone, ellipse(0.4, 0.6, 1.2, 0.9), 0.6, 0.35)
        canvas.paint(stone, ellipse(0, 0, 1.2, 0.85), darker(tone, draws.uniform(0.45, 1.1)), "sand", bevel=0.7)


def water(canvas: Canvas, draws: Draws) -> None:
    """Shallow water: a net of light over blue to turquoise, some bubbles."""
    deep = shifted(draws.choice(((0.08, 0.30, 0.58), (0.06, 0.44, 0.54), (0.12, 0.38, 0.66))), draws)
    seed, size = draws.integer(0, 1 << 20), draws.uniform(0.17, 0.26)

    def sea(x: Array, y: Array) -> Array:
        wave = 0.35 * (tx.noise(x * 6.0, y * 6.0, seed + 3, 2) - 0.5)
        nearest, second, _ = tx.cells(x / size + wave, y / (size * 0.72) - wave, seed, 0.9)
        net = tx.smoothstep(0.20, 0.0, second - nearest)
        shade = 0.85 + 0.5 * tx.noise(x * 2.5, y * 2.5, seed + 8, 2)
        return tx.mix(np.asarray(deep, np.float32) * shade[..., None], (0.70, 0.94, 0.96), 0.75 * net * net)

    canvas.fill(sea, "water")
    for _ in range(draws.integer(3, 8)):
        bubble = Frame(draws.uniform(), draws.uniform(), draws.uniform(0.010, 0.026))
        canvas.paint(bubble, circle(0, 0, 1.0), (0.85, 0.96, 1.0), "water", opacity=0.55, bevel=0.6)
        canvas.paint(bubble, circle(-0.3, -0.35, 0.28), (1.0, 1.0, 1.0), "water")


def sky(canvas: Canvas, draws: Draws) -> None:
    """A blue gradient with soft clouds."""
    high = shifted(draws.choice(((0.22, 0.48, 0.86), (0.36, 0.60, 0.92), (0.42, 0.50, 0.82))), draws)
    low = shifted(draws.choice(((0.78, 0.90, 0.98), (0.96, 0.86, 0.78), (0.86, 0.92, 0.96))), draws, 0.03)
    seed, cover = draws.integer(0, 1 << 20), draws.uniform(0.42, 0.56)

    def heaven(x: Array, y: Array) -> Array:
        cloud = tx.smoothstep(cover, cover + 0.20, tx.noise(x * 3.0, y * 5.0, seed, 4))
        return tx.mix(tx.mix(high, low, tx.smoothstep(0.0, 1.0, y)), (0.98, 0.98, 1.0), 0.9 * cloud)

    canvas.fill(heaven, "sky")


def wood(canvas: Canvas, draws: Draws) -> None:
    """Planks with grain, knots and dark joints."""
    tone = shifted(draws.choice(((0.56, 0.36, 0.20), (0.66, 0.48, 0.28), (0.44, 0.28, 0.18))), draws)
    seed, width = draws.integer(0, 1 << 20), draws.uniform(0.16, 0.26)
    upright = draws.chance(0.3)

    def planks(x: Array, y: Array) -> Array:
        if upright:
            x, y = y, x
        row = np.floor(y / width)
        within = y / width - row
        start = tx.hashed(row, row * 0.0, seed)
        along = x + start * 7.0
        knot = np.hypot((along * 1.7) % 1.0 - 0.5, (within - 0.5) * 0.45 + 0.2 * (start - 0.5))
        rings = tx.noise(
            along * 2.0 + 0.8 * np.exp(-knot * 8.0), within * 7.0 + row * 13.0 + 2.5 * np.exp(-knot * 7.0), seed, 3
        )
        line = 0.5 + 0.5 * np.sin(rings * 34.0)
        colour = np.asarray(tone, np.float32) * (0.72 + 0.30 * start + 0.30 * line)[..., None]
        gap = np.minimum(within, 1.0 - within) * width
        return tx.mix((0.10, 0.06, 0.04), colour, tx.smoothstep(0.004, 0.016, gap))

    canvas.fill(planks, "wood")


def flowers(canvas: Canvas, draws: Draws) -> None:
    """Blossoms of several colours among dark leaves."""
    green = shifted((0.16, 0.36, 0.14), draws)
    seed = draws.integer(0, 1 << 20)
    canvas.fill(
        lambda x, y: tx.mix(darker(green, 0.45), darker(green, 1.3), tx.noise(x * 16.0, y * 7.0, seed, 2)), "flowers"
    )
    colours = [shifted(draws.choice(BLOSSOMS), draws, 0.05) for _ in range(2)]
    size = draws.uniform(0.085, 0.125)
    for k in range(20):
        gx, gy = (k * 7 % 20) % 5 / 4.0, (k * 7 % 20) // 5 / 3.0
        bloom = Frame(
            gx + draws.uniform(-0.10, 0.10),
            gy + draws.uniform(-0.12, 0.12),
            size * draws.uniform(0.75, 1.15),
            draws.uniform(0, 6.2),
        )
        petals = union(
            *(
                ellipse(0.56 * math.cos(t), 0.56 * math.sin(t), 0.46, 0.30, t)
                for t in (0.0, 1.2566, 2.5133, 3.7699, 5.0265)
            )
        )
        canvas.shadow(bloom, circle(0.1, 0.15, 0.9), 0.4, 0.4)
        canvas.paint(bloom, petals, draws.choice(colours), "flowers", bevel=0.25, relief=0.4)
        canvas.paint(bloom, circle(0, 0, 0.27), (0.95, 0.78, 0.16), "flowers", bevel=0.2)


BLOSSOMS: tuple[Colour, ...] = (
    (0.94, 0.42, 0.62),
    (0.96, 0.94, 0.92),
    (0.66, 0.44, 0.86),
    (0.96, 0.72, 0.20),
    (0.90, 0.22, 0.26),
    (0.42, 0.52, 0.94),
)

PLACES = {
    "grass": grass,
    "leaves": leaves,
    "sand": sand,
    "water": water,
    "sky": sky,
    "stones": stones,
    "wood": wood,
    "flowers": flowers,
}


def paint_background(canvas: Canvas, draws: Draws, kind: str) -> None:
    """Cover the canvas with a place of this kind (a key of PLACES); its mask carries the same name."""
    PLACES[kind](canvas, draws)
