"""Pictures held as the phases of a spectrum whose magnitudes are those of natural pictures and stay as they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ....models.network import Network
from ....study.visualization import VisualizationSettings
from ..items import Item, item_generator

# Square root of the covariance of colours in ImageNet, by its singular vectors: decorrelated colours (rows) -> RGB
# (horama 0.3.0, common.py).
COLOURS = torch.tensor(
    [[0.56282854, 0.58447580, 0.58447580], [0.19482528, 0.0, -0.19482528], [0.04329450, -0.10823626, 0.06494176]]
)
EPSILON = 1e-4  # there too: standardize


class Phases:
    """Pictures [B, 3, C, C] in (0, 1) as the sigmoid of decorrelated colours, C the settings' canvas.

    Fel et al. 2023, 'Unlocking feature visualization for deeper networks with magnitude constrained optimization'
    (horama 0.3.0, maco_fv.py): no picture can get more of any frequency than natural ones have, so that nothing else
    has to keep high frequencies down. `parameters` [B, 3, C, C // 2 + 1] are the phases before they are standardized.
    The magnitudes are the items' own, else `law`.
    """

    def __init__(self, network: Network, items: Sequence[Item], settings: VisualizationSettings) -> None:
        self.side = canvas(network, settings)
        self.colours = COLOURS.to(network.mean)
        given = [each.magnitude for each in items]
        self.magnitude = torch.stack([resized_magnitude(each, self.side) for each in given]).to(network.mean)
        drawn = [
            torch.randn(3, self.side, self.side // 2 + 1, generator=item_generator(each, "maco")) for each in items
        ]
        self.parameters = torch.stack(drawn).to(network.mean).requires_grad_(True)

    def pictures(self) -> Tensor:
        phases = standardized(self.parameters)
        spectrum = torch.complex(phases.cos() * self.magnitude, phases.sin() * self.magnitude)
        picture = standardized(torch.fft.irfft2(spectrum, s=(self.side, self.side)))
        return torch.einsum("dc,bdhw->bchw", self.colours, picture).sigmoid()


def canvas(network: Network, settings: VisualizationSettings) -> int:
    """The side of what is optimized, in pixels."""
    return settings.canvas or network.size


def standardized(x: Tensor) -> Tensor:
    """[B, …] with mean 0 and standard deviation 1, each of the batch by itself."""
    dims = tuple(range(1, x.ndim))
    centred = x - x.mean(dims, keepdim=True)
    return centred / (centred.std(dims, keepdim=True) + EPSILON)


def resized_magnitude(magnitude: np.ndarray | None, side: int) -> Tensor:
    """Magnitudes [3, S, S // 2 + 1], None for the law, for pictures of this side."""
    if magnitude is None:
        return law(side)
    return F.interpolate(
        torch.from_numpy(magnitude)[None], size=(side, side // 2 + 1), mode="bilinear", align_corners=False,
        antialias=True,
    )[0]  # fmt: skip


def law(side: int) -> Tensor:
    """Magnitudes that fall as 1 / frequency, in every decorrelated colour alike: float32 [3, side, side // 2 + 1].

    Field 1987, 'Relations between the statistics of natural images and the response properties of cortical cells'.
    """
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side))
    magnitude = 1.0 / np.maximum(frequency, 1.0 / side)
    return torch.from_numpy(magnitude).to(torch.float32).expand(3, -1, -1)


def magnitude_of(pictures: np.ndarray) -> np.ndarray:
    """Pictures uint8 [N, S, S, 3] -> their mean magnitudes in decorrelated colours, float32 [3, S, S // 2 + 1].

    The way back from `Phases.pictures`: pixels are brought into 0.01 to 0.99, where logits are finite.
    """
    inverse = np.linalg.inv(COLOURS.double().numpy())
    total = np.zeros((3, pictures.shape[1], pictures.shape[1] // 2 + 1))
    for picture in pictures:
        share = (picture / 255.0).clip(0.01, 0.99)
        colours = np.log(share / (1 - share)) @ inverse  # [S, S, 3]
        total += np.abs(np.fft.rfft2(colours.transpose(2, 0, 1)))
    return (total / len(pictures)).astype(np.float32)
