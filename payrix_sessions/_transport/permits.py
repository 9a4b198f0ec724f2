"""Permits to use a connection: at most so many calls at a time, first come, first served.

A signal handler may raise between any two steps here, and threads may end anywhere; nothing may be lost then. So who
holds a permit, and who waits in line, is known by weak references to an object that lives in the frame of the call:
when the frame is gone, so is the permit. The lock is a plain C lock, which a `with` statement cannot leave held. A
wake-up call that got lost costs a waiting call a twentieth of a second, not its turn.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections import deque
from queue import Empty, SimpleQueue

_LOST_WAKE_UP = 0.05  # seconds


class Permits:
    """A number of permits.

    Args:
        number: How many calls may hold one at a time.
    """

    def __init__(self, number: int) -> None:
        self._number = number
        self._lock = threading.Lock()
        self._holders: set[weakref.ref[SimpleQueue[None]]] = set()
        self._line: deque[weakref.ref[SimpleQueue[None]]] = deque()

    def acquire(self, seconds: float | None) -> SimpleQueue[None] | None:
        """Wait for a permit.

        Args:
            seconds: How long at most; None is without limit.

        Returns:
            The permit, held until it is released or dropped; None when the time is over.
        """
        permit: SimpleQueue[None] = SimpleQueue()
        with self._lock:
            if not self._line and len(self._holders) < self._number:
                self._hold(permit)
                return permit
        deadline = None if seconds is None else time.monotonic() + seconds
        with self._lock:
            self._line.append(weakref.ref(permit))
        while True:
            with self._lock:
                if self._first() is permit and len(self._holders) < self._number:
                    self._hold(permit)
                    self._line.popleft()
                    self._wake_first()
                    return permit
            left = _LOST_WAKE_UP if deadline is None else min(_LOST_WAKE_UP, deadline - time.monotonic())
            if left <= 0:
                return None
            try:
                permit.get(timeout=left)
            except Empty:
                continue

    def release(self, permit: SimpleQueue[None]) -> None:
        """Give a permit back."""
        self._holders.discard(weakref.ref(permit))
        if self._line:
            with self._lock:
                self._wake_first()

    def _hold(self, permit: SimpleQueue[None]) -> None:
        self._holders.add(weakref.ref(permit, self._holders.discard))

    def _first(self) -> SimpleQueue[None] | None:
        """Return who is first in line; those whose calls have ended are gone."""
        while self._line:
            first = self._line[0]()
            if first is not None:
                return first
            self._line.popleft()
        return None

    def _wake_first(self) -> None:
        first = self._first()
        if first is not None and len(self._holders) < self._number:
            first.put(None)
