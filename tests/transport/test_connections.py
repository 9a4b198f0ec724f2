"""Connections are kept, one that has died or been forgotten costs nothing, and what is closed leaves nothing behind.

One client serves any number of threads in turn, survives interrupts, and parent and children after a fork.
"""

import gc
import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
import warnings
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import Any
from unittest import mock

import pytest
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

from payrix_sessions import Client, ConfigurationException, TimeoutException
from payrix_sessions._transport import dialing
from payrix_sessions._transport.permits import Permits
from tests.support.certificates import Certificates
from tests.support.clock import Clock, measured
from tests.support.payrix import connect, echo, failure_of, found, login_of, serve, sessions
from tests.support.server import OK_HEAD, Server, Step, answer, chunked, in_turn, late, raw, repeat, silence, sized
from tests.wire import CREATE, DELETE_ONE, GET_ONE, OPERATIONS, make_client, outcome

ONE = sessions("first")
BODY = json.dumps(ONE).encode()


def settle(seconds: float = 0.02) -> None:
    """Let what the server does arrive."""
    threading.Event().wait(seconds)


# Kept


def test_one_connection_with_tcp_set_up_serves_all_calls_whatever_they_end_with(trusted: Certificates) -> None:
    errors = [answer(b"{}", status) for status in (302, 400, 500)]
    empty = [answer(b"", 204), raw(b"HTTP/1.1 204 No Content\r\n\r\n", hang_up=False)]
    for tls in (None, trusted.trusted):
        wrapped = mock.patch.object(dialing, "_begin", wraps=dialing._begin)
        with wrapped as begin, serve(*[found()] * 4, *errors, *empty, found(), tls=tls) as (server, client):
            for operation in OPERATIONS:
                assert operation(client.sessions).is_success()
            for _ in errors:
                failure_of(client, DELETE_ONE)
            assert [DELETE_ONE(client.sessions).body.data for _ in empty] == [[], []]
            GET_ONE(client.sessions)
            made: socket.socket = begin.call_args.args[0]
            assert tls or made.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            assert tls or made.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
            assert server.connections == 1


def test_a_connection_is_used_again_until_it_has_been_idle_for_too_long(clock: Clock) -> None:
    rows: list[tuple[Any, float, bool]] = [
        ({}, 59, True),
        ({}, 61, False),
        ({"idle_timeout": 5.0}, 6, False),
        ({"idle_timeout": None}, 86_400, True),
    ]
    for options, idle, kept in rows:
        with serve(*[found()] * 3, **options) as (server, client):
            GET_ONE(client.sessions)
            for _ in range(2):
                clock.advance(idle)
                assert CREATE(client.sessions).attempts == 1
            assert server.connections == (1 if kept else 3)


# Replaced


def test_a_connection_closed_between_two_calls_is_replaced_and_every_request_sent_once() -> None:
    close = {"Connection": "close"}
    for last in (answer(ONE, hang_up=True), answer(ONE, headers=close, hang_up=True), answer(ONE, headers=close)):
        for operation in (GET_ONE, CREATE):
            with serve(last, found("second")) as (server, client):
                GET_ONE(client.sessions)
                settle()
                assert login_of(operation(client.sessions)) == "second"
                assert [request.connection for request in server.requests] == [1, 2]


