"""A network, pictures, and how active each of its neurons is for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..models import Activations as Matrix
from ..models import NetworkHandle
from ..pictures import PictureSet
from ..pictures import load_pictures as read_pictures
from ..pictures.given import Picture, pictures_of
from ..pictures.pixels import Pixels
from ..pictures.sheet import Row, Sheet
from ..progress import Progress
from ..store import Store
from ..study import load_study
from ..study.model import Triple
from .checks import check_neuron

if TYPE_CHECKING:
    from torch import nn

WORLD = "world"


@dataclass(frozen=True, repr=False)
class Activations:
    """How active the neurons of a layer are for pictures.

    matrix: the values, of which no more is read than is asked for; pixels: uint8 [N, S, S, 3], indexed by numbers;
    names: of the pictures.
    """

    matrix: Matrix
    pixels: np.ndarray | Pixels = field(repr=False)
    names: tuple[str, ...]
    network: NetworkHandle

    def __repr__(self) -> str:
        pictures, neurons = self.matrix.shape
        return f"activations of {neurons} neurons of layer '{self.network.network.layer}' for {pictures} pictures"

    @property
    def values(self) -> np.ndarray:
        """All of them, float32 [N, units]: 8 GB of a million pictures and 2,048 neurons."""
        return self.matrix.rows(range(len(self.matrix)))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self.values if dtype is None else self.values.astype(dtype)

    def __len__(self) -> int:
        return len(self.names)

    def top(self, neuron: int, count: int = 8) -> Sheet:
        """The pictures that activate a neuron most, the most active first. Raises StudyError."""
        check_neuron(self.network, neuron)
        values = self.matrix.column(neuron)
        most = np.argsort(-values, kind="stable")[: max(count, 0)]
        captions = [f"{values[k]:.3g}  {self.names[k]}" for k in most]
        title = f"neuron {neuron}: most active of {len(self)} pictures"
        return Sheet((Row(title, [self.pixels[int(k)] for k in most], captions),))


def load_network(
    model: str | Path | nn.Module = WORLD,
    *,
    weights: str | Path | None = None,
    layer: str | None = None,
    size: int | None = None,
    mean: Triple | None = None,
    std: Triple | None = None,
    tokens: Literal["mean", "class", "each"] | int = "mean",
    channels: Literal["first", "last"] = "first",
    device: str = "auto",
) -> NetworkHandle:
    """A network by its name, by a file that import-checkpoint wrote, or the module itself -> seen from one layer.

    What is left out is the network's own; a module comes with its `layer`. device: auto, cpu, cuda or mps.
    Raises StudyError.
    """
    values: dict[str, Any] = {"layer": layer, "size": size, "mean": mean, "std": std, "tokens": tokens}
    values |= {"channels": channels, "weights": weights}
    if isinstance(model, Path) or (isinstance(model, str) and model.endswith(".safetensors")):
        from ..models.checkpoint import architecture_of

        values |= {"name": f"torchvision:{architecture_of(Path(model))}", "weights": Path(model)}
    else:
        values["name"] = model if isinstance(model, str) else type(model).__qualname__
    settings = load_study(None, {"model": {name: value for name, value in values.items() if value is not None}}).model
    if not isinstance(model, (str, Path)):
        from ..models.given import GivenNetwork

        return GivenNetwork(model, settings, device)
    network = NetworkHandle(settings, device)
    _ = network.network  # whatever is wrong with it is told here
    return network


def load_pictures(
    network: NetworkHandle,
    source: str | Path = WORLD,
    *,
    per_class: int = 150,
    seed: int = 0,
    artifacts: str | Path = "artifacts",
    progress: Progress | None = None,
) -> PictureSet:
    """A folder of pictures, or `world`: painted creatures, `per_class` of each kind -> as the network takes them.

    Each is read when it is asked for. skipped: files that could not be used; duplicates: those that are others again.
    Raises StudyError.
    """
    where = {"kind": "world", "per_class": per_class} if source == WORLD else {"kind": "folder", "path": Path(source)}
    settings = load_study(None, {"data": where, "seed": seed})
    told = (lambda done, total: progress("pictures", done, total)) if progress else (lambda done, total: None)
    return read_pictures(settings.data, network.size, settings.seed, Store(Path(artifacts)), told)


def activations(
    network: NetworkHandle,
    pictures: PictureSet | Picture | Sequence[Picture],
    *,
    artifacts: str | Path = "artifacts",
    progress: Progress | None = None,
) -> Activations:
    """Pictures of any size, one or several, or a folder of them -> every neuron's activation for each.

    Of a folder and of `load_pictures` they are kept in `artifacts`. Raises StudyError.
    """
    if isinstance(pictures, (str, Path)) and not Path(pictures).is_file():
        pictures = load_pictures(network, pictures, artifacts=artifacts, progress=progress)

    def told(done: float, total: float) -> None:
        if progress:
            progress("activations", done, total)

    if isinstance(pictures, PictureSet):
        matrix = network.activations(pictures, Store(Path(artifacts)), told)
        return Activations(matrix, pictures.pixels, pictures.names, network)
    from ..models.activations import compute_activations

    pixels, names = pictures_of(pictures, network.size)
    done = 0

    def batch(count: int) -> None:
        nonlocal done
        done += count
        told(done, len(pixels))

    values = compute_activations(network.fused, pixels, names=names, on_progress=batch)
    return Activations(Matrix.of(values), pixels, names, network)
