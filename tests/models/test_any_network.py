"""Any network: vision transformers, torchvision's own weights, layers that are not there, networks that misbehave."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from torch import nn
from torchvision.models import ResNet18_Weights, resnet18, swin_t
from torchvision.models.vision_transformer import VisionTransformer

from generator.errors import StudyError
from generator.models import ModelError, ModelSettings, NetworkHandle, code
from generator.models import loading as loading_module
from generator.models.fused import fused_copy
from generator.models.loading import load_network
from generator.models.network import Network
from generator.pipeline import build
from generator.study import load_study
from tests.small_study import Counting, study

ROOT = Path(__file__).parent.parent.parent
CPU = torch.device("cpu")
HERE = "tests.models.test_any_network"
BLOCK = "encoder.layers.encoder_layer_1"


def transformer() -> nn.Module:
    """torchvision's vision transformer, two blocks of four heads on 32 px: 16 tokens and the class token, 24 channels."""
    torch.manual_seed(2)
    return VisionTransformer(
        image_size=32, patch_size=8, num_layers=2, num_heads=4, hidden_dim=24, mlp_dim=48, num_classes=5
    )


def vit(layer: str = BLOCK, **settings: object) -> Network:
    return Network(transformer(), name="vit", layer=layer, size=32, mean=(0.5,) * 3, std=(0.5,) * 3, **settings)


def block_output(x: torch.Tensor) -> torch.Tensor:
    """What the last block gives, [B, 17, 24], computed without our Network."""
    model = transformer().eval()
    with torch.no_grad():
        tokens = model._process_input((x - 0.5) / 0.5)
        tokens = torch.cat([model.class_token.expand(len(x), -1, -1), tokens], 1) + model.encoder.pos_embedding
        for block in model.encoder.layers:
            tokens = block(tokens)
    return tokens


def test_tokens_and_channels_of_a_transformers_block() -> None:
    x = torch.rand(3, 3, 32, 32)
    tokens = block_output(x)
    for setting, expected in (
        ("mean", tokens.mean(1)), ("class", tokens[:, 0]), (0, tokens[:, 0]), (9, tokens[:, 9]), ("each", tokens.norm(dim=2)),
    ):  # fmt: skip
        network = vit(tokens=setting)
        assert network.units == expected.shape[1] == (17 if setting == "each" else 24)
        torch.testing.assert_close(network(x), expected, rtol=1e-4, atol=1e-5)
        x.requires_grad_(True)
        assert torch.autograd.grad(network(x)[:, 3].sum(), x)[0].abs().max() > 0, "a visualization can raise it"
        x = x.detach()
    assert len({vit(tokens=setting).digest for setting in ("mean", "class", 1, "each")}) == 4


def test_tokens_that_are_not_there() -> None:
    with pytest.raises(ModelError) as caught:
        vit(tokens=17)
    assert str(caught.value) == f"layer '{BLOCK}' of vit gives 17 tokens: [model] tokens = 17 must be from 0 to 16"
    with pytest.raises(ModelError) as caught:
        vit("conv_proj", tokens="class")
    assert str(caught.value) == "layer 'conv_proj' of vit gives maps, not tokens: leave out [model] tokens = 'class'"
    with pytest.raises(ModelError) as caught:
        vit(f"{BLOCK}.self_attention")
    assert str(caught.value).startswith(
        f"layer '{BLOCK}.self_attention' of vit gives a tuple; a representation is a tensor "
    )
    with pytest.raises(ModelError) as caught:
        Network(transformer(), name="vit", layer=BLOCK, size=40, mean=(0.5,) * 3, std=(0.5,) * 3)
    assert str(caught.value).startswith("vit cannot be run on a picture of 40 x 40 pixels: Wrong image height")


def test_maps_with_their_channels_last() -> None:
    torch.manual_seed(0)
    model = swin_t(weights=None)
    network = Network(model, name="swin", layer="features.1", size=64, mean=(0,) * 3, std=(1,) * 3, channels="last")
    x = torch.rand(2, 3, 64, 64)
    assert network.units == 96
    with torch.no_grad():
        torch.testing.assert_close(network(x), model.features[:2](x).mean((1, 2)), rtol=1e-4, atol=1e-5)


