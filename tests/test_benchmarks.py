"""Benchmarks end in time on any machine: parts have their shares, and a processor is asked for what it has."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import stats

from benchmarks import dictionary, methods_measured, time_limit, visualization_speed
from benchmarks.observers import margins
from benchmarks.time_limit import LEFT_OUT, NotInTime, measure

CPU = torch.device("cpu")


def test_parts_are_kept_as_soon_as_they_are_measured_and_others_named(tmp_path: Path, monkeypatch) -> None:
    clock, allowed, shown = [100.0], [], []
    monkeypatch.setattr(time_limit.time, "monotonic", lambda: clock[0])

    def part(name: str, takes: float, found: object):
        def run(seconds: float) -> object:
            allowed.append((name, seconds))
            if takes > seconds:
                raise NotInTime
            clock[0] += takes
            return found

        return run

    def show(place: tuple[str, ...], found: object) -> None:
        shown.append((", ".join(place), found))
        if len(shown) > 1:  # what was shown before is in the file by now
            assert json.loads(path.read_text())["a"]["one"] == 1.0

    record, path = {"c": {"was": "there"}}, tmp_path / "record.json"
    parts = [
        (("a",), 2, part("one", 10, {"one": 1.0})), (("a",), 1, part("more", 10, {"more": 3})),
        (("b", "slow"), 1, part("slow", 41, 5)), (("c",), 1, part("nothing", 1, None)),
        (("c", "last"), 1, part("last", 79, 6)), (("c", "late"), 1, part("late", 1, 7)),
    ]  # fmt: skip
    measure(parts, record, 140, keep=path, show=show)
    assert allowed == [("one", 40), ("more", 26), ("slow", 30), ("nothing", 40), ("last", 59.5), ("late", 119)]
    assert shown == [
        ("a", {"one": 1.0}), ("a", {"more": 3}), ("b, slow", LEFT_OUT), ("c, last", LEFT_OUT), ("c, late", 7),
    ]  # fmt: skip
    assert json.loads(path.read_text()) == record
    assert record == {"a": {"one": 1.0, "more": 3}, "c": {"was": "there", "late": 7}, LEFT_OUT: ["b, slow", "c, last"]}


def test_nothing_is_begun_after_the_limit() -> None:
    def never(seconds: float) -> None:
        raise AssertionError("begun")

    record: dict = {}
    measure([(("a",), 1, never)], record, 0, show=lambda *_: None)
    assert record == {LEFT_OUT: ["a"]}


@pytest.mark.parametrize("there", [False, True])
def test_matrices_are_multiplied_in_formats_that_the_processor_has(monkeypatch, there: bool) -> None:
    moment = iter(range(10**6))
    monkeypatch.setattr(visualization_speed, "now", lambda device: float(next(moment)))  # a second each
    monkeypatch.setattr(visualization_speed, "bfloat16_is_fast", lambda device: there)
    found = visualization_speed.fastest_product(CPU)
    assert found == {name: 2.0 * 256**3 for name in ("float32", "bfloat16")[: 1 + there]}


@pytest.mark.parametrize(("method", "package"), [("madry", "robustness"), ("accentuation", "horama")])
def test_a_method_that_does_not_fit_is_not_timed(monkeypatch, method: str, package: str) -> None:
    from tests.explanations.visualization.conftest import residual_network

    pytest.importorskip(package)
    monkeypatch.setitem(visualization_speed.HORAMA, "canvas", 64)
    monkeypatch.setattr(visualization_speed, "resnet50", lambda device: residual_network(channels=32))
    with pytest.raises(NotInTime):
        visualization_speed.compare(method, CPU, 2, 3, False, 1e-9)
    row = visualization_speed.compare(method, CPU, 2, 2, False, 1e9)
    assert row["turns"] == 2 and row["default, image-steps per second"] > 0


def test_purity_of_a_unit_is_what_its_peaks_hold_beyond_what_all_cells_do() -> None:
    masks = {"eye": np.zeros((8, 8), bool), "fur": np.zeros((8, 8), bool)}
    masks["eye"][:2, :2], masks["fur"][:4, :] = True, True  # of 4 x 4 px cells: a quarter of one, the upper two
    held = dictionary.held_concepts(masks, ("eye", "fur", "wing"), 2)
    assert held.tolist() == [[True, True, False], [False, True, False], [False] * 3, [False] * 3]
    at_places = np.zeros((12, 4, 2), np.float32)  # unit 0 is active in cell 0, the more the higher the number; 1 in 3
    at_places[:, 0, 0], at_places[:, 3, 1] = np.arange(12), 1.0
    pictures, cells = dictionary.peaks(at_places)
    assert pictures.tolist() == [list(range(11, 2, -1)), list(range(9))]
    assert cells.tolist() == [[0] * 9, [3] * 9]
    everywhere = np.tile(held, (12, 1, 1))
    values, best = dictionary.purity(everywhere[pictures, cells], everywhere.mean((0, 1)))
    assert values.tolist() == [0.75, 0.0] and best[0] == 0, "the eye, which fewer cells hold than the fur"
    apart = dictionary.difference(np.zeros(4), np.ones(4), np.random.default_rng(0))
    assert apart["features minus neurons"] == 1.0 and abs(apart["p"] - 2 / 70) < 0.01


def test_a_grating_has_its_power_at_its_frequency() -> None:
    wave = np.sin(2 * np.pi * 16 * np.arange(64) / 64)
    grating = np.broadcast_to((127.5 + 100 * wave)[None, :, None], (64, 64, 3)).astype(np.uint8)
    spectrum, edges = methods_measured.spectrum_of(grating), np.geomspace(1 / 64, 0.5, 25)
    assert edges[np.nanargmax(spectrum)] <= 16 / 64 < edges[np.nanargmax(spectrum) + 1]
    assert methods_measured.distance(spectrum, spectrum) == 0
    noise = np.random.default_rng(0).normal(size=(64, 64, 3))
    tenth = methods_measured.distance(methods_measured.spectrum_of(noise), methods_measured.spectrum_of(noise / 10))
    assert tenth == pytest.approx(1, abs=1e-9)  # of logarithms to base 10


def test_margins_of_observers_are_over_neurons_that_both_have() -> None:
    def score(observer: str, neuron: int, mean: float, condition: int | str = 1) -> dict[str, object]:
        return {"observer": observer, "neuron": neuron, "mean": mean, "condition": condition}

    above = [1.0, 0.5, 0.0, 1.5]
    scores = [score("shuffled", k, 0.8) for k in range(4)] + [score("blind", 9, 1.0), score("colour", 1, 2.0)]
    scores += [score("features", k, 0.8 + more) for k, more in enumerate(above)] + [score("blind", 1, 1.0, "none")]
    low, high = stats.ttest_1samp(above, 0).confidence_interval()
    assert margins(scores) == {"1": {"shuffled": {"mean": 0.75, "low": round(low, 3), "high": round(high, 3)}}}
