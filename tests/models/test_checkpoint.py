"""Checkpoints: those of the robustness package give the same outputs here, and no file can run anything."""

from __future__ import annotations

import io
import os
import pickle
import re
import types
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from torch import nn
from torchvision.models import resnet18

from generator.models import ModelError, ModelSettings
from generator.models.loading import load_network
from generator.models.weights.checkpoint import import_checkpoint
from tests.cli.test_commands import command_error, generator

CPU = torch.device("cpu")
MEAN, STD = (0.4717, 0.4499, 0.3837), (0.2600, 0.2516, 0.2575)


def robustness(classes: int, arch: str):
    """An AttackerModel of the real package in DataParallel, its weights set at random, in evaluation mode."""
    from generator.errors import StudyError
    from generator.explanations.visualization.reference import load_robustness

    try:
        attacker = load_robustness()
    except StudyError as error:
        pytest.skip(str(error))
    from robustness import datasets

    data = datasets.RestrictedImageNet("/nowhere") if classes == 9 else datasets.ImageNet("/nowhere")
    torch.manual_seed(3)
    classifier = data.get_model(arch, False)
    for module in classifier.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.5, 1.5)
            module.weight.data.uniform_(0.2, 0.4)  # a trained network's residual sums do not grow with every block
    return nn.DataParallel(attacker.AttackerModel(classifier, data)).eval()


def training_state(model: nn.Module) -> dict:
    """What train.py of robustness saves, with the accuracies that main.py adds."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.5**epoch)
    next(model.parameters()).grad = torch.ones_like(next(model.parameters()))
    optimizer.step()
    optimizer.zero_grad()
    return {
        "model": model.state_dict(), "optimizer": optimizer.state_dict(), "schedule": schedule.state_dict(),
        "epoch": 110, "amp": None, "nat_prec1": torch.tensor(92.4), "adv_prec1": np.float64(81.9),
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    "arch, classes, zipped", [("resnet18", 9, False), ("resnet18", 1000, True), ("resnet50", 9, True)]
)
def test_robustness_checkpoints_give_the_same_outputs(tmp_path: Path, arch: str, classes: int, zipped: bool) -> None:
    published = robustness(classes, arch)
    dill = pytest.importorskip("dill")
    path, out = tmp_path / "RestrictedImageNet.pt", tmp_path / "weights.safetensors"
    torch.save(training_state(published), path, pickle_module=dill, _use_new_zipfile_serialization=zipped)
    published.load_state_dict(torch.load(path, weights_only=False, pickle_module=dill)["model"])

    found = import_checkpoint(path, out)
    assert (found.architecture, found.classes) == (arch, classes)
    assert found.left_out == ("adv_prec1", "amp", "epoch", "nat_prec1", "optimizer", "schedule")
    network = load_network(ModelSettings(name=f"torchvision:{arch}", weights=out, size=64), CPU)
    if classes == 9:
        torch.testing.assert_close(network.mean.flatten(), torch.tensor(MEAN))
        torch.testing.assert_close(network.std.flatten(), torch.tensor(STD))
    network.run_in(torch.float64)  # fifty layers of sums of some thousand terms: in 32 bits rounding would say little
    x = torch.rand(2, 3, 64, 64, dtype=torch.float64)
    with torch.no_grad():
        (output, latent), _ = published.double()(x, with_latent=True)
        torch.testing.assert_close(network(x), latent, rtol=1e-9, atol=1e-9)
        ours = network.model((x - network.mean) / network.std)
        torch.testing.assert_close(ours, output, rtol=1e-9, atol=1e-9)
    assert network.model.fc.weight.shape == (classes, 512 if arch == "resnet18" else 2048)


def checkpoint(path: Path, **changes: object) -> Path:
    """A robustness checkpoint of a ResNet-18 in the package's layout; changes replace or (None) remove weights."""
    torch.manual_seed(0)
    model = resnet18(num_classes=9).state_dict()
    normalizer = {"new_mean": torch.tensor(MEAN).view(3, 1, 1), "new_std": torch.tensor(STD).view(3, 1, 1)}
    state = {f"module.normalizer.{k}": v for k, v in normalizer.items()}
    state |= {f"module.model.{k}": v for k, v in model.items()}
    state |= {f"module.attacker.normalize.{k}": v for k, v in normalizer.items()}
    state |= {f"module.attacker.model.{k}": v for k, v in model.items()}
    state |= changes
    torch.save({"model": {k: v for k, v in state.items() if v is not None}, "epoch": 3}, path)
    return path


