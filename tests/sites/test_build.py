"""What lies under dist: whole, the same every time, and silent about the answers."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import re
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from jinja2 import Environment, meta
from PIL import Image
from pydantic import ValidationError

from generator.models.matrix import Activations
from generator.questions.conditions import catch_question, named
from generator.questions.question import Attribution, Question, QuestionPictures, QuestionSet, compose
from generator.sites.page import TEMPLATES, PageContext, policy
from generator.sites.pilot_page import PILOT_MODULES
from generator.sites.render import MODULES, AssignContext, render_sites
from generator.study.site import SiteSettings
from tests.sites.conftest import painted, question_set


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def study_of(folder: Path) -> dict:
    page = (folder / "index.html").read_text(encoding="utf-8")
    return json.loads(re.search(r'id="study">(.*?)</script>', page, re.S)[1])


def test_the_same_study_gives_the_same_bytes_and_other_studies_go(tmp_path: Path) -> None:
    reports = render_sites(question_set(2), SiteSettings(), tmp_path / "a")
    render_sites(question_set(2), SiteSettings(), tmp_path / "b")
    render_sites(question_set(2), SiteSettings(), tmp_path / "b")  # in place of the old ones
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert [report.path.name for report in reports] == ["exp1", "exp2", "exp3"]
    for report in reports:
        files = contents(report.path)
        assert report.files == len(files) and report.bytes == sum(map(len, files.values()))
        assert {"index.html", ".nojekyll", "robots.txt"} <= set(files)
    assert sorted(path.name for path in (tmp_path / "b").iterdir() if path.is_dir()) == ["exp1", "exp2", "exp3"]
    render_sites(question_set(2, "anotherone"), SiteSettings(), tmp_path / "b", conditions=named(2))
    assert sorted(path.name for path in (tmp_path / "b").glob("exp*")) == ["exp2"]
    assert 'data-experiments="2"' in (tmp_path / "b" / "index.html").read_text()


def test_a_build_that_dies_leaves_the_old_site_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    render_sites(question_set(2), SiteSettings(), tmp_path)
    before = contents(tmp_path)
    write, left = Path.write_bytes, [5]

    def dies(self: Path, content: bytes) -> int:
        left[0] -= 1
        if left[0] < 0:
            raise OSError("no space")
        return write(self, content)

    monkeypatch.setattr(Path, "write_bytes", dies)
    with pytest.raises(OSError, match="no space"):
        render_sites(question_set(3), SiteSettings(), tmp_path)
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("template", "context"), [("experiment.html.j2", PageContext), ("index.html.j2", AssignContext)]
)
def test_template_and_context_hold_together(template: str, context: type) -> None:
    source = (TEMPLATES / template).read_text()
    assert meta.find_undeclared_variables(Environment().parse(source)) == {"page"}
    assert set(re.findall(r"page\.(\w+)", source)) == {field.name for field in dataclasses.fields(context)}


def test_scripts_read_only_what_the_page_holds(tmp_path: Path) -> None:
    render_sites(question_set(2), SiteSettings(), tmp_path, conditions=named(2))
    study = study_of(tmp_path / "exp2")
    scripts = {path.name: path.read_text() for path in TEMPLATES.glob("*.js") if path.name != "assign.js"}
    shipped = set(MODULES) | set(PILOT_MODULES)
    assert set(scripts) == shipped, "every module is shipped, and nothing else"
    read = {key for text in scripts.values() for key in re.findall(r"\bstudy\.(\w+)", text)} | {"sets", "choices"}
    assert read - {"questions"} == set(study), "questions are those of the set that the page chose"


def test_catalogues_hold_the_same_sentences_and_places_and_all_are_used() -> None:
    english, korean = (
        json.loads((TEMPLATES / f"messages.{lang}.json").read_text(encoding="utf-8")) for lang in ("en", "ko")
    )
    assert list(english) == list(korean)
    for key, sentence in english.items():
        assert set(re.findall(r"\{\w+\}", sentence)) == set(re.findall(r"\{\w+\}", korean[key])), key
        assert re.search("[가-힣]", korean[key]), key
    scripts = "".join(path.read_text() for path in TEMPLATES.glob("*.js"))
    literal = set(re.findall(r'"([a-z_0-9]+)"', scripts))
    made = {key for key in english if re.match(r"(gender|background|confidence)_\w+$", key)}
    fields = {"name", "age", "gender", "major", "background"}
    assert set(english) - literal - made - fields <= {"title", "script_needed", "not_started", "opened_as_file"}, (
        "no sentence is left over"
    )


def test_pictures_are_encoded_alike_and_carry_nothing_else(dist: Path) -> None:
    for path in (dist / "exp3" / "pictures").iterdir():
        content = path.read_bytes()
        assert content[:4] == b"RIFF" and content[8:12] == b"WEBP"
        chunks, at = [], 12
        while at < len(content):
            chunks.append(content[at : at + 4])
            size = struct.unpack("<I", content[at + 4 : at + 8])[0]
            at += 8 + size + size % 2
        assert chunks == [b"VP8 "], f"{path.name} holds {chunks}"
        assert Image.open(io.BytesIO(content)).size == (64, 64)
        assert re.fullmatch(r"[ao][0-9a-f]{12}|o\w+", path.stem)


@pytest.mark.parametrize("settings", [{"picture_quality": 100}, {"picture_format": "png"}], ids=["webp", "png"])
def test_lossless_pictures_are_the_pictures(tmp_path: Path, settings: dict) -> None:
    questions = question_set(1)
    render_sites(questions, SiteSettings(**settings), tmp_path, conditions=named(1))
    for option, shown in zip(
        questions.questions[0].options, study_of(tmp_path / "exp1")["sets"][0][0]["options"], strict=True
    ):
        with Image.open(tmp_path / "exp1" / shown["src"]) as picture:
            assert np.array_equal(np.asarray(picture.convert("RGB")), option.pixels)


def test_grid_cams_are_scaled_per_map_and_experiment_1_has_none(dist: Path) -> None:
    assert all(shown["cams"] == [] for q in study_of(dist / "exp1")["sets"][0] for shown in q["attributions"])
    for experiment in (2, 3):
        shown = study_of(dist / f"exp{experiment}")["sets"][0]
        for question, source in zip(shown, question_set().questions, strict=True):
            for got, expected in zip(
                question["attributions"], named(experiment)[0].attributions(source), strict=True
            ):
                for values, scores in zip(got["cams"], expected.gridcam, strict=True):
                    assert (min(values), max(values)) == (0, 255) and len(values) == 64
                    scaled = (scores - scores.min()) / np.ptp(scores) * 255
                    assert np.abs(np.array(values) - scaled.ravel()).max() <= 0.51


# What an attacker could order the options of a question by; the first three and the last three are guessed.
CLUES: dict[str, Callable[[Path, dict, int], object]] = {
    "place on the page": lambda folder, option, k: k,
    "name": lambda folder, option, k: option["src"],
    "end of the name": lambda folder, option, k: option["src"][::-1],
    "size of the file": lambda folder, option, k: (folder / option["src"]).stat().st_size,
    "bytes told": lambda folder, option, k: option["bytes"],
    "time of writing": lambda folder, option, k: os.stat(folder / option["src"]).st_mtime_ns,
    "order in the folder": lambda folder, option, k: os.listdir(folder / "pictures").index(Path(option["src"]).name),
}


def built(seed: int) -> QuestionSet:
    """A study put together by the pipeline's own code from pictures that tell nothing themselves."""
    pictures = np.stack([painted(1000 * seed + k)[::4, ::4] for k in range(60)])
    rng = np.random.default_rng(seed)
    cam, questions = np.zeros((4, 8, 8), np.float32), []
    for index in range(4):
        order = rng.permutation(60)
        chosen = QuestionPictures(*(tuple(int(i) for i in part) for part in (order[:3], order[3:7], order[20:26])))
        role, number = ("study", index + 1) if index < 3 else ("catch", 1)
        question = compose(
            role, number, index, chosen, pictures, Activations.of(np.zeros((60, 4))), [""] * 60, study_id=f"study{seed}",
            seed=seed,
        )  # fmt: skip
        made = [Attribution("feature_visualization", pictures[2 * index + k], method="madry") for k in range(2)]
        with_cams = [dataclasses.replace(each, gridcam=cam) for each in (*made, *question.examples)]
        questions.append(
            dataclasses.replace(question, visualizations=tuple(with_cams[:2]), examples=tuple(with_cams[2:]))
        )
    return QuestionSet(f"study{seed}", tuple(questions))


