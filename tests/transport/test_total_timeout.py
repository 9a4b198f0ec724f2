"""`total_timeout`: no call lasts longer, its attempts and the waits between them included."""

import gc
from typing import Any

import pytest

from payrix_sessions import APIException, ConnectionException, TimeoutException
from tests.support.clock import Clock, measured
from tests.support.payrix import RATE_LIMIT, found
from tests.support.server import Exchange, Server, Step, answer, repeat, reset, silence
from tests.transport.conftest import Connect
from tests.wire import CREATE, GET_ONE, outcome


def test_a_wait_that_does_not_fit_is_not_begun(connect: Connect, clock: Clock) -> None:
    in_five_seconds = answer(b"", 503, headers={"Retry-After": "5"})
    rows: list[tuple[Step, float, list[float]]] = [  # the response, total_timeout, the waits that fit
        (answer(b"", 503), 2.0, [0.5, 1.0]),
        (reset(), 0.4, []),
        (in_five_seconds, 12.0, [5.0, 5.0]),
        (in_five_seconds, 4.0, []),
        (answer(RATE_LIMIT, 429), 12.0, [11.0]),
        (answer(b"", 503), 60.0, [0.5, 1.0, 2.0, 4.0]),
    ]
    for step, total, waits in rows:
        clock.reset()
        with Server([step] * 5) as server:
            client = connect(server, max_retries=4, total_timeout=total)
            error: Any = outcome(lambda client=client: GET_ONE(client.sessions))  # type: ignore[misc]
        assert clock.slept == waits
        assert isinstance(error, (APIException, ConnectionException))
        assert error.attempts == len(server.requests) == len(waits) + 1


def test_an_attempt_ends_with_the_call(connect: Connect) -> None:
    rows: list[tuple[Any, Step]] = [(5.0, repeat(b"H", every=0.03)), ((5.0, None), silence), (None, silence)]
    for timeout, step in rows:
        with Server([step]) as server, measured(2.5, at_least=0.08):
            with pytest.raises(TimeoutException, match="total_timeout"):
                GET_ONE(connect(server, timeout=timeout, total_timeout=0.1, max_retries=3).sessions)


def test_what_earlier_attempts_took_is_missing_to_later_ones(connect: Connect, clock: Clock) -> None:
    def fail_in_two_seconds(exchange: Exchange) -> bool:
        clock.advance(2)
        return answer(b"", 503)(exchange)

    with Server([fail_in_two_seconds] * 3) as server:
        client = connect(server, timeout=5.0, total_timeout=5.0, max_retries=5, backoff_factor=0)
        with pytest.raises(TimeoutException, match="total_timeout") as caught:
            CREATE(client.sessions, request_token="fake-token")
    assert (caught.value.attempts, caught.value.may_have_been_sent) == (3, True)


def test_the_timeout_of_an_attempt_still_counts(connect: Connect) -> None:
    with Server([silence, found()]) as server, measured(2.5):
        client = connect(server, timeout=0.2, total_timeout=30.0, max_retries=1, backoff_factor=0)
        assert GET_ONE(client.sessions).attempts == 2
        client.close()
    gc.collect()  # a socket that was left open would warn


def test_each_call_has_its_own(connect: Connect, clock: Clock) -> None:
    with Server([answer(b"", 503), found()] * 2) as server:
        client = connect(server, total_timeout=1.0, max_retries=1)
        assert [GET_ONE(client.sessions).attempts for _ in range(2)] == [2, 2]
