"""Section [observers]: what the programs that answer the questions look with; no part of what a study is."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from .model import Triple
from .section import Section


class ObserverSettings(Section):
    """The network of the observer `features`, which is never the studied one."""

    network: str | None = Field(
        None,
        description="world, efficientnet-lite0, efficientnet-lite1, torchvision:NAME or package.module:function; "
        "default: efficientnet-lite0, and efficientnet-lite1 where that is the studied network",
    )
    weights: Path | None = Field(None, description="its state dict, as of [model]")
    layers: tuple[str, ...] = Field(
        (), max_length=8, description="modules whose maps are compared; default: a middle one and the last"
    )
    size: int | None = Field(None, ge=16, le=2048, description="side of its input pictures in pixels")
    mean: Triple | None = Field(None, description="channel means subtracted from pictures in [0, 1]")
    std: Triple | None = Field(None, description="channel standard deviations that pictures are divided by")
