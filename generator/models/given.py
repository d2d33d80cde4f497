"""A network that is there already, as a notebook has it -> the same as one that settings name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ..pictures import PictureSet
from ..pictures.loading import PART
from ..store import Store
from ..study.model import ModelError, ModelSettings
from ..workers import Executor
from . import NetworkHandle
from .matrix import Activations

if TYPE_CHECKING:
    from torch import nn


class GivenNetwork(NetworkHandle):
    """A torch.nn.Module, seen from the layer of the settings. No file tells what it is, so nothing of it is kept.

    What the settings leave out is as for a function that makes a network: 224 px, ImageNet's normalization.
    Raises ModelError for what is no module, or has no such layer.
    """

    def __init__(self, model: nn.Module, settings: ModelSettings, device: str = "auto") -> None:
        from torch import nn

        from .device import pick_device
        from .loading import IMAGENET_MEAN, IMAGENET_STD
        from .network import Network

        super().__init__(settings, device)
        if not isinstance(model, nn.Module):
            raise ModelError(
                f"a network cannot be a {type(model).__name__}: it is a name, a file of weights or a torch.nn.Module"
            )
        if settings.layer is None:
            raise ModelError("a torch.nn.Module comes with its layer, the name of the module whose output is looked at")
        self.network = Network(
            model, name=settings.name, layer=settings.layer, size=settings.size or 224,
            mean=settings.mean or IMAGENET_MEAN, std=settings.std or IMAGENET_STD, tokens=settings.tokens,
            channels=settings.channels,
        ).to(pick_device(device)).to_channels_last()  # fmt: skip
        self.identity = self.network.digest

    def activations(
        self,
        pictures: PictureSet,
        store: Store,
        on_progress: Callable[[float, float], None],
        executor: Executor | None = None,
    ) -> Activations:
        """Activations [N, units] of pictures, computed here and each time."""
        from .activations import compute_activations

        made = np.empty((len(pictures), self.units), np.float32)
        for start in range(0, len(pictures), PART):
            some = slice(start, start + PART)
            made[some] = compute_activations(self.fused, pictures.pixels[some], names=pictures.names[some])
            on_progress(min(start + PART, len(pictures)), len(pictures))
        return Activations.of(made)
