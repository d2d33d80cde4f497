"""The creature world: the same picture from the same numbers, parts where they are, places independent of kinds."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest

from generator.world.painter import CLASSES, paint
from generator.world.painter.backgrounds import PLACES
from generator.world.painter.canvas import Canvas, Frame
from generator.world.painter.draws import Draws
from generator.world.painter.shapes import blob, circle, cut, ellipse, limb, polygon, union, within
from generator.world.training_set import PARTS


def test_draws_are_splitmix64() -> None:
    """First outputs for state 1234567 as published with the generator."""
    draws = Draws()
    draws._state = 1234567
    assert [draws._next() for _ in range(3)] == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_draws_are_uniform_normal_and_independent_of_their_siblings() -> None:
    draws = Draws("test")
    values = [draws.uniform() for _ in range(4000)]
    assert 0 <= min(values) and max(values) < 1
    assert np.mean(values) == pytest.approx(0.5, abs=0.02)
    normals = [draws.normal(2.0, 3.0) for _ in range(4000)]
    assert (np.mean(normals), np.std(normals)) == (pytest.approx(2.0, abs=0.2), pytest.approx(3.0, abs=0.15))
    assert Draws("a").child("b").uniform() == Draws("a", "b").uniform()
    assert {Draws("c", k).weighted({"x": 1.0, "y": 0.0}) for k in range(50)} == {"x"}


def test_shapes_measure_distances() -> None:
    at = np.array([[3.0, 0.0]], np.float32), np.array([[0.0, 2.0]], np.float32)
    np.testing.assert_allclose(circle(0, 0, 1).distance(*at), [[2.0, 1.0]], atol=1e-5)
    np.testing.assert_allclose(limb([(0, 0), (1, 0)], 0.5).distance(*at), [[1.5, 1.5]], atol=1e-5)
    square = polygon([(-1, -1), (1, -1), (1, 1), (-1, 1)])
    np.testing.assert_allclose(square.distance(*at), [[2.0, 1.0]], atol=1e-5)
    np.testing.assert_allclose(
        square.distance(np.zeros((1, 1), np.float32), np.zeros((1, 1), np.float32)), [[-1.0]], atol=1e-5
    )
    np.testing.assert_allclose(union(circle(0, 0, 1), circle(3, 0, 1)).distance(*at), [[-1.0, 1.0]], atol=1e-5)
    np.testing.assert_allclose(cut(circle(3, 0, 2), circle(3, 0, 1)).distance(*at)[0, 0], 1.0, atol=1e-5)
    np.testing.assert_allclose(within(circle(0, 0, 1), circle(3, 0, 1)).distance(*at)[0, 0], 2.0, atol=1e-5)


@pytest.mark.parametrize(
    "shape",
    [
        ellipse(0.1, -0.2, 0.8, 0.3, 0.7),
        blob(0, 0, [0.5, 0.6, 0.7, 0.6, 0.5, 0.6, 0.4, 0.6], 1.2),
        limb([(-0.5, 0), (0, 0.4), (0.5, -0.3)], [0.1, 0.2, 0.1]),
        polygon([(-0.6, 0.5), (0, -0.7), (0.6, 0.5)], 0.1),
    ],
)
def test_bounds_contain_the_shape(shape) -> None:
    x, y = np.meshgrid(np.linspace(-2, 2, 300, dtype=np.float32), np.linspace(-2, 2, 300, dtype=np.float32))
    inside = shape.distance(x, y) < 0
    left, top, right, bottom = shape.bounds
    assert inside.any()
    assert x[inside].min() >= left - 1e-4 and x[inside].max() <= right + 1e-4
    assert y[inside].min() >= top - 1e-4 and y[inside].max() <= bottom + 1e-4


def test_frames_turn_flip_and_invert() -> None:
    frame = Frame(0.5, 0.4, 0.25, 0.3).at(0.2, -0.1, 0.5, -0.8, flip=True).at(0.1, 0.1, 2.0, 0.4)
    px, py = frame.to_picture(0.7, -0.3)
    x, y = frame.to_local(np.array([px]), np.array([py]))
    assert (float(x[0]), float(y[0])) == (pytest.approx(0.7), pytest.approx(-0.3))


def test_coverage_is_the_area_at_every_size() -> None:
    for size in (32, 128, 224):
        canvas = Canvas(size)
        canvas.paint(Frame(0.5, 0.5), circle(0, 0, 0.3), (1, 1, 1), "head")
        assert canvas.masks["head"].mean() == pytest.approx(math.pi * 0.09, rel=0.01)


def test_what_is_painted_over_no_longer_shows() -> None:
    canvas = Canvas(64)
    canvas.fill((0, 0, 0), "grass")
    canvas.paint(Frame(0.5, 0.5), circle(0, 0, 0.4), (1, 0, 0), "head+fur")
    canvas.paint(Frame(0.5, 0.5), circle(0, 0, 0.1), (0, 0, 1), "eye")
    assert canvas.masks["head"][32, 32] == 0 and canvas.masks["eye"][32, 32] == 1
    assert canvas.masks["fur"][32, 45] == 1 and canvas.masks["grass"][32, 45] == 0
    total = canvas.masks["grass"] + canvas.masks["head"] + canvas.masks["eye"]
    np.testing.assert_allclose(total, 1.0, atol=1e-5)


@pytest.mark.parametrize("kind", CLASSES)
def test_pictures_are_reproducible_and_labelled(kind: str) -> None:
    scenes = [paint(kind, number, seed=7, size=64) for number in range(6)]
    again = paint(kind, 3, seed=7, size=64)
    np.testing.assert_array_equal(again.pixels, scenes[3].pixels)
    assert len({scene.pixels.tobytes() for scene in scenes}) == 6
    assert not np.array_equal(paint(kind, 3, seed=8, size=64).pixels, again.pixels)
    for scene in scenes:
        assert scene.pixels.shape == (64, 64, 3) and scene.pixels.dtype == np.uint8
        assert scene.attributes["kind"] == kind and scene.attributes["place"] in PLACES
        assert scene.pixels.std() > 15  # never an empty or washed-out picture
        assert set(scene.masks) <= set(PARTS), "a part the network is not taught"
        creature = np.any([m for name, m in scene.masks.items() if name not in PLACES], axis=0)
        assert creature.mean() > 0.05


def test_the_same_picture_at_another_size_shows_the_same() -> None:
    small, large = paint("cat", 1, seed=0, size=64), paint("cat", 1, seed=0, size=128)
    halved = large.pixels.reshape(64, 2, 64, 2, 3).mean((1, 3))
    assert np.abs(halved - small.pixels).mean() < 12


def test_every_kind_is_met_in_every_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Places are drawn before anything is painted, and a canvas of one pixel is soon painted."""
    world = sys.modules[paint.__module__]
    monkeypatch.setattr(world, "paint_background", lambda *_: None)
    monkeypatch.setattr(world, "_PAINTERS", dict.fromkeys(CLASSES, lambda *_: {}))
    met = {(kind, paint(kind, number, size=1).attributes["place"]) for kind in CLASSES for number in range(110)}
    assert met == {(kind, place) for kind in CLASSES for place in PLACES}


def test_unknown_kinds_are_refused() -> None:
    with pytest.raises(
        ValueError,
        match="^the creature world has no kind 'unicorn'; its kinds are dog, cat, frog, turtle, "
        "bird, primate, fish, crab, insect$",
    ):
        paint("unicorn", 0)
