"""How many requests an address may make: so many a minute, saved up for at most a minute. Kept in memory alone."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable

MOST_ADDRESSES = 10_000


class RateLimit:
    """Allows each address `per_minute` requests a minute; of IPv6 the first 64 bits are one address."""

    def __init__(self, per_minute: int, now: Callable[[], float] = time.monotonic) -> None:
        self._most, self._now = per_minute, now
        self._left: dict[str, tuple[float, float]] = {}  # address -> requests left, at what time

    def allows(self, address: str) -> bool:
        """Whether one more request of this address is within the limit; it is counted if so."""
        now, known = self._now(), _network(address)
        left, at = self._left.pop(known, (float(self._most), now))
        left = min(self._most, left + (now - at) * self._most / 60)
        allowed = left >= 1
        self._left[known] = (left - allowed, now)
        while len(self._left) > MOST_ADDRESSES:  # the one that was silent for longest
            del self._left[next(iter(self._left))]
        return allowed


def _network(address: str) -> str:
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    return str(ipaddress.ip_network((known, 64), strict=False)) if known.version == 6 else str(known)
