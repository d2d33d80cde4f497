"""Whether visualizations go a neuron's natural way through the network: path similarities -> a page and a JSON file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..explanations.paths import PathSimilarity
from ..selection.page import data_uri, smaller

FORMAT = "imetric-paths/1"
WIDTH, HEIGHT, LEFT, RIGHT, EDGE = 260, 120, 26, 8, 10  # of a figure, in its own units
LOWEST, HIGHEST = -0.5, 1.5  # scores beyond are drawn at the edge
SIDE = 160  # pixels of a picture on the page, twice what it is shown at


@dataclass(frozen=True)
class NeuronPath:
    """A neuron's path similarity by one method, with its first visualization and its first top picture."""

    neuron: int
    method: str
    similarity: PathSimilarity
    visualization: np.ndarray
    top: np.ndarray


@dataclass(frozen=True)
class Drawing:
    """A figure's lines in its own units, as SVG takes them.

    lines: of each visualization, broken where a layer tells nothing; natural: areas from the edge of what is natural to
    the mean of top pictures; places: x of each layer; dots: (x, y, apart) of the mean.
    """

    lines: list[str]
    natural: list[str]
    places: list[float]
    dots: list[tuple[float, float, bool]]
    one: float
    zero: float


def paths_record(found: Sequence[NeuronPath]) -> dict[str, Any]:
    """Ready for JSON: `imetric-paths/1` (docs/data.md)."""
    return {
        "format": FORMAT,
        "neurons": [
            {
                "neuron": each.neuron,
                "method": each.method,
                **each.similarity.record(),
                "apart": int(each.similarity.apart.sum()),
                "tell": int(each.similarity.tell.sum()),
            }
            for each in found
        ],
    }


def paths_page(found: Sequence[NeuronPath], *, study: str, study_id: str, network: str) -> bytes:
    """The page, complete in one file."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    shown = [
        (each, drawing(each.similarity), data_uri(smaller(each.visualization, SIDE)), data_uri(smaller(each.top, SIDE)))
        for each in found
    ]
    page = environment.get_template("paths.html.j2").render(
        study=study, study_id=study_id, network=network, shown=shown,
        parted=sum(each.similarity.parts for each in found),
        layers=found[0].similarity.layers if found else (), width=WIDTH, height=HEIGHT, left=LEFT, right=WIDTH - RIGHT,
    )  # fmt: skip
    return page.encode()


def drawing(similarity: PathSimilarity) -> Drawing:
    """A path similarity -> its figure's lines."""
    count = len(similarity.layers)
    places = [LEFT + EDGE + (WIDTH - LEFT - RIGHT - 2 * EDGE) * k / max(count - 1, 1) for k in range(count)]

    def height(score: float) -> float:
        share = (HIGHEST - min(max(score, LOWEST), HIGHEST)) / (HIGHEST - LOWEST)
        return round(EDGE + share * (HEIGHT - 2 * EDGE), 1)

    tell = similarity.tell
    runs = [run for run in np.split(np.arange(count), np.flatnonzero(np.diff(tell)) + 1) if len(run) and tell[run[0]]]
    natural = [
        " ".join(
            [f"{places[k]:.1f},{height(similarity.natural[k])}" for k in run]
            + [f"{places[k]:.1f},{height(1.0)}" for k in reversed(run)]
        )
        for run in runs
    ]
    lines = [
        " ".join(f"{places[k]:.1f},{height(own[k])}" for k in run) for own in similarity.each for run in runs
    ]  # fmt: skip
    mean, apart = similarity.visualization, similarity.apart
    dots = [(round(places[k], 1), height(mean[k]), bool(apart[k])) for k in np.flatnonzero(similarity.tell)]
    return Drawing(lines, natural, [round(place, 1) for place in places], dots, height(1.0), height(0.0))
