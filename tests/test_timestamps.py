"""The API's timestamps as moments: `created_at` and `modified_at` of both session models."""

from datetime import datetime, timedelta, timezone
from typing import NoReturn
from zoneinfo import ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrix_sessions import ConfigurationException, Search, SessionPostResponse, SessionResponse
from payrix_sessions._timestamps import eastern, eastern_time, read_timestamp
from payrix_sessions.sandbox import Sandbox

each_model = pytest.mark.parametrize("model", [SessionResponse, SessionPostResponse])


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=timezone.utc)  # type: ignore[arg-type,misc]


def test_a_timestamp_may_have_none_to_six_digits_of_a_second() -> None:
    rows: list[tuple[str, int]] = [("", 0), (".1", 100000), (".1366", 136600), (".136612", 136612), (".000001", 1)]
    for fraction, microseconds in rows:
        read = read_timestamp(f"2025-03-04 12:40:40{fraction}")
        assert read == utc(2025, 3, 4, 17, 40, 40, microseconds)
        assert read is not None
        assert read.tzinfo is eastern()


def test_a_timestamp_is_eastern_time_winter_and_summer() -> None:
    rows: list[tuple[str, datetime]] = [
        ("2025-01-15 12:00:00", utc(2025, 1, 15, 17)),
        ("2025-07-15 12:00:00", utc(2025, 7, 15, 16)),
        ("2024-02-29 00:00:00", utc(2024, 2, 29, 5)),
        ("2025-03-09 01:59:59", utc(2025, 3, 9, 6, 59, 59)),
        ("2025-03-09 03:00:00", utc(2025, 3, 9, 7)),
        ("2025-11-02 00:59:59", utc(2025, 11, 2, 4, 59, 59)),
        ("2025-11-02 02:00:00", utc(2025, 11, 2, 7)),
    ]
    for text, moment_in_utc in rows:
        assert read_timestamp(text) == moment_in_utc


def test_in_the_doubtful_hour_of_autumn_the_first_is_taken() -> None:
    read = read_timestamp("2025-11-02 01:30:00")
    assert read is not None
    assert read.astimezone(timezone.utc) == utc(2025, 11, 2, 5, 30)
    assert read.replace(fold=1).astimezone(timezone.utc) == utc(2025, 11, 2, 6, 30)


def test_in_the_hour_that_spring_leaves_out_the_winter_time_goes_on() -> None:
    read = read_timestamp("2025-03-09 02:30:00")
    assert read is not None
    assert read.astimezone(timezone.utc) == utc(2025, 3, 9, 7, 30)


def test_anything_else_is_no_moment_and_stays_as_it_came() -> None:
    rows: list[object] = [
        None, "", "0000-00-00 00:00:00", "2025-02-29 12:00:00", "2025-13-01 12:00:00", "2025-03-04 24:00:00",
        "2025-03-04 12:60:00", "2025-03-04", "2025-03-04T12:40:40", "2025-03-04 12:40:40.",
        "2025-03-04 12:40:40.1234567", "2025-03-04 12:40:40Z", "2025-03-04 12:40:40 ", "2025-03-04 12:40:40\n",
        "٢٠٢٥-03-04 12:40:40", "yesterday", 1741110040, 20250304.5, True, [], {},
    ]  # fmt: skip
    for garbage in rows:
        session = SessionResponse.from_dictionary({"created": garbage, "modified": garbage})
        assert (session.created_at, session.modified_at) == (None, None)
        assert (session.created, session.modified) == (garbage, garbage)


@each_model
def test_a_missing_timestamp_is_no_moment(model: type[SessionResponse]) -> None:
    assert (model().created_at, model().modified_at) == (None, None)


@each_model
def test_each_property_reads_its_own_field_as_it_is_now(model: type[SessionResponse]) -> None:
    session = model(created="2025-01-01 00:00:00", modified="2025-01-02 00:00:00")
    assert session.created_at == utc(2025, 1, 1, 5)
    assert session.modified_at == utc(2025, 1, 2, 5)
    session.modified = "2025-01-03 00:00:00"
    assert session.modified_at == utc(2025, 1, 3, 5)


@each_model
def test_the_text_stays_as_it_was_sent(model: type[SessionResponse]) -> None:
    source = {"created": "2025-03-04 12:40:40.14", "modified": "2025-03-04 12:40:40"}
    session = model.from_dictionary(source)
    assert (session.created_at, session.modified_at) != (None, None)
    assert session.to_dictionary() == source


@each_model
def test_the_moments_cannot_be_set(model: type[SessionResponse]) -> None:
    with pytest.raises(AttributeError):
        model().created_at = utc(2025, 1, 1)  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


@given(st.text() | st.from_regex(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{0,8})?"))
def test_no_text_makes_reading_fail(text: str) -> None:
    read = read_timestamp(text)
    assert read is None or read.tzinfo is not None


@given(st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001
def test_what_is_written_is_read_again(wall_time: datetime) -> None:
    read = read_timestamp(f"{wall_time:%Y-%m-%d %H:%M:%S.%f}")
    assert read is not None
    assert read.replace(tzinfo=None) == wall_time


def test_a_system_without_time_zone_data_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(key: str) -> NoReturn:
        raise ZoneInfoNotFoundError(f"No time zone found with key {key}")

    monkeypatch.setattr("zoneinfo.ZoneInfo", missing)
    with pytest.raises(ConfigurationException, match="install the package tzdata"):
        _ = SessionResponse(created="2025-03-04 12:40:40").created_at
    with pytest.raises(ConfigurationException, match="install the package tzdata"):
        Search("created").greater(utc(2025, 1, 1))
    assert SessionResponse(created="yesterday").created_at is None


def test_a_session_of_the_sandbox_was_created_now() -> None:
    with Sandbox() as sandbox, sandbox.client() as client:
        before = sandbox.clock.now()
        session = client.sessions.post_sessions({}).body.data[0]
        listed = client.sessions.get_sessions().body.data[0]
        assert session.created_at is not None
        assert abs(session.created_at - before) < timedelta(seconds=1)
        assert listed.created_at == listed.modified_at == session.created_at


def test_a_moment_is_converted_to_eastern_time() -> None:
    assert eastern_time(utc(2025, 1, 1, 17)).hour == 12
