"""Insects: butterflies, ladybirds, bees, dragonflies and beetles, from above."""

from __future__ import annotations

import math

from .. import textures as tx
from ..canvas import Canvas, Colour, Frame, Texture
from ..draws import Draws
from ..parts import BLACK, WHITE, bead_eye, darker, shifted
from ..shapes import Shape, blob, circle, ellipse, grown, limb, polygon

BRIGHT: tuple[Colour, ...] = (
    (0.95, 0.55, 0.12),
    (0.30, 0.45, 0.90),
    (0.90, 0.25, 0.45),
    (0.95, 0.85, 0.25),
    (0.60, 0.30, 0.80),
    (0.35, 0.75, 0.45),
)
VARIANTS = {"butterfly": 1.5, "ladybird": 1.1, "bee": 1.1, "dragonfly": 0.9, "beetle": 0.9}


def paint_insect(canvas: Canvas, draws: Draws) -> dict[str, str]:
    """Paint one insect on the canvas; returns its pose (variant, whole or close) and pattern."""
    variant = draws.weighted(VARIANTS)
    close = draws.chance(0.3)
    scale = draws.uniform(0.40, 0.50) if close else draws.uniform(0.25, 0.34)
    frame = Frame(draws.uniform(0.42, 0.58), draws.uniform(0.44, 0.58), scale, draws.uniform(-0.9, 0.9))
    painter = {"butterfly": _butterfly, "ladybird": _ladybird, "bee": _bee, "dragonfly": _dragonfly, "beetle": _beetle}[
        variant
    ]
    pattern = painter(canvas, frame, draws)
    return {"pose": f"{variant} {'close' if close else 'whole'}", "pattern": pattern}


def _antennae(canvas: Canvas, frame: Frame, x: float, y: float, length: float, club: float = 0.04) -> None:
    for side in (-1, 1):
        tip = (side * (x + 0.45 * length), y - length)
        canvas.paint(
            frame,
            limb([(side * x, y), (side * (x + 0.12 * length), y - 0.6 * length), tip], [0.028, 0.022, 0.018]),
            BLACK,
            "antenna",
        )
        canvas.paint(frame, circle(*tip, club), BLACK, "antenna")


def _six_legs(canvas: Canvas, frame: Frame, width: float, length: float, colour: Colour = BLACK) -> None:
    for side in (-1, 1):
        for y, lift in ((-0.35, -0.35), (0.05, 0.0), (0.42, 0.35)):
            canvas.paint(
                frame,
                limb(
                    [
                        (side * width * 0.8, y),
                        (side * (width + 0.28 * length), y + lift * 0.6 - 0.06),
                        (side * (width + 0.48 * length), y + lift + 0.16),
                    ],
                    [0.05, 0.04, 0.022],
                    False,
                ),
                colour,
                "leg+chitin",
            )


def _butterfly(canvas: Canvas, frame: Frame, draws: Draws) -> str:
    colour, second = shifted(draws.choice(BRIGHT), draws, 0.05), shifted(draws.choice(BRIGHT), draws, 0.05)
    seed = draws.integer(0, 1 << 20)
    canvas.shadow(frame, blob(0.08, 0.12, [1.2, 1.1, 0.8, 1.1, 1.2, 1.1, 0.8, 1.1]), 0.3, 0.35)
    eyespots = draws.chance(0.5)
    for flip in (False, True):
        wing = frame.at(0, 0, flip=flip)
        for shape, tone in (
            (blob(0.62, 0.58, [0.52, 0.50, 0.46, 0.50, 0.60, 0.50, 0.42, 0.46]), second),
            (blob(0.72, -0.42, [0.60, 0.46, 0.46, 0.62, 0.72, 0.46, 0.50, 0.72]), colour),
        ):
            canvas.paint(wing, shape, BLACK, "wing", bevel=0.08)
            canvas.paint(
                wing,
                grown(shape, -0.09),
                tx.graded(tx.plain(darker(tone, 1.15), seed, 0.1), tx.plain(darker(tone, 0.8), seed, 0.1), -0.6, 0.6),
                "wing",
                bevel=0.2,
                relief=0.25,
            )
        for x, y in ((1.28, -0.86), (1.36, -0.58), (1.32, -0.30), (1.12, 0.72), (0.98, 0.94), (0.76, 1.06)):
            canvas.paint(wing, circle(x, y, 0.055), WHITE, "wing+spots")
        if eyespots:
            for x, y, r in ((0.86, -0.48, 0.19), (0.68, 0.56, 0.16)):
                canvas.paint(wing, circle(x, y, r), BLACK, "wing+spots")
                canvas.paint(wing, circle(x, y, r * 0.66), darker(second, 1.3), "wing+spots")
                canvas.paint(wing, circle(x, y, r * 0.34), BLACK, "wing+spots")
        else:
            for x, y in ((1.05, -0.80), (1.20, -0.35), (0.98, 0.62), (0.66, 0.92)):
                canvas.paint(
                    wing, limb([(0.12, 0.05 if y > 0 else -0.1), (x, y)], [0.03, 0.022], False), BLACK, "wing+stripes"
                )
    _antennae(canvas, frame, 0.05, -0.52, 0.55)
    canvas.paint(
        frame,
        limb([(0, -0.45), (0, 0.1), (0, 0.72)], [0.11, 0.12, 0.06]),
        tx.striped(BLACK, (0.32, 0.26, 0.20), seed, 0.16, math.pi / 2),
        "body+fur",
        bevel=0.1,
    )
    for side in (-1, 1):
        bead_eye(canvas, frame, side * 0.08, -0.54, 0.06)
    return "spots" if eyespots else "stripes"


