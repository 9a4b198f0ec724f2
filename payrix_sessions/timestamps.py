"""The API's timestamps: US Eastern wall time, written without a zone."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo

_TIMESTAMP = r"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?"


def read_timestamp(text: object) -> datetime | None:
    """Return the aware datetime that a timestamp means, or None for anything else.

    In the hour that the autumn change repeats, the text does not say which one is meant: the first is taken.
    """
    match = re.fullmatch(_TIMESTAMP, text, re.ASCII) if isinstance(text, str) else None
    if match is None:
        return None
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    microsecond = int((match[7] or "").ljust(6, "0"))
    zone = eastern()  # outside of the try: what it raises is a ValueError too
    try:
        return datetime(year, month, day, hour, minute, second, microsecond, zone)
    except ValueError:
        return None


def eastern_time(moment: datetime) -> datetime:
    """Return a moment in the API's zone; one without a zone is taken to be in it."""
    return moment.replace(tzinfo=eastern()) if moment.tzinfo is None else moment.astimezone(eastern())


def eastern() -> tzinfo:
    """Return the API's zone.

    Raises:
        ConfigurationException: When this system has no time zone data.
    """
    # Imported here because most applications never ask: it would slow the import of the package.
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415

    try:
        return ZoneInfo("America/New_York")
    except ZoneInfoNotFoundError:
        # Imported here because the exceptions carry models, which read timestamps.
        from payrix_sessions.exceptions.payrix_exception import ConfigurationException  # noqa: PLC0415

        raise ConfigurationException("this system has no time zone data; install the package tzdata") from None
