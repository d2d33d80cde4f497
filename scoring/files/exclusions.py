"""Declared rules that mark participants; nothing is deleted, every result is given with and without them."""

from __future__ import annotations

import math
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..errors import ScoringError
from .key import Key
from .response import Response

RULES = {
    "too_short": "total time below min_minutes",
    "too_long": "total time above max_minutes",
    "catch": "failed catch questions",
    "repeated": "took part more than once",
    "incomplete": "did not answer every question of the set",
    "duplicates": "has the mistakes of another session",
    "straight_lining": "picked the same places question after question",
    "regular_times": "answered at more regular times than people do",
}


class Exclusions(BaseModel):
    """An exclusions file (TOML). Times are minutes from the end of instructions and practice to the last answer."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    min_minutes: float | None = Field(default=None, ge=0, description="mark who was quicker; none: no limit")
    max_minutes: float | None = Field(default=None, gt=0, description="mark who took longer; none: no limit")
    failed_catch: int | None = Field(default=1, ge=1, description="mark who failed at least this many catch questions")
    repeated: bool = Field(default=True, description="mark every session of a subject id that is there more than once")
    incomplete: bool = Field(default=True, description="mark who did not answer every question")
    duplicates: bool = Field(default=False, description="mark sessions with more mistakes alike than chance gives")
    straight_lining: bool = Field(default=False, description="mark who picked the same places question after question")
    regular_times: bool = Field(default=False, description="mark whose times are more regular than people's")

    @model_validator(mode="after")
    def _ordered(self) -> Exclusions:
        low, high = self.min_minutes, self.max_minutes
        if low is not None and high is not None and low >= high:
            raise ValueError(f"min_minutes ({low:g}) should be below max_minutes ({high:g})")
        return self

    def sentences(self) -> list[str]:
        """The rules in force, in words."""
        rules = []
        if self.min_minutes is not None:
            rules.append(f"total time below {self.min_minutes:g} minutes")
        if self.max_minutes is not None:
            rules.append(f"total time above {self.max_minutes:g} minutes")
        if self.failed_catch is not None:
            rules.append(f"{self.failed_catch} or more failed catch questions")
        if self.repeated:
            rules.append("more than one session of the same subject id")
        if self.incomplete:
            rules.append("not every question answered")
        rules += [
            words
            for name, words in (
                ("duplicates", "more mistakes alike with another session than chance gives"),
                ("straight_lining", "the same places picked question after question"),
                ("regular_times", "more regular times than people's"),
            )
            if getattr(self, name)
        ]
        return rules


def read_exclusions(path: Path) -> Exclusions:
    """The rules in a TOML file; raises ScoringError naming the setting that is wrong."""
    try:
        return Exclusions.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ScoringError(f"{path}: the exclusions cannot be read: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScoringError(f"{path}: not a TOML file: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            raise ScoringError(f"{path}: {name!r} is no rule; rules are {', '.join(Exclusions.model_fields)}") from None
        raise ScoringError(f"{path}: {name or 'rules'}: {first['msg'].removeprefix('Value error, ')}") from None


def broken_rules(responses: Sequence[Response], rules: Exclusions, key: Key) -> list[list[str]]:
    """For each response the names (RULES) of the rules it breaks; who answered every question of a set is complete."""
    low = -math.inf if rules.min_minutes is None else rules.min_minutes
    high = math.inf if rules.max_minutes is None else rules.max_minutes
    times_seen = Counter(response.subject_id for response in responses)
    broken = []
    for response in responses:
        minutes = None if response.duration_ms is None else response.duration_ms / 60_000
        tests = {
            "too_short": minutes is not None and minutes < low,
            "too_long": minutes is not None and minutes > high,
            "catch": rules.failed_catch is not None and response.catch_failed >= rules.failed_catch,
            "repeated": rules.repeated and times_seen[response.subject_id] > 1,
            "incomplete": rules.incomplete and len(response.trials) < len(key.by_set[response.set]),
            **{rule: getattr(rules, rule) for rule, _ in response.answering.marks if rule},
        }
        broken.append([name for name, true in tests.items() if true])
    return broken
