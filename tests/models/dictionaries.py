"""Dictionaries for tests, files of them, and features computed by hand in 64 bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from generator.models.dictionary.encoding import Dictionary, Rule

WIDTH = 24  # of the small study's layer


def tensors(features: int = 40, width: int = WIDTH, seed: int = 0) -> dict[str, Tensor]:
    """A dictionary's tensors, drawn."""
    draw = torch.Generator().manual_seed(seed)
    return {
        "encoder": torch.randn(features, width, generator=draw),
        "encoder_bias": 0.3 * torch.randn(features, generator=draw),
        "decoder_bias": 0.2 * torch.randn(width, generator=draw),
        "threshold": 0.5 * torch.rand(features, generator=draw),
    }


def dictionary(rule: Rule, **drawn: int) -> Dictionary:
    parts = tensors(**drawn)
    threshold = parts["threshold"] if rule.activation == "jumprelu" else None
    return Dictionary(parts["encoder"], parts["encoder_bias"], parts["decoder_bias"], threshold, rule)


def write(path: Path, activation: str = "relu", k: int = 0, **drawn: int) -> Path:
    """A file in our own layout."""
    save_file(tensors(**drawn), path, metadata={"activation": activation, **({"k": str(k)} if k else {})})
    return path


def by_hand(x: np.ndarray, parts: dict[str, Tensor], rule: Rule) -> np.ndarray:
    """Places [N, width] -> features [N, features] in 64 bits, in numpy; ties of topk to the lower numbers."""
    x = x.astype(np.float64)
    p = {name: tensor.double().numpy() for name, tensor in parts.items()}
    if rule.normalization == "layer_norm":
        x = x - x.mean(1, keepdims=True)
        x = x / (x.std(1, ddof=1, keepdims=True) + 1e-5)
    elif rule.normalization == "constant_norm_rescale":
        x = x * np.sqrt(x.shape[1]) / np.sqrt((x**2).sum(1, keepdims=True))
    numbers = (x - p["decoder_bias"]) @ p["encoder"].T + p["encoder_bias"]
    if rule.activation == "none":
        return numbers
    if rule.activation == "relu":
        return np.maximum(numbers, 0)
    if rule.activation == "jumprelu":
        return np.where(numbers > p["threshold"], np.maximum(numbers, 0), 0)
    kept = np.zeros(numbers.shape, bool)
    order = np.argsort(-numbers, axis=1, kind="stable")[:, : rule.k]
    np.put_along_axis(kept, order, True, 1)
    return np.where(kept, np.maximum(numbers, 0), 0)
