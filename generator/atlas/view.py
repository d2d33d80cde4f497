"""One network and layer of an atlas -> the files of its view: map, units, records and pictures."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from ..explanations.paths import PathSimilarity
from ..pictures import PictureSet
from ..pictures.pixels import hash_of
from ..store import Store
from ..study import Study
from .encoding import Encoder, name_of
from .explaining import UnitGridcams, UnitPaths, UnitVisualizations, Visualized
from .figures import UnitFigures
from .grid import side_of
from .likeness import most_alike
from .records import UnitScores, columns, example_record, on_the_way, record, visualization_record, words_of
from .tiles import LARGEST, LEVELS, TILE, sprite, tiles

Put = Callable[[str, bytes], None]  # a path within the site, and the file's content
ALIKE = 12  # units most like one, on its page
AT_ONCE = 256  # units, or pictures, whose pixels are in memory together


@dataclass(frozen=True)
class View:
    """What a view shows. id: its folder; units: numbers of those shown; cells: of each on the map, row * side + column;
    described: float32 [units, d], see likeness.py; visualizations: by method; paths, gridcams: None where none are
    shown; scores: unit -> how it was scored; network: its identity."""

    id: str
    study: Study
    network: str
    layer: str
    pictures: PictureSet
    figures: UnitFigures
    units: tuple[int, ...]
    cells: np.ndarray
    described: np.ndarray
    visualizations: Mapping[str, UnitVisualizations]
    paths: UnitPaths | None
    gridcams: UnitGridcams | None
    scores: Mapping[int, UnitScores]

    @property
    def shown(self) -> dict[int, list[int]]:
        """Picture -> units among whose top pictures it is."""
        return shown_pictures(self.figures, self.units)

    def describe(self) -> dict[str, Any]:
        """What the page is told of the view."""
        scores = self.scores.values()
        return {
            "id": self.id,
            "network": self.study.model.name,
            "layer": self.layer,
            "units": len(self.units),
            "pictures": len(self.pictures),
            "size": self.pictures.pixels.shape[1],
            "grid": side_of(len(self.units)),
            "levels": LEVELS,
            "tile": TILE,
            "methods": list(self.visualizations),
            "windows": None if self.gridcams is None else list(self.study.gridcam.windows),
            "cells": self.study.gridcam.cells,
            "classes": list(self.pictures.classes),
            "scored": {name: any(getattr(each, name) for each in scores) for name in ("machine", "people", "words")},
        }


def shown_pictures(figures: UnitFigures, units: Iterable[int]) -> dict[int, list[int]]:
    """Picture -> those of these units among whose top pictures it is."""
    found: dict[int, list[int]] = {}
    for unit in units:
        for picture in figures.top[:, unit].tolist() if not figures.dead[unit] else ():
            found.setdefault(picture, []).append(unit)
    return found


def write_view(view: View, store: Store, put: Put, advance: Callable[[float, float], None]) -> None:
    """Write a view's files; everything that takes long is in the store already."""
    similar: list[dict[str, PathSimilarity]] = []
    sprites = np.zeros((len(view.units), LARGEST, LARGEST, 3), np.uint8)
    with Encoder(store, view.study.site.picture_quality) as encoder:

        def named(contents: Iterable[bytes]) -> list[str]:
            """Put pictures into the view -> their names there."""
            names = []
            for content in contents:
                names.append(name_of(content))
                put(f"{view.id}/{names[-1]}", content)
            return names

        examples = _examples(view, encoder, named)
        alike = alike_units(view)
        each = zip(view.units, *(of.of(view.units) for of in view.visualizations.values()), strict=True)
        for first in range(0, len(view.units), AT_ONCE):
            lot = {unit: [made for of in of_methods for made in of] for unit, *of_methods in islice(each, AT_ONCE)}
            pixels = [picture for made in lot.values() for one in made for picture in _pictures_of(one)]
            names = iter(named(encoder.lot([hash_of(picture).hex() for picture in pixels], partial(list, pixels))))
            similar += [{}] * len(lot) if view.paths is None else view.paths.of(list(lot), list(lot.values()))
            for place, (unit, made) in enumerate(lot.items(), start=first):
                if made:
                    sprites[place] = sprite(made[0].pixels)
                elif not view.figures.dead[unit]:
                    sprites[place] = sprite(view.pictures.pixels[int(view.figures.top[0, unit])])
                told = [
                    visualization_record(one, next(names), None if one.trace is None else next(names)) for one in made
                ]
                scores = view.scores.get(unit, UnitScores())
                shown = _shown_of(view, unit, examples)
                of_unit = record(view.figures, unit, told, shown, alike[place], scores, similar[place])
                put(f"{view.id}/units/{unit // 100}/{unit}.json", _json(of_unit))
                advance(place + 1, len(view.units))
    for name, content in tiles(sprites, view.cells, side_of(len(view.units))):
        put(f"{view.id}/tiles/{name}", content)
    words = words_of(view.units, view.scores)
    if words:
        put(f"{view.id}/words.json", _json(words))
    of_all = columns(view.figures, view.units, view.cells, view.scores, [on_the_way(paths) for paths in similar])
    put(f"{view.id}/units.json", _json(of_all))


def alike_units(view: View) -> list[list[tuple[int, float]]]:
    """Of each unit of a view, the others that are most like it, and how much; none of dead units."""
    others, cosines = most_alike(view.described, ALIKE)
    dead = view.figures.dead[list(view.units)]
    return [
        [(view.units[other], cosine) for other, cosine in zip(*of, strict=True) if not dead[place] and not dead[other]]
        for place, of in enumerate(zip(others.tolist(), cosines.tolist(), strict=True))
    ]


def _examples(view: View, encoder: Encoder, named: Callable[[Iterable[bytes]], list[str]]) -> dict[int, str]:
    """Top pictures of units -> their names, each encoded once, whoever shows it."""
    every, names = sorted(view.shown), dict[int, str]()
    for first in range(0, len(every), AT_ONCE):
        some = every[first : first + AT_ONCE]
        hashes = [view.pictures.pixels.hashes[picture].tobytes().hex() for picture in some]
        names |= zip(some, named(encoder.lot(hashes, partial(view.pictures.pixels.__getitem__, some))), strict=True)
    return names


def _shown_of(view: View, unit: int, names: Mapping[int, str]) -> list[dict[str, Any]]:
    """What the record of a unit says of its top pictures."""
    figures = view.figures
    if figures.dead[unit]:
        return []
    pictures, activations = figures.top[:, unit].tolist(), figures.values[:, unit].tolist()
    cams = [None] * len(pictures) if view.gridcams is None else view.gridcams.of(unit, pictures)
    return [
        example_record(
            names[picture], activation, figures.classes[figures.labels[picture]], view.pictures.names[picture], cam
        )
        for picture, activation, cam in zip(pictures, activations, cams, strict=True)
    ]


def _pictures_of(made: Visualized) -> list[np.ndarray]:
    """The pictures of a visualization: itself and, where there is one, its transparency map as grey."""
    if made.trace is None:
        return [made.pixels]
    return [made.pixels, np.repeat(np.rint(made.trace * 255).astype(np.uint8)[..., None], 3, axis=2)]


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
