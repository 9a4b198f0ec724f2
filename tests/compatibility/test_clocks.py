"""Clocks that tests stop or move: calls work as before, and still end."""

import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import freezegun
import pytest
import time_machine
from freezegun.config import reset_config

from payrix_sessions import SessionsController, TimeoutException
from tests.compatibility import ids
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


def test_a_client_works_before_within_and_after_a_stopped_clock(
    in_sandbox: SessionsController, known: str, stopped: AbstractContextManager[Any]
) -> None:
    assert ids(in_sandbox.get_sessions_id(known)) == [known]
    with stopped as clock:
        assert ids(in_sandbox.get_sessions_id(known)) == [known]
        clock.move_to(THEN + timedelta(days=1))
        assert ids(in_sandbox.get_sessions_id(known)) == [known]
    assert ids(in_sandbox.delete_sessions_id(known)) == [known]


def test_a_call_ends_although_the_clock_stands_still(stopped: AbstractContextManager[Any]) -> None:
    with Server([silence]) as server, make_client(base_url=server.url, timeout=0.05) as client:
        with stopped, pytest.raises(TimeoutException):
            GET_ONE(client.sessions)


def test_waits_between_attempts_take_their_time_and_dates_are_read_by_the_stopped_clock(
    stopped: AbstractContextManager[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr(random, "uniform", max)
    later = format_datetime(THEN + timedelta(seconds=7), usegmt=True)
    steps = [answer(b"", 503), answer(b"", 503, headers={"Retry-After": later}), found()]
    with Server(steps) as server, make_client(base_url=server.url, max_retries=2, backoff_factor=3.0) as client:
        with stopped:
            assert GET_ONE(client.sessions).attempts == 3
    assert slept == [3.0, 7.0]


def test_a_clock_moved_during_a_call_counts_at_most_when_freezegun_moves_it_for_us(
    request: pytest.FixtureRequest,
) -> None:
    def answer_late(exchange: Exchange) -> bool:
        clock.move_to(THEN + timedelta(hours=1))
        return found()(exchange)

    request.addfinalizer(reset_config)
    for kind, left_alone in (("freezegun", []), ("freezegun", ["payrix_sessions", "urllib3"]), ("time_machine", [])):
        freezegun.configure(extend_ignore_list=left_alone)
        may_fail = kind == "freezegun" and not left_alone  # as doc/testing.md says
        with Server([answer_late]) as server, make_client(base_url=server.url, timeout=5) as client:
            with CLOCKS[kind]() as clock, suppress(TimeoutException) if may_fail else nullcontext():
                GET_ONE(client.sessions)
