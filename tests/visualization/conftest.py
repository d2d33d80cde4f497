"""Networks to climb: a small one of random weights, and one with batch norms and residual sums."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from generator.models.network import Network

SIZE = 32


class _Block(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)
        self.conv2, self.bn2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)
        self.relu1, self.relu2 = nn.ReLU(), nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu2(x + self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x))))))


def residual_network(size: int = SIZE, channels: int = 12) -> Network:
    torch.manual_seed(1)
    model = nn.Sequential(
        nn.Conv2d(3, channels, 5, stride=2, padding=2), nn.BatchNorm2d(channels), nn.ReLU(), _Block(channels),
        nn.MaxPool2d(2), _Block(channels), nn.AdaptiveAvgPool2d(1),
    )  # fmt: skip
    for module in model.modules():  # as after training: every channel has a mean and a spread of its own
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0.5, 0.3)
    return Network(model, name="residual", layer="6", size=size, mean=(0.48, 0.46, 0.41), std=(0.26, 0.25, 0.27))


@pytest.fixture
def residual() -> Network:
    return residual_network()
