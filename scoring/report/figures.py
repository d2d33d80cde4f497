"""The figures of the report: for a two-column paper, legible in grey and without red-green sight."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..conditions import Conditions

COLUMN, PAGE = 3.4, 7.0  # inches: one column and the whole width of a two-column page
INK, QUIET, FAINT = "#1a1a1a", "#5c5c5c", "#d9d9d9"
_FONTS = ("Noto Sans CJK KR", "Noto Sans KR", "NanumGothic", "Malgun Gothic", "Apple SD Gothic Neo", "AppleGothic")


@contextmanager
def _style():
    known = {font.name for font in font_manager.fontManager.ttflist}
    fonts = ["DejaVu Sans", *(name for name in _FONTS if name in known)]
    settings = {
        "font.family": fonts, "font.size": 8, "axes.titlesize": 8, "axes.labelsize": 8, "xtick.labelsize": 7,
        "ytick.labelsize": 7, "axes.edgecolor": QUIET, "axes.labelcolor": INK, "text.color": INK, "xtick.color": QUIET,
        "ytick.color": QUIET, "xtick.labelcolor": INK, "ytick.labelcolor": INK, "axes.linewidth": 0.6,
        "xtick.major.width": 0.6, "ytick.major.width": 0.6, "xtick.major.size": 2.5, "ytick.major.size": 2.5,
        "axes.spines.top": False, "axes.spines.right": False, "svg.fonttype": "none", "svg.hashsalt": "imetric",
        "text.parse_math": False, "axes.titlelocation": "left", "axes.unicode_minus": True,
    }  # fmt: skip
    with matplotlib.rc_context(settings):
        yield


def png(draw: Callable[[], Figure]) -> bytes:
    """A figure at 300 dots per inch."""
    return _bytes(draw, "png")


def svg(draw: Callable[[], Figure]) -> bytes:
    """A figure as SVG with its text as text."""
    return _bytes(draw, "svg")


def _bytes(draw: Callable[[], Figure], kind: str) -> bytes:
    with _style():
        figure = draw()
        canvas = FigureCanvasAgg(figure) if kind == "png" else FigureCanvasSVG(figure)
        file = io.BytesIO()
        metadata = {"Software": None} if kind == "png" else {"Date": None, "Creator": None}
        canvas.print_figure(
            file, format=kind, dpi=300, facecolor="white", bbox_inches="tight", pad_inches=0.04, metadata=metadata
        )
    return file.getvalue()


def files_of(drawings: Mapping[str, Callable[[], Figure]]) -> tuple[dict[str, bytes], dict[str, str]]:
    """Figures by name -> their files (figures/NAME.svg and .png), and their SVG as data addresses by name."""
    files: dict[str, bytes] = {}
    addresses = {}
    for name, draw in drawings.items():
        files[f"figures/{name}.svg"], files[f"figures/{name}.png"] = svg(draw), png(draw)
        addresses[name] = "data:image/svg+xml;base64," + base64.b64encode(files[f"figures/{name}.svg"]).decode()
    return files, addresses


def histogram(
    results: dict[str, Any], participants: pd.DataFrame, chance: Sequence[float], conditions: Conditions
) -> Figure:
    """The paper's figure 8: how many participants found how many answers, each experiment on the same axes.

    The grey steps are what the same number of blind participants would give.
    """
    entries = results["experiments"]
    figure = Figure(figsize=(COLUMN, 0.55 + 1.05 * len(entries)), layout="constrained")
    axes = figure.subplots(len(entries), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    values = np.arange(len(chance))
    totals = {
        e["experiment"]: participants.loc[participants["experiment"] == e["experiment"], "score"] for e in entries
    }
    counted = {e: np.bincount(s.round().astype(int), minlength=len(chance)) for e, s in totals.items()}
    highest = max(max(counts.max(), max(chance) * counts.sum()) for counts in counted.values())
    for axis, entry in zip(axes, entries, strict=True):
        colour = conditions.look(entry["experiment"]).colour
        counts = counted[entry["experiment"]]
        expected = np.asarray(chance) * counts.sum()
        axis.stairs(expected, np.arange(len(chance) + 1) - 0.5, fill=True, color=FAINT, zorder=1)
        axis.bar(values, counts, width=0.72, color=colour, edgecolor=INK, linewidth=0.5, zorder=2)
        axis.stairs(
            expected, np.arange(len(chance) + 1) - 0.5, color=QUIET, linewidth=0.8, linestyle=(0, (2, 1.4)), zorder=3
        )
        axis.axvline(entry["mean"], color=INK, linewidth=1, zorder=4)
        axis.set_ylim(0, 1.28 * highest)
        right = entry["mean"] < 0.6 * len(chance)
        axis.annotate(
            f"mean {entry['mean']:.1f}", (entry["mean"], 1), (4 if right else -4, -1),
            xycoords=("data", "axes fraction"), textcoords="offset points", ha="left" if right else "right",
            va="top", fontsize=7,
        )  # fmt: skip
        label = conditions[entry["experiment"]].label
        axis.set_title(f"{label}: {entry['name']} (n = {entry['participants']})", fontsize=7.5, pad=5)
        axis.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=3, min_n_ticks=2))
        axis.set_xlim(-0.7, len(chance) - 0.3)
    axes[-1].set_xlabel(f"correct answers of {len(chance) - 1}")
    axes[-1].xaxis.set_major_locator(MaxNLocator(integer=True, nbins=7))
    figure.supylabel("participants", fontsize=8)
    peak = int(np.argmax(chance))
    axes[0].annotate(
        "expected\nby chance", (peak - 2.5, 0.62 * max(chance) * counted[entries[0]["experiment"]].sum()), (-6, 6),
        textcoords="offset points", ha="right", va="center", fontsize=6.5, color=QUIET, linespacing=1.1,
    )  # fmt: skip
    return figure


def forest(results: dict[str, Any], chance_mean: float, possible: int, conditions: Conditions) -> Figure:
    """Means with their two intervals, and the differences between experiments, each on its own axis."""
    entries, pairs = results["experiments"], results["comparisons"]["pairs"]
    figure = Figure(figsize=(COLUMN, 0.95 + 0.32 * (len(entries) + len(pairs))), layout="constrained")
    if pairs:
        top, bottom = figure.subplots(2, 1, height_ratios=[len(entries) + 0.4, len(pairs) + 0.4])
    else:
        top, bottom = figure.subplots(1, 1), None
    for row, entry in enumerate(entries):
        look = conditions.look(entry["experiment"])
        if entry["interval_crossed"]:
            top.plot(entry["interval_crossed"], [row] * 2, color=look.colour, linewidth=1.1, solid_capstyle="butt")
        if entry["interval"]:
            top.plot(entry["interval"], [row] * 2, color=look.colour, linewidth=3.6, solid_capstyle="butt")
        top.plot(entry["mean"], row, look.marker, color="white", markeredgecolor=INK, markersize=5)
    _rows(top, [conditions[entry["experiment"]].label for entry in entries])
    reach = [v for e in entries for v in [e["mean"], *(e["interval"] or []), *(e["interval_crossed"] or [])]] + [
        chance_mean
    ]
    pad = 0.06 * (max(reach) - min(reach) + 1)
    top.set_xlim(max(-0.3, min(reach) - pad), min(possible + 0.3, max(reach) + pad))
    top.axvline(chance_mean, color=QUIET, linewidth=0.8, linestyle=(0, (2, 1.4)), zorder=0)
    top.annotate("chance", (chance_mean, 1), (2, 1), xycoords=("data", "axes fraction"), textcoords="offset points",
                 fontsize=6.5, color=QUIET, va="bottom")  # fmt: skip
    top.set_xlabel(f"correct answers of {possible}")
    if bottom is not None:
        for row, pair in enumerate(pairs):
            if pair["interval"]:
                bottom.plot(pair["interval"], [row] * 2, color=INK, linewidth=1.6, solid_capstyle="butt")
            bottom.plot(pair["difference"], row, "o", color="white", markeredgecolor=INK, markersize=4.5)
        _rows(bottom, ["{1} − {0}".format(*pair["experiments"]) for pair in pairs])
        bottom.axvline(0, color=QUIET, linewidth=0.8, linestyle=(0, (2, 1.4)), zorder=0)
        bottom.set_xlabel("difference of means, correct answers")
    return figure


def _rows(axis: Axes, labels: Sequence[str]) -> None:
    axis.set_yticks(range(len(labels)), labels)
    axis.set_ylim(len(labels) - 0.4, -0.6)
    axis.tick_params(axis="y", length=0)
    axis.spines["left"].set_visible(False)


def heat_map(results: dict[str, Any], chance_share: float, conditions: Conditions) -> Figure:
    """Share of answers found, question by experiment."""
    experiments = [entry["experiment"] for entry in results["experiments"]]
    items = results["items"]
    questions = list(dict.fromkeys(item["question_id"] for item in items))
    neurons = {item["question_id"]: item["neuron"] for item in items}
    table = np.full((len(questions), len(experiments)), np.nan)
    for item in items:
        if item["accuracy"] is not None:
            table[questions.index(item["question_id"]), experiments.index(item["experiment"])] = item["accuracy"]
    figure = Figure(figsize=(COLUMN, 0.8 + 0.22 * len(questions)), layout="constrained")
    axis = figure.subplots()
    # One lightness ramp: what is darker is better found, in colour and in grey alike.
    ramp = matplotlib.colors.LinearSegmentedColormap.from_list("found", ["#f7fbff", "#9ecae1", "#3182bd", "#08306b"])
    image = axis.imshow(table, cmap=ramp, vmin=0, vmax=1, aspect="auto")
    for (row, column), value in np.ndenumerate(table):
        if not np.isnan(value):
            axis.text(column, row, f"{100 * value:.0f}", ha="center", va="center", fontsize=7,
                      color="white" if value > 0.55 else INK)  # fmt: skip
    axis.set_xticks(range(len(experiments)), [f"exp. {e}" if isinstance(e, int) else e for e in experiments])
    labels = [q if neurons[q] is None else f"{q}  (neuron {neurons[q]})" for q in questions]
    axis.set_yticks(range(len(questions)), labels)
    axis.tick_params(length=0)
    for spine in axis.spines.values():
        spine.set_visible(False)
    axis.set_xticks(np.arange(len(experiments) + 1) - 0.5, minor=True)
    axis.set_yticks(np.arange(len(questions) + 1) - 0.5, minor=True)
    axis.grid(which="minor", color="white", linewidth=1.2)
    axis.tick_params(which="minor", length=0)
    bar = figure.colorbar(image, ax=axis, shrink=0.9, aspect=24, pad=0.03)
    bar.set_ticks([0, chance_share, 1], labels=["0", f"{100 * chance_share:.0f} chance", "100"])
    bar.outline.set_visible(False)
    bar.ax.axhline(chance_share, color=INK, linewidth=0.8)
    axis.set_title("answers found, %", fontsize=8)
    return figure


def learning_curve(
    results: dict[str, Any], trials: pd.DataFrame, chance_share: float, conditions: Conditions
) -> Figure:
    """Share of answers found at each place in the order of questions, with the interval of two standard errors."""
    figure = Figure(figsize=(COLUMN, 2.1), layout="constrained")
    axis = figure.subplots()
    share = trials.assign(share=trials["matched"] / trials["possible"])
    for k, entry in enumerate(results["experiments"]):
        look = conditions.look(entry["experiment"])
        by_place = share[share["experiment"] == entry["experiment"]].groupby("position")["share"]
        mean, error = by_place.mean(), by_place.sem().fillna(0)
        x = mean.index + 0.09 * (k - (len(results["experiments"]) - 1) / 2)
        axis.errorbar(x, mean, 2 * error, color=look.colour, linewidth=0.9, elinewidth=0.7, marker=look.marker,
                      markersize=4, markeredgecolor=INK, markeredgewidth=0.5,
                      label=conditions[entry["experiment"]].label)  # fmt: skip
    axis.axhline(chance_share, color=QUIET, linewidth=0.8, linestyle=(0, (2, 1.4)), zorder=0)
    axis.annotate("chance", (1, chance_share), (-1, -2), xycoords=("axes fraction", "data"), ha="right", va="top",
                  textcoords="offset points", fontsize=6.5, color=QUIET)  # fmt: skip
    axis.set_ylim(0, 1.02)
    axis.yaxis.set_major_formatter(matplotlib.ticker.PercentFormatter(1))
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.set_xlabel("place of the question in the session")
    axis.set_ylabel("answers found")
    axis.legend(frameon=False, fontsize=7, ncols=len(results["experiments"]), loc="lower center",
                bbox_to_anchor=(0.5, 1), columnspacing=1.2, handletextpad=0.4, borderaxespad=0.2)  # fmt: skip
    return figure


def concept_chart(results: dict[str, Any], conditions: Conditions, most: int = 3) -> Figure:
    """The paper's figure 9: the commonest words of each question and experiment; somebody wrote one."""
    entries = {(row["question_id"], row["experiment"]): row for row in results["concepts"] if row["words"]}
    experiments = [entry["experiment"] for entry in results["experiments"]]
    questions = list(dict.fromkeys(row["question_id"] for row in results["concepts"]))
    figure = Figure(figsize=(PAGE, 0.5 + 0.5 * len(questions)), layout="constrained")
    axes = figure.subplots(len(questions), len(experiments), sharex=True, squeeze=False)
    for q, question in enumerate(questions):
        for e, experiment in enumerate(experiments):
            axis = axes[q, e]
            row = entries.get((question, experiment))
            words = row["words"][:most] if row else []
            shares = [word["participants"] / row["participants"] for word in words] if row else []
            axis.barh(range(len(words)), shares, height=0.8, color=conditions.look(experiment).colour, alpha=0.4)
            for k, (word, share) in enumerate(zip(words, shares, strict=True)):
                axis.text(0.012, k, word["word"][:24], va="center", fontsize=7)
                axis.text(1.11, k, f"{100 * share:.0f} %", va="center", ha="right", fontsize=6.5, color=QUIET)
            axis.set_ylim(most - 0.4, -0.6)
            axis.set_xlim(0, 1.12)
            axis.set_yticks([])
            axis.spines[:].set_visible(False)
            axis.axvline(0, color=QUIET, linewidth=0.6)
            axis.tick_params(axis="x", length=0, labelbottom=False)
            if e == 0:
                axis.set_ylabel(question, rotation=0, ha="right", va="center", labelpad=6)
            if q == 0:
                axis.set_title(conditions[experiment].label, fontsize=8)
    figure.supxlabel("share of those who wrote something for the question; a full bar would be everybody", fontsize=8)
    return figure
