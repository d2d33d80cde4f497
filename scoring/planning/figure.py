"""The trade-off between more people and more neurons, drawn: lines of equal power."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from ..report.drawing import INK, PAGE, QUIET
from .design import Design, power_of
from .plan import Aim

LEVELS = (0.5, 0.8, 0.9, 0.95)
_LINES = ("#9ecae1", "#4292c6", "#2171b5", "#08306b")  # darker is more, in grey as well
_POINTS = 36
_PEOPLE = (5, 1000)  # per condition


def tradeoff(aim: Aim, people: int | None) -> Figure:
    """Power for neurons like these over neurons (across) and people per condition (upwards), the aim's design marked.

    people: per set and condition of the design to be marked; None: no number of people has the wanted power.
    """
    count = len(aim.sizes)
    most_sets = max(32, 2 * aim.sets)
    sets = np.geomspace(1, most_sets, _POINTS)
    low, high = _PEOPLE
    if people is not None:
        high = max(high, 2 * people * aim.sets)
    heights = np.geomspace(low, high, _POINTS)
    parts = aim.parts()
    power = np.array([
        [power_of(parts, Design(s, count, max(p / s, 2)), aim.difference, aim.comparison, True) for s in sets]
        for p in heights
    ])  # fmt: skip
    possible = heights[:, None] >= 2 * sets
    power = np.where(possible, power, np.nan)
    figure = Figure(figsize=(0.72 * PAGE, 3.5), layout="constrained")
    axis = figure.subplots()
    levels = sorted({*LEVELS, aim.wanted})
    shades = np.round(np.linspace(0, len(_LINES) - 1, len(levels))).astype(int)
    colours = [_LINES[k] for k in shades]
    drawn = axis.contour(sets * count, heights, power, levels=levels, colors=colours,
                         linewidths=[2.2 if level == aim.wanted else 1.1 for level in levels])  # fmt: skip
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlim(count * 0.93, most_sets * count)
    axis.set_ylim(low, high)
    axis.clabel(drawn, fmt=lambda value: f"{100 * value:.0f} %", fontsize=7, inline_spacing=3,
                manual=_places(power, levels, sets * count, heights))  # fmt: skip
    axis.fill_between(sets * count, low, np.maximum(2 * sets, low), color="#f0f0f0", zorder=0, linewidth=0)
    axis.annotate("fewer than two people per set", (most_sets * count, low), (-4, 4), textcoords="offset points",
                  ha="right", va="bottom", fontsize=7, color=QUIET)  # fmt: skip
    numbers = [2**k for k in range(12) if 2**k <= most_sets]
    axis.xaxis.set_major_locator(FixedLocator([n * count for n in numbers]))
    axis.set_xticks([n * count for n in numbers], [f"{n * count}\n{n} {'sets' if n > 1 else 'set'}" for n in numbers])
    axis.xaxis.set_minor_locator(NullLocator())
    ticks = [n for n in (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000) if low <= n <= high]
    axis.set_yticks(ticks, [f"{n:,}" for n in ticks])
    axis.yaxis.set_minor_locator(NullLocator())
    axis.set_xlabel(f"neurons in the study ({count} asked of each participant)")
    axis.set_ylabel("participants in each condition")
    axis.set_title(
        f"Power to find a difference of {aim.difference * aim.possible:.3g} of {aim.possible} answers, "
        "for other people and other neurons", fontsize=8, pad=8,
    )  # fmt: skip
    if people is not None:
        axis.plot(aim.sets * count, people * aim.sets, "o", color="white", markeredgecolor=INK, markeredgewidth=1.2,
                  markersize=6, zorder=5, label=_marked(aim, people))  # fmt: skip
        axis.legend(loc="upper right", frameon=True, facecolor="white", framealpha=1, edgecolor="none", fontsize=7,
                    handletextpad=0.2, borderaxespad=0.3)  # fmt: skip
    _cost_axis(axis, aim)
    return figure


def _marked(aim: Aim, people: int) -> str:
    sets = "1 set" if aim.sets == 1 else f"{aim.sets} sets"
    return f"{sets} of {len(aim.sizes)} neurons,\n{people} people per set and condition"


def _places(
    power: np.ndarray, levels: list[float], across: np.ndarray, heights: np.ndarray
) -> list[tuple[float, float]]:
    """Where each line is named: as near the middle as it is there to be named."""
    places = []
    columns = sorted(range(len(across)), key=lambda k: abs(k - 0.45 * len(across)))
    for level in levels:
        for k in columns:
            known = ~np.isnan(power[:, k])
            column = power[known, k]
            if len(column) and column[0] < level < column[-1]:
                places.append((float(across[k]), float(np.exp(np.interp(level, column, np.log(heights[known]))))))
                break
    return places


def _cost_axis(axis, aim: Aim) -> None:
    """On the right: what so many participants in every condition cost."""
    each = aim.cost.minutes(aim.conditions, len(aim.sizes)) / 60  # hours of one participant in every condition
    right = axis.secondary_yaxis("right", functions=(lambda p: p * each, lambda hours: hours / each))
    low, high = (value * each for value in axis.get_ylim())
    ticks = [m * 10**k for k in range(-1, 6) for m in (1, 2, 5) if low <= m * 10**k <= high]
    right.set_yticks(ticks, [f"{hours:,.6g}" for hours in ticks])
    right.yaxis.set_minor_locator(NullLocator())
    right.spines["right"].set_visible(True)
    label = f"hours of all participants ({aim.conditions} conditions)"
    if aim.cost.rate is not None:
        money = [f"{hours * aim.cost.rate:,.0f} {aim.cost.currency}".strip() for hours in ticks]
        right.set_yticks(ticks, [f"{hours:,.6g}  ({pay})" for hours, pay in zip(ticks, money, strict=True)])
    right.set_ylabel(label)
