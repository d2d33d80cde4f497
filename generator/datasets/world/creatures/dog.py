"""Dogs: faces, busts, sitting and standing; floppy and pointed ears; plain, dotted and patched coats."""

from __future__ import annotations

from .. import textures as tx
from ..canvas import Canvas, Colour, Frame
from ..draws import Draws
from ..parts import BLACK, WHITE, Coat, coat, contact_shadow, darker, eye, floppy_ear, muzzle_nose, paw, pointed_ear
from ..shapes import blob, ellipse, limb, union

COLOURS: tuple[Colour, ...] = (
    (0.62, 0.40, 0.20),
    (0.86, 0.68, 0.42),
    (0.94, 0.93, 0.90),
    (0.36, 0.24, 0.16),
    (0.60, 0.60, 0.62),
)
PATTERNS = {"plain": 1.4, "spots": 0.2, "patches": 0.7}
POSES = {"face": 1.1, "bust": 1.1, "sitting": 0.9, "standing": 1.0}


def paint_dog(canvas: Canvas, draws: Draws) -> dict[str, str]:
    """Paint one dog on the canvas; returns its pose and pattern."""
    dalmatian = draws.chance(0.28)
    fur = (
        coat(draws, ((0.95, 0.94, 0.92),), {"spots": 1.0}, (0.10, 0.09, 0.10))
        if dalmatian
        else coat(draws, COLOURS, PATTERNS)
    )
    look = _Look(
        fur,
        draws.chance(0.65) or dalmatian,
        BLACK if dalmatian else darker(fur.colour, draws.uniform(0.45, 0.8)),
        draws.chance(0.45),
        draws.child("face"),
    )
    pose = draws.weighted(POSES)
    flip = draws.chance(0.5)
    if pose == "face":
        frame = Frame(
            draws.uniform(0.44, 0.56), draws.uniform(0.46, 0.54), draws.uniform(0.35, 0.43), draws.normal(0, 0.10), flip
        )
    elif pose == "bust":
        frame = Frame(
            draws.uniform(0.40, 0.60), draws.uniform(0.38, 0.46), draws.uniform(0.22, 0.28), draws.normal(0, 0.06), flip
        )
    elif pose == "sitting":
        frame = Frame(
            draws.uniform(0.42, 0.58), draws.uniform(0.60, 0.66), draws.uniform(0.24, 0.30), draws.normal(0, 0.04), flip
        )
    else:
        frame = Frame(
            draws.uniform(0.46, 0.56), draws.uniform(0.54, 0.62), draws.uniform(0.24, 0.31), draws.normal(0, 0.04), flip
        )
    if pose in ("face", "bust"):
        canvas.paint(
            frame,
            fur.furry(blob(0.0, 1.85, [1.0, 1.2, 1.3, 1.2, 1.0, 1.0, 1.15, 1.0]), 1),
            fur.texture,
            f"body+{fur.part}",
            bevel=0.5,
        )
        _head(canvas, frame, look)
    elif pose == "sitting":
        _sitting(canvas, frame, look, draws)
    else:
        _standing(canvas, frame, look, draws)
    return {"pose": pose, "pattern": fur.pattern}


class _Look:
    """One dog's coat and face."""

    def __init__(self, fur: Coat, floppy: bool, ears: Colour, tongue: bool, draws: Draws) -> None:
        self.fur, self.floppy, self.tongue, self.draws = fur, floppy, tongue, draws
        self.ears = tx.fur(tx.plain(ears, 9, 0.1), 9, 0.2)


