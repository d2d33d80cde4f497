"""Cats: close-ups, faces, busts, sitting and walking, in plain, striped, spotted and rosetted coats."""

from __future__ import annotations

from .. import textures as tx
from ..canvas import Canvas, Colour, Frame
from ..draws import Draws
from ..parts import Coat, coat, contact_shadow, darker, eye, muzzle_nose, paler, paw, pointed_ear, shifted, whiskers
from ..shapes import Array, blob, ellipse, limb, union

COLOURS: tuple[Colour, ...] = (
    (0.52, 0.48, 0.44),
    (0.86, 0.50, 0.18),
    (0.24, 0.24, 0.27),
    (0.92, 0.90, 0.86),
    (0.66, 0.55, 0.40),
)
EYES: tuple[Colour, ...] = ((0.95, 0.80, 0.15), (0.35, 0.80, 0.25), (0.25, 0.62, 0.92))
PATTERNS = {"plain": 1.0, "stripes": 1.6, "spots": 0.7, "rosettes": 0.8}
POSES = {"close": 0.6, "face": 1.0, "bust": 1.0, "sitting": 1.0, "walking": 1.0}


def paint_cat(canvas: Canvas, draws: Draws) -> dict[str, str]:
    """Paint one cat on the canvas; returns its pose and pattern."""
    fur = coat(draws, COLOURS, PATTERNS)
    iris = shifted(draws.choice(EYES), draws, 0.04)
    pose = draws.weighted(POSES)
    flip = draws.chance(0.5)
    if pose == "close":
        # One eye or the nose in the middle, the rest of the face running off the picture.
        at = draws.choice(((0.42, -0.08), (0.0, 0.28), (0.50, -0.42)))
        scale, angle = draws.uniform(0.56, 0.72), draws.normal(0, 0.12)
        centre = Frame(0.0, 0.0, scale, angle, flip).to_picture(*at)
        place = Frame(draws.uniform(0.40, 0.60) - centre[0], draws.uniform(0.40, 0.60) - centre[1], scale, angle, flip)
        _neck(canvas, place, fur)
        _head(canvas, place, fur, iris, draws)
    elif pose == "face":
        place = Frame(
            draws.uniform(0.44, 0.56), draws.uniform(0.50, 0.60), draws.uniform(0.36, 0.46), draws.normal(0, 0.10), flip
        )
        _neck(canvas, place, fur)
        _head(canvas, place, fur, iris, draws)
    elif pose == "bust":
        place = Frame(
            draws.uniform(0.40, 0.60), draws.uniform(0.40, 0.50), draws.uniform(0.22, 0.29), draws.normal(0, 0.06), flip
        )
        _neck(canvas, place, fur)
        _head(canvas, place, fur, iris, draws)
    elif pose == "sitting":
        place = Frame(
            draws.uniform(0.42, 0.58), draws.uniform(0.60, 0.68), draws.uniform(0.24, 0.30), draws.normal(0, 0.04), flip
        )
        _sitting(canvas, place, fur, iris, draws)
    else:
        place = Frame(
            draws.uniform(0.44, 0.56), draws.uniform(0.56, 0.66), draws.uniform(0.24, 0.31), draws.normal(0, 0.04), flip
        )
        _walking(canvas, place, fur, iris, draws)
    return {"pose": pose, "pattern": fur.pattern}


def _neck(canvas: Canvas, frame: Frame, fur: Coat) -> None:
    """Neck, chest and forelegs under a face seen from the front."""
    trunk = union(
        limb([(0.0, 0.35), (0.0, 1.3)], [0.56, 0.78], False),
        blob(0.0, 2.05, [1.05, 1.15, 1.3, 1.15, 1.05, 1.1, 1.0, 1.1]),
        blend=0.35,
    )
    canvas.paint(frame, fur.furry(trunk, 1), fur.texture, f"body+{fur.part}", bevel=0.5)
    bib = tx.fur(paler(fur.colour, 0.35, 0.62), 13, 0.2)
    canvas.paint(frame, fur.furry(ellipse(0.0, 1.24, 0.46, 0.56), 9, 0.06, 12.0), bib, "body+fur", blur=0.05)
    for side in (-1, 1):
        leg = limb([(side * 0.52, 1.80), (side * 0.50, 2.9)], [0.32, 0.27], False)
        canvas.paint(frame, fur.furry(leg, 6), fur.texture, f"leg+{fur.part}", bevel=0.22)