def _ladybird(canvas: Canvas, frame: Frame, draws: Draws) -> str:
    colour = shifted(draws.choice(((0.88, 0.14, 0.10), (0.95, 0.50, 0.08), (0.94, 0.78, 0.16))), draws, 0.05)
    canvas.shadow(frame, ellipse(0.1, 0.16, 0.95, 1.0), 0.3, 0.4)
    _six_legs(canvas, frame, 0.72, 0.9)
    _antennae(canvas, frame, 0.14, -0.95, 0.30)
    canvas.paint(frame, ellipse(0, -0.80, 0.46, 0.34), (0.10, 0.09, 0.10), "head+chitin", bevel=0.25)
    for side in (-1, 1):
        canvas.paint(frame, ellipse(side * 0.27, -0.84, 0.13, 0.12), WHITE, "eye", bevel=0.08)
        canvas.paint(frame, circle(side * 0.29, -0.88, 0.055), BLACK, "eye")
    shell = blob(0, 0.12, [0.86, 0.84, 0.86, 0.84, 0.86, 0.84, 0.78, 0.84])
    canvas.paint(frame, shell, tx.plain(colour, 3, 0.06), "body+chitin+shell", bevel=0.6, relief=0.6)
    for x, y, r in ((0.34, -0.28, 0.17), (0.60, 0.12, 0.15), (0.28, 0.30, 0.18), (0.44, 0.66, 0.14)):
        for side in (-1, 1):
            canvas.paint(frame, circle(side * x, y, r * draws.uniform(0.9, 1.15)), BLACK, "body+spots+shell")
    canvas.paint(frame, limb([(0, -0.62), (0, 0.95)], 0.022, False), BLACK, "body+shell")
    canvas.paint(frame, ellipse(-0.34, -0.36, 0.17, 0.10, -0.6), WHITE, "body+shell", opacity=0.55, blur=0.08)
    return "spots"


def _bee(canvas: Canvas, frame: Frame, draws: Draws) -> str:
    yellow, seed = shifted((0.96, 0.74, 0.12), draws, 0.05), draws.integer(0, 1 << 20)
    canvas.shadow(frame, ellipse(0.08, 0.2, 0.7, 1.0), 0.3, 0.4)
    _six_legs(canvas, frame, 0.34, 0.8)
    for flip in (False, True):
        wing = frame.at(0, 0, flip=flip)
        for cx, cy, rx, ry, turn in ((0.80, 0.22, 0.52, 0.20, 0.42), (0.86, -0.28, 0.72, 0.27, -0.22)):
            canvas.paint(wing, ellipse(cx, cy, rx, ry, turn), (0.92, 0.95, 0.98), "wing", bevel=0.06, opacity=0.72)
            canvas.paint(
                wing,
                limb([(0.2, cy * 0.4), (cx + rx * 0.7, cy + rx * 0.6 * math.sin(turn))], 0.016, False),
                (0.35, 0.33, 0.35),
                "wing",
            )
    stripes = tx.striped(tx.plain(yellow, seed, 0.1), BLACK, seed, 0.42, math.pi / 2, 0.48, 0.05)
    canvas.paint(
        frame,
        blob(0, 0.60, [0.48, 0.46, 0.62, 0.46, 0.48, 0.48, 0.50, 0.48]),
        tx.fur(stripes, seed, 0.12),
        "body+fur+stripes",
        bevel=0.3,
    )
    canvas.paint(
        frame,
        circle(0, -0.10, 0.42),
        tx.fur(tx.plain(darker(yellow, 0.8), seed, 0.1), seed, 0.1),
        "body+fur",
        bevel=0.28,
    )
    _antennae(canvas, frame, 0.10, -0.72, 0.38, 0.035)
    canvas.paint(frame, circle(0, -0.62, 0.28), (0.14, 0.12, 0.11), "head+chitin", bevel=0.2)
    for side in (-1, 1):
        bead_eye(canvas, frame, side * 0.20, -0.68, 0.12, (0.20, 0.14, 0.10))
    return "stripes"


