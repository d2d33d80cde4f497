"""A checkpoint as researchers have them -> a plain file of weights: names, shapes and normalization checked.

Known are checkpoints of MadryLab's `robustness` (model_utils.py, train.py), whose weights lie under
`module.model.*` beside a copy under `module.attacker.model.*` and a normalizer, and state dicts of torchvision's
networks, also inside {"state_dict": ...} and with the `module.` of parallel training.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from ...store import write_atomically
from ...study.model import ModelError, Triple
from .tensor_file import TensorFile, TensorRecord

# (classes) -> data set, mean, standard deviation: robustness, datasets.py
NORMALIZERS: dict[int, tuple[str, Triple, Triple]] = {
    9: ("Restricted ImageNet", (0.4717, 0.4499, 0.3837), (0.2600, 0.2516, 0.2575)),
    1000: ("ImageNet", (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
}
ARCHITECTURES = (
    "resnet50", "resnet18", "resnet34", "resnet101", "resnet152", "wide_resnet50_2", "wide_resnet101_2",
    "resnext50_32x4d", "resnext101_32x8d", "densenet121", "densenet161", "densenet169", "densenet201",
    "vgg11", "vgg13", "vgg16", "vgg19", "vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn", "alexnet",
    "squeezenet1_0", "squeezenet1_1", "mobilenet_v2", "vit_b_16", "vit_b_32", "vit_l_16",
)  # fmt: skip
FORMAT = "imetric-weights/1"


@dataclass(frozen=True)
class Imported:
    """What was found: torchvision's name of the architecture, number of classes, normalization, what was left out."""

    architecture: str
    classes: int
    mean: Triple | None
    std: Triple | None
    left_out: tuple[str, ...]
    tensors: int


def import_checkpoint(
    path: Path, out: Path, *, architecture: str | None = None, own_normalizer: bool = False
) -> Imported:
    """Write the weights of a checkpoint as .safetensors with their architecture and normalization in its header.

    architecture: torchvision's name, found by names and shapes if left out; own_normalizer: take a normalizer that is
    not the one its data set is known by. Nothing of the file is run. Raises ModelError, and then writes nothing.
    """
    if out.suffix != ".safetensors":
        raise ModelError(f"--out {out} must end in .safetensors")
    with TensorFile(path) as file:
        records, left_out = _state(file.content, path)
        records, normalizer = _inner(records, path, file)
        found, classes = _fit(records, path, architecture)
        state = {name: file.tensor(record) for name, record in records.items()}
    for name, tensor in state.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise ModelError(f"{path}: '{name}' holds numbers that are not finite")
    mean, std = _normalization(normalizer, classes, path, own_normalizer)
    header = {"format": FORMAT, "architecture": found, "classes": str(classes)}
    if mean and std:
        header |= {"mean": json.dumps(mean), "std": json.dumps(std)}
    write_atomically(out, save(state, metadata=header))
    return Imported(found, classes, mean, std, tuple(left_out), len(state))


def architecture_of(path: Path) -> str:
    """torchvision's name of the network whose weights `import_checkpoint` wrote there. Raises ModelError."""
    if not path.is_file():
        raise ModelError(f"weights file {path} does not exist")
    header: dict[str, str] = {}
    if path.suffix == ".safetensors":
        try:
            with safe_open(path, framework="np") as file:
                header = file.metadata() or {}
        except SafetensorError as error:
            raise ModelError(f"weights file {path} cannot be read as a state dict: {error}") from error
    if "architecture" not in header:
        raise ModelError(
            f"weights file {path} does not say which network it is of: name the network and give the file as its "
            "weights, or import it with python -m generator import-checkpoint"
        )
    return header["architecture"]


def _state(content: Any, path: Path) -> tuple[dict[str, TensorRecord], list[str]]:
    """The state dict inside what was saved, and the names of what lies beside it."""
    if not isinstance(content, dict):
        raise ModelError(f"{path} holds a {type(content).__name__}; a checkpoint is a dictionary with a state dict")
    outer = {str(key): value for key, value in dict.items(content)}
    for key in ("model", "state_dict"):
        if isinstance(outer.get(key), dict):
            inner = {str(name): value for name, value in dict.items(outer[key])}
            return _tensors_only(inner, path), sorted(name for name in outer if name != key)
    return _tensors_only(outer, path), []


