"""Section [gridcam]: the windows that places of a picture are scored by, or where given scores are."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from .section import Section


class GridcamSettings(Section):
    """The grid of windows (paper, section on grid-cam)."""

    cells: int = Field(8, ge=2, le=32, description="cells along each side of a picture")
    windows: tuple[int, ...] = Field((1, 2, 4, 7), description="side of the windows of each level, in cells")
    path: Path | None = Field(
        None,
        description="folder of given cell scores, <neuron>/<picture's name>.json or .npy [levels, cells, cells]; the "
        "name has no ending, and of pictures drawn from a folder it begins with their class",
    )
    unit: Literal["same", "nearest"] = Field(
        "same",
        description="of given questions: the unit with the neuron's own number, or, for a network other than the "
        "one they are about, the unit that tells their pictures apart best",
    )

    @model_validator(mode="after")
    def _windows_fit(self) -> GridcamSettings:
        if not self.windows or any(not 1 <= w <= self.cells for w in self.windows):
            raise ValueError(f"windows must be whole numbers of cells from 1 to {self.cells}")
        return self
