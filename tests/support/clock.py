"""Clocks for tests: one that is moved instead of waited for, and a check of how long something took."""

import time
from collections.abc import Generator
from contextlib import contextmanager

_monotonic, _time = time.monotonic, time.time


class Clock:
    """The clocks of this process, put forward by what would have been slept.

    Attributes:
        ahead: Seconds by which they are ahead of the real ones.
        slept: The waits between attempts, which take no time.
        drawn: The ranges that they were drawn from.
    """

    def __init__(self) -> None:
        self.ahead = 0.0
        self.slept: list[float] = []
        self.drawn: list[tuple[float, float]] = []

    def reset(self) -> None:
        """Forget the waits; what the clocks are ahead stays."""
        self.slept.clear()
        self.drawn.clear()

    def advance(self, seconds: float) -> None:
        self.ahead += seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)

    def uniform(self, low: float, high: float) -> float:
        self.drawn.append((low, high))
        return high

    def monotonic(self) -> float:
        return _monotonic() + self.ahead

    def time(self) -> float:
        return _time() + self.ahead


@contextmanager
def measured(limit: float, *, at_least: float = 0.0) -> Generator[None, None, None]:
    """Fail when the block took longer or shorter than said, in real seconds."""
    started = _monotonic()
    yield
    took = _monotonic() - started
    assert at_least <= took <= limit, f"took {took:.2f} s"
