"""What notebooks use: networks, activations, explanations and whole studies, in a call each; docs/python.md tells all.

The commands stand on it. Nothing here prints; whoever wants to know how far a call is gives it a function.
"""

from ..errors import StudyError
from ..study import Study
from .explaining import GridCam, Visualizations, gridcam, visualize
from .looking import Activations, activations, load_network, load_pictures
from .studies import build, build_atlas, select

__all__ = [
    "Activations", "GridCam", "Study", "StudyError", "Visualizations", "activations", "build", "build_atlas", "gridcam",
    "load_network", "load_pictures", "select", "visualize",
]  # fmt: skip
