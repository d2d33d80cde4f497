"""Primates: close-ups, faces, busts, sitting and hanging from a branch; bare faces, round ears, hands."""

from __future__ import annotations

from .. import textures as tx
from ..canvas import Canvas, Colour, Frame
from ..draws import Draws
from ..parts import BLACK, Coat, coat, contact_shadow, darker, eye, round_ear, shifted
from ..shapes import blob, circle, ellipse, limb, union

COLOURS: tuple[Colour, ...] = (
    (0.44, 0.28, 0.16),
    (0.80, 0.42, 0.16),
    (0.52, 0.50, 0.48),
    (0.20, 0.18, 0.18),
    (0.72, 0.58, 0.38),
)
FACES: tuple[Colour, ...] = ((0.90, 0.66, 0.52), (0.62, 0.42, 0.32), (0.84, 0.52, 0.44), (0.46, 0.34, 0.30))
POSES = {"close": 0.6, "face": 1.1, "bust": 0.9, "sitting": 1.0, "hanging": 1.0}


def paint_primate(canvas: Canvas, draws: Draws) -> dict[str, str]:
    """Paint one primate on the canvas; returns its pose and pattern."""
    fur = coat(draws, COLOURS, {"plain": 1.0}, length=0.24)
    skin = shifted(draws.choice(FACES), draws, 0.05)
    pose = draws.weighted(POSES)
    flip = draws.chance(0.5)
    if pose == "close":
        # One eye or the nose in the middle, the rest of the face running off the picture.
        at = draws.choice(((0.30, -0.10), (0.0, 0.28), (0.62, -0.06)))
        scale, angle = draws.uniform(0.56, 0.72), draws.normal(0, 0.12)
        centre = Frame(0.0, 0.0, scale, angle, flip).to_picture(*at)
        frame = Frame(draws.uniform(0.40, 0.60) - centre[0], draws.uniform(0.40, 0.60) - centre[1], scale, angle, flip)
    elif pose == "face":
        frame = Frame(
            draws.uniform(0.44, 0.56), draws.uniform(0.46, 0.56), draws.uniform(0.34, 0.42), draws.normal(0, 0.10), flip
        )
    elif pose == "bust":
        frame = Frame(
            draws.uniform(0.40, 0.60), draws.uniform(0.38, 0.48), draws.uniform(0.22, 0.28), draws.normal(0, 0.08), flip
        )
    elif pose == "sitting":
        frame = Frame(
            draws.uniform(0.42, 0.58), draws.uniform(0.60, 0.66), draws.uniform(0.24, 0.30), draws.normal(0, 0.04), flip
        )
    else:
        frame = Frame(
            draws.uniform(0.44, 0.56), draws.uniform(0.56, 0.64), draws.uniform(0.21, 0.26), draws.normal(0, 0.08), flip
        )
    if pose in ("close", "face", "bust"):
        _chest(canvas, frame, fur)
        _head(canvas, frame, fur, skin, draws)
    elif pose == "sitting":
        _sitting(canvas, frame, fur, skin, draws)
    else:
        _hanging(canvas, frame, fur, skin, draws)
    return {"pose": pose, "pattern": fur.pattern}


def _chest(canvas: Canvas, frame: Frame, fur: Coat) -> None:
    """Neck, shoulders, paler chest and upper arms under a face seen from the front."""
    neck = limb([(0.0, 0.40), (0.0, 1.30)], [0.56, 0.80], False)
    trunk = union(neck, blob(0.0, 2.20, [1.15, 1.2, 1.3, 1.2, 1.15, 1.2, 1.15, 1.2]), blend=0.35)
    canvas.paint(frame, fur.furry(trunk, 1, 0.03), fur.texture, f"body+{fur.part}", bevel=0.5)
    pale = tx.fur(tx.plain(darker(fur.colour, 1.5), 5, 0.06), 5, 0.2)
    canvas.paint(frame, ellipse(0.0, 1.90, 0.62, 0.80), pale, "body+fur", blur=0.10)
    for side in (-1, 1):
        arm = limb([(side * 1.02, 1.62), (side * 1.24, 2.3), (side * 1.15, 3.0)], [0.34, 0.30, 0.28])
        canvas.paint(frame, fur.furry(arm, 8, 0.03), fur.texture, f"leg+{fur.part}", bevel=0.26)


