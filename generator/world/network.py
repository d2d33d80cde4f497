"""The network of the creature world: a narrow residual network, 128 px pictures -> 256 rectified units."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SIZE = 128
UNITS = 256
MEAN = (0.45, 0.45, 0.40)
STD = (0.25, 0.25, 0.25)
LAYER = "rectifier"


class Halve(nn.AvgPool2d):
    """Halve a map by averaging overlapping windows, so that little of its high frequencies folds over (after Zhang
    2019, "Making convolutional networks shift-invariant again"): gradients, and with them feature visualizations,
    come out without checkerboards."""

    def __init__(self) -> None:
        super().__init__(3, stride=2, padding=1, count_include_pad=False)


class Soften(nn.Module):
    """Blur a picture by a 5x5 kernel, two 3x3 averages in one (standard deviation 1.15 px).

    What the network cannot see, neither an adversary nor a visualization can write: gradients carry no pixel noise.
    """

    kernel: Tensor

    def __init__(self) -> None:
        super().__init__()
        row = torch.tensor([1.0, 2.0, 3.0, 2.0, 1.0]) / 9.0
        # A full convolution with zeros between colours: several times faster on a CPU than one kernel per colour.
        kernel = torch.einsum("oi,h,w->oihw", torch.eye(3), row, row)
        self.register_buffer("kernel", kernel, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.kernel, padding=2)


class Block(nn.Module):
    """Two 3x3 convolutions with a shortcut (He et al. 2016); smooth inside, so that gradients are smooth too."""

    def __init__(self, width_in: int, width: int, last: bool = False) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width_in, width, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(width)
        self.shortcut = (
            nn.Identity()
            if width_in == width
            else nn.Sequential(nn.Conv2d(width_in, width, 1, bias=False), nn.BatchNorm2d(width))
        )
        self.after = nn.Identity() if last else nn.SiLU()

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm2(self.conv2(F.silu(self.norm1(self.conv1(x)))))
        return self.after(y + self.shortcut(x))


class CreatureNet(nn.Module):
    """[B, 3, 128, 128] normalized pictures -> rectified feature map [B, 256, 8, 8] (`rectifier`'s output).

    Stages of 32, 64, 128, 256 channels at strides 4, 8, 16, 16; the representation is the map's average over places.
    """

    def __init__(self, widths: tuple[int, int, int, int] = (32, 64, 128, UNITS)) -> None:
        super().__init__()
        a, b, c, d = widths
        self.stem = nn.Sequential(
            Soften(), nn.Conv2d(3, a, 5, stride=2, padding=2, bias=False), nn.BatchNorm2d(a), nn.SiLU(), Halve()
        )
        self.stage1 = nn.Sequential(Block(a, a), Block(a, a))
        self.stage2 = nn.Sequential(Halve(), Block(a, b), Block(b, b))
        self.stage3 = nn.Sequential(Halve(), Block(b, c), Block(c, c))
        self.stage4 = nn.Sequential(Block(c, d, last=True))
        self.rectifier = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.rectifier(self.stage4(self.stage3(self.stage2(self.stage1(self.stem(x))))))