def _tensors_only(state: Mapping[str, Any], path: Path) -> dict[str, TensorRecord]:
    other = sorted(name for name, value in state.items() if not isinstance(value, TensorRecord))
    if other or not state:
        what = f"'{other[0]}', which is no tensor" if other else "no tensors"
        raise ModelError(
            f"{path} holds {what}: a checkpoint is a state dict (names with tensors), alone or under 'model' or "
            "'state_dict'"
        )
    return dict(state)


def _inner(
    records: dict[str, TensorRecord], path: Path, file: TensorFile
) -> tuple[dict[str, TensorRecord], tuple[Tensor, Tensor] | None]:
    """Names without their prefixes, and the normalizer (mean, sd) of a `robustness` checkpoint."""
    if all(name.startswith("module.") for name in records):
        records = {name.removeprefix("module."): record for name, record in records.items()}
    if not any(name.startswith("normalizer.") for name in records):
        return records, None
    parts = {
        part: {name.removeprefix(part): record for name, record in records.items() if name.startswith(part)}
        for part in ("normalizer.", "model.", "attacker.normalize.", "attacker.model.")
    }
    known = sum(map(len, parts.values()))
    if known != len(records):
        strange = min(name for name in records if not name.startswith(tuple(parts)))
        raise ModelError(f"{path}: '{strange}' is in no part of a robustness checkpoint ({', '.join(parts)})")
    model, normalizer = parts["model."], parts["normalizer."]
    if normalizer.keys() != {"new_mean", "new_std"} or any(r.shape != (3, 1, 1) for r in normalizer.values()):
        raise ModelError(
            f"{path}: its normalizer must hold new_mean and new_std of shape [3, 1, 1], and holds "
            + ", ".join(f"{name} {list(record.shape)}" for name, record in sorted(normalizer.items()))
        )
    for part, original in (("attacker.model.", model), ("attacker.normalize.", normalizer)):
        copy = parts[part]
        if not copy:
            continue
        differs = sorted(copy.keys() ^ original.keys()) or sorted(
            name
            for name in copy
            if copy[name] != original[name] and not torch.equal(file.tensor(copy[name]), file.tensor(original[name]))
        )
        if differs:
            raise ModelError(f"{path}: '{part}{differs[0]}' is not the copy that robustness keeps of the model's own")
    return model, (file.tensor(normalizer["new_mean"]), file.tensor(normalizer["new_std"]))


def _fit(records: Mapping[str, TensorRecord], path: Path, architecture: str | None) -> tuple[str, int]:
    """The architecture whose names and shapes these are, and its number of classes."""
    from ..loading import describe_misfit, torchvision_model

    shapes = {name: record.shape for name, record in records.items()}
    if architecture is not None:
        with torch.device("meta"):
            model, classes = torchvision_model(architecture, shapes)
        wrong = describe_misfit(model, shapes)
        if wrong:
            raise ModelError(f"{path} does not fit {architecture}: {wrong}")
        return architecture, classes
    for name in ARCHITECTURES:
        with torch.device("meta"):
            model, classes = torchvision_model(name, shapes)
        if not describe_misfit(model, shapes):
            return name, classes
    first = min(shapes)
    raise ModelError(
        f"{path} has the names and shapes of no network that is known here ({len(shapes)} tensors, the first is "
        f"'{first}' {list(shapes[first])}); name its architecture with --arch to learn what differs"
    )


def _normalization(
    normalizer: tuple[Tensor, Tensor] | None, classes: int, path: Path, own: bool
) -> tuple[Triple | None, Triple | None]:
    if normalizer is None:
        return None, None
    mean, std = (tuple(round(float(value), 6) for value in part.flatten()) for part in normalizer)
    if not all(0 <= value <= 1 for value in mean) or not all(0 < value <= 1 for value in std):
        raise ModelError(f"{path}: a normalizer of mean {mean} and sd {std} is not one for pictures in [0, 1]")
    if classes in NORMALIZERS and not own:
        data_set, known_mean, known_std = NORMALIZERS[classes]
        apart = max(abs(a - b) for a, b in zip(mean + std, known_mean + known_std, strict=True))
        if apart > 1e-4:  # the constants have four decimals
            raise ModelError(
                f"{path}: with {classes} classes it should be a network of {data_set}, whose normalizer is mean "
                f"{known_mean} and sd {known_std}, but its own is mean {mean} and sd {std}; if it was trained on "
                "something else, say so with --own-normalizer"
            )
    return mean, std  # type: ignore[return-value]
