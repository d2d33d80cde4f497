"""latency and pilot, the paper's other experiments, and features-study: features beside neurons."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress
from rich.table import Table

from ..errors import StudyError
from ..questions.redrawn import DRAWS
from ..study import VisualizationSettings, load_study
from .options import (
    ARTIFACTS,
    OUT,
    PRIVATE,
    Artifacts,
    Device,
    Dictionary,
    Exact,
    Images,
    Layer,
    Methods,
    Model,
    NumberFormat,
    Out,
    Private,
    Seed,
    StudyFile,
    Weights,
    listed,
    overrides,
)  # fmt: skip
from .terminal import TerminalReporter, console, plain_table, progress_bars, say

if TYPE_CHECKING:
    from ..experiments.latency import Latency
    from ..experiments.pilot import PilotSettings
    from ..models.network import Network


def latency(
    neurons: Annotated[int, typer.Option("--neurons", min=1, help="The first so many of the layer.")] = 1000,
    iterations: Annotated[int, typer.Option("--iterations", min=1, help="Steps per picture.")] = 200,
    images: Annotated[int, typer.Option("--images", min=1, max=1000, help="Pictures per neuron.")] = 6,
    methods: Methods = "madry,lucent",
    engine: Annotated[str, typer.Option("--engine", help="native, reference, with commas between.")] = "native",
    exact: Exact = None,
    number_format: NumberFormat = None,
    time_limit: Annotated[
        float | None,
        typer.Option("--time-limit", min=0.1, help="Seconds per method and engine; the rest is extrapolated."),
    ] = None,
    model: Model = None,
    weights: Weights = None,
    layer: Layer = None,
    study: StudyFile = None,
    device: Device = "auto",
    out: Annotated[Path, typer.Option("--out", help="JSON file of the figures.")] = Path("latency.json"),
) -> None:
    """Run the paper's latency experiment on this machine, beside the paper's own row."""
    words = overrides(
        model=model, weights=weights, layer=layer, exact=exact, number_format=number_format, iterations=iterations
    )
    settings = load_study(study, words)
    from ..experiments.latency import check_request, machine, write_record
    from ..models import NetworkHandle

    check_request(listed(methods), listed(engine), 0, 0, "")
    network = NetworkHandle(settings.model, device).network
    check_request(listed(methods), listed(engine), neurons, network.units, network.layer)
    recipes = [
        settings.visualization.by(method).model_copy(update={"engine": which})
        for method in listed(methods)
        for which in listed(engine)
    ]
    with progress_bars() as progress:
        rows = [_measure(network, recipe, neurons, images, time_limit, progress) for recipe in recipes]
    hardware = machine(network.mean.device)
    write_record(out, rows, hardware, network.name)
    console.print(_latency_table(rows, network.name))
    for row in rows:
        if row.extrapolated:
            console.print(
                f"* {row.method} {row.engine}: {row.measured} of {neurons * images} pictures "
                f"in {row.measured_s:.0f} s; the total is extrapolated from them"
            )
    say(f"{hardware['device']}, {hardware['cores']} cores; figures in {out}")


def pilot(
    neurons: Annotated[int, typer.Option("--neurons", help="How many, chosen at random.")] = 5,
    methods: Methods = "madry,lucent",
    iterations: Annotated[int, typer.Option("--iterations", help="Steps per picture of the first two parts.")] = 200,
    film: Annotated[
        str, typer.Option("--film", help="Iterations shown in the third part, with commas between; empty: 30 to 300.")
    ] = "",
    masked: Annotated[bool, typer.Option("--masked/--named", help="Show methods as A and B, or by name.")] = True,
    exact: Exact = None,
    number_format: NumberFormat = None,
    study: StudyFile = None,
    images: Images = None,
    model: Model = None,
    weights: Weights = None,
    layer: Layer = None,
    seed: Seed = None,
    device: Device = "auto",
    out: Out = OUT,
    private: Private = PRIVATE,
    artifacts: Artifacts = ARTIFACTS,
) -> None:
    """Build the paper's pilot study: both methods side by side on random neurons, as one page."""
    words = overrides(
        images=images, model=model, weights=weights, layer=layer, exact=exact, number_format=number_format, seed=seed
    )
    settings = load_study(study, words)
    pilot_settings = _pilot_settings(neurons, methods, iterations, film, masked)
    from ..experiments.pilot import build_pilot

    with TerminalReporter() as reporter:
        report = build_pilot(
            settings, pilot_settings, out=out, private=private, artifacts=artifacts, device=device, reporter=reporter
        )
    chosen = ", ".join(map(str, report.neurons))
    console.print(f"{report.path}  {report.bytes / 1e6:.2f} MB, neurons {chosen}", markup=False)
    say(f"key: {report.key}  (private: never publish it)")


