"""A small study's sites to copy and damage, a repository to publish them on, and git without anybody's own settings."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.cli import terminal
from generator.questions.conditions import named
from generator.sites.render import render_sites
from generator.study.site import SiteSettings
from tests.sites.conftest import question_set

WHO = "Kim Ha-neul"


@pytest.fixture(autouse=True)
def nobody_s_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    for name, value in {
        "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "GIT_AUTHOR_NAME": WHO, "COLUMNS": "300",
        "GIT_AUTHOR_EMAIL": "haneul@university.example", "GIT_COMMITTER_NAME": WHO, "NO_COLOR": "1",
        "GIT_COMMITTER_EMAIL": "haneul@university.example",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(terminal.console, "width", 300)  # COLUMNS is read once, by whichever test comes first


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sites of experiments 1 and 3 with one question; not to be changed."""
    out = tmp_path_factory.mktemp("rendered") / "dist"
    render_sites(question_set(1), SiteSettings(), out, named(1, 3))
    return out


@pytest.fixture
def dist(rendered: Path, tmp_path: Path) -> Path:
    """A copy of them."""
    return Path(shutil.copytree(rendered, tmp_path / "dist"))


def git(*words: str | Path, cwd: Path) -> str:
    done = subprocess.run(["git", *map(str, words)], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def held(repository: Path, branch: str = "gh-pages") -> dict[str, bytes]:
    """Every file of a branch, as a host serves it."""
    packed = subprocess.run(["git", "archive", branch], cwd=repository, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        return {each.name: tar.extractfile(each).read() for each in tar if each.isfile()}


def commit_on(repository: Path, branch: str, files: dict[str, str]) -> None:
    """Put files on a branch of a bare repository, as somebody else would, over what is there."""
    clone = repository.parent / f"clone-{branch.replace('/', '-')}"
    shutil.rmtree(clone, ignore_errors=True)
    git("clone", "-q", repository, clone, cwd=repository.parent)
    known = git("branch", "-r", cwd=clone).split()
    git("checkout", "-q", *([branch] if f"origin/{branch}" in known else ["--orphan", branch]), cwd=clone)
    for name, text in files.items():
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        (clone / name).write_text(text)
    git("add", "-A", cwd=clone)
    git("commit", "-qm", "others' files", cwd=clone)
    git("push", "-q", "origin", f"HEAD:refs/heads/{branch}", cwd=clone)


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """An empty repository such as a host keeps, whose default branch is main."""
    git("init", "-q", "--bare", "--initial-branch=main", "site.git", cwd=tmp_path)
    return tmp_path / "site.git"


@pytest.fixture
def project(tmp_path: Path, bare: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's repository on its branch main, with `bare` as origin, changed and staged files; the current folder."""
    folder = tmp_path / "project"
    folder.mkdir()
    git("init", "-q", "--initial-branch=main", cwd=folder)
    (folder / "analysis.py").write_text("print(1)\n")
    git("add", "-A", cwd=folder)
    git("commit", "-qm", "Start", cwd=folder)
    git("remote", "add", "origin", bare, cwd=folder)
    git("push", "-q", "origin", "main", cwd=folder)
    (folder / "analysis.py").write_text("print(2)\n")
    git("add", "-A", cwd=folder)
    (folder / "analysis.py").write_text("print(3)\n")
    monkeypatch.chdir(folder)
    return folder


Damage = Callable[[Path], None]
