"""The command line: files -> a report; only here is printed or an exit code set."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from typer.core import TyperGroup

from .agreement.cli import agree
from .errors import NothingScored, ScoringError
from .planning.cli import power
from .preregistration.cli import preregister
from .terminal import console, errors, progress_bar, whole_numbers

if TYPE_CHECKING:
    from .interface import Scores


class Commands(TyperGroup):
    """The commands; anything that is not one of them is a file to score."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("--help", "-h"):
            args = ["score", *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except NothingScored as error:
            sentence, code = str(error), 2
        except ScoringError as error:
            sentence, code = str(error), 1
        except OSError as error:
            what = error.filename or "a file"
            sentence, code = f"{what} cannot be used: {error.strerror or error}; name another place", 1
        except MemoryError:
            sentence, code = "this machine's memory ran out; score fewer files at once", 1
        except KeyboardInterrupt:
            errors.print("stopped; the participants' files are as they were", markup=False)
            raise typer.Exit(130) from None
        errors.print("[bold red]error:[/] ", end="")
        errors.print(sentence, markup=False, soft_wrap=True)
        raise typer.Exit(code)


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="From participants' files to the I-metric, its statistics and its figures.\n\n"
    "python -m scoring results/*.json is short for: python -m scoring score results/*.json",
)

KeyFile = Annotated[Path, typer.Option("--key", help="Answer key, private/<study>/answer_key.json.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of every random draw.")]


Files = Annotated[list[Path], typer.Argument(help="Participants' JSON files, or folders of them.", metavar="FILES…")]
OwnKey = Annotated[Path | None, typer.Option("--key", help="Answer key; without it, the one the files name.")]
Private = Annotated[Path, typer.Option("--private", help="Folder that answer keys are looked up in.")]
Out = Annotated[Path, typer.Option("--out", help="Folder of the report.")]
Rules = Annotated[Path | None, typer.Option("--exclusions", help="TOML file of exclusion rules; see docs/scoring.md.")]
PsychDs = Annotated[
    Path | None, typer.Option("--psych-ds", help="Also write a Psych-DS folder here, to share the data.")
]
Partial = Annotated[
    Path | None,
    typer.Option("--partial", help="Folder of unfinished sessions; without it, the one of a collector's folder."),
]
Export = Annotated[
    Path | None, typer.Option("--export", help="Also write CSV here, for R and JASP, with a script for lme4.")
]


@app.command()
def score(
    files: Files,
    key: OwnKey = None,
    private: Private = Path("private"),
    out: Out = Path("report"),
    seed: Seed = 1,
    exclusions: Rules = None,
    psych_ds: PsychDs = None,
    partial: Partial = None,
    export: Export = None,
) -> None:
    """Score participants' files: I-metric, statistics, figures, report."""
    scores = _scored(files, key, private, out, seed, exclusions, psych_ds, partial, export)
    collection = scores.collection
    if collection.responses:
        _print_summary(scores)
    _print_unfinished(scores.summary["flow"])
    if collection.observers:
        _print_observers(scores.summary)
    if collection.rejected:
        count = len(collection.rejected)
        console.print(f"{count} of {collection.files} files not used:", style="bold")
        for file, reason in collection.rejected[:5]:
            console.print(f"  {file}: {reason}", markup=False, soft_wrap=True)
        if count > 5:
            console.print(f"  and {count - 5} more, all in {out / 'rejected.csv'}", markup=False, soft_wrap=True)
    console.print(f"report: {out / 'report.html'}", markup=False, soft_wrap=True)


def _scored(
    files: list[Path],
    key: Path | None,
    private: Path,
    out: Path,
    seed: int,
    exclusions: Path | None,
    psych_ds: Path | None,
    partial: Path | None,
    export: Path | None,
    written_at: datetime | None = None,
) -> Scores:
    """Score the files and write the report and whatever else is asked for; shows its progress."""
    from .interface import score as scored
    from .report.export import write_export
    from .report.psychds import write_psych_ds

    with progress_bar() as progress:
        reading, working = progress.add_task("reading", total=None), progress.add_task("results", total=None)

        def describe(what: str) -> None:
            progress.update(working, description=what)

        def tell(what: str, done: int, total: int) -> None:
            if total:
                progress.update(reading, completed=done, total=total)
            else:
                describe(what)

        scores = scored(files, key, private=private, seed=seed, exclusions=exclusions, partial=partial, progress=tell)
        collection, participants, trials, summary = (
            scores.collection, scores.participants, scores.trials, scores.summary,
        )  # fmt: skip
        if not collection.responses and (psych_ds or export):
            option = "--psych-ds" if psych_ds else "--export"
            raise ScoringError(f"{option} is about people, and all files that can be used are of observers (programs)")
        scores.write_report(out, describe, written_at)
        if psych_ds is not None:
            write_psych_ds(psych_ds, collection, participants, trials, summary, out)
        if export is not None:
            write_export(export, collection, summary, participants, trials)
    return scores


