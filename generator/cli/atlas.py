"""atlas: every unit of a layer, with what explains it, on a map to look through."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from ..errors import StudyError
from ..study import load_study
from .options import (
    ARTIFACTS,
    OUT,
    PRIVATE,
    Artifacts,
    Cluster,
    Device,
    Exact,
    Fresh,
    Images,
    Model,
    NumberFormat,
    Out,
    Private,
    Seed,
    Weights,
    listed,
    overrides,
)  # fmt: skip
from .terminal import TerminalReporter, console, plain_table

ALL = "all"


def units_named(neurons: str) -> list[int] | None:
    """--neurons -> numbers, None for all. Raises StudyError for what is neither a number nor a range of them."""
    if neurons == ALL:
        return None
    found: list[int] = []
    for word in listed(neurons):
        match = re.fullmatch(r"(\d{1,9})(?:-(\d{1,9}))?", word)
        if match is None or (match[2] and int(match[2]) < int(match[1])):
            raise StudyError(
                f"--neurons {word!r} is not allowed: it is {ALL}, or numbers and ranges with commas between, as in "
                "0-63,100"
            )
        found += range(int(match[1]), int(match[2] or match[1]) + 1)
    return found


def atlas(
    study: Annotated[
        list[Path] | None,
        typer.Option("--study", help="TOML file with what differs from the defaults; repeatable, a view of each."),
    ] = None,
    neurons: Annotated[
        str, typer.Option("--neurons", metavar="<all|LIST>", help="Which units: numbers and ranges, as in 0-63,100.")
    ] = ALL,
    methods: Annotated[
        str,
        typer.Option("--methods", help="Of visualization, with commas between; without it those of the study file."),
    ] = "",
    layers: Annotated[
        str, typer.Option("--layers", help="Modules of the network, with commas between: a view of each.")
    ] = "",
    visualizations: Annotated[
        int, typer.Option("--visualizations", min=1, max=8, help="Of each unit by each method.")
    ] = 1,
    gridcams: Annotated[
        bool, typer.Option("--gridcams/--no-gridcams", help="Grid-cams of top pictures.", show_default=False)
    ] = True,
    reports: Annotated[
        list[Path] | None,
        typer.Option(
            "--reports", help="Folder of a report of people's scores, or private folder with observers'; repeatable."
        ),
    ] = None,
    out: Out = OUT,
    images: Images = None,
    model: Model = None,
    weights: Weights = None,
    exact: Exact = None,
    number_format: NumberFormat = None,
    device: Device = "auto",
    seed: Seed = None,
    private: Private = PRIVATE,
    artifacts: Artifacts = ARTIFACTS,
    fresh: Fresh = False,
    cluster: Cluster = None,
) -> None:
    """Explain every unit of a network's layer, and lay them out on a map by likeness: a site to look through.

    Finished work is kept: an atlas that was interrupted goes on where it was. docs/atlas.md tells more.

    Examples:

      python -m generator atlas

      python -m generator atlas --neurons 0-63 --methods madry,lucent --reports report/
    """  # fmt: skip
    words = overrides(
        images=images, model=model, weights=weights, exact=exact, number_format=number_format, seed=seed
    )  # fmt: skip
    settings = [load_study(file, words) for file in study or ()] or [load_study(None, words)]
    from ..interface import build_atlas as run

    with TerminalReporter() as reporter:
        report = run(
            settings, neurons=units_named(neurons), methods=listed(methods) if methods else (),
            layers=listed(layers) if layers else (), visualizations=visualizations, gridcams=gridcams,
            reports=reports or (), private=private, out=out, artifacts=artifacts, device=device, fresh=fresh,
            cluster=cluster, progress=reporter,
        )  # fmt: skip
    table = plain_table("Atlas", show_header=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for row in report.rows():
        table.add_row(*row)
    console.print()
    console.print(table)
