"""Networks: layers, representations, the fake rectifier, and every way in which loading can fail."""

from __future__ import annotations

import re

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from generator.models import ModelError, ModelSettings
from generator.models.device import pictures_at_once
from generator.models.loading import load_network
from generator.models.network import Network
from generator.world.network import CreatureNet

CPU = torch.device("cpu")


class SharedRectifier(nn.Module):
    """Like torchvision's residual blocks: one rectifier module, called several times."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 5, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)
        self.pool = nn.AdaptiveAvgPool2d(1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.pool(self.relu(self.second(self.relu(self.first(x))))).flatten(1)


def plain_network(layer: str = "pool") -> Network:
    torch.manual_seed(0)
    return Network(SharedRectifier(), name="shared", layer=layer, size=16, mean=(0.4, 0.5, 0.6), std=(0.2, 0.3, 0.4))


def test_representation_is_the_pooled_map_of_normalized_pictures() -> None:
    network = plain_network()
    x = torch.rand(2, 3, 16, 16)
    inside = (x - torch.tensor([0.4, 0.5, 0.6]).view(1, 3, 1, 1)) / torch.tensor([0.2, 0.3, 0.4]).view(1, 3, 1, 1)
    assert network.units == 5
    torch.testing.assert_close(network(x), network.model(inside))


def test_representation_of_tokens_is_their_mean() -> None:
    class Tokens(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed = nn.Conv2d(3, 7, 8, stride=8)
            self.tokens = nn.Flatten(2)
            self.norm = nn.Identity()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.norm(self.tokens(self.embed(x)).transpose(1, 2))

    network = Network(Tokens(), name="tokens", layer="norm", size=16, mean=(0, 0, 0), std=(1, 1, 1))
    x = torch.rand(3, 3, 16, 16)
    assert network.units == 7
    torch.testing.assert_close(network(x), network.model.embed(x).mean((2, 3)))


@pytest.mark.parametrize("layer", ["pool", "relu"])
def test_fake_relu_keeps_values_and_opens_the_last_rectifier_only(layer: str) -> None:
    network = plain_network(layer)
    model = network.model
    x = torch.rand(1, 3, 16, 16)
    model.second.bias.data.fill_(-100.0)  # every unit is dead
    assert network(x).max() == 0
    assert network(x, fake_relu=True).max() == 0
    honest = x.clone().requires_grad_(True)
    assert torch.autograd.grad(network(honest).sum(), honest)[0].abs().max() == 0
    faked = x.clone().requires_grad_(True)
    gradient = torch.autograd.grad(network(faked, fake_relu=True).sum(), faked)[0]
    by_hand = x.clone().requires_grad_(True)
    inside = (by_hand - network.mean) / network.std
    expected = torch.autograd.grad(model.second(model.first(inside).relu()).mean((2, 3)).sum(), by_hand)[0]
    torch.testing.assert_close(gradient, expected)
    assert gradient.abs().max() > 0
    revived = x.clone().requires_grad_(True)
    torch.testing.assert_close(torch.autograd.grad(network(revived, fake_relu="dead").sum(), revived)[0], expected)


@pytest.mark.parametrize("layer", ["pool", "relu"])
def test_only_units_that_are_zero_in_all_places_are_revived(layer: str) -> None:
    network = plain_network(layer)
    x = torch.rand(2, 3, 16, 16, requires_grad=True)
    inside = (x - network.mean) / network.std
    maps = network.model.second(network.model.first(inside).relu())  # [B, U, H, W]
    network.model.second.bias.data[0] -= maps[:, 0].max().detach() + 1  # dead in every picture
    network.model.second.bias.data[1] -= maps[:, 1].median().detach()  # alive in half of its places
    honest, revived = network(x), network(x, fake_relu="dead")
    torch.testing.assert_close(honest, revived)
    for unit in range(network.units):
        own, got = (torch.autograd.grad(v[:, unit].sum(), x, retain_graph=True)[0] for v in (honest, revived))
        if unit == 0:
            assert own.abs().max() == 0 and got.abs().max() > 0
        elif honest[:, unit].min() > 0:
            torch.testing.assert_close(got, own)
    assert honest[:, 1].min() > 0


def test_pictures_run_together_as_far_as_their_largest_map_allows() -> None:
    network = plain_network()
    assert network.largest_map == 5 * 16 * 16 * 4  # the second convolution's, 32 bits
    assert pictures_at_once(CPU, 2**20, 128) == 32
    assert pictures_at_once(CPU, 2**40, 128) == pictures_at_once(CPU, 2**20, 1) == 1
    assert pictures_at_once(CPU, 0, 128) == pictures_at_once(torch.device("cuda"), 2**40, 128) == 128


def test_digest_tells_weights_layers_and_normalization_apart() -> None:
    same, layer = plain_network().digest, plain_network("relu").digest
    other = SharedRectifier()
    normalized = Network(SharedRectifier(), name="shared", layer="pool", size=16, mean=(0, 0, 0), std=(1, 1, 1)).digest
    weights = Network(other, name="shared", layer="pool", size=16, mean=(0.4, 0.5, 0.6), std=(0.2, 0.3, 0.4)).digest
    assert same == plain_network().digest
    assert len({same, layer, normalized, weights}) == 4


def error_sentence(settings: ModelSettings) -> str:
    with pytest.raises(ModelError) as caught:
        load_network(settings, CPU)
    return str(caught.value)


def test_unknown_names_are_refused_with_near_ones(tmp_path) -> None:
    assert error_sentence(ModelSettings(name="wrld")) == (
        "model 'wrld' is not known: allowed are world, efficientnet-lite0, torchvision:NAME "
        "and package.module:function; did you mean 'world'?"
    )
    assert error_sentence(ModelSettings(name="torchvision:resnet5")).startswith(
        "torchvision has no model 'resnet5'; near names are resnet"
    )
    assert error_sentence(ModelSettings(name="torchvision:resnet18")) == (
        "model 'torchvision:resnet18' needs its weights: give a state dict with --weights FILE "
        "(.pth, .pt or .safetensors), or take torchvision's own with --weights download"
    )
    assert error_sentence(ModelSettings(name="no_such_module:make")) == (
        "model 'no_such_module:make': module 'no_such_module' cannot be imported (No module named 'no_such_module')"
    )
    assert (
        error_sentence(ModelSettings(name="math:no_such"))
        == "model 'math:no_such': module 'math' has no function 'no_such'"
    )
    assert (
        error_sentence(ModelSettings(name="builtins:dict"))
        == "model 'builtins:dict' returned a dict; it must return a torch.nn.Module"
    )
    with pytest.raises(ModelError, match=re.escape("shared has no layer 'pol'; near names are pool")):
        plain_network("pol")


def test_weights_that_do_not_fit_are_refused(tmp_path) -> None:
    path = tmp_path / "weights.safetensors"
    assert error_sentence(ModelSettings(weights=path)) == f"weights file {path} does not exist"
    state = CreatureNet().state_dict()
    state["stem.1.weight"] = torch.zeros(1, 2)
    del state["stage1.0.conv1.weight"]
    state["surplus"] = torch.zeros(1)
    save_file(state, path)
    assert error_sentence(ModelSettings(weights=path)) == (
        f"weights file {path} does not fit world: 'stage1.0.conv1.weight' is missing, 'surplus' is unknown to it, "
        "'stem.1.weight' has shape [1, 2] where it takes [32, 3, 5, 5] (1 missing, 1 unknown, 1 of another shape)"
    )
    path.write_bytes(b"\x08")
    assert error_sentence(ModelSettings(weights=path)).startswith(
        f"weights file {path} cannot be read as a state dict: "
    )


def test_a_pickle_that_runs_code_is_refused_and_runs_nothing(tmp_path) -> None:
    class Trap:
        def __reduce__(self) -> tuple:
            return (open, (str(tmp_path / "sprung"), "w"))

    path = tmp_path / "weights.pt"
    torch.save({"state_dict": Trap()}, path)
    assert error_sentence(ModelSettings(weights=path)).startswith(
        f"weights file {path} cannot be read as a state dict: "
    )
    assert not (tmp_path / "sprung").exists()


def test_torchvision_state_dict_is_loaded(tmp_path) -> None:
    from torchvision.models import resnet18

    torch.manual_seed(1)
    model = resnet18(weights=None).eval()
    torch.save(model.state_dict(), tmp_path / "r18.pth")
    network = load_network(ModelSettings(name="torchvision:resnet18", weights=tmp_path / "r18.pth", size=64), CPU)
    network.run_in(torch.float64)
    x = torch.rand(1, 3, 64, 64, dtype=torch.float64)
    assert (network.layer, network.units) == ("avgpool", 512)
    model.fc = nn.Identity()
    torch.testing.assert_close(network(x), model.double()((x - network.mean) / network.std), rtol=1e-9, atol=1e-9)
    x.requires_grad_(True)
    open_gradient = torch.autograd.grad(network(x, fake_relu=True).sum(), x)[0]
    assert not torch.equal(open_gradient, torch.autograd.grad(network(x).sum(), x)[0])


def test_layer_that_gives_no_tensor_is_refused() -> None:
    class Pair(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.LSTM(4, 4)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.inner(x[:, 0, :4, :4])[0]

    with pytest.raises(ModelError) as caught:
        Network(Pair(), name="pair", layer="inner", size=16, mean=(0, 0, 0), std=(1, 1, 1))
    assert str(caught.value) == (
        "layer 'inner' of pair gives a tuple; a representation is a tensor [batch, units], "
        "[batch, tokens, units] or [batch, channels, height, width]"
    )


def test_efficientnet_lite0_tells_pictures_apart() -> None:
    pytest.importorskip("efficientnet_lite_pytorch")
    network = load_network(ModelSettings(name="efficientnet-lite0"), CPU)
    assert (network.units, network.size) == (1280, 224)
    grey = network(torch.full((1, 3, 224, 224), 0.5))
    noise = network(torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(0)))
    assert grey.min() >= 0
    assert (grey - noise).abs().max() > 0.1
