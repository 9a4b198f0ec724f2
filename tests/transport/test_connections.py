"""Connections are kept, one that has died or been forgotten costs nothing, and what is closed leaves nothing behind."""

import gc
import json
import socket
import threading
import warnings
import weakref
from contextlib import ExitStack, suppress
from functools import partial
from typing import Any
from unittest import mock

import pytest
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

from payrix_sessions import APIException, Client, ConfigurationException
from payrix_sessions._transport import dialing
from tests.support.certificates import Certificates
from tests.support.clock import Clock
from tests.support.payrix import found, login_of, serve, sessions
from tests.support.server import OK_HEAD, Server, Step, answer, chunked, late, raw, repeat, silence, sized
from tests.wire import CREATE, DELETE_ONE, GET_ONE, OPERATIONS, make_client, outcome

ONE = sessions("first")


def settle(seconds: float = 0.02) -> None:
    """Let what the server does arrive."""
    threading.Event().wait(seconds)


# Kept


def test_one_connection_with_tcp_set_up_serves_all_calls(trusted: Certificates) -> None:
    for tls in (None, trusted.trusted):
        wrapped = mock.patch.object(dialing, "_begin", wraps=dialing._begin)
        with wrapped as begin, serve(*[found()] * 8, tls=tls) as (server, client):
            for operation in OPERATIONS * 2:
                operation(client.sessions)
            made: socket.socket = begin.call_args.args[0]
            assert tls or made.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            assert tls or made.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
            assert server.connections == 1


def test_neither_an_error_nor_an_empty_response_costs_the_connection() -> None:
    steps = [answer(b"{}", status) for status in (302, 400, 500)]
    for step in (*steps, answer(b"", 204), raw(b"HTTP/1.1 204 No Content\r\n\r\n", hang_up=False)):
        with serve(step, found("second")) as (server, client):
            with suppress(APIException):
                assert DELETE_ONE(client.sessions).body.data == []
            assert login_of(GET_ONE(client.sessions)) == "second"
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
            settle()
            assert (server.connections, server.open_connections) == (1 if kept else 3, 1)


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
    def first_and_later(stray: Step) -> Step:
        return lambda exchange: answer(ONE)(exchange) and late(0.03, stray)(exchange)

    farewell = raw(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n", hang_up=False)
    for stray in (farewell, found("stray"), raw(b"HTTP/1.1 103 Early Hints\r\n\r\n", hang_up=False)):
        with serve(first_and_later(stray), found("second")) as (_, client):
            assert login_of(GET_ONE(client.sessions)) == "first"
            settle(0.08)
            assert login_of(GET_ONE(client.sessions)) == "second"


def test_a_response_with_two_framings_or_an_unknown_one_is_the_last_on_its_connection() -> None:
    body = json.dumps(ONE).encode()
    in_chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    for encoding, sent in [(b"chunked", in_chunks), (b"xchunked", body), (b"identity", body)]:
        step = raw(sized(sent, b"Transfer-Encoding: %s\r\n" % encoding), hang_up=False)
        with serve(step, found()) as (server, client):
            for _ in range(2):
                GET_ONE(client.sessions)
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
