"""Which network, which layer of it, and how pictures are fed to it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from ..errors import StudyError
from .section import Section

Triple = tuple[float, float, float]
LATER = ("dictionary", "units", "pool")  # settings that earlier versions did not have
DOWNLOAD = "download"  # in place of a file of weights: those that torchvision publishes


class ModelError(StudyError):
    """A network that cannot be used as asked."""


class ModelSettings(Section):
    """Section [model] of a study file; what is left out takes the network's own value."""

    name: str = Field("world", description="world, efficientnet-lite0, torchvision:NAME or package.module:function")
    weights: Path | None = Field(
        None,
        description="a .safetensors, .pth or .pt file with the network's state dict; download: torchvision's own, "
        "fetched once from where torchvision publishes them",
    )
    layer: str | None = Field(None, description="the module whose output is the representation")
    size: int | None = Field(None, ge=16, le=2048, description="side of the input pictures in pixels")
    mean: Triple | None = Field(None, description="channel means subtracted from pictures in [0, 1]")
    std: Triple | None = Field(None, description="channel standard deviations that pictures are divided by")
    tokens: Literal["mean", "class", "each"] | int = Field(
        "mean",
        description="of a layer that gives tokens (transformers): neurons are its channels, averaged over all tokens, "
        "of the class token, or of the token with this number; each: neurons are the tokens, by their length",
    )
    channels: Literal["first", "last"] = Field(
        "first", description="where a layer's maps hold their channels; last: Swin transformers' blocks"
    )

    dictionary: Path | None = Field(
        None,
        description="a file of features of the layer (a sparse autoencoder) or directions in it, which are then the "
        "units: .safetensors, .pt or .npy, or a folder of SAELens or Prisma (docs/dictionaries.md)",
    )
    units: Literal["features", "both"] = Field(
        "features",
        description="with a dictionary: its features alone, or both: the layer's neurons and, numbered after them, the "
        "features, asked about in sets of their own",
    )
    pool: Literal["mean", "max"] = Field(
        "mean", description="what a unit's activation for a picture is, of those at all places or tokens of the layer"
    )

    @model_validator(mode="after")
    def _numbers_make_sense(self) -> ModelSettings:
        for name, low in (("mean", -10.0), ("std", 1e-6)):
            numbers = getattr(self, name)
            if numbers is not None and not all(low <= number <= 10.0 for number in numbers):
                raise ValueError(f"{name} must be three numbers from {low:g} to 10, for pictures in [0, 1]")
        if self.units == "both" and self.dictionary is None:
            raise ValueError("units = 'both' is for a layer's neurons beside the features of a dictionary: name one")
        if isinstance(self.tokens, int) and self.tokens < 0:
            raise ValueError("tokens counts from 0, the class token where there is one")
        return self
