"""Surfaces: local coordinates [h, w] -> colours [h, w, 3], or fields [h, w] in [0, 1] from which colours are mixed."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from .canvas import Colour, Texture
from .shapes import Array

Field = Callable[[Array, Array], Array]


def hashed(ix: Array, iy: Array, seed: int) -> Array:
    """Whole-number lattice points -> float32 in [0, 1), one fixed value per point and seed (an integer hash)."""
    h = (ix.astype(np.int64) * 374761393 + iy.astype(np.int64) * 668265263 + seed * 2147001325) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    h = ((h ^ (h >> 16)) * 2246822519) & 0xFFFFFFFF
    return ((h ^ (h >> 15)) & 0xFFFFFF).astype(np.float32) / np.float32(1 << 24)


def noise(x: Array, y: Array, seed: int, octaves: int = 1) -> Array:
    """Smooth value noise in [0, 1] with one lattice cell per unit; each octave doubles the frequency."""
    total, weight, gain = np.zeros(x.shape, np.float32), 0.0, 1.0
    for octave in range(octaves):
        fx, fy = np.floor(x), np.floor(y)
        x0, y0 = int(fx.min()), int(fy.min())
        width, height = int(fx.max()) - x0 + 2, int(fy.max()) - y0 + 2
        gx, gy = np.meshgrid(np.arange(x0, x0 + width), np.arange(y0, y0 + height))
        lattice = hashed(gx, gy, seed + 101 * octave).ravel()
        at = (fy - y0).astype(np.int64) * width + (fx - x0).astype(np.int64)
        u, v = x - fx, y - fy
        u, v = u * u * (3.0 - 2.0 * u), v * v * (3.0 - 2.0 * v)
        top = lattice[at] + (lattice[at + 1] - lattice[at]) * u
        bottom = lattice[at + width] + (lattice[at + width + 1] - lattice[at + width]) * u
        total += gain * (top + (bottom - top) * v)
        weight += gain
        gain *= 0.5
        x, y = x * 2.0 + 17.3, y * 2.0 - 9.1
    return total / weight


def cells(x: Array, y: Array, seed: int, jitter: float = 0.8) -> tuple[Array, Array, Array]:
    """Worley cells, one per unit: distance to the nearest and second nearest centre, and a random number per cell."""
    fx, fy = np.floor(x), np.floor(y)
    nearest = np.full(x.shape, 9.0, np.float32)
    second = np.full(x.shape, 9.0, np.float32)
    which = np.zeros(x.shape, np.float32)
    x0, y0 = int(fx.min()) - 1, int(fy.min()) - 1
    width, height = int(fx.max()) - x0 + 2, int(fy.max()) - y0 + 2
    gx, gy = np.meshgrid(np.arange(x0, x0 + width), np.arange(y0, y0 + height))
    centre_x = (gx + 0.5 + jitter * (hashed(gx, gy, seed) - 0.5)).astype(np.float32).ravel()
    centre_y = (gy + 0.5 + jitter * (hashed(gx, gy, seed + 1) - 0.5)).astype(np.float32).ravel()
    name = hashed(gx, gy, seed + 2).ravel()
    home = (fy - y0).astype(np.int64) * width + (fx - x0).astype(np.int64)
    for step_y in (-1, 0, 1):
        for step_x in (-1, 0, 1):
            at = home + step_y * width + step_x
            d = np.hypot(x - centre_x[at], y - centre_y[at])
            closer = d < nearest
            second = np.where(closer, nearest, np.minimum(second, d))
            which = np.where(closer, name[at], which)
            nearest = np.where(closer, d, nearest)
    return nearest, second, which


def smoothstep(low: float | Array, high: float | Array, value: Array) -> Array:
    """0 below `low`, 1 above `high`, smooth between (low may exceed high: then it falls)."""
    t = np.clip((value - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def mix(a: Array | Colour, b: Array | Colour, t: Array) -> Array:
    """a where t is 0, b where t is 1."""
    a, b = np.asarray(a, np.float32), np.asarray(b, np.float32)
    return a + (b - a) * t[..., None]


def turned(x: Array, y: Array, angle: float) -> tuple[Array, Array]:
    """Coordinates along and across a direction."""
    cos, sin = math.cos(angle), math.sin(angle)
    return cos * x + sin * y, cos * y - sin * x


def evaluate(texture: Texture | Colour, x: Array, y: Array) -> Array:
    """A texture's colours, or one colour everywhere."""
    if callable(texture):
        return texture(x, y)
    return np.broadcast_to(np.asarray(texture, np.float32), (*x.shape, 3))


