"""Frogs: faces, sitting, in profile, seen from above, in plain, spotted and striped skin."""

from __future__ import annotations

import numpy as np

from .. import textures as tx
from ..canvas import Canvas, Colour, Frame, Texture
from ..draws import Draws
from ..parts import BLACK, contact_shadow, darker, eye, shifted
from ..shapes import Shape, blob, ellipse, grown, limb, union, within

COLOURS: tuple[Colour, ...] = (
    (0.28, 0.62, 0.16),
    (0.45, 0.66, 0.20),
    (0.14, 0.50, 0.22),
    (0.58, 0.40, 0.18),
    (0.14, 0.38, 0.66),
    (0.78, 0.26, 0.14),
)
BELLY: Colour = (0.93, 0.90, 0.74)
EYES: tuple[Colour, ...] = ((0.98, 0.72, 0.10), (0.92, 0.14, 0.10), (0.96, 0.86, 0.30))
POSES = {"face": 1.6, "sitting": 1.1, "above": 1.1, "side": 0.9}


def paint_frog(canvas: Canvas, draws: Draws) -> dict[str, str]:
    """Paint one frog on the canvas; returns its pose and pattern."""
    colour = shifted(draws.choice(COLOURS), draws, 0.08)
    pattern = draws.weighted({"plain": 1.0, "spots": 1.3, "stripes": 1.1})
    seed = draws.integer(0, 1 << 20)
    skin: Texture = tx.plain(colour, seed, 0.16, 7.0)
    dark = darker(colour, 0.30)
    if pattern == "spots":
        skin = tx.spotted(skin, dark, seed, draws.uniform(0.28, 0.38), draws.uniform(0.28, 0.36))
    elif pattern == "stripes":
        skin = tx.striped(skin, dark, seed, draws.uniform(0.32, 0.44), 0.0, 0.40, 0.22)
    part = "skin" if pattern == "plain" else f"skin+{pattern}"
    iris = draws.choice(EYES)
    pose = draws.weighted(POSES)
    flip = draws.chance(0.5)
    if pose == "face":
        frame = Frame(
            draws.uniform(0.40, 0.60), draws.uniform(0.50, 0.62), draws.uniform(0.36, 0.52), draws.normal(0, 0.09), flip
        )
        canvas.shadow(frame, ellipse(0.08, 0.0, 1.15, 0.95), 0.5)
        canvas.paint(frame, blob(0, 1.3, [1.15, 1.2, 1.2, 1.2, 1.15, 1.0, 0.9, 1.0]), skin, part, bevel=0.5)
        _face(canvas, frame, skin, part, iris, draws)
    elif pose == "sitting":
        frame = Frame(
            draws.uniform(0.40, 0.60), draws.uniform(0.52, 0.62), draws.uniform(0.25, 0.31), draws.normal(0, 0.05), flip
        )
        _sitting(canvas, frame, skin, part, iris, draws)
    elif pose == "side":
        frame = Frame(
            draws.uniform(0.44, 0.56), draws.uniform(0.50, 0.60), draws.uniform(0.30, 0.38), draws.normal(0, 0.06), flip
        )
        _side(canvas, frame, skin, part, iris, draws)
    else:
        frame = Frame(
            draws.uniform(0.42, 0.58),
            draws.uniform(0.44, 0.56),
            draws.uniform(0.24, 0.31),
            draws.uniform(-0.9, 0.9),
            flip,
        )
        _above(canvas, frame, skin, part, iris, draws)
    return {"pose": pose, "pattern": pattern}


