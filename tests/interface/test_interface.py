"""The Python interface: what a notebook has goes in, results that show themselves come out, errors are sentences."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import generator
from generator.study import load_study
from tests.small_study import SIDE, picture, small_model

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def network():
    return generator.load_network(small_model(), layer="4", size=SIDE, mean=(0.5,) * 3, std=(0.25,) * 3)


def test_every_exported_name_is_there_and_costs_no_torch() -> None:
    code = "import sys, generator; sys.exit('torch' in sys.modules or 'pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
    assert all(hasattr(generator, name) for name in generator.__all__)
    assert set(generator.__all__) <= set(dir(generator))


def test_pictures_of_every_kind_are_the_same(network, tmp_path: Path) -> None:
    image = Image.fromarray(picture(1)[:SIDE, :SIDE])
    image.save(tmp_path / "1.png")
    array = np.asarray(image)
    kinds = [image, array, tmp_path / "1.png", str(tmp_path / "1.png"), array / 255.0]
    found = generator.activations(network, kinds)
    assert found.values.shape == (5, 24) and found.names == ("0", "1", "1.png", "1.png", "4")
    assert (found.values == found.values[0]).all()


def test_results_show_themselves(network) -> None:
    told: list[tuple[str, float, float]] = []
    found = generator.activations(network, [picture(k) for k in range(6)])
    top = found.top(3, count=2)
    best = int(found.values[:, 3].argmax())
    assert repr(top).startswith(f"neuron 3: most active of 6 pictures: {found.values[best, 3]:.3g}  {best}")
    made = generator.visualize(network, [3, 5], iterations=2, progress=lambda *how_far: told.append(how_far))
    assert [each.item.unit for each in made] == [3, 5] and told[-1] == ("visualization", 4, 4)
    cam = generator.gridcam(network, picture(0), 3, windows=(4, 7))
    assert cam.scores.shape == (2, 8, 8) and cam.overlay(1).shape == (SIDE, SIDE, 3)
    for shown in (top, made, cam):
        jpeg, size = shown._repr_jpeg_()
        assert Image.open(io.BytesIO(jpeg)).width == 2 * size["width"]


def test_a_call_that_names_no_method_takes_what_a_study_of_the_network_takes(network) -> None:
    own = generator.visualize(network, 3, iterations=1).settings
    assert (own.method, own.learning_rate) == ("maco", 1.0), "nothing is known of a module"
    assert generator.visualize(network, 3, method="lucent", iterations=1).settings.learning_rate == 0.05
    world = generator.load_network("world")
    made = generator.visualize(world, 3, iterations=1)
    assert made.settings == load_study(None, {"visualization": {"iterations": 1}}).visualization
    assert made.settings.method == "madry"


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda n: generator.visualize(n, 24), "neuron 24 does not exist in Sequential, layer '4': its neurons are 0 to 23"),
        (lambda n: generator.gridcam(n, picture(0), True), "a neuron cannot be True: it is a whole number from 0 to 23"),
        (lambda n: generator.load_network(small_model()), "a torch.nn.Module comes with its layer, the name of the module whose output is looked at"),
        (lambda n: generator.activations(n, []), "there is no picture among what was given"),
        (lambda n: generator.visualize(n, 1, method="accentuation"), "method = 'accentuation' begins from a picture: give start"),
        (lambda n: generator.visualize(n, 1, method="maco", start=np.zeros((9, 9, 3), np.uint8)), "method = 'maco' begins from noise and takes no start"),
        (lambda n: generator.visualize(n, 1, itertions=3), "settings: [visualization] itertions is not a setting; did you mean 'iterations'?"),
        (lambda n: generator.select(3), "a study cannot be a int: it is a Study, a file or a dictionary of settings"),
    ],
)  # fmt: skip
def test_errors_are_one_sentence(network, call, sentence: str) -> None:
    with pytest.raises(generator.StudyError) as caught:
        call(network)
    assert str(caught.value) == sentence
