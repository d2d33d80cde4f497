"""import-checkpoint: weights that others trained, as a plain file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .terminal import say


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
    from ..models.weights.checkpoint import import_checkpoint as read

    found = read(file, out, architecture=arch, own_normalizer=own_normalizer)
    lines = [f"{out}: {found.tensors} tensors of {found.architecture} with {found.classes} classes"]
    if found.mean and found.std:
        mean, std = (", ".join(f"{value:.4f}" for value in part) for part in (found.mean, found.std))
        lines.append(f"normalizer: mean {mean}; sd {std}")
    if found.left_out:
        lines.append(f"left out: {', '.join(found.left_out)}")
    lines.append(f"use it: python -m generator build --model torchvision:{found.architecture} --weights {out}")
    for line in lines:
        say(line)
