"""Figures of scores and participants: for a two-column paper, legible in grey and without red-green sight.

Each holds one to eight conditions, and gives them room rather than squeezing them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..conditions import Conditions
from .drawing import COLUMN, FAINT, INK, PAGE, QUIET, chance_line, difference_label, rows_of, wrapped

ONE_COLUMN = 4  # histograms above each other; more stand in two columns
TOGETHER = 6  # differences that are drawn below the means; more have a figure of their own


def histogram(
    results: dict[str, Any], participants: pd.DataFrame, chance: Sequence[float], conditions: Conditions
) -> Figure:
    """The paper's figure 8: how many participants found how many answers, each condition on the same axes.

    The grey steps are what the same number of blind participants would give.
    """
    entries = results["experiments"]
    columns = 1 if len(entries) <= ONE_COLUMN else 2
    rows = -(-len(entries) // columns)
    titles = [
        wrapped(f"{conditions[e['experiment']].label}: {e['name']} (n = {e['participants']})", 58) for e in entries
    ]
    lines = max(title.count("\n") for title in titles)
    figure = Figure(
        figsize=(COLUMN if columns == 1 else PAGE, 0.55 + (1.05 + 0.12 * lines) * rows), layout="constrained"
    )
    axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    totals = {
        e["experiment"]: participants.loc[participants["experiment"] == e["experiment"], "score"] for e in entries
    }
    counted = {e: np.bincount(s.round().astype(int), minlength=len(chance)) for e, s in totals.items()}
    highest = max(max(counts.max(), max(chance) * counts.sum()) for counts in counted.values())
    for axis, entry, title in zip(axes, entries, titles, strict=False):
        counts = counted[entry["experiment"]]
        _one_histogram(axis, counts, np.asarray(chance) * counts.sum(), conditions.look(entry["experiment"]).colour)
        axis.axvline(entry["mean"], color=INK, linewidth=1, zorder=4)
        axis.set_ylim(0, 1.28 * highest)
        right = entry["mean"] < 0.6 * len(chance)
        axis.annotate(
            f"mean {entry['mean']:.1f}", (entry["mean"], 1), (4 if right else -4, -1),
            xycoords=("data", "axes fraction"), textcoords="offset points", ha="left" if right else "right",
            va="top", fontsize=7,
        )  # fmt: skip
        axis.set_title(title, fontsize=7.5, pad=5)
        axis.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=3, min_n_ticks=2))
        axis.set_xlim(-0.7, len(chance) - 0.3)
    for axis in axes[len(entries) :]:
        axis.set_visible(False)
    for axis in axes[max(0, len(entries) - columns) : len(entries)]:
        axis.tick_params(labelbottom=True)
        axis.set_xlabel(f"correct answers of {len(chance) - 1}")
        axis.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=7))
    figure.supylabel("participants", fontsize=8)
    peak = int(np.argmax(chance))
    axes[0].annotate(
        "expected\nby chance", (peak - 2.5, 0.62 * max(chance) * counted[entries[0]["experiment"]].sum()), (-6, 6),
        textcoords="offset points", ha="right", va="center", fontsize=6.5, color=QUIET, linespacing=1.1,
    )  # fmt: skip
    return figure


def _one_histogram(axis: Axes, counts: np.ndarray, expected: np.ndarray, colour: str) -> None:
    edges = np.arange(len(counts) + 1) - 0.5
    axis.stairs(expected, edges, fill=True, color=FAINT, zorder=1)
    axis.bar(np.arange(len(counts)), counts, width=0.72, color=colour, edgecolor=INK, linewidth=0.5, zorder=2)
    axis.stairs(expected, edges, color=QUIET, linewidth=0.8, linestyle=(0, (2, 1.4)), zorder=3)


def forest(results: dict[str, Any], chance_mean: float, possible: int, conditions: Conditions) -> Figure:
    """Means with their two intervals, and below, where they are few, the differences between conditions."""
    entries, pairs = results["experiments"], differences_of(results)
    if len(pairs) > TOGETHER:
        pairs = []
    figure = Figure(figsize=(COLUMN, 0.95 + 0.32 * (len(entries) + len(pairs))), layout="constrained")
    if pairs:
        top, bottom = figure.subplots(2, 1, height_ratios=[len(entries) + 0.4, len(pairs) + 0.4])
        _differences(bottom, pairs)
    else:
        top = figure.subplots(1, 1)
    for row, entry in enumerate(entries):
        look = conditions.look(entry["experiment"])
        if entry["interval_crossed"]:
            top.plot(entry["interval_crossed"], [row] * 2, color=look.colour, linewidth=1.1, solid_capstyle="butt")
        if entry["interval"]:
            top.plot(entry["interval"], [row] * 2, color=look.colour, linewidth=3.6, solid_capstyle="butt")
        top.plot(entry["mean"], row, look.marker, color="white", markeredgecolor=INK, markersize=5)
    rows_of(top, [wrapped(conditions[entry["experiment"]].label, 20) for entry in entries])
    reach = [v for e in entries for v in [e["mean"], *(e["interval"] or []), *(e["interval_crossed"] or [])]] + [
        chance_mean
    ]
    pad = 0.06 * (max(reach) - min(reach) + 1)
    top.set_xlim(max(-0.3, min(reach) - pad), min(possible + 0.3, max(reach) + pad))
    chance_line(top, chance_mean)
    top.annotate("chance", (chance_mean, 1), (2, 1), xycoords=("data", "axes fraction"), textcoords="offset points",
                 fontsize=6.5, color=QUIET, va="bottom")  # fmt: skip
    top.set_xlabel(f"correct answers of {possible}")
    return figure


def differences_of(results: dict[str, Any]) -> list[dict[str, Any]]:
    """The planned contrasts, then what else was compared; each pair of conditions once."""
    planned = results["comparisons"]["planned"]
    return [*planned, *(pair for pair in results["comparisons"]["pairs"] if not pair["planned"])]


def differences(results: dict[str, Any]) -> Figure:
    """The differences between conditions, where they are too many to stand below the means."""
    pairs = differences_of(results)
    lines = sum(1 + difference_label(pair["experiments"], 26).count("\n") for pair in pairs)
    figure = Figure(figsize=(COLUMN, 0.55 + 0.19 * lines), layout="constrained")
    _differences(figure.subplots(), pairs)
    return figure


def kinds(records: Sequence[dict[str, Any]], chance_mean: float, possible: int, conditions: Conditions) -> Figure:
    """Means of neurons and of features in each condition, and below what features have more; with their intervals."""
    rows = [(record["experiment"], each) for record in records for each in record["kinds"]]
    figure = Figure(figsize=(COLUMN, 1.1 + 0.26 * len(rows) + 0.3 * len(records)), layout="constrained")
    top, bottom = figure.subplots(2, 1, height_ratios=[len(rows) + 0.4, len(records) + 0.4])
    for row, (experiment, each) in enumerate(rows):
        look = conditions.look(experiment)
        if each["interval"]:
            top.plot(each["interval"], [row] * 2, color=look.colour, linewidth=1.6, solid_capstyle="butt")
        if each["mean"] is not None:
            filled = look.colour if each["kind"] == "feature" else "white"
            top.plot(each["mean"], row, look.marker, color=filled, markeredgecolor=INK, markersize=5)
    rows_of(top, [f"{experiment}: {each['kind']}s" for experiment, each in rows])
    chance_line(top, chance_mean)
    top.annotate("chance", (chance_mean, 1), (2, 1), xycoords=("data", "axes fraction"), textcoords="offset points",
                 fontsize=6.5, color=QUIET, va="bottom")  # fmt: skip
    top.set_xlabel(f"correct answers of {possible}")
    for row, record in enumerate(records):
        if found := record["difference"]:
            bottom.plot(found["interval"], [row] * 2, color=INK, linewidth=1.6, solid_capstyle="butt")
            bottom.plot(found["difference"], row, "o", color="white", markeredgecolor=INK, markersize=4.5)
    rows_of(bottom, [wrapped(conditions[record["experiment"]].label, 20) for record in records])
    chance_line(bottom, 0)
    bottom.set_xlabel("features less neurons, correct answers")
    return figure


def observers(
    records: Sequence[dict[str, Any]],
    results: dict[str, Any],
    chance_mean: float,
    possible: int,
    conditions: Conditions,
) -> Figure:
    """Each observer's mean score by condition, with its interval over questions, below people's own, with chance."""
    names = list(dict.fromkeys(record["observer"] for record in records))
    shown = conditions.in_order(record["experiment"] for record in records)
    people = {entry["experiment"]: entry for entry in results["experiments"] if entry["experiment"] in shown}
    labels = [*(["people"] if people else []), *(wrapped(name, 24) for name in names)]
    rows = -(-len(shown) // 3)
    columns = -(-len(shown) // rows)
    width = COLUMN if columns == 1 else PAGE
    figure = Figure(figsize=(width, 0.45 + rows * (0.5 + 0.21 * len(labels))), layout="constrained")
    axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    rows_of(axes[0], labels)
    axes[0].set_ylim(len(labels), -0.6)  # the last row leaves room for the word at the line of chance
    for k, (axis, name) in enumerate(zip(axes, shown, strict=False)):
        look = conditions.look(name)
        axis.set_title(wrapped(conditions[name].label, 40), fontsize=7.5, pad=3)
        axis.spines["left"].set_visible(False)
        axis.tick_params(axis="y", length=0)
        axis.tick_params(axis="x", labelbottom=k + columns >= len(shown))
        chance_line(axis, chance_mean)
        if name in people:
            axis.axhline(0.5, color=FAINT, linewidth=0.8, zorder=0)
            if people[name]["interval"]:
                axis.plot(people[name]["interval"], [0, 0], color=look.colour, linewidth=3.6, solid_capstyle="butt")
            axis.plot(people[name]["mean"], 0, look.marker, color=look.colour, markeredgecolor=INK, markersize=5.5)
        for record in (record for record in records if record["experiment"] == name):
            place = names.index(record["observer"]) + bool(people)
            if record["interval"]:
                axis.plot(record["interval"], [place] * 2, color=QUIET, linewidth=1, solid_capstyle="butt")
            axis.plot(record["mean"], place, "o", color="white", markeredgecolor=INK, markersize=4.5)
    for axis in axes[len(shown) :]:
        axis.set_visible(False)
    axes[0].set_xlim(-0.02 * possible, 1.02 * possible)
    axes[0].xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6, steps=[1, 2, 5, 10]))
    axes[0].annotate("chance", (chance_mean, 0), (2, 2), xycoords=("data", "axes fraction"), fontsize=6.5,
                     textcoords="offset points", color=QUIET, va="bottom")  # fmt: skip
    figure.supxlabel(f"correct answers of {possible}", fontsize=8)
    return figure


def _differences(axis: Axes, pairs: Sequence[dict[str, Any]]) -> None:
    """One row each; a filled marker where the contrast was planned. Simultaneous intervals are thin."""
    for row, pair in enumerate(pairs):
        if pair.get("interval_simultaneous"):
            axis.plot(pair["interval_simultaneous"], [row] * 2, color=INK, linewidth=0.7, solid_capstyle="butt")
        if pair["interval"]:
            axis.plot(pair["interval"], [row] * 2, color=INK, linewidth=1.6, solid_capstyle="butt")
        if pair["difference"] is not None:
            filled = INK if pair["planned"] else "white"
            axis.plot(pair["difference"], row, "o", color=filled, markeredgecolor=INK, markersize=4.5)
    rows_of(axis, [difference_label(pair["experiments"], 26) for pair in pairs])
    if any(pair["planned"] for pair in pairs):
        axis.annotate("filled: planned", (1, 1), (0, 1), xycoords="axes fraction", textcoords="offset points",
                      fontsize=6.5, color=QUIET, ha="right", va="bottom")  # fmt: skip
    chance_line(axis, 0)
    axis.set_xlabel("difference of means, correct answers")


def flow_chart(flow: dict[str, Any], conditions: Conditions) -> Figure:
    """From the files that arrived to the participants analysed in each condition, as flow diagrams of trials are.

    Coordinates are inches; steps stand on the left, what left the study beside them, conditions below in rows.
    """
    groups = flow["conditions"]
    columns = min(len(groups), 4)
    rows, width = -(-len(groups) // columns), max(4.4, 1.75 * columns)
    several = any(len(group["sets"]) > 1 for group in groups)
    step, tall = 0.85, 0.85 if several else 0.7
    figure = Figure(figsize=(width, 0.4 + 2 * step + 0.55 + tall * rows), layout="constrained")
    axis = figure.subplots()
    axis.set_xlim(0, width)
    axis.set_ylim(-0.4 - tall * rows, 2 * step + 0.3)
    axis.axis("off")
    lost = [f"{part['files']} {part['reason']}" for part in flow["not_used"]]
    lost += [f"{flow['observers']} of observers, reported apart"] if flow["observers"] else []
    lost += [f"{flow['unfinished']} sessions not finished, counted apart"] if flow["unfinished"] else []
    excluded = [f"{part['participants']} {part['in_words']}" for part in flow["excluded"]]
    main = 0.27 * width
    analysed = sum(group["analysed"] for group in groups)
    texts = [f"{flow['files']} files arrived", f"{flow['participants']} participants", f"{analysed} analysed"]
    for k, text in enumerate(texts):
        _box(axis, main, (2 - k) * step, text)
    for k, (removed, title) in enumerate(((lost, "Files not used"), (excluded, "Excluded by declared rules"))):
        upper, between_steps = (2 - k) * step, (1.5 - k) * step
        axis.annotate("", (main, upper - step + 0.14), (main, upper - 0.14), arrowprops=_ARROW)
        axis.annotate("", (0.5 * width, between_steps), (main, between_steps), arrowprops=_ARROW)
        lines = [wrapped(line, 34) for line in removed] or ["none"]
        axis.text(0.51 * width, between_steps, "\n".join([f"{title}:", *lines]), ha="left", va="center", fontsize=6.5,
                  linespacing=1.25)  # fmt: skip
    for row in range(rows):
        own = groups[columns * row : columns * (row + 1)]
        centres = [(k + 0.5) * width / columns for k in range(len(own))]
        bus = -0.3 - tall * row
        for group, x in zip(own, centres, strict=True):
            axis.plot([x, x], [bus, bus - 0.15], color=QUIET, linewidth=0.7, zorder=0)
            _box(axis, x, bus - 0.1 - tall / 2.4, _group_text(group, conditions), 7,
                 conditions.look(group["experiment"]).colour)  # fmt: skip
        axis.plot([0.03 if rows > 1 else min(main, *centres), max(main if row == 0 else 0, *centres)], [bus] * 2,
                  color=QUIET, linewidth=0.7, zorder=0)  # fmt: skip
    axis.plot([main, main], [-0.14, -0.3], color=QUIET, linewidth=0.7, zorder=0)
    if rows > 1:
        axis.plot([0.03, 0.03], [-0.3, -0.3 - tall * (rows - 1)], color=QUIET, linewidth=0.7, zorder=0)
    return figure


def _group_text(group: dict[str, Any], conditions: Conditions) -> str:
    text = f"{wrapped(conditions[group['experiment']].label, 26)}\n{group['analysed']} of {group['participants']}"
    sets = [each["analysed"] for each in group["sets"]]
    if len(sets) < 2:
        return text
    spread = f"{min(sets)}" if min(sets) == max(sets) else f"{min(sets)} to {max(sets)}"
    return f"{text}\n{len(sets)} sets, {spread} each"


_ARROW = {"arrowstyle": "-|>", "color": QUIET, "linewidth": 0.7, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 6}


def _box(axis: Axes, x: float, y: float, text: str, size: float = 7.5, edge: str = QUIET) -> None:
    box = {"boxstyle": "round,pad=0.45,rounding_size=0.15", "facecolor": "white", "edgecolor": edge}
    axis.text(x, y, text, ha="center", va="center", fontsize=size, linespacing=1.25,
              bbox={**box, "linewidth": 0.8 if edge == QUIET else 1.6})  # fmt: skip
