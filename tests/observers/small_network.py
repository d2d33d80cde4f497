"""A network whose maps are known by hand, as package.module:function, and observers of one's own."""

from __future__ import annotations

from torch import nn


class Two(nn.Module):
    """The picture itself averaged to 16 x 16 places, then to 8 x 8: units are the three colours."""

    def __init__(self) -> None:
        super().__init__()
        self.fine = nn.AvgPool2d(2)
        self.coarse = nn.AvgPool2d(2)
        self.pool = nn.AdaptiveAvgPool2d(1)

    def forward(self, x):
        return self.pool(self.coarse(self.fine(x))).flatten(1)


def network() -> nn.Module:
    return Two()


def by_brightness(explanation, options):
    return [option.mean() for option in options]


def too_few(explanation, options):
    return [1.0] * (len(options) - 1)


def not_finite(explanation, options):
    return [float("nan")] * len(options)


def no_numbers(explanation, options):
    return ["a"] * len(options)


def fails(explanation, options):
    raise RuntimeError("the server is away\nand more")


not_a_function = 3
