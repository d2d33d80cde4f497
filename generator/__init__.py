"""From a network and pictures to experiments on whether people understand single neurons.

The names below are what notebooks use (docs/python.md). Each is loaded when it is first asked for: importing the
package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .interface import (
        Activations,
        GridCam,
        Study,
        StudyError,
        Visualizations,
        activations,
        build,
        build_atlas,
        gridcam,
        load_network,
        load_pictures,
        select,
        visualize,
    )

PACKAGE = Path(__file__).parent  # this folder: what is computed depends on code in it

__all__ = [
    "Activations", "GridCam", "Study", "StudyError", "Visualizations", "activations", "build", "build_atlas", "gridcam",
    "load_network", "load_pictures", "select", "visualize",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module(".interface", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
