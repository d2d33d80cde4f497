"""build and select: from pictures and a network to the sites, or as far as the choice of neurons."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import StudyError
from ..questions.conditions import conditions_of
from ..study import Study, load_study
from ..study.conditions import in_words
from .options import (
    ARTIFACTS,
    OUT,
    PRIVATE,
    Artifacts,
    Device,
    Engine,
    Exact,
    Images,
    Layer,
    Method,
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
from .terminal import TerminalReporter, console, plain_table, say

if TYPE_CHECKING:
    from ..pipeline import BuildReport


ALL = "all"


def conditions_named(exp: str, study: Study) -> tuple[int | str, ...]:
    """--exp -> names of conditions, each once. Raises StudyError for what is none of this study."""
    if exp == ALL:
        return study.study.conditions
    known = {str(name): name for name in conditions_of(study)}
    words = listed(exp)
    for word in words:
        if word not in known:
            raise StudyError(
                f"--exp {word!r} is not a condition of this study: allowed are {ALL}, or {in_words(known)} with commas "
                "between"
            )
    return tuple(dict.fromkeys(known[word] for word in words))


def build(
    exp: Annotated[
        str,
        typer.Option(
            "--exp",
            metavar="<1|2|3|all|NAME[,NAME]>",
            help="1: feature visualization alone; 2: dataset examples with grid-cam; 3: both; none: no explanation; "
            "shuffled: another neuron's; or conditions that the study declares. all: those of the study.",
        ),
    ] = ALL,
    study: StudyFile = None,
    out: Out = OUT,
    images: Images = None,
    model: Model = None,
    weights: Weights = None,
    layer: Layer = None,
    method: Method = None,
    engine: Engine = None,
    exact: Exact = None,
    number_format: NumberFormat = None,
    device: Device = "auto",
    seed: Seed = None,
    private: Private = PRIVATE,
    artifacts: Artifacts = ARTIFACTS,
    fresh: Annotated[bool, typer.Option("--fresh", help="Compute everything again, whatever is kept.")] = False,
) -> None:
    """Precompute everything and render the experiment sites.

    Without options the embedded creature world is used. Finished work is kept: a build that was interrupted goes on
    where it was, and one with nothing changed is done in seconds.

    Examples:

      python -m generator build --exp 3

      python -m generator build --images photos/ --model efficientnet-lite0 --study configs/photographs.toml
    """  # fmt: skip
    words = overrides(
        images=images, model=model, weights=weights, layer=layer, method=method, engine=engine, exact=exact,
        number_format=number_format, seed=seed,
    )  # fmt: skip
    settings = load_study(study, words)
    from ..pipeline import build as run

    conditions = conditions_named(exp, settings)
    with TerminalReporter() as reporter:
        report = run(
            settings, conditions=conditions, out=out, private=private, artifacts=artifacts, device=device, fresh=fresh,
            reporter=reporter,
        )  # fmt: skip
    _summarize(report, out, settings)


def select(
    study: StudyFile = None,
    images: Images = None,
    model: Model = None,
    weights: Weights = None,
    layer: Layer = None,
    device: Device = "auto",
    seed: Seed = None,
    private: Private = PRIVATE,
    artifacts: Artifacts = ARTIFACTS,
) -> None:
    """Choose the neurons as a build would, and explain the choice on a page: look before you build.

    Example:

      python -m generator select --study configs/paper.toml
    """  # fmt: skip
    settings = load_study(study, overrides(images=images, model=model, weights=weights, layer=layer, seed=seed))
    from ..pipeline import explain_selection

    with TerminalReporter() as reporter:
        report = explain_selection(settings, private=private, artifacts=artifacts, device=device, reporter=reporter)
    say(f"neurons {', '.join(map(str, report.neurons))}  ({report.passing} of {report.units} pass the criteria)")
    say(f"look at {report.private / 'diagnostics' / 'selection.html'}")


def _summarize(report: BuildReport, out: Path, settings: Study) -> None:
    """What was made, where it is, and what to do next."""
    table = plain_table(f"Study {report.study_id} ({settings.name})", show_header=False)
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
    table.add_row("next", f"python -m generator serve{'' if out == OUT else f' --out {out}'}")
    console.print()
    console.print(table)
