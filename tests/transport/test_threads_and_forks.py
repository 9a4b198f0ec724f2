"""One client serves any number of threads in turn, survives interrupts, and parent and children after a fork."""

import logging
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from urllib3.connection import HTTPConnection

from payrix_sessions import TimeoutException
from payrix_sessions._transport.permits import Permits
from tests.support.clock import measured
from tests.support.payrix import connect, echo, found, serve
from tests.support.server import Server, late, silence
from tests.wire import GET_ONE, make_client, outcome


@pytest.mark.parametrize(
    ("threads", "places", "calls", "variants"),
    [(16, 32, 50, False), (16, 3, 30, False), (8, 4, 20, True)],
    ids=["more places", "fewer places", "variants"],
)
def test_threads_get_their_own_responses_over_no_more_connections_than_there_are(
    caplog: pytest.LogCaptureFixture, threads: int, places: int, calls: int, variants: bool
) -> None:
    caplog.set_level(logging.INFO)
    start = threading.Barrier(threads)
    with Server(echo) as server, make_client(base_url=server.url, pool_size=places) as client:

        def work(thread: int) -> None:
            """Ask with ids and headers of the thread's own and accept nobody else's response."""
            start.wait()
            for call in range(calls):
                asked = client.with_options(timeout=10.0 + thread) if variants else client
                sent = (f"id-{thread}-{call}", f"token-{thread}-{call}", f"request-{thread}-{call}")
                result = asked.sessions.get_sessions_id(sent[0], sent[2], token=sent[1])
                session = result.one()
                assert (session.id, session.login, session.modifier, result.attempts) == (*sent, 1)

        with ThreadPoolExecutor(threads) as pool:
            assert len(list(pool.map(work, range(threads)))) == threads
    assert len(server.requests) == threads * calls
    assert server.connections <= min(threads, places)
    assert caplog.records == []  # such as "pool is full"


def test_the_wait_for_a_free_connection_is_deducted_from_the_timeout_and_without_one_has_no_end() -> None:
    with Server([late(0.8, found()), silence, late(0.2, found()), found()]) as server, ThreadPoolExecutor() as pool:
        client = connect(server, pool_size=1, timeout=5.0)
        first = pool.submit(GET_ONE, client.sessions)
        server.wait_for_requests(1)
        # A second for the wait of 0.8 and for the response, not 0.8 and a second.
        with measured(1.7, at_least=0.95), pytest.raises(TimeoutException):
            GET_ONE(client.with_options(timeout=1.0).sessions)
        patient = client.with_options(timeout=None)
        third = pool.submit(GET_ONE, patient.sessions)
        server.wait_for_requests(3)
        assert [call.is_success() for call in (first.result(), GET_ONE(patient.sessions), third.result())] == [True] * 3


def test_permits_are_handed_out_first_come_first_served_without_a_busy_wait() -> None:
    permits = Permits(1)
    order: list[str] = []

    def take(who: str) -> None:
        permit = permits.acquire(10)
        order.append(who)
        assert permit is not None
        permits.release(permit)

    held = permits.acquire(None)
    assert held is not None
    with ThreadPoolExecutor() as pool:
        for number in range(3):
            pool.submit(take, f"waiting-{number}")
            while len(permits._line) <= number:
                time.sleep(0.005)
        permits.release(held)
        take("again")
    assert order == ["waiting-0", "waiting-1", "waiting-2", "again"]
    held = permits.acquire(None)
    started = time.process_time()
    assert permits.acquire(0.3) is None
    assert (time.process_time() - started < 0.15, held is None) == (True, False)


FORKS = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


@pytest.mark.parametrize("command", ["interrupting", pytest.param("forking", marks=FORKS)])
def test_after_interrupts_and_forks_no_connection_is_lost_and_everybody_gets_their_own_response(command: str) -> None:
    with Server(echo) as server:
        line = [sys.executable, "-W", "ignore", "-m", f"tests.support.{command}", server.url]
        ran = subprocess.run(line, check=False, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stdout) == (0, ""), ran.stderr[-3000:]
    # What is interrupted while an object is freed is reported in stderr, and harmless.
    assert command == "interrupting" or ran.stderr == ""


def test_a_connection_is_given_back_once_although_a_tool_wraps_its_responses(monkeypatch: pytest.MonkeyPatch) -> None:
    original: Any = HTTPConnection.getresponse

    def getresponse(self: HTTPConnection) -> Any:
        return original(self)

    monkeypatch.setattr(HTTPConnection, "getresponse", getresponse)
    with serve(found(), found()) as (_, client):
        GET_ONE(client.sessions)
        pool: Any = client._transport._adapter._pool
        put = pool._put_conn

        def put_and_interrupt(connection: Any) -> None:
            put(connection)
            raise InterruptedError

        monkeypatch.setattr(pool, "_put_conn", put_and_interrupt)
        outcome(lambda: GET_ONE(client.sessions))
        assert len(pool.pool._stack) == 1
