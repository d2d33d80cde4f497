"""Many files -> the responses of one study and a list of what was not used and why."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import NothingScored, Rejected
from .content import read_bytes
from .key import Key, known_keys
from .participant import check, parse, study_of
from .response import Response
from .unfinished import FOLDERS, Unfinished, is_collected


@dataclass
class Collection:
    """The answer key, people's responses in the order of their files, and (file, reason) of all that was not used.

    observers: the responses of programs, which enter no result about people; unfinished: sessions that were begun and
    not finished, where partial files were looked at.
    """

    key: Key
    responses: list[Response]
    observers: list[Response] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)
    files: int = 0
    unfinished: Unfinished | None = None

    @property
    def marked(self) -> list[tuple[str, str]]:
        """(file, what is odd) of used files."""
        return [(response.file, mark) for response in self.responses for mark in response.all_marks]


def files_in(paths: Iterable[Path]) -> list[Path]:
    """The files that were named; of a folder every .json file in it and below, by name; of a collector's, complete/."""
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir() and path.suffix != ".json":
            inside = path / FOLDERS[0] if is_collected(path) else path
            found.update(dict.fromkeys(sorted(inside.rglob("*.json"))))
        else:
            found[path] = None
    return list(found)


def collect(
    files: Sequence[Path], key: Key | None, private: Path = Path("private"), advance: Callable[[], None] = lambda: None
) -> Collection:
    """Read and check every file; advance is called after each.

    Without a key, the files' own study ids are looked up under the private folder, and the study with most usable
    files of people is scored (without people: of observers); files of others are rejected as such. The first file of a
    session is kept, of people and of observers each. Raises NothingScored where no file can be used.
    """
    keys, faults = known_keys(private) if key is None else ({key.study_id: key}, [])
    by_study: dict[str, list[Response]] = defaultdict(list)
    rejected: list[tuple[str, str]] = []
    for path in files:
        try:
            parsed = parse(read_bytes(path))
            study = key.study_id if key is not None else study_of(parsed)
            if study is None:
                raise Rejected("file: in the layout of the original 2021 pages, which needs --key (see original-key)")
            if study not in keys:
                unread = f" ({faults[0]})" if faults else ""
                raise Rejected(f"row 0, study_id: no answer key of {study[:60]!r} under {private}{unread}")
            by_study[study].append(check(parsed, str(path), keys[study]))
        except Rejected as reason:
            rejected.append((str(path), str(reason)))
        advance()
    if not by_study:
        raise NothingScored(_why_nothing(files, rejected))
    chosen = max(by_study, key=lambda study: (sum(not each.observer for each in by_study[study]), len(by_study[study])))
    for study, others in by_study.items():
        if study != chosen:
            rejected += [
                (r.file, f"row 0, study_id: of study {study!r}; most files are of {chosen!r}, score it apart")
                for r in others
            ]
    responses: list[Response] = []
    first_file: dict[tuple[bool, str], str] = {}
    for response in by_study[chosen]:
        session = response.observer, response.session_id
        if session in first_file:
            rejected.append((response.file, f"session_id: is already in {first_file[session]}"))
            continue
        first_file[session] = response.file
        responses.append(response)
    observers = [response for response in responses if response.observer]
    responses = [response for response in responses if not response.observer]
    _mark_builds(responses)
    _mark_repeated(responses)
    order = {str(path): k for k, path in enumerate(files)}
    rejected.sort(key=lambda pair: order[pair[0]])
    return Collection(keys[chosen], responses, observers, rejected, len(files))


def _mark_builds(responses: Sequence[Response]) -> None:
    """Mark responses to another build of the pages than most of their experiment."""
    builds: dict[int | str, Counter[str]] = defaultdict(Counter)
    for response in responses:
        builds[response.experiment][response.build] += 1
    for response in responses:
        usual = builds[response.experiment].most_common(1)[0][0]
        if response.build != usual:
            response.marks.append(
                f"build_hash: {response.build[:40]!r}, most of experiment {response.experiment} have {usual[:40]!r}"
            )


def _mark_repeated(responses: Sequence[Response]) -> None:
    """Mark every session of a subject who is there more than once: which came first, the files do not say."""
    sessions: dict[str, list[Response]] = defaultdict(list)
    for response in responses:
        sessions[response.subject_id].append(response)
    for own in sessions.values():
        for response in own if len(own) > 1 else []:
            others = [other for other in own if other is not response][:3]
            response.also_in = [other.file for other in others]
            named = [f"{other.file} (experiment {other.experiment})" for other in others]
            response.marks.append(f"subject_id: also in {', '.join(named)}")


def _why_nothing(files: Sequence[Path], rejected: Sequence[tuple[str, str]]) -> str:
    if not files:
        return "there is no .json file among what was named"
    file, reason = rejected[0]
    more = f"; so or otherwise were {len(rejected) - 1} more" if len(rejected) > 1 else ""
    return f"none of {len(files)} files could be scored; {file}: {reason}{more}"
