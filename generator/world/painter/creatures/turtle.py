"""Turtles: from above, walking, the shell and the head close by; plated shells and scaly skin."""

from __future__ import annotations

import numpy as np

from .. import textures as tx
from ..canvas import Canvas, Colour, Frame, Texture
from ..draws import Draws
from ..parts import BLACK, contact_shadow, darker, eye, shifted
from ..shapes import Array, Shape, blob, cut, ellipse, grown, limb, polygon, within

SHELLS: tuple[tuple[Colour, Colour], ...] = (
    ((0.36, 0.46, 0.16), (0.82, 0.84, 0.30)),
    ((0.50, 0.34, 0.14), (0.90, 0.66, 0.28)),
    ((0.16, 0.46, 0.22), (0.46, 0.86, 0.40)),
    ((0.44, 0.42, 0.20), (0.93, 0.90, 0.55)),
)
SKINS: tuple[Colour, ...] = ((0.50, 0.54, 0.30), (0.44, 0.38, 0.26), (0.34, 0.52, 0.34))
POSES = {"above": 1.3, "walking": 1.2, "shell": 0.8, "head": 0.8}


def paint_turtle(canvas: Canvas, draws: Draws) -> dict[str, str]:
    """Paint one turtle on the canvas; returns its pose and pattern."""
    base, heart = draws.choice(SHELLS)
    base, heart = shifted(base, draws, 0.06), shifted(heart, draws, 0.05)
    seed = draws.integer(0, 1 << 20)
    tone = shifted(draws.choice(SKINS), draws, 0.08)
    skin = _scaly(tone, seed)
    pose = draws.weighted(POSES)
    shell = _scutes(base, heart, seed, draws.uniform(0.50, 0.66), pose != "walking")
    flip = draws.chance(0.5)
    if pose == "above":
        frame = Frame(
            draws.uniform(0.44, 0.56),
            draws.uniform(0.46, 0.56),
            draws.uniform(0.25, 0.34),
            draws.uniform(-0.8, 0.8),
            flip,
        )
        _above(canvas, frame, shell, skin, base, draws)
    elif pose == "shell":
        frame = Frame(
            draws.uniform(0.40, 0.60),
            draws.uniform(0.42, 0.60),
            draws.uniform(0.42, 0.54),
            draws.uniform(-1.2, 1.2),
            flip,
        )
        _above(canvas, frame, shell, skin, base, draws)
    elif pose == "walking":
        frame = Frame(
            draws.uniform(0.46, 0.56), draws.uniform(0.54, 0.66), draws.uniform(0.25, 0.31), draws.normal(0, 0.06), flip
        )
        _walking(canvas, frame.at(0.22, 0.0), shell, skin, base, draws)  # room for the head
    else:
        frame = Frame(
            draws.uniform(0.36, 0.46), draws.uniform(0.46, 0.56), draws.uniform(0.34, 0.44), draws.normal(0, 0.1), flip
        )
        _head_close(canvas, frame, shell, skin, base, draws)
    return {"pose": pose, "pattern": "plates"}


def _scaly(tone: Colour, seed: int) -> Texture:
    """Pebbled skin: small rounded scales with dark gaps."""

    def texture(x: Array, y: Array) -> Array:
        nearest, second, which = tx.cells(x / 0.13, y / 0.13, seed + 4, 0.7)
        bright = 0.75 + 0.4 * which - 0.5 * tx.smoothstep(0.30, 0.06, second - nearest)
        return np.asarray(tone, np.float32) * bright[..., None]

    return texture


def _scutes(base: Colour, heart: Colour, seed: int, size: float, upright: bool) -> Texture:
    """Six-sided plates in rows, `size` apart, with dark seams, growth rings and bright hearts.

    With `upright` a row runs along y (the spine seen from above), else along x (the shell seen from the side).
    """
    seam, row = darker(base, 0.20), 3.0**0.5

    def texture(x: Array, y: Array) -> Array:
        sway_x, sway_y = (tx.noise(x * 2.2, y * 2.2, seed + k) - 0.5 for k in (0, 1))
        u, v = (x + 0.16 * sway_x) / size, (y + 0.16 * sway_y) / size
        u, v = (v, u) if upright else (u, v)
        au, av = np.round(u), np.round(v / row)
        bu, bv = np.floor(u) + 0.5, np.floor(v / row) + 0.5
        first = (u - au) ** 2 + (v - av * row) ** 2 < (u - bu) ** 2 + (v - bv * row) ** 2
        cu, cv = np.where(first, au, bu), np.where(first, av, bv)
        du, dv = np.abs(u - cu), np.abs(v - cv * row)
        out = 2.0 * np.maximum(du, 0.5 * du + 0.5 * row * dv)  # 0 at a plate's middle, 1 at its rim
        tone = 0.84 + 0.32 * tx.hashed(cu * 2.0, cv * 2.0, seed)
        rings = 1.0 + 0.13 * np.cos(out * 19.0)
        colour = tx.mix(base, heart, 0.95 * tx.smoothstep(0.74, 0.18, out)) * (tone * rings)[..., None]
        return tx.mix(colour, seam, tx.smoothstep(0.80, 0.90, out))

    return texture


def _margin(base: Colour) -> Texture:
    """The rim's row of small plates, seen from above."""

    def texture(x: Array, y: Array) -> Array:
        turn = np.arctan2(y, x) * (22.0 / 6.2832)
        seam = tx.smoothstep(0.16, 0.08, np.abs(turn - np.round(turn)))
        return tx.mix(darker(base, 0.95), darker(base, 0.25), seam)

    return texture


