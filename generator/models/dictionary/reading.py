"""A dictionary's file -> a Dictionary: our own layout, and those of common tools, known by the names of their tensors.

overcomplete 0.3 (the state dict of an SAE), SAELens 6 (sae_weights.safetensors beside cfg.json) and Prisma (weights.pt
beside config.json). Of a .pt file tensors are read and nothing in it is run.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from ...study.model import ModelError
from ..weights.tensor_file import TensorFile, tensors_of
from .encoding import Dictionary, Rule
from .files import config_of, weights_of

FORMAT = "imetric-dictionary/1"
Tensors = Mapping[str, Tensor]
Config = Mapping[str, Any]
Parts = tuple[dict[str, Tensor], Rule]  # our names -> tensors


def read_dictionary(path: Path) -> Dictionary:
    """The setting `dictionary` -> what it holds. Raises ModelError, a sentence, for what cannot be read or used."""
    weights = weights_of(path)
    tensors, config = _read(weights)
    layout = next((layout for name, layout in LAYOUTS.items() if name in tensors), None)
    if layout is None:
        raise ModelError(
            f"dictionary {weights} has the tensors {', '.join(sorted(tensors)[:4]) or 'of none'}, and is of no known "
            f"layout: allowed are {', '.join(LAYOUTS)} and what belongs to them (docs/dictionaries.md)"
        )
    try:
        parts, rule = layout(tensors, config)
        return _checked(parts, rule)
    except ValueError as error:
        raise ModelError(f"dictionary {weights}: {error}") from error


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors by name, and what a header or the JSON file beside them says of them."""
    beside = config_of(path)
    try:
        config = {} if beside is None else json.loads(beside.read_text(encoding="utf-8"))
        if not isinstance(config, dict):
            raise ValueError(f"{beside} holds no settings")
        if path.suffix == ".npy":
            return {"directions": torch.from_numpy(np.load(path, allow_pickle=False))}, config
        if path.suffix == ".safetensors":
            with safe_open(path, framework="pt") as file:
                return {name: file.get_tensor(name) for name in file.keys()}, {**config, **(file.metadata() or {})}
    except (SafetensorError, ValueError, TypeError, OSError) as error:
        raise ModelError(f"dictionary {path} cannot be read: {str(error).splitlines()[0]}") from error
    with TensorFile(path) as file:
        content = file.content
        inner = content.get("state_dict", content) if isinstance(content, dict) else content
        return {name: file.tensor(record) for name, record in tensors_of(inner).items()}, config


def _own(tensors: Tensors, config: Config) -> Parts:
    return dict(tensors), _rule(config.get("activation", "relu"), config.get("k"), config.get("normalization"))


def _directions(tensors: Tensors, config: Config) -> Parts:
    return {"encoder": tensors["directions"]}, Rule("none")


def _overcomplete(tensors: Tensors, config: Config) -> Parts:
    """overcomplete's SAEs with a linear encoder, one with a batch norm (mlp_bn_1), tied and untied ones.

    A state dict does not say which activation it is for, but for the thresholds of JumpSAE, and TopKSAE's k is in no
    tensor: the header says both. JumpSAE keeps what is not below the exponential of its thresholds (jump_sae.py).
    """
    prefix = next(name for name in ("encoder.final_block.0.weight", *_TIED) if name in tensors)
    known = {"encoder.final_block.0.bias", "encoder.bias", "thresholds", *_TIED, prefix}
    norm = {
        name: tensors[f"encoder.final_block.1.{name}"] for name in _NORM if f"encoder.final_block.1.{name}" in tensors
    }
    strange = sorted(
        name
        for name in tensors
        if name not in known and not name.startswith(("dictionary.", "encoder.final_block.1.", "encoder.tied_to."))
    )
    if strange or 0 < len(norm) < len(_NORM):
        what = strange[0] if strange else "encoder.final_block.1, which is no batch norm"
        raise ValueError(
            f"overcomplete's encoder has {what}: those that are read are linear, mlp_bn_1, tied and untied"
        )
    encoder = tensors[prefix]
    bias = tensors.get("encoder.final_block.0.bias", tensors.get("encoder.bias"))
    if prefix == "encoder.tied_to._weights":
        encoder = encoder * tensors["encoder.tied_to.multiplier"].exp()
    parts = {"encoder": encoder, **({} if bias is None else {"encoder_bias": bias})}
    if norm:
        scale = norm["weight"].double() / (norm["running_var"].double() + 1e-5).sqrt()  # torch.nn.BatchNorm1d's eps
        bias = torch.zeros(len(encoder)) if bias is None else bias
        parts["encoder"] = encoder.double() * scale[:, None]
        parts["encoder_bias"] = (bias.double() - norm["running_mean"].double()) * scale + norm["bias"].double()
    if "thresholds" in tensors:
        least = tensors["thresholds"].float().exp()
        parts["threshold"] = torch.nextafter(least, torch.full_like(least, -torch.inf))
        return parts, Rule("jumprelu")
    if "activation" not in config:
        raise ValueError(
            "overcomplete's tensors do not say their activation: save them with "
            "metadata={'activation': 'topk', 'k': '16'}, or {'activation': 'relu'}"
        )
    return parts, _rule(config["activation"], config.get("k"), None)


