"""What a researcher looks at before publishing a study: a contact sheet of its neurons."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..explanations.overlay import overlay
from ..pictures.pixels import Pixels
from ..questions.question import Question
from ..selection.neurons import Neuron

_GAP, _LABEL = 6, 20


def contact_sheet(
    questions: Sequence[Question],
    neurons: Sequence[Neuron],
    pixels: np.ndarray | Pixels,
    activations: np.ndarray,
    side: int = 128,
) -> bytes:
    """A PNG with one row per neuron: visualizations, a grid-cam of each level, and its nine top pictures.

    pixels: uint8 [N, S, S, 3]; activations: float32 [N, U]; side: pixels of each picture on the sheet.
    """
    rows = [
        _row(question, neuron, pixels, activations)
        for question, neuron in zip(questions, neurons, strict=True)
    ]
    columns = max((len(pictures) for _, pictures in rows), default=0)
    width = columns * (side + _GAP) + _GAP
    sheet = Image.new("RGB", (max(width, side), len(rows) * (side + _GAP + _LABEL) + _GAP), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for r, (label, pictures) in enumerate(rows):
        top = _GAP + r * (side + _GAP + _LABEL)
        draw.text((_GAP, top), label, fill=(40, 40, 40), font=font)
        for c, picture in enumerate(pictures):
            shown = Image.fromarray(picture).resize((side, side), Image.Resampling.BICUBIC)
            sheet.paste(shown, (_GAP + c * (side + _GAP), top + _LABEL))
    file = io.BytesIO()
    sheet.save(file, "PNG", compress_level=3)
    return file.getvalue()


def _row(
    question: Question, neuron: Neuron, pixels: np.ndarray | Pixels, activations: np.ndarray
) -> tuple[str, list[np.ndarray]]:
    values = activations[:, neuron.index]
    example = question.examples[-1]
    levels = () if example.gridcam is None else example.gridcam
    pictures = [a.pixels for a in question.visualizations]
    pictures += [example.pixels, *(overlay(example.pixels, level) for level in levels)]
    pictures += [pixels[i] for i in neuron.top[:9]]
    label = (
        f"{question.id}  neuron {neuron.index}   top group {values[neuron.top[-1]]:.2f} to "
        f"{values[neuron.top[0]]:.2f}, bottom group up to {values[neuron.bottom[-1]]:.2g}   "
        f"visualizations | last example, its grid-cams {' '.join(str(k + 1) for k in range(len(levels)))} | "
        "nine top pictures"
    )
    return label, pictures
