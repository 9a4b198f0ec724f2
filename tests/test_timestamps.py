"""The API's timestamps as moments: `created_at` and `modified_at` of both session models."""

from datetime import datetime, timezone
from typing import NoReturn
from zoneinfo import ZoneInfoNotFoundError

import pytest

from payrix_sessions import ConfigurationException, Search, SessionPostResponse, SessionResponse
from payrix_sessions._timestamps import eastern, read_timestamp


def test_a_timestamp_is_eastern_time_with_none_to_six_digits_of_a_second() -> None:
    rows: list[tuple[str, str]] = [
        ("2025-03-04 12:40:41", "2025-03-04T17:40:41"),
        ("2025-03-04 12:40:41.1", "2025-03-04T17:40:41.100000"),
        ("2025-03-04 12:40:41.1366", "2025-03-04T17:40:41.136600"),
        ("2025-03-04 12:40:41.000001", "2025-03-04T17:40:41.000001"),
        ("2025-07-15 12:00:00", "2025-07-15T16:00:00"),
        ("2024-02-29 00:00:00", "2024-02-29T05:00:00"),
        ("2025-11-02 01:30:00", "2025-11-02T05:30:00"),  # twice in that night; the first is taken
        ("2025-03-09 02:30:00", "2025-03-09T07:30:00"),  # left out in that night; winter time goes on
    ]
    for text, in_utc in rows:
        read = read_timestamp(text)
        assert read is not None
        assert read.tzinfo is eastern()
        assert read.astimezone(timezone.utc).isoformat() == f"{in_utc}+00:00"
    models: list[type[SessionResponse]] = [SessionResponse, SessionPostResponse]
    for model in models:
        session = model.from_dictionary({"created": "2025-01-01 00:00:00.14", "modified": "2025-01-02 00:00:00"})
        assert session.created_at == datetime(2025, 1, 1, 5, microsecond=140_000, tzinfo=timezone.utc)
        session.modified = "2025-01-03 00:00:00"  # read as it is now, and left as it is
        assert session.modified_at == datetime(2025, 1, 3, 5, tzinfo=timezone.utc)
        assert session.to_dictionary() == {"created": "2025-01-01 00:00:00.14", "modified": "2025-01-03 00:00:00"}


def test_anything_else_is_no_moment_and_stays_as_it_came() -> None:
    rows: list[object] = [
        *("", "0000-00-00 00:00:00", "2025-02-29 12:00:00", "2025-13-01 12:00:00", "2025-03-04 24:00:00"),
        *("2025-03-04 12:60:00", "2025-03-04 12:40:60", "2025-03-04", "2025-03-04T12:40:40", "2025-03-04 12:40:40."),
        *("2025-03-04 12:40:40.1234567", "2025-03-04 12:40:40Z", "2025-03-04 12:40:40 ", "2025-03-04 12:40:40\n"),
        *("٢٠٢٥-03-04 12:40:40", "yesterday", 1741110040, 20250304.5, True, None, [], {}),
    ]
    for garbage in rows:
        session = SessionResponse.from_dictionary({"created": garbage, "modified": garbage})
        assert (session.created_at, session.modified_at) == (None, None)
        assert (session.created, session.modified) == (garbage, garbage)


def test_a_system_without_time_zone_data_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(key: str) -> NoReturn:
        raise ZoneInfoNotFoundError(f"No time zone found with key {key}")

    monkeypatch.setattr("zoneinfo.ZoneInfo", missing)
    with pytest.raises(ConfigurationException, match="install the package tzdata"):
        _ = SessionResponse(created="2025-03-04 12:40:40").created_at
    with pytest.raises(ConfigurationException, match="install the package tzdata"):
        Search("created").greater(datetime.now(timezone.utc))
    assert SessionResponse(created="yesterday").created_at is None
