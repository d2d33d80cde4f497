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
from ..models.device import repeatable_kernels
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

    All windows of all pictures go through the network in large batches, window by window of a level rather than picture
    by picture, so that a batch is enlarged at once; one pass serves all neurons.
    batch: windows at once, None: what suits the device; on_progress(windows) is told of finished windows. Raises
    StudyError if memory runs out for a single window.
    """
    size, windows = network.size, _windows(settings, network.size)
    wanted = sorted({neuron for each in neurons for neuron in each})
    column = {neuron: k for k, neuron in enumerate(wanted)}
    scores = np.empty((len(windows), len(pixels), len(wanted)), np.float32)  # of each window in every picture
    flat = scores.reshape(-1, len(wanted))
    pictures = to_network(pixels, network.mean.device)

    def run(start: int, stop: int) -> None:
        places = [divmod(at, len(pixels)) for at in range(start, stop)]  # (window, picture)
        x = _enlarged(pictures, [(picture, windows[window]) for window, picture in places], size)
        if len(x) == 1:  # computed twice at once: processors take a single one another way, and round differently
            x = x.repeat(2, 1, 1, 1)
        flat[start:stop] = network.columns(x, wanted)[: stop - start].cpu().numpy()
        if on_progress:
            on_progress(stop - start)

    with repeatable_kernels():
        in_batches(run, len(flat), batch or forward_batch(network), "grid-cams")
    maps = cell_means(scores.transpose(1, 0, 2), settings)
    return [maps[k][[column[neuron] for neuron in each]] for k, each in enumerate(neurons)]


def _enlarged(pictures: Tensor, crops: Sequence[tuple[int, tuple[int, int, int, int]]], size: int) -> Tensor:
    """Pictures [P, 3, S, S] and crops, (picture, window) each -> the crops [B, 3, size, size], in their order."""
    of_size: dict[tuple[int, int], list[int]] = {}  # where eight does not divide S, a level has crops of several sizes
    for place, (_, (top, bottom, left, right)) in enumerate(crops):
        of_size.setdefault((bottom - top, right - left), []).append(place)
    made = []
    for places in of_size.values():
        some = [
            pictures[picture, :, top:bottom, left:right]
            for picture, (top, bottom, left, right) in map(crops.__getitem__, places)
        ]
        made.append(F.interpolate(torch.stack(some), size=(size, size), mode="bilinear", align_corners=False))
    order = [place for places in of_size.values() for place in places]
    x = torch.cat(made)[sorted(range(len(order)), key=order.__getitem__)] if len(made) > 1 else made[0]
    return x.contiguous(memory_format=torch.channels_last)


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
