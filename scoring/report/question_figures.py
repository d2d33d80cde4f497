"""Figures of questions and their neurons: what is found, how surely, when in the session, and the words for it."""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from ..conditions import Conditions
from .drawing import COLUMN, FAINT, INK, PAGE, QUIET, chance_line, wrapped

ROWS = 24  # questions of a heat map in one block; more go on in the next
MOST_CELLS = 120  # questions above which a heat map cannot be read
MOST_WORDS = 24  # questions above which words are left to the table
OVERLAID = 3  # learning curves in one picture; more have one each
ACROSS = 4  # conditions side by side


def heat_map(results: dict[str, Any], chance_share: float, conditions: Conditions) -> Figure:
    """Share of answers found, question by condition; many questions in blocks beside each other."""
    experiments = [entry["experiment"] for entry in results["experiments"]]
    items = results["items"]
    questions = list(dict.fromkeys(item["question_id"] for item in items))
    neurons = {item["question_id"]: item["neuron"] for item in items}
    table = np.full((len(questions), len(experiments)), np.nan)
    place = {question: k for k, question in enumerate(questions)}
    for item in items:
        if item["accuracy"] is not None:
            table[place[item["question_id"]], experiments.index(item["experiment"])] = item["accuracy"]
    blocks = max(1, -(-len(questions) // ROWS))
    rows = -(-len(questions) // blocks)
    width = min(PAGE, max(COLUMN, blocks * (1.15 + 0.27 * len(experiments)) + 0.5))
    names = [f"exp. {e}" if isinstance(e, int) else wrapped(e, 16) for e in experiments]
    slanted = len(experiments) > 4 or blocks > 1 or max(map(len, names)) > 8
    figure = Figure(figsize=(width, 0.8 + 0.22 * rows + 0.35 * slanted), layout="constrained")
    axes = figure.subplots(1, blocks, squeeze=False)[0]
    # One lightness ramp: what is darker is better found, in colour and in grey alike.
    ramp = matplotlib.colors.LinearSegmentedColormap.from_list("found", ["#f7fbff", "#9ecae1", "#3182bd", "#08306b"])
    for k, axis in enumerate(axes):
        part = slice(k * rows, (k + 1) * rows)
        word = "neuron " if blocks == 1 else ""
        labels = [q if neurons[q] is None else f"{q}  ({word}{neurons[q]})" for q in questions[part]]
        image = _block(axis, table[part], labels, names, ramp, slanted)
        axis.set_ylim(rows - 0.5, -0.5)  # the last block may be shorter
    bar = figure.colorbar(image, ax=axes, shrink=0.9, aspect=24, pad=0.03)
    bar.set_ticks([0, chance_share, 1], labels=["0", f"{100 * chance_share:.0f} chance", "100"])
    bar.outline.set_visible(False)
    bar.ax.axhline(chance_share, color=INK, linewidth=0.8)
    axes[0].set_title("answers found, %", fontsize=8)
    return figure


def _block(axis: Axes, table: np.ndarray, labels: list[str], names: list[str], ramp: Any, slanted: bool) -> Any:
    image = axis.imshow(table, cmap=ramp, vmin=0, vmax=1, aspect="auto")
    for (row, column), value in np.ndenumerate(table):
        if not np.isnan(value):
            axis.text(column, row, f"{100 * value:.0f}", ha="center", va="center", fontsize=7,
                      color="white" if value > 0.55 else INK)  # fmt: skip
    axis.set_xticks(range(len(names)), names)
    if slanted:
        axis.tick_params(axis="x", labelrotation=90)
    axis.set_yticks(range(len(labels)), labels)
    axis.tick_params(length=0)
    for spine in axis.spines.values():
        spine.set_visible(False)
    axis.set_xticks(np.arange(len(names) + 1) - 0.5, minor=True)
    axis.set_yticks(np.arange(len(labels) + 1) - 0.5, minor=True)
    axis.grid(which="minor", color="white", linewidth=1.2)
    axis.tick_params(which="minor", length=0)
    return image


def neurons(results: dict[str, Any], chance_share: float, conditions: Conditions) -> Figure:
    """Each neuron's shrunken estimate with its interval, and its raw share; the best found first, by condition."""
    entries = results["experiments"]
    columns = min(len(entries), 2)
    rows = -(-len(entries) // columns)
    figure = Figure(figsize=(COLUMN if columns == 1 else PAGE, 0.45 + 1.5 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, sharey=True, squeeze=False).ravel()
    for axis, entry in zip(axes, entries, strict=False):
        look = conditions.look(entry["experiment"])
        own = [i for i in results["items"] if i["experiment"] == entry["experiment"] and i["estimate"] is not None]
        own.sort(key=lambda item: item["rank"])
        x = np.arange(1, len(own) + 1)
        thin = len(own) > 40
        for place, item in zip(x, own, strict=True):
            axis.plot([place] * 2, item["estimate_interval"], color=look.colour, linewidth=0.9 if thin else 1.8,
                      solid_capstyle="butt", zorder=2)  # fmt: skip
        axis.plot(x, [item["accuracy"] for item in own], "_", color=QUIET, markersize=3 if thin else 6,
                  markeredgewidth=0.8, zorder=3)  # fmt: skip
        axis.plot(x, [item["estimate"] for item in own], look.marker, color=look.colour, markeredgecolor=INK,
                  markeredgewidth=0.4, markersize=2.6 if thin else 4.2, linestyle="none", zorder=4)  # fmt: skip
        axis.set_title(wrapped(conditions[entry["experiment"]].label, 40), fontsize=7.5, pad=3)
        axis.set_xlim(0.3, len(own) + 0.7)
        if len(own) <= 12:
            axis.set_xticks(x, [item["question_id"] for item in own])
        else:
            axis.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
        chance_line(axis, chance_share, horizontal=True)
        axis.set_ylim(0, 1.02)
        axis.yaxis.set_major_formatter(PercentFormatter(1))
    for axis in axes[len(entries) :]:
        axis.set_visible(False)
    figure.supxlabel("neurons, the best found first", fontsize=8)
    figure.supylabel("answers found", fontsize=8)
    return figure


def learning_curve(
    results: dict[str, Any], trials: pd.DataFrame, chance_share: float, conditions: Conditions
) -> Figure:
    """Share of answers found at each place in the order of questions, with the interval of two standard errors.

    A few conditions share one picture; of more each has its own, with the others faint behind it.
    """
    entries = results["experiments"]
    share = trials.assign(share=trials["matched"] / trials["possible"])
    curves = {}
    for entry in entries:
        by_place = share[share["experiment"] == entry["experiment"]].groupby("position")["share"]
        curves[entry["experiment"]] = by_place.mean(), by_place.sem().fillna(0)
    apart = len(entries) > OVERLAID
    columns = min(len(entries), ACROSS) if apart else 1
    rows = -(-len(entries) // columns) if apart else 1
    size = (PAGE, 0.45 + 1.25 * rows) if apart else (COLUMN, 2.1)
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for k, entry in enumerate(entries):
        axis, look = axes[k if apart else 0], conditions.look(entry["experiment"])
        mean, error = curves[entry["experiment"]]
        if apart:
            for other, (values, _) in curves.items():
                if other != entry["experiment"]:
                    axis.plot(values.index, values, color=FAINT, linewidth=0.7, zorder=1)
        x = mean.index + (0 if apart else 0.09 * (k - (len(entries) - 1) / 2))
        axis.errorbar(x, mean, 2 * error, color=look.colour, linewidth=0.9, elinewidth=0.7, marker=look.marker,
                      markersize=4, markeredgecolor=INK, markeredgewidth=0.5,
                      label=conditions[entry["experiment"]].label)  # fmt: skip
        if apart:
            axis.set_title(wrapped(conditions[entry["experiment"]].label, 24), fontsize=7.5, pad=3)
    for k, axis in enumerate(axes):
        if apart and k >= len(entries):
            axis.set_visible(False)
        if k + columns >= len(entries):
            axis.tick_params(labelbottom=True)
        chance_line(axis, chance_share, horizontal=True)
    axes[0].annotate("chance", (1, chance_share), (-1, -2), xycoords=("axes fraction", "data"), ha="right", va="top",
                     textcoords="offset points", fontsize=6.5, color=QUIET)  # fmt: skip
    axes[0].set_ylim(0, 1.02)
    axes[0].yaxis.set_major_formatter(PercentFormatter(1))
    axes[0].xaxis.set_major_locator(MaxNLocator(integer=True))
    if apart:
        figure.supxlabel("place of the question in the session", fontsize=8)
        figure.supylabel("answers found", fontsize=8)
    else:
        axes[0].set_xlabel("place of the question in the session")
        axes[0].set_ylabel("answers found")
        axes[0].legend(frameon=False, fontsize=7, ncols=len(entries), loc="lower center", bbox_to_anchor=(0.5, 1),
                       columnspacing=1.2, handletextpad=0.4, borderaxespad=0.2)  # fmt: skip
    return figure


def concept_chart(results: dict[str, Any], conditions: Conditions, part: int = 0, most: int = 3) -> Figure:
    """The paper's figure 9: the commonest words of each question; many conditions in parts of ACROSS at most."""
    entries = {(row["question_id"], row["experiment"]): row for row in results["concepts"] if row["words"]}
    experiments = [entry["experiment"] for entry in results["experiments"]]
    own = -(-len(experiments) // -(-len(experiments) // ACROSS))  # as many in each part, as far as they go
    experiments = experiments[own * part : own * (part + 1)]
    questions = list(dict.fromkeys(row["question_id"] for row in results["concepts"]))
    figure = Figure(figsize=(PAGE, 0.5 + 0.5 * len(questions)), layout="constrained")
    axes = figure.subplots(len(questions), len(experiments), sharex=True, squeeze=False)
    letters = 24 if len(experiments) < ACROSS else 18
    for q, question in enumerate(questions):
        for e, experiment in enumerate(experiments):
            axis = axes[q, e]
            row = entries.get((question, experiment))
            words = row["words"][:most] if row else []
            shares = [word["participants"] / row["participants"] for word in words] if row else []
            axis.barh(range(len(words)), shares, height=0.8, color=conditions.look(experiment).colour, alpha=0.4)
            for k, (word, share) in enumerate(zip(words, shares, strict=True)):
                axis.text(0.012, k, word["word"][:letters], va="center", fontsize=7)
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
                axis.set_title(wrapped(conditions[experiment].label, 24), fontsize=8)
    figure.supxlabel("share of those who wrote something for the question; a full bar would be everybody", fontsize=8)
    return figure
