"""Figures of one to eight conditions: nothing overlaps, nothing is wider than a page, every look is its own."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from scoring.analysis.results import analyse
from scoring.conditions import Conditions
from scoring.files.collect import collect
from scoring.files.exclusions import Exclusions
from scoring.planning.simulate import simulate, write_files
from scoring.report.drawing import PAGE, style
from scoring.report.folder import drawings

from ..conftest import make_key

NAMES = ("none", 1, 2, 3, "examples", "feature-visualizations-by-hand", "shuffled", "lucent")

# Machado, Oliveira and Fernandes 2009: what is seen without one kind of cone, in linear RGB.
SIGHT = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}


def colours() -> list[str]:
    eight = Conditions.model_validate([{"name": name, "title": "x"} for name in NAMES])
    assert len({eight.look(name).marker for name in NAMES}) == 8
    return [eight.look(name).colour for name in NAMES]


def linear(colour: str) -> np.ndarray:
    value = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE Lab of linear sRGB under D65."""
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ np.clip(rgb, 0, 1)
    f = xyz / [0.9505, 1, 1.089]
    f = np.where(f > 0.008856, np.cbrt(f), 7.787 * f + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize(("sight", "least"), [("protanopia", 16), ("deuteranopia", 16), ("tritanopia", 11)])
def test_eight_colours_are_apart_for_every_kind_of_sight(sight, least) -> None:
    seen = [lab(np.array(SIGHT[sight]) @ linear(colour)) for colour in colours()]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > least


def test_eight_colours_are_apart_in_grey() -> None:
    grey = [0.299 * int(c[1:3], 16) + 0.587 * int(c[3:5], 16) + 0.114 * int(c[5:7], 16) for c in colours()]
    assert min(abs(a - b) for a, b in combinations(grey, 2)) >= 15


@pytest.mark.slow
@pytest.mark.parametrize(("count", "sets"), [(1, 1), (2, 1), (3, 2), (5, 1), (8, 2)])
def test_figures_have_room_for_every_number_of_conditions(tmp_path, count, sets) -> None:
    key = make_key(conditions=NAMES[:count], sets=sets)
    people = [rows for name in key.conditions.names for rows in simulate(key, name, 6, 0.4, 1)]
    for rows in people:
        for row in rows[1:]:
            row["concept"] = "extraordinarily fluffy feathers"
    collection = collect(write_files(people, tmp_path), key)
    summary, participants, trials = analyse(collection, Exclusions(), 1)
    drawn = drawings(summary, participants, trials, key.conditions)
    assert set(drawn) >= {"flow", "histogram", "means", "questions", "neurons", "learning", "concepts"}
    assert ("differences" in drawn) == (count * (count - 1) / 2 > 6) and ("concepts-2" in drawn) == (count > 4)
    with style():
        for name, draw in drawn.items():
            figure = draw()
            assert figure.get_figwidth() <= PAGE and figure.get_figheight() <= 11, name
            FigureCanvasAgg(figure).draw()
            for axis in figure.axes:
                for labels in (axis.get_xticklabels(), axis.get_yticklabels()) if axis.get_visible() else ():
                    assert overlap(labels) <= 1, (name, [label.get_text() for label in labels])


def overlap(labels: list) -> float:
    """The most that two neighbouring labels lie over each other, in points of the screen."""
    boxes = [label.get_window_extent() for label in labels if label.get_text() and label.get_visible()]
    return max(
        (
            min(min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0))
            for a, b in zip(boxes, boxes[1:], strict=False)
        ),
        default=0.0,
    )
