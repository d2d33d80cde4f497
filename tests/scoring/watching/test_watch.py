"""What is scored when: complete files alone, in calm moments, never lost, never for ever."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from scoring.errors import NothingScored, ScoringError
from scoring.watching.arrivals import UNFINISHED_S, Arrivals, News
from scoring.watching.watch import Clock, Pace, watch


class Day:
    """A clock that goes on while it is slept by, and does something at its hours; interrupts at the last."""

    def __init__(self, happens: dict[float, Callable[[], object]], end: float) -> None:
        self.time, self.happens, self.end = 0.0, dict(sorted(happens.items())), end

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds
        for hour in [hour for hour in self.happens if hour <= self.time]:
            self.happens.pop(hour)()
        if self.time >= self.end:
            raise KeyboardInterrupt


def put(path: Path, content: object) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_text(text)
    status = path.stat()
    put.count = getattr(put, "count", 0) + 1  # a change of the same size within a clock's tick is a change too
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + put.count))


def run(arrivals: Arrivals, happens: dict, end: float, takes: float = 0.0, fault: Exception | None = None):
    """The hours at which was scored, with the names of the files, and the lines that were told."""
    day = Day(happens, end)
    scored: list[tuple[float, str]] = []
    told: list[str] = []

    def score(files: list[Path]) -> str:
        scored.append((day.time, " ".join(path.stem for path in files)))
        day.time += takes
        if fault is not None:
            raise fault
        return f"{len(files)} scored"

    with pytest.raises(KeyboardInterrupt):
        watch(arrivals, score, told.append, Pace(look=1, quiet=2, longest=30), Clock(day.now, day.sleep))
    return scored, told


def test_it_scores_once_things_are_calm_and_tells_what_came(tmp_path) -> None:
    put(tmp_path / "a.json", [1])
    happens = {
        5: lambda: put(tmp_path / "b.json", [1]), 6: lambda: put(tmp_path / "c.json", [1]),
        20: lambda: (put(tmp_path / "a.json", [2]), (tmp_path / "b.json").unlink()),
    }  # fmt: skip
    scored, told = run(Arrivals([tmp_path]), happens, 60)
    assert scored == [(2, "a"), (8, "a b c"), (22, "a c")]
    assert [line.split("  ")[1] for line in told] == [
        "1 file came: 1 scored (0.0 s)", "2 files came: 3 scored (0.0 s)", "1 file changed, 1 file went: 2 scored (0.0 s)",
    ]  # fmt: skip


def test_half_a_file_is_waited_for_and_then_is_a_bad_one(tmp_path) -> None:
    put(tmp_path / "a.json", [1])
    put(tmp_path / "half.json", '[{"trial_type": "session"')
    happens = {5: lambda: put(tmp_path / "half.json", '[{"trial_type": "session"}, {"tri')}
    scored, _ = run(Arrivals([tmp_path]), happens, 40)
    assert scored == [(2, "a"), (5 + UNFINISHED_S + 2, "a half")]
    put(tmp_path / "half.json", '[{"trial_type": "session"')
    scored, _ = run(Arrivals([tmp_path]), {4: lambda: put(tmp_path / "half.json", [1, 2])}, 40)
    assert scored == [(2, "a"), (6, "a half")]


def test_a_file_that_is_written_again_stays_in_the_report_until_it_is_whole(tmp_path) -> None:
    put(tmp_path / "a.json", [1])
    put(tmp_path / "b.json", [1])
    happens = {
        5: lambda: (put(tmp_path / "a.json", "[1, "), put(tmp_path / "c.json", [1])),
        9: lambda: put(tmp_path / "a.json", [1, 2]),
    }
    scored, told = run(Arrivals([tmp_path]), happens, 40)
    assert scored == [(2, "a b"), (11, "a b c")] and "1 file came, 1 file changed" in told[1]


def test_a_stream_of_files_neither_starves_the_report_nor_the_machine(tmp_path) -> None:
    happens = {k + 0.5: lambda k=k: put(tmp_path / f"{k:03d}.json", [1]) for k in range(0, 100)}
    scored, _ = run(Arrivals([tmp_path]), happens, 140, takes=20)
    hours = [hour for hour, _ in scored]
    assert hours[0] <= 32 and all(20 + 20 <= b - a <= 20 + 20 + 32 for a, b in zip(hours, hours[1:], strict=False))
    assert len(scored[-1][1].split()) == 100


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (NothingScored("none of 1 files could be scored"), "1 file came: nothing to score yet: none of 1 files could be scored (0.0 s)"),
        (ScoringError("key.json: no key"), "1 file came: not scored: key.json: no key (0.0 s)"),
        (OSError(28, "No space left on device"), "1 file came: not scored: [Errno 28] No space left on device (0.0 s)"),
    ],
)  # fmt: skip
def test_what_cannot_be_scored_ends_nothing(tmp_path, fault, told) -> None:
    put(tmp_path / "a.json", [1])
    key = tmp_path / "key"
    scored, lines = run(Arrivals([tmp_path], lambda: [key]), {8: lambda: put(key, "mended")}, 40, fault=fault)
    assert [hour for hour, _ in scored] == [2, 8]  # nobody waits for calm where a person mended the key
    assert lines[0].split("  ", 1)[1] == told and "the key or the rules changed: " in lines[1]


def test_what_scoring_writes_itself_is_nobodys_file(tmp_path) -> None:
    put(tmp_path / "a.json", [1])
    report = tmp_path / "report"
    report.mkdir()
    happens = {4: lambda: put(report / "summary.json", {}), 9: lambda: put(report / "summary.json", {"a": 1})}
    assert run(Arrivals([tmp_path], outside=[report]), happens, 30)[0] == [(2, "a")]


def test_a_folder_that_is_not_there_yet_is_waited_for(tmp_path) -> None:
    later = tmp_path / "later"
    happens = {50: lambda: (later.mkdir(), put(later / "a.json", [1]))}
    assert run(Arrivals([later]), happens, 70)[0] == [(52, "a")]


def test_news_in_words() -> None:
    assert str(News(came=2, went=1)) == "2 files came, 1 file went"
    assert str(News(changed=1, other=True)) == "1 file changed, the key or the rules changed"
    assert not News() and News(other=True)