def _rim(canvas: Canvas, frame: Frame, shape: Shape, base: Colour, shell: Texture) -> None:
    canvas.paint(frame, grown(shape, 0.13), _margin(base), "shell+plates", bevel=0.12)
    canvas.paint(frame, grown(shape, 0.02), darker(base, 0.22), "shell")
    canvas.paint(frame, shape, shell, "shell+plates", bevel=0.55, relief=0.6)


def _above(canvas: Canvas, frame: Frame, shell: Texture, skin: Texture, base: Colour, draws: Draws) -> None:
    canvas.shadow(frame, ellipse(0.10, 0.16, 1.05, 1.2), 0.35)
    swing = draws.uniform(-0.15, 0.15)
    for side in (-1, 1):
        canvas.paint(
            frame,
            limb([(side * 0.60, -0.62), (side * 1.08, -0.92 + swing * side)], [0.24, 0.17], False),
            skin,
            "leg+scales",
            bevel=0.14,
        )
        canvas.paint(
            frame,
            limb([(side * 0.58, 0.72), (side * 0.98, 1.02 - swing * side)], [0.22, 0.16], False),
            skin,
            "leg+scales",
            bevel=0.14,
        )
    canvas.paint(frame, limb([(0, 1.0), (0.06, 1.38)], [0.12, 0.03], False), skin, "tail+scales", bevel=0.08)
    turn = draws.uniform(-0.3, 0.3)
    canvas.paint(frame, limb([(0, -0.9), (turn * 0.6, -1.28)], [0.24, 0.22], False), skin, "head+scales", bevel=0.16)
    head = frame.at(turn * 0.6, -1.38, 1.0, turn * 0.4)
    canvas.paint(head, blob(0, 0, [0.27, 0.27, 0.26, 0.27, 0.27, 0.27, 0.30, 0.27]), skin, "head+scales", bevel=0.2)
    for side in (-1, 1):
        eye(canvas, head, side * 0.19, -0.06, 0.075, (0.85, 0.70, 0.20))
    _rim(canvas, frame, blob(0, 0, [0.90, 0.98, 1.06, 0.98, 0.90, 0.95, 1.04, 0.95]), base, shell)


def _walking(canvas: Canvas, frame: Frame, shell: Texture, skin: Texture, base: Colour, draws: Draws) -> None:
    contact_shadow(canvas, frame, 0.0, 0.72, 1.25)
    step = draws.uniform(-0.12, 0.12)
    for x, shift in ((-0.62, step), (0.66, -step)):
        canvas.paint(frame, limb([(x, 0.2), (x + shift, 0.62)], [0.24, 0.20], False), skin, "leg+scales", bevel=0.15)
        for k in (-1, 0, 1):
            canvas.paint(
                frame, ellipse(x + shift + 0.12 * k, 0.74, 0.05, 0.06), (0.85, 0.80, 0.62), "claw+leg", bevel=0.04
            )
    canvas.paint(frame, limb([(0.95, 0.12), (1.30, 0.26)], [0.10, 0.02], False), skin, "tail+scales", bevel=0.06)
    lift = draws.uniform(-0.25, 0.10)
    canvas.paint(
        frame,
        limb([(-0.82, 0.05), (-1.15, -0.05 + lift), (-1.32, -0.22 + lift)], [0.22, 0.18, 0.18]),
        skin,
        "head+scales",
        bevel=0.14,
    )
    _face(canvas, frame.at(-1.40, -0.30 + lift, 0.32), skin)
    dome = within(
        blob(0.0, 0.30, [1.10, 0.8, 0.6, 0.8, 1.10, 1.16, 1.12, 1.16]),
        polygon([(-1.4, -1.2), (1.4, -1.2), (1.4, 0.26), (-1.4, 0.26)], 0.08),
    )
    canvas.paint(frame, limb([(-1.0, 0.28), (1.0, 0.28)], 0.11, False), darker(base, 0.6), "shell", bevel=0.1)
    canvas.paint(frame, dome, shell, "shell+plates", bevel=0.5, relief=0.6)


def _face(canvas: Canvas, frame: Frame, skin: Texture) -> None:
    """A head in profile looking left; one unit is its half length."""
    canvas.paint(frame, blob(0, 0, [0.95, 0.85, 0.62, 0.80, 1.02, 0.82, 0.70, 0.85]), skin, "head+scales", bevel=0.5)
    canvas.paint(frame, limb([(-0.98, 0.18), (-0.5, 0.30), (0.0, 0.26)], [0.03, 0.05, 0.03]), BLACK, "mouth")
    canvas.paint(frame, ellipse(-0.84, -0.14, 0.06, 0.045), BLACK, "nose")
    eye(canvas, frame, -0.35, -0.22, 0.24, (0.88, 0.68, 0.18), iris_share=0.9)


def _head_close(canvas: Canvas, frame: Frame, shell: Texture, skin: Texture, base: Colour, draws: Draws) -> None:
    body = cut(ellipse(2.05, 0.45, 1.75, 1.45), ellipse(0.20, 0.1, 0.5, 0.42))
    canvas.paint(frame, limb([(0.1, 0.1), (1.0, 0.5)], [0.52, 0.62], False), skin, "head+scales", bevel=0.4)
    _rim(canvas, frame, body, base, shell)
    _face(canvas, frame.at(-0.20, 0.0, 0.85, draws.normal(0, 0.08)), skin)
