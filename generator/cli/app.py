"""The command line: words -> study settings, progress -> the terminal; only here is printed or an exit code set."""

from __future__ import annotations

import errno
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from typer.core import TyperGroup

from ..errors import StudyError
from ..study import Study, load_study

console = Console(stderr=True, highlight=False)


class Commands(TyperGroup):
    """The commands; whatever the user can mend ends in one sentence and a non-zero exit."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except StudyError as error:
            sentence = str(error)
        except MemoryError:
            sentence = "this machine's memory ran out; use fewer or smaller pictures"
        except OSError as error:
            sentence = _file_sentence(error)
        except KeyboardInterrupt:
            console.print("stopped; finished work is kept, the same command goes on from here", markup=False)
            raise typer.Exit(130) from None
        console.print("[bold red]error:[/] ", end="")
        console.print(sentence, markup=False, soft_wrap=True)
        raise typer.Exit(1)


def _file_sentence(error: OSError) -> str:
    """What the system says about a file or folder, as one sentence."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full; free some space and run the same command again, finished work is kept"
    what = " -> ".join(str(name) for name in (error.filename, error.filename2) if name is not None)
    return f"{what or 'a file'} cannot be used: {error.strerror or error}; name another place or change its permissions"


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Precompute explanations of single neurons and render experiments about them.\n\n"
    "Start with: python -m generator build --exp 3, then: python -m generator serve",
)

Out = Annotated[Path, typer.Option("--out", help="Folder of the sites.")]
DeviceName = Annotated[str, typer.Option("--device", help="auto, cpu, cuda or mps.")]


class Experiment(StrEnum):
    """Which of the three conditions to render."""

    one, two, three, all = "1", "2", "3", "all"


def _rate(unit: str) -> Callable[[Any], str]:
    def text(task: Any) -> str:
        speed = task.finished_speed or task.speed
        return f"{speed:,.0f} {unit}/s" if speed and speed >= 10 else f"{speed:.1f} {unit}/s" if speed else ""

    return text


class _Rate(TextColumn):
    """Finished units per second, in each task's own unit."""

    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: Any) -> Any:
        from rich.text import Text

        return Text(_rate(task.fields.get("unit", ""))(task), style="dim")


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description:<14}"), BarColumn(32), TextColumn("{task.percentage:>3.0f}%"), _Rate(),
        TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(), console=console, transient=True,
        disable=not console.is_terminal,
    )  # fmt: skip


class TerminalReporter:
    """A progress bar for each stage of a build, and a line when it ends."""

    def __init__(self) -> None:
        self._progress = _progress()
        self._task: TaskID | None = None

    def begin(self, stage: str, unit: str) -> None:
        self._progress = _progress()
        self._progress.start()
        self._task = self._progress.add_task(stage, total=None, unit=unit)

    def advance(self, done: float, total: float) -> None:
        if self._task is not None:
            self._progress.update(self._task, completed=done, total=total)

    def end(self, stage: Any) -> None:
        self.stop()
        how = "kept" if stage.cached else f"{stage.seconds:.1f} s"
        console.print(f"[green]✓[/] {stage.name:<14} [dim]{how:>8}[/]  {stage.result}", markup=True)

    def warn(self, sentence: str) -> None:
        self._progress.console.print(f"note: {sentence}", style="yellow", markup=False)

    def stop(self) -> None:
        self._progress.stop()


@app.command()
def build(
    exp: Annotated[
        Experiment,
        typer.Option("--exp", help="1: feature visualization alone; 2: dataset examples with grid-cam; 3: both."),
    ] = Experiment.all,
    study: Annotated[
        Path | None, typer.Option("--study", help="TOML file with what differs from the defaults.")
    ] = None,
    out: Out = Path("dist"),
    images: Annotated[
        Path | None, typer.Option("--images", help="Folder of JPEG, PNG or WebP pictures; subfolders are classes.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", help="world, efficientnet-lite0, torchvision:NAME or package.module:function."),
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(
            "--weights", help="State dict of the model: .safetensors, .pth or .pt; download: torchvision's own."
        ),
    ] = None,
    layer: Annotated[str | None, typer.Option("--layer", help="Module whose output is the representation.")] = None,
    method: Annotated[
        str | None, typer.Option("--method", help="Feature visualization: madry (robust networks) or lucent (any).")
    ] = None,
    engine: Annotated[
        str | None, typer.Option("--engine", help="native, or reference: the published packages, one by one.")
    ] = None,
    precision: Annotated[
        str | None, typer.Option("--precision", help="strict, or fast: quicker, but pictures depend on the machine.")
    ] = None,
    device: DeviceName = "auto",
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Everything random follows from it.")] = None,
    private: Annotated[
        Path, typer.Option("--private", help="Folder of answer keys and manifests; never publish it.")
    ] = Path("private"),
    artifacts: Annotated[
        Path, typer.Option("--artifacts", help="Folder where finished work is kept between builds.")
    ] = Path("artifacts"),
    fresh: Annotated[bool, typer.Option("--fresh", help="Compute everything again, whatever is kept.")] = False,
) -> None:
    """Precompute everything and render the experiment sites.

    Without options the embedded creature world is used. Finished work is kept: a build that was interrupted goes on
    where it was, and one with nothing changed is done in seconds.

    Examples:

      python -m generator build --exp 3

      python -m generator build --images photos/ --model efficientnet-lite0 --study configs/photographs.toml
    """  # fmt: skip
    overrides: dict[str, Any] = {}
    if images is not None:
        overrides["data"] = {"kind": "folder", "path": images}
    chosen = {
        key: value for key, value in (("name", model), ("weights", weights), ("layer", layer)) if value is not None
    }
    if chosen:
        overrides["model"] = chosen
    recipe = {"method": method, "engine": engine, "precision": precision}
    if recipe := {name: value for name, value in recipe.items() if value is not None}:
        overrides["visualization"] = recipe
    if seed is not None:
        overrides["seed"] = seed
    settings = load_study(study, overrides)
    from ..pipeline import build as run
    from ..questions.conditions import EXPERIMENTS

    conditions = tuple(EXPERIMENTS) if exp is Experiment.all else (int(exp.value),)
    reporter = TerminalReporter()
    try:
        report = run(
            settings,
            conditions=conditions,
            out=out,
            private=private,
            artifacts=artifacts,
            device=device,
            fresh=fresh,
            reporter=reporter,
        )
    finally:
        reporter.stop()
    _summary(report, out, settings)


