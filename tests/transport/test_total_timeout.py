"""`total_timeout`: no call lasts longer, its attempts and the waits between them included."""

import threading
from typing import Any

import pytest

from payrix_sessions import APIException, ConnectionException, TimeoutException
from tests.support.clock import Clock, measured
from tests.support.payrix import RATE_LIMIT, found
from tests.support.server import Server, Step, answer, late, repeat, reset, silence
from tests.transport.conftest import Connect
from tests.wire import CREATE, GET_ONE, outcome

WAITS: dict[str, tuple[Step, float, list[float]]] = {  # the response, total_timeout, the waits that fit
    "backoff": (answer(b"", 503), 2.0, [0.5, 1.0]),
    "backoff after a failure": (reset(), 2.0, [0.5, 1.0]),
    "no wait at all": (answer(b"", 503), 0.4, []),
    "Retry-After": (answer(b"", 503, headers={"Retry-After": "5"}), 12.0, [5.0, 5.0]),
    "Retry-After that is too long": (answer(b"", 503, headers={"Retry-After": "5"}), 4.0, []),
    "the block of the rate limit": (answer(RATE_LIMIT, 429), 12.0, [11.0]),
    "every wait": (answer(b"", 503), 60.0, [0.5, 1.0, 2.0, 4.0]),
}


@pytest.mark.parametrize(("step", "total", "waits"), WAITS.values(), ids=WAITS)
def test_a_wait_that_does_not_fit_is_not_begun(
    connect: Connect, clock: Clock, step: Step, total: float, waits: list[float]
) -> None:
    with Server([step] * 5) as server:
        client = connect(server, max_retries=4, total_timeout=total)
        error: Any = outcome(lambda: GET_ONE(client.sessions))
        assert len(server.requests) == len(waits) + 1
    assert clock.slept == waits
    assert isinstance(error, (APIException, ConnectionException))
    assert error.attempts == len(waits) + 1


def test_an_attempt_ends_with_the_call(connect: Connect) -> None:
    rows: list[tuple[Any, Step]] = [
        (5.0, silence),
        ((5.0, 5.0), silence),
        ((5.0, None), silence),
        (None, silence),
        (5.0, repeat(b"H", every=0.05)),
    ]
    for timeout, step in rows:
        with Server([step]) as server, measured(2.5, at_least=0.25):
            with pytest.raises(TimeoutException, match="total_timeout"):
                GET_ONE(connect(server, timeout=timeout, total_timeout=0.3, max_retries=3).sessions)


def test_what_earlier_attempts_took_is_missing_to_later_ones(connect: Connect) -> None:
    with Server([late(0.2, answer(b"", 503)), late(0.2, answer(b"", 503)), silence]) as server:
        client = connect(server, timeout=5.0, total_timeout=0.6, max_retries=5, backoff_factor=0)
        with measured(1.0, at_least=0.55), pytest.raises(TimeoutException, match="total_timeout") as caught:
            CREATE(client.sessions, request_token="fake-token")
    assert (caught.value.attempts, caught.value.may_have_been_sent) == (3, True)


def test_the_timeout_of_an_attempt_still_counts(connect: Connect) -> None:
    with Server([silence, found()]) as server, measured(2.5):
        client = connect(server, timeout=0.2, total_timeout=30.0, max_retries=1, backoff_factor=0)
        assert GET_ONE(client.sessions).attempts == 2


def test_the_wait_for_a_free_connection_counts(connect: Connect) -> None:
    with Server([late(1.0, found())]) as server:
        client = connect(server, pool_size=1, timeout=5.0)
        holder = threading.Thread(target=lambda: GET_ONE(client.sessions))
        holder.start()
        while not server.requests:
            threading.Event().wait(0.005)
        with measured(0.95, at_least=0.25), pytest.raises(TimeoutException) as caught:
            CREATE(client.with_options(total_timeout=0.3, max_retries=3).sessions)
        assert not caught.value.may_have_been_sent
        holder.join()


def test_each_call_has_its_own(connect: Connect, clock: Clock) -> None:
    with Server([answer(b"", 503), found()] * 2) as server:
        client = connect(server, total_timeout=1.0, max_retries=1)
        assert [GET_ONE(client.sessions).attempts for _ in range(2)] == [2, 2]
