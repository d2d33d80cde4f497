"""What a method's steps run on: the settings -> a network, as it is or fused, in their number format."""

from __future__ import annotations

import copy

import torch

from ...models.device import bfloat16_is_fast
from ...models.fused import fused_copy
from ...models.network import Network
from ...study.visualization import VisualizationSettings


def number_format(settings: VisualizationSettings, device: torch.device) -> str:
    """The numbers that visualizations are computed in on this device: 'float32' or 'bfloat16'."""
    if settings.engine == "reference":
        return "float32"
    if settings.number_format != "auto":
        return settings.number_format
    return "bfloat16" if bfloat16_is_fast(device) and not settings.exact else "float32"


def runner_of(network: Network, settings: VisualizationSettings) -> Network:
    """The network to optimize on.

    Exact in float32 is the network itself; whatever else is a copy. A network in 64 bits stays in them.
    """
    dtype = getattr(torch, number_format(settings, network.mean.device))
    if network.dtype == torch.float64:
        dtype = torch.float64
    if not settings.exact:
        return fused_copy(network, dtype)
    if dtype == network.dtype:
        return network
    made = copy.deepcopy(network)
    made.run_in(dtype)
    return made
