"""The whole build on a small network: what it writes, that it repeats itself exactly, and that work is never lost."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generator import PACKAGE
from generator.errors import StudyError
from generator.explanations import stage
from generator.models.network import Network
from generator.pipeline import BuildReport, build
from generator.questions.drawn import thumbnail
from tests.small_study import Counting, study


def run(folder: Path, tmp_path: Path, name: str = "", reporter: Counting | None = None, **kwargs) -> BuildReport:
    overrides = kwargs.pop("overrides", {})
    return build(
        study(folder, **overrides), out=tmp_path / f"dist{name}", private=tmp_path / f"private{name}",
        artifacts=tmp_path / f"artifacts{name}", device="cpu", reporter=reporter or Counting(), **kwargs,
    )  # fmt: skip


def content(folder: Path) -> dict[str, str]:
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


@pytest.fixture(scope="module")
def built(photographs: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, BuildReport]:
    tmp_path = tmp_path_factory.mktemp("built")
    return tmp_path, run(photographs, tmp_path)


def test_the_answer_key_keeps_the_contract(built: tuple[Path, BuildReport]) -> None:
    tmp_path, report = built
    key = json.loads((report.private / "answer_key.json").read_text())
    assert report.private == tmp_path / "private" / report.study_id
    assert (key["format"], key["study_id"]) == ("imetric-answer-key/2", report.study_id)
    assert [q["id"] for q in key["questions"]] == ["q01", "q02", "q03"]
    assert [q["neuron"] for q in key["questions"]] == list(report.neurons)
    for question in key["questions"]:
        assert len(set(question["options"])) == 9 and len(question["answers"]) == 3
        assert set(question["answers"]) < set(question["options"]) == set(question["activations"])
        wrong = [question["activations"][o] for o in question["options"] if o not in question["answers"]]
        assert min(question["activations"][a] for a in question["answers"]) > max(wrong)


def test_pictures_of_a_question_are_disjoint_and_differ(built: tuple[Path, BuildReport], photographs: Path) -> None:
    _, report = built
    manifest = json.loads((report.private / "manifest.json").read_text())
    for cast in manifest["casts"].values():
        names = cast["answers"] + cast["examples"] + cast["wrong"]
        assert [len(cast[part]) for part in ("answers", "examples", "wrong")] == [3, 4, 6]
        assert len(set(names)) == 13
        thumbs = [thumbnail(np.asarray(Image.open(photographs / name).resize((32, 32)))) for name in names]
        gaps = [np.sqrt(np.mean((a - b) ** 2)) for k, a in enumerate(thumbs) for b in thumbs[:k]]
        assert min(gaps) > 0.05


def test_all_experiments_ask_the_same(built: tuple[Path, BuildReport]) -> None:
    tmp_path, report = built
    asked = []
    for experiment, attributions in ((1, 1), (2, 4), (3, 4)):
        page = (tmp_path / "dist" / f"exp{experiment}" / "index.html").read_text()
        data = json.loads(page.split('id="study">')[1].split("</script>")[0])
        asked.append([(q["id"], [o["id"] for o in q["options"]]) for q in data["sets"][0]])
        assert {len(q["attributions"]) for q in data["sets"][0]} == {attributions}
        cams = {len(a["cams"]) for q in data["sets"][0] for a in q["attributions"]}
        assert cams == ({0} if experiment == 1 else {2})
        for question in data["sets"][0]:
            for shown in question["attributions"] + question["options"]:
                assert (tmp_path / "dist" / f"exp{experiment}" / shown["src"]).is_file()
    assert asked[0] == asked[1] == asked[2]
    assert [site.path.name for site in report.sites] == ["exp1", "exp2", "exp3"]


def test_nothing_published_names_answers_or_neurons(built: tuple[Path, BuildReport]) -> None:
    tmp_path, report = built
    key = json.loads((report.private / "answer_key.json").read_text())
    for page in (tmp_path / "dist").rglob("index.html"):
        text = page.read_text()
        assert (
            "answer_key" not in text
            and '"activation' not in text
            and '"neuron"' not in text
            and '"answers"' not in text
        )
    for question in key["questions"]:
        sizes = {o: (tmp_path / "dist/exp1/pictures" / f"{o}.webp").stat().st_size for o in question["options"]}
        assert len(sizes) == 9
    for picture in (tmp_path / "dist").rglob("*.webp"):
        with Image.open(picture) as opened:
            assert opened.size == (32, 32) and not opened.info.get("exif") and not opened.info.get("xmp")


@pytest.mark.slow
def test_two_builds_give_identical_bytes(built: tuple[Path, BuildReport], photographs: Path, tmp_path: Path) -> None:
    first, report = built
    again = run(photographs, tmp_path)
    assert again.study_id == report.study_id
    assert content(tmp_path / "dist") == content(first / "dist")
    assert content(tmp_path / "private") == content(first / "private")


@pytest.mark.slow
def test_a_second_build_does_no_network_work(
    photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(photographs, tmp_path)
    before = content(tmp_path / "dist")

    def never(*_: object, **__: object) -> None:
        raise AssertionError("the network ran")

    monkeypatch.setattr(Network, "forward", never)
    reporter = Counting()
    run(photographs, tmp_path, reporter=reporter)
    assert all(reporter.stages[name] for name in ("pictures", "activations", "selection", "visualization", "grid-cam"))
    assert content(tmp_path / "dist") == before


@pytest.mark.slow
def test_a_changed_setting_recomputes_only_what_depends_on_it(photographs: Path, tmp_path: Path) -> None:
    run(photographs, tmp_path)
    reporter = Counting()
    run(photographs, tmp_path, reporter=reporter, overrides={"gridcam": {"windows": (2,)}})
    assert reporter.stages["visualization"] and not reporter.stages["grid-cam"]
    reporter = Counting()
    run(photographs, tmp_path, reporter=reporter, overrides={"visualization": {"iterations": 4}})
    assert reporter.stages["activations"] and not reporter.stages["visualization"]
    reporter = Counting()
    run(photographs, tmp_path, reporter=reporter, overrides={"name": "renamed"})
    assert all(reporter.stages[name] for name in ("activations", "visualization", "grid-cam"))


@pytest.mark.slow
def test_another_methods_code_and_settings_change_nothing(
    photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(photographs, tmp_path)
    reporter = Counting()
    run(photographs, tmp_path, reporter=reporter, overrides={"visualization": {"learning_rate": 0.3}})
    assert reporter.stages["visualization"], "learning_rate is lucent's"
    digest, parts = stage.source_digest, PACKAGE / "explanations" / "visualization" / "parts"
    for name, kept in (("adam.py", True), ("spectrum.py", True), ("pixels.py", False)):
        edited = parts / name
        with monkeypatch.context() as patch:
            patch.setattr(
                stage, "source_digest", lambda *files, edited=edited: digest(*files) + "edited" * (edited in files)
            )
            reporter = Counting()
            run(photographs, tmp_path, reporter=reporter)
        assert reporter.stages["visualization"] == kept, f"parts/{name} is edited"


@pytest.mark.slow
def test_an_interrupted_build_goes_on_where_it_was(
    photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete = run(photographs, tmp_path, "complete")
    import generator.explanations.gridcam

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(generator.explanations.gridcam, "compute_gridcams", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run(photographs, tmp_path)
    assert not (tmp_path / "dist").exists() and not (tmp_path / "private").exists()
    reporter = Counting()
    report = run(photographs, tmp_path, reporter=reporter)
    assert reporter.stages["visualization"] and not reporter.stages["grid-cam"]
    assert report.study_id == complete.study_id
    assert content(tmp_path / "dist") == content(tmp_path / "distcomplete")


def test_activations_are_kept_part_by_part(photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.pictures.loading.PART", 25)
    import generator.models.activations

    compute, asked = generator.models.activations.compute_activations, []

    def counted(network: Network, pixels: np.ndarray, **kwargs: object) -> np.ndarray:
        asked.append(len(pixels))
        if len(asked) == 2:
            raise KeyboardInterrupt
        return compute(network, pixels, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(generator.models.activations, "compute_activations", counted)
        with pytest.raises(KeyboardInterrupt):
            run(photographs, tmp_path)
        with pytest.raises(AssertionError):  # stops after the activations
            patch.setattr("generator.pipeline.composition.select", lambda *_: (_ for _ in ()).throw(AssertionError()))
            run(photographs, tmp_path)
    assert asked == [25, 25, 25, 10], "the first part was kept"


@pytest.mark.slow
def test_changed_code_is_computed_again(photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(photographs, tmp_path)
    import generator.explanations.stage

    digest = generator.explanations.stage.source_digest
    monkeypatch.setattr(
        generator.explanations.stage,
        "source_digest",
        lambda *files: digest(*files) + "changed" * (files[0].stem == "gridcam"),
    )
    reporter = Counting()
    run(photographs, tmp_path, reporter=reporter)
    assert reporter.stages["visualization"] and not reporter.stages["grid-cam"]


@pytest.mark.slow
def test_a_failed_build_leaves_the_old_site(photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(photographs, tmp_path)
    before = content(tmp_path / "dist")
    import generator.sites.render

    def fail(*_: object, **__: object) -> bytes:
        raise OSError("a disk that breaks while a site is rendered")

    monkeypatch.setattr(generator.sites.render, "encode", fail)
    with pytest.raises(OSError):
        run(photographs, tmp_path, overrides={"seed": 1})
    assert content(tmp_path / "dist") == before or not (tmp_path / "dist" / "exp1").exists()


@pytest.mark.slow
def test_other_seeds_ask_other_questions(built: tuple[Path, BuildReport], photographs: Path, tmp_path: Path) -> None:
    other = run(photographs, tmp_path, overrides={"seed": 1}, conditions=(1,))
    assert other.study_id != built[1].study_id
    ids = {o for q in json.loads((other.private / "answer_key.json").read_text())["questions"] for o in q["options"]}
    key = json.loads((built[1].private / "answer_key.json").read_text())
    assert ids.isdisjoint({o for q in key["questions"] for o in q["options"]})


def test_networks_that_are_broken_are_told(photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forward = Network.forward
    monkeypatch.setattr(Network, "forward", lambda self, x, fake_relu=False: forward(self, x, fake_relu) * float("nan"))
    with pytest.raises(StudyError) as caught:
        run(photographs, tmp_path)
    assert str(caught.value) == (
        "layer '4' of tests.small_study:small_model gives activations that are not finite numbers for 60 of 60 pictures "
        "(first: left/001.png, neuron 0); check its weights and normalization"
    )


@pytest.mark.slow
def test_unreadable_pictures_are_reported(photographs: Path, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "some"
    shutil.copytree(photographs, folder)
    (folder / "left" / "zz.png").write_text("no picture")
    reporter = Counting()
    run(folder, tmp_path, reporter=reporter, conditions=(1,))
    assert reporter.warnings == ["1 picture could not be read and was skipped: left/zz.png (not a picture)"]
