"""The sandbox's time: it can be moved by hand, and is written the way the API writes it."""

import threading
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from payrix_sessions.sandbox.validation import is_number

# The API writes US Eastern wall time and names no zone.
_API_ZONE = ZoneInfo("America/New_York")

START = datetime(2025, 3, 4, 17, 40, 40, 136600, tzinfo=timezone.utc)
_LATEST = datetime(9000, 1, 1, tzinfo=timezone.utc)

# Short enough that 1,000 requests stay within one window of the rate limit; and about every tenth timestamp
# ends in a zero, which the API drops.
_TICK = timedelta(microseconds=700)


class Clock:
    """The time that a sandbox lives in.

    Args:
        real: False starts in March 2025 and moves only by 0.7 ms with each request and by `advance`, so that the
            same requests always see the same times. True is the machine's clock plus what `advance` added.
    """

    def __init__(self, *, real: bool) -> None:
        self._real = real
        self._lock = threading.Lock()
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        """Return the sandbox's present moment, in UTC."""
        return (datetime.now(timezone.utc) if self._real else START) + self._ahead

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> datetime:
        """Move the clock forward and return the new moment.

        Raises:
            ValueError: For a value that is not a number, for a step back, or beyond the year 9000.
        """
        steps = {"days": days, "hours": hours, "minutes": minutes, "seconds": seconds}
        for name, value in steps.items():
            if not is_number(value):
                raise ValueError(f"{name} must be a number")
        try:
            step = timedelta(**steps)
            if step < timedelta(0):
                raise ValueError("the sandbox's clock does not go back")
            if self.now() + step > _LATEST:
                raise OverflowError
        except OverflowError as error:
            raise ValueError("the sandbox's clock cannot go that far") from error
        with self._lock:
            self._ahead += step
            return self.now()

    def tick(self) -> None:
        """Move on by the tick of one request; a real clock moves by itself."""
        if not self._real:
            with self._lock:
                self._ahead += _TICK

    def reset(self) -> None:
        """Undo every `advance` and every tick."""
        with self._lock:
            self._ahead = timedelta(0)


def wall_time(moment: datetime) -> str:
    """Write a moment as the API documents it: Eastern time, four fraction digits, no zone."""
    local = moment.astimezone(_API_ZONE)
    return f"{local:%Y-%m-%d %H:%M:%S}.{local.microsecond // 100:04d}"


def shortened(written: str) -> str:
    """Drop the zeros at the end of a written time, as the real API does."""
    return written.rstrip("0").rstrip(".")
