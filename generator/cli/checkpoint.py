"""Commands beside the build: what a study is made from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..study import load_study
from .app import DeviceName, TerminalReporter, app, console


@app.command("import-checkpoint")
def import_checkpoint(
    file: Annotated[
        Path, typer.Argument(help="Checkpoint of the robustness package, or a state dict of a torchvision network.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Weights file to write (.safetensors).")] = Path(
        "weights.safetensors"
    ),
    arch: Annotated[
        str | None, typer.Option("--arch", help="torchvision's name of the network; found by itself if left out.")
    ] = None,
    own_normalizer: Annotated[
        bool, typer.Option("--own-normalizer", help="Take a normalizer that is not the one of (Restricted) ImageNet.")
    ] = False,
) -> None:
    """Read a checkpoint without running anything in it, check it, and write its weights as a plain file.

    Example:

      python -m generator import-checkpoint RestrictedImageNet.pt --out weights.safetensors
    """  # fmt: skip
    from ..models.checkpoint import import_checkpoint as read

    found = read(file, out, architecture=arch, own_normalizer=own_normalizer)
    lines = [f"{out}: {found.tensors} tensors of {found.architecture} with {found.classes} classes"]
    if found.mean and found.std:
        mean, std = (", ".join(f"{value:.4f}" for value in part) for part in (found.mean, found.std))
        lines.append(f"normalizer: mean {mean}; sd {std}")
    if found.left_out:
        lines.append(f"left out: {', '.join(found.left_out)}")
    lines.append(f"use it: python -m generator build --model torchvision:{found.architecture} --weights {out}")
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)


@app.command()
def select(
    study: Annotated[
        Path | None, typer.Option("--study", help="TOML file with what differs from the defaults.")
    ] = None,
    images: Annotated[Path | None, typer.Option("--images", help="Folder of pictures; subfolders are classes.")] = None,
    model: Annotated[str | None, typer.Option("--model", help="As for build; default: the creature network.")] = None,
    weights: Annotated[Path | None, typer.Option("--weights", help="State dict of the model, or download.")] = None,
    layer: Annotated[str | None, typer.Option("--layer", help="Module whose output is the representation.")] = None,
    device: DeviceName = "auto",
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Everything random follows from it.")] = None,
    private: Annotated[Path, typer.Option("--private", help="Folder of the page; never publish it.")] = Path("private"),
    artifacts: Annotated[Path, typer.Option("--artifacts", help="Folder where finished work is kept.")] = Path(
        "artifacts"
    ),
) -> None:
    """Choose the neurons as a build would, and explain the choice on a page: look before you build.

    Example:

      python -m generator select --study configs/paper.toml
    """  # fmt: skip
    chosen = {"name": model, "weights": weights, "layer": layer}
    overrides: dict[str, Any] = {"model": {key: value for key, value in chosen.items() if value is not None}}
    if images is not None:
        overrides["data"] = {"kind": "folder", "path": images}
    if seed is not None:
        overrides["seed"] = seed
    settings = load_study(study, overrides)
    from ..pipeline import explain_selection

    reporter = TerminalReporter()
    try:
        report = explain_selection(settings, private=private, artifacts=artifacts, device=device, reporter=reporter)
    finally:
        reporter.stop()
    for line in (
        f"neurons {', '.join(map(str, report.neurons))}  ({report.passing} of {report.units} pass the criteria)",
        f"look at {report.private / 'diagnostics' / 'selection.html'}",
    ):
        console.print(line, markup=False, soft_wrap=True)
