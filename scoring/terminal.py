"""What commands print with: results to stdout, progress and errors to stderr."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from .errors import ScoringError

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def progress_bar() -> Progress:
    """Bars that vanish when the work is done; nothing where no terminal shows them, such as in a log."""
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=errors, transient=True, disable=not errors.is_terminal,
    )  # fmt: skip


def whole_numbers(text: str, option: str) -> list[int]:
    """'7,10,20' -> [7, 10, 20]; raises ScoringError."""
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise ScoringError(f"{option} {text!r} is not allowed: whole numbers with commas between") from None
