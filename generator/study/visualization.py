"""How feature visualizations are made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from .. import PACKAGE
from .section import Section

# A method is a file there (explanations/visualization/methods/__init__.py), and a new one is known by being there.
METHODS = tuple(
    sorted(path.stem for path in (PACKAGE / "explanations/visualization/methods").glob("[!_]*.py"))
)  # fmt: skip


# What a method takes where a study file says nothing else: presets that a processor can do, chosen by eye on
# efficientnet-lite0. horama 0.3.0 has 1000 steps of 6 crops on a canvas of 1280 for both, at a learning rate of 1.0; on
# a picture of 224, in 32 steps, accentuation changes nothing that people would see at that rate.
DEFAULTS_OF: dict[str, dict[str, Any]] = {
    "maco": {"learning_rate": 1.0, "iterations": 128, "crops": 2},
    "accentuation": {"learning_rate": 20.0, "iterations": 32},
}
TRACED = ("maco", "accentuation")  # methods that tell where in its pictures a unit asked for change (Method.traced)
# Fields that earlier versions did not have: at their defaults they are no part of a study's id.
LATER = (
    "canvas", "crops", "crop_smallest", "crop_largest", "crop_noise", "magnitude", "pixel_penalty",
    "representation_penalty", "transparency",
)  # fmt: skip


class VisualizationSettings(Section):
    """Section [visualization] of a study file; the defaults are the paper's (section on latency, appendix A)."""

    method: str = Field(
        "madry",
        description="of networks not known to be robust maco, if it is not given; "
        "madry: gradient steps on pixels, for robust networks (Engstrom et al. 2019, robustness); "
        "lucent: Adam on a spectrum under random transforms, for any network (torch-lucent); "
        "maco: phases of a spectrum with natural magnitudes, for any network (Fel et al. 2023); "
        "accentuation: dataset examples in which the unit's pattern is strengthened (Hamblin et al. 2024); "
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
    exact: bool = Field(
        False,
        description="step for step as published: the packages' own chain of interpolations, nothing fused (native "
        "only); false: the quickest way to the same pictures",
    )
    number_format: Literal["auto", "float32", "bfloat16"] = Field(
        "auto",
        description="numbers that visualizations are computed in; auto: bfloat16 where the hardware multiplies it and "
        "exact is false, else float32. Neurons are chosen by pictures in float32, whatever this says",
    )
    iterations: int = Field(
        200, ge=1, le=100_000, description="gradient steps per picture; maco: 128, accentuation: 32, if it is not given"
    )
    step_size: float = Field(1.0, gt=0, description="L2 length of one step, pictures in [0, 1]")
    radius: float = Field(1000.0, gt=0, description="L2 ball around the start that the picture stays in")
    noise_mean: float = Field(0.5, ge=0, le=1, description="mean of the noise that pictures start from")
    noise_sd: float = Field(0.5, ge=0, le=2, description="standard deviation of that noise, before clipping to [0, 1]")
    learning_rate: float = Field(
        0.05, gt=0, description="of Adam (lucent: 0.05) or NAdam (maco: 1.0, accentuation: 20), if it is not given"
    )
    canvas: int = Field(
        0, ge=0, le=4096, description="side in pixels of what is optimized (maco, accentuation); 0: the network's"
    )
    crops: int = Field(
        4, ge=1, le=256, description="crops that each step looks at (accentuation; maco: 2, if it is not given)"
    )
    crop_smallest: float = Field(0.5, gt=0, le=1, description="side of the smallest crop, share of the canvas")
    crop_largest: float = Field(0.9, gt=0, le=1, description="side of the largest crop, share of the canvas")
    crop_noise: float = Field(0.1, ge=0, le=1, description="standard deviation of the noise on crops")
    magnitude: Literal["pictures", "law"] = Field(
        "pictures",
        description="magnitudes of the spectrum (maco): of the study's pictures, or falling as 1 / frequency",
    )
    pixel_penalty: float = Field(
        1.0, ge=0, description="weight of the mean squared distance from the start (accentuation)"
    )
    representation_penalty: float = Field(
        0.0, ge=0, description="weight of the relative squared distance of the representation (accentuation)"
    )
    transparency: bool = Field(
        False,
        description="whether pictures fade to grey where the unit asked for little change over all steps (maco, "
        "accentuation; Fel et al. 2023)",
    )
    batch: int = Field(
        0, ge=0, le=4096, description="pictures optimized at once, 0: as many as fit; halved when memory runs out"
    )

    @model_validator(mode="before")
    @classmethod
    def _precision_of_earlier_files(cls, values: Any) -> Any:
        """Study files of earlier versions had `precision`: strict was exact in float32, fast is what is the default."""
        if not isinstance(values, Mapping) or "precision" not in values:
            return values
        values = dict(values)
        precision = values.pop("precision")
        if precision not in ("strict", "fast"):
            raise PydanticCustomError(
                "precision",
                "precision = {value} is not allowed: it was 'strict' or 'fast', and is exact and number_format now",
                {"value": repr(precision)},
            )
        return {"exact": precision == "strict", **values}

    @model_validator(mode="before")
    @classmethod
    def _of_the_method(cls, values: Any) -> Any:
        own = DEFAULTS_OF.get(str(values.get("method"))) if isinstance(values, Mapping) else None
        return {**own, **values} if own else values

    @field_validator("method")
    @classmethod
    def _is_there(cls, value: str) -> str:
        if value not in (*METHODS, "files"):
            allowed = ", ".join(map(repr, METHODS))
            raise PydanticCustomError("method", "should be {methods} or 'files'", {"methods": allowed})
        return value

    def by(self, method: str) -> VisualizationSettings:
        """The same for another method: what was set stays; what this one takes by itself gives way to that one's."""
        own = DEFAULTS_OF.get(self.method, {})
        given = {k: v for k, v in self.model_dump(exclude_unset=True).items() if k not in own or own[k] != v}
        if method not in TRACED:
            given.pop("transparency", None)
        return VisualizationSettings(**{**given, "method": method})

    @model_validator(mode="after")
    def _fits_together(self) -> VisualizationSettings:
        if self.engine == "reference" and self.number_format == "bfloat16":
            raise ValueError("number_format = 'bfloat16' is for the native engine: the packages compute in float32")
        if self.transparency and (self.method not in TRACED or self.engine == "reference"):
            allowed = " and ".join(map(repr, TRACED))
            raise ValueError(f"transparency is for methods {allowed} of the native engine: no other tells it")
        if self.crop_smallest > self.crop_largest:
            raise ValueError("crop_smallest is larger than crop_largest")
        if self.method == "files" and self.path is None:
            raise ValueError("method = 'files' needs a path")
        return self
