"""Commands beside the build: the paper's latency experiment and its pilot study."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from ..errors import StudyError
from ..study import load_study
from .app import DeviceName, Out, TerminalReporter, _progress, app, console


@app.command()
def latency(
    neurons: Annotated[int, typer.Option("--neurons", min=1, help="The first so many of the layer.")] = 1000,
    iterations: Annotated[int, typer.Option("--iterations", min=1, help="Steps per picture.")] = 200,
    images: Annotated[int, typer.Option("--images", min=1, max=1000, help="Pictures per neuron.")] = 6,
    methods: Annotated[str, typer.Option("--methods", help="madry, lucent, with commas between.")] = "madry,lucent",
    engine: Annotated[str, typer.Option("--engine", help="native, reference, with commas between.")] = "native",
    precision: Annotated[str, typer.Option("--precision", help="strict or fast (native only).")] = "fast",
    time_limit: Annotated[
        float | None,
        typer.Option("--time-limit", min=0.1, help="Seconds per method and engine; the rest is extrapolated."),
    ] = None,
    model: Annotated[str | None, typer.Option("--model", help="As for build; default: the creature network.")] = None,
    weights: Annotated[Path | None, typer.Option("--weights", help="State dict of the model.")] = None,
    layer: Annotated[str | None, typer.Option("--layer", help="Module whose output is the representation.")] = None,
    study: Annotated[Path | None, typer.Option("--study", help="TOML file with settings.")] = None,
    device: DeviceName = "auto",
    out: Annotated[Path, typer.Option("--out", help="JSON file of the figures.")] = Path("latency.json"),
) -> None:
    """Run the paper's latency experiment on this machine, beside the paper's own row."""
    from ..experiments.latency import PAPER, Latency, check_request, clock, machine, measure, write_record
    from ..models import NetworkHandle

    named, engines = [name.strip() for name in methods.split(",")], [name.strip() for name in engine.split(",")]
    chosen = {
        key: value for key, value in (("name", model), ("weights", weights), ("layer", layer)) if value is not None
    }
    settings = load_study(study, {"model": chosen} if chosen else {})
    check_request(named, engines, 0, 0, "")
    base = type(settings.visualization).model_validate(
        {**settings.visualization.model_dump(), "iterations": iterations, "precision": precision}
    )
    network = NetworkHandle(settings.model, device).network
    check_request(named, engines, neurons, network.units, network.layer)
    rows: list[Latency] = []
    with _progress() as progress:
        for method in named:
            for which in engines:
                task = progress.add_task(f"{method} {which}", total=neurons, unit="neurons")
                share = 1 / (images * iterations)
                rows.append(
                    measure(
                        network, base.model_copy(update={"method": method, "engine": which}), neurons=neurons,
                        images=images, time_limit=time_limit,
                        on_progress=lambda steps, task=task, share=share: progress.advance(task, steps * share),
                    )
                )  # fmt: skip
                progress.remove_task(task)
    hardware = machine(network.mean.device)
    write_record(out, rows, hardware, network.name)
    title = f"Feature visualization of {network.name}, {images} pictures a neuron, {iterations} iterations"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for name in ("method", "engine", "neurons", "total", "s per neuron", "SD", "steps/s"):
        table.add_column(name, justify="left" if name in ("method", "engine") else "right")
    for row in rows:
        total = clock(row.total_s) + ("*" if row.extrapolated else "")
        spread = "–" if row.sd_s is None else f"{row.sd_s:.2f}"
        table.add_row(
            row.method,
            row.engine,
            str(neurons),
            total,
            f"{row.mean_s:.2f}",
            spread,
            f"{row.image_steps_per_second:,.0f}",
        )
    for method in named:
        paper = PAPER[method]
        table.add_row(
            f"{method}", "paper, GTX 1080", "1000", clock(paper["total_s"]), f"{paper['mean_s']:.2f}", "–", "–"
        )
    console.print(table)
    for row in rows:
        if row.extrapolated:
            console.print(
                f"* {row.method} {row.engine}: {row.measured} of {neurons * images} pictures "
                f"in {row.measured_s:.0f} s; the total is extrapolated from them"
            )
    console.print(f"{hardware['device']}, {hardware['cores']} cores; figures in {out}", markup=False, soft_wrap=True)


@app.command()
def pilot(
    neurons: Annotated[int, typer.Option("--neurons", help="How many, chosen at random.")] = 5,
    methods: Annotated[str, typer.Option("--methods", help="madry, lucent, with commas between.")] = "madry,lucent",
    iterations: Annotated[int, typer.Option("--iterations", help="Steps per picture of the first two parts.")] = 200,
    film: Annotated[
        str, typer.Option("--film", help="Iterations shown in the third part, with commas between; empty: 30 to 300.")
    ] = "",
    masked: Annotated[bool, typer.Option("--masked/--named", help="Show methods as A and B, or by name.")] = True,
    precision: Annotated[str | None, typer.Option("--precision", help="strict or fast.")] = None,
    study: Annotated[Path | None, typer.Option("--study", help="TOML file with settings.")] = None,
    images: Annotated[Path | None, typer.Option("--images", help="Folder of pictures, as for build.")] = None,
    model: Annotated[str | None, typer.Option("--model", help="As for build; default: the creature network.")] = None,
    weights: Annotated[Path | None, typer.Option("--weights", help="State dict of the model.")] = None,
    layer: Annotated[str | None, typer.Option("--layer", help="Module whose output is the representation.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Which neurons, which noise.")] = None,
    device: DeviceName = "auto",
    out: Out = Path("dist"),
    private: Annotated[Path, typer.Option("--private", help="Folder of keys; never publish it.")] = Path("private"),
    artifacts: Annotated[Path, typer.Option("--artifacts", help="Where finished work is kept.")] = Path("artifacts"),
) -> None:
    """Build the paper's pilot study: both methods side by side on random neurons, as one page."""
    from pydantic import ValidationError

    from ..experiments.pilot import PilotSettings, choose_neurons, make_tasks, write_pilot
    from ..pipeline import activate, begin
    from ..sites.folder import check_out

    overrides: dict[str, object] = {}
    chosen = {
        key: value for key, value in (("name", model), ("weights", weights), ("layer", layer)) if value is not None
    }
    if chosen:
        overrides["model"] = chosen
    if images is not None:
        overrides["data"] = {"kind": "folder", "path": images}
    if seed is not None:
        overrides["seed"] = seed
    if precision is not None:
        overrides["visualization"] = {"precision": precision}
    settings = load_study(study, overrides)
    given: dict[str, object] = {"neurons": neurons, "iterations": iterations, "masked": masked}
    given["methods"] = tuple(name.strip() for name in methods.split(","))
    try:
        if film:
            given["film"] = tuple(int(part) for part in film.split(","))
        asked = PilotSettings.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        message = first["msg"].removeprefix("Value error, ")
        raise StudyError(f"the pilot cannot be built so: {where + ': ' if where else ''}{message}") from None
    except ValueError:
        raise StudyError(f"--film {film!r} is not allowed: whole numbers with commas between") from None
    check_out(out, ["pilot"])
    reporter = TerminalReporter()
    try:
        context = begin(settings, artifacts, device, reporter)
        pictures, activations = activate(settings, context)
        some = choose_neurons(activations, asked.neurons, settings.seed)
        reporter.begin("visualization", "image-steps")
        tasks, labels = make_tasks(
            context.handle.network, some, pictures.pixels, asked, settings.visualization, settings.seed,
            reporter.advance,
        )  # fmt: skip
    finally:
        reporter.stop()
    report = write_pilot(
        tasks, labels, some, asked, settings.visualization, settings.site, [context.handle.identity, pictures.digest],
        settings.seed, out, private,
    )  # fmt: skip
    console.print(f"{report.path}  {report.bytes / 1e6:.2f} MB, neurons {', '.join(map(str, some))}", markup=False)
    console.print(f"key: {report.key}  (private: never publish it)", markup=False, soft_wrap=True)
