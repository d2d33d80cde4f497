"""Section [data]: which pictures a study is about."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from .section import Section

RESTRICTED_DEBIAS = (150, 250)  # the paper: pictures of each of the nine kinds


class DataSettings(Section):
    """Where pictures come from."""

    kind: Literal["world", "folder", "restricted-imagenet"] = Field(
        "world",
        description="the painted creature world, a folder of pictures, or ILSVRC2012's val/ by WordNet id (nine kinds)",
    )
    path: Path | None = Field(None, description="the folder, of files or tar shards; its subfolders are classes")
    per_class: int = Field(150, ge=1, le=100_000, description="pictures painted of every kind (world only)")
    debias: tuple[int, int] | Literal[False] | None = Field(
        None,
        description="fewest and most pictures of each class, drawn by the seed; false: all; "
        "default: 150 to 250 for restricted-imagenet, all for a folder",
    )

    @model_validator(mode="before")
    @classmethod
    def _restricted_is_debiased(cls, values: Any) -> Any:
        if isinstance(values, Mapping) and values.get("kind") == "restricted-imagenet":
            return {"debias": RESTRICTED_DEBIAS, **values}
        return values

    @model_validator(mode="after")
    def _fits_its_kind(self) -> DataSettings:
        if self.kind != "world" and self.path is None:
            raise ValueError(f"kind = '{self.kind}' needs a path")
        if self.debias and self.kind == "world":
            raise ValueError("debias is for folders: the world paints per_class pictures of every kind")
        if self.debias and not 0 <= self.debias[0] <= self.debias[1]:
            raise ValueError("debias must be the fewest and the most pictures of each class, as in [150, 250]")
        return self
