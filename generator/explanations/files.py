"""Explanations that somebody else made, as files: feature visualizations, and cell scores of grid-cams."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..errors import StudyError
from ..pictures.neuron_folders import is_picture, natural, neuron_folders, read_json, read_picture
from ..study import GridcamSettings
from ..study.visualization import VisualizationSettings


class VisualizationFiles:
    """Pictures that explain neurons, from [visualization] path: <neuron>/<anything>.png.

    The patterns of [visualization] files come in their order, the files of one pattern in natural order; the first
    [visualization] most of them are shown. neurons: those that have a folder; section: of the study file.
    """

    def __init__(self, settings: VisualizationSettings, size: int, section: str = "[visualization]") -> None:
        assert settings.path is not None  # checked by the settings themselves
        self.settings, self.size, self.section = settings, size, section
        self._folders = neuron_folders(settings.path, f"{section} path")
        self.neurons = tuple(self._folders)

    def files(self, neuron: int) -> list[Path]:
        """A neuron's pictures. Raises StudyError if it has none."""
        if neuron not in self._folders:
            raise StudyError(
                f"{self.section} path = {self.settings.path} holds no folder {neuron}, which is a neuron of the study"
            )
        folder, found = self._folders[neuron], []
        for pattern in self.settings.files:
            found += sorted((p for p in folder.glob(pattern) if is_picture(p) and p not in found), key=natural)
        if not found:
            raise StudyError(f"{folder} holds no picture named {' or '.join(self.settings.files)} for neuron {neuron}")
        return found[: self.settings.most]

    def check(self, neuron: int, count: int, condition: int | str) -> None:
        """Raises StudyError if a neuron has fewer pictures than a condition shows."""
        if (there := len(self.files(neuron))) < count:
            raise StudyError(
                f"condition {condition} shows {count} pictures of {self.section} path, and "
                f"{self._folders[neuron]} holds {there}"
            )

    def pictures(self, neuron: int) -> list[tuple[Path, np.ndarray]]:
        """A neuron's files with their pictures, uint8 [S, S, 3]. Raises StudyError for one that cannot be read."""
        return [(path, read_picture(path, self.size)) for path in self.files(neuron)]

    def digest(self, neurons: Sequence[int]) -> str:
        """A hash of the files of these neurons."""
        digest = hashlib.sha256()
        for neuron in neurons:
            for path in self.files(neuron):
                digest.update(f"{neuron}/{path.name}|".encode() + hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()


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
            content = np.load(path, allow_pickle=False) if path.suffix == ".npy" else read_json(path, "score file")
            scores = np.asarray(content, dtype=np.float32)
        except (OSError, ValueError, TypeError, EOFError) as error:
            raise StudyError(f"score file {path} cannot be read as numbers ({str(error).splitlines()[0]})") from error
        wanted = (len(settings.windows), settings.cells, settings.cells)
        if scores.shape != wanted or not np.isfinite(scores).all():
            what = f"shape {list(scores.shape)}" if scores.shape != wanted else "numbers that are not finite"
            raise StudyError(f"score file {path} has {what}; it must hold finite numbers of shape {list(wanted)}")
        return scores
    return None
