"""Networks to optimize on: a small one of random weights, and one with batch norms and residual sums."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from generator.explanations.visualization import runner
from generator.models.network import Network

SIZE = 32
ROUNDING = 1e-9  # in 64 bits: of sums of some thousand terms, a dozen layers deep, with room for many steps


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


def precise(network: Network) -> Network:
    """The same network in 64 bits from now on."""
    network.run_in(torch.float64)
    return network


@pytest.fixture
def residual() -> Network:
    return residual_network()


@pytest.fixture
def without_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    """The default as processors run it that have no bfloat16: in 32 bits."""
    monkeypatch.setattr(runner, "bfloat16_is_fast", lambda device: False)


@pytest.fixture
def in_64_bits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever is made anew is of 64 bits, the packages' own tensors too, which ask for 32 by name.

    Two ways to compute the same then differ by some 1e-16 a sum, on whatever processor: what is left after many steps
    of an optimizer is far from what another algorithm would give. In 32 bits it is not: the first steps of Adam are the
    sign of the gradient, which rounding decides where it is near 0.
    """
    monkeypatch.setattr(torch.Tensor, "float", torch.Tensor.double)
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)
