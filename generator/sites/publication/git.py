"""git, as far as publishing needs it: where to push, a repository to make commits in, one sentence on errors.

Commits are made in a repository that is thrown away, from the branch as the remote has it. So the user's repository,
its index, its working tree and its branches are read here and never written.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from ...errors import StudyError

PROTECTED = ("main", "master")
# Settings of the user's repository that reaching a remote may hang on.
REACHING = re.compile(r"(credential|http|https|url|ssh)\.|core\.(sshcommand|askpass)$")
LOCAL = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_PREFIX", "GIT_CONFIG", "GIT_SHALLOW_FILE",
)  # fmt: skip
SCP = re.compile(r"[\w.@-]+:(?!//)(?!\\)")  # host:path, as ssh addresses are written
GITHUB = re.compile(
    r"(?:[a-z+]+://)?(?:[^@/]*@)?(?:ssh\.)?github\.com(?::\d+)?[/:]/*([\w.-]+)/([\w.-]+?)(?:\.git)?/?\Z", re.I
)


class GitError(Exception):
    """git ended with an error; the message is what it said."""

    def detail(self, hidden: str = "", shown: str = "") -> str:
        """The line that says why, with `shown` for an address that is not to be read."""
        text = str(self).replace(hidden, shown) if hidden else str(self)
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        ssh = [line for line in lines if line.startswith("ssh: ") or "Permission denied" in line]
        told = ssh or [line for line in lines if line.startswith(("fatal:", "error:", "ERROR:"))] or lines or [""]
        return re.sub(r"^(fatal|error|ERROR): ", "", told[0]).rstrip(".")


@dataclass(frozen=True)
class Git:
    """git in one folder, with settings on top of those that it finds."""

    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, *words: str, text: bytes = b"", **variables: str) -> bytes:
        """What a command prints; raises GitError. text: what it reads."""
        environment = {name: value for name, value in os.environ.items() if name not in LOCAL}
        environment |= {"LC_ALL": "C", **self.variables, **variables}
        try:
            done = subprocess.run(["git", *words], cwd=self.folder, env=environment, input=text, capture_output=True)
        except FileNotFoundError:
            raise StudyError("git is not installed: install it, or copy the sites to a web server yourself") from None
        if done.returncode:
            raise GitError(done.stderr.decode("utf-8", "replace").strip())
        return done.stdout

    def line(self, *words: str) -> str | None:
        """The line that a command prints, None where it fails."""
        try:
            return self(*words).decode("utf-8", "replace").strip()
        except GitError:
            return None


@dataclass(frozen=True)
class Target:
    """A branch of a repository. url: what git is given; shown: the same without a password; here: the user's own
    repository, None outside of one; interactive: whether git may ask for a password."""

    url: str
    shown: str
    branch: str
    here: Git | None
    interactive: bool

    def __str__(self) -> str:
        return f"branch {self.branch} of {self.shown}"

    @property
    def github(self) -> tuple[str, str] | None:
        """Owner and name of the repository where GitHub hosts it."""
        found = GITHUB.match(self.shown)
        return (found[1], found[2]) if found else None


def in_repository(folder: Path) -> bool:
    """Whether a folder lies in a git repository."""
    return Git(folder).line("rev-parse", "--absolute-git-dir") is not None


def target(folder: Path, remote: str | None, branch: str, interactive: bool) -> Target:
    """What --remote and --branch mean in a folder. Raises StudyError where nothing may be pushed there."""
    here: Git | None = Git(folder)
    assert here
    if not in_repository(folder):
        here = None
    current = here.line("symbolic-ref", "--short", "-q", "HEAD") if here else None
    check_branch(branch, current)
    url = _url(here, remote)
    if url is None:
        assert here
        url = here("rev-parse", "--path-format=absolute", "--git-common-dir").decode().strip()
        return Target(url, "this repository", branch, here, interactive)
    return Target(url, _without_password(url), branch, here, interactive)


def check_branch(branch: str, current: str | None) -> None:
    """Raises StudyError for a branch that is never published on. current: the one that is checked out."""
    if branch in PROTECTED or branch == current:
        what = "the branch that is checked out" if branch == current else "where a project's own files are"
        raise StudyError(f"--branch {branch} is {what}: sites are put on a branch of their own, such as gh-pages")
    try:
        if branch.startswith("-"):  # no branch of git's has such a name
            raise GitError
        Git(Path.cwd())("check-ref-format", f"refs/heads/{branch}")
    except GitError:
        raise StudyError(f"--branch {branch!r} is no name of a branch: gh-pages is one") from None


def _url(here: Git | None, remote: str | None) -> str | None:
    """The address that git pushes to, None for the repository itself."""
    remotes = (here.line("remote") or "").split() if here else []
    if remote is None and here is None:
        raise StudyError("this folder is in no git repository: name where to publish with --remote")
    if remote is None and not remotes:
        return None
    if remote is None:
        remote = "origin" if "origin" in remotes else remotes[0]
        if remote != "origin" and len(remotes) > 1:
            raise StudyError(f"this repository has the remotes {', '.join(remotes)}: name one with --remote")
    if here and remote in remotes:
        url = here.line("remote", "get-url", "--push", remote) or remote
        if not _is_address(url):  # git takes relative paths from the top of the working tree
            url = str((Path(here.line("rev-parse", "--show-toplevel") or here.folder) / url).resolve())
        return url
    if remote.startswith("-") or not (_is_address(remote) or Path(remote).exists()):
        known = f" (those are {', '.join(remotes)})" if remotes else ""
        raise StudyError(f"--remote {remote} is no remote of this repository{known}, no address and no folder")
    return remote if _is_address(remote) else str(Path(remote).resolve())


def _is_address(url: str) -> bool:
    return "://" in url or bool(SCP.match(url))


def _without_password(url: str) -> str:
    parts = urlsplit(url) if "://" in url else None
    if parts is None or "@" not in parts.netloc:
        return url
    user = parts.netloc.rpartition("@")[0].partition(":")[0]
    keep = f"{user}@" if parts.scheme == "ssh" else ""  # in others it may be a token
    return urlunsplit(parts._replace(netloc=keep + parts.netloc.rpartition("@")[2]))


@contextmanager
def scratch(where: Target) -> Iterator[Git]:
    """A bare repository that is thrown away, from which `where` is reached as from the user's own."""
    with tempfile.TemporaryDirectory(prefix="imetric-publish-") as folder:
        settings = [("core.hooksPath", os.devnull), ("push.followTags", "false"), ("gc.auto", "0"), *_reaching(where)]
        variables = {"GIT_CONFIG_COUNT": str(len(settings))}
        for number, (key, value) in enumerate(settings):
            variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        if not where.interactive:
            variables["GIT_TERMINAL_PROMPT"] = "0"
        git = Git(Path(folder), variables)
        git("init", "--quiet", "--bare", "--template=", ".")
        yield git