def test_what_comes_on_an_idle_connection_is_not_taken_for_the_next_response() -> None:
    farewell = raw(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n", hang_up=False)
    for stray in (farewell, found("stray"), raw(b"HTTP/1.1 103 Early Hints\r\n\r\n", hang_up=False)):
        with serve(in_turn(answer(ONE), late(0.03, stray)), found("second")) as (_, client):
            assert login_of(GET_ONE(client.sessions)) == "first"
            settle(0.08)
            assert login_of(GET_ONE(client.sessions)) == "second"


def test_a_response_that_ends_with_its_connection_or_has_two_framings_or_an_unknown_one_is_the_last() -> None:
    in_chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
    steps = [raw(b"HTTP/1.0 200 OK\r\n\r\n" + BODY)]
    for encoding, sent in [(b"chunked", in_chunks), (b"xchunked", BODY), (b"identity", BODY)]:
        steps.append(raw(sized(sent, b"Transfer-Encoding: %s\r\n" % encoding), hang_up=False))
    for step in steps:
        with serve(step, found("second")) as (server, client):
            assert [login_of(GET_ONE(client.sessions)) for _ in range(2)] == ["first", "second"]
            assert [request.connection for request in server.requests] == [1, 2]


def test_connections_of_a_tool_and_those_of_before_and_after_are_kept_apart() -> None:
    class Watched(HTTPConnection):
        """What a tool puts in the place of urllib3's class."""

    with serve(*[found()] * 4) as (server, client):
        GET_ONE(client.sessions)
        with mock.patch.object(HTTPConnectionPool, "ConnectionCls", Watched):
            GET_ONE(client.sessions)
            GET_ONE(client.sessions)
        GET_ONE(client.sessions)
        assert [request.connection for request in server.requests] == [1, 2, 2, 3]


# Closed


def test_a_variant_shares_the_connections_and_only_the_client_closes_them() -> None:
    with serve(*[found()] * 4) as (server, client):
        GET_ONE(client.sessions)
        with client.with_options(timeout=5.0, max_retries=1) as variant:
            GET_ONE(variant.sessions)
            GET_ONE(variant.with_options(timeout=None).sessions)
        other = client.with_options(timeout=5.0)
        assert GET_ONE(other.sessions).is_success()
        assert server.connections == 1
        with pytest.raises(ZeroDivisionError), client:
            raise ZeroDivisionError
        client.close()
        assert server.are_all_closed()
        for closed, operation in [*((client, each) for each in OPERATIONS), (variant, GET_ONE), (other, GET_ONE)]:
            with pytest.raises(ConfigurationException, match="closed"):
                operation(closed.sessions)


TRICKLING = repeat(b"1\r\nx\r\n", before=chunked(end=False), every=0.02)
SCRIPTS: list[list[Step]] = [
    [found(), found()],
    [answer(b"{}", 500), answer(b"<html>")],
    [raw(sized(b"{}", length=9)), raw(b"")],
    [silence, TRICKLING],
    [raw(chunked(end=False) + b"-1\r\n", hang_up=False), raw(OK_HEAD + b"x\r\n\r\n", hang_up=False)],
    [answer(b"x" * 2000), repeat(b"x" * 999, before=OK_HEAD + b"\r\n")],
    [answer(status=302, headers={"Location": "/"})] * 2,
]


@pytest.mark.parametrize("close", [True, False], ids=["closed", "dropped"])
def test_no_socket_is_left_and_a_dropped_client_goes_with_its_connections(close: bool) -> None:
    gone: list[weakref.ref[Client]] = []
    with ExitStack() as stack, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        servers = [stack.enter_context(Server(script)) for script in SCRIPTS]
        for server in servers:
            client = make_client(base_url=server.url, timeout=0.1, max_response_bytes=1000)
            for _ in range(2):
                outcome(partial(GET_ONE, client.sessions))
            gone.append(weakref.ref(client))
            if close:
                client.close()
            del client
        gc.collect()
        assert [client for client in gone if client() is not None] == []
        assert [server for server in servers if not server.are_all_closed()] == []
    assert [str(warning.message) for warning in caught if warning.category is ResourceWarning] == []


# Shared


def test_threads_get_their_own_responses_over_no_more_connections_than_there_are(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    for threads, places, variants in ((16, 32, False), (16, 3, True)):
        start = threading.Barrier(threads)
        with Server(echo) as server, connect(server, pool_size=places) as client, ThreadPoolExecutor(threads) as pool:

            def work(thread: int, client: Client = client, start: Any = start, variants: bool = variants) -> None:
                """Ask with ids and headers of the thread's own and accept nobody else's response."""
                start.wait()
                for call in range(30):
                    asked = client.with_options(timeout=10.0 + thread) if variants else client
                    sent = (f"id-{thread}-{call}", f"token-{thread}-{call}", f"request-{thread}-{call}")
                    result = asked.sessions.get_sessions_id(sent[0], sent[2], token=sent[1])
                    session = result.one()
                    assert (session.id, session.login, session.modifier, result.attempts) == (*sent, 1)

            assert len(list(pool.map(work, range(threads)))) == threads
        assert len(server.requests) == threads * 30
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
