"""Dogs: close-ups, faces, busts, sitting and standing; floppy and pointed ears; plain, dotted and patched coats."""

from __future__ import annotations

from .. import textures as tx
from ..canvas import Canvas, Colour, Frame
from ..draws import Draws
from ..parts import (
    BLACK,
    WHITE,
    Coat,
    coat,
    contact_shadow,
    darker,
    eye,
    floppy_ear,
    muzzle_nose,
    paler,
    paw,
    pointed_ear,
)
from ..shapes import blob, ellipse, limb, union

COLOURS: tuple[Colour, ...] = (
    (0.62, 0.40, 0.20),
    (0.86, 0.68, 0.42),
    (0.94, 0.93, 0.90),
    (0.36, 0.24, 0.16),
    (0.60, 0.60, 0.62),
)
PATTERNS = {"plain": 1.3, "patches": 0.9}
POSES = {"close": 0.6, "face": 1.0, "bust": 0.9, "sitting": 0.9, "standing": 1.1}


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
    if pose == "close":
        # One eye or the nose in the middle, the rest of the face running off the picture.
        at = draws.choice(((0.36, -0.10), (0.0, 0.30), (0.52, -0.20)))
        scale, angle = draws.uniform(0.56, 0.72), draws.normal(0, 0.12)
        centre = Frame(0.0, 0.0, scale, angle, flip).to_picture(*at)
        frame = Frame(draws.uniform(0.40, 0.60) - centre[0], draws.uniform(0.40, 0.60) - centre[1], scale, angle, flip)
    elif pose == "face":
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
    if pose in ("close", "face", "bust"):
        _chest(canvas, frame, look)
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
        self.bib = fur.pattern != "spots" and draws.child("bib").chance(0.5)
        self.ears = tx.fur(tx.plain(ears, 9, 0.1), 9, 0.2)


def _chest(canvas: Canvas, frame: Frame, look: _Look) -> None:
    """Neck, shoulders and the tops of the forelegs under a face seen from the front."""
    fur = look.fur
    neck = limb([(0.0, 0.35), (0.0, 1.30)], [0.52, 0.74], False)
    trunk = union(neck, blob(0.0, 2.15, [1.05, 1.15, 1.2, 1.15, 1.05, 1.15, 1.10, 1.15]), blend=0.35)
    canvas.paint(frame, fur.furry(trunk, 1, 0.03), fur.texture, f"body+{fur.part}", bevel=0.5)
    if look.bib:
        bib = tx.fur((0.95, 0.93, 0.89), 13, 0.2)
        canvas.paint(frame, fur.furry(ellipse(0.0, 1.50, 0.44, 0.72), 9, 0.05, 12.0), bib, "body+fur", blur=0.05)
    for side in (-1, 1):
        leg = limb([(side * 0.62, 1.75), (side * 0.60, 2.9)], [0.34, 0.28], False)
        canvas.paint(frame, fur.furry(leg, 6, 0.02), fur.texture, f"leg+{fur.part}", bevel=0.24)


def _head(canvas: Canvas, frame: Frame, look: _Look) -> None:
    """The face from the front; one unit is half the width of the head."""
    fur, draws = look.fur, look.draws
    if not look.floppy:
        for flip in (False, True):
            pointed_ear(canvas, frame.at(0, 0, flip=flip), 0.58, -0.66, 0.58, 0.30, fur)
    skull = blob(0.0, 0.0, [0.84, 0.80, 0.92, 0.80, 0.84, 0.86, 0.88, 0.86])
    canvas.paint(frame, fur.furry(skull, 2), fur.texture, f"head+{fur.part}", bevel=0.45)
    pale = tx.fur(paler(fur.colour, 0.40, 0.56), 11, 0.12)
    if look.bib:
        blaze = limb([(0.0, -0.78), (0.0, -0.30), (0.0, 0.20)], [0.07, 0.10, 0.24])
        canvas.paint(frame, fur.furry(blaze, 8, 0.02), tx.fur((0.95, 0.93, 0.89), 13, 0.12), "head+fur", blur=0.03)
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
    if look.bib:
        bib = tx.fur((0.95, 0.93, 0.89), 13, 0.2)
        canvas.paint(frame, fur.furry(ellipse(0.0, 0.16, 0.28, 0.46), 9, 0.04, 14.0), bib, "body+fur", blur=0.04)
    socks = tx.fur((0.95, 0.93, 0.89), 13, 0.2) if look.bib else fur.texture
    for side in (-1, 1):
        paw(canvas, frame, side * 0.60, 0.94, 0.24, fur.texture, f"paw+{fur.part}")
        canvas.paint(
            frame,
            fur.furry(limb([(side * 0.24, 0.20), (side * 0.25, 0.90)], [0.21, 0.17], False), 6, 0.012),
            fur.texture,
            f"leg+{fur.part}",
            bevel=0.16,
        )
        paw(canvas, frame, side * 0.26, 0.96, 0.21, socks, "paw+fur" if look.bib else f"paw+{fur.part}")
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
    neck = limb([(-0.56, -0.12), (-0.80, -0.40)], [0.36, 0.30], False)
    canvas.paint(frame, fur.furry(neck, 3), fur.texture, f"body+{fur.part}", bevel=0.28)
    _head(canvas, frame.at(-0.84, -0.50, 0.54, draws.normal(0, 0.14)), look)
