"""The API's timestamps: US Eastern wall time, without a zone in the string."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo

from payrix_sessions._exceptions import ConfigurationException

_TIMESTAMP = r"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?"


def read_timestamp(text: object) -> datetime | None:
    """Return the aware datetime that a timestamp stands for, or None if it is no timestamp.

    The hour that is repeated when daylight saving time ends is ambiguous; the first one is assumed.

    Raises:
        ConfigurationException: The system has no time zone data.
    """
    match = re.fullmatch(_TIMESTAMP, text, re.ASCII) if isinstance(text, str) else None
    if match is None:
        return None
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    microsecond = int((match[7] or "").ljust(6, "0"))
    zone = eastern()  # outside of the try, since its ConfigurationException is a ValueError
    try:
        return datetime(year, month, day, hour, minute, second, microsecond, zone)
    except ValueError:
        return None


def eastern_time(moment: datetime) -> datetime:
    """Convert an aware datetime to the API's zone."""
    return moment.astimezone(eastern())


def eastern() -> tzinfo:
    """Return the API's zone.

    Raises:
        ConfigurationException: The system has no time zone data.
    """
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415  (measured: slow, and most never ask)

    try:
        return ZoneInfo("America/New_York")
    except ZoneInfoNotFoundError:
        raise ConfigurationException("this system has no time zone data; install the package tzdata") from None
