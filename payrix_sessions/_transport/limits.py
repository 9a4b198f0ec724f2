"""The limits of one attempt."""

from functools import lru_cache
from typing import NamedTuple

import urllib3

from payrix_sessions.configuration import Configuration


class Limits(NamedTuple):
    """What one attempt may take.

    Attributes:
        connect: Seconds to connect; None is no limit, here and below.
        read: Seconds for the response.
        total: Seconds for both.
        max_body_bytes: The largest body, in bytes after decompression.
        total_timeout: The seconds of the whole call, when these and not `timeout` end this attempt.
    """

    connect: float | None
    read: float | None
    total: float | None
    max_body_bytes: int
    total_timeout: float | None = None

    @classmethod
    def of(cls, configuration: Configuration) -> "Limits":
        """Return the limits that a client is configured with."""
        timeout, body = configuration.timeout, configuration.max_response_bytes
        if not isinstance(timeout, tuple):
            return cls(timeout, timeout, timeout, body)
        connect, read = timeout
        return cls(connect, read, None if connect is None or read is None else connect + read, body)

    def within(self, seconds: float, total_timeout: float) -> "Limits":
        """Return these limits, none of them above the seconds that are left of the call's total_timeout."""
        if self.total is not None and self.total <= seconds:
            return self
        connect, read = (seconds if limit is None else min(limit, seconds) for limit in self[:2])
        return Limits(connect, read, seconds, self.max_body_bytes, total_timeout)

    def as_timeout(self) -> urllib3.Timeout:
        """Return the seconds in the form that reaches our own connections."""
        return _timeout(self.connect, self.read, self.total)


class _Timeout(urllib3.Timeout):
    """urllib3's timeout, which urllib3 copies twice in each request: a copy need not be checked again."""

    def clone(self) -> urllib3.Timeout:
        made = _Timeout.__new__(_Timeout)
        vars(made).update(vars(self), _start_connect=None)
        return made


@lru_cache(maxsize=32)  # urllib3 works with copies of it
def _timeout(connect: float | None, read: float | None, total: float | None) -> urllib3.Timeout:
    return _Timeout(connect=connect, read=read, total=total)
