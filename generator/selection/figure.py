"""The paper's figure 7 for any study: activations over neurons and over pictures, the groups' edges, what passes."""

from __future__ import annotations

import io
from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from ..models import Activations
from ..study import SelectionSettings
from .neurons import Criteria

SAMPLE = 10_000  # pictures: more change no line that can be seen
INK, QUIET, FAINT, BLUE, ORANGE = "#1a1a1a", "#5c5c5c", "#d9d9d9", "#0072b2", "#d55e00"
_STYLE = {
    "font.family": "DejaVu Sans", "font.size": 8, "axes.titlesize": 8.5, "axes.labelsize": 8, "xtick.labelsize": 7,
    "ytick.labelsize": 7, "axes.edgecolor": QUIET, "xtick.color": QUIET, "ytick.color": QUIET, "text.color": INK,
    "axes.linewidth": 0.6, "axes.spines.top": False, "axes.spines.right": False, "svg.fonttype": "none",
    "svg.hashsalt": "imetric", "axes.titlelocation": "left", "text.parse_math": False, "legend.handlelength": 1.4,
}  # fmt: skip


def draw_selection(
    activations: Activations, criteria: Criteria, settings: SelectionSettings, chosen: Sequence[int]
) -> str:
    """Activations [N, U] with their criteria -> an SVG of six panels, the same bytes for the same input.

    Neurons are in the order of the smallest activation of their top group in the panels over neurons. What is drawn of
    all values is drawn of `SAMPLE` pictures where there are more, evenly spread, and says so.
    """
    sampled = len(activations) > SAMPLE
    some = activations.rows(np.linspace(0, len(activations) - 1, min(SAMPLE, len(activations))).round().astype(int))
    of = f" ({SAMPLE:,} pictures)" if sampled else ""
    largest, smallest = activations.extremes(1)
    order = np.argsort(criteria.top_smallest, kind="stable")[::-1]
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(10, 6.4), layout=ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.12))
        panels = figure.subplots(2, 3)
        _over_neurons(panels[0, 0], some, largest, smallest, criteria, settings, order, of)
        _over_pictures(panels[0, 1], some, of)
        _spread(panels[0, 2], some, of)
        _bottom(panels[1, 0], smallest, criteria, settings, order)
        _thresholds(panels[1, 1], criteria, settings)
        _passing(panels[1, 2], criteria, settings, chosen)
        file = io.BytesIO()
        FigureCanvasSVG(figure).print_figure(file, format="svg", metadata={"Date": None, "Creator": None})
    text = file.getvalue().decode()
    return text[text.index("<svg") :]


def _over_neurons(
    axes: Axes,
    activations: np.ndarray,
    largest: np.ndarray,
    smallest: np.ndarray,
    criteria: Criteria,
    settings: SelectionSettings,
    order: np.ndarray,
    of: str,
) -> None:
    place = np.arange(1, len(order) + 1)
    axes.fill_between(place, 0, largest[order], color=FAINT, lw=0, step="mid", label="largest")
    axes.plot(
        place, criteria.top_smallest[order], color=BLUE, lw=1.4, label=f"smallest of the top {settings.top_edge_num}"
    )
    axes.plot(place, np.median(activations, 0)[order], color=INK, lw=0.8, label=f"median{of}")
    axes.axhline(settings.top_min, color=ORANGE, lw=0.9, ls=(0, (4, 2)), label=f"top_min = {settings.top_min:g}")
    axes.set(
        title="a  Over pictures, neuron by neuron",
        xlabel="neurons, in order",
        ylabel="activation",
        xlim=(1, len(order)),
    )
    axes.set_ylim(min(0.0, float(smallest.min())), 1.35 * max(float(largest.max()), settings.top_min))
    axes.legend(frameon=False, fontsize=7, loc="upper right")


def _over_pictures(axes: Axes, activations: np.ndarray, of: str) -> None:
    mean = activations.mean(1)
    axes.hist(mean, bins=40, color=FAINT, edgecolor="white", lw=0.4)
    axes.axvline(float(np.median(mean)), color=INK, lw=0.8, label=f"median {np.median(mean):.3g}")
    axes.set(title=f"b  Pictures by their mean activation{of}", xlabel="mean over all neurons", ylabel="pictures")
    axes.legend(frameon=False, fontsize=7)


def _spread(axes: Axes, activations: np.ndarray, of: str) -> None:
    zero = float((activations <= 0).mean())
    positive = activations[activations > 0]
    if positive.size:
        edges = np.geomspace(
            max(float(positive.min()), float(positive.max()) * 1e-6), float(positive.max()) * 1.0001, 50
        )
        counts, _ = np.histogram(np.clip(positive, edges[0], None), edges)
        axes.stairs(100 * counts / activations.size, edges, fill=True, color=FAINT)
        axes.set_xscale("log")
        _plain_powers(axes.xaxis)
    axes.set(title=f"c  All activations{of}", xlabel="activation (above 0)", ylabel="% of pairs of neuron and picture")
    axes.text(0.03, 0.95, f"{zero:.1%} are 0 or below", transform=axes.transAxes, va="top", color=QUIET)


