"""Score whenever participants' files came, changed or went, until it is interrupted."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

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
