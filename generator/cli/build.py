"""build and select: from pictures and a network to the sites, or as far as the choice of neurons."""

from __future__ import annotations

from typing import Annotated

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
    Out,
    Private,
    Seed,
    StudyFile,
    Weights,
    listed,
    overrides,
)  # fmt: skip
from .terminal import TerminalReporter, console, plain_table, say

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
    """Precompute everything and render the experiment sites.

    Without options the embedded creature world is used. Finished work is kept: a build that was interrupted goes on
    where it was, and one with nothing changed is done in seconds.

    Examples:

      python -m generator build --exp 3

      python -m generator build --images photos/ --model efficientnet-lite0 --study configs/photographs.toml
    """  # fmt: skip
    words = overrides(
        images=images, model=model, weights=weights, layer=layer, dictionary=dictionary, method=method, engine=engine,
        exact=exact, number_format=number_format, seed=seed,
    )  # fmt: skip
    settings = load_study(study, words)
    from ..interface import build as run

    conditions = conditions_named(exp, settings)
    with TerminalReporter() as reporter:
        report = run(
            settings, conditions=conditions, out=out, private=private, artifacts=artifacts, device=device, fresh=fresh,
            cluster=cluster, progress=reporter,
        )  # fmt: skip
    table = plain_table(f"Study {report.study_id} ({report.name})", show_header=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for row in report.rows():
        table.add_row(*row)
    console.print()
    console.print(table)


def select(
    study: StudyFile = None,
    images: Images = None,
    model: Model = None,
    weights: Weights = None,
    layer: Layer = None,
    dictionary: Dictionary = None,
    device: Device = "auto",
    seed: Seed = None,
    private: Private = PRIVATE,
    artifacts: Artifacts = ARTIFACTS,
    cluster: Cluster = None,
) -> None:
    """Choose the neurons as a build would, and explain the choice on a page: look before you build.

    Example:

      python -m generator select --study configs/paper.toml
    """  # fmt: skip
    words = overrides(images=images, model=model, weights=weights, layer=layer, dictionary=dictionary, seed=seed)
    settings = load_study(study, words)
    from ..interface import select as run

    with TerminalReporter() as reporter:
        report = run(
            settings, private=private, artifacts=artifacts, device=device, cluster=cluster, progress=reporter
        )  # fmt: skip
    say(report.describe())
    say(f"look at {private / report.study_id / 'diagnostics' / 'selection.html'}")