def _head(canvas: Canvas, frame: Frame, fur: Coat, skin: Colour, draws: Draws) -> None:
    """The face from the front; one unit is half the width of the head."""
    for side in (-1, 1):
        round_ear(canvas, frame, side * 0.90, -0.04, 0.32, darker(skin, 0.82), skin, "ear+skin")
    canvas.paint(
        frame,
        fur.furry(blob(0.0, -0.06, [0.88, 0.86, 0.94, 0.86, 0.88, 0.90, 0.94, 0.90]), 2, 0.03),
        fur.texture,
        f"head+{fur.part}",
        bevel=0.4,
    )
    bare = union(
        ellipse(-0.30, -0.12, 0.36, 0.34), ellipse(0.30, -0.12, 0.36, 0.34), ellipse(0.0, 0.40, 0.54, 0.40), blend=0.14
    )
    canvas.paint(frame, bare, tx.plain(skin, 5, 0.05), "face+skin", bevel=0.22, relief=0.35)
    canvas.paint(
        frame,
        ellipse(0.0, 0.42, 0.46, 0.32),
        tx.plain(darker(skin, 1.1), 5, 0.05),
        "muzzle+skin",
        bevel=0.26,
        relief=0.4,
    )
    gaze = (draws.uniform(-0.5, 0.5), draws.uniform(-0.3, 0.3))
    for side in (-1, 1):
        eye(canvas, frame, side * 0.30, -0.10, 0.165, (0.50, 0.28, 0.10), look=gaze, iris_share=0.68)
        canvas.paint(
            frame,
            limb([(side * 0.12, -0.36), (side * 0.32, -0.44), (side * 0.52, -0.34)], [0.03, 0.05, 0.025]),
            darker(fur.colour, 0.5),
            "face",
        )
        canvas.paint(frame, ellipse(side * 0.09, 0.25, 0.06, 0.042, side * 0.5), BLACK, "nose")
    curve = draws.uniform(0.02, 0.14)
    canvas.paint(
        frame,
        limb([(-0.30, 0.48), (-0.12, 0.50 + curve), (0.12, 0.50 + curve), (0.30, 0.48)], [0.02, 0.03, 0.03, 0.02]),
        (0.30, 0.12, 0.10),
        "mouth",
    )


def _hand(canvas: Canvas, frame: Frame, x: float, y: float, size: float, turn: float, skin: Colour) -> None:
    at = frame.at(x, y, size, turn)
    fingers = union(
        circle(0, 0, 0.55), *(limb([(dx, 0.1), (dx * 1.5, 0.85)], 0.19, False) for dx in (-0.42, -0.14, 0.14, 0.42))
    )
    canvas.paint(at, fingers, tx.plain(darker(skin, 0.9), 3, 0.05), "hand+skin", bevel=0.18)


