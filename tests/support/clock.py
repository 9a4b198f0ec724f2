"""Clocks for tests: waits that take no time, and a check of how long something took."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Waits:
    """The waits between attempts, which take no time, and the ranges that they were drawn from."""

    slept: list[float] = field(default_factory=list[float])
    drawn: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])


@contextmanager
def measured(limit: float, *, at_least: float = 0.0) -> Generator[None, None, None]:
    """Fail when the block took longer or shorter than said, in seconds."""
    started = time.monotonic()
    yield
    took = time.monotonic() - started
    assert at_least <= took <= limit, f"took {took:.2f} s"
