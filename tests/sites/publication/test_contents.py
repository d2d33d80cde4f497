"""Before anything is public everything under dist is looked at: whole, of one study, nothing private, nothing foreign."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest

from generator.errors import StudyError
from generator.questions.conditions import named
from generator.sites.folder import put_back
from generator.sites.publication.contents import look
from generator.sites.publication.private import why_private
from generator.sites.render import render_sites
from generator.study.site import SiteSettings
from tests.sites.conftest import question_set
from tests.sites.publication.conftest import Damage
from tests.sites.test_build import contents

MARKER = "imetric-site.json"


def problems(dist: Path, *also: str) -> list[str]:
    """What speaks against publishing, with dist for the folder's own name."""
    return [problem.replace(str(dist), "dist") for problem in look(dist, also).problems]


def written(name: str, text: str = "mine") -> Damage:
    def damage(dist: Path) -> None:
        (dist / name).parent.mkdir(parents=True, exist_ok=True)
        (dist / name).write_text(text)

    return damage


def replaced(name: str, old: str, new: str) -> Damage:
    """Change a file and, as a build would, its hash in the marker and the marker's in the front page's."""

    def damage(dist: Path) -> None:
        text = (dist / name).read_text()
        assert old in text
        (dist / name).write_text(text.replace(old, new))
        rehash(dist)

    return damage


def rehash(dist: Path) -> None:
    for marker in [*dist.glob(f"*/{MARKER}"), dist / "imetric-front.json"]:
        record = json.loads(marker.read_text())
        for key in ("files", "sites"):
            for name in record.get(key, {}):
                file = marker.parent / name / ("" if key == "files" else MARKER)
                if file.is_file():
                    record[key][name] = hashlib.sha256(file.read_bytes()).hexdigest()
        marker.write_text(json.dumps(record, indent=1) + "\n")


def removed(name: str) -> Damage:
    def damage(dist: Path) -> None:
        (dist / name).unlink()

    return damage


def no_longer_listed(name: str) -> Damage:
    """A file that neither is there nor stands in the marker."""

    def damage(dist: Path) -> None:
        (dist / name).unlink()
        folder, _, inside = name.partition("/")
        record = json.loads((dist / folder / MARKER).read_text())
        del record["files"][inside]
        (dist / folder / MARKER).write_text(json.dumps(record))
        rehash(dist)

    return damage


def another_study(dist: Path) -> None:
    render_sites(question_set(1, "anotherone"), SiteSettings(), dist.parent / "other", named(3))
    shutil.rmtree(dist / "exp3")
    shutil.move(dist.parent / "other" / "exp3", dist / "exp3")
    rehash(dist)


def front_of_another_study(dist: Path) -> None:
    render_sites(question_set(1, "anotherone"), SiteSettings(), dist.parent / "other", named(1, 3))
    for name in ("index.html", "imetric-front.json"):
        shutil.copy(dist.parent / "other" / name, dist / name)
    record = json.loads((dist / "imetric-front.json").read_text())
    (dist / "imetric-front.json").write_text(json.dumps({**record, "sites": {}}))


def one_site_gone(dist: Path) -> None:
    shutil.rmtree(dist / "exp3")


def another_build(dist: Path) -> None:
    """As when a build is killed between the sites and the front page."""
    render_sites(question_set(2), SiteSettings(), dist.parent / "other", named(3))
    shutil.rmtree(dist / "exp3")
    shutil.move(dist.parent / "other" / "exp3", dist / "exp3")


def interrupted(dist: Path) -> None:
    (dist / ".imetric-new-exp1-abc").mkdir()


def linked(dist: Path) -> None:
    (dist / "exp1" / "notes.txt").symlink_to("/etc/hostname")


def large(dist: Path) -> None:
    with (dist / "film.mp4").open("wb") as file:
        file.truncate(50_000_001)


def kind(name: str, **record: object) -> Damage:
    return written(f"{name}/{MARKER}", json.dumps({"study_id": "x", **record}))


def participant(dist: Path) -> None:
    written("exp3/results/a.txt", json.dumps([{"trial_type": "session", "format": "imetric-response/1"}]))(dist)


PICTURE = "exp3/pictures/o00"


