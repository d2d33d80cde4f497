"""Given material: visualizations, questions and cell scores from files take the place of what would be made here."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generator.errors import StudyError
from generator.models import Activations
from generator.pictures.neuron_folders import natural
from generator.pipeline import build, explain_selection
from generator.questions.files import nearest_units
from generator.questions.question import QuestionPictures
from generator.selection.groups import Neuron
from generator.study import load_study
from tests.small_study import SIDE, Counting, picture, study

NEURONS = (7, 300, 21)
ANSWERS = {"7": [2, 5, 3], "300": [0, 8, 1], "21": [4, 7, 6]}


def small(seed: int) -> Image.Image:
    return Image.fromarray(picture(seed)).resize((SIDE, SIDE))


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study in the layout of the published one, with pictures and files that are none of its own among them."""
    folder = tmp_path_factory.mktemp("published")
    for k, neuron in enumerate(NEURONS):
        place = folder / "neurons" / str(neuron)
        place.mkdir(parents=True)
        for n in range(1, 10):
            small(100 * k + n).save(place / f"option{n}.png")
        for n in range(1, 5):
            small(100 * k + 50 + n).save(place / f"example{n}.png")
        small(100 * k + 90).save(place / "fv_noise.png")
        small(100 * k + 91).save(place / "fv_dataset.png")
        small(100 * k + 92).save(place / "gridcam_basic_fv_w28s28.png")
    rng = np.random.default_rng(0)
    answer_file = {
        n: {"answers": a, "activations": [0.2 if p in a else 0.0 for p in range(9)]} for n, a in ANSWERS.items()
    }
    (folder / "answers.json").write_text(json.dumps(answer_file))
    for neuron in NEURONS:
        scores = folder / "scores" / str(neuron)
        scores.mkdir(parents=True)
        for stem in ("fv_noise", "fv_dataset", *(f"example{n}" for n in range(1, 5))):
            cells = rng.random((2, 8, 8)).astype(np.float32)
            if stem == "fv_noise":
                np.save(scores / f"{stem}.npy", cells)
            else:
                (scores / f"{stem}.json").write_text(json.dumps(cells.tolist()))
    return folder


def study_of_files(folder: Path, **overrides: object):
    sections: dict = {
        "data": {"kind": "world", "path": None},
        "visualization": {"method": "files", "path": folder / "neurons", "files": ["fv_noise.png", "fv_dataset.png"]},
        "questions": {"kind": "files", "path": folder / "neurons", "answer_file": folder / "answers.json"},
        "gridcam": {"path": folder / "scores"},
        "site": {"practice": 0},
    }
    for section, values in overrides.items():
        sections[section] = {**sections.get(section, {}), **values}
    return study(folder, **sections)


def run(folder: Path, tmp_path: Path, reporter: Counting | None = None, **overrides: object):
    return build(
        study_of_files(folder, **overrides), out=tmp_path / "dist", private=tmp_path / "private", artifacts=tmp_path / "artifacts",
        device="cpu", reporter=reporter or Counting(),
    )  # fmt: skip


def error_sentence(folder: Path, tmp_path: Path, **overrides: object) -> str:
    """The sentence that a study is refused with; nothing is left behind that could pass for a site or a key."""
    with pytest.raises(StudyError) as caught:
        run(folder, tmp_path, **overrides)
    assert not (tmp_path / "dist").exists() and not (tmp_path / "private").exists()
    return str(caught.value)


def shown(tmp_path: Path, experiment: int, out: str = "dist") -> list[dict]:
    page = (tmp_path / out / f"exp{experiment}" / "index.html").read_text()
    return json.loads(page.split('id="study">')[1].split("</script>")[0])["sets"][0]


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as opened:
        return np.asarray(opened.convert("RGB"))