@app.command()
def watch(
    files: Files,
    key: OwnKey = None,
    private: Private = Path("private"),
    out: Out = Path("report"),
    seed: Seed = 1,
    exclusions: Rules = None,
    psych_ds: PsychDs = None,
    partial: Partial = None,
    export: Export = None,
) -> None:
    """Score now and whenever files come, change or go; the report refreshes itself. Ctrl-C ends it."""
    from .report.page import still
    from .watching.arrivals import Arrivals
    from .watching.watch import Clock, Stop
    from .watching.watch import watch as watched

    def others() -> list[Path]:
        given = [path for path in (key, exclusions) if path is not None]
        return given if key is not None else [*given, *sorted(private.glob("*/answer_key.json"))]

    def again(paths: list[Path]) -> str:
        summary = _scored(paths, key, private, out, seed, exclusions, psych_ds, partial, export, datetime.now()).summary
        used, given = summary["files"]["used"], summary["files"]["given"]
        return f"{used} of {given} files used, {summary['included']['participants']} participants in the main results"

    def tell(line: str) -> None:
        console.print(line, markup=False, soft_wrap=True)

    outside = [path for path in (out, psych_ds, export) if path is not None]
    clock = Clock(sleep=Stop().sleep)
    tell(f"watching {', '.join(map(str, files))}; report: {out / 'report.html'}; Ctrl-C ends it")
    try:
        watched(Arrivals(files, others, outside), again, tell, clock=clock)
    except KeyboardInterrupt:
        still(out / "report.html")
        tell("stopped; the report stays as it is")


def _print_summary(scores: Scores) -> None:
    from .report.numbers import interval, number, p_value

    summary = scores.summary
    chance = summary["chance"]
    table = Table(title=scores.title, title_justify="left")
    head, *rows = scores.rows()
    for name in head:
        table.add_column(name, justify="left" if name == "condition" else "right", no_wrap=name != "condition")
    for row in rows:
        table.add_row(*row)
    console.print(table)
    console.print(f"chance: mean {chance['mean']:.1f}, SD {chance['sd']:.2f}")
    compared = summary["included"]["comparisons"]
    for pair in (*compared["planned"], *compared["pairs"]):
        a, b = pair["experiments"]
        if pair in compared["planned"]:
            name, corrected = "planned contrast", f"permutation, Holm) {p_value(pair['p_permutation_holm'])}"
        elif compared["reference"] is not None:
            name, corrected = "against the reference", f"Dunnett) {p_value(pair['p_dunnett'])}"
        else:
            name, corrected = "condition", f"permutation, Holm) {p_value(pair['p_permutation_holm'])}"
        console.print(
            f"{name} {b} − {a}: {number(pair['difference'], 1)} {interval(pair['interval'], 1)}, "
            f"p ({corrected}, Cliff's delta {number(pair['cliffs_delta'])}",
            markup=False,
            soft_wrap=True,
        )
    odd = {name.replace("_", " "): count for name, count in summary["answering"].items() if count}
    if odd:
        found = ", ".join(f"{name} {count}" for name, count in odd.items())
        console.print(f"sessions with odd answers: {found}; the report says which", soft_wrap=True)
    excluded = summary["exclusions"]["excluded"]
    if excluded:
        rules = ", ".join(f"{name} {count}" for name, count in summary["exclusions"]["marked"].items() if count)
        console.print(f"left out by the declared rules: {excluded} ({rules}); the report has both ways", soft_wrap=True)


def _print_observers(summary: dict[str, Any]) -> None:
    """A row for each observer, below people's own, and a column for each condition."""
    from .report.numbers import number

    if not summary["files"]["used"]:
        console.print("no person is among the files: this is about observers (programs) alone", style="bold")
    conditions = list(dict.fromkeys(record["experiment"] for record in summary["observers"]))
    conditions = [each["name"] for each in summary["conditions"] if each["name"] in conditions]
    people = {entry["experiment"]: entry["mean"] for entry in summary["included"]["experiments"]}
    table = Table(
        title=f"Observers (programs), in no result about people: mean correct answers of {summary['possible']}",
        title_justify="left",
    )
    table.add_column("observer")
    for name in conditions:
        table.add_column(str(name), justify="right")
    if people:
        table.add_row("(people)", *(number(people.get(name), 1) for name in conditions))
    for observer in dict.fromkeys(record["observer"] for record in summary["observers"]):
        means = {r["experiment"]: r["mean"] for r in summary["observers"] if r["observer"] == observer}
        table.add_row(observer, *(number(means.get(name), 1) for name in conditions))
    table.add_row("(chance)", *[number(summary["chance"]["mean"], 1)] * len(conditions))
    console.print(table)