@pytest.mark.parametrize(
    "damage, sentences",
    [
        (written("notes.txt"), ["dist/notes.txt was not written by this tool: move it, or publish it too with --also notes.txt"]),
        (written("exp1/notes.txt"), ["dist/exp1/notes.txt was not written by this tool: move it, or publish it too with --also exp1/notes.txt"]),
        (
            lambda dist: [written(f"talk/slides/{k}.html")(dist) for k in range(3)],
            ["dist/talk (3 files) was not written by this tool: move it, or publish it too with --also talk"],
        ),
        (
            written("exp1/assets/style.css"),
            ["dist/exp1/assets/style.css was changed after the build: build again, or name it with --also exp1/assets/style.css"],
        ),
        (removed("exp1/assets/question.js"), ["dist/exp1/assets/question.js is missing: build again"]),
        (removed("style.css"), ["dist/style.css is missing: build again"]),
        (no_longer_listed("exp1/assets/question.js"), ["dist/exp1/assets/paged.js asks for dist/exp1/assets/question.js, which is not there: build again"]),
        (linked, ["dist/exp1/notes.txt is a link: put what it points to in its place, or remove it"]),
        (interrupted, ["dist is not as a build leaves it, one was interrupted: build again"]),
        (
            another_study,
            ["dist/exp1 and dist/exp3 are sites of different studies: visitors must never be sent to two studies at once; build one of them again"],
        ),
        (front_of_another_study, ["dist/index.html is the front page of another study: build again"]),
        (one_site_gone, ["dist/index.html sends visitors to dist/exp3, which is not there: build again"]),
        (another_build, ["dist/exp3 is of another build than dist/index.html: build again"]),
        (removed("index.html"), ["dist has no front page of this tool's, dist/index.html: build again"]),
        (written("CNAME", "https://study.example.org/"), ["dist/CNAME names no domain: it should hold one such as study.university.example"]),
        (large, ["dist/film.mp4 is too large: 50.0 MB, and at most 50.0 MB are allowed"]),
        (
            kind("atlas", format="imetric-site/1", kind="atlas"),
            ["dist/atlas is an atlas, which explains the neurons that participants are asked about: publish it elsewhere, or, when nobody takes part any more, with --also atlas", "dist/atlas (1 files) was not written by this tool: move it, or publish it too with --also atlas"],
        ),
        (
            kind("atlas", format="imetric-site/1", experiment="atlas"),
            ["dist/atlas is an atlas, which explains the neurons that participants are asked about: publish it elsewhere, or, when nobody takes part any more, with --also atlas", "dist/atlas/index.html is missing: build again"],
        ),
        (kind("tour", format="imetric-site/1", kind="tour"), ["dist/tour is a site of kind 'tour': this version publishes experiments, pilot studies and atlases"]),
        (
            kind("exp9", format="imetric-site/7", study_id="teststudy1", experiment=9),
            ["dist/exp9 is a site of kind 'imetric-site/7': this version publishes experiments, pilot studies and atlases", "dist/exp9/index.html is missing: build again"],
        ),
        (written("answer_key.json", "{}"), ["dist/answer_key.json is an answer key: keep it outside dist"]),
        (written("key.txt", '{"format": "imetric-answer-key/2"}'), ["dist/key.txt is an answer key: keep it outside dist"]),
        (written("private/abc/x.png"), ["dist/private is never published: keep it outside dist"]),
        (written("talk/.git/HEAD"), ["dist/talk/.git is never published: keep it outside dist"]),
        (written(".git", "gitdir: x"), ["dist/.git is a repository of git: keep it outside dist"]),
        (written("a\nb.txt"), ["'dist/a\\nb.txt' has a name of two lines: rename it"]),
        (written("exp1/m.json", '{"format": "imetric-manifest/1"}'), ["dist/exp1/m.json is a build's manifest, which tells the answers: keep it outside dist"]),
        (written("s.json", '{"format": "imetric-summary/2"}'), ["dist/s.json is imetric-summary/2, which is not made to be public: keep it outside dist"]),
        (participant, ["dist/exp3/results/a.txt is a participant's answers: keep it outside dist"]),
        (
            replaced("exp1/index.html", '<link rel="icon"', '<img src="https://example.org/count.gif"><link rel="icon"'),
            ["dist/exp1/index.html asks for 'https://example.org/count.gif', which is another origin's"],
        ),
        (
            replaced("exp1/assets/style.css", "body", '@import "/fonts.css"; body'),
            ["dist/exp1/assets/style.css asks for '/fonts.css', which begins with / and is not found when the folder lies below another"],
        ),
        (
            replaced("exp1/assets/main.js", "const study", 'import x from "react";\nconst study'),
            ["dist/exp1/assets/main.js asks for 'react', which is a module's name and no path: no browser finds it"],
        ),
        (
            replaced("assign.js", "const folder", 'fetch("https://example.org/"); const folder'),
            ["dist/assign.js asks for 'https://example.org/', which is another origin's"],
        ),
    ],
)  # fmt: skip
def test_what_speaks_against_publishing_is_told(dist: Path, damage: Damage, sentences: list[str]) -> None:
    assert problems(dist) == []
    damage(dist)
    found = problems(dist)
    for sentence in sentences:
        assert sentence in found
    # One damage is told once; what lies where it should not is foreign besides.
    assert [each for each in found if each not in sentences and "was not written by this tool" not in each] == []


