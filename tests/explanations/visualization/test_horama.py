"""Our maco and accentuation against horama 0.3.0: the crops, and every step, in 64 bits (see test_parity.py)."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from generator.explanations.visualization.batch import Batch
from generator.explanations.visualization.items import Item
from generator.explanations.visualization.optimizer import visualize
from generator.explanations.visualization.parts.crops import crop_matrices, windows
from generator.explanations.visualization.parts.phases import COLOURS
from generator.study.visualization import VisualizationSettings

from .conftest import ROUNDING, SIZE, precise, residual_network

pytest.importorskip("horama", reason="the packages of the extra [reference] are not installed")


@pytest.fixture
def double(in_64_bits: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both in 64 bits: the package holds its colours in 32."""
    for module in ("common", "feature_accentuation"):
        monkeypatch.setattr(f"horama.{module}.get_color_correlation_svd_sqrt", lambda device: COLOURS.double())


def test_colours_are_horamas() -> None:
    from horama.common import get_color_correlation_svd_sqrt

    assert torch.equal(get_color_correlation_svd_sqrt("cpu"), COLOURS)


@pytest.mark.parametrize("canvas, side", [(48, 0.5), (48, 0.9), (200, 0.3), (200, 1.0), (33, 0.02)])
@pytest.mark.parametrize("start", [-0.4, 0.13, 0.8])
def test_a_crop_is_horamas(canvas, side, start, double) -> None:
    """Enlarged and shrunk, within the picture and beyond its ends."""
    from torchvision.ops import roi_align

    picture = torch.rand(3, canvas, canvas, generator=torch.Generator().manual_seed(0))
    box = torch.tensor([[0, start, 0.2, start + side, 0.2 + side]]) * canvas
    expected = torch.nn.functional.interpolate(
        roi_align(picture[None], box, (2 * SIZE, 2 * SIZE)), (SIZE, SIZE), mode="bicubic", align_corners=True,
        antialias=True,
    )[0]  # fmt: skip
    sides = torch.tensor([side, side])
    across, down = crop_matrices(torch.tensor([start, 0.2]), sides, canvas, SIZE)
    assert (torch.einsum("sy,cyx,tx->cst", down, picture, across) - expected).abs().max() < ROUNDING
    (column, _), (row, _), width = windows(torch.tensor([start, 0.2]), torch.tensor([0.2, 0.2]), sides, canvas)
    within = [
        crop_matrices(torch.tensor([place]), sides[:1], canvas, SIZE, first[None], width)[0]
        for place, first in ((start, column), (0.2, row))
    ]
    seen = torch.einsum("sy,cyx,tx->cst", within[1], picture[:, row : row + width, column : column + width], within[0])
    assert (seen - expected).abs().max() < ROUNDING


def test_crops_of_unlike_sizes_are_sampled_each_by_its_own() -> None:
    start, side = torch.tensor([0.1, 0.3]), torch.tensor([0.9, 0.3])
    together = crop_matrices(start, side, 400, SIZE)
    alone = torch.cat([crop_matrices(start[k : k + 1], side[k : k + 1], 400, SIZE) for k in range(2)])
    torch.testing.assert_close(together, alone)


def start_picture() -> np.ndarray:
    """From black to white, which horama stretches its start to; in corners that stay so when it is enlarged."""
    picture = np.random.default_rng(3).integers(0, 256, (SIZE, SIZE, 3), np.uint8)
    picture[:8, :8], picture[-8:, -8:] = 0, 255
    return picture


@pytest.mark.parametrize("canvas", [0, 50])
@pytest.mark.parametrize("method", ["maco", "accentuation"])
def test_thirty_steps_are_those_of_horama(method, canvas, double) -> None:
    start = start_picture() if method == "accentuation" else None
    items = [Item(0, 0, start), Item(2, 7, start)]
    ours = VisualizationSettings(method=method, exact=True, iterations=30, canvas=canvas, crops=3, crop_noise=0.05)
    network = precise(residual_network())
    made = visualize(network, items, ours, snapshots=[4, 30])
    theirs = visualize(network, items, ours.model_copy(update={"engine": "reference"}), snapshots=[4, 30])
    for one, other in zip(made, theirs, strict=True):
        assert np.abs(one.history - other.history).max() < ROUNDING * np.abs(other.history).max()
        assert one.activation == pytest.approx(other.activation, rel=ROUNDING)
        assert np.array_equal(one.snapshots[4], other.snapshots[4]) and np.array_equal(one.pixels, other.pixels)
        assert one.history[-5:].mean() > one.history[:5].mean()


def test_the_package_leaves_no_trace(residual) -> None:
    import horama.maco_fv as module

    before, names = torch.get_rng_state(), dict(vars(module))
    settings = VisualizationSettings(engine="reference", method="maco", iterations=2, crops=2)
    visualize(residual, [Item(0)], settings)
    assert torch.equal(before, torch.get_rng_state()) and dict(vars(module)) == names


def test_where_something_grew_is_told(residual) -> None:
    settings = VisualizationSettings(method="maco", iterations=3, crops=4, crop_smallest=0.3, crop_largest=0.3)
    batch = Batch(residual, [Item(0), Item(1)], settings)
    for _ in range(3):
        batch.step()
    traces = batch.traces()
    assert traces is not None and traces.shape == (2, SIZE, SIZE) and traces.amax((1, 2)).tolist() == [1, 1]
    assert traces[:, 8:24, 8:24].mean() > 2 * traces[:, :4].mean()  # crops are about the middle
    assert visualize(residual, [Item(0)], VisualizationSettings(iterations=1))[0].trace is None
