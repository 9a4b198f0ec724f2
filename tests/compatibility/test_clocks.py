"""Clocks that tests stop or move: calls work as before, and still end."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import freezegun
import pytest
import time_machine
from freezegun.config import reset_config

from payrix_sessions import TimeoutException
from payrix_sessions.sandbox import Sandbox
from tests.compatibility.clients import Connect
from tests.support.payrix import found
from tests.support.server import Exchange, Server, answer, silence
from tests.wire import GET_ONE, make_client

THEN = datetime(2030, 1, 1, 12, tzinfo=timezone.utc)


@pytest.fixture(params=["freezegun", "time_machine"])
def stopped(request: pytest.FixtureRequest) -> AbstractContextManager[Any]:
    """A clock that stands still while it is entered."""
    return freezegun.freeze_time(THEN) if request.param == "freezegun" else time_machine.travel(THEN, tick=False)


def test_a_client_works_before_within_and_after_a_stopped_clock(
    real: Sandbox, known: str, connect: Connect, stopped: AbstractContextManager[Any]
) -> None:
    client = connect(real.base_url)
    assert client.get(known) == [known]
    with stopped as clock:
        assert client.get(known) == [known]
        clock.move_to(THEN + timedelta(days=1))
        assert client.get(known) == [known]
    assert client.delete(known) == [known]


def test_a_call_ends_although_the_clock_stands_still(stopped: AbstractContextManager[Any]) -> None:
    with Server([silence]) as server, make_client(base_url=server.url, timeout=0.1) as client:
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


@pytest.fixture
def leave_alone() -> Iterator[Callable[..., None]]:
    """Name the packages that freezegun leaves alone, until the end of the test."""
    yield lambda *names: freezegun.configure(extend_ignore_list=list(names))
    reset_config()


@pytest.mark.parametrize("kind", ["freezegun", "freezegun, but not for us", "time_machine"])
def test_a_clock_moved_during_a_call_counts_at_most_when_freezegun_moves_it_for_us(
    leave_alone: Callable[..., None], kind: str
) -> None:
    if kind.endswith("not for us"):
        leave_alone("payrix_sessions", "urllib3")

    def answer_late(exchange: Exchange) -> bool:
        clock.move_to(THEN + timedelta(hours=1))
        return found()(exchange)

    stopped = time_machine.travel(THEN, tick=False) if kind == "time_machine" else freezegun.freeze_time(THEN)
    with Server([answer_late]) as server, make_client(base_url=server.url, timeout=5) as client, stopped as clock:
        with suppress(TimeoutException) if kind == "freezegun" else nullcontext():  # it may, as doc/testing.md says
            GET_ONE(client.sessions)
