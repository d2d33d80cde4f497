"""Grid-cam against a loop that does one window, one cell and one neuron at a time."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from generator.errors import StudyError
from generator.explanations.gridcam import cell_means, compute_gridcams, window_count
from generator.explanations.overlay import NEUTRAL, overlay, where_asked
from generator.models.network import Network
from generator.study import GridcamSettings
from tests.small_study import SIDE, picture, small_model

ROUNDING = {"rtol": 1e-4, "atol": 1e-5}  # sums of 108 terms of about 1 in 32 bits, in batches of other sizes


@pytest.fixture(scope="module")
def network() -> Network:
    return Network(small_model(), name="small", layer="4", size=SIDE, mean=(0.5,) * 3, std=(0.25,) * 3)


def test_windows_are_those_of_the_paper() -> None:
    assert window_count(GridcamSettings()) == 64 + 49 + 25 + 4


def test_constant_scores_give_constant_cells() -> None:
    settings = GridcamSettings()
    maps = cell_means(np.full((2, window_count(settings), 3), 0.7, np.float32), settings)
    assert maps.shape == (2, 3, 4, 8, 8)
    np.testing.assert_allclose(maps, 0.7, rtol=1e-6)


def test_cells_are_means_over_covering_windows(network: Network) -> None:
    settings = GridcamSettings(windows=(1, 3, 7))
    pixels = np.stack([picture(k)[:SIDE, :SIDE] for k in range(2)])
    made = compute_gridcams(network, pixels, [[4, 9], [0]], settings, batch=17)
    assert [m.shape for m in made] == [(2, 3, 8, 8), (1, 3, 8, 8)]
    cell = SIDE // 8
    for which, neurons in enumerate([[4, 9], [0]]):
        x = torch.from_numpy(pixels[which]).permute(2, 0, 1)[None].float() / 255.0
        for position, neuron in enumerate(neurons):
            for level, width in enumerate(settings.windows):
                expected = np.zeros((8, 8))
                count = np.zeros((8, 8))
                for row in range(8 - width + 1):
                    for column in range(8 - width + 1):
                        crop = x[:, :, row * cell : (row + width) * cell, column * cell : (column + width) * cell]
                        fed = F.interpolate(crop, size=(SIDE, SIDE), mode="bilinear", align_corners=False)
                        value = float(network(fed)[0, neuron])
                        expected[row : row + width, column : column + width] += value
                        count[row : row + width, column : column + width] += 1
                np.testing.assert_allclose(made[which][position, level], expected / count, **ROUNDING)


def test_sizes_that_eight_does_not_divide(network: Network) -> None:
    odd = Network(small_model(), name="odd", layer="4", size=30, mean=(0.5,) * 3, std=(0.25,) * 3)
    (made,) = compute_gridcams(odd, picture(0)[None, :30, :30], [[1]], GridcamSettings())
    assert made.shape == (1, 4, 8, 8) and np.isfinite(made).all()


def test_memory_running_out_halves_the_batch_and_then_tells(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels, settings = picture(0)[None, :SIDE, :SIDE], GridcamSettings(windows=(4,))
    (expected,) = compute_gridcams(network, pixels, [[3]], settings)
    forward, limit = Network.forward, 6

    def small_memory(self: Network, pictures: torch.Tensor, fake_relu: bool = False) -> torch.Tensor:
        if len(pictures) > limit:
            raise torch.OutOfMemoryError("out of memory")
        return forward(self, pictures, fake_relu)

    monkeypatch.setattr(Network, "forward", small_memory)
    (made,) = compute_gridcams(network, pixels, [[3]], settings)
    np.testing.assert_allclose(made, expected, **ROUNDING)
    limit = 0
    with pytest.raises(StudyError) as caught:
        compute_gridcams(network, pixels, [[3]], settings)
    assert str(caught.value) == (
        "memory ran out while computing grid-cams, even for one picture at a time; use a smaller network or picture "
        "size, or --device cpu"
    )


def test_overlay_has_the_published_weights() -> None:
    pixels = np.full((16, 16, 3), 200, np.uint8)
    cam = np.zeros((8, 8), np.float32)
    cam[0, 0], cam[7, 7] = 2.0, 1.0
    shown = overlay(pixels, cam)
    assert shown[0, 0].tolist() == [round(0.355 * 200 + 0.645 * 255)] * 3
    assert shown[15, 15].tolist() == [round(0.355 * 200 + 0.645 * 127.5)] * 3
    assert shown[0, 15].tolist() == [71] * 3
    assert overlay(pixels, np.ones((8, 8), np.float32)).max() == 71  # a flat map is black


def test_a_visualization_fades_where_nothing_was_asked_of_it() -> None:
    pixels = np.full((10, 10, 3), 55, np.uint8)
    assert np.array_equal(where_asked(pixels, np.zeros((10, 10), np.float32)), pixels)  # nothing to tell
    trace = np.zeros((10, 10), np.float32)
    trace[:, :5], trace[:, 5] = 1.0, 0.5
    faded = where_asked(pixels, trace)
    assert (faded[:, :5] == 55).all() and (faded[:, 5] == 155).all() and (faded[:, 6:] == 255).all()
    grey = where_asked(pixels, trace, NEUTRAL)
    assert (grey[:, :5] == 55).all() and (grey[:, 5] == 92).all() and (grey[:, 6:] == 128).all()  # 91.5, to even
