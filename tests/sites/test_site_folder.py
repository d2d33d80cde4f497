"""Under dist a build touches what this tool wrote, and nothing else; and no site is ever lost on the way."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from generator.__main__ import app
from generator.errors import StudyError
from generator.experiments.pilot import write_pilot
from generator.pipeline import build
from generator.questions.conditions import named
from generator.sites.render import render_sites
from generator.study.site import SiteSettings
from generator.study.visualization import VisualizationSettings
from tests.sites.conftest import question_set
from tests.sites.test_build import contents, study_of
from tests.sites.test_pilot import PILOT, labels_of, made_tasks
from tests.small_study import Counting, study

MARKER = "imetric-site.json"
TAKEN = "{} was not written by this tool and is not replaced: move it, or name another folder with --out"
PUBLISHED = (
    "{} lies inside {}, the folder of the sites, and {} would be published with them: name a folder outside it with {}"
)


def render(out: Path, study_id: str = "teststudy1", experiments: tuple[int, ...] = (1,), count: int = 1) -> list[str]:
    """Render sites; gives what was told on the way."""
    warnings: list[str] = []
    render_sites(question_set(count, study_id), SiteSettings(), out, named(*experiments), warnings.append)
    return warnings


def hashes(files: dict[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def render_pilot(folder: Path) -> None:
    labels = labels_of(PILOT, 3)
    write_pilot(
        made_tasks(labels), labels, [7], PILOT, VisualizationSettings(), SiteSettings(), ["net"], 3, folder / "dist",
        folder / "private",
    )  # fmt: skip


def unmarked(out: Path) -> None:
    """Make the sites what versions before the marker wrote."""
    for marker in out.glob("*/imetric-site.json"):
        marker.unlink()


def test_each_site_tells_who_wrote_it_and_nothing_private(tmp_path: Path) -> None:
    render(tmp_path / "dist", experiments=(1, 2, 3))
    render_pilot(tmp_path)
    sites = {path.parent.name: json.loads(path.read_text()) for path in tmp_path.glob("dist/*/imetric-site.json")}
    assert sorted(sites) == ["exp1", "exp2", "exp3", "pilot"]
    for name, record in sites.items():
        page = study_of(tmp_path / "dist" / name)
        others = {path: content for path, content in contents(tmp_path / "dist" / name).items() if path != MARKER}
        assert record == {
            "format": "imetric-site/1", "study_id": page["study_id"], "experiment": page["experiment"],
            "build": page["build"], "files": hashes(others),
        }  # fmt: skip
        assert list(record["files"]) == sorted(record["files"])


def test_the_front_page_tells_its_files_and_the_sites_it_sends_to(tmp_path: Path) -> None:
    render(tmp_path, experiments=(1, 3))
    render_pilot(tmp_path / "other")
    (tmp_path / "other" / "dist" / "pilot").rename(tmp_path / "pilot")
    render(tmp_path, experiments=(2,))
    (tmp_path / "exp3" / MARKER).unlink()  # of a version that wrote no marker
    render(tmp_path, experiments=(2,))
    files = contents(tmp_path)
    front = {name: files[name] for name in (".nojekyll", "assign.js", "assignment.js", "index.html", "style.css")}
    markers = hashes({name: files[f"{name}/{MARKER}"] for name in ("exp1", "exp2")})
    assert json.loads(files["imetric-front.json"]) == {
        "format": "imetric-front/1", "study_id": "teststudy1", "sites": {**markers, "exp3": None}, "files": hashes(front),
    }  # fmt: skip


def users_folders(out: Path) -> dict[str, bytes]:
    """Folders of the user's with names like those of sites, and one with a copy of a site; gives all they hold."""
    render(out, "anotherone")
    (out / "exp1").rename(out / "exp1-kept")
    for name in ("exports/index.html", ".expo/notes.txt", ".exp1-notes/notes.txt", "expected/index.html"):
        (out / name).parent.mkdir()
        (out / name).write_text("mine")
    (out / "expected" / "index.html").write_bytes("시험".encode("euc-kr"))
    return {name: content for name, content in contents(out).items() if "/" in name}


