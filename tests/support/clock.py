"""Clocks for tests: one that is moved instead of waited for, and a check of how long something took."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

_monotonic, _time = time.monotonic, time.time


class Clock:
    """The clocks of this process, put forward by what would have been slept, which `slept` lists."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self.slept: list[float] = []

    def advance(self, seconds: float) -> None:
        self._ahead += seconds

    def passes(self, seconds: float) -> Callable[[object], bool]:
        """Return the step of a server at which so much time has passed."""

        def play(_: object) -> bool:
            self.advance(seconds)
            return True

        return play

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)

    def uniform(self, low: float, high: float) -> float:
        """Draw the longest wait."""
        assert low == 0, "this is no full jitter"
        return high

    def monotonic(self) -> float:
        return _monotonic() + self._ahead

    def time(self) -> float:
        return _time() + self._ahead


@contextmanager
def measured(limit: float, *, at_least: float = 0.0) -> Generator[None, None, None]:
    """Fail when the block took longer or shorter than said, in real seconds."""
    started = _monotonic()
    yield
    took = _monotonic() - started
    assert at_least <= took <= limit, f"took {took:.2f} s"
