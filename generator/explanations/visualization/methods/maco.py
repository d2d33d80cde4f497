"""Phases of a spectrum with the magnitudes of natural pictures, seen through random crops, for any network.

Fel et al. 2023, 'Unlocking feature visualization for deeper networks with magnitude constrained optimization', as
published in horama 0.3.0: 1000 steps of 6 crops on a canvas of 1280 pixels, crops of 0.25 to 0.3 of its side. A unit
that is exactly 0 has no gradient: its rectifier lets the gradient through until it is alive, as with `lucent`. It
begins from noise alone: a picture's own phases, standardized, would be others.
"""

from . import Method

METHOD = Method(
    parametrization="phases.Phases",
    transforms="crops.RandomCrops",
    step="adam.NAdam",
    fake_relu="dead",
    settings=("learning_rate", "canvas", "crops", "crop_smallest", "crop_largest", "crop_noise", "magnitude"),
    begins="noise",
    traced=True,
)