def _print_unfinished(flow: dict[str, Any]) -> None:
    """How many sessions of each condition were begun and not finished, where that is known."""
    if not flow["unfinished"]:
        return
    parts = [
        f"{group['experiment']} {group['unfinished']} of {group['participants'] + group['unfinished']}"
        for group in flow["conditions"]
    ]
    console.print(f"begun and not finished, by condition: {', '.join(parts)}", markup=False, soft_wrap=True)


@app.command()
def pilot(
    files: Annotated[list[Path], typer.Argument(help="The pilot's JSON files, or folders of them.", metavar="FILES…")],
    key: Annotated[
        Path | None, typer.Option("--key", help="pilot_key.json; without it, the one the files name.")
    ] = None,
    private: Annotated[Path, typer.Option("--private", help="Folder that keys are looked up in.")] = Path("private"),
    out: Annotated[Path, typer.Option("--out", help="Folder of the report.")] = Path("report-pilot"),
    seed: Seed = 1,
) -> None:
    """Score the pilot study: kinds of patterns, iterations, the two methods as paired data."""
    from .files.collect import files_in
    from .files.pilot import collect_pilot, key_of_files, read_pilot_key
    from .pilot.analysis import analyse_pilot
    from .pilot.report import write_pilot
    from .report.numbers import interval, number, p_value

    paths = files_in(files)
    data = collect_pilot(paths, read_pilot_key(key) if key is not None else key_of_files(paths, private))
    summary = analyse_pilot(data, seed)
    write_pilot(out, data, summary)
    table = Table(title=f"Pilot study {summary['study_id']}, {data.participants} participants", title_justify="left")
    for name in ("measure", *summary["methods"], "p (Holm)"):
        table.add_column(name, justify="left" if name == "measure" else "right")
    tested = {pair["measure"]: pair["p_holm"] for pair in summary["paired"]}
    for name, by_method in summary["described"].items():
        digits = 1 if name == "iterations" else 2
        cells = [
            f"{number(mean['mean'], digits)} {interval(mean['interval'], digits)}" if mean else "–"
            for mean in by_method.values()
        ]
        table.add_row(name, *cells, p_value(tested.get(name)))
    console.print(table)
    for file, reason in data.rejected[:5]:
        console.print(f"not used: {file}: {reason}", markup=False, soft_wrap=True)
    console.print(f"report: {out / 'report.html'}", markup=False, soft_wrap=True)


@app.command("original-key")
def original_key_command(
    data: Annotated[Path, typer.Argument(help="data.json of the original 2021 pages.")],
    neurons: Annotated[str, typer.Option("--neurons", help="Neurons in the pages' order, with commas between.")],
    method: Annotated[str, typer.Option("--method", help="Madry or Lucent, as data.json spells it.")] = "Madry",
    out: Annotated[Path, typer.Option("-o", "--out", help="Where to write the key.")] = Path("key.json"),
) -> None:
    """Make an answer key for files of the original 2021 pages."""
    from .files.original import original_key

    key = original_key(data, whole_numbers(neurons, "--neurons"), method)
    out.write_text(key.model_dump_json(indent=1, exclude={"catch"}) + "\n", encoding="utf-8")
    console.print(f"{len(key.questions)} questions: {out}", markup=False, soft_wrap=True)


@app.command()
def simulate(
    key: KeyFile,
    experiment: Annotated[str, typer.Option("--experiment", help="A condition of the answer key.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the files.")],
    participants: Annotated[int, typer.Option("--participants", help="How many.")] = 20,
    questions: Annotated[
        int | None, typer.Option("--set", help="Set of questions; without it, participants are dealt to all in turn.")
    ] = None,
    skill: Annotated[float, typer.Option("--skill", help="0 = blind picking, 1 = perfect.")] = 0.4,
    seed: Seed = 1,
) -> None:
    """Write files of simulated participants: for demonstrations, tests, and planning."""
    from .files.key import read_key
    from .planning.simulate import simulate as simulated
    from .planning.simulate import write_files

    condition = int(experiment) if experiment.isdecimal() else experiment
    paths = write_files(simulated(read_key(key), condition, participants, skill, seed, questions), out)
    console.print(f"{len(paths)} files of simulated participants: {out}", markup=False, soft_wrap=True)


app.command()(power)
app.command()(agree)
app.command()(preregister)


@app.command()
def schemas(
    out: Annotated[Path, typer.Option("--out", help="Folder for the schemas.")] = Path("schemas"),
) -> None:
    """Write JSON Schemas of the files that scoring reads; docs/data.md describes them."""
    from .files.schemas import write_schemas

    paths = write_schemas(out)
    console.print(f"{len(paths)} schemas: {out}", markup=False, soft_wrap=True)
