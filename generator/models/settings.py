"""Which network, which layer of it, and how pictures are fed to it."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

Triple = tuple[float, float, float]


class ModelSettings(BaseModel):
    """Section [model] of a study file; what is left out takes the network's own value."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field("world", description="world, efficientnet-lite0, torchvision:NAME or package.module:function")
    weights: Path | None = Field(None, description="a .safetensors, .pth or .pt file with the network's state dict")
    layer: str | None = Field(None, description="the module whose output is the representation")
    size: int | None = Field(None, ge=16, le=2048, description="side of the input pictures in pixels")
    mean: Triple | None = Field(None, description="channel means subtracted from pictures in [0, 1]")
    std: Triple | None = Field(None, description="channel standard deviations that pictures are divided by")
