"""Places where creatures are met: grass, leaves, sand, water, sky, stones, wood, flowers.

Each fills the picture with one texture that is still named at a glance when a creature covers its middle. Things
that lie about (leaves, blossoms, pebbles) are spread evenly, so that no picture of a place lacks what makes it one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from . import textures as tx
from .canvas import LIGHT, Canvas, Colour, Frame, Texture
from .draws import Draws
from .parts import darker, shifted
from .shapes import Array, Shape, circle, ellipse

BLOSSOMS: tuple[Colour, ...] = (
    (0.94, 0.36, 0.60),
    (0.96, 0.94, 0.92),
    (0.62, 0.38, 0.86),
    (0.98, 0.76, 0.16),
    (0.90, 0.20, 0.22),
    (0.34, 0.46, 0.94),
    (0.97, 0.52, 0.18),
)


def _spread(draws: Draws, count: int, jitter: float = 0.04) -> Iterator[tuple[float, float]]:
    """Points that cover the picture and a little more evenly, in an order that never moves along a row.

    The R2 sequence (Roberts 2018): steps by powers of the inverse plastic number, here from a random start.
    """
    x, y = draws.uniform(), draws.uniform()
    for k in range(count):
        yield (
            1.16 * ((x + k * 0.7548777) % 1.0) - 0.08 + draws.uniform(-jitter, jitter),
            1.16 * ((y + k * 0.5698403) % 1.0) - 0.08 + draws.uniform(-jitter, jitter),
        )


def _lit(height: Array, length: float) -> Array:
    """How much more light than flat ground a height field [S, S] catches; heights are in units of `length`."""
    down, across = np.gradient(height, 1.0 / (height.shape[0] * length))
    return across * LIGHT[0] + down * LIGHT[1]


def grass(canvas: Canvas, draws: Draws) -> None:
    """A meadow: bent blades over a streaked ground."""
    green = shifted(
        draws.choice(((0.26, 0.52, 0.14), (0.40, 0.52, 0.16), (0.16, 0.44, 0.18), (0.50, 0.52, 0.20))), draws
    )
    seed, scale = draws.integer(0, 1 << 20), draws.uniform(0.75, 1.45)

    def ground(x: Array, y: Array) -> Array:
        blade = tx.noise(x * 38.0 / scale + 1.2 * np.sin(y * 7.0), y * 5.0 / scale, seed, 2)
        patch = tx.noise(x * 3.5, y * 3.5, seed + 3)
        tone = np.clip(0.5 + 1.5 * (blade - 0.5) + 0.5 * (patch - 0.5), 0, 1)
        return tx.mix(darker(green, 0.38), darker(green, 1.25), tone)

    canvas.fill(ground, "grass")
    wind = draws.uniform(-0.25, 0.25)
    places = sorted(_spread(draws, 44), key=lambda at: at[1])
    for x, y in places:
        height = scale * draws.uniform(0.13, 0.26)
        tone = darker(green, draws.choice((0.55, 1.15, 1.5, 1.8)) * draws.uniform(0.9, 1.1))
        blade = _blade(wind + draws.uniform(-0.45, 0.45), draws.uniform(0.030, 0.055))
        canvas.paint(Frame(x, y + 0.6 * height, height), blade, _shaded_blade(tone), "grass")


def _blade(lean: float, width: float) -> Shape:
    """A blade of grass from its root at the origin to a tip at (lean, -1)."""

    def distance(x: Array, y: Array) -> Array:
        t = np.clip(-y, 0.0, 1.0)
        side = np.abs(x - lean * t * t) / np.sqrt(1.0 + (2.0 * lean * t) ** 2)
        return np.maximum(side - width * (1.0 - t * t), np.maximum(y, -1.0 - y))

    return Shape((min(lean, 0.0) - width, -1.0, max(lean, 0.0) + width, 0.0), distance)


def _shaded_blade(tone: Colour) -> Texture:
    """Dark at the root, light at the tip."""
    return lambda x, y: np.asarray(tone, np.float32) * (0.55 - 0.55 * y)[..., None]


def leaves(canvas: Canvas, draws: Draws) -> None:
    """Foliage: overlapping leaves with midribs over dark gaps."""
    green = shifted(
        draws.choice(((0.20, 0.52, 0.16), (0.38, 0.58, 0.14), (0.14, 0.46, 0.28), (0.26, 0.46, 0.12))), draws
    )
    seed = draws.integer(0, 1 << 20)
    canvas.fill(
        lambda x, y: tx.mix(darker(green, 0.14), darker(green, 0.40), tx.noise(x * 7.0, y * 7.0, seed)), "leaves"
    )
    size, width = draws.uniform(0.15, 0.24), draws.uniform(0.36, 0.56)
    count = round(min(33.0, 0.60 / (size * size * width)))
    for k, (x, y) in enumerate(_spread(draws, count)):
        depth = (k + 1) / count  # later leaves lie on top, in more light
        leaf = Frame(x, y, size * draws.uniform(0.75, 1.2), draws.uniform(-math.pi, math.pi))
        if depth > 0.65:
            canvas.shadow(leaf, ellipse(0.05, 0.08, 1.0, width), 0.3, 0.5)
        _paint_leaf(canvas, leaf, width, darker(green, draws.uniform(0.75, 1.1) * (0.55 + 0.75 * depth)), "leaves")


def _paint_leaf(canvas: Canvas, frame: Frame, width: float, tone: Colour, part: str) -> None:
    """One leaf from its stalk at (-1, 0) to its tip at (1, 0), `width` half as wide, one half turned to the light."""

    def distance(x: Array, y: Array) -> Array:
        half = width * (1.0 - x * x) * (1.1 - 0.5 * x) / 1.16
        return np.maximum((np.abs(y) - half) * 0.85, np.abs(x) - 1.0)

    def texture(x: Array, y: Array) -> Array:
        away = np.abs(y)
        side = np.abs((x - 0.8 * away) * 3.6 % 1.0 - 0.5)
        veins = np.maximum(tx.smoothstep(0.09, 0.03, away), 0.5 * tx.smoothstep(0.14, 0.02, side))
        light = np.where(y < 0.0, np.float32(1.16), np.float32(0.86)) - (0.9 / width**2) * away * away * away
        return tx.mix(np.asarray(tone, np.float32) * light[..., None], darker(tone, 1.75), veins)

    canvas.paint(frame, Shape((-1.0, -width, 1.0, width), distance), texture, part)


def sand(canvas: Canvas, draws: Draws) -> None:
    """A beach: wind ripples, grains and pebbles."""
    tone = shifted(
        draws.choice(((0.84, 0.70, 0.46), (0.76, 0.60, 0.38), (0.90, 0.79, 0.60), (0.82, 0.62, 0.42))), draws, 0.05
    )
    seed, angle, period = draws.integer(0, 1 << 20), draws.uniform(-0.6, 0.6), draws.uniform(0.055, 0.125)

    def beach(x: Array, y: Array) -> Array:
        _, across = tx.turned(x, y, angle)
        phase = across / period + 1.5 * tx.noise(x * 3.5, y * 3.5, seed, 2)
        saw = phase - np.floor(phase)  # a slow rise to windward, a steep fall in the shade
        ripple = tx.smoothstep(0.0, 0.68, saw) * tx.smoothstep(1.0, 0.72, saw)
        grain = tx.hashed(np.floor(x * 160.0), np.floor(y * 160.0), seed + 1)
        grain = grain - 0.5 - 0.9 * (grain < 0.035) + 0.5 * (grain > 0.97)
        return np.asarray(tone, np.float32) * (0.74 + 0.36 * ripple + 0.20 * grain)[..., None]

    canvas.fill(beach, "sand")
    pebble = draws.uniform(0.011, 0.024)
    for x, y in _spread(draws, draws.integer(9, 17), 0.1):
        frame = Frame(x, y, pebble * draws.uniform(0.6, 1.6), draws.uniform(0.0, math.pi))
        colour = shifted(draws.choice(((0.46, 0.38, 0.32), (0.60, 0.56, 0.52), (0.90, 0.87, 0.82))), draws)
        canvas.shadow(Frame(x + 0.3 * frame.scale, y + 0.5 * frame.scale, frame.scale), circle(0, 0, 1.1), 0.6, 0.5)
        canvas.paint(frame, ellipse(0, 0, 1.2, 0.85), colour, "sand", bevel=0.8)


def water(canvas: Canvas, draws: Draws) -> None:
    """Shallow water: a swaying net of light over turquoise to blue, and bubbles."""
    deep = shifted(
        draws.choice(((0.05, 0.28, 0.60), (0.03, 0.46, 0.56), (0.10, 0.40, 0.72), (0.05, 0.56, 0.62))), draws
    )
    seed, size = draws.integer(0, 1 << 20), draws.uniform(0.15, 0.30)

    def sea(x: Array, y: Array) -> Array:
        u, v = x / size, y / (size * 0.7)
        sway_x, sway_y = tx.noise(u * 1.1, v * 1.1, seed + 3, 2), tx.noise(u * 1.1 + 40.0, v * 1.1, seed + 5, 2)
        nearest, second, _ = tx.cells(u + 1.5 * sway_x, v + 1.5 * sway_y, seed, 0.9)
        edge = second - nearest
        shade = 0.62 + 0.75 * tx.noise(x * 2.6, y * 2.6, seed + 8)
        glow = np.exp(-5.0 * edge)
        line = tx.smoothstep(0.04 + 0.20 * sway_y, 0.0, edge)  # the net is bright and broad here, thin there
        sea = tx.mix(np.asarray(deep, np.float32) * shade[..., None], darker(deep, 1.7), 0.6 * glow)
        return tx.mix(sea, (0.80, 0.98, 0.97), 0.85 * line)

    canvas.fill(sea, "water")
    for x, y in _spread(draws, draws.integer(4, 9), 0.2):
        bubble = Frame(x, y, draws.uniform(0.012, 0.032))
        canvas.paint(bubble, circle(0, 0, 1.0), _bubble, "water", opacity=0.8)


def _bubble(x: Array, y: Array) -> Array:
    """A ball of air of radius 1: clear within, pale at the rim, a glint to the upper left."""
    rim = tx.smoothstep(0.45, 0.95, np.hypot(x, y))
    glint = tx.smoothstep(0.42, 0.22, np.hypot(x + 0.32, y + 0.36))
    return tx.mix((0.40, 0.74, 0.88), (0.94, 1.0, 1.0), np.maximum(rim, glint))


def sky(canvas: Canvas, draws: Draws) -> None:
    """A blue gradient with soft clouds, lit from above."""
    high = shifted(draws.choice(((0.16, 0.42, 0.84), (0.30, 0.58, 0.92), (0.36, 0.44, 0.80))), draws)
    low = shifted(draws.choice(((0.66, 0.85, 0.97), (0.97, 0.82, 0.70), (0.76, 0.88, 0.96))), draws, 0.03)
    seed, scale, cover = draws.integer(0, 1 << 20), draws.uniform(0.9, 1.6), draws.uniform(0.30, 0.52)

    def heaven(x: Array, y: Array) -> Array:
        field = tx.noise(x * 3.2 * scale, y * 4.8 * scale, seed, 4)
        edge = float(np.quantile(field[::2, ::2], 1.0 - cover))  # always this share of cloud
        cloud = tx.smoothstep(edge - 0.03, edge + 0.09, field)
        body = tx.noise(x * 3.2 * scale, y * 4.8 * scale, seed, 2)
        light = np.clip(0.72 + 0.9 * _lit(body, 0.11 / scale), 0.0, 1.0)
        white = tx.mix((0.68, 0.73, 0.84), (1.0, 1.0, 0.99), light)
        blue = tx.mix(high, low, tx.smoothstep(0.0, 1.05, y))
        return blue + (white - blue) * (0.95 * cloud)[..., None]

    canvas.fill(heaven, "sky")


def stones(canvas: Canvas, draws: Draws) -> None:
    """Rounded cobbles in the light, grey, brown and blue, with dark gaps."""
    seed, size = draws.integer(0, 1 << 20), draws.uniform(0.13, 0.24)
    first = shifted(draws.choice(((0.62, 0.59, 0.56), (0.64, 0.54, 0.44), (0.52, 0.55, 0.62))), draws)
    other = shifted(draws.choice(((0.42, 0.42, 0.48), (0.50, 0.42, 0.36), (0.74, 0.71, 0.66))), draws)

    def cobbles(x: Array, y: Array) -> Array:
        nearest, second, which = tx.cells(x / size, y / size, seed, 0.7)
        edge = second - nearest + 0.05 - 0.42 * nearest * nearest  # corners lie far from the middle: they round off
        rise = np.clip(edge / 0.75, 0.0, 1.0)
        dome = np.sqrt(1.0 - (1.0 - rise) ** 2)
        rough = tx.noise(x * 48.0, y * 48.0, seed + 9, 2)
        light = 0.66 + 0.34 * dome + 0.24 * np.clip(_lit(dome, size), -1.6, 2.2) + 0.40 * (rough - 0.5)
        stone = tx.mix(first, other, which) * (light * (0.86 + 0.28 * (which * 7.0 % 1.0)))[..., None]
        return np.clip(tx.mix((0.10, 0.09, 0.09), stone, tx.smoothstep(0.0, 0.12, edge)), 0.0, 1.0)

    canvas.fill(cobbles, "stones")


def wood(canvas: Canvas, draws: Draws) -> None:
    """Planks with grain that flows around knots, and dark joints."""
    tone = shifted(
        draws.choice(((0.60, 0.38, 0.20), (0.72, 0.53, 0.31), (0.46, 0.28, 0.17), (0.60, 0.52, 0.44))), draws
    )
    seed, width, upright = draws.integer(0, 1 << 20), draws.uniform(0.16, 0.30), draws.chance(0.35)
    offset, lines = draws.uniform(), draws.uniform(46.0, 70.0)

    def planks(x: Array, y: Array) -> Array:
        if upright:
            x, y = y, x
        across = y / width + offset
        row = np.floor(across)
        within = across - row
        flat = np.zeros_like(row)
        along = x + 5.0 * tx.hashed(row, flat, seed)
        piece = np.floor(along / 0.55)  # a knot at most in every piece of this length
        at = (piece + 0.35 + 0.3 * tx.hashed(piece, row, seed + 1)) * 0.55
        radius = 0.16 * width * (0.6 + 0.8 * tx.hashed(piece, row, seed + 2)) * (tx.hashed(piece, row, seed + 3) < 0.6)
        du, dv = along - at, (within - 0.3 - 0.4 * tx.hashed(row, flat, seed + 4)) * width
        dv = dv + 0.05 * (tx.noise(along * 4.0, row * 9.0 + within * 1.5, seed + 5) - 0.5)
        swell = 2.0 * radius * np.exp(-((du / (radius * 3.2 + 1e-3)) ** 2))
        grain = np.sqrt(dv * dv + swell * swell) * np.sign(dv)
        streak = tx.noise(along * 5.0, (grain + row) * 60.0, seed + 6, 2)
        ring = 0.5 + 0.5 * np.sin(6.2832 * lines * grain * 0.55 + 5.0 * streak)
        shade = 0.66 + 0.30 * tx.hashed(row, flat, seed + 7) + 0.22 * ring + 0.30 * (streak - 0.5)
        colour = np.asarray(tone, np.float32) * shade[..., None]
        far = np.hypot(du * 0.75, dv) / np.maximum(radius, 1e-4)
        eye = np.asarray(tone, np.float32) * (0.34 + 0.16 * np.cos(np.minimum(far, 2.0) * 11.0))[..., None]
        colour = colour + (eye - colour) * tx.smoothstep(1.35, 0.95, far)[..., None]
        end = np.abs((along - 0.31) % 1.3 - 0.65)  # where the next plank of the row begins
        gap = np.minimum(np.minimum(within, 1.0 - within) * width, end)
        return tx.mix((0.09, 0.05, 0.03), colour, tx.smoothstep(0.003, 0.015, gap))

    canvas.fill(planks, "wood")


def flowers(canvas: Canvas, draws: Draws) -> None:
    """Blossoms of several colours and forms among leaves."""
    green = shifted(draws.choice(((0.16, 0.38, 0.14), (0.24, 0.42, 0.14), (0.12, 0.34, 0.20))), draws)
    seed, size = draws.integer(0, 1 << 20), draws.uniform(0.095, 0.16)
    canvas.fill(
        lambda x, y: tx.mix(darker(green, 0.25), darker(green, 0.75), tx.noise(x * 9.0, y * 9.0, seed)), "flowers"
    )
    for x, y in _spread(draws, 13):
        leaf = Frame(x, y, draws.uniform(0.12, 0.18), draws.uniform(-math.pi, math.pi))
        _paint_leaf(canvas, leaf, 0.42, darker(green, draws.uniform(0.75, 1.5)), "flowers")
    first = draws.integer(0, len(BLOSSOMS) - 1)
    kinds = [
        (shifted(BLOSSOMS[(first + step) % len(BLOSSOMS)], draws, 0.04), draws.choice((5, 5, 6, 9)))
        for step in (0, draws.integer(1, 2), draws.integer(3, 5))
    ]
    for x, y in _spread(draws, round(min(17.0, 0.22 / (size * size)))):
        bloom = Frame(x, y, size * draws.uniform(0.7, 1.25), draws.uniform(0.0, 2.0 * math.pi))
        colour, petals = draws.choice(kinds)
        canvas.shadow(bloom, circle(0.06, 0.1, 1.0), 0.4, 0.5)
        _paint_blossom(canvas, bloom, colour, petals)


def _paint_blossom(canvas: Canvas, frame: Frame, colour: Colour, petals: int) -> None:
    """An open flower of radius 1 around a golden heart."""
    notch = 0.62 if petals < 8 else 0.45  # how deep the petals are parted

    def distance(x: Array, y: Array) -> Array:
        petal = np.sqrt(np.abs(np.cos(0.5 * petals * np.arctan2(y, x))))
        return 0.75 * (np.hypot(x, y) - 1.0 + notch * (1.0 - petal))

    heart = (0.98, 0.80, 0.14) if colour[2] > 0.3 or colour[1] < 0.5 else (0.46, 0.24, 0.08)

    def texture(x: Array, y: Array) -> Array:
        r = np.hypot(x, y)
        parting = np.abs(np.cos(0.5 * petals * np.arctan2(y, x)))
        petal = np.asarray(colour, np.float32) * (0.62 + 0.42 * np.minimum(r, 1.0))[..., None]
        petal = petal * (0.60 + 0.40 * tx.smoothstep(0.0, 0.40, parting))[..., None]
        petal = tx.mix(petal, darker(heart, 0.45), 0.8 * tx.smoothstep(0.40, 0.28, r))
        ball = np.asarray(heart, np.float32) * (1.0 - 0.5 * (x + y))[..., None]
        return petal + (ball - petal) * tx.smoothstep(0.32, 0.25, r)[..., None]

    canvas.paint(frame, Shape((-1.0, -1.0, 1.0, 1.0), distance), texture, "flowers", bevel=0.25, relief=0.4, rim=0.3)


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
