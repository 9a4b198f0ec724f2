"""One client serves any number of threads in turn, survives interrupts, and parent and children after a fork."""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from urllib3.connection import HTTPConnection

from payrix_sessions import Client, TimeoutException
from payrix_sessions._transport.permits import Permits
from tests.support.clock import measured
from tests.support.echo import EchoServer
from tests.support.payrix import found, sessions
from tests.support.server import Exchange, Request, Server, Step, answer, late, silence
from tests.transport.conftest import Connect
from tests.wire import GET_ONE, make_client, outcome


def run_threads(count: int, work: Callable[[int], None]) -> None:
    """Run the work in that many threads at once and raise what one of them raised."""
    failures: list[BaseException] = []
    start = threading.Barrier(count)

    def body(number: int) -> None:
        try:
            start.wait()
            work(number)
        except BaseException as error:  # noqa: BLE001  (raised again below)
            failures.append(error)

    threads = [threading.Thread(target=body, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def ask(client: Client, thread: int, call: int) -> None:
    """Ask with an id and headers of our own and accept nobody else's response."""
    name, token, request_token = f"id-{thread}-{call}", f"token-{thread}-{call}", f"request-{thread}-{call}"
    result = client.sessions.get_sessions_id(name, request_token, token=token)
    (session,) = result.body.data
    assert (session.id, session.login, session.modifier) == (name, token, request_token)
    assert result.attempts == 1


@pytest.mark.parametrize(
    ("threads", "places", "calls", "variants"),
    [(16, 32, 50, False), (16, 3, 30, False), (8, 4, 20, True)],
    ids=["more places", "fewer places", "variants"],
)
def test_threads_get_their_own_responses_over_no_more_connections_than_there_are(
    caplog: pytest.LogCaptureFixture, threads: int, places: int, calls: int, variants: bool
) -> None:
    caplog.set_level(logging.INFO)
    with EchoServer() as server, make_client(base_url=server.url, pool_size=places) as client:

        def work(thread: int) -> None:
            for call in range(calls):
                ask(client.with_options(timeout=10.0 + thread) if variants else client, thread, call)

        run_threads(threads, work)
    assert len(server.requests) == threads * calls
    assert server.connections <= min(threads, places)
    assert caplog.records == []  # such as "pool is full"


def in_thread(call: Callable[[], Any]) -> threading.Thread:
    thread = threading.Thread(target=outcome, args=(call,), daemon=True)
    thread.start()
    return thread


def test_the_wait_for_a_free_connection_is_deducted_from_the_timeout(connect: Connect) -> None:
    with Server([late(0.8, found()), silence]) as server:
        client = connect(server, pool_size=1, timeout=5.0)
        first = in_thread(lambda: GET_ONE(client.sessions))
        server.wait_for_requests()
        # A second for the wait of 0.8 and for the response, not 0.8 and a second.
        with measured(1.7, at_least=0.95), pytest.raises(TimeoutException):
            GET_ONE(client.with_options(timeout=1.0).sessions)
        first.join()
        assert len(server.requests) == 2


def test_without_a_timeout_the_wait_for_a_free_connection_has_no_end(connect: Connect) -> None:
    with Server([late(0.2, found()), found()]) as server:
        client = connect(server, pool_size=1, timeout=None)
        first = in_thread(lambda: GET_ONE(client.sessions))
        server.wait_for_requests()
        assert GET_ONE(client.sessions).is_success()
        first.join()


def test_free_connections_are_handed_out_first_come_first_served(connect: Connect) -> None:
    all_wait = threading.Event()

    def echo_when_all_wait(exchange: Exchange) -> bool:
        all_wait.wait(10)
        return answer(sessions("x", id=exchange.request.target.rpartition("/")[2]))(exchange)

    with Server([echo_when_all_wait] * 5) as server:
        client = connect(server, pool_size=1, timeout=10.0)
        line: Any = client._transport._permits._line

        def call_twice() -> None:
            client.sessions.get_sessions_id("holder")
            client.sessions.get_sessions_id("holder-again")

        threads = [in_thread(call_twice)]
        server.wait_for_requests()
        for number in range(3):
            threads.append(in_thread(partial(client.sessions.get_sessions_id, f"waiting-{number}")))
            while len(line) <= number:
                threading.Event().wait(0.005)
        all_wait.set()
        for thread in threads:
            thread.join(10)
        order = [request.target.rpartition("/")[2] for request in server.requests]
    assert order == ["holder", "waiting-0", "waiting-1", "waiting-2", "holder-again"]


def test_a_call_that_fails_gives_its_connection_back(connect: Connect) -> None:
    with Server([silence, found()]) as server:
        client = connect(server, pool_size=1, timeout=0.1)
        with pytest.raises(TimeoutException):
            GET_ONE(client.sessions)
        assert GET_ONE(client.with_options(timeout=5.0).sessions).is_success()


def test_an_interrupt_at_any_point_loses_no_connection_and_leaves_no_response_to_the_next_call() -> None:
    with EchoServer() as server:
        command = [sys.executable, "-W", "ignore", "-m", "tests.support.interrupting", server.url]
        ran = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    # What is interrupted while an object is freed is reported in stderr, and harmless.
    assert (ran.returncode, ran.stdout) == (0, ""), ran.stderr[-3000:]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_parent_and_children_after_a_fork_get_their_own_responses() -> None:
    with EchoServer() as server:
        command = [sys.executable, "-W", "ignore", "-m", "tests.support.forking", server.url]
        ran = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stderr[-3000:]) == (0, "")


def echo_late(request: Request) -> Step:
    return late(0.15, answer(sessions("x", id=request.target.rpartition("/")[2])))


def test_a_connection_whose_response_nobody_read_is_not_used_again(connect: Connect) -> None:
    with Server(echo_late) as server:
        client = connect(server)
        client.sessions.get_sessions_id("first")
        pool: Any = client._transport._adapter._pool
        connection = pool._get_conn()
        connection.request("GET", "/sessions/abandoned", headers={})
        pool.pool.put(connection)  # without the pool's own look at it
        assert client.sessions.get_sessions_id("second").one().id == "second"


def test_a_connection_is_given_back_once_although_a_tool_wraps_its_responses(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    original: Any = HTTPConnection.getresponse

    def getresponse(self: HTTPConnection) -> Any:
        return original(self)

    monkeypatch.setattr(HTTPConnection, "getresponse", getresponse)
    with Server([found(), found()]) as server:
        client = connect(server)
        GET_ONE(client.sessions)
        pool: Any = client._transport._adapter._pool
        put = pool._put_conn

        def put_and_interrupt(connection: Any) -> None:
            put(connection)
            raise InterruptedError

        monkeypatch.setattr(pool, "_put_conn", put_and_interrupt)
        outcome(lambda: GET_ONE(client.sessions))
        assert len(pool.pool._stack) == 1


def test_waiting_for_a_connection_leaves_the_processor_to_others() -> None:
    permits = Permits(1)
    held = permits.acquire(None)
    started = time.process_time()
    assert permits.acquire(0.3) is None
    assert (time.process_time() - started < 0.15, held is None) == (True, False)
