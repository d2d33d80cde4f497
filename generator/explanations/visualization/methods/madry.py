"""Normalized gradient ascent on pixels, for networks trained to be robust.

Engstrom et al. 2019, 'Adversarial robustness as a prior for learned representations', as published in their notebook
for `robustness`: no regularizer but the network's own robustness; the last rectifier's gradient is replaced by the
identity, so that a unit that is exactly 0 can be raised.
"""

from . import Method

METHOD = Method(
    parametrization="pixels.Pixels",
    transforms="unchanged.unchanged",
    step="ascent.NormalizedAscent",
    fake_relu=True,
    settings=("step_size", "radius", "noise_mean", "noise_sd"),
)