def _reaching(where: Target) -> list[tuple[str, str]]:
    """What the user's repository sets beyond the user's own settings, as far as reaching a remote hangs on it."""
    if where.here is None:
        return []
    found: list[tuple[str, str]] = []
    try:
        listed = where.here("config", "--local", "--includes", "--list", "-z").decode("utf-8", "replace")
    except GitError:
        return []
    for entry in listed.split("\0"):
        key, _, value = entry.partition("\n")
        if REACHING.match(key):
            found.append((key, value))
    for key in ("core.sshCommand", "core.askPass"):  # may be set for this folder among the user's own settings
        if told := where.here.line("config", "--get", key):
            found.append((key, told))
    return found


def identity(where: Target) -> dict[str, str]:
    """Who commits, as git knows it in the user's repository, as variables. Raises StudyError."""
    git = where.here or Git(Path.cwd())
    found: dict[str, str] = {}
    for role in ("AUTHOR", "COMMITTER"):
        known = re.match(r"(.*) <(.*)> \d+ [+-]\d+$", git.line("var", f"GIT_{role}_IDENT") or "")
        if not known:
            raise StudyError(
                "git does not know who you are, and a commit names that: tell it with git config --global user.name "
                "and git config --global user.email"
            )
        found |= {f"GIT_{role}_NAME": known[1], f"GIT_{role}_EMAIL": known[2]}
    return found