def _face(canvas: Canvas, frame: Frame, skin: Texture, part: str, iris: Colour, draws: Draws) -> None:
    head = blob(0.0, 0.0, [1.06, 0.86, 0.66, 0.86, 1.06, 0.74, 0.58, 0.74])
    canvas.paint(frame, head, skin, f"head+{part}", bevel=0.4)
    left, _, right, bottom = head.bounds
    # The head once more, only below the cheeks: same curve and shading, without a rim of its own at the top.
    chin = Shape((left, 0.0, right, bottom), head.distance, lambda x, y: 20.0 * np.minimum(y - 0.20, 0.0))
    canvas.paint(frame, chin, tx.graded(skin, tx.plain(BELLY, 5, 0.06), 0.16, 0.30), "head+skin", bevel=0.4)
    smile = draws.uniform(0.10, 0.24)
    canvas.paint(
        frame,
        limb(
            [(-0.96, 0.10), (-0.5, 0.10 + smile), (0.0, 0.14 + smile), (0.5, 0.10 + smile), (0.96, 0.10)],
            [0.018, 0.03, 0.032, 0.03, 0.018],
        ),
        BLACK,
        "mouth",
    )
    for side in (-1, 1):
        canvas.paint(frame, ellipse(side * 0.14, -0.10, 0.035, 0.024), BLACK, "nose")
    look = (draws.uniform(-0.4, 0.4), draws.uniform(-0.2, 0.2))
    for side in (-1, 1):
        canvas.paint(frame, ellipse(side * 0.56, -0.46, 0.36, 0.34), skin, f"head+{part}", bevel=0.2)
        eye(canvas, frame, side * 0.56, -0.50, 0.27, iris, pupil="bar", look=look, iris_share=0.98)


def _foot(canvas: Canvas, frame: Frame, x: float, y: float, reach: float, turn: float, skin: Texture) -> None:
    at = frame.at(x, y, reach, turn)
    toes = union(
        *(limb([(0, 0), (0.9 * dx, dy)], [0.16, 0.13], False) for dx, dy in ((-0.75, 0.55), (0.0, 0.95), (0.75, 0.55))),
        *(ellipse(0.9 * dx, dy, 0.2, 0.2) for dx, dy in ((-0.75, 0.55), (0.0, 0.95), (0.75, 0.55))),
        blend=0.08,
    )
    canvas.paint(at, toes, skin, "foot+skin", bevel=0.14)


def _sitting(canvas: Canvas, frame: Frame, skin: Texture, part: str, iris: Colour, draws: Draws) -> None:
    contact_shadow(canvas, frame, 0.0, 1.02, 1.2)
    for side in (-1, 1):
        thigh: Shape = blob(side * 0.82, 0.62, [0.42, 0.40, 0.34, 0.40, 0.42, 0.46, 0.44, 0.46])
        canvas.paint(frame, thigh, skin, f"leg+{part}", bevel=0.2)
        _foot(canvas, frame, side * 0.98, 0.88, 0.26, -side * 0.7, skin)
    canvas.paint(
        frame, blob(0.0, 0.45, [0.78, 0.74, 0.56, 0.74, 0.78, 0.8, 0.8, 0.8]), skin, f"body+{part}", bevel=0.35
    )
    canvas.paint(frame, ellipse(0.0, 0.52, 0.46, 0.46), tx.plain(BELLY, 5, 0.06), "body+skin", bevel=0.2, relief=0.3)
    for side in (-1, 1):
        canvas.paint(
            frame,
            limb([(side * 0.50, 0.30), (side * 0.62, 0.70), (side * 0.42, 0.98)], [0.15, 0.12, 0.10]),
            skin,
            f"leg+{part}",
            bevel=0.1,
        )
        _foot(canvas, frame, side * 0.42, 0.96, 0.22, side * 0.2, skin)
    _face(canvas, frame.at(0.0, -0.34, 0.86), skin, part, iris, draws)


