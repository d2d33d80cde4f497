"""The command `power`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.table import Table

from ..errors import ScoringError
from ..terminal import console, progress_bar, whole_numbers

if TYPE_CHECKING:
    from ..files.key import Key
    from .plan import Aim

PAPER_SIZES = ((9, 3),) * 10


def power(
    difference: Annotated[
        float | None, typer.Option("--difference", help="Of interest, in correct answers of one participant.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option("--key", help="Answer key; without one, the paper's: 10 questions, 3 picks of 9.")
    ] = None,
    participants: Annotated[
        str, typer.Option("--participants", help="Per set and condition, with commas between.")
    ] = "",
    wanted: Annotated[
        float, typer.Option("--power", min=0.06, max=0.999, help="Power that people are counted for.")
    ] = 0.8,
    conditions: Annotated[int | None, typer.Option("--conditions", min=2, help="How many; those of the key.")] = None,
    sets: Annotated[int | None, typer.Option("--sets", min=1, max=1000, help="How many; those of the key.")] = None,
    neurons: Annotated[
        int | None, typer.Option("--neurons", min=2, max=1000, help="In each set; as many as the key's sets have.")
    ] = None,
    compare: Annotated[
        Literal["auto", "planned", "reference", "pairs", "single"],
        typer.Option(
            "--compare",
            help="The key's planned contrasts, each condition with the reference, all pairs, or a single pair; auto: "
            "the first of these that the key declares, else all pairs.",
        ),
    ] = "auto",
    equivalence: Annotated[
        float | None,
        typer.Option("--equivalence", help="Margin, in correct answers, to show a smaller difference."),
    ] = None,
    baseline: Annotated[
        float | None, typer.Option("--baseline", help="Mean of the lower condition; the paper's 13.7 of 30.")
    ] = None,
    participant_sd: Annotated[
        float | None,
        typer.Option("--participant-sd", min=0, max=3, help="Between participants, log-odds; 0.5, or the pilot's."),
    ] = None,
    question_sd: Annotated[float, typer.Option("--question-sd", min=0, max=3, help="Between neurons, log-odds.")] = 0.8,
    interaction_sd: Annotated[
        float,
        typer.Option("--interaction-sd", min=0, max=3, help="Of a neuron from condition to condition, log-odds."),
    ] = 0.4,
    summary: Annotated[
        Path | None,
        typer.Option(
            "--summary", help="summary.json of an earlier study or pilot: its spreads in place of these three."
        ),
    ] = None,
    pilot: Annotated[
        Path | None,
        typer.Option("--pilot", help="Folder of a pilot's files, of people or else of observers: effects and spreads."),
    ] = None,
    observer: Annotated[str | None, typer.Option("--observer", help="Of --pilot: whose files, by name.")] = None,
    private: Annotated[Path, typer.Option("--private", help="Folder that a pilot's key is looked up in.")] = Path(
        "private"
    ),
    alpha: Annotated[float, typer.Option("--alpha", min=0.0001, max=0.5, help="Level, of all comparisons.")] = 0.05,
    fixed_minutes: Annotated[
        float, typer.Option("--fixed-minutes", min=0, help="Of a participant before the questions.")
    ] = 2.0,
    question_minutes: Annotated[
        float, typer.Option("--question-minutes", min=0, help="Of a participant for each question.")
    ] = 0.8,
    rate: Annotated[float | None, typer.Option("--rate", min=0, help="Pay for an hour; then costs are told.")] = None,
    currency: Annotated[str, typer.Option("--currency", help="Of the pay, such as EUR.")] = "",
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for the numbers and the figure of the trade-off.")
    ] = None,
    studies: Annotated[
        int, typer.Option("--studies", min=0, help="Simulated studies for each of --participants; 0: none.")
    ] = 2000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of every random draw.")] = 1,
) -> None:
    """How many people, neurons and minutes find a difference, in closed form; simulation checks it."""
    counts = whole_numbers(participants, "--participants") if participants else []
    from ..files.key import read_key
    from .cost import Cost
    from .files import spreads_of, write_plan
    from .pilot import read_pilot
    from .plan import PAPER_BASELINE, Aim, make_plan
    from .power import simulated_power, simulated_records
    from .variances import Spreads

    answer_key = None if key is None else read_key(key)
    if pilot is not None and summary is not None:
        raise ScoringError("--pilot and --summary are two sources of the same spreads: name one")
    found = None if pilot is None else read_pilot(pilot, answer_key, private, observer, seed)
    answer_key = found.key if found is not None else answer_key
    if difference is None and found is None:
        raise ScoringError("--difference is missing: name the smallest that matters, or files of a pilot with --pilot")
    sizes = PAPER_SIZES if answer_key is None else answer_key.sizes_of(1)
    if neurons is not None:
        sizes = tuple(sizes[k % len(sizes)] for k in range(neurons))
    possible = sum(answers for _, answers in sizes)
    count = conditions or (2 if answer_key is None else max(2, len(answer_key.conditions)))
    spreads = Spreads(0.5 if participant_sd is None else participant_sd, question_sd, interaction_sd)
    origin, share, lower = None, (difference or 0.0) / possible, PAPER_BASELINE
    if summary is not None:
        spreads, origin = spreads_of(summary), f"estimated in {summary.name}"
    if found is not None:
        spreads, origin = found.spreads, f"of {found.source} in {pilot}"
        spreads = spreads if participant_sd is None else replace(spreads, participants=participant_sd)
        blind = sum(answers**2 / options for options, answers in sizes) / possible
        if difference is None:
            share, lower = found.effect()
        else:
            lower = min(found.means.values())
        lower = min(max(lower, blind), 1 - share)
        for sentence in found.warnings:
            console.print(f"warning: {sentence}", markup=False, soft_wrap=True)
    aim = Aim(
        sizes, sets or (1 if answer_key is None else len(answer_key.sets)), count, share,
        lower if baseline is None else baseline / possible, _comparison(compare, answer_key, count, alpha),
        spreads, origin, wanted,
        None if equivalence is None else equivalence / possible,
        Cost(fixed_minutes, question_minutes, rate, currency),
    )  # fmt: skip
    plan = make_plan(aim, counts, None if answer_key is None else answer_key.study_id)
    plan["simulated"] = []
    if found is not None:
        means = [{"experiment": name, "share": mean} for name, mean in found.means.items()]
        plan["pilot"] = {"source": found.source, "means": means, "warnings": list(found.warnings)}
    if counts and studies:
        with progress_bar() as progress:
            task = progress.add_task("simulated studies", total=len(counts) * studies)
            drawn = simulated_power(aim, counts, studies, seed, lambda: progress.advance(task))
        plan["simulated"] = simulated_records(drawn, studies, seed)
    _print_plan(aim, plan)
    if out is not None:
        write_plan(out, aim, plan)
        console.print(f"numbers and figure: {out}", markup=False, soft_wrap=True)


def _comparison(compare: str, key: Key | None, conditions: int, alpha: float) -> Any:
    """What is compared; of a key what it declares."""
    from .design import Comparison

    contrasts = 0 if key is None else len(key.contrasts)
    if compare == "planned" and not contrasts:
        raise ScoringError("--compare planned is not allowed: the key declares no contrasts")
    if compare == "auto":
        compare = "planned" if contrasts else "reference" if key is not None and key.reference is not None else "pairs"
    counts = {
        "planned": contrasts, "reference": conditions - 1, "pairs": conditions * (conditions - 1) // 2, "single": 1,
    }  # fmt: skip
    return Comparison(compare, counts[compare], alpha)  # type: ignore[arg-type]


def _print_plan(aim: Aim, plan: dict[str, Any]) -> None:
    from ..report.numbers import percent

    def amount(row: dict[str, Any]) -> list[str]:
        if row["minutes"] is None:
            return ["–", "–"]
        money = "" if row["money"] is None else f"{row['money']:,.0f} {aim.cost.currency}".strip()
        return [f"{row['minutes']:,.0f}", money or "–"]

    points = aim.difference * aim.possible
    table = Table(
        title=f"Power to find a difference of {round(points, 2):g} of {aim.possible} correct answers, "
        f"{plan['design']['conditions']} conditions, {aim.sets} × {len(aim.sizes)} neurons", title_justify="left",
    )  # fmt: skip
    headings = ["per cell", "people", "these neurons", "like these"]
    headings += ["equivalent"] * (aim.margin is not None) + ["minutes", "money"]
    for name in headings:
        table.add_column(name, justify="right")
    for row in plan["people"]:
        cells = [f"{row['people']:g}", f"{row['participants']:g}", percent(row["power_these_neurons"])]
        cells += [percent(row["power_like_these"])] + [percent(row["power_equivalence"])] * (aim.margin is not None)
        table.add_row(*cells, *amount(row))
    console.print(table)
    console.print("per cell: people of each set in each condition; like these: for other people and other neurons")
    for sentence in answers(aim, plan):
        console.print(sentence, markup=False, soft_wrap=True)
    title = f"More neurons, for a power of {100 * aim.wanted:g} % over neurons like these"
    table = Table(title=title, title_justify="left")
    for name in ("sets", "neurons", "per cell", "people", "minutes", "money"):
        table.add_column(name, justify="right")
    for row in plan["tradeoff"]:
        if row["people"] is None:
            most = f"at most {percent(row['power_like_these'])}"
            table.add_row(f"{row['sets']}", f"{row['neurons']:g}", most, "–", "–", "–")
        else:
            cells = [f"{row['sets']}", f"{row['neurons']:g}", f"{row['people']:g}", f"{row['participants']:g}"]
            table.add_row(*cells, *amount(row))
    console.print(table)
    if plan["simulated"]:
        studies = plan["simulated"][0]["studies"]
        table = Table(title="Found in simulated studies with new people and new neurons", title_justify="left")
        for name in ("per cell", "permutation test of totals", "people and neurons"):
            table.add_column(name, justify="right")
        for each in plan["simulated"]:
            values_of = [[each[test], *each[f"{test}_interval"]] for test in ("totals", "neurons")]
            shown = ["{} [{}, {}]".format(*(percent(value) for value in values)) for values in values_of]
            table.add_row(str(each["people"]), *shown)
        console.print(table)
        console.print(f"{studies} simulated studies per row, 95 % intervals")
    console.print("Assumed:", style="bold")
    for sentence in plan["assumed"]["in_words"]:
        console.print(f"- {sentence}", markup=False, soft_wrap=True)


def answers(aim: Aim, plan: dict[str, Any]) -> list[str]:
    """How many people are needed, in sentences."""
    what = {
        "these_neurons": "To find it on these neurons",
        "like_these": "To find it for other neurons of the kind as well",
        "equivalence": f"To show a difference below {(aim.margin or 0) * aim.possible:g} where there is none",
    }
    found = []
    for name, people in plan["needed"].items():
        if people is None:
            wanted = f"{100 * aim.wanted:g} %"
            found.append(f"{what[name]}: no number of people has a power of {wanted}; it takes more neurons.")
        else:
            everybody = people * aim.sets * aim.conditions
            found.append(f"{what[name]}: {people} people per set and condition, {everybody} in all.")
    return found
