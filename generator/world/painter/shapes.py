"""Shapes as signed distances: coordinates [h, w] -> distance [h, w], negative inside, in the units of the coordinates.

Distances make edges that are smooth at every picture size (coverage is the distance in pixels) and tell how far a
point lies from the rim, which is all that shading needs. Some are bounds rather than exact far from the rim; at the
rim they are exact enough for a smooth edge. The formulas are the usual ones of the field (Quilez, "2D distance
functions").
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Array = np.ndarray
Point = tuple[float, float]


@dataclass(frozen=True)
class Shape:
    """A region of the plane: `bounds` (left, top, right, bottom) contains it, `distance(x, y)` is its signed distance.

    `fringe(x, y)`, if given, is how far the visible rim reaches beyond that distance: hair tips that cover more or
    less but do not disturb the shading of the body under them.
    """

    bounds: tuple[float, float, float, float]
    distance: Callable[[Array, Array], Array]
    fringe: Callable[[Array, Array], Array] | None = None


def ellipse(cx: float, cy: float, rx: float, ry: float, angle: float = 0.0) -> Shape:
    """An ellipse with radii rx, ry, turned by `angle` radians (clockwise on the page)."""
    cos, sin = math.cos(angle), math.sin(angle)
    reach_x, reach_y = math.hypot(rx * cos, ry * sin), math.hypot(rx * sin, ry * cos)

    def distance(x: Array, y: Array) -> Array:
        u, v = x - cx, y - cy
        u, v = (u * cos + v * sin) / rx, (v * cos - u * sin) / ry
        k0 = np.sqrt(u * u + v * v)
        k1 = np.sqrt((u / rx) ** 2 + (v / ry) ** 2)
        middle = k1 < 1e-6  # the quotient has no value at the very centre
        return np.where(middle, -min(rx, ry), k0 * (k0 - 1.0) / np.where(middle, 1.0, k1))

    return Shape((cx - reach_x, cy - reach_y, cx + reach_x, cy + reach_y), distance)


def circle(cx: float, cy: float, radius: float) -> Shape:
    """A disc."""
    return ellipse(cx, cy, radius, radius)


def _segment(x: Array, y: Array, a: Point, b: Point, ra: float, rb: float) -> Array:
    dx, dy = b[0] - a[0], b[1] - a[1]
    px, py = x - a[0], y - a[1]
    h = np.clip((px * dx + py * dy) / max(dx * dx + dy * dy, 1e-12), 0.0, 1.0)
    return np.hypot(px - h * dx, py - h * dy) - (ra + (rb - ra) * h)


def limb(points: Sequence[Point], radii: Sequence[float] | float, smooth: bool = True, steps: int = 4) -> Shape:
    """A round-ended tube through the points with a radius at each: legs, tails, whiskers, branches.

    With `smooth` the path is a Catmull-Rom spline with `steps` pieces between points, else straight pieces.
    """
    widths = [radii] * len(points) if isinstance(radii, (int, float)) else list(radii)
    path, width = list(points), widths
    if smooth and len(points) > 2:
        path, width = [], []
        last = len(points) - 1
        for i in range(last):
            p0, p1, p2, p3 = (points[min(max(i + k, 0), last)] for k in (-1, 0, 1, 2))
            for step in range(steps + (i == last - 1)):
                t = step / steps
                x, y = (
                    0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3)
                    for a, b, c, d in zip(p0, p1, p2, p3, strict=True)
                )
                path.append((x, y))
                width.append(widths[i] + (widths[i + 1] - widths[i]) * t)
    reach = max(width)
    xs, ys = [p[0] for p in path], [p[1] for p in path]

    def distance(x: Array, y: Array) -> Array:
        d = _segment(x, y, path[0], path[1], width[0], width[1])
        for k in range(1, len(path) - 1):
            np.minimum(d, _segment(x, y, path[k], path[k + 1], width[k], width[k + 1]), out=d)
        return d

    return Shape((min(xs) - reach, min(ys) - reach, max(xs) + reach, max(ys) + reach), distance)


def polygon(points: Sequence[Point], rounding: float = 0.0) -> Shape:
    """A polygon, its corners rounded outwards by `rounding`."""
    xs, ys = [p[0] for p in points], [p[1] for p in points]

    def distance(x: Array, y: Array) -> Array:
        best = np.full(x.shape, np.inf, np.float32)
        inside = np.zeros(x.shape, bool)
        for (ax, ay), (bx, by) in zip(points, [*points[1:], points[0]], strict=True):
            dx, dy = bx - ax, by - ay
            px, py = x - ax, y - ay
            h = np.clip((px * dx + py * dy) / max(dx * dx + dy * dy, 1e-12), 0.0, 1.0)
            np.minimum(best, (px - h * dx) ** 2 + (py - h * dy) ** 2, out=best)
            if dy:
                inside ^= ((ay > y) != (by > y)) & (px < dx * (y - ay) / dy)
        return np.where(inside, -1.0, 1.0).astype(np.float32) * np.sqrt(best) - rounding

    r = rounding
    return Shape((min(xs) - r, min(ys) - r, max(xs) + r, max(ys) + r), distance)


def blob(cx: float, cy: float, radii: Sequence[float], stretch: float = 1.0) -> Shape:
    """A smooth star-shaped outline: radii at equal angles, clockwise from the right; x is stretched by `stretch`.

    With eight radii: right, lower right, down, lower left, left, upper left, up, upper right.
    """
    n = len(radii)
    spectrum = np.fft.rfft(np.asarray(radii, np.float64)) / n
    reach = max(radii) * 1.15

    def distance(x: Array, y: Array) -> Array:
        u, v = (x - cx) / stretch, y - cy
        r, theta = np.hypot(u, v), np.arctan2(v, u)
        radius = np.full(x.shape, spectrum[0].real, np.float32)
        for k in range(1, len(spectrum)):
            gain = 1.0 if 2 * k == n else 2.0
            radius += gain * (spectrum[k].real * np.cos(k * theta) - spectrum[k].imag * np.sin(k * theta))
        return (r - radius) * min(stretch, 1.0) * 0.9

    return Shape((cx - reach * stretch, cy - reach, cx + reach * stretch, cy + reach), distance)


def _hull(shapes: Sequence[Shape]) -> tuple[float, float, float, float]:
    return (
        min(s.bounds[0] for s in shapes),
        min(s.bounds[1] for s in shapes),
        max(s.bounds[2] for s in shapes),
        max(s.bounds[3] for s in shapes),
    )


def union(*shapes: Shape, blend: float = 0.0) -> Shape:
    """All shapes as one; `blend` melts their joints over that length."""

    def distance(x: Array, y: Array) -> Array:
        d = shapes[0].distance(x, y)
        for shape in shapes[1:]:
            e = shape.distance(x, y)
            if blend:
                h = np.clip(0.5 + 0.5 * (e - d) / blend, 0.0, 1.0)
                d = e + (d - e) * h - blend * h * (1.0 - h)
            else:
                d = np.minimum(d, e)
        return d

    return Shape(_hull(shapes), distance)


def cut(shape: Shape, *removed: Shape) -> Shape:
    """The shape without the removed ones."""

    def distance(x: Array, y: Array) -> Array:
        d = shape.distance(x, y)
        for other in removed:
            d = np.maximum(d, -other.distance(x, y))
        return d

    return Shape(shape.bounds, distance)


def within(shape: Shape, other: Shape) -> Shape:
    """What both shapes cover."""
    a, b = shape.bounds, other.bounds
    bounds = (max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3]))
    return Shape(bounds, lambda x, y: np.maximum(shape.distance(x, y), other.distance(x, y)))


def grown(shape: Shape, by: float) -> Shape:
    """The shape, `by` larger on every side (smaller when negative)."""
    a = shape.bounds
    return Shape((a[0] - by, a[1] - by, a[2] + by, a[3] + by), lambda x, y: shape.distance(x, y) - by)


def fringed(shape: Shape, amount: float, field: Callable[[Array, Array], Array]) -> Shape:
    """The shape with its rim pushed out and in by up to `amount` where `field(x, y)` is 1 and 0: a furry edge."""
    a = shape.bounds
    return Shape(
        (a[0] - amount, a[1] - amount, a[2] + amount, a[3] + amount),
        shape.distance,
        lambda x, y: amount * (2.0 * field(x, y) - 1.0),
    )
