"""The API's rate limit: so many requests in ten seconds, then ten seconds of rejections.

Ten seconds pass on the sandbox's clock or in real time, whichever is first: a test may move the clock, and a client
that waits out the block in real time gets through even where the sandbox's clock stands still.
"""

import time
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from payrix_sessions.sandbox.clock import Clock

_SECONDS = 10.0
_MANY_SCOPES = 10_000

_Moment = tuple[datetime, float]


@dataclass(slots=True)
class _Traffic:
    times: deque[_Moment] = field(default_factory=deque[_Moment])
    blocked_at: _Moment | None = None


class RateLimit:
    """Counts requests by scope (client address, path, limit); each has its own count and its own block."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._traffic: dict[tuple[str, str, int], _Traffic] = {}
        self._prune_at = _MANY_SCOPES

    def admits(self, address: str, path: str, limit: int) -> bool:
        """Count a request and tell whether it may pass."""
        now = self._clock.now(), time.monotonic()
        if len(self._traffic) >= self._prune_at:
            self._prune(now)
        traffic = self._traffic.setdefault((address, path, limit), _Traffic())
        if traffic.blocked_at is not None:
            if not _is_over(traffic.blocked_at, now):
                return False
            traffic.blocked_at = None
        while traffic.times and _is_over(traffic.times[0], now):
            traffic.times.popleft()
        if len(traffic.times) >= limit:
            traffic.blocked_at = now
            return False
        traffic.times.append(now)
        return True

    def _prune(self, now: _Moment) -> None:
        self._traffic = {
            scope: traffic
            for scope, traffic in self._traffic.items()
            if not _is_over(traffic.blocked_at or traffic.times[-1], now)
        }
        self._prune_at = 2 * len(self._traffic) + _MANY_SCOPES


def _is_over(since: _Moment, now: _Moment) -> bool:
    return now[0] - since[0] >= timedelta(seconds=_SECONDS) or now[1] - since[1] >= _SECONDS
