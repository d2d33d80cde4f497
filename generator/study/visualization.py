"""How feature visualizations are made."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from .. import PACKAGE
from .section import Section

# A method is a file there (explanations/visualization/methods/__init__.py), and a new one is known by being there.
METHODS = tuple(
    sorted(path.stem for path in (PACKAGE / "explanations/visualization/methods").glob("[!_]*.py"))
)  # fmt: skip


class VisualizationSettings(Section):
    """Section [visualization] of a study file; the defaults are the paper's (section on latency, appendix A)."""

    method: str = Field(
        "madry",
        description="madry: gradient steps on pixels, for robust networks (Engstrom et al. 2019, robustness); "
        "lucent: Adam on a spectrum under random transforms, for any network (torch-lucent); "
        "files: pictures that another tool made, taken from path",
    )
    path: Path | None = Field(None, description="folder of given pictures, <neuron>/<anything>.png (files only)")
    files: tuple[str, ...] = Field(
        ("*.png", "*.jpg", "*.jpeg", "*.webp"), min_length=1, description="names of given pictures, in the order shown"
    )
    most: int = Field(2, ge=1, le=8, description="given pictures shown of each neuron; experiment 1 shows the first")
    engine: Literal["native", "reference"] = Field(
        "native", description="native: ours, in batches; reference: the published packages, one picture at a time"
    )
    precision: Literal["strict", "fast"] = Field(
        "strict",
        description="strict: 32 bits, step for step as published; fast: folded batch norms, bfloat16 where the "
        "hardware has it, one interpolation per step; pictures then depend on the machine",
    )
    iterations: int = Field(200, ge=1, le=100_000, description="gradient steps per picture")
    step_size: float = Field(1.0, gt=0, description="L2 length of one step, pictures in [0, 1]")
    radius: float = Field(1000.0, gt=0, description="L2 ball around the start that the picture stays in")
    noise_mean: float = Field(0.5, ge=0, le=1, description="mean of the noise that pictures start from")
    noise_sd: float = Field(0.5, ge=0, le=2, description="standard deviation of that noise, before clipping to [0, 1]")
    learning_rate: float = Field(0.05, gt=0, description="of Adam (lucent)")
    batch: int = Field(
        0, ge=0, le=4096, description="pictures optimized at once, 0: as many as fit; halved when memory runs out"
    )

    @field_validator("method")
    @classmethod
    def _is_there(cls, value: str) -> str:
        if value not in (*METHODS, "files"):
            allowed = ", ".join(map(repr, METHODS))
            raise PydanticCustomError("method", "should be {methods} or 'files'", {"methods": allowed})
        return value

    @model_validator(mode="after")
    def _files_have_a_path(self) -> VisualizationSettings:
        if self.method == "files" and self.path is None:
            raise ValueError("method = 'files' needs a path")
        return self
