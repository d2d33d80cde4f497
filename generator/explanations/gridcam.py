"""Grid-cam: a picture and a network -> how much each of 8x8 cells has to do with each neuron, at four crop levels.

Every window of a level (1, 2, 4, 7 cells wide, stride one cell, only those inside the picture) is cropped, resized to
the picture's size and fed to the network; a cell's score is the mean activation of the windows that cover it (paper,
section on grid-cam).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ..models.activations import forward_batch, in_batches, to_network
from ..models.network import Network
from ..study import GridcamSettings


def window_count(settings: GridcamSettings) -> int:
    """Windows of one picture over all levels."""
    return sum((settings.cells - width + 1) ** 2 for width in settings.windows)


def _windows(settings: GridcamSettings, size: int) -> list[tuple[int, int, int, int]]:
    """All windows of a picture, level by level, row by row: (top, bottom, left, right) in pixels."""
    edge = [round(k * size / settings.cells) for k in range(settings.cells + 1)]
    found = []
    for width in settings.windows:
        places = range(settings.cells - width + 1)
        found += [(edge[r], edge[r + width], edge[c], edge[c + width]) for r in places for c in places]
    return found


@torch.inference_mode()
def compute_gridcams(
    network: Network,
    pixels: np.ndarray,
    neurons: Sequence[Sequence[int]],
    settings: GridcamSettings,
    *,
    batch: int | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> list[np.ndarray]:
    """Pictures uint8 [P, S, S, 3], neurons asked about each -> P arrays float32 [neurons, levels, cells, cells].

    All windows of all pictures go through the network in large batches, and one pass serves all neurons.
    batch: windows at once, None: what suits the device; on_progress(windows) is told of finished windows. Raises
    StudyError if memory runs out for a single window.
    """
    size, windows = network.size, _windows(settings, network.size)
    total = len(pixels) * len(windows)
    wanted = sorted({neuron for each in neurons for neuron in each})
    column = {neuron: k for k, neuron in enumerate(wanted)}
    scores = np.empty((total, len(wanted)), np.float32)  # window by window, picture after picture

    def run(start: int, stop: int) -> None:
        first, last = start // len(windows), (stop - 1) // len(windows)
        pictures = to_network(pixels[first : last + 1], network.mean.device)
        crops: list[Tensor] = []
        for at in range(start, stop):
            picture, (top, bottom, left, right) = at // len(windows) - first, windows[at % len(windows)]
            crop = pictures[picture : picture + 1, :, top:bottom, left:right]
            crops.append(F.interpolate(crop, size=(size, size), mode="bilinear", align_corners=False))
        x = torch.cat(crops).contiguous(memory_format=torch.channels_last)  # [B, 3, S, S]
        scores[start:stop] = network(x)[:, wanted].cpu().numpy()
        if on_progress:
            on_progress(stop - start)

    in_batches(run, total, batch or forward_batch(network), "grid-cams")
    maps = cell_means(scores.reshape(len(pixels), len(windows), len(wanted)), settings)
    return [maps[k][[column[neuron] for neuron in each]] for k, each in enumerate(neurons)]


def cell_means(scores: np.ndarray, settings: GridcamSettings) -> np.ndarray:
    """Window scores [P, windows, K] -> cell scores float32 [P, K, levels, cells, cells]: means of covering windows."""
    pictures, _, neurons = scores.shape
    cells = settings.cells
    maps = np.zeros((pictures, neurons, len(settings.windows), cells, cells), np.float64)
    at = 0
    for level, width in enumerate(settings.windows):
        places = cells - width + 1
        grid = scores[:, at : at + places**2].reshape(pictures, places, places, neurons).transpose(0, 3, 1, 2)
        at += places**2
        covered = np.zeros((cells, cells))
        for dr in range(width):
            for dc in range(width):
                maps[:, :, level, dr : dr + places, dc : dc + places] += grid
                covered[dr : dr + places, dc : dc + places] += 1
        maps[:, :, level] /= covered
    return maps.astype(np.float32)
