"""Agreement, drawn: correlations beside their ceilings, and calibration curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from ..conditions import Conditions
from ..report.drawing import COLUMN, FAINT, INK, PAGE, QUIET, chance_line, rows_of, wrapped

ACROSS = 3  # panels beside each other


def correlations(compared: Sequence[dict[str, Any]], conditions: Conditions) -> Figure:
    """Each observer's rank correlations with people by condition, over options and over questions, with ceilings."""
    names = list(dict.fromkeys(record["observer"] for record in compared))
    shown = conditions.in_order(record["experiment"] for record in compared)
    rows = -(-len(shown) // ACROSS)
    columns = -(-len(shown) // rows)
    width = COLUMN if columns == 1 else PAGE
    figure = Figure(figsize=(width, 0.75 + rows * (0.4 + 0.3 * len(names))), layout="constrained")
    axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    rows_of(axes[0], [wrapped(name, 24) for name in names])
    lowest = 0.0
    for k, (axis, name) in enumerate(zip(axes, shown, strict=False)):
        colour = conditions.look(name).colour
        axis.set_title(wrapped(conditions[name].label, 40), fontsize=7.5, pad=3)
        axis.spines["left"].set_visible(False)
        axis.tick_params(axis="y", length=0)
        axis.tick_params(axis="x", labelbottom=k + columns >= len(shown))
        chance_line(axis, 0)
        for record in (record for record in compared if record["experiment"] == name):
            place = names.index(record["observer"])
            for found, at, marker, face in (
                (record["options"], place - 0.15, "o", colour), (record["difficulty"], place + 0.17, "D", "white")
            ):  # fmt: skip
                if found is not None:
                    lowest = min(lowest, _one(axis, found, at, (marker, face, colour)))
    for axis in axes[len(shown) :]:
        axis.set_visible(False)
    axes[0].set_xlim(max(-1.03, lowest - 0.05), 1.03)
    figure.supxlabel("rank correlation with people (Spearman)", fontsize=8)
    figure.legend(
        handles=[
            Line2D([], [], marker="o", color=QUIET, markeredgecolor=INK, markersize=5, label="over options"),
            Line2D([], [], marker="D", color=QUIET, markerfacecolor="white", markeredgecolor=INK, markersize=4,
                   label="over questions"),
            Line2D([], [], marker="|", color="none", markeredgecolor=INK, markersize=8, markeredgewidth=1.2,
                   label="ceiling"),
        ],
        loc="outside upper left", ncols=3, frameon=False, fontsize=7, columnspacing=1.4, handletextpad=0.5,
    )  # fmt: skip
    return figure


def _one(axis: Axes, found: dict[str, Any], at: float, look: tuple[str, str, str]) -> float:
    """A correlation with its interval and ceiling; returns the lowest value drawn."""
    marker, face, line = look
    if found["spearman_interval"]:
        axis.plot(found["spearman_interval"], [at] * 2, color=line, linewidth=1.4, solid_capstyle="butt")
    axis.plot(found["spearman"], at, marker, color=face, markeredgecolor=INK, markersize=5 if marker == "o" else 4)
    if found["ceiling"] is not None:
        axis.plot(found["ceiling"], at, "|", color=INK, markersize=8, markeredgewidth=1.2)
    return min(found["spearman"], *(found["spearman_interval"] or []))


def curves(compared: Sequence[dict[str, Any]], conditions: Conditions) -> Figure:
    """Each observer's calibration: what it says against the share of people who picked, a line for each condition."""
    names = list(dict.fromkeys(record["observer"] for record in compared))
    shown = conditions.in_order(record["experiment"] for record in compared)
    rows = -(-len(names) // ACROSS)
    columns = -(-len(names) // rows)
    width = COLUMN if columns == 1 else PAGE
    figure = Figure(figsize=(width, 0.7 + rows * (width / columns if columns > 1 else 2.6)), layout="constrained")
    axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for k, (axis, observer) in enumerate(zip(axes, names, strict=False)):
        axis.plot([0, 1], [0, 1], color=FAINT, linewidth=1.2, zorder=0)
        for name in shown:
            for record in (r for r in compared if (r["observer"], r["experiment"]) == (observer, name)):
                _curve(axis, record["calibration"]["bins"], conditions, name)
        axis.set_title(wrapped(observer, 40), fontsize=7.5, pad=3)
        axis.set_aspect("equal")
        axis.tick_params(labelbottom=k + columns >= len(names))
    for axis in axes[len(names) :]:
        axis.set_visible(False)
    axes[0].set_xlim(-0.02, 1.02)
    axes[0].set_ylim(-0.02, 1.02)
    axes[0].xaxis.set_major_formatter(PercentFormatter(1))
    axes[0].yaxis.set_major_formatter(PercentFormatter(1))
    figure.supxlabel("the program’s probability that an option is picked", fontsize=8)
    figure.supylabel("people who picked it", fontsize=8)
    handles = [
        Line2D([], [], color=conditions.look(name).colour, marker=conditions.look(name).marker, markersize=4,
               markeredgecolor=INK, markeredgewidth=0.4, linewidth=0.9, label=conditions[name].label)
        for name in shown
    ]  # fmt: skip
    figure.legend(handles=handles, loc="outside upper left", ncols=min(4, len(shown)), frameon=False, fontsize=7,
                  columnspacing=1.4, handletextpad=0.5)  # fmt: skip
    return figure


def _curve(axis: Axes, bins: Sequence[dict[str, Any]], conditions: Conditions, name: int | str) -> None:
    look = conditions.look(name)
    x, y = [each["probability"] for each in bins], [each["rate"] for each in bins]
    for each in bins:
        axis.plot([each["probability"]] * 2, each["interval"], color=look.colour, linewidth=0.8, alpha=0.8)
    axis.plot(x, y, color=look.colour, linewidth=0.9, marker=look.marker, markersize=3.6, markeredgecolor=INK,
              markeredgewidth=0.4)  # fmt: skip
