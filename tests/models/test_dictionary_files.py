"""Files of dictionaries: ours, and those that overcomplete, SAELens and Prisma write, against their own encoders."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from generator.models import ModelError
from generator.models.dictionary.encoding import Rule
from generator.models.dictionary.reading import read_dictionary
from tests.models.dictionaries import by_hand, tensors, write

X = torch.randn(50, 24, generator=torch.Generator().manual_seed(3))


def read(path: Path) -> np.ndarray:
    """Features of X, the dictionary of the file computing in 64 bits."""
    return read_dictionary(path).double()(X.double()).numpy()


def close(found: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("rule", [Rule("relu"), Rule("topk", 6), Rule("jumprelu")], ids=lambda rule: rule.activation)
def test_our_own_layout(tmp_path: Path, rule: Rule) -> None:
    close(read(write(tmp_path / "sae.safetensors", rule.activation, rule.k)), by_hand(X.numpy(), tensors(), rule))


def test_directions_have_no_activation(tmp_path: Path) -> None:
    directions = tensors()["encoder"]
    save_file({"directions": directions}, tmp_path / "directions.safetensors")
    np.save(tmp_path / "directions.npy", directions.numpy())
    expected = X.double().numpy() @ directions.double().numpy().T
    close(read(tmp_path / "directions.safetensors"), expected)
    close(read(tmp_path / "directions.npy"), expected)


def overcomplete() -> ModuleType:
    from generator.errors import StudyError
    from generator.models.dictionary.training import overcomplete_sae

    try:
        return overcomplete_sae()
    except StudyError as error:
        pytest.skip(str(error))


def disturbed(model: torch.nn.Module) -> torch.nn.Module:
    """The model with every parameter and statistic drawn, as if trained, computing in 64 bits."""
    draw = torch.Generator().manual_seed(4)
    with torch.no_grad():
        for tensor in model.state_dict().values():
            if tensor.is_floating_point():
                tensor.copy_(0.5 + torch.rand(tensor.shape, generator=draw) if tensor.dim() < 2 else torch.randn(tensor.shape, generator=draw))  # fmt: skip
    return model


@pytest.mark.parametrize("kind", ["topk", "relu", "jumprelu", "batch norm", "tied", "untied"])
def test_what_overcomplete_saves(tmp_path: Path, kind: str) -> None:
    sae = overcomplete()
    made: dict[str, Any] = {
        "topk": lambda: sae.TopKSAE(24, 40, top_k=6),
        "relu": lambda: sae.SAE(24, 40),
        "jumprelu": lambda: sae.JumpSAE(24, 40),
        "batch norm": lambda: sae.TopKSAE(24, 40, top_k=6, encoder_module="mlp_bn_1"),
        "tied": lambda: sae.SAE(24, 40).tied(),
        "untied": lambda: sae.SAE(24, 40).untied(bias=True),
    }
    model = disturbed(made[kind]())
    model.eval()  # its decoder is set to length 1 here
    topk = kind in ("topk", "batch norm")
    header = {"activation": "topk", "k": "6"} if topk else {} if kind == "jumprelu" else {"activation": "relu"}
    save_file(
        {name: tensor.clone() for name, tensor in model.state_dict().items()},
        tmp_path / "sae.safetensors",
        metadata=header,
    )
    torch.save(model.state_dict(), tmp_path / "sae.pt")
    model.double().eval()
    if kind == "tied":
        model.train()  # in evaluation it keeps a decoder of 32 bits
    with torch.no_grad():
        expected = model.encode(X.double())[1].numpy()
    assert (expected > 0).any()
    np.testing.assert_allclose(read(tmp_path / "sae.safetensors"), expected, rtol=2e-6, atol=2e-6)  # theirs: eps, exp
    if kind == "jumprelu":  # a state dict says so by its thresholds
        np.testing.assert_array_equal(read(tmp_path / "sae.pt"), read(tmp_path / "sae.safetensors"))
    else:
        with pytest.raises(ModelError) as caught:
            read(tmp_path / "sae.pt")
        assert str(caught.value) == (
            f"dictionary {tmp_path / 'sae.pt'}: overcomplete's tensors do not say their activation: save them with "
            "metadata={'activation': 'topk', 'k': '16'}, or {'activation': 'relu'}"
        )


SAELENS = [
    ({"architecture": "standard"}, Rule("relu")),
    ({"architecture": "standard", "apply_b_dec_to_input": False}, Rule("relu")),
    ({"architecture": "standard", "normalize_activations": "layer_norm"}, Rule("relu", 0, "layer_norm")),
    ({"architecture": "topk", "k": 6}, Rule("topk", 6)),
    ({"architecture": "topk", "k": 6, "rescale_acts_by_decoder_norm": True}, Rule("topk", 6)),
    ({"architecture": "jumprelu"}, Rule("jumprelu")),
]


@pytest.mark.parametrize("config, rule", SAELENS, ids=lambda value: str(value)[:60])
def test_saelens_files_by_their_published_names(tmp_path: Path, config: dict[str, Any], rule: Rule) -> None:
    parts = tensors()
    decoder = torch.randn(40, 24, generator=torch.Generator().manual_seed(5))
    held = {"W_enc": parts["encoder"].T.contiguous(), "b_enc": parts["encoder_bias"], "b_dec": parts["decoder_bias"]}
    held |= {"W_dec": decoder, **({"threshold": parts["threshold"]} if rule.activation == "jumprelu" else {})}
    save_file(held, tmp_path / "sae_weights.safetensors")
    (tmp_path / "cfg.json").write_text(json.dumps({"d_in": 24, "d_sae": 40, "metadata": {}, **config}))
    if not config.get("apply_b_dec_to_input", True):
        parts["decoder_bias"] *= 0
    if config.get("rescale_acts_by_decoder_norm"):
        norms = decoder.norm(dim=-1)
        parts["encoder"], parts["encoder_bias"] = parts["encoder"] * norms[:, None], parts["encoder_bias"] * norms
    close(read(tmp_path), by_hand(X.numpy(), parts, rule))
    np.testing.assert_array_equal(read(tmp_path / "sae_weights.safetensors"), read(tmp_path))


@pytest.mark.parametrize("config, rule", SAELENS, ids=lambda value: str(value)[:60])
def test_what_saelens_writes(tmp_path: Path, config: dict[str, Any], rule: Rule) -> None:
    saes = pytest.importorskip("sae_lens.saes")
    kinds = {"standard": "StandardSAE", "topk": "TopKSAE", "jumprelu": "JumpReLUSAE"}
    name = kinds[config["architecture"]]
    fields = {key: value for key, value in config.items() if key != "architecture"}
    model = disturbed(getattr(saes, name)(getattr(saes, f"{name}Config")(d_in=24, d_sae=40, **fields)))
    model.save_model(tmp_path)
    assert read_dictionary(tmp_path).rule == rule
    model.to(dtype=torch.float64)
    with torch.no_grad():
        found = model.encode(X.double())
    expected = (found.to_dense() if found.is_sparse else found).numpy()
    assert (expected > 0).any()
    np.testing.assert_allclose(read(tmp_path), expected, rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("kind", ["relu", "topk"])
def test_prisma_files_by_their_published_names(tmp_path: Path, kind: str) -> None:
    """weights.pt, a state dict alone or beside its settings, and config.json."""
    parts = tensors()
    held = {"W_dec": parts["encoder"], "W_enc": parts["encoder"].T.contiguous()}
    held |= {"b_enc": parts["encoder_bias"], "b_dec": parts["decoder_bias"]}
    rule = Rule("relu", 0, "layer_norm") if kind == "relu" else Rule("topk", 6)
    config = {
        "architecture": "standard", "activation_fn_str": kind, "activation_fn_kwargs": {"k": 6} if rule.k else {},
        "normalize_activations": "layer_norm" if kind == "relu" else None, "d_in": 24, "d_sae": 40,
    }  # fmt: skip
    torch.save(held if kind == "relu" else {"cfg": {"d_in": 24}, "state_dict": held}, tmp_path / "weights.pt")
    (tmp_path / "config.json").write_text(json.dumps(config))
    close(read(tmp_path), by_hand(X.numpy(), parts, rule))


def test_settings_that_prisma_pickled_beside_its_tensors_are_passed_over(tmp_path: Path, monkeypatch) -> None:
    """{"cfg": an object of Prisma's, "state_dict": ...}: the object is never made."""
    module = ModuleType("vit_prisma.sae.config")
    made = type("VisionModelSAERunnerConfig", (), {"__module__": module.__name__})
    module.VisionModelSAERunnerConfig = made
    for name in ("vit_prisma", "vit_prisma.sae", module.__name__):
        monkeypatch.setitem(sys.modules, name, module)
    settings = made()
    settings.__dict__.update(dtype=torch.float32, d_in=24, activation_fn_str="relu")
    parts = tensors()
    held = {"W_enc": parts["encoder"].T.contiguous(), "b_enc": parts["encoder_bias"], "b_dec": parts["decoder_bias"]}
    torch.save({"cfg": settings, "state_dict": held}, tmp_path / "weights.pt")
    monkeypatch.undo()
    with pytest.raises(ModelError) as caught:
        read(tmp_path)
    assert str(caught.value) == (
        f"dictionary {tmp_path / 'weights.pt'}: cfg.json or config.json is not beside it, which says its activation"
    )
    (tmp_path / "config.json").write_text('{"architecture": "standard", "activation_fn_str": "relu"}')
    close(read(tmp_path), by_hand(X.numpy(), parts, Rule("relu")))


class Runs:
    """A pickle that would do something."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("ran"),))


def test_nothing_in_a_file_is_run(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"cfg": Runs(), "state_dict": {"W_enc": torch.ones(2, 2)}}, tmp_path / "weights.pt")
    with pytest.raises(ModelError, match="which has no place in a file of weights; nothing of it was run"):
        read_dictionary(tmp_path)
    assert not (tmp_path / "ran").exists()
    np.save(tmp_path / "objects.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(ModelError, match="objects.npy cannot be read: Object arrays cannot be loaded"):
        read_dictionary(tmp_path / "objects.npy")


@pytest.mark.parametrize(
    "changed, header, sentence",
    [
        ({"encoder": torch.ones(3)}, {}, "its encoder has shape [3]: it is [features, width]"),
        ({"encoder_bias": torch.ones(3)}, {}, "encoder_bias has shape [3], and an encoder [40, 24] takes [40]"),
        ({"decoder_bias": torch.full((24,), torch.nan)}, {}, "'decoder_bias' holds what is no finite number"),
        ({"threshold": None}, {"activation": "jumprelu"}, "activation jumprelu comes with a tensor threshold [features], which is missing"),
        ({}, {"activation": "topk"}, "activation topk comes with k, a whole number from 1, and k is None"),
        ({}, {"activation": "topk", "k": "41"}, "k = 41 of 40 features cannot be kept"),
        ({}, {"activation": "gelu"}, "activation 'gelu' is not read: allowed are relu, topk, jumprelu and none"),
        ({}, {"normalization": "l1"}, "normalization 'l1' is not read: allowed are none, layer_norm and constant_norm_rescale"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told(tmp_path: Path, changed: dict, header: dict[str, str], sentence: str) -> None:
    path = tmp_path / "sae.safetensors"
    held = {name: tensor for name, tensor in (tensors() | changed).items() if tensor is not None}
    save_file(held, path, metadata=header)
    with pytest.raises(ModelError) as caught:
        read_dictionary(path)
    assert str(caught.value) == f"dictionary {path}: {sentence}"


def test_files_that_are_none_are_told(tmp_path: Path) -> None:
    save_file({"weight": torch.ones(2, 2)}, tmp_path / "other.safetensors")
    (tmp_path / "bad.safetensors").write_bytes(b"none")
    (tmp_path / "sae.pkl").write_bytes(b"none")
    (tmp_path / "gated").mkdir()
    save_file({"W_enc": torch.ones(2, 2)}, tmp_path / "gated" / "sae_weights.safetensors")
    (tmp_path / "gated" / "cfg.json").write_text('{"architecture": "gated"}')
    (tmp_path / "empty").mkdir()
    for name, sentence in (
        ("other.safetensors", "dictionary {} has the tensors weight, and is of no known layout: allowed are encoder, directions, W_enc, encoder.final_block.0.weight, encoder.weight, encoder.tied_to._weights and what belongs to them (docs/dictionaries.md)"),
        ("bad.safetensors", "dictionary {} cannot be read: Error while deserializing header: header too small"),
        ("sae.pkl", "dictionary {} is not a file that is read: allowed are .safetensors, .pt, .pth, .npy"),
        ("empty", "dictionary {} is a folder without sae_weights.safetensors or weights.pt"),
    ):  # fmt: skip
        with pytest.raises(ModelError) as caught:
            read_dictionary(tmp_path / name)
        assert str(caught.value) == sentence.format(tmp_path / name)
    with pytest.raises(ModelError) as caught:
        read_dictionary(tmp_path / "gated")
    assert str(caught.value) == (
        f"dictionary {tmp_path / 'gated' / 'sae_weights.safetensors'}: architecture 'gated' is not read: allowed are "
        "standard, topk and jumprelu"
    )
