"""The methods of feature visualization, a file for each: which parts (`parts/`) a method is made of.

A file here is all that a new method needs: its name is the file's. Parts that it shares with others stay as they are.
Nothing here imports torch: what a method depends on is known before anything is computed.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

HERE = Path(__file__).parent
PARTS = HERE.parent / "parts"


@dataclass(frozen=True)
class Method:
    """What a method is made of; parts are named 'module.name' below `parts/`.

    parametrization: (network, items, settings) -> how pictures are held: `parameters`, by which gradients are taken,
    and `pictures()`, [B, 3, S, S] in [0, 1] made from them.
    transforms: (network, items, settings) -> function of pictures that gives what the network is shown: rows of the
    batch with their tensors, or (None, all of them). Of a picture that is shown more than once the mean value counts.
    step: (parametrization, settings) -> function that moves the parameters upwards by a gradient.
    Transforms and steps that hold anything which changes have `state()` -> arrays of it, by names of their own, and
    `resume(state)`, which takes it from a batch's whole state: an interrupted batch goes on from there.
    fake_relu: which gradients the last rectifier lets through, see Network.forward.
    penalty: (network, parametrization, settings) -> function of pictures that gives what is taken off their values [B].
    begins: where it can: from noise and from pictures, from pictures only, or from noise only.
    traced: whether it tells where in its pictures something grew (Visualization.trace).
    settings: the fields of [visualization] that the parts read beside iterations, engine, exact and number_format:
    no other field changes the method's pictures.
    """

    parametrization: str
    transforms: str
    step: str
    fake_relu: bool | Literal["dead"]
    settings: tuple[str, ...]
    penalty: str | None = None
    begins: Literal["anywhere", "picture", "noise"] = "anywhere"
    traced: bool = False

    @property
    def from_picture(self) -> bool:
        return self.begins == "picture"

    @property
    def parts(self) -> tuple[str, ...]:
        return self.parametrization, self.transforms, self.step, *([self.penalty] if self.penalty else [])

    def sources(self) -> list[Path]:
        """The files of the parts."""
        return sorted({PARTS / f"{part.partition('.')[0]}.py" for part in self.parts})


def load_method(name: str) -> Method:
    """The method declared in methods/<name>.py."""
    return importlib.import_module(f"{__name__}.{name}").METHOD


def load_part(name: str) -> Any:
    """What a method names as a part: 'pixels.Pixels' -> the class."""
    module, _, attribute = name.partition(".")
    return getattr(importlib.import_module(f"{__name__.rpartition('.')[0]}.parts.{module}"), attribute)
