"""Questions that somebody else composed, as files: <neuron>/option1…, example1…, and an answer file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import StudyError
from ..models import Activations
from ..pictures import PictureSet
from ..pictures.folder import listing_of, square
from ..pictures.loading import read_listing
from ..pictures.neuron_folders import is_picture, natural, neuron_folders, read_json
from ..selection.groups import Neuron
from ..store import Store
from ..study import QuestionSettings
from .question import Question, QuestionPictures, compose


@dataclass(frozen=True)
class QuestionFiles:
    """Questions from files, in the order in which they are asked.

    pictures: all of them; neurons: with the answers as top group and the distractors as bottom group; parts: which
    pictures each question is made of; activations: [N, largest neuron + 1], the values of options that the
    answer file tells, NaN elsewhere; stems: file name of each picture without its ending; digest: hash of the answers
    and activations.
    """

    pictures: PictureSet
    neurons: tuple[Neuron, ...]
    parts: tuple[QuestionPictures, ...]
    activations: Activations
    stems: tuple[str, ...]
    digest: str

    def questions(self, units: Mapping[int, int], *, study_id: str, seed: int) -> list[Question]:
        """The questions. units: neuron -> the network's unit behind its grid-cams."""
        return [
            compose(
                "study", number, neuron.index, parts, self.pictures.pixels, self.activations, self.stems,
                study_id=study_id, seed=seed, unit=units[neuron.index],
            )
            for number, (neuron, parts) in enumerate(zip(self.neurons, self.parts, strict=True), start=1)
        ]  # fmt: skip


def read_questions(
    settings: QuestionSettings,
    neurons: Sequence[int],
    size: int,
    store: Store,
    on_progress: Callable[[float, float], None],
) -> QuestionFiles:
    """[questions] path: <neuron>/option1…, example1…, and its answer file -> the questions.

    neurons: which, in this order; none: those of the answer file, in its order. Raises StudyError for a file that is
    missing, cannot be read or does not say what it should.
    """
    assert settings.path is not None and settings.answer_file is not None  # checked by the settings themselves
    folders = neuron_folders(settings.path, "[questions] path")
    answers = _read_answers(settings.answer_file, settings)
    order = list(neurons) or list(answers)
    files: list[Path] = []
    for n in order:
        if n not in answers:
            raise StudyError(f"{settings.answer_file} has no answers for neuron {n}, which is a neuron of the study")
        if n not in folders:
            raise StudyError(f"[questions] path = {settings.path} holds no folder {n}, which is a neuron of the study")
        files += _files_of(folders[n], settings)
    kinds = tuple(p.parent.name for p in files)
    listing = listing_of(settings.path, files, kinds, tuple(map(str, order)), square)
    pictures = read_listing(listing, size, store, on_progress)
    if pictures.skipped:
        raise StudyError(f"{settings.path / pictures.skipped[0][0]} cannot be used: {pictures.skipped[0][1]}")
    activations = np.full((len(files), max(order) + 1), np.nan, np.float32)
    parts, groups = [], []
    for k, n in enumerate(order):
        first = k * (settings.options + settings.examples)
        positions, values = answers[n]
        options = list(range(first, first + settings.options))
        if values is not None:
            activations[options, n] = values
        right = [options[p] for p in positions]
        distractors = [i for i in options if i not in right]
        examples = range(first + settings.options, first + settings.options + settings.examples)
        parts.append(QuestionPictures(tuple(right), tuple(examples), tuple(distractors)))
        groups.append(Neuron(n, np.array(right), np.array(distractors)))
    digest = hashlib.sha256(json.dumps([[n, *answers[n]] for n in order]).encode()).hexdigest()
    return QuestionFiles(
        pictures, tuple(groups), tuple(parts), Activations.of(activations), tuple(p.stem for p in files), digest
    )  # fmt: skip


def _files_of(folder: Path, settings: QuestionSettings) -> list[Path]:
    """The pictures of a question, options before examples. Raises StudyError if there are more or fewer than asked."""
    files: list[Path] = []
    for part, wanted in (("option", settings.options), ("example", settings.examples)):
        found = sorted((p for p in folder.glob(f"{part}*") if is_picture(p)), key=natural)
        if len(found) != wanted:
            raise StudyError(
                f"{folder} holds {len(found)} pictures named {part}1, {part}2 and so on; [questions] {part}s "
                f"asks for {wanted}"
            )
        files += found
    return files


def _read_answers(path: Path, settings: QuestionSettings) -> dict[int, tuple[list[int], list[float] | None]]:
    """{"291": {"answers": [2, 5, 3], "activations": [9 numbers]}, …}; activations may be left out."""
    content = read_json(path, "answer file")
    if not isinstance(content, dict) or not content:
        raise StudyError(f'answer file {path} must be an object of neurons: {{"291": {{"answers": [2, 5, 3]}}}}')
    found: dict[int, tuple[list[int], list[float] | None]] = {}
    for name, entry in content.items():
        right = entry.get("answers") if isinstance(entry, dict) else None
        if (
            not name.isdigit()
            or not isinstance(right, list)
            or not all(type(a) is int and 0 <= a < settings.options for a in right)
            or not len(set(right)) == len(right) == settings.answers
        ):
            raise StudyError(
                f"answer file {path}: neuron '{name}' must have answers, {settings.answers} different positions from 0 "
                f"to {settings.options - 1}, and has {json.dumps(right)}"
            )
        values = entry.get("activations")
        if values is not None and not (
            isinstance(values, list)
            and len(values) == settings.options
            and all(type(v) in (int, float) and np.isfinite(v) for v in values)
        ):
            raise StudyError(
                f"answer file {path}: activations of neuron {name} must be {settings.options} finite numbers, one for "
                "each option"
            )
        found[int(name)] = (right, values)
    return found


def nearest_units(
    activations: Activations, neurons: Sequence[Neuron], parts: Sequence[QuestionPictures], network: str
) -> tuple[dict[int, int], list[str]]:
    """Neurons of another network -> this network's units that tell their pictures apart best, and what to say of it.

    activations: [N, U] of this network, of the questions' pictures alone. A unit is measured by how many standard
    deviations the answers and examples lie above the distractors (difference of means over the pooled standard
    deviation).
    """
    units, stand_ins = {}, []
    values = activations.rows(range(len(activations)))
    for neuron, pictures in zip(neurons, parts, strict=True):
        high, low = values[[*pictures.answers, *pictures.examples]], values[list(pictures.distractors)]
        spread = np.sqrt((high.var(0, ddof=1) + low.var(0, ddof=1)) / 2) if len(low) > 1 else high.std(0)
        floor = 0.05 * float(values.std(0).mean())  # a unit that hardly varies tells nothing, however steadily
        apart = (high.mean(0) - low.mean(0)) / (spread + floor + 1e-12)
        units[neuron.index] = int(apart.argmax())
        stand_ins.append(f"{neuron.index} by unit {units[neuron.index]} ({apart.max():.1f} sd)")
    return units, [
        f"{network} is not the network that these neurons belong to. Its grid-cams stand in for theirs: each neuron is "
        "represented by the unit that tells its answers and examples from its wrong options best (standard deviations "
        f"between them): {'; '.join(stand_ins)}."
    ]
