"""Parts that several creatures share: eyes, ears, noses, whiskers, paws, coats; each leaves its mask on the canvas."""

from __future__ import annotations

import math
from dataclasses import dataclass

from . import textures as tx
from .canvas import Canvas, Colour, Frame, Texture
from .draws import Draws
from .shapes import Shape, circle, cut, ellipse, fringed, limb, polygon, union, within

BLACK: Colour = (0.06, 0.05, 0.06)
WHITE: Colour = (0.96, 0.95, 0.92)
PINK: Colour = (0.90, 0.55, 0.58)


def shifted(colour: Colour, draws: Draws, amount: float = 0.06) -> Colour:
    """A colour close to the given one: no two creatures are painted from quite the same pot."""
    gain = 1.0 + draws.uniform(-2.0, 2.0) * amount
    return tuple(min(max(c * gain * (1.0 + draws.uniform(-amount, amount)), 0.02), 0.98) for c in colour)  # type: ignore[return-value]


def darker(colour: Colour, factor: float = 0.6) -> Colour:
    """The colour times a factor (above 1: lighter), kept within [0, 1]."""
    return tuple(min(c * factor, 1.0) for c in colour)  # type: ignore[return-value]


def paler(colour: Colour, share: float, white: float) -> Colour:
    """A share of the colour on so much white."""
    red, green, blue = (share * c + white for c in colour)
    return red, green, blue


@dataclass(frozen=True)
class Coat:
    """What covers a mammal: the surface, its plain colour, the name of its pattern and of its masks."""

    texture: Texture
    colour: Colour
    pattern: str
    part: str

    def furry(self, shape: Shape, seed: int, amount: float = 0.022, fineness: float = 26.0) -> Shape:
        """The shape with a rim of hair tips."""
        return fringed(shape, amount, lambda x, y: tx.noise(x * fineness, y * fineness, seed + 77))


def coat(
    draws: Draws,
    colours: tuple[Colour, ...],
    patterns: dict[str, float],
    mark: Colour | None = None,
    length: float = 0.16,
    angle: float = math.pi / 2,
) -> Coat:
    """A coat in one of the colours and one of the patterns (plain, stripes, spots, rosettes, patches -> weight)."""
    colour = shifted(draws.choice(colours), draws, 0.05)
    pattern = draws.weighted(patterns)
    seed = draws.integer(0, 1 << 20)
    light = sum(colour) / 3
    dark = mark or (darker(colour, 0.28) if light > 0.35 else darker(colour, 2.0))
    base: Texture = tx.plain(colour, seed, 0.10)
    if pattern == "stripes":
        base = tx.striped(base, dark, seed, draws.uniform(0.26, 0.36), draws.uniform(1.2, 1.9), 0.42, 0.30)
    elif pattern == "spots":
        base = tx.spotted(base, dark, seed, draws.uniform(0.26, 0.36), draws.uniform(0.28, 0.36))
    elif pattern == "rosettes":
        base = tx.rosettes(base, dark, darker(colour, 0.75), seed, draws.uniform(0.30, 0.38))
    elif pattern == "patches":
        base = tx.patched(base, dark, seed, draws.uniform(0.5, 0.8), draws.uniform(0.4, 0.55))
    part = "fur" if pattern == "plain" else f"fur+{pattern}"
    return Coat(tx.fur(base, seed, length, angle), colour, pattern, part)


def eye(
    canvas: Canvas,
    frame: Frame,
    x: float,
    y: float,
    radius: float,
    iris: Colour,
    *,
    pupil: str = "round",
    look: tuple[float, float] = (0.0, 0.0),
    white: Colour = WHITE,
    iris_share: float = 0.78,
    ring: Colour = BLACK,
    squash: float = 1.0,
) -> None:
    """An eyeball with iris, pupil ('round', 'slit' upright, 'bar' lying) and a glint; `look` shifts iris and pupil."""
    ball = ellipse(x, y, radius, radius * squash)
    canvas.paint(frame, ellipse(x, y, radius * 1.16, radius * squash * 1.16), ring, "eye")
    canvas.paint(frame, ball, white, "eye", bevel=radius * 0.6, relief=0.15)
    ix, iy = x + look[0] * radius * 0.3, y + look[1] * radius * 0.3
    inner = radius * iris_share
    canvas.paint(
        frame,
        within(circle(ix, iy, inner), ball),
        lambda px, py: tx.mix(darker(iris, 0.55), darker(iris, 1.15), tx.smoothstep(-inner, inner * 0.8, py - iy)),
        "eye",
    )
    hole = {
        "round": ellipse(ix, iy, inner * 0.55, inner * 0.55),
        "slit": ellipse(ix, iy, inner * 0.26, inner * 0.86),
        "bar": ellipse(ix, iy, inner * 0.80, inner * 0.32),
    }[pupil]
    canvas.paint(frame, within(hole, ball), BLACK, "eye")
    canvas.paint(frame, circle(x - radius * 0.30, y - radius * 0.36 * squash, radius * 0.20), (1.0, 1.0, 1.0), "eye")


def bead_eye(canvas: Canvas, frame: Frame, x: float, y: float, radius: float, colour: Colour = BLACK) -> None:
    """A small dark shining eye, as of crabs and beetles."""
    canvas.paint(frame, circle(x, y, radius), colour, "eye", bevel=radius, relief=0.6)
    canvas.paint(frame, circle(x - radius * 0.32, y - radius * 0.36, radius * 0.28), (1.0, 1.0, 1.0), "eye")


