"""Features as units: by hand in 64 bits, pooled at every place, in blocks, with gradients, in any network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import generator
from generator.models import ModelError, ModelSettings, NetworkHandle
from generator.models.dictionary import encoding
from generator.models.dictionary.encoding import Dictionary, Rule
from generator.models.fused import fused_copy
from generator.models.identity import identity_of
from generator.models.network import Network
from tests.models.dictionaries import WIDTH, by_hand, dictionary, tensors, write
from tests.models.test_any_network import BLOCK, block_output, transformer
from tests.small_study import small_model

RULES = [
    Rule("relu"), Rule("topk", 5), Rule("jumprelu"), Rule("none"), Rule("relu", normalization="layer_norm"),
    Rule("topk", 3, "constant_norm_rescale"),
]  # fmt: skip


def seen_through(rule: Rule, layer: str = "3", **settings: object) -> Network:
    """The small network, 24 rectified maps, with a dictionary of 40 features on them; in 64 bits."""
    network = Network(
        small_model(), name="small", layer=layer, size=32, mean=(0.5,) * 3, std=(0.25,) * 3,
        dictionary=dictionary(rule), **settings,
    )  # fmt: skip
    network.run_in(torch.float64)
    return network


def pictures(count: int = 3) -> torch.Tensor:
    return torch.rand(count, 3, 32, 32, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def maps(x: torch.Tensor) -> np.ndarray:
    """What the layer gives [B, 1024, 24], without our Network."""
    model = small_model().eval().double()
    return model[:4]((x - 0.5) / 0.25).flatten(2).transpose(1, 2).detach().numpy()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.activation}-{rule.normalization}")
@pytest.mark.parametrize("pool", ["mean", "max"])
def test_features_are_pooled_after_they_are_computed_at_every_place(rule: Rule, pool: str) -> None:
    x = pictures()
    at_places = maps(x)
    features = by_hand(at_places.reshape(-1, WIDTH), tensors(), rule).reshape(*at_places.shape[:2], -1)
    expected = features.mean(1) if pool == "mean" else features.max(1)
    network = seen_through(rule, pool=pool)
    assert (network.units, network.neurons) == (40, 0)
    got = network(x).numpy()
    np.testing.assert_allclose(got, expected, rtol=1e-11, atol=1e-11)
    if rule.activation != "none":
        pooled_first = by_hand(at_places.mean(1), tensors(), rule)
        assert np.abs(pooled_first - got).max() > 1e-2, "as if places were pooled before"
    units = torch.tensor([7, 39, 0])
    np.testing.assert_allclose(network.values(x, units), expected[[0, 1, 2], units], rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(network.columns(x, [5, 31]), expected[:, [5, 31]], rtol=1e-11, atol=1e-11)
    np.testing.assert_array_equal(network.columns(x, [31]), network.columns(x, [5, 31])[:, 1:])


def test_places_are_ranked_once_for_all_features_that_are_asked_about(monkeypatch) -> None:
    network, ranked, one = seen_through(Rule("topk", 5)), [], Dictionary._ranked
    monkeypatch.setattr(Dictionary, "_ranked", lambda self, x: ranked.append(len(x)) or one(self, x))
    network.columns(pictures(), [5, 31, 7])
    assert ranked == [3 * 1024]


@pytest.mark.parametrize("rule", RULES[:4], ids=lambda rule: rule.activation)
def test_blocks_of_features_give_what_all_at_once_give(monkeypatch, rule: Rule) -> None:
    x = torch.randn(6, 9, WIDTH, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    whole = dictionary(rule).double()
    expected = whole.pooled(x, "mean"), whole(x.flatten(0, 1))
    monkeypatch.setattr(encoding, "BLOCK", 7)
    torch.testing.assert_close(whole.pooled(x, "mean"), expected[0], rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(whole(x.flatten(0, 1)), expected[1], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("block", [3, 1024])
def test_of_equal_features_topk_keeps_those_of_the_lower_numbers(monkeypatch, block: int) -> None:
    monkeypatch.setattr(encoding, "BLOCK", block)
    encoder = torch.tensor([[1.0], [2.0], [2.0], [3.0], [2.0], [2.0], [0.0], [2.0]])  # numbers of x = 1 are these
    three = Dictionary(encoder, torch.zeros(8), torch.zeros(1), None, Rule("topk", 3))
    assert three(torch.tensor([[1.0], [-1.0]])).tolist() == [[0, 2, 2, 3, 0, 0, 0, 0], [0] * 8]
    assert three.values(torch.ones(1, 1, 1), torch.tensor([4]), "mean").tolist() == [0]
    assert Dictionary(encoder, torch.zeros(8), torch.zeros(1), None, Rule("topk", 8))(torch.ones(1, 1)).tolist() == [
        encoder[:, 0].tolist()
    ]


def test_neurons_come_first_where_both_are_asked_about() -> None:
    x, rule = pictures(), Rule("topk", 5)
    both, features = seen_through(rule, both=True), seen_through(rule)
    assert (both.units, both.neurons) == (64, 24)
    torch.testing.assert_close(both(x)[:, :24], torch.from_numpy(maps(x).mean(1)), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(both(x)[:, 24:], features(x), rtol=0, atol=0)
    units = torch.tensor([30, 2, 60])
    torch.testing.assert_close(both.values(x, units), both(x).gather(1, units[:, None])[:, 0])
    torch.testing.assert_close(both.columns(x, [30, 2]), both(x)[:, [30, 2]])


@pytest.mark.parametrize("rule", RULES[:3], ids=lambda rule: rule.activation)
def test_a_feature_that_is_zero_has_a_gradient_only_through_the_fake_rectifier(rule: Rule) -> None:
    network = seen_through(rule)
    with torch.no_grad():
        network.dictionary.encoder_bias[9] = -50.0  # never active
    x = pictures(1).requires_grad_(True)

    def gradient(unit: int, fake: object) -> torch.Tensor:
        value = network.values(x, torch.tensor([unit]), fake)
        assert value.tolist() == network.values(x, torch.tensor([unit])).tolist()
        whole = network(x, fake)[0, unit]
        own, same = (torch.autograd.grad(each.sum(), x)[0] for each in (value, whole))
        torch.testing.assert_close(own, same, rtol=1e-9, atol=1e-12)
        return own

    assert gradient(9, False).abs().max() == 0
    at_places = network.places(x)
    raised = (at_places @ network.dictionary.encoder[9]).mean()  # of the product itself, whatever is active
    expected = torch.autograd.grad(raised, x)[0]
    for fake in (True, "dead"):
        torch.testing.assert_close(gradient(9, fake), expected, rtol=1e-9, atol=1e-12)
    alive = int(network(x)[0].argmax())
    torch.testing.assert_close(gradient(alive, "dead"), gradient(alive, False), rtol=0, atol=0)


def test_directions_leave_the_fake_rectifier_to_the_network() -> None:
    network = seen_through(Rule("none"))
    plain = Network(small_model(), name="small", layer="3", size=32, mean=(0.5,) * 3, std=(0.25,) * 3)
    plain.run_in(torch.float64)
    x = pictures(1).requires_grad_(True)
    direction = network.dictionary.encoder[4]
    ours = torch.autograd.grad(network.values(x, torch.tensor([4]), True).sum(), x)[0]
    torch.testing.assert_close(ours, torch.autograd.grad((plain(x, True)[0] @ direction), x)[0], rtol=1e-9, atol=1e-12)


def test_a_fused_copy_has_the_dictionary_and_bfloat16_leaves_it_in_32_bits() -> None:
    network = Network(
        small_model(),
        name="small",
        layer="3",
        size=32,
        mean=(0.5,) * 3,
        std=(0.25,) * 3,
        dictionary=dictionary(RULES[1]),
    )
    x = pictures().float()
    fused = fused_copy(network, torch.bfloat16)
    assert fused is not network and fused.units == 40 and fused.dictionary.encoder.dtype == torch.float32
    assert fused(x).dtype == torch.float32 and network.dictionary.encoder.dtype == torch.float32
    torch.testing.assert_close(fused_copy(network)(x), network(x), rtol=1e-4, atol=1e-5)


def test_tokens_and_vectors_have_features_too() -> None:
    x, rule = torch.rand(2, 3, 32, 32), Rule("topk", 4)
    parts, tokens = tensors(), block_output(x).double().numpy()
    features = by_hand(tokens.reshape(-1, 24), parts, rule).reshape(2, 17, -1)
    for setting, expected in (("mean", features.mean(1)), ("class", features[:, 0]), (6, features[:, 6])):
        network = Network(
            transformer(), name="vit", layer=BLOCK, size=32, mean=(0.5,) * 3, std=(0.5,) * 3, tokens=setting,
            dictionary=dictionary(rule),
        )  # fmt: skip
        network.run_in(torch.float64)
        np.testing.assert_allclose(network(x.double()), expected, rtol=1e-4, atol=1e-4)  # tokens are of 32 bits
    with pytest.raises(ModelError) as caught:
        Network(
            transformer(), name="vit", layer=BLOCK, size=32, mean=(0.5,) * 3, std=(0.5,) * 3, tokens="each",
            dictionary=dictionary(rule),
        )  # fmt: skip
    assert (
        str(caught.value) == "[model] tokens = 'each' makes units of tokens, and a dictionary is of a layer's channels"
    )
    vector = seen_through(rule, layer="5")  # flattened, after the pooling
    pooled = torch.from_numpy(maps(pictures()).mean(1))
    np.testing.assert_allclose(vector(pictures()), by_hand(pooled.numpy(), parts, rule), rtol=1e-11, atol=1e-11)


def test_a_dictionary_of_another_layer_is_told() -> None:
    with pytest.raises(ModelError) as caught:
        seen_through(Rule("relu"), layer="0")
    assert str(caught.value) == (
        "the dictionary is of a layer 24 wide, and layer '0' of small is 12 wide: name the layer that it was made for"
    )


def test_a_dictionary_is_part_of_what_a_network_is_and_its_absence_is_not(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a.safetensors"), write(tmp_path / "b.safetensors", seed=1)
    plain, of_first = identity_of(ModelSettings()), identity_of(ModelSettings(dictionary=first))
    assert len({plain, of_first, identity_of(ModelSettings(dictionary=second))}) == 3
    assert identity_of(ModelSettings(dictionary=first, units="both")) != of_first
    assert identity_of(ModelSettings(pool="max")) != plain
    (tmp_path / "elsewhere.safetensors").write_bytes(first.read_bytes())
    assert identity_of(ModelSettings(dictionary=tmp_path / "elsewhere.safetensors")) == of_first
    (tmp_path / "cfg.json").write_text('{"architecture": "standard"}')  # what it means may hang on it
    assert identity_of(ModelSettings(dictionary=first)) != of_first
    networks = [seen_through(rule) for rule in RULES]
    assert len({each.digest for each in networks} | {seen_through(RULES[0], both=True).digest}) == len(RULES) + 1


def test_settings_of_a_dictionary(tmp_path: Path) -> None:
    settings = ModelSettings(name="tests.small_study:small_model", size=32, layer="3", dictionary=tmp_path / "no.pt")
    with pytest.raises(ModelError) as caught:
        _ = NetworkHandle(settings).network
    assert str(caught.value) == f"dictionary {tmp_path / 'no.pt'} does not exist"
    with pytest.raises(ValueError, match="units = 'both' is for a layer's neurons beside the features of a dictionary"):
        ModelSettings(units="both")


def test_twenty_thousand_features_are_streamed(monkeypatch) -> None:
    """No tensor holds all features at all places: here 8192 places would make 655 MB of them."""
    wide = Dictionary(torch.randn(20_000, 4), torch.zeros(20_000), torch.zeros(4), None, Rule("relu"))
    largest, linear = 0, encoding.F.linear

    def measured(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        nonlocal largest
        made = linear(x, weight, bias)
        largest = max(largest, made.nbytes)
        return made

    monkeypatch.setattr(encoding.F, "linear", measured)
    assert wide.pooled(torch.randn(4, 64, 4), "mean").shape == (4, 20_000)
    assert largest == 4 * 64 * encoding.BLOCK * 4


def test_a_module_in_a_notebook_has_features_too(tmp_path: Path) -> None:
    path = write(tmp_path / "sae.safetensors", "topk", 5)
    network = generator.load_network(small_model(), layer="3", size=32, dictionary=path, pool="max")
    assert repr(network).startswith("network Sequential: 40 features of layer '3', pictures of 32 x 32 px")
    both = generator.load_network(small_model(), layer="3", size=32, dictionary=path, units="both")
    assert both.units == 64 and both.identity != network.identity
