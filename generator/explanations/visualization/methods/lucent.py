"""Adam on a decorrelated spectrum, every step seen through random transforms, for any network.

torch-lucent 0.1.8, render_vis. A unit that is exactly 0 has no gradient, and the package leaves its picture grey: here
its rectifier lets the gradient through until it is alive (as Lucid, from which the package comes, has it:
redirected_relu_grad).
"""

from . import Method

METHOD = Method(
    parametrization="spectrum.Spectrum",
    transforms="transforms.RandomTransforms",
    step="adam.Adam",
    fake_relu="dead",
    settings=("learning_rate",),
)