def test_folders_of_the_user_stay(tmp_path: Path) -> None:
    mine = users_folders(tmp_path)
    assert render(tmp_path, experiments=(1, 2)) == []
    assert mine.items() <= contents(tmp_path).items()
    assert 'data-experiments="1 2"' in (tmp_path / "index.html").read_text()


def folder(path: Path) -> None:
    (path / "pictures").mkdir(parents=True)
    (path / "pictures" / "1.png").write_text("mine")


def page(path: Path) -> None:
    folder(path)
    (path / "index.html").write_text('<script type="application/json" id="study">{"study_id":"teststudy1"}</script>')


def link(path: Path) -> None:
    kept = path.parent / "elsewhere"
    render(kept)
    path.symlink_to(kept / path.name, target_is_directory=True)


def file(path: Path) -> None:
    path.write_text("mine")


def copy(path: Path) -> None:
    render(path.parent, experiments=(3,))
    (path.parent / "exp3").rename(path)


def changed(path: Path) -> None:
    render(path.parent)
    (path / "imetric-site.json").write_text('["mine"]')
    (path / "index.html").write_text("mine")


@pytest.mark.parametrize("made", [folder, page, link, file, copy, changed])
def test_a_folder_that_is_in_the_way_is_left_and_told(tmp_path: Path, made: Callable[[Path], None]) -> None:
    made(tmp_path / "exp1")
    before = contents(tmp_path)
    with pytest.raises(StudyError) as caught:
        render(tmp_path, experiments=(2, 1))
    assert str(caught.value) == TAKEN.format(tmp_path / "exp1")
    assert contents(tmp_path) == before


