"""What participants read and see: from built sites, in a browser where there is one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from generator.sites.render import render_sites
from generator.study.site import SiteSettings
from scoring.preregistration.browser import INSTALL

from ...sites.conftest import question_set
from ..conftest import make_key
from ..test_cli import run
from .conftest import manifest_content

STUDY = "teststudy1"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The private folder and the sites of the paper's three conditions: three questions, practice, an upload address."""
    folder = tmp_path_factory.mktemp("built")
    private = folder / "private" / STUDY
    private.mkdir(parents=True)
    (private / "answer_key.json").write_text(make_key(3, study=STUDY).model_dump_json())
    (private / "manifest.json").write_text(json.dumps(manifest_content() | {"study_id": STUDY}))
    settings = SiteSettings(upload_url="https://upload.example/api", upload_experiment="x", contact="study@example.org")
    render_sites(question_set(3, STUDY, practice=1), settings, folder / "dist")
    return private, folder / "dist"


@pytest.mark.browser
def test_every_page_is_gone_through_read_and_pictured(built, tmp_path) -> None:
    private, dist = built
    done = subprocess.run(  # Playwright allows no second one in a process
        [sys.executable, "-m", "scoring", "preregister", "--study", private, "--site", dist, "--out", tmp_path / "pre"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "screenshots: 18" in done.stdout
    text = (tmp_path / "pre" / "preregistration.md").read_text()
    pages = ("1-start", "2-how", "3-practice", "4-practice-told", "5-question", "6-end")
    for condition in (1, 2, 3):
        for page in pages:
            name = f"screenshots/exp{condition}-{page}.png"
            assert f"]({name})" in text
            width, height = Image.open(tmp_path / "pre" / name).size
            assert width == 1280 and height >= 800
    assert "> I am 18 or older and take part of my own free will. I know that I can stop at any time." in text
    assert "> Questions? study@example.org" in text
    assert (
        "> You see a picture made by the computer." in text
        and "> You see four pictures that one neuron reacts to." in text
    )
    assert text.count("> Guess what a neuron sees\n") == 1  # a text that conditions share is told once
    assert "> That is right. This neuron reacts to all of them." in text
    assert text.count("| build of the site of condition") == 3


@pytest.mark.browser
def test_all_questions_on_one_page_and_another_language(built, tmp_path) -> None:
    private, _ = built
    settings = SiteSettings(layout="scroll", lang="ko", ask_confidence=False)
    render_sites(question_set(2, STUDY), settings, tmp_path / "dist")
    done = subprocess.run(
        [sys.executable, "-m", "scoring", "preregister", "--study", private, "--site", tmp_path / "dist", "--out", tmp_path],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "screenshots: 12" in done.stdout
    assert sorted(path.name for path in (tmp_path / "screenshots").glob("exp3-*")) == [
        "exp3-1-start.png", "exp3-2-how.png", "exp3-3-question.png", "exp3-4-end.png",
    ]  # fmt: skip


def test_without_a_browser_the_sentences_are_told_and_how_to_get_one(built, tmp_path, monkeypatch) -> None:
    private, dist = built
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    code, out, err = run("preregister", "--study", private, "--site", dist, "--out", tmp_path / "pre")
    assert code == 0, err
    missing = (
        f"Screenshots are missing: Playwright is not installed. Get them with `{INSTALL}`, then run this command again."
    )
    text = (tmp_path / "pre" / "preregistration.md").read_text()
    assert missing in out and missing in text
    assert "> Which 3 of the 9 pictures does the same neuron react to?" in text and "There are 3 questions." in text
    assert not (tmp_path / "pre" / "screenshots").exists()


def test_a_folder_without_the_studys_sites_is_refused(built, private, tmp_path) -> None:
    _, dist = built
    code, _, err = run("preregister", "--study", private, "--site", dist)
    assert code == 1
    assert err.strip() == f"error: {dist}: holds no site of study abc123; there are sites of {STUDY}"
    code, _, err = run("preregister", "--study", private, "--site", tmp_path)
    assert code == 1 and err.strip() == f"error: {tmp_path}: holds no site of study abc123"
