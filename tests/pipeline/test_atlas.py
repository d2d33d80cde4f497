"""A whole atlas of a small network: what it tells of units, that it repeats itself exactly, and what it warns of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import generator
from generator.errors import StudyError
from generator.explanations.overlay import greys
from generator.explanations.paths import Paths, path_similarity
from generator.explanations.stage import Visualizer
from generator.models import NetworkHandle
from generator.pictures import load_pictures
from generator.pipeline import build
from generator.pipeline.atlas import AtlasReport, atlas
from generator.sites.page import encode
from generator.sites.publication.contents import look
from generator.store import Store
from generator.study import Study
from generator.study.site import SiteSettings
from tests.atlas.columns import unpacked
from tests.pipeline.test_build import content
from tests.sites.publication.host import Host
from tests.sites.publication.test_check import visit
from tests.small_study import SIDE, Counting, small_model, study

pytestmark = pytest.mark.slow
METHODS = {"lucent": {"method": "lucent", "iterations": 2}}
WINDOWS = (7, 8)  # five of a picture


def run(folder: Path, place: Path, out: str = "dist", reporter: Counting | None = None, **words: Any) -> AtlasReport:
    settings = study(folder, visualizations=METHODS, gridcam={"windows": WINDOWS}, **words.pop("overrides", {}))
    return atlas(
        [settings], out=place / out, private=place / "private", artifacts=place / "artifacts", device="cpu",
        reporter=reporter or Counting(), **words,
    )  # fmt: skip


@pytest.fixture(scope="module")
def made(photographs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An atlas of two layers, 24 and 12 units, with two visualizations of each by two methods."""
    place = tmp_path_factory.mktemp("atlas")
    report = run(photographs, place, layers=["4", "1"], visualizations=2)
    assert report.views == [("tests.small_study:small_model", "4", 24), ("tests.small_study:small_model", "1", 12)]
    return place


def read(made: Path, name: str) -> Any:
    return json.loads((made / "dist" / "atlas" / name).read_text(encoding="utf-8"))


def embedded(made: Path, out: str = "dist") -> Any:
    page = (made / out / "atlas" / "index.html").read_text(encoding="utf-8")
    return json.loads(page.split('id="atlas">')[1].split("</script>")[0])


def test_the_page_is_told_of_every_view(made: Path) -> None:
    told = embedded(made)
    assert (told["format"], told["title"], told["language"]) == ("imetric-atlas/2", "small", "en")
    assert [view["id"] for view in told["views"]] == ["v0", "v1"] and len(told["study"]) == 2
    assert told["views"][1] == {
        "id": "v1", "network": "tests.small_study:small_model", "layer": "1", "units": 12, "pictures": 60, "size": SIDE,
        "grid": 4, "levels": 4, "tile": 256, "methods": ["madry", "lucent"], "windows": [7, 8], "cells": 8,
        "classes": ["left", "right"], "scored": {"machine": False, "people": False, "words": False},
    }  # fmt: skip
    assert 'layer = "1"' in told["study"][1] and "neurons = [{neurons}]" in told["study"][1]


def test_columns_and_records_of_units_agree(made: Path) -> None:
    for view in embedded(made)["views"]:
        columns, count = unpacked(read(made, f"{view['id']}/units.json")), view["units"]
        assert columns["unit"] is columns["machine"] is columns["people"] is None
        assert not (made / "dist" / "atlas" / view["id"] / "words.json").exists()
        assert len(set(columns["cell"])) == count and max(columns["cell"]) < view["grid"] ** 2
        for unit in range(count):
            record = read(made, f"{view['id']}/units/0/{unit}.json")
            shown = [each["activation"] for each in record["examples"]]
            kinds = [each["class"] for each in record["examples"]]
            assert len(shown) == 9 and shown == sorted(shown, reverse=True)
            assert kinds.count(view["classes"][columns["class"][unit]]) == columns["share"][unit] >= 5
            assert columns["top"][unit] == pytest.approx(np.mean(shown), rel=1e-2)  # of three digits each
            assert columns["passes"][unit] == record["criteria"]["passes"] == (record["criteria"]["why"] is None)
            assert sum(record["histogram"]["counts"]) == view["pictures"]
            assert len(record["histogram"]["edges"]) == len(record["histogram"]["counts"]) + 1
            assert [each["method"] for each in record["visualizations"]] == ["madry"] * 2 + ["lucent"] * 2
            assert [each["start"] for each in record["visualizations"]] == ["noise", "example"] * 2
            assert [len(each["history"]) for each in record["visualizations"]] == [3, 3, 2, 2]
            alike = [each["unit"] for each in record["alike"]]
            assert unit not in alike and len(set(alike)) == len(alike) == min(12, count - 1)
            means = [each["mean"] for each in record["classes"]]
            assert means == sorted(means, reverse=True) and len(means) == 2


