"""A picture in which what a unit sees is strengthened, the rest staying as it is, for any network.

Hamblin et al. 2024, 'Feature accentuation: revealing "what" features respond to in natural images', as published in
horama 0.3.0, which holds the picture by its pixels, and, as the paper has it, by the network's representation of it.
"""

from . import Method

METHOD = Method(
    parametrization="accented.AccentedPicture",
    transforms="crops.RandomCrops",
    step="adam.NAdam",
    fake_relu="dead",
    settings=(
        "learning_rate", "canvas", "crops", "crop_smallest", "crop_largest", "crop_noise", "pixel_penalty",
        "representation_penalty",
    ),
    penalty="distance.DistanceFromStart",
    begins="picture",
    traced=True,
)  # fmt: skip
