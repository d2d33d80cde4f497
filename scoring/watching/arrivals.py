"""Folders looked at again and again -> which participants' files are complete, and what came since they were scored."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..files.collect import files_in

UNFINISHED_S = 10.0  # a file that is no sound JSON is waited for so long after its last change; then it is a bad one

Stamp = tuple[int, int, int]  # time of the last change, size and number of a file


@dataclass(frozen=True)
class News:
    """How many files came, changed and went since the last scoring; other: whether the key or the rules changed."""

    came: int = 0
    changed: int = 0
    went: int = 0
    other: bool = False

    def __bool__(self) -> bool:
        return bool(self.came or self.changed or self.went or self.other)

    def __str__(self) -> str:
        counts = {"came": self.came, "changed": self.changed, "went": self.went}
        told = [f"{count} {'file' if count == 1 else 'files'} {what}" for what, count in counts.items() if count]
        return ", ".join([*told, *(["the key or the rules changed"] if self.other else [])]) or "nothing new"


@dataclass
class Arrivals:
    """What lies in the named files and folders, seen whenever `look` is called.

    named: files and folders of participants; others: gives the files that say how to score, such as the key; outside:
    folders that scoring itself writes, where nothing is a participant's.
    """

    named: Sequence[Path]
    others: Callable[[], list[Path]] = list
    outside: Sequence[Path] = ()
    _seen: dict[Path, tuple[Stamp, float]] = field(default_factory=dict)  # and when it was first seen to be so
    _own: set[Path] = field(default_factory=set)  # what scoring wrote
    _complete: dict[Path, Stamp] = field(default_factory=dict)
    _scored: dict[Path, Stamp] = field(default_factory=dict)
    _others_scored: dict[Path, Stamp | None] | None = None
    _changed_at: float = 0.0
    _waiting_since: float | None = None

    def look(self, now: float) -> None:
        """Look at all files once; now: seconds of a clock that only goes on."""
        present = {path: stamp for path in self._files() if (stamp := _stamp(path)) is not None}
        for path, stamp in present.items():
            if path not in self._seen or self._seen[path][0] != stamp:
                self._seen[path] = (stamp, now)
                self._complete.pop(path, None)
            if path not in self._complete and (_sound(path) or now - self._seen[path][1] >= UNFINISHED_S):
                self._complete[path] = stamp
                self._changed_at = now
        for path in self._seen.keys() - present.keys():
            del self._seen[path]
            self._complete.pop(path, None)
            self._changed_at = now
        if not self.news():
            self._waiting_since = None
        elif self._waiting_since is None:
            self._waiting_since = now

    def _files(self) -> Iterator[Path]:
        """The participants' files that are there now."""
        outside = [path.resolve() for path in self.outside]
        for path in files_in(self.named):
            if path not in self._seen and path not in self._own and outside:
                if any(path.resolve().is_relative_to(folder) for folder in outside):
                    self._own.add(path)
            if path not in self._own:
                yield path

    def news(self) -> News:
        """What is complete and not scored yet. A file that is being written again is as it was scored."""
        came = self._complete.keys() - self._scored.keys()
        changed = [
            path for path in self._complete.keys() & self._scored.keys() if self._complete[path] != self._scored[path]
        ]
        went = self._scored.keys() - self._seen.keys()
        other = self._others_scored is not None and self._stamps_of_others() != self._others_scored
        return News(len(came), len(changed), len(went), other)

    def due(self, now: float, quiet_s: float, longest_s: float) -> bool:
        """Whether to score: there is news, and either none came for quiet_s or some has waited for longest_s."""
        if self._waiting_since is None:
            return False
        if now - self._waiting_since >= longest_s:
            return True
        # Half of a file that was there is no reason to take it out of the report: it is waited for.
        return now - self._changed_at >= quiet_s and not self._rewritten()

    def take(self) -> list[Path]:
        """The files to score, which count as scored from now on; in the order of their folders."""
        self._scored = {path: self._scored[path] for path in self._rewritten()} | self._complete
        self._others_scored = self._stamps_of_others()
        self._waiting_since = None
        return [path for path in self._files() if path in self._scored]

    def _rewritten(self) -> set[Path]:
        return self._scored.keys() & self._seen.keys() - self._complete.keys()

    def _stamps_of_others(self) -> dict[Path, Stamp | None]:
        return {path: _stamp(path) for path in self.others()}


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _sound(path: Path) -> bool:
    """Whether the file is JSON to its end."""
    try:
        json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return True
