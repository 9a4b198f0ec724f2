"""Connections are kept, and one that has meanwhile died or been forgotten never costs the caller anything."""

import json
import socket
import threading
from contextlib import suppress
from typing import Any
from unittest import mock

from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

from payrix_sessions import APIException
from payrix_sessions._transport import dialing
from tests.support.certificates import Certificates
from tests.support.clock import Clock
from tests.support.payrix import found, login_of, sessions
from tests.support.server import OK_HEAD, Server, Step, answer, late, raw
from tests.transport.conftest import Connect
from tests.wire import CREATE, DELETE_ONE, GET_ONE, OPERATIONS

ONE = sessions("first")


def settle(seconds: float = 0.02) -> None:
    """Let what the server does arrive."""
    threading.Event().wait(seconds)


def test_one_connection_serves_all_calls(connect: Connect, trusted: Certificates) -> None:
    for tls in (None, trusted.trusted):
        with Server([found()] * 8, tls=tls) as server:
            client = connect(server)
            for operation in OPERATIONS * 2:
                operation(client.sessions)
            assert server.connections == 1


def test_neither_an_error_nor_an_empty_response_costs_the_connection(connect: Connect) -> None:
    steps = [answer(b"{}", status) for status in (302, 400, 500)]
    for step in (*steps, answer(b"", 204), raw(b"HTTP/1.1 204 No Content\r\n\r\n", hang_up=False)):
        with Server([step, found("second")]) as server:
            client = connect(server)
            with suppress(APIException):
                assert DELETE_ONE(client.sessions).body.data == []
            assert login_of(GET_ONE(client.sessions)) == "second"
            assert server.connections == 1


def test_a_connection_closed_between_two_calls_is_replaced_and_every_request_sent_once(connect: Connect) -> None:
    close = {"Connection": "close"}
    for last in (answer(ONE, hang_up=True), answer(ONE, headers=close, hang_up=True), answer(ONE, headers=close)):
        for operation in (GET_ONE, CREATE):
            with Server([last, found("second")]) as server:
                client = connect(server)
                GET_ONE(client.sessions)
                settle()
                assert login_of(operation(client.sessions)) == "second"
                assert [request.connection for request in server.requests] == [1, 2]


def test_a_connection_is_used_again_until_it_has_been_idle_for_too_long(connect: Connect, clock: Clock) -> None:
    rows: list[tuple[Any, float, bool]] = [
        ({}, 59, True),
        ({}, 61, False),
        ({"idle_timeout": 5.0}, 4, True),
        ({"idle_timeout": 5.0}, 6, False),
        ({"idle_timeout": None}, 86_400, True),
    ]
    for options, idle, kept in rows:
        with Server([found()] * 3) as server:
            client = connect(server, **options)
            GET_ONE(client.sessions)
            for _ in range(2):
                clock.advance(idle)
                assert CREATE(client.sessions).attempts == 1
            settle()
            assert (server.connections, server.open_connections) == (1 if kept else 3, 1)


def test_keepalive_of_tcp_is_on(connect: Connect) -> None:
    with Server([found()]) as server, mock.patch.object(dialing, "_begin", side_effect=dialing._begin) as begin:
        GET_ONE(connect(server).sessions)
        made: socket.socket = begin.call_args.args[0]
        assert made.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert made.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


def test_what_comes_on_an_idle_connection_is_not_taken_for_the_next_response(connect: Connect) -> None:
    def first_and_later(stray: Step) -> Step:
        return lambda exchange: answer(ONE)(exchange) and late(0.03, stray)(exchange)

    farewell = raw(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n", hang_up=False)
    for stray in (farewell, found("stray"), raw(b"HTTP/1.1 103 Early Hints\r\n\r\n", hang_up=False)):
        with Server([first_and_later(stray), found("second")]) as server:
            client = connect(server)
            assert login_of(GET_ONE(client.sessions)) == "first"
            settle(0.08)
            assert login_of(GET_ONE(client.sessions)) == "second"


def test_a_response_with_two_framings_or_an_unknown_one_is_the_last_on_its_connection(connect: Connect) -> None:
    body = json.dumps(ONE).encode()
    in_chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    for encoding, sent in [(b"chunked", in_chunks), (b"xchunked", body), (b"identity", body)]:
        head = OK_HEAD + b"Content-Length: %d\r\nTransfer-Encoding: %s\r\n\r\n" % (len(sent), encoding)
        with Server([raw(head + sent, hang_up=False), found()]) as server:
            client = connect(server)
            for _ in range(2):
                GET_ONE(client.sessions)
            assert [request.connection for request in server.requests] == [1, 2]


def test_connections_of_a_tool_and_those_of_before_and_after_are_kept_apart(connect: Connect) -> None:
    class Watched(HTTPConnection):
        """What a tool puts in the place of urllib3's class."""

    with Server([found()] * 4) as server:
        client = connect(server)
        GET_ONE(client.sessions)
        with mock.patch.object(HTTPConnectionPool, "ConnectionCls", Watched):
            GET_ONE(client.sessions)
            GET_ONE(client.sessions)
        GET_ONE(client.sessions)
        assert [request.connection for request in server.requests] == [1, 2, 2, 3]