class Volumes(nn.Module):
    """Maps, and a convolution over three dimensions, as the first layer of vision-language models' encoders is."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.maps, self.volume = nn.Conv2d(3, 6, 3, padding=1), nn.Conv3d(1, 1, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.volume(self.maps(x)[:, None])[:, 0].relu()


def test_convolutions_over_three_dimensions_stay_as_they_are() -> None:
    network = load_network(ModelSettings(name=f"{HERE}:Volumes", layer="maps", size=32), CPU)
    assert network.model.maps.weight.is_contiguous(memory_format=torch.channels_last)
    assert fused_copy(network).units == network.units == 6


@pytest.mark.parametrize("setting", ["class", "each", 9])
def test_the_fast_mode_knows_tokens(setting) -> None:
    network = vit(tokens=setting)
    fast = fused_copy(network)
    assert fast is not network and (fast.tokens, fast.units) == (setting, network.units)


def test_the_fast_mode_knows_where_channels_are() -> None:
    class Last(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            torch.manual_seed(4)
            self.maps, self.relu, self.turned = nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(), nn.Identity()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.turned(self.relu(self.maps(x)).permute(0, 2, 3, 1))

    network = Network(Last(), name="last", layer="turned", size=16, mean=(0,) * 3, std=(1,) * 3, channels="last")
    fast = fused_copy(network)
    assert network.units == 6 and fast is not network and (fast.channels, fast.units) == ("last", 6)


@pytest.mark.slow
def test_a_study_of_a_transformer_is_built(photographs: Path, tmp_path: Path) -> None:
    for tokens in ("class", "each"):
        settings = study(
            photographs,
            model={"name": f"{HERE}:transformer", "layer": BLOCK, "tokens": tokens},
            selection={"count": 2, "min_max_ratio_min": 1.0},
        )
        report = build(
            settings, conditions=(3,), out=tmp_path / "dist", private=tmp_path / "private",
            artifacts=tmp_path / "artifacts", device="cpu", reporter=Counting(),
        )  # fmt: skip
        assert report.units == (17 if tokens == "each" else 24) and len(report.neurons) == 2


OWN = """
import torch
from own_parts.scale import SCALE
def make():
    torch.manual_seed(0)
    return Net()
class Net(torch.nn.Sequential):
    def __init__(self):
        super().__init__(torch.nn.Conv2d(3, 12, 3), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(1))
    def forward(self, x):
        return super().forward(x) * SCALE
"""


@pytest.mark.slow
def test_edited_code_of_an_own_network_is_computed_again(photographs: Path, tmp_path: Path) -> None:
    """Run as users do, a process for each build: an edited forward, and an edited file that it imports."""
    settings = """
        import sys
        from pathlib import Path
        from generator.pipeline import build
        from tests.small_study import Counting, study
        folder, reporter = Path("."), Counting()
        made = study(Path(sys.argv[1]), model={"name": "own_net:make", "layer": "2"}, site={"practice": 0})
        report = build(made, conditions=(1,), out=folder / "dist", private=folder / "private", artifacts=folder / "artifacts",
                       device="cpu", reporter=reporter)
        print(report.study_id, reporter.stages["activations"])
    """

    def built() -> list[str]:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)]), "OMP_NUM_THREADS": "1"}
        words = [sys.executable, "-c", textwrap.dedent(settings), str(photographs)]
        done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    (tmp_path / "own_parts").mkdir()
    scale = tmp_path / "own_parts" / "scale.py"
    scale.write_text("from .numbers import SCALE\n")
    (tmp_path / "own_parts" / "numbers.py").write_text("SCALE = 1.0\n")
    (tmp_path / "own_net.py").write_text(OWN)
    first = built()
    assert first[1] == "False" and built() == [first[0], "True"]
    (tmp_path / "own_parts" / "numbers.py").write_text("SCALE = 1.5\n")
    second = built()
    assert second[1] == "False" and second[0] != first[0]
    (tmp_path / "own_net.py").write_text(OWN.replace("* SCALE", "* SCALE + 0.1"))
    third = built()
    assert third[1] == "False" and third[0] not in (first[0], second[0])


def test_installed_packages_are_listed_once_for_all_imports(monkeypatch: pytest.MonkeyPatch) -> None:
    """That takes half a second and more, and a network's file imports a dozen modules of installed packages."""
    calls: list[int] = []
    monkeypatch.setattr(code, "packages_distributions", lambda: calls.append(1) or {"torch": ["torch"]})
    code._distributions.cache_clear()
    digest = code.code_digest(nn.Conv2d(3, 6, 3), HERE)
    assert digest == code.code_digest(nn.Conv2d(3, 6, 3), HERE) and len(calls) == 1
    code._distributions.cache_clear()


def test_near_names_of_a_layer_that_is_not_there(tmp_path: Path) -> None:
    torch.save(resnet18().state_dict(), tmp_path / "r.pth")

    def error_sentence(layer: str) -> str:
        with pytest.raises(ModelError) as caught:
            load_network(
                ModelSettings(name="torchvision:resnet18", weights=tmp_path / "r.pth", layer=layer, size=64), CPU
            )
        return str(caught.value)

    assert error_sentence("layer5").startswith(
        "torchvision:resnet18 has no layer 'layer5'; near names are layer4, layer3"
    )
    assert "layer4.1.conv2" in error_sentence("layer4.2.conv2")
    with pytest.raises(ModelError, match="near names are encoder.layers.encoder_layer_1"):
        vit("encoder.layers.encoder_layer_7")


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Path]]:
    """A server on this machine in place of torchvision's: its address, and the folder that it serves."""
    folder = tmp_path / "served"
    folder.mkdir()

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "torch-home"))
    yield f"http://127.0.0.1:{server.server_port}", folder
    server.shutdown()
    server.server_close()


