"""Which files a dictionary is read from, and their hash: all that is asked before anything is computed."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ...study.model import ModelError

CONFIGS = ("cfg.json", "config.json")  # beside the weights: SAELens', Prisma's
WEIGHTS = ("sae_weights.safetensors", "weights.pt")  # in a folder of SAELens', of Prisma's
SUFFIXES = (".safetensors", ".pt", ".pth", ".npy")


def weights_of(path: Path) -> Path:
    """The setting `dictionary`, a file or a folder -> the file of its tensors. Raises ModelError."""
    if path.is_dir():
        found = next((path / name for name in WEIGHTS if (path / name).is_file()), None)
        if found is None:
            raise ModelError(f"dictionary {path} is a folder without {' or '.join(WEIGHTS)}")
        return found
    if not path.is_file():
        raise ModelError(f"dictionary {path} does not exist")
    if path.suffix not in SUFFIXES:
        raise ModelError(f"dictionary {path} is not a file that is read: allowed are {', '.join(SUFFIXES)}")
    return path


def config_of(weights: Path) -> Path | None:
    """The JSON file that SAELens and Prisma write beside their weights, if it is there."""
    return next((weights.parent / name for name in CONFIGS if (weights.parent / name).is_file()), None)


def digest_of_dictionary(path: Path) -> str:
    """A hash of a dictionary's file and of the one beside it. Raises ModelError."""
    weights = weights_of(path)
    digest = hashlib.sha256(weights.read_bytes())
    config = config_of(weights)
    digest.update(b"" if config is None else config.read_bytes())
    return digest.hexdigest()
