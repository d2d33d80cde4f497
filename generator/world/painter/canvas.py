"""A canvas on which shapes are laid over each other: pixels, and for every named part where it shows."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .shapes import Array, Shape

Colour = tuple[float, float, float]
Texture = Callable[[Array, Array], Array]
LIGHT = (-0.45, -0.80)  # where light comes from, in picture directions: upper left


@dataclass(frozen=True)
class Frame:
    """A place on the picture to draw in: local (x, y) -> picture, by flip, scale, turn and shift.

    The picture is the unit square, x to the right, y down. `scale` is the picture length of one local unit.
    """

    x: float = 0.0
    y: float = 0.0
    scale: float = 1.0
    angle: float = 0.0
    flip: bool = False

    def at(self, x: float, y: float, scale: float = 1.0, angle: float = 0.0, flip: bool = False) -> Frame:
        """A frame within this one, its origin at local (x, y)."""
        px, py = self.to_picture(x, y)
        return Frame(px, py, self.scale * scale, self.angle + (-angle if self.flip else angle), self.flip != flip)

    def to_picture(self, x: float, y: float) -> tuple[float, float]:
        """Where local (x, y) lies on the picture."""
        if self.flip:
            x = -x
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        return self.x + self.scale * (cos * x - sin * y), self.y + self.scale * (sin * x + cos * y)

    def to_local(self, px: Array, py: Array) -> tuple[Array, Array]:
        """Local coordinates of picture points."""
        cos, sin = math.cos(self.angle) / self.scale, math.sin(self.angle) / self.scale
        dx, dy = px - self.x, py - self.y
        x, y = cos * dx + sin * dy, cos * dy - sin * dx
        return (-x if self.flip else x), y


class Canvas:
    """A square picture in the making.

    pixels: float32 [S, S, 3] in [0, 1]; masks: part name -> float32 [S, S], how much of each pixel still shows it.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.pixels = np.zeros((size, size, 3), np.float32)
        self.masks: dict[str, Array] = {}

    def _window(
        self, frame: Frame, bounds: tuple[float, float, float, float], margin: float
    ) -> tuple[slice, slice] | None:
        left, top, right, bottom = bounds
        corners = [frame.to_picture(x, y) for x in (left, right) for y in (top, bottom)]
        x0 = math.floor((min(c[0] for c in corners) - margin) * self.size) - 1
        x1 = math.ceil((max(c[0] for c in corners) + margin) * self.size) + 1
        y0 = math.floor((min(c[1] for c in corners) - margin) * self.size) - 1
        y1 = math.ceil((max(c[1] for c in corners) + margin) * self.size) + 1
        x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, self.size), min(y1, self.size)
        return (slice(y0, y1), slice(x0, x1)) if x1 - x0 > 1 and y1 - y0 > 1 else None

    def _grid(self, window: tuple[slice, slice]) -> tuple[Array, Array]:
        rows, columns = window
        px = (np.arange(columns.start, columns.stop, dtype=np.float32) + 0.5) / self.size
        py = (np.arange(rows.start, rows.stop, dtype=np.float32) + 0.5) / self.size
        x, y = np.meshgrid(px, py)
        return x, y

    def _lay(self, window: tuple[slice, slice], colour: Array | Colour, alpha: Array, part: str | None) -> None:
        under = self.pixels[window]
        under += (np.asarray(colour, np.float32) - under) * alpha[..., None]
        for mask in self.masks.values():
            mask[window] *= 1.0 - alpha
        for name in part.split("+") if part else ():
            mask = self.masks.setdefault(name, np.zeros((self.size, self.size), np.float32))
            mask[window] += alpha

    def fill(self, texture: Texture | Colour, part: str | None = None, frame: Frame | None = None) -> None:
        """Cover the whole picture; textures see the frame's coordinates (default: the unit square)."""
        window = (slice(0, self.size), slice(0, self.size))
        x, y = (frame or Frame()).to_local(*self._grid(window))
        colour = texture(x, y) if callable(texture) else texture
        self._lay(window, colour, np.ones_like(x), part)

    def paint(
        self,
        frame: Frame,
        shape: Shape,
        texture: Texture | Colour,
        part: str | None = None,
        *,
        bevel: float = 0.0,
        relief: float = 0.55,
        rim: float = 0.25,
        opacity: float = 1.0,
        blur: float = 0.0,
    ) -> None:
        """Lay a textured shape over the picture.

        bevel: local length over which the surface curves down to the rim (0 = flat); relief: how strongly that curve
        catches the light; rim: darkening at the very edge; blur: local length over which the edge fades.
        part: names of what is shown, joined by '+' ("eye", "ear+fur").
        """
        window = self._window(frame, shape.bounds, blur * frame.scale)
        if window is None:
            return
        x, y = frame.to_local(*self._grid(window))
        distance = shape.distance(x, y)
        pixel = 1.0 / (frame.scale * self.size)
        edge = distance - shape.fringe(x, y) if shape.fringe else distance
        alpha = np.clip(0.5 - edge / max(pixel, blur), 0.0, 1.0)
        if blur:
            alpha = alpha * alpha * (3.0 - 2.0 * alpha)
        if opacity != 1.0:
            alpha *= opacity
        colour = texture(x, y) if callable(texture) else np.asarray(texture, np.float32)
        if bevel:
            down, across = np.gradient(distance, pixel)  # along picture axes, whatever the frame's turn
            slope = 1.0 - np.clip(-distance / bevel, 0.0, 1.0)
            light = 1.0 + relief * slope * (across * LIGHT[0] + down * LIGHT[1]) - rim * slope**3
            colour = colour * light[..., None]
        self._lay(window, np.clip(colour, 0.0, 1.0), alpha, part)

    def shadow(self, frame: Frame, shape: Shape, blur: float = 0.15, opacity: float = 0.45) -> None:
        """Darken what lies under the shape, softly."""
        window = self._window(frame, shape.bounds, blur * frame.scale)
        if window is None:
            return
        x, y = frame.to_local(*self._grid(window))
        alpha = np.clip(0.5 - shape.distance(x, y) / blur, 0.0, 1.0)
        self.pixels[window] *= (1.0 - opacity * alpha * alpha * (3.0 - 2.0 * alpha))[..., None]

    def finished(self, grain: Array | None = None) -> Array:
        """The picture as uint8 [S, S, 3]; `grain` (float32 [S, S]) is added to all three channels."""
        pixels = self.pixels if grain is None else self.pixels + grain[..., None]
        return (np.clip(pixels, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
