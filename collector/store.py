"""Checked files on disk: each session's complete file once, its partial one until then, its typed name apart.

    <out>/complete/  the participants' files, for scoring        <out>/partial/  of sessions that are not complete
    <out>/pilot/     the same of the pilot study                 <out>/incoming/ what is being written
    <out>/names/     what was typed as a name, by session id

A file is written under `incoming`, synced, and linked into its place in one move; then its folder is synced. So what
is in its place is whole, and what was acknowledged stays, killed or without power.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Literal

from .checks import SESSION, Submission, summary_of
from .errors import CollectorError, Refused
from .study import PILOT

Outcome = Literal["stored", "already there", "kept beside", "partial"]
BESIDE = 5  # different complete files of one session
RUNNING = 3600  # seconds since the last partial file for which a session counts as going on
Place = tuple[int | str, int]  # condition, set


class FileStore:
    """The files of one study under a folder; used by several threads. Raises CollectorError if it cannot be written."""

    def __init__(self, out: Path, most: int) -> None:
        self._most = most
        self._complete, self._pilot, self._partial, self._names, self._incoming = folders = [
            out / name for name in ("complete", PILOT, "partial", "names", "incoming")
        ]
        try:
            for folder in folders:
                folder.mkdir(parents=True, exist_ok=True)
            for left in self._incoming.iterdir():  # of a run that was killed; never acknowledged
                left.unlink()
            _sync(out)
        except OSError as error:
            raise CollectorError(f"{out} cannot be written: {error.strerror}; name another folder with --out") from None
        self._locks = [threading.Lock() for _ in range(64)]
        self._changing = threading.Lock()
        self._done: dict[str, Place] = {}  # file name -> place
        self._open: dict[str, tuple[Place, float, int]] = {}  # file name -> place, time, questions answered
        self._recount()

    def keep(self, submission: Submission) -> Outcome:
        """Store a file; once this returns it is on the disk. Raises Refused, and OSError where the disk fails."""
        name = submission.file_name
        with self._locks[int(submission.session_id[:2], 16) % len(self._locks)]:
            return self._keep_partial(name, submission) if submission.partial else self._keep_complete(name, submission)

    def counts(self) -> list[dict[str, object]]:
        """By condition and set: complete sessions, those going on, and those given up (no word for an hour)."""
        now = time.time()
        with self._changing:
            complete = Counter(self._done.values())
            running = Counter(place for place, at, _ in self._open.values() if now - at < RUNNING)
            given_up = Counter(place for place, at, _ in self._open.values() if now - at >= RUNNING)
        places = sorted({*complete, *running, *given_up}, key=str)
        return [
            {"condition": place[0], "set": place[1], "complete": complete[place], "running": running[place],
             "given_up": given_up[place]}
            for place in places
        ]  # fmt: skip

    def _keep_complete(self, name: str, submission: Submission) -> Outcome:
        folder = self._folder(submission)
        stem = name.removesuffix(".json")
        for each in (name, *(f"{stem}_{k}.json" for k in range(2, BESIDE + 1))):
            there = (folder / each).exists()
            if not there or self._same(folder / each, submission):
                break
        else:
            raise Refused(409, "OSF_FILE_EXISTS", f"{BESIDE} different files of this session are there already")
        first = each == name
        if first and name not in self._done and len(self._done) >= self._most:
            raise Refused(400, "SESSION_LIMIT_REACHED", "as many sessions as were asked for are there")
        if not there:
            self._write(folder / each, submission.content)
        elif name not in self._done:  # the disk failed after it was written
            _sync(folder)
        typed = self._typed(each)
        if submission.name and not typed.exists():  # after its file: no name without one
            self._write(typed, submission.name.encode(), replace=True)
        if first:
            with self._changing:
                self._done[name] = (submission.condition, submission.set)
        self._forget_partial(name)
        return "already there" if there else "stored" if first else "kept beside"

    def _keep_partial(self, name: str, submission: Submission) -> Outcome:
        if name in self._done or (self._folder(submission) / name).exists():
            return "already there"
        before = self._open.get(name)
        if before is None and len(self._open) >= self._most:
            raise Refused(400, "SESSION_LIMIT_REACHED", "as many unfinished sessions as can be kept are there")
        if before and before[2] > submission.answered:  # overtaken on the way
            return "already there"
        self._write(self._partial / name, submission.content, replace=True)
        with self._changing:
            self._open[name] = ((submission.condition, submission.set), time.time(), submission.answered)
        return "partial"

    def _folder(self, submission: Submission) -> Path:
        return self._pilot if submission.condition == PILOT else self._complete

    def _typed(self, file: str) -> Path:
        return self._names / f"{file.removesuffix('.json')}.txt"

    def _same(self, path: Path, submission: Submission) -> bool:
        """Whether this is the file that is there; one that was written when the disk failed may lack its name."""
        typed = self._typed(path.name)
        known = typed.read_bytes() if typed.exists() else None
        return known in (None, submission.name.encode()) and path.read_bytes() == submission.content

    def _forget_partial(self, name: str) -> None:
        with self._changing:
            known = self._open.pop(name, None)
        if known:
            (self._partial / name).unlink(missing_ok=True)

    def _write(self, path: Path, content: bytes, replace: bool = False) -> None:
        """Write a file whole and synced; raises FileExistsError where one is there that is not to be replaced."""
        number, name = tempfile.mkstemp(dir=self._incoming)  # readable by its owner alone
        try:
            with os.fdopen(number, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if replace:
                os.replace(name, path)
            else:
                os.link(name, path)
                os.unlink(name)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _sync(path.parent)

    def _recount(self) -> None:
        """Count what is there; a partial file of a session that is complete goes."""
        for path in sorted([*self._complete.glob("*.json"), *self._pilot.glob("*.json")]):
            if SESSION.fullmatch(path.stem.rsplit("_", 1)[-1]):  # not one kept beside
                self._done[path.name] = _summary(path)[0]
        for path in sorted(self._partial.glob("*.json")):
            if path.name in self._done:
                path.unlink()
            else:
                place, answered = _summary(path)
                self._open[path.name] = (place, path.stat().st_mtime, answered)


def _summary(path: Path) -> tuple[Place, int]:
    try:
        return summary_of(path.read_bytes())
    except ValueError:
        raise CollectorError(f"{path} is not a participant's file; move it elsewhere") from None


def _sync(folder: Path) -> None:
    """Make names in a folder last."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
