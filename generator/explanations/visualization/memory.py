"""How many pictures are optimized at once: a network and a method -> a batch that fits and runs well."""

from __future__ import annotations

import os
from pathlib import Path

import torch
from torch import Tensor

from ...models.device import out_of_memory, pictures_at_once
from ...models.network import Network
from ...study.visualization import VisualizationSettings
from .batch import Batch
from .items import Item

LARGEST_BATCH = {"cpu": 32, "cuda": 768, "mps": 64}  # beyond, nothing is gained and much is lost when interrupted
SHARE_OF_MEMORY = 0.6


def bytes_per_picture(network: Network, item: Item, settings: VisualizationSettings) -> int:
    """What one step of one picture keeps for its backward pass, in bytes: measured, whatever the device."""
    return sum(_blocks(network, item, settings))


def batch_that_fits(network: Network, item: Item, settings: VisualizationSettings, count: int) -> int:
    """Pictures to optimize at once, 1 to `count`: limited by free memory and, on a CPU, by the largest single map."""
    device = network.mean.device
    largest = min(count, LARGEST_BATCH.get(device.type, 32))
    free = torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else _free_memory()
    try:
        blocks = _blocks(network, item, settings)
    except RuntimeError as error:
        if not out_of_memory(error):
            raise
        return 1  # which will say so
    fits = int(SHARE_OF_MEMORY * free / max(1, 2 * sum(blocks)))  # gradients take about what the pass itself keeps
    return pictures_at_once(device, max(blocks, default=0), max(1, min(largest, fits)))


def _blocks(network: Network, item: Item, settings: VisualizationSettings) -> list[int]:
    """Bytes of every tensor that one step of one picture keeps for its backward pass, the network's own left out."""
    own = {tensor.untyped_storage().data_ptr() for tensor in (*network.parameters(), *network.buffers())}
    blocks: dict[int, int] = {}
    kept: list[Tensor] = []  # or a freed block's address would stand for the next tensor too

    def add_block(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own and storage.data_ptr() not in blocks:
            blocks[storage.data_ptr()] = storage.nbytes()
            kept.append(tensor)
        return tensor

    batch = Batch(network, [item], settings)
    with torch.autograd.graph.saved_tensors_hooks(add_block, lambda tensor: tensor):
        batch.step()
    return list(blocks.values())


def _free_memory() -> int:
    """Bytes of main memory that can be had, or 4 GB where the system does not say."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):  # free, or given back by the file cache when asked
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return 4 * 10**9