def test_a_front_page_of_the_user_s_is_left_and_told(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<p>my home page</p>")
    with pytest.raises(StudyError) as caught:
        render(tmp_path)
    assert str(caught.value) == TAKEN.format(tmp_path / "index.html")
    assert contents(tmp_path) == {"index.html": b"<p>my home page</p>"}
    (tmp_path / "index.html").rename(tmp_path / "home.html")
    render(tmp_path)
    render(tmp_path, "anotherone")


def test_what_is_in_the_way_is_told_before_any_work(tmp_path: Path) -> None:
    folder(tmp_path / "dist" / "exp2")
    seen = Counting()
    with pytest.raises(StudyError) as caught:
        build(
            study(tmp_path), out=tmp_path / "dist", private=tmp_path / "private", artifacts=tmp_path / "artifacts",
            reporter=seen,
        )  # fmt: skip
    assert str(caught.value) == TAKEN.format(tmp_path / "dist" / "exp2")
    assert seen.stages == {} and [path.name for path in tmp_path.iterdir()] == ["dist"]


@pytest.mark.parametrize(
    "words, sentence",
    [
        (["--private", "dist/private"], PUBLISHED.format("dist/private", "dist", "the answer key", "--private")),
        (["--private", "dist"], PUBLISHED.format("dist", "dist", "the answer key", "--private")),
        (["--out", "."], PUBLISHED.format("private", ".", "the answer key", "--private")),
        (["--out", "link"], PUBLISHED.format("private", "link", "the answer key", "--private")),
        (
            ["--out", "dist/..", "--private", "../p"],
            PUBLISHED.format("artifacts", "dist/..", "activations, which tell the answers,", "--artifacts"),
        ),
    ],
)
@pytest.mark.parametrize("command", ["build", "pilot"])
def test_what_tells_answers_is_never_written_under_the_sites(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, words: list[str], sentence: str
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    (here / "link").symlink_to(here)
    monkeypatch.chdir(here)
    monkeypatch.setenv("COLUMNS", "300")
    done = CliRunner().invoke(app, [command, *words])
    assert done.exit_code == 1 and done.stderr.strip() == f"error: {sentence}"
    assert [path.name for path in tmp_path.rglob("*")] == ["here", "link"]


def test_what_is_in_the_way_of_the_pilot_is_told_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder(tmp_path / "dist" / "pilot")
    with pytest.raises(StudyError) as caught:
        render_pilot(tmp_path)
    assert str(caught.value) == TAKEN.format(tmp_path / "dist" / "pilot")
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["pilot"])
    assert done.exit_code == 1 and done.stderr.strip() == f"error: {TAKEN.format('dist/pilot')}"
    assert [path.name for path in tmp_path.iterdir()] == ["dist"]


@pytest.mark.parametrize("earlier", [False, True], ids=["marked", "of an earlier version"])
def test_sites_of_another_study_are_told_and_removed(tmp_path: Path, earlier: bool) -> None:
    out = tmp_path / "dist"
    render(out, "anotherone", (1, 3))
    render_pilot(tmp_path)
    if earlier:
        unmarked(out)
    pilot = contents(out / "pilot")
    (warning,) = render(out, experiments=(2,))
    assert warning == (
        f"{out}/exp1 and {out}/exp3 are sites of another study and are removed: "
        "visitors must never be sent to two studies at once"
    )
    assert sorted(path.name for path in out.iterdir() if path.is_dir()) == ["exp2", "pilot"]
    assert contents(out / "pilot") == pilot
    assert 'data-experiments="2"' in (out / "index.html").read_text()
    (warning,) = render(out, "anotherone", (1,))
    assert warning == (
        f"{out}/exp2 is a site of another study and is removed: visitors must never be sent to two studies at once"
    )


def test_sites_of_earlier_versions_are_replaced(tmp_path: Path) -> None:
    render(tmp_path / "dist", experiments=(1, 2))
    render_pilot(tmp_path)
    before = contents(tmp_path)
    unmarked(tmp_path / "dist")
    assert render(tmp_path / "dist", experiments=(1, 2)) == []
    render_pilot(tmp_path)
    assert contents(tmp_path) == before


def dies(monkeypatch: pytest.MonkeyPatch, at: int, error: type[BaseException], for_good: bool) -> None:
    """From the `at`-th renaming of a folder on, renaming raises this error: once, or for good, as when killed."""
    replace, done = os.replace, [0]

    def replaced(source: Path, target: Path) -> None:
        done[0] += Path(source).is_dir()
        if Path(source).is_dir() and (done[0] == at or (done[0] > at and for_good)):
            raise error("no")
        replace(source, target)

    monkeypatch.setattr(os, "replace", replaced)


@pytest.mark.parametrize("at", [1, 2])
@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_a_renaming_that_fails_leaves_the_old_site_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int, error: type[BaseException]
) -> None:
    render(tmp_path)
    before = contents(tmp_path)
    dies(monkeypatch, at, error, for_good=False)
    with pytest.raises(error):
        render(tmp_path, count=2)
    assert contents(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["exp1"]


def killed_between(out: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """A folder as a build leaves it that is killed between its two renamings; gives what it held before."""
    render(out)
    before = contents(out)
    with monkeypatch.context() as patch:
        dies(patch, 2, KeyboardInterrupt, for_good=True)
        with pytest.raises(KeyboardInterrupt):
            render(out, count=2)
    assert not (out / "exp1").exists()
    return before


def test_the_next_build_puts_a_killed_build_s_site_back_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "dist"
    before = killed_between(out, monkeypatch)
    with pytest.raises(StudyError, match="weights file none.safetensors does not exist"):
        build(
            study(tmp_path, model={"weights": "none.safetensors"}), conditions=(2,), out=out,
            private=tmp_path / "private", artifacts=tmp_path / "artifacts", reporter=Counting(),
        )  # fmt: skip
    assert contents(out) == before


def test_after_a_kill_a_build_gives_the_same_and_leaves_nothing_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_between(tmp_path / "killed", monkeypatch)
    (tmp_path / "killed" / ".imetric-new-exp1-abc" / "pictures").mkdir(parents=True)
    for out in ("killed", "whole"):
        render(tmp_path / out, count=2)
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")
    assert [path.name for path in (tmp_path / "killed").iterdir() if path.is_dir()] == ["exp1"]


def test_a_site_killed_after_its_replacement_stays_the_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old site lies beside the new one until it is removed; it must not come back."""
    render(tmp_path, count=2)
    render(tmp_path / "old")
    shutil.move(tmp_path / "old" / "exp1", tmp_path / ".imetric-old-exp1")
    shutil.rmtree(tmp_path / "old")
    new = contents(tmp_path / "exp1")
    render(tmp_path, experiments=(2,), count=2)
    assert contents(tmp_path / "exp1") == new
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["exp1", "exp2"]