@pytest.mark.slow
def test_an_attacker_with_the_whole_folder_does_no_better_than_chance(tmp_path: Path) -> None:
    hits: dict[tuple[str, str], list[int]] = {(clue, end): [] for clue in CLUES for end in ("first", "last")}
    caught: dict[tuple[str, str], list[bool]] = {key: [] for key in hits}
    for seed in range(40):
        questions = built(seed)
        folder = tmp_path / str(seed)
        render_sites(questions, SiteSettings(), folder, conditions=named(2))
        answers = {question.id: question.answers for question in questions.questions}
        answers |= {made.id: made.answers for made in (catch_question(base, named(2)[0]) for base in questions.of_role("catch"))}
        for shown in study_of(folder / "exp2")["sets"][0]:
            for clue, value in CLUES.items():
                numbered = enumerate(shown["options"])
                ordered = [o["id"] for _, _, o in sorted((value(folder / "exp2", o, k), k, o) for k, o in numbered)]
                for end, guess in (("first", ordered[:3]), ("last", ordered[-3:])):
                    right = len(set(guess) & set(answers[shown["id"]]))
                    if shown.get("catch"):
                        caught[clue, end].append(right == 1)
                    else:
                        hits[clue, end].append(right)
    # 3 of 9 picked of 3 answers: mean 1, variance 1/2. 120 questions: sd of the mean .065; 4 sd, 14 guesses: p < .001.
    for (clue, end), found in hits.items():
        assert len(found) == 120
        assert abs(np.mean(found) - 1) < 4 * (0.5 / len(found)) ** 0.5, f"{clue}, {end} three"
    # 3 of 9 picked hold the one repeated picture in a third of 40 catch questions. (Whoever compares pictures finds it
    # always, as participants should: that it is the same picture is the question.)
    for (clue, end), found in caught.items():
        assert abs(np.mean(found) - 1 / 3) < 4 * (2 / 9 / len(found)) ** 0.5, f"{clue}, {end} three of a catch question"


