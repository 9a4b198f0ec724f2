"""Clocks that tests stop or move: calls work as before, and still end."""

import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import freezegun
import pytest
import time_machine
from freezegun.config import reset_config

from payrix_sessions import TimeoutException
from tests.support.payrix import found, serve
from tests.support.server import Exchange, answer, silence
from tests.wire import GET_ONE

THEN = datetime(2030, 1, 1, 12, tzinfo=timezone.utc)
CLOCKS: list[Callable[[], AbstractContextManager[Any]]] = [
    lambda: freezegun.freeze_time(THEN),
    lambda: time_machine.travel(THEN, tick=False),
]


@pytest.fixture(params=CLOCKS, ids=["freezegun", "time_machine"])
def stopped(request: pytest.FixtureRequest) -> AbstractContextManager[Any]:
    """A clock that stands still while it is entered."""
    stop: Callable[[], AbstractContextManager[Any]] = request.param
    return stop()


def test_a_call_ends_although_the_clock_stands_still(stopped: AbstractContextManager[Any]) -> None:
    with serve(silence, timeout=0.05) as (_, client), stopped, pytest.raises(TimeoutException):
        GET_ONE(client.sessions)


def test_calls_work_before_within_and_after_and_wait_until_dates_of_the_stopped_clock(
    stopped: AbstractContextManager[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr(random, "uniform", max)
    later = format_datetime(THEN + timedelta(seconds=7), usegmt=True)
    steps = [found(), answer(b"", 503), answer(b"", 503, headers={"Retry-After": later}), *[found()] * 3]
    with serve(*steps, max_retries=2, backoff_factor=3.0) as (_, client):
        calls = [GET_ONE(client.sessions)]
        with stopped as clock:
            calls.append(GET_ONE(client.sessions))
            clock.move_to(THEN + timedelta(days=1))
            calls.append(GET_ONE(client.sessions))
        calls.append(GET_ONE(client.sessions))
    assert [call.attempts for call in calls] == [1, 3, 1, 1]
    assert slept == [3.0, 7.0]


def test_a_clock_that_is_moved_during_a_call_does_not_count_where_ours_is_kept_running() -> None:
    def answer_late(exchange: Exchange) -> bool:
        clock.move_to(THEN + timedelta(hours=1))
        return found()(exchange)

    try:
        freezegun.configure(extend_ignore_list=["payrix_sessions", "urllib3"])  # as doc/testing.md says
        for stop in CLOCKS:
            with serve(answer_late, timeout=5) as (_, client), stop() as clock:
                assert GET_ONE(client.sessions).is_success()
    finally:
        reset_config()