def _bottom(axes: Axes, smallest: np.ndarray, criteria: Criteria, settings: SelectionSettings, order) -> None:
    place, floor = np.arange(1, len(order) + 1), _floor(criteria)
    axes.plot(
        place,
        _at_least(criteria.top_smallest[order], floor),
        color=BLUE,
        lw=1.4,
        label=f"smallest of the top {settings.top_edge_num}",
    )
    allowed = criteria.top_smallest / settings.min_max_ratio_min
    largest = criteria.bottom_largest
    axes.plot(
        place,
        _at_least(largest[order], floor),
        ".",
        color=INK,
        ms=2.5,
        label=f"largest of the bottom {settings.bottom_edge_num}",
    )
    axes.plot(place, _at_least(smallest[order], floor), ".", color="#a0a0a0", ms=1.5, label="smallest of the bottom")
    axes.plot(
        place,
        _at_least(allowed[order], floor),
        color=ORANGE,
        lw=0.9,
        ls=(0, (4, 2)),
        label=f"top / {settings.min_max_ratio_min:g}",
    )
    axes.set_yscale("log")
    _plain_powers(axes.yaxis)
    axes.set(
        title="d  Edges of the groups",
        xlabel="neurons, in order",
        ylabel="activation (lowest line: 0)",
        xlim=(1, len(order)),
    )
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * (high / low) ** 0.35)  # room for the legend
    axes.legend(frameon=False, fontsize=7, loc="upper right")


def _thresholds(axes: Axes, criteria: Criteria, settings: SelectionSettings) -> None:
    values = np.sort(criteria.top_smallest)
    axes.plot(values, np.arange(len(values), 0, -1), color=INK, lw=1, label="by top_min alone")
    distinct = np.sort(criteria.top_smallest[criteria.distinct_enough])
    if distinct.size:
        axes.plot(distinct, np.arange(len(distinct), 0, -1), color=BLUE, lw=1.4, label="by both criteria")
    axes.axvline(settings.top_min, color=ORANGE, lw=0.9, ls=(0, (4, 2)), label=f"top_min = {settings.top_min:g}")
    axes.axhline(settings.count, color=QUIET, lw=0.6, ls=":", label=f"{settings.count} asked for")
    axes.set(title="e  Neurons that a lower top_min would let pass", xlabel="top_min", ylabel="neurons", yscale="log")
    _plain_powers(axes.yaxis)
    axes.legend(frameon=False, fontsize=7)


def _passing(axes: Axes, criteria: Criteria, settings: SelectionSettings, chosen: Sequence[int]) -> None:
    floor = _floor(criteria)
    bottom = _at_least(criteria.bottom_largest, floor)
    passes = criteria.passes
    picked = np.isin(np.arange(len(passes)), list(chosen))
    rng = np.random.default_rng(0)  # those at 0 would lie on one line: spread over a band of their own
    shown = np.where(criteria.bottom_largest <= 0, floor * 10 ** rng.uniform(-0.5, 0.3, len(bottom)), bottom)
    for some, colour, size, label in (
        (~passes, "#b4b4b4", 5, f"{int((~passes).sum())} fail"),
        (passes & ~picked, BLUE, 8, f"{int((passes & ~picked).sum())} more pass"),
        (picked, ORANGE, 18, f"{int(picked.sum())} chosen"),
    ):
        axes.scatter(criteria.top_smallest[some], shown[some], s=size, color=colour, lw=0, label=label)
    axes.axvline(settings.top_min, color=ORANGE, lw=0.9, ls=(0, (4, 2)))
    axes.set_yscale("log")
    _plain_powers(axes.yaxis)
    axes.set(
        title="f  Which neurons pass", xlabel=f"smallest of the top {settings.top_edge_num}",
        ylabel=f"largest of the bottom {settings.bottom_edge_num} (lowest band: 0)",
    )  # fmt: skip
    axes.legend(frameon=False, fontsize=7)


def _plain_powers(axis: Axis) -> None:
    """Numbers as they are written in a study file, a label at most for every second power of ten."""
    axis.set_major_locator(LogLocator(numticks=7))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_locator(NullLocator())


def _floor(criteria: Criteria) -> float:
    """Where zeros are drawn on a logarithmic axis: a decade below the least number there is."""
    positive = np.concatenate([criteria.bottom_largest, criteria.top_smallest])
    positive = positive[positive > 0]
    return float(positive.min()) / 10 if positive.size else 1e-6


def _at_least(values: np.ndarray, floor: float) -> np.ndarray:
    return np.maximum(values, floor)
