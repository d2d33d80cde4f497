"""Pictures: the settings of [data] -> a set of pictures of one size, with names, classes and a hash."""

from .loading import load_pictures
from .picture_set import PictureSet

__all__ = ["PictureSet", "load_pictures"]
