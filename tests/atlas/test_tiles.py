"""The map as a pyramid: every unit at its cell on each level, no tile without a unit."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from generator.atlas.tiles import LARGEST, LEVELS, TILE, sprite, tiles


def test_a_picture_of_one_colour_is_a_sprite_of_that_colour() -> None:
    assert (sprite(np.full((100, 100, 3), (9, 200, 30), np.uint8)) == (9, 200, 30)).all()


@pytest.mark.parametrize("side, count", [(1, 1), (2, 3), (40, 1600)])
def test_every_level_shows_each_unit_at_its_cell(side: int, count: int) -> None:
    rng = np.random.default_rng(side)
    white = rng.random(count) < 0.5
    sprites = np.zeros((count, LARGEST, LARGEST, 3), np.uint8)
    sprites[white] = 255
    cells = rng.permutation(side * side)[:count]
    found = dict(tiles(sprites, cells, side))
    for level in range(LEVELS):
        pixels, each = 8 << level, TILE // (8 << level)
        assert sum(name.startswith(f"{level}/") for name in found) == len(
            {(cell % side // each, cell // side // each) for cell in cells.tolist()}
        )
        for unit in rng.permutation(count)[:20]:
            row, column = divmod(int(cells[unit]), side)
            picture = Image.open(io.BytesIO(found[f"{level}/{column // each}_{row // each}.webp"])).convert("RGB")
            assert picture.size == (TILE, TILE)
            x, y = column % each * pixels, row % each * pixels
            seen = np.asarray(picture)[y : y + pixels, x : x + pixels]
            assert (seen.mean() > 127.5) == white[unit]


def test_tiles_without_a_unit_are_left_out_and_no_units_have_none() -> None:
    sprites = np.zeros((1, LARGEST, LARGEST, 3), np.uint8)
    names = [name for name, _ in tiles(sprites, np.array([40 * 40 - 1]), 40)]
    assert names == ["0/1_1.webp", "1/2_2.webp", "2/4_4.webp", "3/9_9.webp"]
    assert list(tiles(sprites[:0], np.zeros(0, int), 1)) == []
