"""What somebody else made, in a folder for each neuron: visualizations, questions with their answers, cell scores."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from ..errors import StudyError
from ..pictures import PictureSet
from ..pictures.folder import SUFFIXES, Listing, read_files, square
from ..selection.neurons import Neuron
from ..store import Store
from ..study import GridcamSettings, QuestionSettings
from ..study.visualization import VisualizationSettings
from .question import Cast


def neuron_folders(path: Path, setting: str) -> dict[int, Path]:
    """The folders below `path` whose names are numbers of neurons. Raises StudyError naming the setting."""
    if not path.is_dir():
        raise StudyError(f"{setting} = {path} does not exist" + (" (it is a file)" if path.exists() else ""))
    found = {int(p.name): p for p in path.iterdir() if p.is_dir() and re.fullmatch(r"\d{1,9}", p.name)}
    if not found:
        raise StudyError(f"{setting} = {path} must hold a folder for each neuron, named by its number, and holds none")
    return dict(sorted(found.items()))


class GivenVisualizations:
    """Pictures that explain neurons, from [visualization] path: <neuron>/<anything>.png.

    The patterns of [visualization] files come in their order, the files of one pattern in natural order; the first
    [visualization] most of them are shown. neurons: those that have a folder.
    """

    def __init__(self, settings: VisualizationSettings, size: int) -> None:
        assert settings.path is not None  # checked by the settings themselves
        self.settings, self.size = settings, size
        self._folders = neuron_folders(settings.path, "[visualization] path")
        self.neurons = tuple(self._folders)

    def files(self, neuron: int) -> list[Path]:
        """A neuron's pictures. Raises StudyError if it has none."""
        if neuron not in self._folders:
            raise StudyError(
                f"[visualization] path = {self.settings.path} holds no folder {neuron}, which is a neuron of the study"
            )
        folder, found = self._folders[neuron], []
        for pattern in self.settings.files:
            found += sorted((p for p in folder.glob(pattern) if _is_picture(p) and p not in found), key=natural)
        if not found:
            raise StudyError(f"{folder} holds no picture named {' or '.join(self.settings.files)} for neuron {neuron}")
        return found[: self.settings.most]

    def pictures(self, neuron: int) -> list[np.ndarray]:
        """A neuron's pictures, uint8 [S, S, 3] each. Raises StudyError for one that cannot be read."""
        return [_read(path, self.size) for path in self.files(neuron)]

    def digest(self, neurons: Sequence[int]) -> str:
        """A hash of the files of these neurons."""
        digest = hashlib.sha256()
        for neuron in neurons:
            for path in self.files(neuron):
                digest.update(f"{neuron}/{path.name}|".encode() + hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()


@dataclass(frozen=True)
class GivenQuestions:
    """Questions that were given: their pictures, and who plays which part in them.

    activations: float32 [N, largest neuron + 1], the given values of options, NaN where none are; stems: file name
    of each picture without its ending; digest: hash of the answers and activations.
    """

    pictures: PictureSet
    neurons: tuple[Neuron, ...]
    casts: tuple[Cast, ...]
    activations: np.ndarray
    stems: tuple[str, ...]
    digest: str


def read_questions(
    settings: QuestionSettings,
    neurons: Sequence[int],
    size: int,
    store: Store,
    on_progress: Callable[[float, float], None],
) -> GivenQuestions:
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
        for part, wanted in (("option", settings.options), ("example", settings.examples)):
            found = sorted((p for p in folders[n].glob(f"{part}*") if _is_picture(p)), key=natural)
            if len(found) != wanted:
                raise StudyError(
                    f"{folders[n]} holds {len(found)} pictures named {part}1, {part}2 and so on; [questions] {part}s "
                    f"asks for {wanted}"
                )
            files += found
    kinds = tuple(p.parent.name for p in files)
    listing = Listing(settings.path, tuple(files), kinds, tuple(map(str, order)))
    pictures = read_files(listing, size, store, on_progress, square)
    if pictures.skipped:
        raise StudyError(f"{settings.path / pictures.skipped[0][0]} cannot be used: {pictures.skipped[0][1]}")
    activations = np.full((len(files), max(order) + 1), np.nan, np.float32)
    casts, groups = [], []
    for k, n in enumerate(order):
        first = k * (settings.options + settings.examples)
        positions, values = answers[n]
        options = list(range(first, first + settings.options))
        if values is not None:
            activations[options, n] = values
        right = [options[p] for p in positions]
        wrong = [i for i in options if i not in right]
        examples = range(first + settings.options, first + settings.options + settings.examples)
        casts.append(Cast(tuple(right), tuple(examples), tuple(wrong)))
        groups.append(Neuron(n, np.array(right), np.array(wrong)))
    told = json.dumps([[n, *answers[n]] for n in order])
    stems = tuple(p.stem for p in files)
    digest = hashlib.sha256(told.encode()).hexdigest()
    return GivenQuestions(pictures, tuple(groups), tuple(casts), activations, stems, digest)


def _read_answers(path: Path, settings: QuestionSettings) -> dict[int, tuple[list[int], list[float] | None]]:
    """{"291": {"answers": [2, 5, 3], "activations": [9 numbers]}, …}; activations may be left out."""
    content = _read_json(path, "answer file")
    if not isinstance(content, dict) or not content:
        raise StudyError(f'answer file {path} must be an object of neurons: {{"291": {{"answers": [2, 5, 3]}}}}')
    found = {}
    for name, entry in content.items():
        given = entry.get("answers") if isinstance(entry, dict) else None
        sound = isinstance(given, list) and all(type(a) is int and 0 <= a < settings.options for a in given)
        if not name.isdigit() or not sound or len(set(given)) != settings.answers or len(given) != settings.answers:
            raise StudyError(
                f"answer file {path}: neuron '{name}' must have answers, {settings.answers} different positions from 0 "
                f"to {settings.options - 1}, and has {json.dumps(given)}"
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
        found[int(name)] = (given, values)
    return found


def read_scores(settings: GridcamSettings, neuron: int, stem: str) -> np.ndarray | None:
    """Cell scores of a picture from [gridcam] path: <neuron>/<stem>.json or .npy -> float32 [levels, cells, cells].

    None if there is no such file. Raises StudyError for one of another shape or with numbers that are not finite.
    """
    assert settings.path is not None
    if not settings.path.is_dir():
        raise StudyError(f"[gridcam] path = {settings.path} does not exist")
    for path in (settings.path / str(neuron) / f"{stem}{suffix}" for suffix in (".json", ".npy")):
        if not path.is_file():
            continue
        try:
            given = np.load(path, allow_pickle=False) if path.suffix == ".npy" else _read_json(path, "score file")
            scores = np.asarray(given, dtype=np.float32)
        except (OSError, ValueError, TypeError, EOFError) as error:
            raise StudyError(f"score file {path} cannot be read as numbers ({str(error).splitlines()[0]})") from error
        wanted = (len(settings.windows), settings.cells, settings.cells)
        if scores.shape != wanted or not np.isfinite(scores).all():
            what = f"shape {list(scores.shape)}" if scores.shape != wanted else "numbers that are not finite"
            raise StudyError(f"score file {path} has {what}; it must hold finite numbers of shape {list(wanted)}")
        return scores
    return None


def digest_of_files(path: Path, neurons: Sequence[int] | None = None) -> str:
    """A hash of every file of [gridcam] path, in the folders of these neurons (None: of all). Raises StudyError."""
    digest = hashlib.sha256()
    for neuron in neuron_folders(path, "[gridcam] path") if neurons is None else neurons:
        for file in sorted(p for p in (path / str(neuron)).rglob("*") if p.is_file()):
            digest.update(file.relative_to(path).as_posix().encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def nearest_units(
    activations: np.ndarray, neurons: Sequence[Neuron], casts: Sequence[Cast], network: str
) -> tuple[dict[int, int], list[str]]:
    """Neurons of another network -> this network's units that tell their pictures apart best, and what to say of it.

    activations: float32 [N, U] of this network. A unit is measured by how many standard deviations the answers and
    examples lie above the wrong options (difference of means over the pooled standard deviation).
    """
    units, told = {}, []
    for neuron, cast in zip(neurons, casts, strict=True):
        high, low = activations[[*cast.answers, *cast.examples]], activations[list(cast.wrong)]
        spread = np.sqrt((high.var(0, ddof=1) + low.var(0, ddof=1)) / 2) if len(low) > 1 else high.std(0)
        floor = 0.05 * float(activations.std(0).mean())  # a unit that hardly varies tells nothing, however steadily
        apart = (high.mean(0) - low.mean(0)) / (spread + floor + 1e-12)
        units[neuron.index] = int(apart.argmax())
        told.append(f"{neuron.index} by unit {units[neuron.index]} ({apart.max():.1f} sd)")
    return units, [
        f"{network} is not the network that these neurons belong to. Its grid-cams stand in for theirs: each neuron is "
        "represented by the unit that tells its answers and examples from its wrong options best (standard deviations "
        f"between them): {'; '.join(told)}."
    ]


def natural(path: Path) -> tuple[Any, ...]:
    """Sorts option2 before option10."""
    return tuple(int(part) if part.isdigit() else part for part in re.split(r"(\d+)", path.name))


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and path.is_file() and not path.name.startswith(".")


def _read(path: Path, size: int) -> np.ndarray:
    try:
        with Image.open(path) as picture:
            return np.array(square(picture, size))
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError, EOFError) as error:
        why = "not a picture" if isinstance(error, UnidentifiedImageError) else str(error).splitlines()[0]
        raise StudyError(f"{path} cannot be used: {why}") from error


def _read_json(path: Path, what: str) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise StudyError(f"{what} {path} does not exist") from error
    except (OSError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise StudyError(f"{what} {path} is not JSON ({str(error).splitlines()[0]})") from error
