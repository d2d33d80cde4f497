"""Birds: perched, flying, standing and the head close by; rows of feathers, beaks, thin legs."""

from __future__ import annotations

import math

from .. import textures as tx
from ..canvas import Canvas, Colour, Frame, Texture
from ..draws import Draws
from ..parts import BLACK, contact_shadow, darker, eye, shifted
from ..shapes import Shape, blob, circle, limb, polygon, union

COLOURS: tuple[Colour, ...] = (
    (0.22, 0.44, 0.84),
    (0.84, 0.22, 0.20),
    (0.94, 0.76, 0.18),
    (0.28, 0.66, 0.34),
    (0.62, 0.30, 0.72),
    (0.54, 0.38, 0.26),
    (0.20, 0.66, 0.70),
)
WINGS: tuple[Colour, ...] = (
    (0.24, 0.26, 0.34),
    (0.44, 0.28, 0.20),
    (0.20, 0.34, 0.64),
    (0.20, 0.48, 0.30),
    (0.56, 0.18, 0.22),
)
BEAKS: tuple[Colour, ...] = ((0.96, 0.60, 0.12), (0.26, 0.25, 0.27), (0.94, 0.82, 0.40), (0.86, 0.30, 0.16))
POSES = {"perched": 1.2, "flying": 1.0, "standing": 0.7, "head": 1.3}


def paint_bird(canvas: Canvas, draws: Draws) -> dict[str, str]:
    """Paint one bird on the canvas; returns its pose and pattern."""
    colour, wing = shifted(draws.choice(COLOURS), draws, 0.07), shifted(draws.choice(WINGS), draws, 0.07)
    beak = shifted(draws.choice(BEAKS), draws, 0.04)
    belly: Colour = draws.choice(((0.95, 0.92, 0.84), (0.96, 0.78, 0.50), darker(colour, 1.5)))
    seed = draws.integer(0, 1 << 20)
    plumage = _Plumage(colour, wing, belly, beak, seed, draws.chance(0.3))
    pose = draws.weighted(POSES)
    flip = draws.chance(0.5)
    if pose in ("perched", "standing"):
        frame = Frame(
            draws.uniform(0.42, 0.58),
            draws.uniform(0.46, 0.54),
            draws.uniform(0.26, 0.33),
            draws.uniform(-0.15, 0.25),
            flip,
        )
        if pose == "perched":
            branch = Frame(frame.x, frame.y, frame.scale, draws.normal(0, 0.08))
            canvas.paint(
                branch,
                limb([(-2.4, 0.98), (-0.6, 1.04), (0.8, 0.98), (2.4, 1.06)], [0.12, 0.10, 0.11, 0.09]),
                tx.fur((0.36, 0.24, 0.14), seed, 0.3, 0.0, 0.5),
                "wood",
                bevel=0.1,
            )
        else:
            contact_shadow(canvas, frame, 0.0, 1.08, 0.7)
        _side(canvas, frame, plumage, draws)
    elif pose == "flying":
        frame = Frame(
            draws.uniform(0.44, 0.56),
            draws.uniform(0.46, 0.56),
            draws.uniform(0.22, 0.29),
            draws.uniform(-0.5, 0.5),
            flip,
        )
        _flying(canvas, frame, plumage, draws)
    else:
        frame = Frame(
            draws.uniform(0.46, 0.60), draws.uniform(0.40, 0.50), draws.uniform(0.36, 0.48), draws.normal(0, 0.10), flip
        )
        _head_close(canvas, frame, plumage)
    return {"pose": pose, "pattern": "crested" if plumage.crest else "plain"}


class _Plumage:
    """The surfaces of one bird."""

    def __init__(self, colour: Colour, wing: Colour, belly: Colour, beak: Colour, seed: int, crest: bool) -> None:
        self.colour, self.wing, self.beak, self.crest, self.seed = colour, wing, beak, crest, seed
        self.down = tx.scales(tx.plain(colour, seed, 0.1), darker(colour, 0.55), seed, 0.17, math.pi / 2)
        self.breast = tx.graded(self.down, tx.fur(belly, seed, 0.14, math.pi / 2, 0.16), -0.05, 0.35)

    def quills(self, angle: float, size: float = 0.26) -> Texture:
        """Rows of long wing feathers pointing along `angle`."""
        return tx.feathers(
            tx.plain(self.wing, self.seed, 0.1), darker(self.wing, 0.35), darker(self.wing, 1.9), self.seed, size, angle
        )


def _beak(canvas: Canvas, frame: Frame, x: float, y: float, length: float, colour: Colour) -> None:
    """A closed beak pointing left from (x, y)."""
    half = length * 0.36
    shape = polygon(
        [
            (x + half * 0.3, y - half),
            (x - length * 0.5, y - half * 0.6),
            (x - length, y + half * 0.5),
            (x - length * 0.4, y + half * 0.75),
            (x + half * 0.3, y + half),
        ],
        0.02,
    )
    canvas.paint(frame, shape, colour, "beak", bevel=half * 0.9, relief=0.6)
    canvas.paint(
        frame,
        limb(
            [
                (x + half * 0.2, y + half * 0.2),
                (x - length * 0.5, y + half * 0.12),
                (x - length * 0.92, y + half * 0.46),
            ],
            length * 0.025,
        ),
        BLACK,
        "mouth+beak",
    )
    canvas.paint(frame, circle(x - length * 0.18, y - half * 0.35, length * 0.035), BLACK, "nose+beak")