def test_a_picture_that_a_page_shows_is_missing(dist: Path) -> None:
    (picture,) = list(dist.glob(f"{PICTURE}0*.webp"))
    no_longer_listed(picture.relative_to(dist).as_posix())(dist)
    asked = "dist/exp3/index.html asks for {}, which is not there: build again"
    assert problems(dist) == [asked.format(str(picture).replace(str(dist), "dist"))]


def test_what_would_be_public_is_counted(dist: Path) -> None:
    (dist / "CNAME").write_text("study.university.example\n")
    (dist / "consent.pdf").write_text("consent")
    (dist / "exp1" / ".DS_Store").write_text("a file manager's")
    found = look(dist, ["consent.pdf"])
    assert found.problems == found.notes == []
    assert (found.study_id, [site.path.name for site in found.sites]) == ("teststudy1", ["exp1", "exp3"])
    assert found.also == ["consent.pdf"] and found.domain == "study.university.example" and found.uploads == []
    there = {name: len(content) for name, content in contents(dist).items() if ".DS_Store" not in name}
    assert found.files == there and found.bytes == sum(there.values())


def test_where_answers_go_is_told(tmp_path: Path) -> None:
    to = "http://127.0.0.1:8001/api/data/"
    render_sites(question_set(1), SiteSettings(upload_url=to, upload_experiment="x"), tmp_path, named(1, 3))
    found = look(tmp_path)
    assert found.uploads == [to] and found.problems == []
    assert found.notes == [f"{tmp_path}/exp1/index.html sends answers to {to}, which only this machine reaches"]


def test_sites_of_earlier_versions_are_published_and_told(dist: Path) -> None:
    (dist / "imetric-front.json").unlink()
    (dist / "exp1" / MARKER).unlink()
    record = json.loads((dist / "exp3" / MARKER).read_text())
    del record["files"]
    (dist / "exp3" / MARKER).write_text(json.dumps(record))
    found = look(dist)
    assert found.problems == [] and set(found.files) == set(contents(dist))
    assert [note.replace(str(dist), "dist") for note in found.notes] == [
        f"dist/{name} was built by an earlier version, which kept no hashes: that its files are as they were built cannot be told"
        for name in ("exp1", "exp3")
    ]
    (dist / "exp1" / "notes.txt").write_text("mine")
    assert problems(dist) == ["dist/exp1/notes.txt was not written by this tool: move it, or publish it too with --also exp1/notes.txt"]


def test_what_is_named_is_published_unless_it_is_private(dist: Path) -> None:
    written("talk/slides.html")(dist)
    written("talk/private/plan.html")(dist)
    written("exp1/assets/style.css")(dist)
    assert problems(dist, "talk", "exp1/assets/style.css") == [
        "dist/talk/private is never published: keep it outside dist"
    ]
    shutil.rmtree(dist / "talk" / "private")
    assert look(dist, ["./talk/", "exp1/assets/../assets/style.css"]).also == ["talk/slides.html"]
    for name in ("../dist/exp1", str(dist), ".", "exp1/.."):
        with pytest.raises(StudyError) as caught:
            look(dist, [name])
        assert str(caught.value) == f"--also {name} is no file or folder in {dist}"
    with pytest.raises(StudyError) as caught:
        look(dist, ["talks"])
    assert str(caught.value) == f"--also talks: there is no {dist / 'talks'}"


def test_a_folder_without_sites_is_told(tmp_path: Path) -> None:
    put_back(tmp_path)
    with pytest.raises(StudyError) as caught:
        look(tmp_path)
    assert str(caught.value) == f"{tmp_path} holds no sites; build them first: python -m generator build --exp 3"


def test_every_format_of_the_project_is_either_public_or_private() -> None:
    """docs/data.md names them all: a new one is private until it is said to be public."""
    root = Path(__file__).parent.parent.parent.parent
    formats = set(re.findall(r"`(imetric-[a-z-]+/\d)`", (root / "docs" / "data.md").read_text()))
    public = {format_ for format_ in formats if why_private("a.json", json.dumps({"format": format_}).encode()) is None}
    assert public == {"imetric-site/1", "imetric-front/1"} and len(formats) > 6
