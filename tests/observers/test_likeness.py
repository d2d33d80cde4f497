"""Observers that compare, on pictures whose right answer is known: colours, stripes, attention, options alone."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from generator.observers.colour import Colour, colours
from generator.observers.likeness import Against, Blind, Likeness, Shuffled, attention, most_alike, standardized
from generator.observers.observer import Picture, Trial
from generator.observers.texture import Texture

SIDE = 64
RED, GREEN, BLUE, GREY = (200, 30, 30), (30, 180, 40), (40, 60, 210), (120, 120, 120)


def plain(colour: tuple[int, int, int], seed: int = 0) -> np.ndarray:
    """A picture of one colour with a little grain."""
    grain = np.random.default_rng(seed).integers(-8, 9, (SIDE, SIDE, 3))
    return np.clip(np.array(colour) + grain, 0, 255).astype(np.uint8)


def stripes(angle: float, colour: tuple[int, int, int] = GREY, shift: float = 0.0, width: float = 4.0) -> np.ndarray:
    """Stripes in a direction, dark and light of one colour."""
    y, x = np.mgrid[:SIDE, :SIDE]
    wave = np.sin((np.cos(angle) * x + np.sin(angle) * y) * 2 * np.pi / (2 * width) + shift)
    return np.clip(np.array(colour) * (1 + 0.5 * wave[..., None]), 0, 255).astype(np.uint8)


def shown(pixels: np.ndarray, cells: np.ndarray | None = None) -> Picture:
    return Picture(pixels, cells, "dataset_example")


def picked(observer: Likeness, trial: Trial) -> set[int]:
    (scores,) = observer.scores([trial])
    return set(np.argsort(-scores, kind="stable")[: trial.picks].tolist())


EVERY = pytest.mark.parametrize(
    "observer", [Colour(), Texture(), Blind(Colour()), Shuffled(Texture())], ids=lambda o: o.name
)


@EVERY
@pytest.mark.parametrize("explained", [0, 2])
def test_options_that_are_all_the_same_score_the_same(observer: Likeness, explained: int) -> None:
    trial = Trial((shown(plain(RED)),) * explained, (plain(BLUE),) * 9)
    (scores,) = observer.scores([trial])
    assert scores.shape == (9,) and np.isfinite(scores).all() and np.ptp(scores) < 1e-9


@EVERY
def test_flat_pictures_give_finite_scores(observer: Likeness) -> None:
    black, white = np.zeros((SIDE, SIDE, 3), np.uint8), np.full((SIDE, SIDE, 3), 255, np.uint8)
    (scores,) = observer.scores([Trial((shown(black, np.zeros((4, 8, 8), np.float32)),), (black, white, white))])
    assert np.isfinite(scores).all()


@EVERY
def test_scores_go_with_their_options_whatever_the_order(observer: Likeness) -> None:
    options = [stripes(angle, colour, 0.3) for angle in (0, 0.5, 1.2) for colour in (RED, GREEN, BLUE)]
    explanation = (shown(stripes(0.5, GREEN)), shown(stripes(1.0, RED)))
    order = np.random.default_rng(1).permutation(9)
    (one,) = observer.scores([Trial(explanation, tuple(options))])
    (other,) = observer.scores([Trial(explanation, tuple(options[k] for k in order))])
    np.testing.assert_allclose(other, one[order], atol=1e-9)


def test_colour_finds_the_colour_and_knows_no_stripes() -> None:
    options = [plain(c, seed) for seed, c in enumerate((RED, GREEN, BLUE, GREEN, RED, BLUE, GREEN, RED, BLUE), start=1)]
    assert picked(Colour(), Trial((shown(stripes(0.7, RED)),), tuple(options))) == {0, 4, 7}


def test_texture_finds_the_stripes_and_knows_no_colours() -> None:
    angles = [0, 0.5, 1, 0, 0.5, 1, 0, 0.5, 1]
    options = [stripes(a * np.pi / 2, (RED, GREEN, BLUE)[k % 2], k) for k, a in enumerate(angles)]
    grey = Trial((shown(stripes(0.5 * np.pi / 2)),), tuple(options))
    assert picked(Texture(), grey) == {1, 4, 7}


def test_a_grid_cam_tells_which_part_counts() -> None:
    half = np.concatenate([plain(RED)[:, : SIDE // 2], plain(BLUE)[:, SIDE // 2 :]], 1)
    left, right = (np.zeros((4, 8, 8), np.float32) for _ in range(2))
    left[:, :, :4], right[:, :, 4:] = 1, 1
    options = tuple(plain(c, seed) for seed, c in enumerate((RED, BLUE) * 3, start=1))
    assert picked(Colour(), Trial((shown(half, left),), options)) == {0, 2, 4}
    assert picked(Colour(), Trial((shown(half, right),), options)) == {1, 3, 5}
    halves = np.concatenate([stripes(0)[:, : SIDE // 2], stripes(np.pi / 2)[:, SIDE // 2 :]], 1)
    options = tuple(stripes(a * np.pi / 2, GREY, k) for k, a in enumerate((0, 1) * 3))
    assert picked(Texture(), Trial((shown(halves, left),), options)) == {0, 2, 4}
    assert picked(Texture(), Trial((shown(halves, right),), options)) == {1, 3, 5}


def test_who_sees_no_explanation_picks_what_belongs_together() -> None:
    options = (plain(RED, 1), plain(GREEN, 2), plain(BLUE, 3), plain(GREEN, 4), plain(GREY, 5), plain(GREEN, 6))
    nothing, something = Trial((), options), Trial((shown(plain(RED)),), options)
    assert picked(Blind(Colour()), something) == picked(Blind(Colour()), nothing) == {1, 3, 5}
    assert picked(Colour(), nothing) == {1, 3, 5}


def test_the_best_group_scores_highest_also_where_groups_are_too_many_to_look_at() -> None:
    alike = np.random.default_rng(3).random((9, 9))
    alike = (alike + alike.T) / 2
    best = max(combinations(range(9), 3), key=lambda g: sum(alike[a, b] for a, b in combinations(g, 2)))
    scores = most_alike(alike, 3)
    assert set(np.flatnonzero(scores == scores.max()).tolist()) == set(best)
    assert not most_alike(alike, 1).any()
    many = np.full((25, 25), 0.1)
    many[:12, :12] = 0.9
    assert set(np.argsort(-most_alike(many, 12))[:12].tolist()) == set(range(12))


def test_attention_keeps_areas_and_is_even_without_a_map() -> None:
    cells = np.random.default_rng(0).random((4, 8, 8)).astype(np.float32)
    mean = cells.mean(0, dtype=np.float64)
    np.testing.assert_allclose(attention(cells, 8), mean / mean.sum(), rtol=1e-9)
    halves = attention(cells, 4)
    np.testing.assert_allclose(halves, mean.reshape(4, 2, 4, 2).sum((1, 3)) / mean.sum(), rtol=1e-9)
    for given in (None, np.zeros((4, 8, 8), np.float32)):
        np.testing.assert_allclose(attention(given, 7), 1 / 49)
    assert attention(cells, 7).sum() == pytest.approx(1)


def test_colours_are_a_distribution_that_ignores_places() -> None:
    picture = stripes(0.4, RED)
    assert colours(picture).sum() == pytest.approx(1)
    np.testing.assert_allclose(colours(picture), colours(picture[::-1, ::-1]), atol=1e-12)


def test_features_without_spread_count_for_nothing() -> None:
    options = np.array([[1.0, 5.0], [3.0, 5.0]])
    np.testing.assert_allclose(Against(options)(options)[:, 1], 0)
    assert not Against(np.ones((3, 4)))(np.ones((1, 4))).any()
    assert not standardized(np.full(9, 2.5)).any()
