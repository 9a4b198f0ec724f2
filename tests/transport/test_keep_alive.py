"""Connections are kept, and one that has meanwhile died or been forgotten never costs the caller anything."""

import json
import socket
import threading
from contextlib import suppress
from typing import Any

import pytest
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

from payrix_sessions import APIException, ConnectionException
from tests.support.certificates import Certificates
from tests.support.clock import Clock
from tests.support.payrix import found, login_of, sessions
from tests.support.server import OK_HEAD, Exchange, Script, Server, Step, answer, raw, reset, silence
from tests.transport.conftest import Connect
from tests.wire import CREATE, DELETE_ONE, GET_ONE, OPERATIONS, Operation

ONE = sessions("first")
LAST_RESPONSE: dict[str, Step] = {
    "closed silently": answer(ONE, hang_up=True),
    "closed as announced": answer(ONE, headers={"Connection": "close"}, hang_up=True),
    "announced but left open": answer(ONE, headers={"Connection": "close"}),
}


def settle(seconds: float = 0.02) -> None:
    """Let what the server does arrive."""
    threading.Event().wait(seconds)


def test_one_connection_serves_all_calls(connect: Connect, trusted: Certificates) -> None:
    rows: list[bool] = [False, True]
    for https in rows:
        with Server([found()] * 8, tls=trusted.trusted if https else None) as server:
            client = connect(server)
            for operation in OPERATIONS * 2:
                operation(client.sessions)
            assert server.connections == 1


def test_an_error_keeps_the_connection_too(connect: Connect) -> None:
    for status in (204, 302, 400, 500):
        with Server([answer(b"" if status == 204 else b"{}", status), found("second")]) as server:
            client = connect(server)
            with suppress(APIException):
                GET_ONE(client.sessions)
            assert login_of(GET_ONE(client.sessions)) == "second"
            assert server.connections == 1


def test_a_connection_closed_between_two_calls_is_replaced_and_every_request_sent_once(connect: Connect) -> None:
    operations: list[Operation] = [GET_ONE, CREATE]
    for last in LAST_RESPONSE.values():
        for operation in operations:
            with Server([last, found("second")]) as server:
                client = connect(server, max_retries=0)
                GET_ONE(client.sessions)
                settle()
                result = operation(client.sessions)
                assert (login_of(result), result.attempts) == ("second", 1)
                assert [request.connection for request in server.requests] == [1, 2]


def on_second_use(how: Step, seen: list[str]) -> Script:
    """A server that does this when a second request comes on a connection."""

    def step(exchange: Exchange) -> bool:
        request = exchange.request
        first = request.connection not in connections
        connections.append(request.connection)
        seen.append(request.method)
        return found()(exchange) if first else how(exchange)

    connections: list[int] = []
    return lambda _: step


def test_a_connection_that_is_closed_just_as_it_is_used_is_retried_for_get_and_never_for_a_change(
    connect: Connect, clock: Clock
) -> None:
    hows: list[Step] = [raw(b""), reset()]
    operations: list[Operation] = [GET_ONE, CREATE, DELETE_ONE]
    for operation in operations:
        for how in hows:
            seen: list[str] = []
            with Server(on_second_use(how, seen)) as server:
                client = connect(server, max_retries=5)
                GET_ONE(client.sessions)
                if operation is GET_ONE:
                    assert GET_ONE(client.sessions).attempts == 2
                    return
                with pytest.raises(ConnectionException) as caught:
                    operation(client.sessions)
            assert seen == ["GET", operation.http_method]
            assert caught.value.attempts == 1


def test_a_connection_is_used_again_until_it_has_been_idle_for_too_long(connect: Connect, clock: Clock) -> None:
    rows: list[tuple[Any, float, bool]] = [
        ({}, 59, True),
        ({}, 61, False),
        ({"idle_timeout": 5.0}, 4, True),
        ({"idle_timeout": 5.0}, 6, False),
        ({"idle_timeout": None}, 86_400, True),
    ]
    for options, idle, kept in rows:
        clock.reset()
        with Server([found()] * 3) as server:
            client = connect(server, **options)
            GET_ONE(client.sessions)
            for _ in range(2):
                clock.advance(idle)
                assert CREATE(client.sessions).attempts == 1
            assert server.connections == (1 if kept else 3)
            settle()
            assert server.open_connections == 1


