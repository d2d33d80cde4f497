"""What went wrong, told to whom it concerns."""

from __future__ import annotations


class CollectorError(Exception):
    """Something whoever runs the collector can mend: one sentence, what is wrong, where, what is allowed."""


class Refused(Exception):
    """Why a request is not taken: a status of HTTP, DataPipe's word for it, and one sentence."""

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.status, self.error, self.message = status, error, message