def plain(colour: Colour, seed: int, variation: float = 0.12, grain: float = 4.0) -> Texture:
    """One colour, gently uneven."""
    return lambda x, y: (
        np.asarray(colour, np.float32)
        * (1.0 + variation * (noise(x * grain, y * grain, seed, 2) - 0.5) * 2.0)[..., None]
    )


def dimmed(base: Texture, factor: float) -> Texture:
    """The same surface in less light: the far legs of a creature."""
    return lambda x, y: base(x, y) * factor


def fur(
    base: Texture | Colour, seed: int, length: float = 0.16, angle: float = math.pi / 2, strength: float = 0.35
) -> Texture:
    """Hairs of `length` local units running along `angle`, over another surface."""

    def texture(x: Array, y: Array) -> Array:
        wave = noise(x * 3.0, y * 3.0, seed + 5) - 0.5
        along, across = turned(x, y, angle + 0.0)
        across = across + wave * length
        strand = noise(along / length, across * 7.0 / length, seed, 2)
        return evaluate(base, x, y) * (1.0 + strength * (strand - 0.5) * 2.0)[..., None]

    return texture


def striped(
    base: Texture | Colour,
    stripe: Colour,
    seed: int,
    period: float = 0.3,
    angle: float = 0.0,
    width: float = 0.45,
    wobble: float = 0.35,
) -> Texture:
    """Stripes across the direction `angle`, one per `period`, of this share of its width."""

    def texture(x: Array, y: Array) -> Array:
        along, across = turned(x, y, angle)
        phase = along / period + wobble * (noise(x / period, y / period, seed, 2) - 0.5) * 2.0
        saw = np.abs(phase - np.floor(phase) - 0.5) * 2.0
        return mix(evaluate(base, x, y), stripe, smoothstep(width + 0.12, width - 0.12, saw))

    return texture


def spotted(
    base: Texture | Colour, spot: Colour, seed: int, spacing: float = 0.3, size: float = 0.32, jitter: float = 0.7
) -> Texture:
    """Round spots, one per cell of `spacing`; `size` is their radius as a share of it."""

    def texture(x: Array, y: Array) -> Array:
        nearest, _, which = cells(x / spacing, y / spacing, seed, jitter)
        radius = size * (0.75 + 0.5 * which)
        return mix(evaluate(base, x, y), spot, smoothstep(0.06, -0.06, nearest - radius))

    return texture


def rosettes(base: Texture | Colour, ring: Colour, heart: Colour, seed: int, spacing: float = 0.36) -> Texture:
    """Broken rings around darker hearts, as on a leopard."""

    def texture(x: Array, y: Array) -> Array:
        nearest, _, _ = cells(x / spacing, y / spacing, seed, 0.6)
        gap = noise(x * 4.0 / spacing, y * 4.0 / spacing, seed + 7)
        on_ring = smoothstep(0.13, 0.05, np.abs(nearest - 0.30)) * smoothstep(0.25, 0.45, gap)
        surface = mix(evaluate(base, x, y), heart, 0.55 * smoothstep(0.30, 0.20, nearest))
        return mix(surface, ring, on_ring)

    return texture


def patched(
    base: Texture | Colour, patch: Texture | Colour, seed: int, size: float = 0.6, share: float = 0.45
) -> Texture:
    """Large irregular patches covering about this share."""

    def texture(x: Array, y: Array) -> Array:
        field = noise(x / size + 31.0, y / size + 7.0, seed, 2)
        over = smoothstep(-0.03, 0.03, field - (1.0 - share))
        return evaluate(base, x, y) + (evaluate(patch, x, y) - evaluate(base, x, y)) * over[..., None]

    return texture