def test_the_page_holds_no_private_word(dist: Path) -> None:
    for experiment in (1, 2, 3):
        study = study_of(dist / f"exp{experiment}")
        for question in study["sets"][0]:
            assert set(question) == {"id", "attributions", "options"}
            assert all(set(option) == {"id", "src", "bytes"} for option in question["options"])
        private = {field.name for field in dataclasses.fields(Question)} & {"neuron", "answers"}
        assert private and not private & set(study)


def test_only_practice_tells_its_answers(tmp_path: Path) -> None:
    questions = question_set(3, practice=1, catches=2)
    render_sites(questions, SiteSettings(), tmp_path)
    for experiment in (1, 2, 3):
        study = study_of(tmp_path / f"exp{experiment}")
        assert [question["solution"] for question in study["practice"]] == [list(questions.of_role("practice")[0].answers)]
        ids = [question["id"] for question in study["sets"][0]]
        assert ids == ["q01", f"c01e{experiment}", "q02", f"c02e{experiment}", "q03"]
        for question in study["sets"][0]:
            keys = {"id", "attributions", "options"}
            assert set(question) == (keys | {"catch"} if question["id"].startswith("c") else keys)
            assert all(set(option) == {"id", "src", "bytes"} for option in question["options"])
        text = (tmp_path / f"exp{experiment}" / "index.html").read_text()
        assert text.count("solution") == 1


def test_words_of_the_study_file_never_become_markup(tmp_path: Path) -> None:
    evil = "</script><script>alert(1)</script>"
    render_sites(question_set(1), SiteSettings(title=evil, contact=evil), tmp_path, conditions=named(1))
    for page in (tmp_path / "exp1" / "index.html", tmp_path / "index.html"):
        assert "<script>alert" not in page.read_text()
    assert study_of(tmp_path / "exp1")["contact"] == evil


def test_only_the_endpoint_is_let_through() -> None:
    assert "connect-src" not in policy("")
    asking = policy("https://pipe.example.org:8443/api/data/")
    assert asking.endswith("; connect-src https://pipe.example.org:8443")
    assert asking.startswith("default-src 'none'; script-src 'self';")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            "http://example.org",
            "'http://example.org' is not allowed: it should be a web address that begins with https://",
        ),
        (
            "https://a.org; script-src *",
            "'https://a.org; script-src *' is not allowed: it should be a web address that begins with https://",
        ),
        (
            "javascript:alert(1)",
            "'javascript:alert(1)' is not allowed: it should be a web address that begins with https://",
        ),
        (
            "https://a.org:port",
            "'https://a.org:port' is not allowed: it should be a web address that begins with https://",
        ),
    ],
)
def test_addresses_are_checked(value: str, message: str) -> None:
    for field in ("upload_url", "assign_url", "completion_url"):
        with pytest.raises(ValidationError) as caught:
            SiteSettings(**{field: value, "upload_experiment": "x"})
        assert caught.value.errors()[0]["msg"] == f"Value error, {message}"


def test_an_endpoint_needs_its_experiment() -> None:
    with pytest.raises(ValidationError) as caught:
        SiteSettings(upload_url="https://a.org")
    assert caught.value.errors()[0]["msg"] == (
        "Value error, upload_url needs upload_experiment, the experimentID that the endpoint expects"
    )
    with pytest.raises(ValidationError) as caught:
        SiteSettings(upload_partial=True)
    assert caught.value.errors()[0]["msg"] == (
        "Value error, upload_partial needs upload_url, the collector that the answers so far are sent to"
    )


def test_a_site_of_pictures_that_are_hard_to_store_stays_light(tmp_path: Path) -> None:
    """Noise is the hardest picture to store: a site of it at 128 px is still a tenth of the published one's 34 MB."""
    rng = np.random.default_rng(0)
    blocks = [np.kron(rng.integers(0, 255, (32, 32, 3), np.uint8), np.ones((4, 4, 1), np.uint8)) for _ in range(150)]
    source = iter(blocks)
    questions = tuple(
        dataclasses.replace(
            question,
            options=tuple(dataclasses.replace(option, pixels=next(source)) for option in question.options),
            examples=tuple(dataclasses.replace(a, pixels=next(source)) for a in question.examples),
        )
        for question in question_set().questions
    )
    report = render_sites(QuestionSet("weights", questions), SiteSettings(), tmp_path, conditions=named(2))[0]
    assert report.bytes < 2_500_000