def error_sentence(path: Path, **options: object) -> str:
    """The sentence that a file is refused with; nothing may be written."""
    out = path.parent / "out.safetensors"
    with pytest.raises(ModelError) as caught:
        import_checkpoint(path, out, **options)
    assert not out.exists() and not list(path.parent.glob(".writing-*"))
    return str(caught.value)


@pytest.mark.slow
def test_the_layout_of_a_robustness_checkpoint_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "c.pt"
    assert import_checkpoint(checkpoint(path), tmp_path / "weights.safetensors").mean == MEAN
    other = resnet18(num_classes=9).fc.weight.data + 1
    assert error_sentence(checkpoint(path, **{"module.attacker.model.fc.weight": other})) == (
        f"{path}: 'attacker.model.fc.weight' is not the copy that robustness keeps of the model's own"
    )
    assert error_sentence(checkpoint(path, **{"module.attacker.model.fc.bias": None})) == (
        f"{path}: 'attacker.model.fc.bias' is not the copy that robustness keeps of the model's own"
    )
    assert error_sentence(checkpoint(path, **{"module.extra": torch.zeros(1)})) == (
        f"{path}: 'extra' is in no part of a robustness checkpoint (normalizer., model., attacker.normalize., attacker.model.)"
    )
    assert error_sentence(checkpoint(path, **{"module.normalizer.new_mean": torch.zeros(3)})) == (
        f"{path}: its normalizer must hold new_mean and new_std of shape [3, 1, 1], and holds new_mean [3], new_std [3, 1, 1]"
    )
    wrong = torch.full((3, 1, 1), 0.5)
    parts = {f"module.{part}.new_mean": wrong for part in ("normalizer", "attacker.normalize")}
    assert error_sentence(checkpoint(path, **parts)) == (
        f"{path}: with 9 classes it should be a network of Restricted ImageNet, whose normalizer is mean (0.4717, 0.4499, "
        "0.3837) and sd (0.26, 0.2516, 0.2575), but its own is mean (0.5, 0.5, 0.5) and sd (0.26, 0.2516, 0.2575); if it "
        "was trained on something else, say so with --own-normalizer"
    )
    own = import_checkpoint(path, tmp_path / "own.safetensors", own_normalizer=True)
    assert own.mean == (0.5, 0.5, 0.5)
    parts = {f"module.{part}.new_std": torch.zeros(3, 1, 1) for part in ("normalizer", "attacker.normalize")}
    assert error_sentence(checkpoint(path, **parts), own_normalizer=True) == (
        f"{path}: a normalizer of mean (0.4717, 0.4499, 0.3837) and sd (0.0, 0.0, 0.0) is not one for pictures in [0, 1]"
    )


@pytest.mark.slow
def test_shapes_and_names_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "c.pt"
    both = {f"module.{part}.conv1.weight": torch.zeros(64, 3, 5, 5) for part in ("model", "attacker.model")}
    assert error_sentence(checkpoint(path, **both), architecture="resnet18") == (
        f"{path} does not fit resnet18: 'conv1.weight' has shape [64, 3, 5, 5] where it takes [64, 3, 7, 7] "
        "(0 missing, 0 unknown, 1 of another shape)"
    )
    assert error_sentence(path).startswith(
        f"{path} has the names and shapes of no network that is known here (122 tensors, the first is 'bn1.bias' [64]); "
    )
    assert error_sentence(path, architecture="resnet5").startswith(
        "torchvision has no model 'resnet5'; near names are resnet"
    )
    bad = torch.full((9,), float("nan"))
    both = {f"module.{part}.fc.bias": bad for part in ("model", "attacker.model")}
    assert error_sentence(checkpoint(path, **{**both, "module.attacker.model.fc.bias": None, **{}})).startswith(
        f"{path}: 'attacker"
    )
    state = resnet18(num_classes=9).state_dict()
    state["fc.bias"] = bad
    torch.save(state, path)
    assert error_sentence(path) == f"{path}: 'fc.bias' holds numbers that are not finite"


