"""The options that commands have in common, each declared once, and what they change in a study's settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

StudyFile = Annotated[Path | None, typer.Option("--study", help="TOML file with what differs from the defaults.")]
Images = Annotated[
    Path | None,
    typer.Option("--images", help="Folder of JPEG, PNG or WebP pictures, or of tar shards; subfolders are classes."),
]
Model = Annotated[
    str | None,
    typer.Option(
        "--model", help="world (the default), efficientnet-lite0, torchvision:NAME or package.module:function."
    ),
]
Weights = Annotated[
    Path | None,
    typer.Option("--weights", help="State dict of the model: .safetensors, .pth or .pt; download: torchvision's own."),
]
Layer = Annotated[str | None, typer.Option("--layer", help="Module whose output is the representation.")]
Method = Annotated[
    str | None, typer.Option("--method", help="Feature visualization: madry (robust networks), lucent or maco (any).")
]
Methods = Annotated[str, typer.Option("--methods", help="madry, lucent, with commas between.")]
Engine = Annotated[
    str | None, typer.Option("--engine", help="native, or reference: the published packages, one by one.")
]
Exact = Annotated[
    bool | None,
    typer.Option(
        "--exact/--quick", help="Step for step as published, nothing fused; or the quickest way, the default.",
        show_default=False,
    ),
]  # fmt: skip
NumberFormat = Annotated[
    str | None,
    typer.Option("--number-format", help="Of visualizations: auto, float32 or bfloat16. Answers are float32 always."),
]
Seed = Annotated[int | None, typer.Option("--seed", min=0, help="Everything random follows from it.")]
Device = Annotated[str, typer.Option("--device", help="auto, cpu, cuda or mps.")]
Out = Annotated[Path, typer.Option("--out", help="Folder of the sites.")]
Private = Annotated[
    Path, typer.Option("--private", help="Folder of answer keys, manifests and diagnostics; never publish it.")
]
Artifacts = Annotated[Path, typer.Option("--artifacts", help="Folder where finished work is kept.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Compute everything again, whatever is kept.")]

OUT, PRIVATE, ARTIFACTS = Path("dist"), Path("private"), Path("artifacts")


def overrides(
    *,
    images: Path | None = None,
    model: str | None = None,
    weights: Path | None = None,
    layer: str | None = None,
    method: str | None = None,
    engine: str | None = None,
    exact: bool | None = None,
    number_format: str | None = None,
    iterations: int | None = None,
    seed: int | None = None,
    observer_network: str | None = None,
    observer_weights: Path | None = None,
) -> dict[str, Any]:
    """The options of the command line -> what load_study puts on top of the study file; None: not set."""
    sections = {
        "data": {"kind": "folder", "path": images} if images is not None else {},
        "model": _without_none(name=model, weights=weights, layer=layer),
        "visualization": _without_none(
            method=method, engine=engine, exact=exact, number_format=number_format, iterations=iterations
        ),
        "observers": _without_none(network=observer_network, weights=observer_weights),
    }
    return {section: fields for section, fields in sections.items() if fields} | _without_none(seed=seed)


def listed(words: str) -> tuple[str, ...]:
    """Words with commas between -> the words."""
    return tuple(word.strip() for word in words.split(","))


def _without_none(**words: Any) -> dict[str, Any]:
    return {name: word for name, word in words.items() if word is not None}
