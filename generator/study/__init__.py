"""The settings of a study: a TOML file with what differs from the defaults -> a checked Study."""

from .data import DataSettings
from .gridcam import GridcamSettings
from .model import ModelSettings
from .questions import QuestionSettings
from .reading import PATHS, load_study
from .selection import SelectionSettings
from .site import SiteSettings
from .study import Study
from .visualization import VisualizationSettings

__all__ = [
    "PATHS", "DataSettings", "GridcamSettings", "ModelSettings", "QuestionSettings", "SelectionSettings",
    "SiteSettings", "Study", "VisualizationSettings", "load_study",
]  # fmt: skip
