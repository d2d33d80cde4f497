"""Crabs: whole from the front, claws and faces close by; shining shells, plain or dotted."""

from __future__ import annotations

import math

from .. import textures as tx
from ..canvas import Canvas, Colour, Frame, Texture
from ..draws import Draws
from ..parts import BLACK, bead_eye, contact_shadow, darker, shifted
from ..shapes import blob, cut, ellipse, limb, polygon

COLOURS: tuple[Colour, ...] = (
    (0.84, 0.24, 0.12),
    (0.88, 0.46, 0.14),
    (0.80, 0.20, 0.30),
    (0.18, 0.42, 0.72),
    (0.62, 0.30, 0.20),
)
POSES = {"whole": 2.2, "face": 0.8, "claw": 0.9}


def paint_crab(canvas: Canvas, draws: Draws) -> dict[str, str]:
    """Paint one crab on the canvas; returns its pose and pattern."""
    colour = shifted(draws.choice(COLOURS), draws, 0.07)
    pattern = draws.weighted({"plain": 1.2, "spots": 1.2})
    seed = draws.integer(0, 1 << 20)
    shell: Texture = tx.plain(colour, seed, 0.18, 9.0)
    if pattern == "spots":
        dot = draws.choice(((0.97, 0.90, 0.72), darker(colour, 0.28)))
        shell = tx.spotted(shell, dot, seed, draws.uniform(0.22, 0.30), draws.uniform(0.24, 0.32))
    part = "chitin" if pattern == "plain" else "chitin+spots"
    pose = draws.weighted(POSES)
    flip = draws.chance(0.5)
    if pose == "whole":
        frame = Frame(
            draws.uniform(0.42, 0.58), draws.uniform(0.54, 0.64), draws.uniform(0.20, 0.29), draws.normal(0, 0.12), flip
        )
        contact_shadow(canvas, frame, 0.0, 0.75, 1.5)
        _legs(canvas, frame, colour, draws)
        _claws(canvas, frame, shell, part, colour, draws)
        _body(canvas, frame, shell, part)
    elif pose == "face":
        frame = Frame(
            draws.uniform(0.42, 0.58), draws.uniform(0.60, 0.70), draws.uniform(0.34, 0.50), draws.normal(0, 0.10), flip
        )
        canvas.shadow(frame, ellipse(0.06, 0.08, 1.15, 0.75), 0.4)
        _legs(canvas, frame, colour, draws)
        _claws(canvas, frame, shell, part, colour, draws)
        _body(canvas, frame, shell, part)
    else:
        frame = Frame(
            draws.uniform(0.44, 0.56),
            draws.uniform(0.50, 0.60),
            draws.uniform(0.36, 0.46),
            draws.uniform(-0.5, 0.5),
            flip,
        )
        if draws.chance(0.4):  # two claws raised against each other
            for side in (-1, 1):
                _raised(canvas, frame.at(side * 0.62, 0.1, 0.72, 0.25, side < 0), shell, part, colour, draws)
        else:
            _raised(canvas, frame, shell, part, colour, draws)
    return {"pose": pose, "pattern": pattern}


def _raised(canvas: Canvas, frame: Frame, shell: Texture, part: str, colour: Colour, draws: Draws) -> None:
    """A claw on its arm, reaching up into the frame."""
    canvas.shadow(frame, ellipse(0.10, -0.05, 0.72, 1.05), 0.35, 0.4)
    canvas.paint(frame, limb([(0.62, 1.02), (1.5, 1.5)], [0.30, 0.36], False), shell, f"leg+{part}", bevel=0.2)
    canvas.paint(frame, limb([(0.08, 0.55), (0.50, 0.98)], [0.19, 0.28], False), shell, f"leg+{part}", bevel=0.2)
    _pincer(canvas, frame, shell, part, colour, draws.uniform(0.25, 0.55))