def test_a_connection_that_a_balancer_has_forgotten_costs_nothing(
    connect: Connect, clock: Clock, trusted: Certificates
) -> None:
    operations: list[Operation] = [GET_ONE, CREATE]
    httpses: list[bool] = [False, True]
    for https in httpses:
        for operation in operations:
            clock.reset()
            with Server(on_second_use(silence, []), tls=trusted.trusted if https else None) as server:
                client = connect(server, timeout=1.0)
                GET_ONE(client.sessions)
                clock.advance(350)
                assert operation(client.sessions).attempts == 1


def test_keepalive_of_tcp_is_on(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[socket.socket] = []
    dial = socket.socket.connect

    def spy(self: socket.socket, address: Any) -> None:
        opened.append(self)
        dial(self, address)

    monkeypatch.setattr(socket.socket, "connect", spy)
    with Server([found()]) as server:
        GET_ONE(connect(server).sessions)
        (made,) = opened
        assert made.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert made.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


STRAYS: dict[str, Step] = {
    "a farewell": raw(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n", hang_up=False),
    "a response too many": found("stray"),
    "an interim response": raw(b"HTTP/1.1 103 Early Hints\r\n\r\n", hang_up=False),
}


@pytest.mark.parametrize("stray", STRAYS.values(), ids=STRAYS)
def test_what_comes_on_an_idle_connection_is_not_taken_for_the_next_response(connect: Connect, stray: Step) -> None:
    def more_later(exchange: Exchange) -> bool:
        found("first")(exchange)
        exchange.pause(0.03)
        return stray(exchange)

    with Server([more_later, found("second")]) as server:
        client = connect(server)
        assert login_of(GET_ONE(client.sessions)) == "first"
        settle(0.08)
        assert login_of(GET_ONE(client.sessions)) == "second"


def test_an_empty_response_leaves_nothing_behind_on_the_connection(connect: Connect) -> None:
    empty = raw(b"HTTP/1.1 204 No Content\r\n\r\n", hang_up=False)
    with Server([empty, found("second")]) as server:
        client = connect(server)
        assert DELETE_ONE(client.sessions).body.data == []
        assert login_of(GET_ONE(client.sessions)) == "second"
        assert server.connections == 1


def test_a_response_with_two_framings_or_an_unknown_one_is_the_last_on_its_connection(connect: Connect) -> None:
    rows: list[bytes] = [b"chunked", b"xchunked", b"identity"]
    for encoding in rows:
        body = json.dumps(sessions("x")).encode()
        sent = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if encoding == b"chunked" else body
        head = OK_HEAD + b"Content-Length: %d\r\nTransfer-Encoding: %s\r\n\r\n" % (len(sent), encoding)
        with Server([raw(head + sent, hang_up=False), found()]) as server:
            client = connect(server)
            for _ in range(2):
                GET_ONE(client.sessions)
            assert [request.connection for request in server.requests] == [1, 2]


def test_connections_of_a_tool_and_those_of_before_and_after_are_kept_apart(
    connect: Connect,
) -> None:
    class Watched(HTTPConnection):
        """What a tool puts in the place of urllib3's class."""

        used = 0

        def request(self, *args: Any, **kwargs: Any) -> None:
            Watched.used += 1
            super().request(*args, **kwargs)

    with Server([found()] * 4) as server:
        client = connect(server)
        GET_ONE(client.sessions)
        with pytest.MonkeyPatch.context() as tool:
            tool.setattr(HTTPConnectionPool, "ConnectionCls", Watched)
            GET_ONE(client.sessions)
            GET_ONE(client.sessions)
        GET_ONE(client.sessions)
    assert Watched.used == 2