def _head(canvas: Canvas, frame: Frame, look: _Look) -> None:
    """The face from the front; one unit is half the width of the head."""
    fur, draws = look.fur, look.draws
    if not look.floppy:
        for side in (False, True):
            pointed_ear(canvas, frame.at(0, 0, flip=side), 0.58, -0.66, 0.58, 0.30, fur)
    skull = blob(0.0, 0.0, [0.84, 0.80, 0.92, 0.80, 0.84, 0.86, 0.88, 0.86])
    canvas.paint(frame, fur.furry(skull, 2), fur.texture, f"head+{fur.part}", bevel=0.45)
    pale = tx.fur(tuple(0.40 * c + 0.56 for c in fur.colour), 11, 0.12)
    if look.tongue:
        canvas.paint(
            frame, limb([(0.0, 0.66), (0.02, 0.98)], [0.17, 0.16], False), (0.92, 0.42, 0.48), "tongue", bevel=0.12
        )
        canvas.paint(frame, limb([(0.0, 0.66), (0.02, 0.94)], 0.016, False), (0.70, 0.25, 0.32), "tongue")
    canvas.paint(
        frame,
        fur.furry(
            union(
                ellipse(-0.20, 0.46, 0.34, 0.28),
                ellipse(0.20, 0.46, 0.34, 0.28),
                ellipse(0.0, 0.26, 0.26, 0.34),
                blend=0.12,
            ),
            7,
            0.012,
        ),
        pale,
        "muzzle+fur",
        bevel=0.22,
        relief=0.45,
    )
    for side in (-1, 1):
        for k in range(3):
            canvas.paint(
                frame,
                ellipse(side * (0.24 + 0.09 * (k % 2)), 0.46 + 0.07 * k, 0.018, 0.018),
                BLACK,
                "muzzle",
                opacity=0.6,
            )
    gaze = (draws.uniform(-0.4, 0.4), draws.uniform(-0.2, 0.4))
    for side in (-1, 1):
        eye(canvas, frame, side * 0.36, -0.14, 0.155, (0.42, 0.24, 0.10), look=gaze, iris_share=0.92, white=WHITE)
        canvas.paint(
            frame,
            limb([(side * 0.22, -0.40), (side * 0.38, -0.45), (side * 0.52, -0.38)], [0.02, 0.035, 0.02]),
            darker(fur.colour, 0.45),
            "face",
            opacity=0.7,
        )
    muzzle_nose(canvas, frame, 0.0, 0.28, 0.25, (0.10, 0.09, 0.10), 0.8)
    if look.floppy:
        for side in (-1, 1):
            floppy_ear(canvas, frame, side * 0.52, -0.62, 0.98, side, look.ears, droop=draws.uniform(-0.05, 0.18))


def _sitting(canvas: Canvas, frame: Frame, look: _Look, draws: Draws) -> None:
    fur = look.fur
    contact_shadow(canvas, frame, 0.1, 1.0, 0.95)
    tail = limb([(0.45, 0.80), (0.95, 0.75), (1.10, 0.40)], [0.14, 0.12, 0.07])
    canvas.paint(frame, fur.furry(tail, 4), fur.texture, f"tail+{fur.part}", bevel=0.12)
    canvas.paint(
        frame,
        fur.furry(blob(0.0, 0.32, [0.62, 0.76, 0.68, 0.76, 0.62, 0.58, 0.80, 0.58]), 5),
        fur.texture,
        f"body+{fur.part}",
        bevel=0.4,
    )
    for side in (-1, 1):
        paw(canvas, frame, side * 0.60, 0.94, 0.24, fur.texture, f"paw+{fur.part}")
        canvas.paint(
            frame,
            fur.furry(limb([(side * 0.24, 0.20), (side * 0.25, 0.90)], [0.21, 0.17], False), 6, 0.012),
            fur.texture,
            f"leg+{fur.part}",
            bevel=0.16,
        )
        paw(canvas, frame, side * 0.26, 0.96, 0.21, fur.texture, f"paw+{fur.part}")
    _head(canvas, frame.at(0.0, -0.68, 0.64, draws.normal(0, 0.14)), look)


def _standing(canvas: Canvas, frame: Frame, look: _Look, draws: Draws) -> None:
    fur = look.fur
    contact_shadow(canvas, frame, 0.05, 1.02, 1.1)
    wag = draws.uniform(0.2, 0.9)
    canvas.paint(
        frame,
        fur.furry(limb([(0.82, -0.18), (1.12, -0.42 * wag - 0.2), (1.26, -0.9 * wag - 0.2)], [0.13, 0.10, 0.06]), 4),
        fur.texture,
        f"tail+{fur.part}",
        bevel=0.1,
    )
    stride = draws.uniform(-0.16, 0.16)
    for x, shift, dark in ((-0.42, -stride, 0.72), (0.58, stride, 0.72), (-0.60, stride, 1.0), (0.72, -stride, 1.0)):
        shade = tx.dimmed(fur.texture, dark)
        canvas.paint(
            frame,
            fur.furry(limb([(x, 0.1), (x + shift * 0.4, 0.55), (x + shift, 0.95)], [0.23, 0.15, 0.12]), 6, 0.012),
            shade,
            f"leg+{fur.part}",
            bevel=0.13,
        )
        paw(canvas, frame, x + shift - 0.05, 0.98, 0.16, shade, f"paw+{fur.part}")
    canvas.paint(
        frame,
        fur.furry(limb([(-0.56, -0.02), (0.0, 0.02), (0.66, -0.02)], [0.44, 0.37, 0.38]), 5),
        fur.texture,
        f"body+{fur.part}",
        bevel=0.36,
    )
    _head(canvas, frame.at(-0.84, -0.50, 0.54, draws.normal(0, 0.14)), look)