def _legs(canvas: Canvas, frame: Frame, colour: Colour, draws: Draws) -> None:
    for side in (-1, 1):
        for k in range(4):
            spread, step = 0.25 + 0.20 * k, draws.uniform(-0.08, 0.08)
            root, knee = (
                (side * (0.62 + 0.05 * k), 0.15 + 0.08 * k),
                (side * (1.15 + 0.10 * k + step), -0.12 + 0.22 * k),
            )
            tip = (side * (1.56 + 0.08 * spread + step), 0.50 + 0.17 * k)
            canvas.paint(
                frame,
                limb([root, knee, tip], [0.11, 0.085, 0.02], False),
                darker(colour, 0.85),
                "leg+chitin",
                bevel=0.08,
            )


def _claws(canvas: Canvas, frame: Frame, shell: Texture, part: str, colour: Colour, draws: Draws) -> None:
    for side in (-1, 1):
        lift = draws.uniform(-0.15, 0.2)
        wrist = (side * 1.20, -0.46 - lift)
        canvas.paint(
            frame,
            limb([(side * 0.72, -0.05), (side * 1.22, -0.10), wrist], [0.14, 0.15, 0.13]),
            shell,
            f"leg+{part}",
            bevel=0.1,
        )
        _pincer(
            canvas,
            frame.at(wrist[0], wrist[1] - 0.28, 0.56, 0.25, side < 0),
            shell,
            part,
            colour,
            draws.uniform(0.2, 0.6),
        )


def _pincer(canvas: Canvas, frame: Frame, shell: Texture, part: str, colour: Colour, gape: float) -> None:
    """One claw pointing up; one unit is about half its length."""
    wedge = polygon([(0.02, -0.05), (-0.16 - 0.30 * gape, -1.5), (0.10 + 0.35 * gape, -1.5)], 0.02)
    canvas.paint(
        frame,
        cut(blob(0, 0, [0.62, 0.60, 0.62, 0.60, 0.60, 0.80, 1.02, 0.80]), wedge),
        shell,
        f"claw+{part}",
        bevel=0.26,
        relief=0.65,
    )
    for k in range(3):
        y = -0.28 - 0.20 * k
        canvas.paint(
            frame, ellipse(-0.07 - 0.2 * gape * (k + 1) / 3, y, 0.055, 0.05), (0.97, 0.93, 0.82), "claw", bevel=0.04
        )
        canvas.paint(
            frame, ellipse(0.08 + 0.23 * gape * (k + 1) / 3, y, 0.055, 0.05), (0.97, 0.93, 0.82), "claw", bevel=0.04
        )
    canvas.paint(frame, ellipse(0.0, 0.52, 0.22, 0.14), darker(colour, 0.6), f"claw+{part}", bevel=0.1)


def _body(canvas: Canvas, frame: Frame, shell: Texture, part: str) -> None:
    for side in (-1, 1):
        canvas.paint(
            frame,
            limb([(side * 0.26, -0.40), (side * 0.32, -0.86)], [0.09, 0.075], False),
            shell,
            "eyestalk+chitin",
            bevel=0.05,
        )
        bead_eye(canvas, frame, side * 0.32, -0.94, 0.17)
    body = blob(0, 0, [1.0, 0.78, 0.54, 0.78, 1.0, 0.74, 0.52, 0.74])
    canvas.paint(frame, body, shell, f"body+{part}", bevel=0.42, relief=0.65)
    for k in range(7):  # the toothed front edge
        angle = math.pi * (1.16 + 0.68 * k / 6)
        canvas.paint(
            frame,
            ellipse(0.94 * math.cos(angle), 0.66 * math.sin(angle), 0.07, 0.07),
            shell,
            f"body+{part}",
            bevel=0.05,
        )
    canvas.paint(frame, limb([(-0.34, 0.20), (-0.12, 0.30), (0.12, 0.30), (0.34, 0.20)], 0.026), BLACK, "mouth")
    for side in (-1, 1):
        canvas.paint(frame, limb([(side * 0.10, 0.02), (side * 0.16, 0.10)], 0.024, False), BLACK, "face", opacity=0.7)