def pointed_ear(
    canvas: Canvas, frame: Frame, x: float, y: float, size: float, lean: float, fur: Coat, inner: Colour = PINK
) -> None:
    """An upright triangular ear at its base point, leaning by `lean` radians, pink inside."""
    ear = frame.at(x, y, size, lean)
    outline = polygon([(-0.42, 0.15), (-0.12, -0.92), (0.05, -0.98), (0.46, 0.15)], 0.07)
    canvas.paint(ear, fur.furry(outline, 3, 0.03, 14.0), fur.texture, f"ear+{fur.part}", bevel=0.3)
    canvas.paint(
        ear, polygon([(-0.20, 0.10), (-0.05, -0.62), (0.26, 0.10)], 0.06), inner, "ear", bevel=0.25, relief=0.2
    )


def round_ear(
    canvas: Canvas,
    frame: Frame,
    x: float,
    y: float,
    size: float,
    rim: Texture | Colour,
    inner: Colour,
    part: str = "ear",
) -> None:
    """A round ear with a lighter bowl."""
    canvas.paint(frame, circle(x, y, size), rim, part, bevel=size * 0.6)
    canvas.paint(frame, circle(x, y, size * 0.62), inner, "ear", bevel=size * 0.4, relief=-0.35)


def floppy_ear(
    canvas: Canvas,
    frame: Frame,
    x: float,
    y: float,
    size: float,
    side: int,
    fur: Texture | Colour,
    part: str = "ear+fur",
    droop: float = 0.0,
) -> None:
    """A hanging ear; side -1 hangs on the left of the face, 1 on the right."""
    ear = frame.at(x, y, size, side * -droop, side < 0)
    outline = limb([(0.0, 0.0), (0.34, 0.12), (0.46, 0.62), (0.40, 1.05)], [0.16, 0.26, 0.30, 0.24])
    canvas.paint(ear, outline, fur, part, bevel=0.28)


def muzzle_nose(
    canvas: Canvas, frame: Frame, x: float, y: float, size: float, colour: Colour = BLACK, smile: float = 1.0
) -> None:
    """A rounded triangular nose with nostril glint and the mouth line under it."""
    line = size * 0.13
    canvas.paint(frame, limb([(x, y + size * 0.4), (x, y + size * 1.1)], line, False), BLACK, "mouth")
    for side in (-1, 1):
        canvas.paint(
            frame,
            limb(
                [
                    (x, y + size * 1.05),
                    (x + side * size * 0.55, y + size * (1.10 + 0.42 * smile)),
                    (x + side * size * 1.15, y + size * (0.95 + 0.1 * smile)),
                ],
                line,
            ),
            BLACK,
            "mouth",
        )
    nose = polygon(
        [(x - size * 0.62, y - size * 0.30), (x + size * 0.62, y - size * 0.30), (x, y + size * 0.45)], size * 0.22
    )
    canvas.paint(frame, nose, colour, "nose", bevel=size * 0.45, relief=0.5)
    canvas.paint(
        frame,
        ellipse(x - size * 0.18, y - size * 0.26, size * 0.26, size * 0.12),
        darker(colour, 2.6) if sum(colour) > 0.5 else (0.55, 0.52, 0.52),
        "nose",
        opacity=0.8,
    )


def whiskers(
    canvas: Canvas,
    frame: Frame,
    x: float,
    y: float,
    length: float,
    draws: Draws,
    count: int = 3,
    colour: Colour = (0.97, 0.97, 0.95),
) -> None:
    """Fans of fine hairs to both sides of (x, y)."""
    for side in (-1, 1):
        for k in range(count):
            tilt = (k - (count - 1) / 2) * 0.26 + draws.uniform(-0.05, 0.05)
            tip = (x + side * length * math.cos(tilt), y + length * math.sin(tilt))
            bend = (x + side * length * 0.5, y + length * 0.45 * math.sin(tilt) - 0.04 * length)
            root = (x + side * length * 0.12, y + 0.06 * length * (k - (count - 1) / 2))
            canvas.paint(
                frame, limb([root, bend, tip], [length * 0.022, length * 0.018, length * 0.008]), colour, "whisker"
            )


def paw(
    canvas: Canvas,
    frame: Frame,
    x: float,
    y: float,
    size: float,
    fur: Texture | Colour,
    part: str = "paw+fur",
    toes: int = 3,
) -> None:
    """A round foot seen from the front, with toe lines."""
    canvas.paint(frame, ellipse(x, y, size, size * 0.72), fur, part, bevel=size * 0.5)
    for k in range(1, toes):
        at = x + size * (2.0 * k / toes - 1.0) * 0.85
        canvas.paint(
            frame, limb([(at, y + size * 0.10), (at, y + size * 0.58)], size * 0.06, False), BLACK, part, opacity=0.7
        )


def contact_shadow(canvas: Canvas, frame: Frame, x: float, y: float, width: float, height: float = 0.12) -> None:
    """The soft dark patch where a creature touches the ground."""
    canvas.shadow(frame, ellipse(x, y, width, height), blur=height * 2.2, opacity=0.5)


__all__ = [
    "BLACK",
    "PINK",
    "WHITE",
    "Coat",
    "bead_eye",
    "circle",
    "coat",
    "contact_shadow",
    "cut",
    "darker",
    "ellipse",
    "eye",
    "floppy_ear",
    "limb",
    "muzzle_nose",
    "paw",
    "pointed_ear",
    "polygon",
    "round_ear",
    "shifted",
    "union",
    "whiskers",
    "within",
]
