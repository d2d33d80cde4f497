"""What is painted and trained: world, train-world, and train-dictionary, features of a study's own layer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ..study import load_study
from .options import ARTIFACTS, Artifacts, Device, Images, Layer, Model, StudyFile, Weights, overrides
from .terminal import TerminalReporter, console, progress_bars, say


def world(
    out: Annotated[Path, typer.Option("--out", help="Folder for the pictures, a subfolder per kind.")],
    per_class: Annotated[int, typer.Option("--per-class", min=1, help="Pictures of every kind.")] = 20,
    size: Annotated[int, typer.Option("--size", min=16, max=1024, help="Side of the pictures in pixels.")] = 128,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Which world.")] = 0,
) -> None:
    """Write pictures of the creature world as PNG files."""
    from PIL import Image

    from ..world.painter import CLASSES, paint

    with progress_bars() as progress:
        task = progress.add_task("world", total=per_class * len(CLASSES), unit="pictures")
        for kind in CLASSES:
            folder = out / kind
            folder.mkdir(parents=True, exist_ok=True)
            for number in range(per_class):
                Image.fromarray(paint(kind, number, seed=seed, size=size).pixels).save(folder / f"{number:05d}.png")
                progress.advance(task)
    console.print(f"{per_class * len(CLASSES)} pictures of {len(CLASSES)} kinds in {out}")


def train_world(
    out: Annotated[
        Path, typer.Option("--out", help="Weights file to write (.safetensors); its card lands beside it.")
    ] = Path("artifacts/training/creature.safetensors"),
    device: Device = "auto",
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the recipe.")] = 0,
    epochs: Annotated[
        int | None, typer.Option("--epochs", min=1, help="Passes over the pictures (default: the recipe's).")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start over instead of resuming an interrupted run.")] = False,
) -> None:
    """Train the creature world's network as the shipped weights were; an interrupted run is resumed.

    Use the result with: python -m generator build --weights artifacts/training/creature.safetensors
    """  # fmt: skip
    from ..models.device import bfloat16_is_fast, pick_device
    from ..world.training import Recipe
    from ..world.training import train_world as train

    recipe = Recipe(seed=seed)
    if epochs is not None:
        recipe = replace(recipe, epochs=epochs)
    with progress_bars() as progress:
        painting = progress.add_task("painting", total=None, unit="pictures")
        training = progress.add_task("training", total=None, unit="steps", start=False)

        def on_paint(done: int, total: int) -> None:
            progress.update(painting, completed=done, total=total)

        def on_step(done: int, total: int, loss: float) -> None:
            if not progress.tasks[training].started:
                progress.start_task(training)
            progress.update(training, completed=done, total=total, description=f"loss {loss:.3f}")

        where = pick_device(device)
        card = train(
            out, work=out.parent, recipe=recipe, device=where, bfloat16=bfloat16_is_fast(where), resume=not fresh,
            on_step=on_step, on_paint=on_paint,
        )  # fmt: skip
    accuracy = ", ".join(f"{name}: {value:.3f}" for name, value in card["accuracy"].items())
    console.print(f"{out} after {card['training_seconds']} s; accuracy on held-out pictures: {accuracy}")


def train_dictionary(
    out: Annotated[Path, typer.Option("--out", help="File to write (.safetensors).")] = Path("dictionary.safetensors"),
    features: Annotated[
        int | None, typer.Option("--features", min=1, help="Features (default: twice the layer's width).")
    ] = None,
    k: Annotated[int, typer.Option("--k", min=1, help="Features that are active at a place.")] = 16,
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="Passes over the places.")] = 20,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the training.")] = 0,
    study: StudyFile = None,
    images: Images = None,
    model: Model = None,
    weights: Weights = None,
    layer: Layer = None,
    device: Device = "auto",
    artifacts: Artifacts = ARTIFACTS,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start over instead of resuming an interrupted run.")] = False,
) -> None:
    """Train a dictionary (a sparse autoencoder) of a layer on a study's own pictures; an interrupted run is resumed.

    Needs the package overcomplete: pip install -e '.[dictionary]'. Use the result with: build --dictionary FILE

    Example:

      python -m generator train-dictionary --study study.toml --out features.safetensors
    """  # fmt: skip
    settings = load_study(study, overrides(images=images, model=model, weights=weights, layer=layer))
    from ..models.dictionary.training import Recipe
    from ..pipeline.features import train

    recipe = Recipe(features=features, k=k, epochs=epochs, seed=seed)
    with TerminalReporter() as reporter:
        trained = train(settings, recipe, out, artifacts=artifacts, device=device, fresh=fresh, reporter=reporter)
    say(f"{out}: {trained.describe()}")
    say(f"use it: python -m generator build --dictionary {out}, with the same network and layer")
