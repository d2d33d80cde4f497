"""Networks: the settings of [model] -> a network that turns pictures into representations, built when first needed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ..study.model import ModelError, ModelSettings, identity

if TYPE_CHECKING:
    from .network import Network


class NetworkHandle:
    """A network that is only built when it has work to do: a build with nothing changed never imports torch.

    identity: hash of everything its representation depends on; size: side of its input pictures in pixels.
    """

    def __init__(self, settings: ModelSettings, device: str = "auto") -> None:
        self.settings = settings
        self._device = device

    @cached_property
    def network(self) -> Network:
        """The network itself, on its device. Raises ModelError."""
        from .device import pick_device
        from .loading import load_network

        return load_network(self.settings, pick_device(self._device))

    @cached_property
    def identity(self) -> str:
        return identity(self.settings) or self.network.digest

    @cached_property
    def size(self) -> int:
        if self.settings.size:
            return self.settings.size
        return {"world": 128, "efficientnet-lite0": 224}.get(self.settings.name) or self.network.size


__all__ = ["ModelError", "ModelSettings", "NetworkHandle"]
