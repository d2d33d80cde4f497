"""Participants -> minutes and money."""

from __future__ import annotations

from dataclasses import dataclass

# The pages tell participants that ten questions take about ten minutes: two for questionnaire, instructions and
# practice, and 48 seconds a question. Replaced by a pilot's own times.
FIXED_MINUTES, QUESTION_MINUTES = 2.0, 0.8


@dataclass(frozen=True)
class Cost:
    """Minutes of one participant, and pay per hour (None: not given) in a currency."""

    fixed_minutes: float = FIXED_MINUTES
    question_minutes: float = QUESTION_MINUTES
    rate: float | None = None
    currency: str = ""

    def minutes_each(self, questions: float) -> float:
        return self.fixed_minutes + self.question_minutes * questions

    def minutes(self, participants: float, questions: float) -> float:
        """Of all participants together."""
        return participants * self.minutes_each(questions)

    def money(self, participants: float, questions: float) -> float | None:
        """Pay of all participants together, without a platform's fee; None without a rate."""
        return None if self.rate is None else self.minutes(participants, questions) / 60 * self.rate
