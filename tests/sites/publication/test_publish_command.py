"""publish as it is typed: what it says before, whether it asks, what it says after, and with which exit code it ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from generator.__main__ import app
from generator.cli import publish as command
from generator.questions.conditions import named
from generator.sites.render import render_sites
from generator.study.site import SiteSettings
from tests.sites.conftest import question_set
from tests.sites.publication.conftest import git, held
from tests.sites.test_build import contents


def run(*words: str | Path, answer: str = "") -> Result:
    return CliRunner().invoke(app, ["publish", *map(str, words)], input=answer)


def lines(done: Result) -> list[str]:
    return [line.rstrip() for line in done.stderr.splitlines() if line.strip()]


def test_it_says_what_will_be_public_and_publishes_only_when_told(
    dist: Path, project: Path, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = sum(map(len, contents(dist).values())) / 1e6
    told = [
        "What will be public",
        "study    teststudy1: exp1, exp3",
        f"files    {len(contents(dist))}, {size:.1f} MB",
        "answers  each participant is given a file to send to you: no upload address is set",
        f"to       branch gh-pages of {bare} (new)",
    ]
    done = run("--out", dist)
    nobody = "error: nothing was published: there is no terminal to ask on, so it has to be told with --yes"
    assert (done.exit_code, done.stdout, lines(done)) == (1, "", [*told, nobody])
    done = run("--out", dist, "--dry-run")
    assert (done.exit_code, lines(done)) == (0, [*told, f"dry run: nothing was pushed to branch gh-pages of {bare}"])
    monkeypatch.setattr(command, "_somebody_is_there", lambda: True)
    done = run("--out", dist, answer="n\n")
    assert done.exit_code == 1 and lines(done)[-1].endswith("nothing was published")
    assert "From then on anybody can read and copy all of this. Publish? [y/N]:" in done.stderr
    assert git("branch", "--list", "gh-pages", cwd=bare) == ""
    done = run("--out", dist, answer="y\n")
    assert done.exit_code == 0 and lines(done)[-1].endswith(f"published on branch gh-pages of {bare}")
    assert held(bare) == contents(dist)
    done = run("--out", dist)
    assert (done.exit_code, lines(done)[-1]) == (0, f"nothing to do: branch gh-pages of {bare} holds exactly this already")


def test_the_address_is_printed_alone_where_scripts_read_it(tmp_path: Path, bare: Path) -> None:
    out, to = tmp_path / "dist", "https://collect.university.example/api/data/"
    render_sites(question_set(1), SiteSettings(upload_url=to, upload_experiment="x"), out, named(1))
    (out / "CNAME").write_text("study.university.example\n")
    (out / "consent.pdf").write_text("consent")
    done = run("--out", out, "--remote", bare, "--yes", "--also", "consent.pdf")
    assert (done.exit_code, done.stdout) == (0, "https://study.university.example/\n")
    assert lines(done)[3:] == [
        "also     consent.pdf",
        f"answers  are sent to {to}",
        f"to       branch gh-pages of {bare} (new)",
        "address  https://study.university.example/",
        f"published on branch gh-pages of {bare}",
        "then look at what is served: python -m generator check https://study.university.example/",
    ]
    assert held(bare) == contents(out)


def test_what_speaks_against_it_is_listed_and_nothing_happens(dist: Path, bare: Path) -> None:
    (dist / "answer_key.json").write_text("{}")
    one = [f"{dist}/answer_key.json is an answer key: keep it outside {dist}"]
    done = run("--out", dist, "--remote", bare, "--yes")
    assert done.exit_code == 1 and done.stdout == ""
    assert lines(done) == [*one, f"error: {dist} is not published: what is told above has to be mended first"]
    (dist / "notes.txt").write_text("mine")
    done = run("--out", dist, "--remote", bare, "--yes")
    notes = f"{dist}/notes.txt was not written by this tool: move it, or publish it too with --also notes.txt"
    assert lines(done) == [*one, notes, f"error: {dist} is not published: 2 things told above have to be mended first"]
    assert git("branch", "--all", cwd=bare) == ""


def test_outside_of_repositories_a_dry_run_looks_for_those_who_copy_the_sites_themselves(
    dist: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(dist.parent)
    done = run("--dry-run")
    assert done.exit_code == 0
    assert lines(done)[1] == "study    teststudy1: exp1, exp3"
    assert lines(done)[4:] == ["looked only: this folder is in no git repository, and no --remote is named"]
    (dist / "notes.txt").write_text("mine")
    assert run("--dry-run").exit_code == 1
