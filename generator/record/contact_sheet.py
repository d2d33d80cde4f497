"""What a researcher looks at before publishing a study: a contact sheet of its neurons."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np

from ..explanations.overlay import overlay, where_asked
from ..models import Activations
from ..pictures.pixels import Pixels
from ..pictures.sheet import Row, Sheet
from ..questions.question import Question
from ..selection.groups import Neuron


def contact_sheet(
    questions: Sequence[Question],
    neurons: Sequence[Neuron],
    pixels: np.ndarray | Pixels,
    activations: Activations,
    side: int = 128,
) -> bytes:
    """A PNG with one row per neuron: visualizations, a grid-cam of each level, and its nine top pictures.

    A visualization whose method tells where the neuron asked for it is there once more, fading to white elsewhere.

    pixels: uint8 [N, S, S, 3]; activations: [N, U]; side: pixels of each picture on the sheet.
    """
    rows = [_row(question, neuron, pixels, activations) for question, neuron in zip(questions, neurons, strict=True)]
    file = io.BytesIO()
    Sheet(tuple(rows)).image(side).save(file, "PNG", compress_level=3)
    return file.getvalue()


def _row(question: Question, neuron: Neuron, pixels: np.ndarray | Pixels, activations: Activations) -> Row:
    edges = activations.rows([neuron.top[-1], neuron.top[0], neuron.bottom[-1]])[:, neuron.index]
    example = question.examples[-1]
    levels = () if example.gridcam is None else example.gridcam
    pictures = [a.pixels for a in question.visualizations]
    traced = [where_asked(a.pixels, a.trace) for a in question.visualizations if a.trace is not None]
    pictures += traced
    pictures += [example.pixels, *(overlay(example.pixels, level) for level in levels)]
    pictures += [pixels[i] for i in neuron.top[:9]]
    grew = ", and where the neuron asked for them" if traced else ""
    label = (
        f"{question.id}  neuron {neuron.index}   top group {edges[0]:.2f} to {edges[1]:.2f}, bottom "
        f"group up to {edges[2]:.2g}   "
        f"visualizations{grew} | last example, its grid-cams {' '.join(str(k + 1) for k in range(len(levels)))} | "
        "nine top pictures"
    )
    return Row(label, pictures)