def _overlapping(
    x: Array, y: Array, seed: int, size: float, angle: float, slender: float
) -> tuple[Array, Array, Array]:
    """Rows of rounded leaves lying over each other like roof tiles, tips along `angle`; `slender` stretches them.

    Returns the distance from a leaf's middle (1 at its rim), the offset across it (-0.5 to 0.5), its random tone.
    """
    u, v = turned(x, y, angle)
    u, v = u / (size * slender), v / size
    rim = np.full(x.shape, 1.0, np.float32)
    across = np.zeros(x.shape, np.float32)
    tone = np.zeros(x.shape, np.float32)
    free = np.ones(x.shape, bool)
    column = np.floor(u * 2.0)
    for back in (2, 1, 0):  # the leaf whose tip reaches furthest lies on top
        k = column - back + 1
        shift = 0.5 * (np.abs(k) % 2.0)
        row = np.floor(v - shift)
        dv = v - shift - row - 0.5
        r = np.hypot((u - (k * 0.5 - 0.15)) * 1.05, dv * 1.25) / 0.62
        here = free & (r < 1.0)
        rim, across = np.where(here, r, rim), np.where(here, dv, across)
        tone = np.where(here, hashed(k, row, seed), tone)
        free &= ~here
    return rim, across, tone


def scales(base: Texture | Colour, dark: Colour, seed: int, size: float = 0.12, angle: float = 0.0) -> Texture:
    """Overlapping round scales in offset rows, their tips pointing along `angle`."""

    def texture(x: Array, y: Array) -> Array:
        rim, _, tone = _overlapping(x, y, seed, size, angle, 1.0)
        colour = evaluate(base, x, y) * (0.86 + 0.28 * tone + 0.16 * (1.0 - rim))[..., None]
        return mix(colour, dark, 0.85 * smoothstep(0.80, 0.98, rim))

    return texture


def feathers(
    base: Texture | Colour, dark: Colour, shaft: Colour, seed: int, size: float = 0.2, angle: float = 0.0
) -> Texture:
    """Rows of long feathers along `angle`, dark-rimmed, with a pale shaft and barbs."""

    def texture(x: Array, y: Array) -> Array:
        rim, across, tone = _overlapping(x, y, seed, size, angle, 2.0)
        colour = evaluate(base, x, y) * (0.85 + 0.4 * tone)[..., None]
        colour = mix(colour, shaft, 0.75 * smoothstep(0.10, 0.03, np.abs(across)) * (rim < 0.9))
        return mix(colour, dark, 0.9 * smoothstep(0.72, 0.96, rim))

    return texture


def plates(
    base: Texture | Colour,
    seam: Colour,
    heart: Colour,
    seed: int,
    size: float = 0.5,
    jitter: float = 0.35,
    groove: float = 0.07,
) -> Texture:
    """Polygonal plates with dark seams and lighter hearts: turtle shells, paving stones."""

    def texture(x: Array, y: Array) -> Array:
        nearest, second, which = cells(x / size, y / size, seed, jitter)
        edge = second - nearest
        colour = evaluate(base, x, y) * (0.85 + 0.3 * which)[..., None]
        rings = 0.5 + 0.5 * np.cos(nearest * 24.0)
        colour = mix(colour, heart, 0.75 * smoothstep(0.42, 0.08, nearest) * (0.7 + 0.3 * rings))
        return mix(colour, seam, smoothstep(groove + 0.08, groove, edge))

    return texture


def graded(top: Texture | Colour, bottom: Texture | Colour, start: float, end: float) -> Texture:
    """One surface above local y = start, another below y = end: bellies, skies."""

    def texture(x: Array, y: Array) -> Array:
        t = smoothstep(start, end, y)[..., None]
        a, b = evaluate(top, x, y), evaluate(bottom, x, y)
        return a + (b - a) * t

    return texture
