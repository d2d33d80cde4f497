"""The settings of a study: a TOML file with what differs from the defaults -> a checked Study."""

from .conditions import AnalysisSettings, ConditionSettings, StudySettings
from .data import DataSettings
from .gridcam import GridcamSettings
from .model import ModelSettings
from .observers import ObserverSettings
from .questions import QuestionSettings
from .reading import PATHS, load_study
from .selection import SelectionSettings
from .site import SiteSettings
from .study import Study
from .visualization import VisualizationSettings

__all__ = [
    "PATHS", "AnalysisSettings", "ConditionSettings", "DataSettings", "GridcamSettings", "ModelSettings",
    "ObserverSettings", "QuestionSettings", "SelectionSettings", "SiteSettings", "Study", "StudySettings",
    "VisualizationSettings", "load_study",
]  # fmt: skip