def refused(error: GitError, where: Target) -> StudyError:
    """What a remote, or git on the way there, said, as one sentence."""
    said, detail = str(error), error.detail(where.url, where.shown)
    if re.search(r"^\s*! \[rejected\]", said, re.M):
        return StudyError(f"{where} has moved on meanwhile: run the same command again")
    if found := re.search(r"\[remote rejected\].*\((.*)\)", said):
        return StudyError(f"{where.shown} does not accept the branch {where.branch} ({found[1]})")
    if re.search(r"[Aa]uthentication failed|could not read (Username|Password)|Permission denied|denied to|403", said):
        return StudyError(
            f"{where.shown} does not let you in ({detail}): sign in to it with git, or name another with --remote"
        )
    return StudyError(f"{where.shown} cannot be reached ({detail}): name another with --remote, or try again later")


def fetched(git: Git, where: Target) -> tuple[str | None, str | None]:
    """Fetch the branch: its newest commit, None where there is no such branch, and the remote's default branch."""
    reference = f"refs/heads/{where.branch}"
    try:
        listed = git("ls-remote", "--symref", "--", where.url, "HEAD", reference).decode("utf-8", "replace")
        default = re.search(r"^ref: refs/heads/(\S+)\tHEAD$", listed, re.M)
        tip = re.search(rf"^([0-9a-f]+)\t{re.escape(reference)}$", listed, re.M)
        if tip:
            git("fetch", "--quiet", "--no-tags", "--depth=1", "--", where.url, f"+{reference}:{reference}")
    except GitError as error:
        raise refused(error, where) from None
    return (git.line("rev-parse", reference) if tip else None), (default[1] if default else None)


def tree(git: Git, commit: str | None) -> dict[str, str]:
    """Every file of a commit: path -> its mode and object, as git's index takes them."""
    if commit is None:
        return {}
    found = {}
    for entry in git("ls-tree", "-r", "-z", "--full-tree", commit).decode("utf-8", "surrogateescape").split("\0"):
        if entry:
            kind, _, path = entry.partition("\t")
            mode, _, object_ = kind.split()
            found[path] = f"{mode} {object_}"
    return found


def commit(
    git: Git, files: Mapping[str, str], parent: str | None, message: str, who: Mapping[str, str]
) -> tuple[str, bool]:
    """A commit of exactly these files (path -> mode and object), and whether they differ from the parent's.

    Raises GitError where git does not take one of them.
    """
    lines = "".join(f"{kind}\t{path}\0" for path, kind in files.items()).encode("utf-8", "surrogateescape")
    git("update-index", "-z", "--index-info", text=lines)
    made = git("write-tree").decode().strip()
    if left := sorted(files.keys() - tree(git, made).keys()):  # git ignores paths that it does not like
        raise GitError(f"Invalid path {left[0]!r}")
    if parent and made == git("rev-parse", f"{parent}^{{tree}}").decode().strip():
        return parent, False
    words = ["commit-tree", made, *(["-p", parent] if parent else []), "-F", "-"]
    return git(*words, text=message.encode(), **who).decode().strip(), True


def stored(git: Git, paths: Sequence[Path]) -> list[str]:
    """The objects of files, byte for byte, whatever git is set to do to line ends."""
    lines = "".join(f"{path.resolve()}\n" for path in paths).encode()
    return git("hash-object", "-w", "--no-filters", "--stdin-paths", text=lines).decode().split()


def push(git: Git, where: Target, made: str, dry_run: bool) -> None:
    """Push a commit onto the branch; never anything else, never over what somebody else pushed meanwhile."""
    words = ["push", "--quiet", "--no-verify", "--no-recurse-submodules", *(["--dry-run"] if dry_run else [])]
    try:
        git(*words, "--", where.url, f"{made}:refs/heads/{where.branch}")
    except GitError as error:
        raise refused(error, where) from None
