"""observe: programs answer the study's questions before anybody is recruited."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from ..questions.redrawn import DRAWS
from ..study import load_study
from .build import ALL, conditions_named
from .options import (
    ARTIFACTS,
    PRIVATE,
    Artifacts,
    Cluster,
    Device,
    Dictionary,
    Engine,
    Exact,
    Fresh,
    Images,
    Layer,
    Method,
    Model,
    NumberFormat,
    Private,
    Seed,
    StudyFile,
    Weights,
    listed,
    overrides,
)  # fmt: skip
from .terminal import TerminalReporter, console, plain_table, say

if TYPE_CHECKING:
    from ..pipeline.observing import ObserveReport


def observe(
    exp: Annotated[
        str,
        typer.Option("--exp", metavar="<1|2|3|all|NAME[,NAME]>", help="Conditions, as of build; all: the study's."),
    ] = ALL,
    observer: Annotated[
        str,
        typer.Option(
            "--observer",
            metavar="<NAME[,NAME]>",
            help="features, colour, texture, blind, shuffled, oracle, or package.module:function, with commas between; "
            "all: those built in.",
        ),
    ] = ALL,
    observer_network: Annotated[
        str | None,
        typer.Option(
            "--observer-network",
            help="What 'features' looks with: as --model, or efficientnet-lite1; never the studied network.",
        ),
    ] = None,
    observer_weights: Annotated[
        Path | None, typer.Option("--observer-weights", help="State dict of that network, as --weights.")
    ] = None,
    seeds: Annotated[
        int, typer.Option("--seeds", min=1, max=1000, help="Files of each; the first has no noise, others sample.")
    ] = 1,
    draws: Annotated[
        int,
        typer.Option(
            "--draws", min=0, max=100,
            help="Further draws of each question, for machine scores and calibrated probabilities; 0: none.",
        ),
    ] = DRAWS,
    gridcams: Annotated[
        bool, typer.Option("--gridcams", help="Compute grid-cams of redrawn dataset examples too: takes its time.")
    ] = False,
    study: StudyFile = None,
    out: Annotated[Path, typer.Option("--out", help="Folder of the observers' files.")] = Path("results/observers"),
    images: Images = None,
    model: Model = None,
    weights: Weights = None,
    layer: Layer = None,
    dictionary: Dictionary = None,
    method: Method = None,
    engine: Engine = None,
    exact: Exact = None,
    number_format: NumberFormat = None,
    device: Device = "auto",
    seed: Seed = None,
    private: Private = PRIVATE,
    artifacts: Artifacts = ARTIFACTS,
    cluster: Cluster = None,
    fresh: Fresh = False,
) -> None:
    """Let programs answer the study's questions, and write their answers as participants' files.

    They see what a participant of each condition sees. A study that is built already takes seconds. Their files are
    marked and never pooled with people's; docs/observers.md tells what they may be used to claim.

    Examples:

      python -m generator observe

      python -m generator observe --observer features,my_package.judge:likeness --seeds 20
    """  # fmt: skip
    words = overrides(
        images=images, model=model, weights=weights, layer=layer, dictionary=dictionary, method=method, engine=engine,
        exact=exact, number_format=number_format, seed=seed, observer_network=observer_network,
        observer_weights=observer_weights,
    )  # fmt: skip
    settings = load_study(study, words)
    from ..pipeline.context import executing
    from ..pipeline.observing import observe as run

    with TerminalReporter() as reporter, executing(cluster, device, reporter) as executors:
        report = run(
            settings, conditions=conditions_named(exp, settings), observers=() if observer == ALL else listed(observer),
            seeds=seeds, draws=draws, gridcams=gridcams, out=out, private=private, artifacts=artifacts, device=device,
            fresh=fresh, executors=executors, reporter=reporter,
        )  # fmt: skip
    _summarize(report, out, private)


def _summarize(report: ObserveReport, out: Path, private: Path) -> None:
    """Right picks of each observer in each condition, and what to do next."""
    table = plain_table(f"Right picks of {report.possible}, without noise")
    table.add_column("observer")
    for condition in report.conditions:
        table.add_column(str(condition), justify="right")
    for each in report.observed:
        name = each.observer.name
        table.add_row(name, *(str(report.matched.get((name, each), "")) for each in report.conditions))
    table.add_row("chance", *(f"{report.chance:.1f}" for _ in report.conditions), style="dim")
    console.print()
    console.print(table)
    _warn(report)
    for each in report.observed:
        say(f"{each.observer.name}: {each.observer.what}")
    per_thousand = 1000 * report.seconds / max(1, report.trials)
    say(f"{len(report.files)} files in {out}; {report.trials} questions answered, {per_thousand:.1f} s per 1,000")
    if not report.has_key:
        say(f"there is no answer key in {report.record.parent} yet: it comes with python -m generator build")
    scores = f"machine scores over {report.draws} draws, " if report.draws > 1 else ""
    say(f"look at {report.page}: warnings, {scores}each question")
    say(f"next: python -m scoring {out}/*.json")


def _warn(report: ObserveReport) -> None:
    """What to look at before publishing, each thing once."""
    if not report.warnings:
        say("nothing to warn of")
        return
    from ..record.review.warnings import CODES

    texts = dict.fromkeys((each.code, each.text) for each in report.warnings)
    table = plain_table("Before publishing, look at", show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="yellow", ratio=1)
    table.add_column(overflow="fold", ratio=4)
    for code, text in texts:
        table.add_row(CODES[code], Text(text))
    console.print(table)
    console.print()