def _side(canvas: Canvas, frame: Frame, skin: Texture, part: str, iris: Colour, draws: Draws) -> None:
    """A frog in profile looking left, ready to leap."""
    contact_shadow(canvas, frame, 0.0, 0.86, 1.15)
    far = tx.dimmed(skin, 0.7)
    canvas.paint(frame, limb([(-0.30, 0.25), (-0.12, 0.80)], [0.15, 0.09], False), far, f"leg+{part}", bevel=0.1)
    _foot(canvas, frame, -0.16, 0.76, 0.18, 0.5, far)
    body = limb([(-0.42, -0.10), (0.05, 0.16), (0.66, 0.50)], [0.42, 0.48, 0.26])
    canvas.paint(frame, body, skin, f"body+{part}", bevel=0.36)
    belly = tx.plain(BELLY, 5, 0.06)
    pale = within(grown(body, -0.02), limb([(-0.75, 0.25), (-0.30, 0.52), (0.2, 0.74)], [0.22, 0.26, 0.2]))
    canvas.paint(frame, pale, belly, "body+skin", bevel=0.15, relief=0.3, blur=0.05)
    head = frame.at(-0.56, -0.26, 1.0, draws.uniform(-0.22, 0.10))
    canvas.paint(head, ellipse(0.10, -0.36, 0.30, 0.28), skin, f"head+{part}", bevel=0.18)
    skull = blob(0.0, 0.0, [0.55, 0.46, 0.36, 0.42, 0.60, 0.44, 0.36, 0.46])
    canvas.paint(head, skull, skin, f"head+{part}", bevel=0.3)
    chin = within(grown(skull, -0.02), ellipse(-0.14, 0.38, 0.56, 0.30, -0.12))
    canvas.paint(head, chin, belly, "head+skin", bevel=0.12, relief=0.3)
    canvas.paint(head, limb([(-0.56, 0.05), (-0.20, 0.13), (0.26, 0.04)], [0.018, 0.026, 0.02]), BLACK, "mouth")
    canvas.paint(head, ellipse(-0.46, -0.13, 0.032, 0.024), BLACK, "nose")
    eye(canvas, head, 0.06, -0.38, 0.23, iris, pupil="bar", look=(-0.4, 0.0), iris_share=0.98)
    canvas.paint(frame, limb([(0.66, 0.62), (0.92, 0.70), (0.34, 0.84)], [0.14, 0.11, 0.08]), far, f"leg+{part}")
    thigh = ellipse(0.50, 0.44, 0.46, 0.27, -0.55)
    canvas.paint(frame, thigh, skin, f"leg+{part}", bevel=0.2)
    canvas.paint(
        frame, limb([(0.22, 0.66), (0.82, 0.78), (0.36, 0.88)], [0.12, 0.10, 0.08]), skin, f"leg+{part}", bevel=0.08
    )
    _foot(canvas, frame, 0.34, 0.86, 0.26, 1.2, skin)
    canvas.paint(
        frame, limb([(-0.40, 0.20), (-0.30, 0.55), (-0.52, 0.86)], [0.17, 0.13, 0.09]), skin, f"leg+{part}", bevel=0.1
    )
    _foot(canvas, frame, -0.54, 0.82, 0.23, 0.7, skin)


def _above(canvas: Canvas, frame: Frame, skin: Texture, part: str, iris: Colour, draws: Draws) -> None:
    canvas.shadow(frame, blob(0.06, 0.14, [0.7, 0.9, 1.0, 0.9, 0.7, 0.8, 0.9, 0.8]), 0.3)
    spread = draws.uniform(0.0, 0.3)
    for side in (-1, 1):
        hind = limb(
            [(side * 0.38, 0.62), (side * (1.02 + spread), 0.45), (side * 0.72, 0.98), (side * (1.05 + spread), 1.32)],
            [0.24, 0.18, 0.13, 0.09],
        )
        canvas.paint(frame, hind, skin, f"leg+{part}", bevel=0.13)
        _foot(canvas, frame, side * (1.05 + spread), 1.30, 0.30, -side * 0.6, skin)
        fore = limb(
            [(side * 0.48, -0.25), (side * 0.98, -0.20 - spread), (side * 1.02, -0.72 - spread)], [0.15, 0.12, 0.08]
        )
        canvas.paint(frame, fore, skin, f"leg+{part}", bevel=0.1)
        _foot(canvas, frame, side * 1.02, -0.70 - spread, 0.24, 3.14 - side * 0.3, skin)
    body = blob(0.0, 0.0, [0.60, 0.66, 0.86, 0.66, 0.60, 0.72, 1.0, 0.72])
    canvas.paint(frame, body, skin, f"body+{part}", bevel=0.4)
    for side in (-1, 1):
        canvas.paint(frame, ellipse(side * 0.40, -0.60, 0.25, 0.25), skin, f"head+{part}", bevel=0.12)
        eye(canvas, frame, side * 0.42, -0.62, 0.19, iris, pupil="bar", iris_share=0.98)
