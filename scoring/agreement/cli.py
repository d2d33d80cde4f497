"""The command `agree`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from ..terminal import console, progress_bar


def agree(
    files: Annotated[
        list[Path], typer.Argument(help="People's and observers' JSON files, or folders of them.", metavar="FILES…")
    ],
    key: Annotated[Path | None, typer.Option("--key", help="Answer key; without it, the one the files name.")] = None,
    private: Annotated[Path, typer.Option("--private", help="Folder that answer keys are looked up in.")] = Path(
        "private"
    ),
    out: Annotated[Path, typer.Option("--out", help="Folder of the page, numbers, tables and figures.")] = Path(
        "agreement"
    ),
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of every random draw.")] = 1,
    exclusions: Annotated[
        Path | None, typer.Option("--exclusions", help="TOML file of exclusion rules; see docs/scoring.md.")
    ] = None,
) -> None:
    """Hold observers (programs) against people: rank correlations, their noise ceiling, calibration."""
    from ..files.collect import collect, files_in
    from ..files.exclusions import Exclusions, read_exclusions
    from ..files.key import read_key
    from .compare import agreements
    from .files import PAGE_FILE, write_agreement

    rules = Exclusions() if exclusions is None else read_exclusions(exclusions)
    answer_key = None if key is None else read_key(key)
    paths = files_in(files)
    with progress_bar() as progress:
        reading = progress.add_task("reading", total=len(paths))
        collection = collect(paths, answer_key, private, lambda: progress.advance(reading))
        working = progress.add_task("agreement", total=None)
        found = agreements(collection, rules, seed, lambda what: progress.update(working, description=what))
        write_agreement(out, found, collection.key.conditions)
    _print(found)
    if collection.rejected:
        file, reason = collection.rejected[0]
        console.print(f"{len(collection.rejected)} of {len(paths)} files not used; {file}: {reason}", markup=False,
                      soft_wrap=True)  # fmt: skip
    console.print(f"page: {out / PAGE_FILE}", markup=False, soft_wrap=True)


def _print(found: dict[str, Any]) -> None:
    from ..report.numbers import interval, number

    def rho(part: dict[str, Any] | None) -> list[str]:
        if part is None:
            return ["–", "–"]
        return [f"{number(part['spearman'])} {interval(part['spearman_interval'])}", number(part["ceiling"])]

    people = {record["experiment"]: record["people"] for record in found["compared"]}
    counted = ", ".join(f"{count} in condition {name}" for name, count in people.items())
    console.print(f"programs against people of study {found['study_id']}: {counted}", markup=False, soft_wrap=True)
    options = Table(title="Which options: Spearman's ρ, mean of questions, and calibration", title_justify="left")
    questions = Table(title="Which questions are hard: Spearman's ρ", title_justify="left")
    for table, names in ((options, ("ρ", "ceiling", "slope")), (questions, ("ρ", "ceiling", "questions"))):
        for name in ("observer", "condition"):
            table.add_column(name)
        for name in names:
            table.add_column(name, justify="right", no_wrap=True)
    for record in found["compared"]:
        own, curve = (record["observer"], str(record["experiment"])), record["calibration"]
        slope = "–" if curve["slope"] is None else f"{number(curve['slope'])} {interval(curve['slope_interval'])}"
        options.add_row(*own, *rho(record["options"]), slope)
        questions.add_row(*own, *rho(record["difficulty"]), str(record["questions"]))
    console.print(options)
    console.print(questions)
    console.print(
        "ceiling: what knowing people's average would reach; slope: of people's picks on the program's probability, "
        "1 if calibrated; 95 % intervals over participants",
        soft_wrap=True,
    )
    for each in found["not_compared"]:
        console.print(
            f"not compared: {each['observer']} in condition {each['experiment']}: {each['reason']}",
            markup=False, soft_wrap=True,
        )  # fmt: skip