def _dragonfly(canvas: Canvas, frame: Frame, draws: Draws) -> str:
    colour = shifted(draws.choice(((0.15, 0.45, 0.85), (0.85, 0.25, 0.15), (0.20, 0.65, 0.40))), draws, 0.05)
    seed = draws.integer(0, 1 << 20)

    def veins(x, y):  # [h, w], [h, w] -> [h, w, 3]
        nearest, second, _ = tx.cells(x / 0.13, y / 0.13, seed, 0.6)
        return tx.mix((0.18, 0.20, 0.22), (0.86, 0.93, 0.95), tx.smoothstep(0.03, 0.16, second - nearest))

    for flip in (False, True):
        wing = frame.at(0, 0, flip=flip)
        for cy, turn in ((0.02, 0.24), (-0.38, -0.16)):
            shape: Shape = polygon(
                [
                    (0.08, cy * 0.6),
                    (1.30, cy + 1.1 * turn - 0.06),
                    (1.38, cy + 1.2 * turn + 0.12),
                    (0.70, cy + 0.6 * turn + 0.20),
                    (0.08, cy * 0.6 + 0.08),
                ],
                0.06,
            )
            canvas.paint(wing, shape, veins, "wing", bevel=0.04, opacity=0.85)
    tail = tx.striped(tx.plain(colour, seed, 0.1), BLACK, seed, 0.22, math.pi / 2, 0.30, 0.02)
    canvas.paint(frame, limb([(0, 0.0), (0, 1.35)], [0.13, 0.075], False), tail, "tail+chitin+stripes", bevel=0.09)
    canvas.paint(
        frame, ellipse(0, -0.22, 0.22, 0.34), tx.plain(darker(colour, 0.8), seed, 0.1), "body+chitin", bevel=0.16
    )
    canvas.paint(frame, circle(0, -0.60, 0.17), darker(colour, 0.7), "head+chitin", bevel=0.1)
    for side in (-1, 1):
        bead_eye(canvas, frame, side * 0.17, -0.66, 0.16, darker(colour, 0.45))
    return "stripes"


def _beetle(canvas: Canvas, frame: Frame, draws: Draws) -> str:
    colour = shifted(
        draws.choice(((0.12, 0.42, 0.26), (0.36, 0.16, 0.12), (0.14, 0.20, 0.44), (0.42, 0.10, 0.30))), draws, 0.06
    )
    seed, striped = draws.integer(0, 1 << 20), draws.chance(0.45)
    canvas.shadow(frame, ellipse(0.08, 0.2, 0.8, 1.05), 0.3, 0.4)
    _six_legs(canvas, frame, 0.62, 1.0)
    _antennae(canvas, frame, 0.14, -0.98, 0.42, 0.05)
    if draws.chance(0.4):
        canvas.paint(
            frame,
            limb([(0, -0.95), (0.0, -1.30), (0.10, -1.45)], [0.10, 0.07, 0.03]),
            darker(colour, 0.7),
            "horn+chitin",
            bevel=0.06,
        )
    canvas.paint(frame, ellipse(0, -0.86, 0.34, 0.26), darker(colour, 0.55), "head+chitin", bevel=0.2)
    canvas.paint(frame, ellipse(0, -0.52, 0.56, 0.34), darker(colour, 0.8), "body+chitin", bevel=0.26)
    surface: Texture = tx.plain(colour, seed, 0.1)
    if striped:
        surface = tx.striped(surface, (0.92, 0.76, 0.24), seed, 0.40, math.pi / 2, 0.34, 0.10)
    canvas.paint(
        frame,
        blob(0, 0.30, [0.70, 0.72, 0.84, 0.72, 0.70, 0.72, 0.62, 0.72]),
        surface,
        "body+chitin+shell" + ("+stripes" if striped else ""),
        bevel=0.5,
        relief=0.8,
    )
    canvas.paint(frame, limb([(0, -0.28), (0, 1.1)], 0.022, False), BLACK, "body+shell")
    canvas.paint(frame, ellipse(-0.28, -0.02, 0.10, 0.30, 0.2), WHITE, "body+shell", opacity=0.4, blur=0.1)
    for side in (-1, 1):
        bead_eye(canvas, frame, side * 0.24, -0.98, 0.07)
    return "stripes" if striped else "plain"
