"""What a study wants to find -> how many people it takes, of which design, at what cost: one plain dictionary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..errors import ScoringError
from .cost import Cost
from .design import Comparison, Design, false_alarms, people_needed, power_of
from .variances import Components, Spreads, components

FORMAT = "imetric-power/1"
PAPER_BASELINE = 13.7 / 30  # share of answers found: feature visualization alone in the paper
SETS = (1, 2, 4, 8, 16, 32)  # of the trade-off
GRID = (2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100)  # people per set and condition, of the trade-off


@dataclass(frozen=True)
class Aim:
    """What is to be found. Differences, baseline and margin are shares of a set's answers (0 to 1).

    sizes: (options, answers) of the questions of one set; baseline: the lower condition's expected share; wanted:
    power; margin: of equivalence, None where it is not asked; spreads_from: the summary that they were estimated in.
    """

    sizes: tuple[tuple[int, int], ...]
    sets: int
    conditions: int
    difference: float
    baseline: float = PAPER_BASELINE
    comparison: Comparison = field(default_factory=Comparison)
    spreads: Spreads = field(default_factory=Spreads)
    spreads_from: str | None = None
    wanted: float = 0.8
    margin: float | None = None
    cost: Cost = field(default_factory=Cost)

    @property
    def possible(self) -> int:
        """A participant's highest total."""
        return sum(answers for _, answers in self.sizes)

    @property
    def chance(self) -> float:
        """Share of answers found by blind picks."""
        return sum(answers**2 / options for options, answers in self.sizes) / self.possible

    def design(self, people: float = 2, sets: float | None = None) -> Design:
        return Design(self.sets if sets is None else sets, len(self.sizes), people)

    def parts(self) -> Components:
        """Variances where the difference is true."""
        return components(self.sizes, (self.baseline, self.baseline + self.difference), self.spreads)

    def parts_alike(self) -> Components:
        """Variances where conditions are alike."""
        return components(self.sizes, (self.baseline, self.baseline), self.spreads)

    def check(self) -> None:
        """Raises ScoringError where no such study can be."""
        points = self.possible
        if self.difference < 0:
            raise ScoringError(f"--difference {self.difference * points:g} is not allowed: 0 or more correct answers")
        if not self.chance - 1e-6 <= self.baseline <= self.baseline + self.difference <= 1:
            raise ScoringError(
                f"--baseline {self.baseline * points:g} with --difference {self.difference * points:g} is not allowed: "
                f"both means should lie between chance ({self.chance * points:g}) and {points}"
            )
        if self.margin is not None and not 0 < self.margin < 1:
            raise ScoringError(
                f"--equivalence {self.margin * points:g} is not allowed: above 0 and below {points} correct answers"
            )
        if len(self.sizes) < 2:
            raise ScoringError("a set of 1 question is not allowed: 2 or more")


def make_plan(aim: Aim, people: Sequence[int] = (), study_id: str | None = None) -> dict[str, Any]:
    """Everything about an aim; people: per set and condition, also to be told. docs/planning.md describes it."""
    aim.check()
    if any(count < 2 for count in people):
        raise ScoringError("--participants should be numbers of 2 or more with commas between, such as 7,10,20")
    needed = needs(aim)
    sensitive = [replace(aim.spreads, interaction=f * aim.spreads.interaction) for f in (0.0, 0.5, 1.0, 2.0)]
    counts = sorted({*people, *(count for count in needed.values() if count is not None)})
    return {
        "format": FORMAT,
        "study_id": study_id,
        "design": {
            "conditions": aim.conditions, "sets": aim.sets, "neurons_per_set": len(aim.sizes),
            "neurons": aim.sets * len(aim.sizes), "possible": aim.possible, "chance": aim.chance * aim.possible,
        },
        "aim": {
            "difference": aim.difference * aim.possible, "difference_share": aim.difference,
            "baseline": aim.baseline * aim.possible, "baseline_share": aim.baseline, "power": aim.wanted,
            "equivalence": None if aim.margin is None else aim.margin * aim.possible,
            "comparison": asdict(aim.comparison),
        },
        "assumed": {"log_odds_sd": asdict(aim.spreads), "cost": asdict(aim.cost), "in_words": assumptions(aim)},
        "variances": {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(aim.parts()).items()},
        "needed": needed,
        "people": [row(aim, aim.design(count)) for count in counts],
        "tradeoff": [needed_row(aim, sets) for sets in sorted({*SETS, aim.sets})],
        "sensitivity": [
            {"interaction": spreads.interaction, "people": needs(replace(aim, spreads=spreads))["like_these"]}
            for spreads in sensitive
        ],
    }  # fmt: skip


