"""The page and the file that show how visualizations go through the network."""

from __future__ import annotations

import json

import numpy as np

from generator.explanations.paths import PathSimilarity
from generator.record.paths import NeuronPath, drawing, paths_page, paths_record

PICTURE = np.zeros((8, 8, 3), np.uint8)
SIMILARITY = PathSimilarity(
    ("first", "second", "last <3>"),
    np.array([[0.9, np.nan, -3.0], [0.7, np.nan, 0.2]]),
    np.array([0.6, np.nan, 0.8]),
)


def test_nothing_to_compare_is_said() -> None:
    page = paths_page([], study="s", study_id="0123", network="n").decode()
    assert "Nothing is compared here" in page and "<svg" not in page
    assert paths_record([])["neurons"] == []


def test_a_neuron_that_parts_is_counted_and_a_layer_that_tells_nothing_has_no_point() -> None:
    found = [NeuronPath(7, "maco", SIMILARITY, PICTURE, PICTURE)]
    (record,) = json.loads(json.dumps(paths_record(found)))["neurons"]
    assert record == {
        "neuron": 7, "method": "maco", "layers": list(SIMILARITY.layers), "visualization": [0.8, None, -1.4],
        "natural": [0.6, None, 0.8], "apart": 1, "tell": 2,
    }  # fmt: skip
    figure = drawing(SIMILARITY)
    assert [apart for _, _, apart in figure.dots] == [False, True] and len(figure.lines) == 4
    assert figure.zero > figure.one and figure.dots[1][1] > figure.zero  # below, and no lower than the figure
    page = paths_page(found, study="a & b", study_id="0123", network="n").decode()
    assert "Of 1 neuron, 0 have visualizations that go another way" in page and "apart in 1 of 2 layers" in page
    assert "last &lt;3&gt;" in page and "a &amp; b" in page and page.count("<circle") == 2
