"""The API's rate limit: so many requests in ten seconds, then ten seconds of refusals."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

_WINDOW = timedelta(seconds=10)
_BLOCK = timedelta(seconds=10)


@dataclass(slots=True)
class _Traffic:
    times: deque[datetime] = field(default_factory=deque[datetime])
    blocked_until: datetime | None = None


class RateLimit:
    """Counts requests; each `scope` (address, limit) has its own count and its own block."""

    def __init__(self) -> None:
        self._traffic: dict[tuple[str, int], _Traffic] = {}

    def admits(self, address: str, limit: int, now: datetime) -> bool:
        """Count a request and tell whether it may pass."""
        traffic = self._traffic.setdefault((address, limit), _Traffic())
        if traffic.blocked_until is not None:
            if now < traffic.blocked_until:
                return False
            traffic.blocked_until = None
            traffic.times.clear()
        while traffic.times and now - traffic.times[0] >= _WINDOW:
            traffic.times.popleft()
        if len(traffic.times) >= limit:
            traffic.blocked_until = now + _BLOCK
            return False
        traffic.times.append(now)
        return True
