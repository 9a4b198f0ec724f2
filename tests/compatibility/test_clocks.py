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
from tests.support.payrix import found
from tests.support.server import Exchange, Server, answer, silence
from tests.wire import GET_ONE, make_client

THEN = datetime(2030, 1, 1, 12, tzinfo=timezone.utc)
CLOCKS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "freezegun": lambda: freezegun.freeze_time(THEN),
    "time_machine": lambda: time_machine.travel(THEN, tick=False),
}


@pytest.fixture(params=list(CLOCKS))
def stopped(request: pytest.FixtureRequest) -> AbstractContextManager[Any]:
    """A clock that stands still while it is entered."""
    return CLOCKS[request.param]()


def test_a_call_ends_although_the_clock_stands_still(stopped: AbstractContextManager[Any]) -> None:
    with Server([silence]) as server, make_client(base_url=server.url, timeout=0.05) as client:
        with stopped, pytest.raises(TimeoutException):
            GET_ONE(client.sessions)


def test_calls_work_before_within_and_after_and_their_waits_take_their_time_up_to_dates_of_the_stopped_clock(
    stopped: AbstractContextManager[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr(random, "uniform", max)
    later = format_datetime(THEN + timedelta(seconds=7), usegmt=True)
    steps = [found(), answer(b"", 503), answer(b"", 503, headers={"Retry-After": later}), *[found()] * 3]
    with Server(steps) as server, make_client(base_url=server.url, max_retries=2, backoff_factor=3.0) as client:
        calls = [GET_ONE(client.sessions)]
        with stopped as clock:
            calls.append(GET_ONE(client.sessions))
            clock.move_to(THEN + timedelta(days=1))
            calls.append(GET_ONE(client.sessions))
        calls.append(GET_ONE(client.sessions))
    assert [call.attempts for call in calls] == [1, 3, 1, 1]
    assert slept == [3.0, 7.0]


def test_a_clock_that_is_moved_during_a_call_does_not_count_where_ours_is_kept_running(
    request: pytest.FixtureRequest,
) -> None:
    def answer_late(exchange: Exchange) -> bool:
        clock.move_to(THEN + timedelta(hours=1))
        return found()(exchange)

    request.addfinalizer(reset_config)
    freezegun.configure(extend_ignore_list=["payrix_sessions", "urllib3"])  # as doc/testing.md says
    for stop in CLOCKS.values():
        with Server([answer_late]) as server, make_client(base_url=server.url, timeout=5) as client:
            with stop() as clock:
                assert GET_ONE(client.sessions).is_success()