def _sitting(canvas: Canvas, frame: Frame, fur: Coat, skin: Colour, draws: Draws) -> None:
    contact_shadow(canvas, frame, 0.05, 1.0, 1.05)
    tail = limb([(0.5, 0.85), (1.15, 0.85), (1.30, 0.40), (1.08, 0.16), (0.98, 0.36)], [0.10, 0.09, 0.08, 0.07, 0.05])
    canvas.paint(frame, fur.furry(tail, 4), fur.texture, f"tail+{fur.part}", bevel=0.08)
    canvas.paint(
        frame,
        fur.furry(blob(0.0, 0.32, [0.62, 0.72, 0.68, 0.72, 0.62, 0.58, 0.72, 0.58]), 5, 0.03),
        fur.texture,
        f"body+{fur.part}",
        bevel=0.38,
    )
    canvas.paint(
        frame,
        ellipse(0.0, 0.36, 0.34, 0.40),
        tx.fur(tx.plain(darker(fur.colour, 1.5), 5, 0.06), 5, 0.2),
        "body+fur",
        bevel=0.2,
        blur=0.08,
    )
    for side in (-1, 1):
        canvas.paint(
            frame,
            fur.furry(limb([(side * 0.36, 0.66), (side * 0.88, 0.55), (side * 0.62, 0.96)], [0.24, 0.20, 0.13]), 6),
            fur.texture,
            f"leg+{fur.part}",
            bevel=0.15,
        )
        canvas.paint(
            frame, ellipse(side * 0.62, 1.0, 0.24, 0.11), tx.plain(darker(skin, 0.9), 3, 0.05), "foot+skin", bevel=0.08
        )
        reach = draws.uniform(0.0, 0.25)
        canvas.paint(
            frame,
            fur.furry(
                limb([(side * 0.50, -0.12), (side * 0.82, 0.26), (side * (0.50 + reach), 0.60)], [0.19, 0.15, 0.12]), 8
            ),
            fur.texture,
            f"leg+{fur.part}",
            bevel=0.13,
        )
        _hand(canvas, frame, side * (0.48 + reach), 0.66, 0.17, side * 0.4, skin)
    _head(canvas, frame.at(0.0, -0.66, 0.62, draws.normal(0, 0.14)), fur, skin, draws)


def _hanging(canvas: Canvas, frame: Frame, fur: Coat, skin: Colour, draws: Draws) -> None:
    branch = frame.at(0, 0)
    canvas.paint(
        branch,
        limb([(-2.6, -1.62), (-0.8, -1.56), (0.8, -1.66), (2.6, -1.58)], [0.13, 0.11, 0.12, 0.10]),
        tx.fur((0.36, 0.24, 0.14), 4, 0.3, 0.0, 0.5),
        "wood",
        bevel=0.1,
    )
    sway = draws.uniform(-0.2, 0.2)
    canvas.paint(
        frame,
        fur.furry(limb([(0.2, 0.85), (0.75, 1.25), (1.10, 0.85), (0.92, 0.55)], [0.10, 0.09, 0.08, 0.05]), 4),
        fur.texture,
        f"tail+{fur.part}",
        bevel=0.08,
    )
    for side in (-1, 1):
        canvas.paint(
            frame,
            fur.furry(
                limb([(side * 0.32, 0.62), (side * 0.62 + sway, 1.00), (side * 0.42 + sway, 1.38)], [0.20, 0.15, 0.11]),
                6,
            ),
            fur.texture,
            f"leg+{fur.part}",
            bevel=0.13,
        )
        canvas.paint(
            frame,
            ellipse(side * 0.42 + sway, 1.42, 0.13, 0.18),
            tx.plain(darker(skin, 0.9), 3, 0.05),
            "foot+skin",
            bevel=0.08,
        )
    canvas.paint(
        frame,
        fur.furry(blob(0.0, 0.35, [0.50, 0.56, 0.60, 0.56, 0.50, 0.52, 0.62, 0.52]), 5, 0.03),
        fur.texture,
        f"body+{fur.part}",
        bevel=0.34,
    )
    for side in (-1, 1):
        canvas.paint(
            frame,
            fur.furry(limb([(side * 0.42, 0.02), (side * 0.92, -0.62), (side * 0.72, -1.46)], [0.17, 0.13, 0.11]), 8),
            fur.texture,
            f"leg+{fur.part}",
            bevel=0.12,
        )
        _hand(canvas, frame, side * 0.72, -1.62, 0.16, 0.0, skin)
    _head(canvas, frame.at(0.0, -0.52, 0.58, draws.normal(0, 0.16)), fur, skin, draws)