def test_paths_are_those_of_the_unit_s_visualizations_and_top_pictures(made: Path, photographs: Path, tmp_path: Path) -> None:
    settings = study(photographs, visualizations=METHODS)
    handle, store = NetworkHandle(settings.model.model_copy(update={"layer": "4"}), "cpu"), Store(tmp_path)
    pictures = load_pictures(settings.data, handle.size, 0, store, lambda done, total: None)
    activations = handle.activations(pictures, store, lambda done, total: None)
    top, _ = activations.top(30, settings.seed)
    paths, kept = Paths(handle, store), Store(made / "artifacts")
    column = unpacked(read(made, "v0/units.json"))["path"]
    told_of = [unit for unit, share in enumerate(column) if share is not None]
    assert told_of
    for unit in dict.fromkeys((0, 5, 23, *told_of[:3])):
        told = read(made, f"v0/units/0/{unit}.json")["paths"]
        assert [of["method"] for of in told] == ["madry", "lucent"]
        others = [k for k in np.random.default_rng(0).permutation(60) if k not in top[:, unit]]
        beside = [paths.of([pictures.pixels[int(k)] for k in some]) for some in (top[:, unit], others)]
        for of in told:
            own = made_by(of["method"], settings, handle, kept, unit, pictures.pixels[int(top[0, unit])])
            direct = path_similarity(paths.layers, paths.of(own), *beside)
            assert of["layers"] == list(direct.layers) == ["0", "1", "2", "3", "4"]
            for name in ("visualization", "natural"):
                assert of[name] == pytest.approx(direct.record()[name], abs=0.002)  # of three digits, sums in any order
        tell = sum(value is not None for value in told[0]["natural"])
        assert column[unit] == (pytest.approx(1 - len(told[0]["apart"]) / tell, abs=1e-3) if tell else None)


def made_by(method: str, settings: Study, handle: NetworkHandle, kept: Store, unit: int, start: np.ndarray) -> list[np.ndarray]:
    """A unit's two visualizations, as a build's visualizer makes them."""
    visualizer = Visualizer(method, "", settings.methods[method], settings.seed, handle, kept, lambda done, total: None)
    noise = visualizer.make([(unit, None, settings.seed)], visualizer.from_noise)
    other = visualizer.make([(unit, start, settings.seed)], settings.methods[method])
    return [each["pixels"] for each in (*noise, *other)]


def test_pictures_are_stored_once_and_every_one_is_used(made: Path) -> None:
    for view in ("v0", "v1"):
        named = set()
        for file in (made / "dist" / "atlas" / view / "units").rglob("*.json"):
            record = json.loads(file.read_text())
            named |= {each["src"] for each in [*record["visualizations"], *record["examples"]]}
        pictures = list((made / "dist" / "atlas" / view / "pictures").iterdir())
        assert {f"pictures/{file.name}" for file in pictures} == named
        assert len({file.read_bytes() for file in pictures}) == len(pictures)


def test_a_unit_is_explained_as_the_calls_for_notebooks_explain_it(made: Path, photographs: Path) -> None:
    network = generator.load_network(small_model(), layer="4", size=SIDE, mean=(0.5,) * 3, std=(0.25,) * 3)
    record = read(made, "v0/units/0/5.json")
    (visualized,) = generator.visualize(network, 5, method="madry", iterations=3, number_format="float32")
    assert (made / "dist/atlas/v0" / record["visualizations"][0]["src"]).read_bytes() == encode(
        visualized.pixels, SiteSettings()
    )
    pictures = generator.load_pictures(network, photographs)
    best = record["examples"][0]
    picture = pictures.pixels[pictures.names.index(best["name"])]
    assert (made / "dist/atlas/v0" / best["src"]).read_bytes() == encode(picture, SiteSettings())
    scores = generator.gridcam(network, picture, 5, windows=WINDOWS).scores
    for level, cells in zip(scores, best["cams"], strict=True):
        assert cells == pytest.approx(greys(level).ravel(), abs=1)  # whole numbers, of sums in another order


def test_the_same_atlas_again_is_kept_and_has_the_same_bytes(made: Path, photographs: Path) -> None:
    reporter = Counting()
    run(photographs, made, "again", reporter, layers=["4", "1"], visualizations=2)
    assert content(made / "again") == content(made / "dist")
    assert {name for name, kept in reporter.stages.items() if not kept} == {"site"}


class Stopped(Counting):
    """Stops the run in a stage, after it told so often how far it is."""

    def __init__(self, stage: str, after: int) -> None:
        super().__init__()
        self.stop = (stage, after)

    def advance(self, done: float, total: float) -> None:
        super().advance(done, total)
        if (self.running, self.steps_in[self.running]) == self.stop:
            raise KeyboardInterrupt


