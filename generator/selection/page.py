"""Why these neurons: one page and one JSON file that explain a selection to the researcher who must defend it."""

from __future__ import annotations

import base64
import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from ..models import Activations
from ..pictures import PictureSet
from ..study import SelectionSettings
from .by_score import MachineScores
from .neurons import Criteria, Selection, looser_thresholds

PAIRS_SHOWN = 40
LOOSER = (1.0, 0.75, 0.5, 0.25, 0.0)  # of top_min
TOP_SHOWN = 4
LOOKED_AT = {  # by [selection] by
    "criteria": "in the random order of the seed",
    "easy": "from the highest machine score on",
    "hard": "from the lowest machine score on",
    "spread": "for each of as many strata of the machine score as are asked for",
}


@dataclass(frozen=True)
class NeuronPanel:
    """What a neuron looks like on the page: its feature visualization (if it was made) and its most active pictures."""

    neuron: int
    visualization: np.ndarray | None
    top: tuple[np.ndarray, ...]
    top_smallest: float
    bottom_largest: float


def counts_at(criteria: Criteria, settings: SelectionSettings) -> list[dict[str, Any]]:
    """How many neurons pass at the study's thresholds and at looser ones: a row for each top_min."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(criteria.bottom_largest <= 0, np.inf, criteria.top_smallest / criteria.bottom_largest)
    ratios = sorted(
        {settings.min_max_ratio_min, *(r for r in (1000.0, 100.0, 10.0, 1.0) if r < settings.min_max_ratio_min)}
    )
    rows = []
    for factor in LOOSER:
        least = settings.top_min * factor
        enough = criteria.top_smallest > least
        rows.append(
            {"top_min": least, "pass": {f"{r:g}": int((enough & (ratio >= r)).sum()) for r in reversed(ratios)}}
        )
    return rows


def selection_steps(selection: Selection, settings: SelectionSettings) -> list[dict[str, Any]]:
    """The steps of the selection, each with how many neurons it leaves and how many fall."""
    criteria = selection.criteria
    assert criteria is not None
    units, active = len(criteria.passes), int(criteria.active_enough.sum())
    passing = int(criteria.passes.sum())
    top, bottom = settings.top_edge_num, settings.bottom_edge_num
    steps = [
        {"step": "neurons of the layer", "left": units, "fall": 0},
        {
            "step": f"smallest of the top {top} exceeds top_min = {settings.top_min:g}",
            "left": active,
            "fall": units - active,
        },
    ]
    ratio = f"and is at least {settings.min_max_ratio_min:g} times the largest of the bottom {bottom}"
    both = int((criteria.active_enough & criteria.distinct_enough).sum())
    steps.append({"step": ratio, "left": both, "fall": active - both})
    if criteria.explained is not None:
        steps.append({"step": "pictures were given for it", "left": passing, "fall": both - passing})
    if settings.neurons:
        return steps
    fallen: Counter[str] = Counter(drop.kind for drop in selection.dropped)
    looked_at = len(selection.neurons) + len(selection.dropped)
    if selection.scores is not None:
        rated = len(selection.scores.of)
        steps.append({"step": "questions can be drawn about it", "left": rated, "fall": passing - rated})
    how = f"looked at, {LOOKED_AT[settings.by]}, until there were enough"
    steps.append({"step": how, "left": looked_at, "fall": 0})
    for kind, step in (
        ("pictures", f"shares at most {settings.overlap_max:.0%} of its top group with one kept before"),
        ("weak", f"its visualization drives it to {settings.visualization_min:g} times the smallest of its top group"),
        ("alike", f"its visualization is less like a kept one's than {settings.similarity_max:g}"),
    ):
        looked_at -= fallen[kind]
        steps.append({"step": step, "left": looked_at, "fall": fallen[kind]})
    return steps


def selection_record(selection: Selection, settings: SelectionSettings) -> dict[str, Any]:
    """How the neurons were found, ready for JSON."""
    criteria, scores = selection.criteria, selection.scores
    assert criteria is not None
    return {
        "format": "imetric-selection/2",
        "settings": settings.model_dump(mode="json"),
        "units": len(criteria.passes),
        "pass": int(criteria.passes.sum()),
        "fail": {
            "top_min": int((~criteria.active_enough).sum()),
            "min_max_ratio_min": int((~criteria.distinct_enough).sum()),
        },
        "steps": selection_steps(selection, settings),
        "pass_at": counts_at(criteria, settings),
        "thresholds_for_count": looser_thresholds(criteria, settings.count),
        "passing": np.flatnonzero(criteria.passes).tolist(),
        "chosen": [
            {
                "neuron": n.index,
                "top_smallest": round(float(criteria.top_smallest[n.index]), 6),
                "bottom_largest": round(float(criteria.bottom_largest[n.index]), 6),
                "passes": bool(criteria.passes[n.index]),
                **({} if scores is None else {"machine_score": scores.of[n.index]}),
            }
            for n in selection.neurons
        ],
        "dropped": [
            {
                "neuron": drop.neuron,
                "kind": drop.kind,
                "reason": drop.reason,
                "like": drop.other,
                "likeness": drop.likeness,
            }
            for drop in selection.dropped
        ],
        **({} if scores is None else {"machine_scores": asdict(scores)}),
    }


def page_of(
    selection: Selection,
    settings: SelectionSettings,
    activations: Activations,
    pictures: PictureSet,
    visualizations: Callable[[Sequence[int]], Mapping[int, Mapping[str, np.ndarray]]],
    *,
    study: str,
    study_id: str,
    network: str,
    notes: Sequence[str] = (),
) -> bytes:
    """The page of a selection from these pictures. activations: [N, U].

    visualizations: asked for `pixels` of the neurons that were looked at; of questions from files, which come without
    criteria, for none.
    """
    shown: dict[int, NeuronPanel] = {}
    if selection.criteria is not None:
        looked_at = {n.index for n in selection.neurons} | {d.neuron for d in selection.dropped if d.kind != "pictures"}
        others = {d.neuron for d in selection.dropped} | {d.other for d in selection.dropped if d.other is not None}
        made = visualizations(sorted(looked_at))
        pixels = {n: arrays["pixels"] for n, arrays in made.items()}
        shown = neuron_panels(sorted(looked_at | others), activations, pictures.pixels, selection.criteria, pixels)
    return render_page(
        selection, settings, activations, shown, study=study, study_id=study_id, network=network,
        pictures=len(pictures.names), notes=notes,
    )  # fmt: skip


def neuron_panels(
    neurons: Sequence[int],
    activations: Activations,
    pixels: Any,
    criteria: Criteria,
    visualizations: Mapping[int, np.ndarray],
) -> dict[int, NeuronPanel]:
    """Neurons -> how they are shown. activations: [N, U]; pixels: uint8 [N, S, S, 3], read where they are indexed."""
    found: dict[int, NeuronPanel] = {}
    for n, values in activations.each_column(neurons):
        most = np.argsort(-values, kind="stable")[:TOP_SHOWN]
        edges = float(criteria.top_smallest[n]), float(criteria.bottom_largest[n])
        found[n] = NeuronPanel(n, visualizations.get(n), tuple(pixels[int(k)] for k in most), *edges)
    return found


def render_page(
    selection: Selection,
    settings: SelectionSettings,
    activations: Activations,
    shown: Mapping[int, NeuronPanel],
    *,
    study: str,
    study_id: str,
    network: str,
    pictures: int,
    notes: Sequence[str] = (),
) -> bytes:
    """The page, complete in one file. shown: the panel of each chosen or dropped neuron and of those like it."""
    from .figure import draw_selection

    criteria = selection.criteria
    chosen = [neuron.index for neuron in selection.neurons]
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["picture"] = data_uri
    words = {"study": study, "study_id": study_id, "network": network, "pictures": pictures, "notes": notes}
    if criteria is None:
        page = environment.get_template("selection.html.j2").render(**words, record=None, neurons=chosen)
        return page.encode()
    drops = selection.dropped[:PAIRS_SHOWN]
    pairs = [(drop, shown[drop.neuron], shown[drop.other] if drop.other is not None else None) for drop in drops]
    page = environment.get_template("selection.html.j2").render(
        **words, settings=settings, record=selection_record(selection, settings), pairs=pairs,
        chosen=[(shown[n], bool(criteria.passes[n])) for n in chosen], more=len(selection.dropped) - len(drops),
        figure=_svg_uri(draw_selection(activations, criteria, settings, chosen)), scores=selection.scores,
        score_bins=_bins(selection.scores, chosen),
    )  # fmt: skip
    return page.encode()


def _bins(scores: MachineScores | None, chosen: Sequence[int]) -> list[tuple[float, int, int]]:
    """Each machine score that there can be, how many candidates have it, and how many of those chosen."""
    if scores is None:
        return []
    return [
        (score, count, own)
        for (score, count), (_, own) in zip(scores.counts(), scores.counts(chosen), strict=True)
    ]


def data_uri(pixels: np.ndarray) -> str:
    """A picture uint8 [H, W, 3] -> what an <img> of a page without other files takes."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "WEBP", quality=82, method=4)
    return "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode()


def smaller(pixels: np.ndarray, side: int) -> np.ndarray:
    """A picture uint8 [S, S, 3] -> the same, no larger than `side` pixels."""
    if pixels.shape[0] <= side:
        return pixels
    return np.asarray(Image.fromarray(pixels).resize((side, side), Image.Resampling.BICUBIC))


def _svg_uri(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
