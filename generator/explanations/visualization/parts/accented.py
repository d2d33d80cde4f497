"""Pictures held as the spectrum of a given picture, whose low frequencies take larger steps than its high ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ....models.network import Network
from ....study.visualization import VisualizationSettings
from ..items import Item
from .phases import COLOURS, canvas

DECAY = 1.5  # power of the frequency by which steps fall (horama 0.3.0, feature_accentuation.py)
EPSILON = 1e-3  # there too: keeps the logits of black and white finite


class _ScaledGradient(torch.autograd.Function):
    """The spectrum as it is; its gradient times a scale."""

    @staticmethod
    def forward(ctx: Any, spectrum: Tensor, scale: Tensor) -> Tensor:
        ctx.save_for_backward(scale)
        return spectrum

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (scale,) = ctx.saved_tensors
        return gradient * scale, None


class AccentedPicture:
    """Pictures [B, 3, C, C] in (0, 1) as the sigmoid of decorrelated colours, C the settings' canvas, from a picture.

    Hamblin et al. 2024, 'Feature accentuation' (horama 0.3.0, feature_accentuation.py): what a unit sees in the picture
    grows, from where it is. `parameters` [B, 3, C, C // 2 + 1, 2] are the spectrum. `start` [B, 3, C, C] is the picture
    as this way of holding it shows it: within 0.001 of the given one.
    """

    def __init__(self, network: Network, items: Sequence[Item], settings: VisualizationSettings) -> None:
        self.side = canvas(network, settings)
        self.colours = COLOURS.to(network.mean)
        frequency = np.hypot(np.fft.fftfreq(self.side)[:, None], np.fft.rfftfreq(self.side))
        scale = self.side / np.maximum(frequency, 1.0 / self.side) ** DECAY
        self.scale = torch.from_numpy(scale).to(network.mean)[..., None]
        first = torch.stack([self._first(item) for item in items]).to(network.mean)
        self.parameters = first.requires_grad_(True)
        with torch.no_grad():
            self.start = self.pictures()

    def _first(self, item: Item) -> Tensor:
        if item.start is None:
            raise ValueError(f"unit {item.unit}: accentuation begins from a picture, and none is given")
        picture = torch.from_numpy(item.start.copy()).permute(2, 0, 1).to(torch.get_default_dtype()) / 255.0
        if picture.shape[-1] != self.side:
            picture = F.interpolate(picture[None], size=(self.side, self.side), mode="bilinear", antialias=True)[0]
        logits = torch.log((picture + EPSILON) / (1 - picture + EPSILON))
        inverse = torch.linalg.inv(COLOURS.to(logits.dtype))
        spectrum = torch.fft.rfft2(torch.einsum("cd,chw->dhw", inverse, logits))
        return torch.view_as_real(spectrum).contiguous()

    def pictures(self) -> Tensor:
        spectrum = torch.view_as_complex(_ScaledGradient.apply(self.parameters, self.scale).contiguous())
        picture = torch.fft.irfft2(spectrum, s=(self.side, self.side))
        return torch.einsum("dc,bdhw->bchw", self.colours, picture).sigmoid()
