"""Networks: the settings of [model] -> a network that turns pictures into representations, built when first needed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cache, cached_property, partial
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from .. import PACKAGE
from ..errors import StudyError
from ..pictures import PictureSet
from ..pictures.loading import tasks_of
from ..pictures.sources import PartRead
from ..store import Arrays, Origin, Store, digest_of_arrays, source_digest
from ..study.model import ModelError, ModelSettings
from ..workers import Executor, Local, Worker
from .identity import identity_of
from .matrix import Activations
from .passes import activate_parts

if TYPE_CHECKING:
    from .network import Network

# The files, beside the network's own, that activations depend on.
ACTIVATION_SOURCES = (PACKAGE / "models" / "activations.py", PACKAGE / "models" / "fused.py")


@cache
def _activation_code() -> str:
    return source_digest(*ACTIVATION_SOURCES)


class NetworkHandle:
    """A network that is only built when it has work to do: a build with nothing changed never imports torch.

    identity: hash of everything its representation depends on; size: side of its input pictures in pixels.
    """

    def __init__(self, settings: ModelSettings, device: str = "auto") -> None:
        self.settings = settings
        self.device = device

    def __repr__(self) -> str:
        network = self.network
        return (
            f"network {network.name}: {network.units} neurons of layer '{network.layer}', pictures of {network.size} x "
            f"{network.size} px, on {network.mean.device.type}"
        )

    @property
    def units(self) -> int:
        """How many neurons the layer has."""
        return self.network.units

    @cached_property
    def network(self) -> Network:
        """The network itself, on its device. Raises ModelError."""
        from .device import pick_device
        from .loading import load_network

        return load_network(self.settings, pick_device(self.device))

    @cached_property
    def fused(self) -> Network:
        """The network in float32 as it computes soonest: what activations and grid-cams are taken of."""
        from .fused import fused_copy

        return fused_copy(self.network)

    @cached_property
    def identity(self) -> str:
        return identity_of(self.settings) or self.network.digest

    def check(self) -> None:
        """Raises ModelError for what is wrong with weights, model or device, before anything is computed."""
        if self.device not in ("auto", "cpu"):
            from .device import pick_device

            pick_device(self.device)
        _ = self.identity

    def origin(self, number_format: str = "float32") -> Origin:
        """Where and with what the network computes, in these numbers."""
        from .device import device_name

        device = self.network.mean.device
        return {
            "device": device_name(device),
            "number_format": number_format,
            **{package: version(package) for package in ("torch", "torchvision")},
        }

    def activations(
        self,
        pictures: PictureSet,
        store: Store,
        on_progress: Callable[[float, float], None],
        executor: Executor | None = None,
    ) -> Activations:
        """Activations [N, units] of pictures, kept part by part; an executor (None: here) makes what is missing."""
        executor = executor or Local(Worker(self, store))
        missing = [
            read.part
            for read in pictures.parts
            if len(read) and store.read("activations", self.depends_on(read)) is None
        ]
        if missing:
            executor.run(tasks_of(missing, activate_parts), on_progress)
        parts = [(len(read), partial(self._rows, read, store)) for read in pictures.parts if len(read)]
        return Activations(parts, len(parts[0][1]()[0]))

    def depends_on(self, read: PartRead) -> list[str]:
        """What the activations of a part depend on: network, code, and the pixels of its pictures."""
        return [self.identity, _activation_code(), hashlib.sha256(read.hashes.tobytes()).hexdigest()]

    def _rows(self, read: PartRead, store: Store) -> np.ndarray:
        arrays = store.read("activations", self.depends_on(read))
        if arrays is None:
            raise StudyError(
                f"activations of {read.part.sources[0].name} and those after it are gone from {store.root} or damaged: "
                "run the same command again"
            )
        return arrays["activations"]

    def representations(self, pictures: Sequence[np.ndarray], store: Store) -> np.ndarray:
        """Activations float32 [N, units] of single pictures, uint8 [S, S, 3] each, every one kept by itself."""
        code = _activation_code()

        def make(picture: np.ndarray) -> Arrays:
            from .activations import compute_activations

            return {"representation": compute_activations(self.fused, picture[None])[0]}

        made = []
        for picture in pictures:
            key = [self.identity, code, digest_of_arrays({"picture": picture})]
            made.append(store.get("representations", key, partial(make, picture), self.origin)["representation"])
        return np.stack(made)

    @cached_property
    def size(self) -> int:
        if self.settings.size:
            return self.settings.size
        return {"world": 128, "efficientnet-lite0": 224}.get(self.settings.name) or self.network.size


__all__ = ["ACTIVATION_SOURCES", "Activations", "ModelError", "ModelSettings", "NetworkHandle", "activate_parts"]