@pytest.mark.slow
@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize(
    "wrap", [lambda s: s, lambda s: {"state_dict": {f"module.{k}": v for k, v in s.items()}, "epoch": 3}]
)
def test_plain_torchvision_state_dicts(tmp_path: Path, zipped: bool, wrap) -> None:
    torch.manual_seed(0)
    model = resnet18().eval()
    path, out = tmp_path / "r.pth", tmp_path / "weights.safetensors"
    torch.save(wrap(model.state_dict()), path, _use_new_zipfile_serialization=zipped)
    found = import_checkpoint(path, out)
    assert (found.architecture, found.classes, found.mean) == ("resnet18", 1000, None)
    network = load_network(ModelSettings(name="torchvision:resnet18", weights=out, size=64), CPU)
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(network.model.state_dict()[name], tensor, rtol=0, atol=0)
    with safe_open(out, framework="np") as file:
        assert file.metadata() == {"format": "imetric-weights/1", "architecture": "resnet18", "classes": "1000"}
    with pytest.raises(ModelError) as caught:
        load_network(ModelSettings(name="torchvision:resnet50", weights=out), CPU)
    assert str(caught.value) == (
        f"weights file {out} was imported as resnet18: use it with --model torchvision:resnet18"
    )


class Call:
    """A pickle that asks for a call."""

    def __init__(self, function, *arguments) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple:
        return self.call


class Built:
    """A pickle that asks for a method of an object with a state of its own (BUILD, and list and dict items)."""

    def __init__(self, marker: str) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple:
        return (types.SimpleNamespace, (), {"x": Call(os.system, f"touch {self.marker}")}, iter([1]), iter([("a", 2)]))


def payloads(marker: str) -> dict[str, tuple[object, str]]:
    """What an attacker saves -> the name that the refusal gives."""
    write = f"__import__('pathlib').Path({marker!r}).touch()"
    system = f"{os.system.__module__}.system"
    return {
        "system": (Call(os.system, f"touch {marker}"), system),
        "nested": ({"a": [({"b": (Call(os.system, f"touch {marker}"),)},)]}, system),
        "eval": (Call(eval, write), "builtins.eval"),
        "exec": (Call(exec, write), "builtins.exec"),
        "getattr": (Call(getattr, Call(__import__, "os"), "system"), "builtins.__import__"),
        "build": (Built(marker), system),
        "torch": (Call(torch.load, marker), "torch.serialization.load"),
        "numpy": (Call(np.load, marker), "numpy"),
    }


@pytest.mark.parametrize("name", payloads(""))
@pytest.mark.parametrize("place", ["alone", "beside", "among weights"])
@pytest.mark.parametrize("zipped", [True, False])
def test_malicious_files_run_nothing(tmp_path: Path, name: str, place: str, zipped: bool) -> None:
    marker = tmp_path / "sprung"
    payload, named = payloads(str(marker))[name]
    weights = resnet18(num_classes=9).state_dict()
    content = {
        "alone": payload,
        "beside": {"state_dict": weights, "optimizer": payload},
        "among weights": {**weights, "fc.bias": payload},
    }[place]
    path = tmp_path / "evil.pt"
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    sentence = error_sentence(path)
    assert not marker.exists()
    assert re.fullmatch(
        rf"{re.escape(str(path))} names [^;]*{re.escape(named)}[^;]*, which has no place in a file of weights; nothing of it was "
        r"run: get the file again from where it was published, or do without it",
        sentence,
    )


def raw(path: Path, program: bytes) -> Path:
    """A file of torch.save whose pickle is this program."""
    buffer = io.BytesIO()
    torch.save({"a": torch.zeros(4)}, buffer)
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(path, "w") as target:
        for info in source.infolist():
            target.writestr(info.filename, program if info.filename.endswith("data.pkl") else source.read(info))
    return path


TENSOR = (
    b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000"
    b"X\x03\x00\x00\x00cpuK\x04tQ%b\x89ccollections\nOrderedDict\n)RtR%b."
)