def test_a_study_is_rebuilt_with_the_same_options_and_answers(published: Path, tmp_path: Path) -> None:
    report = run(published, tmp_path, site={"practice": 0, "picture_quality": 100})
    assert report.neurons == NEURONS
    key = json.loads((report.private / "answer_key.json").read_text())
    assert [q["neuron"] for q in key["questions"]] == list(NEURONS)
    for question in key["questions"]:
        folder = published / "neurons" / str(question["neuron"])
        options = {n: pixels(folder / f"option{n}.png").tobytes() for n in range(1, 10)}
        site = tmp_path / "dist" / "exp3" / "pictures"
        found = {
            o: next(n for n, p in options.items() if p == pixels(site / f"{o}.webp").tobytes())
            for o in question["options"]
        }
        assert sorted(found.values()) == list(range(1, 10))
        right = ANSWERS[str(question["neuron"])]
        assert {found[o] - 1 for o in question["answers"]} == set(right)
        assert {found[o] - 1: v for o, v in question["activations"].items()} == {
            p: 0.2 if p in right else 0.0 for p in range(9)
        }
    for experiment, names in ((1, ["fv_noise"]), (2, ["example1", "example2", "example3", "example4"]), (3, ["example3", "example4", "fv_noise", "fv_dataset"])):  # fmt: skip
        for question, neuron in zip(shown(tmp_path, experiment), NEURONS, strict=True):
            site = tmp_path / "dist" / f"exp{experiment}"
            made = [pixels(site / a["src"]) for a in question["attributions"]]
            for name, made_of in zip(names, made, strict=True):
                np.testing.assert_array_equal(made_of, pixels(published / "neurons" / str(neuron) / f"{name}.png"))


