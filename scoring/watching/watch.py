"""Score whenever participants' files came, changed or went, until it is interrupted."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import FrameType

from ..errors import NothingScored, ScoringError
from .arrivals import Arrivals


@dataclass(frozen=True)
class Pace:
    """Seconds. look: between two looks at the folders; quiet: without a change before scoring; longest: that a change
    waits while others keep coming. After scoring there is a rest as long as it took, so that the machine is half free.
    """

    look: float = 1.0
    quiet: float = 2.0
    longest: float = 30.0


class Stop:
    """What Ctrl-C and SIGTERM ask for: an end once the report is whole, at once when asked again.

    The first is remembered and raises nothing, since an exception may come where Python drops it.
    """

    def __init__(self) -> None:
        self._asked = False
        for number in (signal.SIGINT, signal.SIGTERM):  # also where a script started it in the background
            signal.signal(number, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self._asked:
            signal.default_int_handler(number, frame)
        self._asked = True

    def sleep(self, seconds: float) -> None:
        """Sleep, in parts so short that nobody waits; raises KeyboardInterrupt if an end was asked for."""
        until = time.monotonic() + seconds
        while not self._asked and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))
        if self._asked:
            raise KeyboardInterrupt


@dataclass(frozen=True)
class Clock:
    """What tells the time and lets it pass."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def watch(
    arrivals: Arrivals,
    score: Callable[[list[Path]], str],
    tell: Callable[[str], None],
    pace: Pace = Pace(),
    clock: Clock = Clock(),
) -> None:
    """Look, and score when something is due; goes on until KeyboardInterrupt.

    score: scores these files and says in a few words what is in the report. tell: takes one line for each scoring, and
    for each that was not possible, which ends nothing: the next files may be better.
    """
    rest_until = clock.now()
    while True:
        before = clock.now()
        arrivals.look(before)
        now = clock.now()
        if now >= rest_until and arrivals.due(now, pace.quiet, pace.longest):
            news = arrivals.news()
            files = arrivals.take()
            began = clock.now()
            try:
                told = score(files)
            except NothingScored as error:
                told = f"nothing to score yet: {error}"
            except (ScoringError, OSError) as error:
                told = f"not scored: {error}"
            ended = clock.now()
            rest_until = ended + (ended - began)
            tell(f"{datetime.now():%H:%M:%S}  {news}: {told} ({ended - began:.1f} s)")
        # Looking at many files takes a while too: a twentieth of the time, unless thousands came at once.
        clock.sleep(min(max(pace.look, 20 * (now - before)), 5 * pace.look))