def _side(canvas: Canvas, frame: Frame, p: _Plumage, draws: Draws) -> None:
    """Facing left; one unit is about the body's half length."""
    canvas.paint(
        frame,
        polygon([(0.45, 0.25), (1.35, 0.72), (1.22, 0.94), (0.35, 0.62)], 0.05),
        p.quills(0.45, 0.24),
        "tail+feathers",
        bevel=0.12,
    )
    for x in (-0.08, 0.18):
        canvas.paint(frame, limb([(x, 0.6), (x + 0.02, 0.96)], 0.04, False), p.beak, "leg")
        for toe in (-0.16, -0.02, 0.14):
            canvas.paint(frame, limb([(x + 0.02, 0.94), (x + toe, 1.03)], 0.032, False), p.beak, "foot+leg")
    body: Shape = union(
        blob(0.08, 0.14, [0.66, 0.62, 0.54, 0.58, 0.56, 0.50, 0.48, 0.54]), blob(-0.36, -0.52, [0.38] * 8), blend=0.3
    )
    canvas.paint(frame, body, p.breast, "body+feathers", bevel=0.36)
    if p.crest:
        canvas.paint(
            frame, polygon([(-0.42, -0.82), (-0.02, -1.16), (-0.16, -0.70)], 0.05), p.down, "head+feathers", bevel=0.08
        )
    canvas.paint(frame, blob(-0.36, -0.52, [0.37] * 8), p.down, "head+feathers", bevel=0.3)
    _beak(canvas, frame, -0.68, -0.50, 0.36, p.beak)
    eye(canvas, frame, -0.46, -0.60, 0.10, (0.55, 0.30, 0.10), iris_share=0.98)
    wing = polygon([(-0.28, -0.10), (0.18, -0.20), (0.62, 0.22), (1.02, 0.70), (0.46, 0.56), (-0.06, 0.34)], 0.10)
    canvas.paint(frame, wing, p.quills(0.62 + draws.uniform(-0.1, 0.1)), "wing+feathers", bevel=0.22)


def _flying(canvas: Canvas, frame: Frame, p: _Plumage, draws: Draws) -> None:
    """From above or below, the head up."""
    beat = draws.uniform(-0.35, 0.35)
    canvas.paint(
        frame,
        polygon([(-0.14, 0.55), (-0.36, 1.30), (0.0, 1.18), (0.36, 1.30), (0.14, 0.55)], 0.04),
        p.quills(math.pi / 2),
        "tail+feathers",
        bevel=0.1,
    )
    for flip in (False, True):
        wing = frame.at(0, 0, flip=flip)
        shape = polygon(
            [
                (0.12, -0.42),
                (0.85, -0.62 - beat),
                (1.62, -0.30 - 1.3 * beat),
                (1.50, 0.16 - beat),
                (1.10, 0.24 - 0.6 * beat),
                (0.62, 0.42),
                (0.12, 0.46),
            ],
            0.06,
        )
        canvas.paint(wing, shape, p.quills(1.25, 0.28), "wing+feathers", bevel=0.16)
    canvas.paint(
        frame,
        blob(0, 0.05, [0.34, 0.42, 0.66, 0.42, 0.34, 0.42, 0.62, 0.42]),
        p.breast if draws.chance(0.5) else p.down,
        "body+feathers",
        bevel=0.28,
    )
    head = frame.at(0.0, -0.62, 1.0, math.pi / 2)
    _beak(canvas, head, -0.18, 0.0, 0.32, p.beak)
    canvas.paint(head, blob(0, 0, [0.30, 0.27, 0.26, 0.27, 0.28, 0.27, 0.26, 0.27]), p.down, "head+feathers", bevel=0.2)
    for side in (-1, 1):
        eye(canvas, head, -0.10, side * 0.16, 0.075, (0.55, 0.30, 0.10), iris_share=0.98)


def _head_close(canvas: Canvas, frame: Frame, p: _Plumage) -> None:
    """The head in profile looking left; one unit is its width."""
    canvas.paint(
        frame,
        blob(0.30, 1.45, [1.0, 1.0, 1.0, 1.0, 0.86, 0.9, 1.2, 1.0]),
        tx.graded(p.down, p.breast, 0.4, 0.9),
        "body+feathers",
        bevel=0.4,
    )
    if p.crest:
        for lean in (0.0, 0.28, 0.56):
            canvas.paint(
                frame,
                limb([(0.05 + lean * 0.4, -0.55), (0.30 + lean, -1.10 + lean * 0.4)], [0.14, 0.04], False),
                p.down,
                "head+feathers",
                bevel=0.08,
            )
    canvas.paint(
        frame, blob(0, 0, [0.70, 0.74, 0.80, 0.68, 0.66, 0.66, 0.66, 0.68]), p.down, "head+feathers", bevel=0.4
    )
    _beak(canvas, frame, -0.58, 0.06, 0.72, p.beak)
    eye(canvas, frame, -0.18, -0.14, 0.20, (0.62, 0.34, 0.10), iris_share=0.9)