def test_stopped_anywhere_it_goes_on_and_ends_with_the_same_bytes(photographs: Path, tmp_path: Path) -> None:
    words = {"neurons": [1, 2, 3]}
    run(photographs, tmp_path / "whole", **words)
    for stage, after in (("pictures", 1), ("visualization", 2), ("paths", 1), ("grid-cam", 1), ("site", 2)):
        with pytest.raises(KeyboardInterrupt):
            run(photographs, tmp_path / "stopped", reporter=Stopped(stage, after), **words)
        assert not (tmp_path / "stopped" / "dist" / "atlas").exists()
    run(photographs, tmp_path / "stopped", **words)
    assert content(tmp_path / "stopped" / "dist") == content(tmp_path / "whole" / "dist")


def test_of_few_units_there_is_an_atlas_too(made: Path, photographs: Path) -> None:
    for units in ([7], [3, 9]):
        run(photographs, made, f"few{len(units)}", layers=["4"], neurons=units, gridcams=False)
        folder = made / f"few{len(units)}" / "atlas" / "v0"
        assert json.loads((folder / "units.json").read_text())["unit"] == units
        records = [json.loads(file.read_text()) for file in sorted((folder / "units").rglob("*.json"))]
        assert [record["unit"] for record in records] == units
        assert {each["cams"] for record in records for each in record["examples"]} == {None}
        assert [[each["unit"] for each in record["alike"]] for record in records] == [units[1:], units[:1]][: len(units)]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"neurons": [3, 24]}, "--neurons names 24, but the neurons of layer '4' are 0 to 23"),
        (
            {"methods": ["madry", "dream"]},
            "--methods 'dream' is none of this study: allowed are madry, lucent, accentuation and maco",
        ),
        ({"layers": ["4", "4"]}, "2 views of this atlas are of one network and layer: name each layer once"),
        ({"layers": ["9"]}, "tests.small_study:small_model has no layer '9'; near names are 1, 2, 3, 4, 5"),
    ],
    ids=["neurons", "methods", "twice", "layer"],
)  # fmt: skip
def test_what_cannot_be_shown_is_one_sentence(
    words: dict[str, Any], sentence: str, made: Path, photographs: Path
) -> None:
    with pytest.raises(StudyError) as told:
        run(photographs, made, "refused", **{"layers": ["4"], **words})
    assert str(told.value) == sentence
    assert not (made / "refused" / "atlas").exists()


def test_a_folder_that_this_tool_did_not_write_is_not_replaced(made: Path, photographs: Path) -> None:
    mine = made / "foreign" / "atlas" / "index.html"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    with pytest.raises(StudyError) as told:
        run(photographs, made, "foreign")
    assert str(told.value) == (
        f"{mine.parent} was not written by this tool and is not replaced: move it, or name another folder with --out"
    )
    assert mine.read_text() == "mine"


def test_an_atlas_beside_a_study_of_its_network_is_warned_of_and_both_stay(made: Path, photographs: Path) -> None:
    settings, folders = study(photographs), {"private": made / "private", "artifacts": made / "artifacts"}
    words: dict[str, Any] = {"out": made / "both", "device": "cpu", **folders}
    run(photographs, made, "both", layers=["4"], neurons=[1], gridcams=False)
    before = Counting()
    report = build(settings, conditions=[1], reporter=before, **words)
    assert before.warnings == [
        f"{made}/both/atlas is an atlas of the same network: whoever takes part could look answers up in it; move it, or build with another --out"
    ]
    after = Counting()
    run(photographs, made, "both", after, layers=["4"], neurons=[1], gridcams=False)
    assert after.warnings == [
        f"{made}/both holds sites of study {report.study_id}, which asks about units of this atlas: whoever takes part could look its answers up; publish the atlas when nobody takes part any more, or elsewhere"
    ]
    another = Counting()
    run(photographs, made, "both", another, layers=["1"], neurons=[1], gridcams=False)
    build(settings, conditions=[1], reporter=another, **words)
    assert another.warnings == []
    assert sorted(path.name for path in (made / "both").iterdir() if path.is_dir()) == ["atlas", "exp1"]
    assert look(made / "both").problems == [
        f"{made}/both/atlas is an atlas, which explains the neurons that participants are asked about: publish it elsewhere, or, when nobody takes part any more, with --also atlas"
    ]
    assert look(made / "both", ["atlas"]).problems == []
    report_of_visit, found = visit(Host(made / "both"))
    assert found == [] and report_of_visit.sites == ["exp1", "atlas"]
    assert report_of_visit.study_id == report.study_id


def test_an_atlas_may_be_published_alone(made: Path) -> None:
    found = look(made / "dist")
    assert found.problems == [] and found.study_id is None
    assert [site.experiment for site in found.sites] == ["atlas"]
    assert set(found.files) == set(content(made / "dist"))
    report, wrong = visit(Host(made / "dist"), "atlas/")
    assert wrong == [] and report.sites == ["."]
    assert report.files == len(found.files) - 1  # .nojekyll is for the host alone