@pytest.mark.slow
def test_torchvisions_own_weights_are_fetched_once_and_checked(
    published: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, folder = published
    torch.manual_seed(4)
    state = resnet18().state_dict()
    torch.save(state, folder / "w.pth")
    content = (folder / "w.pth").read_bytes()
    name = f"resnet18-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    (folder / "w.pth").rename(folder / name)
    at = {"url": f"{address}/{name}"}
    original = loading_module._download
    monkeypatch.setattr(loading_module, "_download", lambda url, name: original(at["url"], name))
    settings = ModelSettings(name="torchvision:resnet18", weights="download", size=64)

    network = load_network(settings, CPU)
    torch.testing.assert_close(network.model.fc.weight, state["fc.weight"])
    preset = ResNet18_Weights.DEFAULT.transforms()
    assert network.mean.flatten().tolist() == pytest.approx(preset.mean)
    (folder / name).unlink()
    assert load_network(settings, CPU).digest == network.digest, "what was fetched is kept"
    assert NetworkHandle(settings, "cpu").identity == network.digest

    def error_sentence() -> str:
        with pytest.raises(ModelError) as caught:
            load_network(settings, CPU)
        return str(caught.value)

    at["url"] = f"{address}/resnet18-00000000.pth"
    assert error_sentence() == (
        f"weights of 'torchvision:resnet18' cannot be fetched from {at['url']} (File not found): fetch that file elsewhere "
        "and give it with --weights FILE"
    )
    (folder / "resnet18-00000000.pth").write_bytes(content)
    assert "invalid hash value" in error_sentence()
    at["url"] = "http://127.0.0.1:1/resnet18-11111111.pth"
    assert "cannot be fetched" in error_sentence() and "refused" in error_sentence()
    assert sorted(p.name for p in (tmp_path / "torch-home/checkpoints").iterdir()) == [name], "nothing half-fetched"


def test_download_is_no_path_of_a_study_file(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text('[model]\nname = "torchvision:resnet18"\nweights = "download"\n')
    assert str(load_study(tmp_path / "study.toml").model.weights) == "download"


class Tuples(nn.Module):
    """Gives its map and something else beside it, as networks with several outputs do."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU())
        self.heads = nn.ModuleDict({"pair": _Pair()})

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.heads["pair"](self.body(x))


class _Pair(nn.Module):
    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return x.mean((2, 3)), x


class NotANumber(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(3, 5, 3)
        self.end = nn.Identity()
        nn.init.constant_(self.layer.bias, float("nan"))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.end(self.layer(x))


def raising() -> nn.Module:
    raise FileNotFoundError("weights are not here\nsecond line")


@pytest.mark.parametrize(
    "name, layer, sentence",
    [
        ("Tuples", "heads.pair", "layer 'heads.pair' of {name} gives a tuple; a representation is a tensor [batch, units], "
         "[batch, tokens, units] or [batch, channels, height, width]"),
        ("NotANumber", "layer", "layer 'layer' of {name} gives activations that are not finite numbers for 60 of 60 pictures "
         "(first: left/000.png, neuron 0); check its weights and normalization"),
        ("raising", "layer", "model '{name}': calling it without arguments failed (weights are not here)"),
    ],
)  # fmt: skip
def test_networks_that_misbehave_end_a_build_in_one_sentence(
    photographs: Path, tmp_path: Path, name: str, layer: str, sentence: str
) -> None:
    with pytest.raises(StudyError) as caught:
        build(
            study(photographs, model={"name": f"{HERE}:{name}", "layer": layer}), out=tmp_path / "dist",
            private=tmp_path / "private", artifacts=tmp_path / "artifacts", device="cpu", reporter=Counting(),
        )  # fmt: skip
    assert str(caught.value).replace("left/002", "left/000").replace("left/001", "left/000") == sentence.format(
        name=f"{HERE}:{name}"
    )
    assert not (tmp_path / "dist").exists() and not (tmp_path / "private").exists()


def test_a_network_of_several_outputs_is_read_at_a_layer(photographs: Path) -> None:
    network = load_network(ModelSettings(name=f"{HERE}:Tuples", layer="body", size=32), CPU)
    assert network.units == 6 and network(torch.rand(2, 3, 32, 32)).shape == (2, 6)


def test_settings_of_the_network_are_checked() -> None:
    def error_sentence(**model: object) -> str:
        with pytest.raises(StudyError) as caught:
            load_study(None, {"model": model})
        return str(caught.value)

    assert (
        error_sentence(std=[0.2, 0.0, 0.2])
        == "settings: [model] std must be three numbers from 1e-06 to 10, for pictures in [0, 1]"
    )
    assert error_sentence(mean=[float("nan"), 0, 0]).startswith("settings: [model] mean must be three numbers")
    assert error_sentence(mean=[123.7, 116.3, 103.5]).startswith(
        "settings: [model] mean must be three numbers from -10 to 10"
    )
    assert error_sentence(tokens=-1) == "settings: [model] tokens counts from 0, the class token where there is one"
    assert error_sentence(tokens="all") == (
        "settings: [model] tokens = 'all' is not allowed: it should be 'mean', 'class', 'each' or the number of a token"
    )