def _head(canvas: Canvas, frame: Frame, fur: Coat, iris: Colour, draws: Draws) -> None:
    """The face from the front: one unit is half the width of the head."""
    for side in (-1, 1):
        pointed_ear(canvas, frame.at(0, 0, flip=side < 0), 0.58, -0.56, 0.60, 0.38, fur)
    skull = blob(0.0, 0.0, [0.98, 0.92, 0.72, 0.92, 0.98, 0.86, 0.80, 0.86])
    for side in (-1, 1):  # tufts on the cheeks
        tufts = union(
            *(
                limb([(side * 0.72, y - 0.06), (side * reach, y + 0.14)], [0.16, 0.02], False)
                for y, reach in ((0.16, 1.16), (0.34, 1.14), (0.52, 1.02))
            )
        )
        canvas.paint(frame, tufts, fur.texture, f"head+{fur.part}", bevel=0.14)
    canvas.paint(frame, fur.furry(skull, 2), fur.texture, f"head+{fur.part}", bevel=0.45)
    if fur.pattern in ("plain", "stripes"):  # the tabby's M between the ears
        light = sum(fur.colour) / 3
        mark = darker(fur.colour, 0.5 if fur.pattern == "plain" else 0.28) if light > 0.35 else darker(fur.colour, 2.0)
        for side in (-1, 1):
            for line in ([(0.10, -0.78), (0.10, -0.36)], [(0.34, -0.74), (0.26, -0.42)]):
                stroke = limb([(side * x, y) for x, y in line], [0.055, 0.025], False)
                canvas.paint(frame, stroke, mark, "head+fur", blur=0.03, opacity=0.8)
    pale = paler(fur.colour, 0.35, 0.62)
    chin = tx.fur(pale, 11, 0.12)
    canvas.paint(
        frame,
        union(
            ellipse(-0.20, 0.42, 0.30, 0.24), ellipse(0.20, 0.42, 0.30, 0.24), ellipse(0.0, 0.58, 0.2, 0.16), blend=0.1
        ),
        chin,
        "muzzle+fur",
        bevel=0.16,
        relief=0.35,
        blur=0.05,
    )
    look = (draws.uniform(-0.5, 0.5), draws.uniform(-0.3, 0.3))
    pupil = draws.weighted({"slit": 0.75, "round": 0.25})
    for side in (-1, 1):
        eye(canvas, frame, side * 0.42, -0.10, 0.23, iris, pupil=pupil, look=look, iris_share=0.96, squash=0.86)
    muzzle_nose(canvas, frame, 0.0, 0.27, 0.14, (0.85, 0.45, 0.48), 0.8)
    whiskers(canvas, frame, 0.0, 0.42, 1.15, draws)


def _sitting(canvas: Canvas, frame: Frame, fur: Coat, iris: Colour, draws: Draws) -> None:
    contact_shadow(canvas, frame, 0.1, 0.98, 0.95)
    curl = draws.uniform(0.2, 0.7)
    tail = limb([(0.45, 0.85), (1.0, 0.75), (1.2, 0.25), (1.0 + 0.2 * curl, -0.25 * curl)], [0.15, 0.15, 0.13, 0.10])
    canvas.paint(frame, fur.furry(tail, 4), fur.texture, f"tail+{fur.part}", bevel=0.14)
    canvas.paint(
        frame,
        fur.furry(union(blob(0.0, 0.35, [0.68, 0.76, 0.66, 0.76, 0.68, 0.66, 0.78, 0.66]), blend=0.1), 5),
        fur.texture,
        f"body+{fur.part}",
        bevel=0.4,
    )
    for side in (-1, 1):
        leg = limb([(side * 0.22, 0.30), (side * 0.24, 0.90)], [0.20, 0.17], False)
        canvas.paint(frame, fur.furry(leg, 6, 0.012), fur.texture, f"leg+{fur.part}", bevel=0.16)
        paw(canvas, frame, side * 0.26, 0.94, 0.20, fur.texture, f"paw+{fur.part}")
    _head(canvas, frame.at(0.0, -0.72, 0.66, draws.normal(0, 0.12)), fur, iris, draws)


def _walking(canvas: Canvas, frame: Frame, fur: Coat, iris: Colour, draws: Draws) -> None:
    contact_shadow(canvas, frame, 0.0, 0.92, 1.1)
    up = draws.uniform(0.4, 1.0)
    tail = limb(
        [(0.82, -0.10), (1.2, -0.25), (1.35, -0.6 * up - 0.2), (1.25, -0.9 * up - 0.25)], [0.13, 0.12, 0.11, 0.09]
    )
    canvas.paint(frame, fur.furry(tail, 4), fur.texture, f"tail+{fur.part}", bevel=0.12)
    stride = draws.uniform(-0.16, 0.16)
    for x, shift, dark in ((-0.45, -stride, 0.75), (0.62, stride, 0.75), (-0.62, stride, 1.0), (0.72, -stride, 1.0)):
        leg = limb([(x, 0.15), (x + shift * 0.4, 0.55), (x + shift, 0.88)], [0.20, 0.14, 0.12])
        shade = tx.dimmed(fur.texture, dark)
        canvas.paint(frame, fur.furry(leg, 6, 0.012), shade, f"leg+{fur.part}", bevel=0.13)
        paw(canvas, frame, x + shift - 0.04, 0.90, 0.15, shade, f"paw+{fur.part}")
    body = limb([(-0.62, 0.02), (0.0, 0.04), (0.66, 0.02)], [0.40, 0.36, 0.40])

    def across(x: Array, y: Array) -> Array:  # hairs along the back, stripes down the flanks
        return fur.texture(y, x)

    canvas.paint(frame, fur.furry(body, 5), across, f"body+{fur.part}", bevel=0.36)
    neck = limb([(-0.60, -0.08), (-0.82, -0.34)], [0.34, 0.28], False)
    canvas.paint(frame, fur.furry(neck, 3), fur.texture, f"body+{fur.part}", bevel=0.26)
    _head(canvas, frame.at(-0.86, -0.42, 0.52, draws.normal(0, 0.12)), fur, iris, draws)
