"""Pictures held as the spectrum of decorrelated colours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ....models.network import Network
from ....study.visualization import VisualizationSettings
from ..items import Item, item_seed

# Square root of the covariance of colours in ImageNet, scaled so that its longest column has length 1 (lucid and
# torch-lucent, optvis/param/color.py).
_COLOUR = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
COLOUR = torch.tensor(_COLOUR / np.linalg.norm(_COLOUR, axis=0).max(), dtype=torch.float32)
SPECTRUM_SD = 0.01  # torch-lucent, optvis/param/spatial.py: fft_image
MAGIC = 4.0  # there too: larger values saturate less


class Spectrum:
    """Pictures [B, 3, S, S] in (0, 1) as the sigmoid of decorrelated colours of a scaled spectrum.

    Low frequencies get larger steps than high ones, which is all that keeps pictures from turning into high-frequency
    noise (Olah et al. 2017, 'Feature Visualization'; torch-lucent 0.1.8, param.image with fft and decorrelate).
    `parameters` [B, 3, S, S // 2 + 1, 2] hold what is optimized.
    """

    def __init__(self, network: Network, items: Sequence[Item], settings: VisualizationSettings) -> None:
        size, device, dtype = network.size, network.mean.device, network.mean.dtype
        self.size = size
        # Odd sizes keep one column more, which to_pictures cuts off again.
        columns = np.fft.fftfreq(size)[: size // 2 + (2 if size % 2 else 1)]
        frequency = np.hypot(np.fft.fftfreq(size)[:, None], columns)
        self.scale = torch.tensor(1.0 / np.maximum(frequency, 1.0 / size), dtype=dtype, device=device)[..., None]
        self.colour = COLOUR.to(device, dtype)
        first = torch.stack([self._first(item) for item in items]).to(device, dtype)
        self.parameters = first.requires_grad_(True)

    def _first(self, item: Item) -> Tensor:
        if item.start is not None:
            return self.of_picture(torch.from_numpy(item.start.copy()).permute(2, 0, 1).float() / 255.0)
        generator = torch.Generator().manual_seed(item_seed(item, "lucent"))
        return torch.randn(3, *self.scale.shape[:2], 2, generator=generator) * SPECTRUM_SD

    def pictures(self) -> Tensor:
        """[B, 3, S, S] in (0, 1)."""
        scaled = torch.view_as_complex((self.scale * self.parameters).contiguous())
        picture = torch.fft.irfftn(scaled, s=(self.size, self.size), dim=(-2, -1), norm="ortho") / MAGIC
        return torch.einsum("dc,bchw->bdhw", self.colour, picture).sigmoid()

    def of_picture(self, picture: Tensor) -> Tensor:
        """The spectrum [3, S, F, 2] of a picture [3, S, S], brought into 0.01 to 0.99, where logits are finite."""
        logits = picture.clamp(0.01, 0.99).logit()
        colours = torch.einsum("cd,dhw->chw", torch.linalg.inv(COLOUR).to(logits.dtype), logits) * MAGIC
        spectrum = torch.fft.rfft2(colours, norm="ortho")
        kept = torch.zeros(3, *self.scale.shape[:2], dtype=spectrum.dtype)
        kept[..., : spectrum.shape[-1]] = spectrum
        return torch.view_as_real(kept) / self.scale.cpu()
