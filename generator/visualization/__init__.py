"""Feature visualization: (neuron, seed, start) items -> pictures that drive those neurons."""

from .madry import Item, Visualization, visualize
from .settings import VisualizationSettings

__all__ = ["Item", "Visualization", "VisualizationSettings", "visualize"]