def features_study(
    study: StudyFile = None,
    images: Images = None,
    model: Model = None,
    weights: Weights = None,
    layer: Layer = None,
    dictionary: Dictionary = None,
    observer: Annotated[str, typer.Option("--observer", help="As of observe; all: those built in.")] = "all",
    draws: Annotated[int, typer.Option("--draws", min=2, max=100, help="Further draws of each question.")] = DRAWS,
    device: Device = "auto",
    seed: Seed = None,
    out: Out = OUT,
    private: Private = PRIVATE,
    results: Annotated[Path, typer.Option("--results", help="Folder of the observers' files.")] = Path(
        "results/observers"
    ),
    artifacts: Artifacts = ARTIFACTS,
) -> None:
    """Ask about neurons and features of one layer in sets of their own, and let programs answer first.

    The first half of the sets asks about neurons, the second about features, chosen by the same criteria from the same
    pictures. The sites are ready for people; the table compares what observers make of the two kinds.

    Example:

      python -m generator features-study --dictionary features.safetensors
    """  # fmt: skip
    words = overrides(images=images, model=model, weights=weights, layer=layer, dictionary=dictionary, seed=seed)
    settings = load_study(study, words)
    from ..experiments.features import features_study as run

    with TerminalReporter() as reporter:
        report = run(
            settings, observers=() if observer == "all" else listed(observer), draws=draws, out=out, private=private,
            results=results, artifacts=artifacts, device=device, reporter=reporter,
        )  # fmt: skip
    counts = ", ".join(f"{len(units)} {kind}" for kind, units in report.kinds.items())
    table = plain_table(f"Right picks of {report.most} by machine, means over {counts}")
    for name in ("observer", "condition", "neurons", "features", "difference", "95 %", "p"):
        table.add_column(name, justify="left" if name in ("observer", "condition") else "right")
    for each in report.compared:
        table.add_row(
            each.observer, str(each.condition), f"{each.neurons:.2f}", f"{each.features:.2f}",
            f"{each.difference:+.2f}", f"{each.low:+.2f} to {each.high:+.2f}", f"{each.p:.3f}",
        )  # fmt: skip
    console.print(table)
    say(f"sites in {report.built.out}, comparison in {report.record}")


def _measure(
    network: Network,
    settings: VisualizationSettings,
    neurons: int,
    images: int,
    time_limit: float | None,
    progress: Progress,
) -> Latency:
    """One row of the experiment, with a progress bar in neurons."""
    from ..experiments.latency import measure

    task = progress.add_task(f"{settings.method} {settings.engine}", total=neurons, unit="neurons")
    row = measure(
        network, settings, neurons=neurons, images=images, time_limit=time_limit,
        on_progress=lambda steps: progress.advance(task, steps / (images * settings.iterations)),
    )  # fmt: skip
    progress.remove_task(task)
    return row


def _latency_table(rows: Sequence[Latency], network: str) -> Table:
    """This machine's rows, then the paper's."""
    from ..experiments.latency import PAPER, clock

    table = plain_table(
        f"Feature visualization of {network}, {rows[0].images} pictures a neuron, {rows[0].iterations} iterations"
    )
    for name in ("method", "engine", "neurons", "total", "s per neuron", "SD", "steps/s"):
        table.add_column(name, justify="left" if name in ("method", "engine") else "right")
    for row in rows:
        total = clock(row.total_s) + ("*" if row.extrapolated else "")
        spread = "–" if row.sd_s is None else f"{row.sd_s:.2f}"
        speed = f"{row.image_steps_per_second:,.0f}"
        table.add_row(row.method, row.engine, str(row.neurons), total, f"{row.mean_s:.2f}", spread, speed)
    for method in dict.fromkeys(row.method for row in rows if row.method in PAPER):
        paper = PAPER[method]
        total, mean = clock(paper["total_s"]), f"{paper['mean_s']:.2f}"
        table.add_row(method, "paper, GTX 1080", "1000", total, mean, "–", "–")
    return table


def _pilot_settings(neurons: int, methods: str, iterations: int, film: str, masked: bool) -> PilotSettings:
    """The words of the command line -> what the pilot shows. Raises StudyError."""
    from pydantic import ValidationError

    from ..experiments.pilot import PilotSettings

    values: dict[str, object] = {"neurons": neurons, "iterations": iterations, "masked": masked}
    values["methods"] = listed(methods)
    if film:
        try:
            values["film"] = tuple(map(int, film.split(",")))
        except ValueError:
            raise StudyError(f"--film {film!r} is not allowed: whole numbers with commas between") from None
    try:
        return PilotSettings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        message = first["msg"].removeprefix("Value error, ")
        raise StudyError(f"the pilot cannot be built so: {where + ': ' if where else ''}{message}") from None
