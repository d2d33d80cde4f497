"""The command `preregister`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..terminal import console, progress_bar


def preregister(
    study: Annotated[Path, typer.Option("--study", help="Folder of the built study, private/<study>.")],
    plan: Annotated[
        Path | None, typer.Option("--plan", help="Folder that `scoring power --out` wrote: sample size, power, cost.")
    ] = None,
    people: Annotated[
        int | None, typer.Option("--people", min=2, help="Per set and condition; what neurons like these need.")
    ] = None,
    site: Annotated[
        Path | None, typer.Option("--site", help="Folder of the built sites, dist: instructions and screenshots.")
    ] = None,
    exclusions: Annotated[
        Path | None, typer.Option("--exclusions", help="TOML file of exclusion rules; see docs/scoring.md.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder of the document.")] = Path("preregistration"),
) -> None:
    """Write the preregistration of a built study; tells what is left to fill in. Nothing is sent anywhere."""
    from ..errors import ScoringError
    from ..files.exclusions import Exclusions, read_exclusions
    from .browser import INSTALL, NoBrowser, shots
    from .document import Rules, document
    from .files import version, write_preregistration
    from .site import read_sites
    from .study import read_plan, read_study

    if people is not None and plan is None:
        raise ScoringError("--people is not allowed without --plan, the folder that `scoring power --out` wrote")
    built = read_study(study)
    rules = Rules(Exclusions() if exclusions is None else read_exclusions(exclusions), exclusions)
    planned = None if plan is None else read_plan(plan, built, people)
    sites, taken, missing = {}, {}, "Screenshots are missing: name the built sites with `--site dist`."
    if site is not None:
        sites = read_sites(site, built)
        try:
            with progress_bar() as progress:
                task = progress.add_task("screenshots", total=len(sites))
                taken = shots(site, sites, lambda: progress.advance(task))
        except NoBrowser as error:
            missing = f"Screenshots are missing: {error}. Get them with `{INSTALL}`, then run this command again."
    text, blanks = document(built, rules, version(), planned, sites, taken, missing)
    written = write_preregistration(out, text, planned, taken)
    console.print(f"preregistration: {written[0]}", markup=False, soft_wrap=True)
    if taken:
        console.print(f"screenshots: {sum(map(len, taken.values()))}", markup=False)
        absent = [str(name) for name in built.key.conditions.names if name not in sites]
        if absent:
            console.print(
                f"no site of condition {', '.join(absent)}: build with --exp all", markup=False, soft_wrap=True
            )
    else:
        console.print(missing, markup=False, soft_wrap=True)
    console.print(f"{len(blanks)} places are yours to fill in, marked [TO FILL IN]:", style="bold", markup=False)
    for number, blank in enumerate(blanks, 1):
        console.print(f"{number}. {blank}", markup=False, soft_wrap=True)