def _summary(report: Any, out: Path, settings: Study) -> None:
    table = Table(
        title=f"Study {report.study_id} ({settings.name})",
        title_justify="left",
        box=None,
        pad_edge=False,
        show_header=False,
    )
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for site in report.sites:
        table.add_row("site", f"{site.path}  {site.bytes / 1e6:.2f} MB, {site.files} files")
    why = "given as files" if report.passing is None else f"{report.passing} of {report.units} pass the criteria"
    table.add_row("neurons", f"{', '.join(map(str, report.neurons))}  ({why})")
    table.add_row("answer key", f"{report.private / 'answer_key.json'}  (private: never publish it)")
    table.add_row("look first", f"{report.private / 'diagnostics'}: neurons.png, selection.html")
    seconds = sum(stage.seconds for stage in report.stages)
    table.add_row("took", f"{seconds:.1f} s, {report.peak_memory / 1e9:.2f} GB at most")
    table.add_row("next", f"python -m generator serve{'' if out == Path('dist') else f' --out {out}'}")
    console.print()
    console.print(table)


@app.command()
def serve(
    out: Out = Path("dist"),
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port on this machine; 0 takes a free one.")
    ] = 8000,
) -> None:
    """Show the sites in a browser on this machine (loopback only; for looking, not for collecting data)."""
    from functools import partial
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    from ..sites.folder import put_back

    put_back(out)
    sites = [page.parent for pattern in ("exp*", "pilot") for page in sorted(out.glob(f"{pattern}/index.html"))]
    if not sites:
        raise StudyError(f"{out} holds no sites; build them first: python -m generator build --exp 3")

    class Handler(SimpleHTTPRequestHandler):
        extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript", ".webp": "image/webp"}

        def end_headers(self) -> None:
            self.send_header("Cache-Control", "no-cache")
            super().end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet: the terminal shows addresses, not requests."""

    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, directory=str(out)))
    except OSError as error:
        raise StudyError(
            f"port {port} cannot be opened ({error.strerror}); name another with --port, or --port 0"
        ) from error
    with server:
        base = f"http://127.0.0.1:{server.server_port}"
        for site in sites:
            print(f"{base}/{site.name}/", flush=True)
        console.print("Ctrl-C stops", style="dim")
        server.serve_forever()


@app.command()
def world(
    out: Annotated[Path, typer.Option("--out", help="Folder for the pictures, a subfolder per kind.")],
    per_class: Annotated[int, typer.Option("--per-class", min=1, help="Pictures of every kind.")] = 20,
    size: Annotated[int, typer.Option("--size", min=16, max=1024, help="Side of the pictures in pixels.")] = 128,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Which world.")] = 0,
) -> None:
    """Write pictures of the creature world as PNG files."""
    from PIL import Image

    from ..world.painter import CLASSES, paint

    with _progress() as progress:
        task = progress.add_task("world", total=per_class * len(CLASSES), unit="pictures")
        for kind in CLASSES:
            folder = out / kind
            folder.mkdir(parents=True, exist_ok=True)
            for number in range(per_class):
                Image.fromarray(paint(kind, number, seed=seed, size=size).pixels).save(folder / f"{number:05d}.png")
                progress.advance(task)
    console.print(f"{per_class * len(CLASSES)} pictures of {len(CLASSES)} kinds in {out}")


@app.command("train-world")
def train_world(
    out: Annotated[
        Path, typer.Option("--out", help="Weights file to write (.safetensors); its card lands beside it.")
    ] = Path("artifacts/training/creature.safetensors"),
    device: DeviceName = "auto",
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the recipe.")] = 0,
    epochs: Annotated[
        int | None, typer.Option("--epochs", min=1, help="Passes over the pictures (default: the recipe's).")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start over instead of resuming an interrupted run.")] = False,
) -> None:
    """Train the creature world's network as the shipped weights were; an interrupted run is resumed.

    Use the result with: python -m generator build --weights artifacts/training/creature.safetensors
    """  # fmt: skip
    from dataclasses import replace

    from ..models.device import pick_device
    from ..world.training import Recipe
    from ..world.training import train_world as train

    recipe = replace(Recipe(seed=seed), **({"epochs": epochs} if epochs else {}))
    with _progress() as progress:
        painting = progress.add_task("painting", total=None, unit="pictures")
        training = progress.add_task("training", total=None, unit="steps", start=False)

        def on_step(done: int, total: int, loss: float) -> None:
            if not progress.tasks[training].started:
                progress.start_task(training)
            progress.update(training, completed=done, total=total, description=f"loss {loss:.3f}")

        card = train(
            out,
            work=out.parent,
            recipe=recipe,
            device=pick_device(device),
            resume=not fresh,
            on_step=on_step,
            on_paint=lambda done, total: progress.update(painting, completed=done, total=total),
        )
    accuracy = ", ".join(f"{name}: {value:.3f}" for name, value in card["accuracy"].items())
    console.print(f"{out} after {card['training_seconds']} s; accuracy on held-out pictures: {accuracy}")


def main() -> None:
    """Run the command line."""
    app()