def test_given_scores_are_drawn_and_no_network_runs(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from generator.explanations.overlay import greys
    from generator.models.network import Network

    def never(*_: object, **__: object) -> None:
        raise AssertionError("the network ran")

    monkeypatch.setattr(Network, "forward", never)
    report = run(published, tmp_path)
    for question, neuron in zip(shown(tmp_path, 3), NEURONS, strict=True):
        names = ["example3", "example4", "fv_noise", "fv_dataset"]
        for attribution, name in zip(question["attributions"], names, strict=True):
            file = published / "scores" / str(neuron) / name
            scores = (
                np.load(file.with_suffix(".npy"))
                if name == "fv_noise"
                else np.array(json.loads(file.with_suffix(".json").read_text()))
            )
            for cam, level in zip(attribution["cams"], scores, strict=True):
                np.testing.assert_allclose(np.asarray(cam).reshape(8, 8), greys(level), atol=0.51)
    page = (report.private / "diagnostics" / "selection.html").read_text()
    assert "All 18 grid-cams were drawn from given cell scores." in page
    assert report.passing is None  # nothing was selected
    assert "Given questions" in page and not (report.private / "diagnostics" / "selection.json").exists()


def test_grid_cams_of_another_network_say_so(published: Path, tmp_path: Path) -> None:
    assert error_sentence(published, tmp_path, gridcam={"path": None}) == (
        "neuron 300 of the given questions is not among the 24 units of layer '4' of tests.small_study:small_model: "
        "give the network that the questions are about, cell scores with [gridcam] path, or, if the visualizations are "
        "given too, set [gridcam] unit = 'nearest'"
    )
    report = run(published, tmp_path, gridcam={"path": None, "unit": "nearest"})
    page = (report.private / "diagnostics" / "selection.html").read_text()
    assert "tests.small_study:small_model is not the network that these neurons belong to." in page
    for neuron in NEURONS:
        assert f"{neuron} by unit " in page
    assert "All grid-cams were computed here by tests.small_study:small_model" in page
    (published / "scores" / "7" / "example1.json").rename(tmp_path / "example1.json")
    try:
        mixed = run(published, tmp_path, gridcam={"unit": "nearest"})
    finally:
        (tmp_path / "example1.json").rename(published / "scores" / "7" / "example1.json")
    assert (
        "17 of the 18 grid-cams were drawn from given cell scores; the others were computed here"
        in (mixed.private / "diagnostics" / "selection.html").read_text()
    )
    assert mixed.study_id != report.study_id


def test_the_nearest_unit_tells_the_pictures_apart() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(1.0, 0.3, (13, 6)).astype(np.float32)
    high = [0, 1, 2, 3, 4, 5, 6]
    values[:, 4] = 0.1 * rng.normal(size=13)
    values[high, 4] += 2.0
    values[:, 5] = 0.0
    values[high, 5] = 1e-6  # steadily apart, and far too little to mean anything
    parts = QuestionPictures(answers=(0, 1, 2), examples=(3, 4, 5, 6), distractors=tuple(range(7, 13)))
    units, notes = nearest_units(
        Activations.of(values), [Neuron(2031, np.array(high), np.arange(7, 13))], [parts], "other"
    )  # fmt: skip
    assert units == {2031: 4} and "2031 by unit 4 (" in notes[0]


@pytest.mark.slow
def test_given_visualizations_take_the_place_of_ours(photographs: Path, tmp_path: Path) -> None:
    place = tmp_path / "pictures"
    for neuron in (3, 5, 8, 11):
        (place / str(neuron)).mkdir(parents=True)
        for k, name in enumerate(("drawing2.png", "drawing10.png", "drawing1.png", "notes.txt")):
            small(10 * neuron + k).save(place / str(neuron) / name, "PNG")
    settings = {
        "visualization": {"method": "files", "path": place, "most": 2},
        "site": {"practice": 0, "picture_quality": 100},
    }
    where = {"private": tmp_path / "private", "artifacts": tmp_path / "artifacts", "device": "cpu"}
    named = study(photographs, selection={"neurons": [8, 3]}, **settings)
    report = build(named, out=tmp_path / "dist", reporter=Counting(), **where)
    for question, neuron in zip(shown(tmp_path, 3), (8, 3), strict=True):
        sources = [pixels(tmp_path / "dist/exp3" / a["src"]) for a in question["attributions"][2:]]
        files = [pixels(place / str(neuron) / name) for name in ("drawing1.png", "drawing2.png")]
        for source, file in zip(sources, files, strict=True):
            np.testing.assert_array_equal(source, file)
    # without names, only neurons with pictures can be chosen
    report = explain_selection(study(photographs, selection={"count": 3}, **settings), reporter=Counting(), **where)
    assert set(report.neurons) < {3, 5, 8, 11} and len(report.neurons) == 3
    steps = json.loads((report.private / "diagnostics" / "selection.json").read_text())["steps"]
    assert "pictures were given for it" in [step["step"] for step in steps]
    with pytest.raises(StudyError) as caught:
        build(
            study(photographs, selection={"neurons": [8, 4]}, **settings),
            out=tmp_path / "no",
            reporter=Counting(),
            **where,
        )
    assert str(caught.value) == f"[visualization] path = {place} holds no folder 4, which is a neuron of the study"
    with pytest.raises(StudyError, match="pictures were given for 4"):
        explain_selection(study(photographs, selection={"count": 5}, **settings), reporter=Counting(), **where)


@pytest.mark.slow
def test_given_scores_of_drawn_questions_are_drawn(photographs: Path, tmp_path: Path) -> None:
    from generator.explanations.overlay import greys

    where = {"artifacts": tmp_path / "artifacts", "device": "cpu", "reporter": Counting()}
    usual = {"selection": {"neurons": [8, 3]}, "site": {"practice": 0, "picture_quality": 100}}
    before = build(study(photographs, **usual), out=tmp_path / "before", private=tmp_path / "private", **where)
    casts = json.loads((before.private / "manifest.json").read_text())["casts"]
    scores, first = tmp_path / "scores", casts["q01"]["examples"][-1]
    cells = np.random.default_rng(0).random((2, 8, 8)).astype(np.float32)
    file = (scores / "8" / first).with_suffix(".npy")
    file.parent.mkdir(parents=True)
    np.save(file, cells)
    given_some = study(photographs, gridcam={"path": scores}, **usual)
    report = build(given_some, out=tmp_path / "dist", private=tmp_path / "private", **where)
    assert json.loads((report.private / "manifest.json").read_text())["casts"]["q01"] == casts["q01"]
    (question, _), (own, _) = shown(tmp_path, 2), shown(tmp_path, 2, "before")
    drawn = np.round([greys(level) for level in cells]).astype(int).reshape(2, -1).tolist()
    assert question["attributions"][-1]["cams"] == drawn != own["attributions"][-1]["cams"]
    assert question["attributions"][0]["cams"] == own["attributions"][0]["cams"]
    assert report.study_id != before.study_id
    page = (report.private / "diagnostics" / "selection.html").read_text()
    assert "1 of the 12 grid-cams were drawn from given cell scores; the others were computed here by" in page
    np.save(file, cells[::-1])
    changed = build(given_some, out=tmp_path / "dist", private=tmp_path / "private", **where)
    assert changed.study_id not in (report.study_id, before.study_id)
    nowhere = study(photographs, gridcam={"path": tmp_path / "none"}, **usual)
    with pytest.raises(StudyError) as caught:
        build(nowhere, out=tmp_path / "no", private=tmp_path / "private", **where)
    assert str(caught.value) == f"[gridcam] path = {tmp_path / 'none'} does not exist"


def test_files_are_taken_in_the_order_people_number_them(tmp_path: Path) -> None:
    names = ["option10.png", "option2.png", "option1.png"]
    assert [p.name for p in sorted(map(Path, names), key=natural)] == ["option1.png", "option2.png", "option10.png"]


def test_what_is_wrong_with_given_questions_is_said(published: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(published, copy)
    answers = copy / "answers.json"

    def with_answers(content: object) -> str:
        answers.write_text(content if isinstance(content, str) else json.dumps(content))
        return error_sentence(copy, tmp_path)

    assert with_answers("{").startswith(f"answer file {answers} is not JSON (")
    assert (
        with_answers([]) == f'answer file {answers} must be an object of neurons: {{"291": {{"answers": [2, 5, 3]}}}}'
    )
    for wrong in ([1, 2], [1, 1, 2], [1, 2, 9], [1, 2, True], None):
        assert with_answers({"7": {"answers": wrong}}) == (
            f"answer file {answers}: neuron '7' must have answers, 3 different positions from 0 to 8, and has {json.dumps(wrong)}"
        )
    assert with_answers({"7": {"answers": [1, 2, 3], "activations": [0.1]}}) == (
        f"answer file {answers}: activations of neuron 7 must be 9 finite numbers, one for each option"
    )
    assert with_answers({"9": {"answers": [1, 2, 3]}}) == (
        f"[questions] path = {copy / 'neurons'} holds no folder 9, which is a neuron of the study"
    )
    answers.write_text((published / "answers.json").read_text())
    assert (
        error_sentence(copy, tmp_path, selection={"neurons": [5]})
        == f"{answers} has no answers for neuron 5, which is a neuron of the study"
    )
    option = copy / "neurons" / "300" / "option4.png"
    option.unlink()
    assert error_sentence(copy, tmp_path) == (
        f"{copy / 'neurons/300'} holds 8 pictures named option1, option2 and so on; [questions] options asks for 9"
    )
    option.write_bytes(b"no picture")
    assert error_sentence(copy, tmp_path) == f"{option} cannot be used: not a picture"
    shutil.copy(published / "neurons" / "300" / "option4.png", option)
    (copy / "neurons" / "21" / "fv_noise.png").unlink()
    (copy / "neurons" / "21" / "fv_dataset.png").write_bytes(b"GIF89a")
    assert error_sentence(copy, tmp_path) == f"{copy / 'neurons/21/fv_dataset.png'} cannot be used: not a picture"
    (copy / "neurons" / "21" / "fv_dataset.png").unlink()
    assert error_sentence(copy, tmp_path) == (
        f"{copy / 'neurons/21'} holds no picture named fv_noise.png or fv_dataset.png for neuron 21"
    )
    answers.unlink()
    assert error_sentence(copy, tmp_path) == f"answer file {answers} does not exist"
    shutil.rmtree(copy / "neurons")
    assert error_sentence(copy, tmp_path) == f"[visualization] path = {copy / 'neurons'} does not exist"
    (copy / "neurons" / "drafts").mkdir(parents=True)
    assert error_sentence(copy, tmp_path) == (
        f"[visualization] path = {copy / 'neurons'} must hold a folder for each neuron, named by its number, and holds none"
    )


def test_what_is_wrong_with_given_scores_is_said(published: Path, tmp_path: Path) -> None:
    scores = tmp_path / "scores"
    shutil.copytree(published / "scores", scores)
    file = scores / "7" / "example2.json"

    def with_scores(content: object) -> str:
        file.write_text(content if isinstance(content, str) else json.dumps(content))
        return error_sentence(published, tmp_path, gridcam={"path": scores})

    assert with_scores(np.zeros((2, 7, 8)).tolist()) == (
        f"score file {file} has shape [2, 7, 8]; it must hold finite numbers of shape [2, 8, 8]"
    )
    assert with_scores(np.full((2, 8, 8), np.nan).tolist()) == (
        f"score file {file} has numbers that are not finite; it must hold finite numbers of shape [2, 8, 8]"
    )
    assert with_scores([["a"]]).startswith(f"score file {file} cannot be read as numbers (")
    file.unlink()
    np.save(file.with_suffix(".npy"), np.array([{"a": 1}], dtype=object), allow_pickle=True)
    sentence = error_sentence(published, tmp_path, gridcam={"path": scores})
    assert sentence.startswith(f"score file {file.with_suffix('.npy')} cannot be read as numbers (")
    assert (
        error_sentence(published, tmp_path, gridcam={"path": tmp_path / "none"})
        == f"[gridcam] path = {tmp_path / 'none'} does not exist"
    )


def test_settings_that_do_not_go_together(published: Path, tmp_path: Path) -> None:
    assert error_sentence(published, tmp_path, site={"catch_questions": 1}) == (
        "[site] catch_questions cannot be made for given questions: there is no other neuron to ask about"
    )
    own = {"method": "madry", "path": None}
    assert error_sentence(published, tmp_path, visualization=own, gridcam={"unit": "nearest"}) == (
        "[gridcam] unit = 'nearest' is for given visualizations: another unit's would explain another neuron"
    )
    with pytest.raises(StudyError) as caught:
        explain_selection(
            study_of_files(published), private=tmp_path / "private", artifacts=tmp_path / "a", reporter=Counting()
        )
    assert str(caught.value) == (
        "[questions] kind = 'files' gives the neurons with their questions: there is nothing to select"
    )
    reporter = Counting()
    run(published, tmp_path, reporter, site={"practice": 1})
    assert reporter.warnings == ["there is no practice: it is about other neurons, and given questions bring none"]
    for section, values, sentence in (
        ("visualization", {"method": "files"}, "settings: [visualization] method = 'files' needs a path"),
        ("questions", {"kind": "files"}, "settings: [questions] kind = 'files' needs a path and an answer_file"),
    ):
        with pytest.raises(StudyError) as caught:
            load_study(None, {section: values})
        assert str(caught.value) == sentence


def test_paths_in_a_study_file_are_relative_to_it(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(
        '[visualization]\nmethod = "files"\npath = "a"\n[questions]\nkind = "files"\npath = "b"\nanswer_file = "c.json"\n'
        '[gridcam]\npath = "d"\n'
    )
    read = load_study(tmp_path / "study.toml")
    assert (read.visualization.path, read.questions.path) == (tmp_path / "a", tmp_path / "b")
    assert (read.questions.answer_file, read.gridcam.path) == (tmp_path / "c.json", tmp_path / "d")
