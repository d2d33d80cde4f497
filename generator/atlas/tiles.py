"""Pictures of units and their cells -> the map as a pyramid of tiles."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import BytesIO

import numpy as np
from PIL import Image

LEVELS = 4  # level z shows a cell with 8 * 2**z pixels
TILE = 256  # side of a tile in pixels
LARGEST = 8 << (LEVELS - 1)  # side of a cell at the last level
QUALITY = (50, 60, 70, 75)  # of each level's WebP: the first is what everybody loads, and is looked at from afar


def sprite(pixels: np.ndarray) -> np.ndarray:
    """A picture uint8 [S, S, 3] -> uint8 [64, 64, 3], what the last level shows of it."""
    resized = Image.fromarray(pixels).resize((LARGEST, LARGEST), Image.Resampling.LANCZOS)
    return np.asarray(resized)


def tiles(sprites: np.ndarray, cells: np.ndarray, side: int) -> Iterator[tuple[str, bytes]]:
    """Sprites uint8 [U, 64, 64, 3] and their cells on a grid of side x side -> (z/x_y.webp, content) of every tile.

    Tiles without a unit are left out; cells without one are black in others.
    """
    at = np.full(side * side, -1)
    at[cells] = np.arange(len(cells))
    square = at.reshape(side, side)  # unit of each cell, -1: none
    with ThreadPoolExecutor() as pool:
        for level in range(LEVELS):
            pixels = 8 << level
            each = TILE // pixels  # cells along a tile
            small = _reduced(sprites, LARGEST // pixels)
            places = [(x, y) for y in range(-(-side // each)) for x in range(-(-side // each))]

            units = [square[y * each : (y + 1) * each, x * each : (x + 1) * each] for x, y in places]
            contents = pool.map(partial(_tile, small, quality=QUALITY[level]), units)
            for (x, y), made in zip(places, contents, strict=True):
                if made:
                    yield f"{level}/{x}_{y}.webp", made


def _reduced(sprites: np.ndarray, factor: int) -> np.ndarray:
    """Sprites uint8 [U, n, n, 3] -> [U, n / factor, n / factor, 3], each pixel the mean of a square of them."""
    if factor == 1:
        return sprites
    units, side = sprites.shape[:2]
    made = np.empty((units, side // factor, side // factor, 3), np.uint8)
    for first in range(0, units, 1024):
        some = sprites[first : first + 1024]
        squares = some.reshape(len(some), side // factor, factor, side // factor, factor, 3)
        made[first : first + 1024] = np.rint(squares.mean((2, 4), dtype=np.float32))
    return made


def _tile(small: np.ndarray, units: np.ndarray, quality: int) -> bytes:
    """The units of a tile [rows, columns], -1 where there is none -> its content; empty where there is none at all."""
    if (units < 0).all():
        return b""
    side = small.shape[1]
    canvas = np.zeros((TILE // side, side, TILE // side, side, 3), np.uint8)
    for row, column in np.argwhere(units >= 0):
        canvas[row, :, column] = small[units[row, column]]
    file = BytesIO()
    Image.fromarray(canvas.reshape(TILE, TILE, 3)).save(file, "WEBP", quality=quality, method=4)
    return file.getvalue()