def needs(aim: Aim, sets: int | None = None) -> dict[str, int | None]:
    """People per set and condition with the wanted power, by what is to be found; null where no number has it."""
    design = aim.design(sets=sets)
    found = {
        "these_neurons": people_needed(aim.parts(), design, aim.difference, aim.comparison, aim.wanted, False),
        "like_these": people_needed(aim.parts(), design, aim.difference, aim.comparison, aim.wanted, True),
    }
    if aim.margin is not None:
        found["equivalence"] = people_needed(
            aim.parts_alike(), design, 0.0, aim.comparison, aim.wanted, True, aim.margin
        )
    return found


def row(aim: Aim, design: Design) -> dict[str, Any]:
    """One design: its people, its powers, its cost."""
    parts, alike = aim.parts(), aim.parts_alike()
    everybody = design.of_condition * aim.conditions
    return {
        "sets": design.sets,
        "neurons": design.all_neurons,
        "people": design.people,
        "people_per_condition": design.of_condition,
        "participants": everybody,
        "power_these_neurons": power_of(parts, design, aim.difference, aim.comparison, over_neurons=False),
        "power_like_these": power_of(parts, design, aim.difference, aim.comparison, over_neurons=True),
        "power_equivalence": None
        if aim.margin is None
        else power_of(alike, design, 0.0, aim.comparison, over_neurons=True, margin=aim.margin),
        "false_alarms_these_neurons": false_alarms(alike, design, Comparison(alpha=aim.comparison.alpha)),
        "minutes": aim.cost.minutes(everybody, design.neurons),
        "money": aim.cost.money(everybody, design.neurons),
    }


def needed_row(aim: Aim, sets: int) -> dict[str, Any]:
    """So many sets with the people that reach the wanted power for neurons like these; null where no number does."""
    count = needs(aim, sets)["like_these"]
    if count is not None:
        return row(aim, aim.design(count, sets))
    design = aim.design(1e7, sets)
    nothing = dict.fromkeys(row(aim, aim.design(2, sets)))
    power = power_of(aim.parts(), design, aim.difference, aim.comparison, over_neurons=True)
    return {**nothing, "sets": sets, "neurons": design.all_neurons, "power_like_these": power}


def grid(aim: Aim) -> list[dict[str, Any]]:
    """More people against more neurons: every number of sets with every number of people."""
    return [row(aim, aim.design(people, sets)) for sets in sorted({*SETS, aim.sets}) for people in GRID]


def assumptions(aim: Aim) -> list[str]:
    """What the numbers rest on, in sentences."""
    spreads, cost, points = aim.spreads, aim.cost, aim.possible
    kept = {
        "single": "One comparison, two-sided",
        "reference": f"{aim.comparison.count} comparisons with the reference, two-sided, corrected as Dunnett's",
        "pairs": f"All {aim.comparison.count} pairs, two-sided, corrected by Holm (its strictest step)",
        "planned": f"{aim.comparison.count} planned contrasts, two-sided, corrected by Holm (its strictest step)",
    }[aim.comparison.compare]
    origin = aim.spreads_from or "the values that simulated participants have unless others are given"
    advantage = aim.spreads_from or "an assumption, unless it comes from a pilot"
    options = " or ".join(f"{answers} of {options}" for options, answers in dict.fromkeys(aim.sizes))
    return [
        f"{kept}, at a level of {aim.comparison.alpha:g}.",
        f"The lower condition finds {aim.baseline * points:.1f} of {points} answers and the other "
        f"{(aim.baseline + aim.difference) * points:.1f}; blind picks find {aim.chance * points:.1f}.",
        f"Picks are {options}: their noise is hypergeometric.",
        f"Participants differ by a standard deviation of {spreads.participants:.3g} log-odds and neurons by "
        f"{spreads.neurons:.3g}, {origin}.",
        f"A neuron is better explained by one condition than by another by a standard deviation of "
        f"{spreads.interaction:.3g} log-odds in each: {advantage}; "
        "power.json tells what follows from others (`sensitivity`).",
        "Every condition asks the same neurons, every participant one set in one condition, as many in each.",
        f"A participant takes {cost.minutes_each(len(aim.sizes)):g} minutes ({cost.fixed_minutes:g}, and "
        f"{cost.question_minutes:g} for each question)"
        + (f", paid {cost.rate:g} {cost.currency} an hour".rstrip() if cost.rate is not None else "") + ".",
    ]  # fmt: skip
