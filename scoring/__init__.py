"""From participants' files to the I-metric, its statistics and its figures.

Rooms, each of which knows only those before it (tests/test_rooms.py): errors, conditions (the table of what
participants are shown), files (what is read, checked), statistics (pure functions with an explicit seed), analysis
(tables and all results of a study), report (pages, figures, tables, Psych-DS), pilot, planning (simulated participants,
power), preregistration, watching (scoring again while files come in), cli.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .interface import Scores, ScoringError, score

__all__ = ["Scores", "ScoringError", "score"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module(".interface", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
