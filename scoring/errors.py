"""What the user can mend."""

from __future__ import annotations

from pydantic import ValidationError


class ScoringError(Exception):
    """One sentence: what is wrong, where, and what is allowed."""


class NothingScored(ScoringError):
    """Not one file could be scored; the command ends with exit code 2."""


class Rejected(Exception):
    """Why one participant's file is not used: the field and the reason."""


def first_fault(error: ValidationError) -> tuple[str, str]:
    """Where and what pydantic found first: ('questions.0', 'options has an option twice')."""
    first = error.errors(include_url=False)[0]
    return ".".join(str(part) for part in first["loc"]), first["msg"].removeprefix("Value error, ")