_TIED = ("encoder.weight", "encoder.tied_to._weights")
_NORM = ("weight", "bias", "running_mean", "running_var")


def _saelens(tensors: Tensors, config: Config) -> Parts:
    """SAELens' and Prisma's standard, topk and jumprelu architectures; W_enc is [width, features] there."""
    architecture = config.get("architecture", "jumprelu" if "threshold" in tensors else "standard")
    kind = config.get("activation_fn_str") or config.get("activation_fn") or config.get("activation")
    kwargs = config.get("activation_fn_kwargs") or {}
    if architecture not in ("standard", "topk", "jumprelu", "batchtopk"):
        raise ValueError(f"architecture {architecture!r} is not read: allowed are standard, topk and jumprelu")
    if architecture != "standard":
        kind = "topk" if architecture == "topk" else "jumprelu"
    if kind is None and not config:
        raise ValueError(f"{' or '.join(('cfg.json', 'config.json'))} is not beside it, which says its activation")
    reshaped = config.get("reshape_activations", "none")
    if reshaped != "none":
        raise ValueError(f"reshape_activations = {reshaped!r} is not read: its inputs are not the places of a layer")
    encoder = tensors["W_enc"].T
    bias = tensors.get("b_enc", torch.zeros(len(encoder)))
    if config.get("rescale_acts_by_decoder_norm", False):  # the k largest are then chosen by what is rescaled
        norms = tensors["W_dec"].norm(dim=-1)
        encoder, bias = encoder * norms[:, None], bias * norms
    parts = {"encoder": encoder, "encoder_bias": bias}
    if "b_dec" in tensors and config.get("apply_b_dec_to_input", True):
        parts["decoder_bias"] = tensors["b_dec"]
    if "threshold" in tensors:
        parts["threshold"] = tensors["threshold"]
    return parts, _rule(kind or "relu", config.get("k", kwargs.get("k")), config.get("normalize_activations"))


LAYOUTS: dict[str, Callable[[Tensors, Config], Parts]] = {
    "encoder": _own,
    "directions": _directions,
    "W_enc": _saelens,
    "encoder.final_block.0.weight": _overcomplete,
    "encoder.weight": _overcomplete,
    "encoder.tied_to._weights": _overcomplete,
}


def _rule(activation: Any, k: Any, normalization: Any) -> Rule:
    """What headers and JSON files say, checked. Raises ValueError."""
    if activation not in ("relu", "topk", "jumprelu", "none"):
        raise ValueError(f"activation {activation!r} is not read: allowed are relu, topk, jumprelu and none")
    # expected_average_only_in is a scale that SAELens folds into the weights when it saves them.
    normalization = None if normalization == "expected_average_only_in" else normalization
    if normalization not in (None, "none", "layer_norm", "constant_norm_rescale"):
        raise ValueError(
            f"normalization {normalization!r} is not read: allowed are none, layer_norm and constant_norm_rescale"
        )
    number = 0
    if activation == "topk":
        if not str(k).isdigit() or int(k) < 1:
            raise ValueError(f"activation topk comes with k, a whole number from 1, and k is {k!r}")
        number = int(k)
    return Rule(activation, number, normalization or "none")


def _checked(parts: Mapping[str, Tensor], rule: Rule) -> Dictionary:
    """Tensors by our names -> the dictionary. Raises ValueError for what does not fit together."""
    encoder = parts["encoder"]
    if encoder.dim() != 2 or not encoder.numel():
        raise ValueError(f"its encoder has shape {list(encoder.shape)}: it is [features, width]")
    features, width = encoder.shape
    shapes = {"encoder_bias": features, "decoder_bias": width, "threshold": features}
    for name, length in shapes.items():
        if name in parts and tuple(parts[name].shape) != (length,):
            raise ValueError(
                f"{name} has shape {list(parts[name].shape)}, and an encoder [{features}, {width}] takes [{length}]"
            )
    if rule.activation == "jumprelu" and "threshold" not in parts:
        raise ValueError("activation jumprelu comes with a tensor threshold [features], which is missing")
    if rule.k > features:
        raise ValueError(f"k = {rule.k} of {features} features cannot be kept")
    for name, tensor in parts.items():
        if not tensor.is_floating_point() or not torch.isfinite(tensor).all():
            raise ValueError(f"'{name}' holds what is no finite number")
    return Dictionary(
        encoder, parts.get("encoder_bias", torch.zeros(features)), parts.get("decoder_bias", torch.zeros(width)),
        parts["threshold"] if rule.activation == "jumprelu" else None, rule,
    )  # fmt: skip
