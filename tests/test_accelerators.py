"""What holds on a CPU holds on a GPU: the same tests on every device that this machine has, the CPU among them.

On the CPU they show that the tests themselves are right; what needs an accelerator of its own is skipped there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from generator.explanations.gridcam import compute_gridcams
from generator.explanations.visualization.batch import Batch
from generator.explanations.visualization.items import Item
from generator.explanations.visualization.optimizer import visualize
from generator.explanations.visualization.parts import transforms
from generator.models.activations import compute_activations
from generator.models.device import pick_device
from generator.models.fused import fused_copy
from generator.pipeline import build
from generator.study import GridcamSettings
from generator.study.model import ModelError
from generator.study.visualization import VisualizationSettings
from tests.explanations.visualization.conftest import SIZE, residual_network
from tests.small_study import Counting, study

METHODS = ("madry", "lucent")


@pytest.fixture(params=["cpu", "cuda", "mps"])
def device(request: pytest.FixtureRequest) -> Iterator[torch.device]:
    try:
        yield pick_device(request.param)
    except ModelError as error:
        pytest.skip(str(error))


def pictures(count: int, side: int = SIZE) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


def test_activations_and_gridcams_are_those_of_the_cpu(device) -> None:
    """In 32 bits, TF32 left out: with its ten digits they would be 1e-3 apart."""
    here, there = residual_network(), fused_copy(residual_network().to(device))
    expected, got = (compute_activations(network, pictures(5)) for network in (here, there))
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5)
    settings, asked = GridcamSettings(), [[3, 7], [1]]
    for one, other in zip(*(compute_gridcams(n, pictures(2), asked, settings) for n in (here, there)), strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_an_exact_step_is_that_of_64_bits(device, method) -> None:
    settings = VisualizationSettings(method=method, exact=True, noise_sd=0.1, step_size=0.3)
    found = []
    for network, dtype in ((residual_network(), torch.float64), (residual_network().to(device), torch.float32)):
        network.run_in(dtype)
        batch = Batch(network, [Item(2, 1)], settings)
        before = batch.pictures().clone()
        activation = batch.step()
        way = batch.pictures() - before if method == "madry" else batch.parametrization.parameters.grad
        found.append((float(activation[0]), way.cpu().double().flatten()))
    (one, precisely), (other, gradient) = found
    assert other == pytest.approx(one, rel=1e-4)
    # A place whose input to a rectifier rounding takes across 0 counts or does not: one of some hundred.
    assert torch.nn.functional.cosine_similarity(gradient, precisely, dim=0) > 0.99


@pytest.mark.parametrize("method", METHODS)
def test_the_same_pictures_are_made_twice(device, method, monkeypatch) -> None:
    """Byte for byte, in the default's number format; the CPU by the way that accelerators interpolate."""
    monkeypatch.setattr(transforms, "one_pass", transforms.one_pass_on_accelerators)
    network, settings = residual_network(size=64).to(device), VisualizationSettings(method=method, iterations=12)
    items = [Item(n, s) for n in range(6) for s in range(3)]
    one, other = (visualize(network, items, settings) for _ in range(2))
    assert all(
        np.array_equal(a.pixels, b.pixels) and np.array_equal(a.history, b.history)
        for a, b in zip(one, other, strict=True)
    )


@pytest.mark.parametrize("method", METHODS)
def test_an_item_does_not_depend_on_its_batch(device, method) -> None:
    """By the activations of the first two steps; later ones tell of rounding alone where a rectifier's input is 0."""
    network = residual_network().to(device)
    settings = VisualizationSettings(method=method, number_format="float32", iterations=2)
    items = [Item(n, s) for n in range(3) for s in range(2)]
    together = visualize(network, items, settings)
    for item, one in zip(items, together, strict=True):
        (alone,) = visualize(network, [item], settings)
        assert alone.history[0] == pytest.approx(one.history[0], rel=1e-4)
        assert alone.history[1] == pytest.approx(one.history[1], rel=1e-2)


def test_memory_running_out_halves_the_batch(device) -> None:
    if device.type != "cuda":
        pytest.skip("only CUDA lets a process have less memory than there is")
    network, total = residual_network(size=64, channels=32).to(device), torch.cuda.mem_get_info(device)[1]
    settings = VisualizationSettings(iterations=2, batch=1024, number_format="float32")
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction((torch.cuda.memory_reserved(device) + 2**29) / total, device)
    try:
        made = visualize(network, [Item(n % 8, n) for n in range(1024)], settings)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, device)
    assert len(made) == 1024 and all(each.history[-1] > each.history[0] for each in made)


@pytest.mark.slow
def test_a_build_is_the_same_twice(device, photographs: Path, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        build(
            study(photographs), out=folder / "dist", private=folder / "private", artifacts=folder / "artifacts",
            device=device.type, reporter=Counting(),
        )  # fmt: skip
    one, other = (
        {path.relative_to(folder): path.read_bytes() for path in sorted((folder / "dist").rglob("*")) if path.is_file()}
        | {"key": next((folder / "private").glob("*/answer_key.json")).read_bytes()}
        for folder in folders
    )
    assert one == other and len(one) > 30


@pytest.mark.slow
@pytest.mark.parametrize("method, at_least", [("madry", 0.99), ("lucent", 0.95)])
def test_the_default_drives_its_neurons_as_the_exact_way_does(device, method, at_least) -> None:
    """The median of twenty; rounding and, with lucent, other draws move it by less than is left to it."""
    if device.type == "cpu":
        pytest.skip("tests/explanations/visualization/test_engine.py does this on the CPU")
    from generator.models import NetworkHandle
    from generator.study.model import ModelSettings

    network = NetworkHandle(ModelSettings(), device.type).network
    items = [Item(n, s) for n in (1, 13, 135, 175, 181, 194, 207, 222, 244, 249) for s in range(2)]
    exact = VisualizationSettings(method=method, exact=True, iterations=15, step_size=0.57, noise_sd=0.1)
    ours, theirs = (visualize(network, items, exact.model_copy(update={"exact": e})) for e in (False, True))
    assert np.median([a.activation / b.activation for a, b in zip(ours, theirs, strict=True)]) >= at_least