@pytest.mark.slow
def test_pickles_written_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "evil.pt"
    # protocol 0's INST, STACK_GLOBAL of a dotted name, and a call of what a harmless name made
    assert "names os.system, which" in error_sentence(raw(path, b"(S'touch sprung'\nios\nsystem\n."))
    assert "names os.path.join, which" in error_sentence(
        raw(path, b"\x80\x04\x8c\x07os.path\x94\x8c\x04join\x94\x93\x8c\x01a\x85R.")
    )
    assert error_sentence(raw(path, b"\x80\x02cargparse\nNamespace\n)R)R.")).startswith(
        f"{path} calls what it made with argparse.Namespace, which has no place in a file of weights; nothing of it was run"
    )
    # a tensor that leaves its storage, one that is altered after its check, a storage that lies about its length
    whole = TENSOR % (b"K\x00K\x04\x85K\x01\x85", b"")
    assert error_sentence(raw(path, whole)).startswith(f"{path} holds a TensorRecord; a checkpoint is a dictionary")
    for inside, after, why in (
        (b"K\x01K\x04\x85K\x01\x85", b"", "a tensor that leaves its storage"),
        (b"K\x00K\x02K\x02\x86K\x04K\x01\x86", b"", "a tensor that leaves its storage"),
        (b"K\x00J\xff\xff\xff\xff\x85K\x01\x85", b"", "a tensor whose shape is not made of whole numbers"),
        (b"K\x00K\x64\x85K\x00\x85", b"", "a tensor larger than its storage"),
        (b"K\x00K\x04\x85K\x01\x85", b"}X\x06\x00\x00\x00offsetK\x09sb", "a tensor that changes after it was made"),
    ):
        assert error_sentence(raw(path, TENSOR % (inside, after))) == (
            f"{path} is not a checkpoint that can be read as tensors ({why})"
        )
    long = whole.replace(b"K\x04tQ", b"M\x00\x10tQ")
    wrapped = b"\x80\x02}X\x01\x00\x00\x00a" + long[2:-1] + b"s."
    assert error_sentence(raw(path, wrapped)).startswith(f"{path} has the names and shapes of no network")
    deep = b"\x80\x02" + b"(" * 100_000 + b"t" * 100_000 + b"."
    assert error_sentence(raw(path, deep)).startswith(f"{path} holds a tuple; a checkpoint is a dictionary")
    assert error_sentence(raw(path, b"\x80\x02r\xff\xff\xff\xff.")).startswith(
        f"{path} is not a checkpoint that can be read"
    )


def test_other_files_are_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "c.pt"
    assert error_sentence(path) == f"checkpoint {path} does not exist"
    path.mkdir()
    assert error_sentence(path) == f"checkpoint {path} does not exist (it is a folder)"
    path.rmdir()
    for content in (b"", b"\x89PNG\r\n\x1a\n" * 9, b"not a checkpoint", pickle.dumps({"a": 1}), os.urandom(500)):
        path.write_bytes(content)
        sentence = error_sentence(path)
        assert sentence.startswith(f"{path} is not a checkpoint that can be read as tensors (") and "\n" not in sentence
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert error_sentence(path) == (
        f"{path} is not a checkpoint that can be read as tensors (a zip archive without the data.pkl of torch.save)"
    )
    torch.save([1, 2], path)
    assert error_sentence(path) == f"{path} holds a list; a checkpoint is a dictionary with a state dict"
    torch.save({"model": {}}, path)
    assert error_sentence(path) == (
        f"{path} holds no tensors: a checkpoint is a state dict (names with tensors), alone or under 'model' or 'state_dict'"
    )
    torch.save({"a": torch.zeros(2), "b": 3}, path)
    assert error_sentence(path).startswith(f"{path} holds 'b', which is no tensor: a checkpoint is a state dict")
    with pytest.raises(ModelError) as caught:
        import_checkpoint(path, tmp_path / "weights.pt")
    assert str(caught.value) == f"--out {tmp_path / 'weights.pt'} must end in .safetensors"


@pytest.mark.parametrize("zipped", [True, False])
def test_files_cut_short_are_refused(tmp_path: Path, zipped: bool) -> None:
    path = tmp_path / "c.pt"
    torch.save(resnet18().state_dict(), path, _use_new_zipfile_serialization=zipped)
    whole = path.read_bytes()
    for share in (0.001, 0.5, 0.999):
        path.write_bytes(whole[: int(len(whole) * share)])
        sentence = error_sentence(path)
        assert sentence.startswith((f"{path} is not a checkpoint", f"{path} is cut short: ")) and "\n" not in sentence


@pytest.mark.slow
def test_the_command(tmp_path: Path) -> None:
    path = checkpoint(tmp_path / "c.pt")
    done = generator("import-checkpoint", path, "--out", "weights.safetensors", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == [
        "weights.safetensors: 122 tensors of resnet18 with 9 classes",
        "normalizer: mean 0.4717, 0.4499, 0.3837; sd 0.2600, 0.2516, 0.2575",
        "left out: epoch",
        "use it: python -m generator build --model torchvision:resnet18 --weights weights.safetensors",
    ]
    torch.save({"model": Call(os.system, f"touch {tmp_path / 'sprung'}")}, path)
    assert "names posix.system, which has no place" in command_error("import-checkpoint", path, cwd=tmp_path)
    assert not (tmp_path / "sprung").exists()
