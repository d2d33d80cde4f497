"""The page that explains a selection: its counts by hand, its figure, dropped pairs, and the command that writes it."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser

from generator.models import Activations
from generator.pipeline import build, explain_selection
from generator.selection.figure import draw_selection
from generator.selection.neurons import apply_criteria, select
from generator.selection.page import counts_at, neuron_panels, render_page, selection_record, selection_steps
from generator.study import SelectionSettings
from tests.cli.test_commands import STUDY, generator
from tests.selection.test_neurons import SETTINGS, activations, alone
from tests.small_study import Counting, study


def test_counts_at_looser_thresholds_by_hand() -> None:
    strict = SETTINGS.model_copy(update={"top_min": 0.4, "min_max_ratio_min": 1000.0})
    # smallest of the top: 0.2, 0.11, 0.2, 0.7, 0; ratio: infinite, infinite, 9.5, 35, infinite
    rows = counts_at(apply_criteria(activations(), strict), strict)
    assert [row["top_min"] for row in rows] == pytest.approx([0.4, 0.3, 0.2, 0.1, 0.0])
    assert [list(row["pass"].values()) for row in rows] == [
        [0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 4], [2, 2, 3, 4],
    ]  # fmt: skip
    assert list(rows[0]["pass"]) == ["1000", "100", "10", "1"]


def test_steps_lose_what_the_selection_lost() -> None:
    same_pictures = activations(0, 0, 3, 3, 1)
    selection = select(same_pictures, SETTINGS, 0, alone)
    steps = selection_steps(selection, SETTINGS)
    assert [(s["fall"], s["left"]) for s in steps[:3]] == [(0, 5), (1, 4), (0, 4)]
    assert steps[-1]["left"] == len(selection.neurons) == 2
    assert sum(s["fall"] for s in steps[3:]) == len(selection.dropped)
    named = SETTINGS.model_copy(update={"neurons": (4, 1)})
    record = selection_record(select(activations(), named, 0, alone), named)
    assert len(record["steps"]) == 3 and [n["passes"] for n in record["chosen"]] == [False, False]


def test_look_alikes_are_recorded_with_their_likeness() -> None:
    settings = SelectionSettings(count=1, top_edge_num=3, bottom_edge_num=3, min_max_ratio_min=10.0, overlap_max=1.0)

    def alike(neurons):  # neurons 0 and 3 at a cosine of 0.96
        return {n: (9.0, np.array([[1, 0], [0, 1], [0, 1], [0.96, 0.28], [0, 1]], np.float32)[n]) for n in neurons}

    both = select(activations(), settings.model_copy(update={"similarity_max": 0.97, "count": 2}), 0, alike)
    assert len(both.neurons) == 2
    with pytest.raises(Exception, match="look alike") as caught:
        select(activations(), settings.model_copy(update={"similarity_max": 0.95, "count": 2}), 0, alike)
    assert "only 1 of the 2" in str(caught.value)
    three = activations(0, 3, 0, 3, 3)
    vectors = np.array([[1, 0], [0.96, 0.28], [1, 0], [0, 1], [0, 1]], np.float32)
    two = settings.model_copy(update={"count": 2})
    tried = [select(three, two, seed, lambda ns: {n: (9.0, vectors[n]) for n in ns}) for seed in range(12)]
    found = next(each for each in tried if each.dropped)
    kept = [n.index for n in found.neurons]
    for drop in found.dropped:
        assert drop.kind == "alike" and drop.other in kept
        cosine = vectors[drop.neuron] @ vectors[drop.other]
        assert drop.likeness == pytest.approx(cosine, abs=1e-4) and cosine > settings.similarity_max


def test_the_figure_is_the_same_each_time_and_shows_what_it_says() -> None:
    values = Activations.of(np.random.default_rng(0).gamma(0.3, 1.0, (60, 30)))
    settings = SelectionSettings(top_edge_num=10, bottom_edge_num=10, count=3)
    criteria = apply_criteria(values, settings)
    chosen = [1, 2, 3]
    drawn = draw_selection(values, criteria, settings, chosen)
    assert drawn == draw_selection(values, criteria, settings, chosen)
    words = " ".join(element.text or "" for element in ElementTree.fromstring(drawn).iter() if element.text)
    for text in (
        "smallest of the top 10",
        "top_min = 0.11",
        "largest of the bottom 10",
        "3 chosen",
        "0.0% are 0 or below",
    ):
        assert text in words, text
    assert "mathdefault" not in drawn


def test_a_figure_of_many_pictures_says_how_many_it_is_drawn_of(monkeypatch: pytest.MonkeyPatch) -> None:
    values = Activations.of(np.random.default_rng(0).gamma(0.3, 1.0, (60, 30)))
    settings = SelectionSettings(top_edge_num=10, bottom_edge_num=10, count=3)
    assert "pictures)" not in draw_selection(values, apply_criteria(values, settings), settings, [1])
    monkeypatch.setattr("generator.selection.figure.SAMPLE", 50)
    drawn = draw_selection(values, apply_criteria(values, settings), settings, [1])
    assert all(f"{what} (50 pictures)" in drawn for what in ("median", "mean activation", "All activations"))


@pytest.mark.parametrize("level", [0.0, -1.0])
def test_units_that_are_never_active_can_be_drawn(level: float) -> None:
    values = Activations.of(np.full((20, 4), level))
    settings = SelectionSettings(top_edge_num=5, bottom_edge_num=5)
    assert "100.0% are 0 or below" in draw_selection(values, apply_criteria(values, settings), settings, [])


def test_the_page_shows_pairs_and_escapes_names(browser: Browser, tmp_path: Path) -> None:
    same_pictures = activations(0, 0, 3, 3, 1)
    selection = next(s for s in (select(same_pictures, SETTINGS, seed, alone) for seed in range(12)) if s.dropped)
    pixels = np.random.default_rng(0).integers(0, 255, (10, 32, 32, 3), np.uint8)
    shown = neuron_panels(
        range(5), same_pictures, pixels, selection.criteria, {n.index: pixels[0] for n in selection.neurons}
    )
    page = render_page(
        selection, SETTINGS, same_pictures, shown, study="<script>alert(1)</script>", study_id="abc", network="small",
        pictures=10, notes=["a note"],
    )  # fmt: skip
    assert b"<script>alert" not in page
    (tmp_path / "page.html").write_bytes(page)
    tab = browser.new_page(viewport={"width": 390, "height": 800})
    problems: list[str] = []
    tab.on("console", lambda message: problems.append(message.text))
    tab.on("requestfailed", lambda request: problems.append(request.url[:80]))
    tab.goto((tmp_path / "page.html").as_uri())
    assert tab.locator(".pair").count() == len(selection.dropped)
    assert (
        tab.locator(".pair > p").first.inner_text()
        == f"Neuron {selection.dropped[0].neuron}: {selection.dropped[0].reason}."
    )
    assert tab.evaluate("[...document.images].every(i => i.complete && i.naturalWidth > 0)")
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert tab.locator(".note").inner_text() == "a note" and problems == []
    tab.close()


@pytest.mark.slow
def test_select_chooses_what_a_build_chooses(photographs: Path, tmp_path: Path) -> None:
    places = {"private": tmp_path / "private", "artifacts": tmp_path / "artifacts", "device": "cpu"}
    alone = explain_selection(study(photographs), reporter=Counting(), **places)
    page = (alone.private / "diagnostics" / "selection.html").read_bytes()
    record = (alone.private / "diagnostics" / "selection.json").read_bytes()
    assert sorted(p.name for p in alone.private.rglob("*") if p.is_file()) == ["selection.html", "selection.json"]
    built = build(study(photographs), out=tmp_path / "dist", reporter=Counting(), **places)
    assert (built.neurons, built.study_id) == (alone.neurons, alone.study_id)
    assert (built.private / "diagnostics" / "selection.html").read_bytes() == page
    assert (built.private / "diagnostics" / "selection.json").read_bytes() == record
    content = json.loads(record)
    assert content["format"] == "imetric-selection/2" and [n["neuron"] for n in content["chosen"]] == list(
        built.neurons
    )


@pytest.mark.slow
def test_named_neurons_are_visualized_in_a_stage_of_their_own(photographs: Path, tmp_path: Path) -> None:
    places = {"private": tmp_path / "private", "artifacts": tmp_path / "artifacts", "device": "cpu"}
    named = study(photographs, selection={"neurons": [8, 3]})
    reporter = Counting()
    explain_selection(named, reporter=reporter, **places)
    assert list(reporter.stages) == ["pictures", "activations", "selection", "visualization"]
    assert reporter.steps_in["selection"] == 0 and reporter.steps_in["visualization"] == 3, "one for each iteration"
    again = Counting()
    explain_selection(named, reporter=again, **places)
    assert all(again.stages.values())


@pytest.mark.slow
def test_the_command(photographs: Path, tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(STUDY)
    done = generator("select", "--study", "study.toml", "--images", photographs, "--device", "cpu", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^neurons \d+, \d+, \d+  \(\d+ of 24 pass the criteria\)$", done.stderr, re.M)
    (page,) = re.findall(r"^look at (private/\w+/diagnostics/selection\.html)$", done.stderr, re.M)
    assert (tmp_path / page).is_file() and not (tmp_path / "dist").exists()
