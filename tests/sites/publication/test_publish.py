"""publish: one commit on top of a branch of its own, byte for byte what lies under dist, and nothing else is touched."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from generator.errors import StudyError
from generator.questions.conditions import named
from generator.sites.publication.contents import look
from generator.sites.publication.git import Git, GitError, Target, check_branch, refused, target
from generator.sites.publication.publish import Publication, address, prepared
from generator.sites.render import render_sites
from generator.study.site import SiteSettings
from tests.sites.conftest import question_set
from tests.sites.publication.conftest import commit_on, git, held
from tests.sites.test_build import contents


def publish(dist: Path, also: tuple[str, ...] = (), **options: object) -> Publication:
    with prepared(look(dist, also), **options) as publication:
        if publication.changed:
            publication.push()
    return publication


def error_of(dist: Path, **options: object) -> str:
    with pytest.raises(StudyError) as caught:
        publish(dist, **options)
    return str(caught.value)


def log(repository: Path, branch: str = "gh-pages") -> list[str]:
    return git("log", "--format=%an: %s", branch, cwd=repository).splitlines()


def test_the_branch_holds_what_lies_under_dist_and_keeps_its_history(dist: Path, bare: Path) -> None:
    (dist / "exp1" / ".DS_Store").write_text("a file manager's")
    first = publish(dist, remote=str(bare))
    (dist / "exp1" / ".DS_Store").unlink()
    assert held(bare) == contents(dist)
    assert (first.new, first.changed, first.stays) == (True, True, ())
    again = publish(dist, remote=str(bare))
    assert (again.new, again.changed, again.commit) == (False, False, first.commit)
    render_sites(question_set(2, "anotherone"), SiteSettings(), dist, named(2))
    publish(dist, remote=str(bare))
    assert held(bare) == contents(dist) and "exp1/index.html" not in held(bare)
    assert log(bare) == ["Kim Ha-neul: Publish study anotherone: exp2", "Kim Ha-neul: Publish study teststudy1: exp1, exp3"]
    assert git("branch", "--format=%(refname:short)", cwd=bare) == "gh-pages"


def test_nothing_of_the_user_s_repository_is_touched(dist: Path, project: Path, bare: Path) -> None:
    assert git("status", "--porcelain", cwd=project) == "MM analysis.py"
    before = contents(project)
    main = git("rev-parse", "main", cwd=bare)
    publish(dist)
    assert contents(project) == before  # .git is among it
    assert git("rev-parse", "main", cwd=bare) == main and held(bare) == contents(dist)


def test_a_repository_without_remotes_gets_the_branch_itself(dist: Path, project: Path) -> None:
    git("remote", "remove", "origin", cwd=project)
    before = contents(project)
    assert str(publish(dist, branch="study").where) == "branch study of this repository"
    assert held(project, "study") == contents(dist)
    after = {name: content for name, content in contents(project).items() if not name.startswith(".git/objects/")}
    assert after.pop(".git/refs/heads/study") and after.pop(".git/logs/refs/heads/study") and after.items() <= before.items()
    assert git("status", "--porcelain", cwd=project) == "MM analysis.py"


def test_a_branch_that_another_working_tree_has_checked_out_is_left(dist: Path, project: Path, tmp_path: Path) -> None:
    git("remote", "remove", "origin", cwd=project)
    git("worktree", "add", "-q", "-b", "pages", tmp_path / "second", cwd=project)
    (tmp_path / "second" / "analysis.py").unlink()
    git("commit", "-qam", "Empty", cwd=tmp_path / "second")
    before = contents(tmp_path / "second")
    assert error_of(dist, branch="pages") == (
        "this repository does not accept the branch pages (branch is currently checked out)"
    )
    assert contents(tmp_path / "second") == before
    git("checkout", "-q", "--detach", cwd=tmp_path / "second")
    publish(dist, branch="pages", folder=tmp_path / "second")
    assert held(project, "pages") == contents(dist)


def test_remotes_are_found_as_git_finds_them(dist: Path, project: Path, bare: Path, tmp_path: Path) -> None:
    git("remote", "set-url", "origin", "../site.git", cwd=project)  # from the top of the working tree
    (project / "notes").mkdir()
    assert target(project / "notes", None, "gh-pages", False).url == str(bare)
    git("remote", "rename", "origin", "web", cwd=project)
    assert target(project, None, "gh-pages", False).url == str(bare)
    git("remote", "add", "backup", "git@github.com:You/study.git", cwd=project)
    assert target(project, "backup", "gh-pages", False).url == "git@github.com:You/study.git"
    assert error_of(dist) == "this repository has the remotes backup, web: name one with --remote"
    assert error_of(dist, remote="wbe") == (
        "--remote wbe is no remote of this repository (those are backup, web), no address and no folder"
    )
    assert error_of(dist, folder=tmp_path) == "this folder is in no git repository: name where to publish with --remote"


def test_line_ends_and_links_are_published_as_they_are(
    dist: Path, bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config").write_text("[core]\n autocrlf = true\n attributesFile = attributes\n excludesFile = ignore\n")
    (tmp_path / "attributes").write_text("*.js text eol=crlf\n*.html filter=lfs\n")
    (tmp_path / "ignore").write_text("*.webp\nassets/\n")
    (dist / "terms.txt").write_bytes(b"one\r\ntwo\n")
    monkeypatch.chdir(tmp_path)
    with monkeypatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
        publish(dist, also=("terms.txt",), remote=str(bare))
    assert held(bare) == contents(dist)


def test_what_others_put_on_the_branch_stays(dist: Path, bare: Path) -> None:
    publish(dist, remote=str(bare))
    commit_on(bare, "gh-pages", {"CNAME": "study.university.example\n", "talk/slides.html": "slides", "exp1-kept/a": "b"})
    render_sites(question_set(2), SiteSettings(), dist, named(1))
    publication = publish(dist, remote=str(bare))
    assert publication.stays == ("CNAME", "exp1-kept/", "talk/")
    assert publication.address == "https://study.university.example/"
    there = held(bare)
    assert there.pop("CNAME") and there.pop("talk/slides.html") and there.pop("exp1-kept/a")
    assert there == contents(dist)


def test_a_branch_of_others_is_told_and_left(dist: Path, bare: Path) -> None:
    commit_on(bare, "gh-pages", {"README.md": "ours", "docs/index.html": "docs"})
    where = f"branch gh-pages of {bare}"
    assert error_of(dist, remote=str(bare)) == (
        f"{where} holds what this tool did not write (README.md, docs/): name another --branch, or publish beside it with --beside"
    )
    assert publish(dist, remote=str(bare), beside=True).stays == ("README.md", "docs/")
    commit_on(bare, "pages", {"index.html": "our home page"})
    in_the_way = "{} on branch pages of {} was not written by this tool and is not replaced: name another --branch, or a --subfolder of it"
    assert error_of(dist, remote=str(bare), branch="pages", beside=True) == in_the_way.format("index.html", bare)
    publish(dist, remote=str(bare), branch="pages", subfolder="study", beside=True)
    assert held(bare, "pages") == {
        "index.html": b"our home page", ".nojekyll": b"", **{f"study/{name}": content for name, content in contents(dist).items()}
    }  # fmt: skip
    commit_on(bare, "other", {"exp1": "a file", "exp3/notes.txt": "mine"})
    assert error_of(dist, remote=str(bare), branch="other", beside=True) == (
        f"exp1 on branch other of {bare} was not written by this tool and is not replaced: name another --branch, or a --subfolder of it"
    )


def test_several_studies_share_a_branch_in_subfolders(dist: Path, bare: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    render_sites(question_set(1, "anotherone"), SiteSettings(), other, named(2))
    publish(dist, remote=str(bare), subfolder="2026/fur")
    publish(other, remote=str(bare), subfolder="2026/eyes")
    render_sites(question_set(1), SiteSettings(), dist, named(3))
    shutil.rmtree(dist / "exp1")
    render_sites(question_set(1), SiteSettings(), dist, named(3))
    publication = publish(dist, remote=str(bare), subfolder="2026/fur")
    assert publication.stays == ("2026/",)
    assert held(bare) == {
        ".nojekyll": b"",
        **{f"2026/fur/{name}": content for name, content in contents(dist).items()},
        **{f"2026/eyes/{name}": content for name, content in contents(other).items()},
    }


@pytest.mark.parametrize("name", ["../x", "/etc/..", "a//b", "exp1", "pilot", "atlas", ".git", "a/.b", "a\\b"])
def test_subfolders_are_plain_names(dist: Path, bare: Path, name: str) -> None:
    assert error_of(dist, remote=str(bare), subfolder=name) == (
        f"--subfolder {name.strip('/')!r} is not allowed: letters, digits, '.', '-' and '_', with / between, and not exp…, "
        "pilot or atlas, which are names of sites"
    )


def test_branches_that_hold_a_project_are_refused(dist: Path, project: Path, bare: Path) -> None:
    own = "sites are put on a branch of their own, such as gh-pages"
    assert error_of(dist, branch="master") == f"--branch master is where a project's own files are: {own}"
    assert error_of(dist, branch="main") == f"--branch main is the branch that is checked out: {own}"
    git("checkout", "-qb", "work", cwd=project)
    assert error_of(dist, branch="work") == f"--branch work is the branch that is checked out: {own}"
    assert error_of(dist, branch="main") == f"--branch main is where a project's own files are: {own}"
    assert error_of(dist, branch="a b") == "--branch 'a b' is no name of a branch: gh-pages is one"
    assert error_of(dist, branch="--force") == "--branch '--force' is no name of a branch: gh-pages is one"
    commit_on(bare, "develop", {"a.py": "1"})
    git("symbolic-ref", "HEAD", "refs/heads/develop", cwd=bare)
    assert error_of(dist, branch="develop", beside=True) == (
        f"branch develop of {bare} is where that project's own files are: {own}"
    )
    publish(dist)  # GitHub takes the only branch there is for the default one
    git("symbolic-ref", "HEAD", "refs/heads/gh-pages", cwd=bare)
    render_sites(question_set(2), SiteSettings(), dist, named(1, 3))
    publish(dist)
    assert held(bare) == contents(dist)


@pytest.mark.parametrize("earlier", [False, True], ids=["new branch", "branch that is there"])
def test_what_somebody_published_meanwhile_is_not_lost(dist: Path, bare: Path, tmp_path: Path, earlier: bool) -> None:
    if earlier:
        publish(dist, remote=str(bare))
        render_sites(question_set(2), SiteSettings(), dist, named(1, 3))
    with prepared(look(dist), remote=str(bare)) as publication:
        commit_on(bare, "gh-pages", {"notes.txt": "theirs"})
        with pytest.raises(StudyError) as caught:
            publication.push()
    assert str(caught.value) == f"branch gh-pages of {bare} has moved on meanwhile: run the same command again"
    assert held(bare)["notes.txt"] == b"theirs"


def test_remotes_that_refuse_or_are_not_there_are_told(dist: Path, bare: Path, tmp_path: Path) -> None:
    hook = bare / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    assert error_of(dist, remote=str(bare)) == f"{bare} does not accept the branch gh-pages (pre-receive hook declined)"
    (tmp_path / "empty").mkdir()
    assert error_of(dist, remote=str(tmp_path / "empty")) == (
        f"{tmp_path}/empty cannot be reached ('{tmp_path}/empty' does not appear to be a git repository): name another "
        "with --remote, or try again later"
    )


def test_without_a_name_to_commit_under_nothing_is_made(dist: Path, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GIT_AUTHOR_EMAIL")
    for name, value in {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "user.useConfigOnly", "GIT_CONFIG_VALUE_0": "true"}.items():
        monkeypatch.setenv(name, value)
    assert error_of(dist, remote=str(bare)) == (
        "git does not know who you are, and a commit names that: tell it with git config --global user.name and git "
        "config --global user.email"
    )


def test_a_file_that_git_does_not_hold_is_told(dist: Path, bare: Path) -> None:
    (dist / ".GIT").mkdir()
    (dist / ".GIT" / "notes.txt").write_text("mine")
    with pytest.raises(StudyError) as caught:
        publish(dist, also=(".GIT",), remote=str(bare))
    assert str(caught.value) == (
        f"git does not take all of {dist} (Invalid path '.GIT/notes.txt'): rename what it names"
    )


def test_problems_keep_a_study_from_being_published(dist: Path, bare: Path) -> None:
    (dist / "notes.txt").write_text("mine")
    assert error_of(dist, remote=str(bare)) == (
        f"{dist} is not published: {dist}/notes.txt was not written by this tool: move it, or publish it too with --also notes.txt"
    )


def test_the_user_s_ways_to_a_remote_are_taken_along(project: Path, dist: Path, bare: Path) -> None:
    """Names of hosts, and how to sign in to them, that are set in the repository alone."""
    git("config", f"url.{bare.parent}/.insteadOf", "host:", cwd=project)
    publish(dist, remote="host:site.git")
    assert held(bare) == contents(dist)


def at(url: str) -> Target:
    git_ = Git(Path.cwd())
    return Target(url, url, "gh-pages", git_, False)


@pytest.mark.parametrize(
    "said, sentence",
    [
        (
            "remote: Permission to you/study.git denied to other.\nfatal: unable to access 'https://u:secret@github.com/you/study.git/': The requested URL returned error: 403",
            "https://github.com/you/study.git does not let you in (unable to access 'https://github.com/you/study.git/': The requested URL returned error: 403): sign in to it with git, or name another with --remote",
        ),
        (
            "fatal: could not read Username for 'https://github.com': terminal prompts disabled",
            "https://github.com/you/study.git does not let you in (could not read Username for 'https://github.com': terminal prompts disabled): sign in to it with git, or name another with --remote",
        ),
        (
            "git@github.com: Permission denied (publickey).\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights",
            "https://github.com/you/study.git does not let you in (git@github.com: Permission denied (publickey)): sign in to it with git, or name another with --remote",
        ),
        (
            "fatal: unable to access 'https://github.com/you/study.git/': Could not resolve host: github.com",
            "https://github.com/you/study.git cannot be reached (unable to access 'https://github.com/you/study.git/': Could not resolve host: github.com): name another with --remote, or try again later",
        ),
    ],
)  # fmt: skip
def test_what_git_says_is_one_sentence_without_the_password(said: str, sentence: str) -> None:
    where = target(Path.cwd(), "https://u:secret@github.com/you/study.git", "gh-pages", False)
    assert str(where) == "branch gh-pages of https://github.com/you/study.git"
    assert str(refused(GitError(said), where)) == sentence


@pytest.mark.parametrize(
    "url, domain, subfolder, expected",
    [
        ("https://github.com/You/Study.git", None, "", "https://you.github.io/Study/"),
        ("https://token@github.com/you/study", None, "fur", "https://you.github.io/study/fur/"),
        ("git@github.com:you/study.git", None, "", "https://you.github.io/study/"),
        ("ssh://git@ssh.github.com:443/you/you.github.io.git", None, "a/b", "https://you.github.io/a/b/"),
        ("git@github.com:you/study.git", "study.university.example", "", "https://study.university.example/"),
        ("/srv/site.git", "study.university.example", "x", "https://study.university.example/x/"),
        ("https://gitlab.com/you/study.git", None, "", None),
        ("https://notgithub.com/you/study.git", None, "", None),
        ("/home/github.com/you/study.git", None, "", None),
    ],
)
def test_the_address_is_the_one_that_github_gives(url: str, domain: str | None, subfolder: str, expected: str | None) -> None:
    assert address(at(url), domain, subfolder) == expected


def test_a_branch_s_name_may_have_parts() -> None:
    check_branch("pages/study-1", "main")
