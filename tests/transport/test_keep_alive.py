"""Connections are kept, and one that the server has meanwhile closed never costs the caller anything."""

import threading
from contextlib import suppress

import pytest

from payrix_sessions import APIException, ConnectionException
from tests.support.certificates import Certificates
from tests.support.payrix import found, sessions
from tests.support.server import Exchange, Script, Server, Step, answer, raw, reset
from tests.transport.conftest import Connect
from tests.wire import CREATE, DELETE_ONE, GET_ONE, OPERATIONS, Operation, each_operation

ONE = sessions("p1_ssn_1")
LAST_ANSWER: dict[str, Step] = {
    "closed silently": answer(ONE, hang_up=True),
    "closed as announced": answer(ONE, headers={"Connection": "close"}, hang_up=True),
    "announced but left open": answer(ONE, headers={"Connection": "close"}),
}


def settle() -> None:
    """Let the server's close arrive."""
    threading.Event().wait(0.02)


def test_one_connection_serves_all_calls(connect: Connect) -> None:
    with Server([found()] * 12) as server:
        client = connect(server)
        for operation in OPERATIONS * 3:
            operation(client.sessions)
        assert server.connections == 1


def test_one_tls_connection_serves_all_calls(
    connect: Connect, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.bundle))
    with Server([found()] * 12, tls=certificates.trusted) as server:
        client = connect(server)
        for operation in OPERATIONS * 3:
            operation(client.sessions)
        assert server.connections == 1


@pytest.mark.parametrize("status", [200, 204, 302, 400, 404, 500])
def test_an_error_answer_keeps_the_connection_too(connect: Connect, status: int) -> None:
    with Server([answer(b"" if status == 204 else b"{}", status), found()]) as server:
        client = connect(server)
        with suppress(APIException):
            GET_ONE(client.sessions)
        assert GET_ONE(client.sessions).body.data[0].id == "p1_ssn_found"
        assert server.connections == 1


@each_operation
@pytest.mark.parametrize("last", ["closed silently", "closed as announced", "announced but left open"])
def test_a_connection_closed_between_two_calls_is_replaced_and_every_request_sent_once(
    connect: Connect, operation: Operation, last: str
) -> None:
    with Server([LAST_ANSWER[last], found("p1_ssn_second")]) as server:
        client = connect(server, max_retries=0)
        GET_ONE(client.sessions)
        settle()
        result = operation(client.sessions)
        assert (result.body.data[0].id, result.attempts) == ("p1_ssn_second", 1)
        assert [request.connection for request in server.requests] == [1, 2]


def hang_up_on_second_use(how: Step, seen: list[str]) -> Script:
    """A server that has closed the connection by the time that a second request comes on it."""

    def step(exchange: Exchange) -> bool:
        request = exchange.request
        first = not any(connection == request.connection for connection in connections)
        connections.append(request.connection)
        seen.append(request.method)
        return found()(exchange) if first else how(exchange)

    connections: list[int] = []
    return lambda _: step


@pytest.mark.parametrize("how", [raw(b""), reset()], ids=["closed", "reset"])
def test_a_connection_that_is_closed_just_as_it_is_used_never_surfaces_on_get(
    connect: Connect, waits: object, how: Step
) -> None:
    seen: list[str] = []
    with Server(hang_up_on_second_use(how, seen)) as server:
        client = connect(server, max_retries=1)
        for _ in range(4):
            assert GET_ONE(client.sessions).is_success()


@pytest.mark.parametrize("how", [raw(b""), reset()], ids=["closed", "reset"])
@pytest.mark.parametrize("operation", [CREATE, DELETE_ONE], ids=lambda operation: operation.name)
def test_a_connection_that_is_closed_just_as_it_is_used_never_sends_a_change_twice(
    connect: Connect, waits: object, operation: Operation, how: Step
) -> None:
    seen: list[str] = []
    with Server(hang_up_on_second_use(how, seen)) as server:
        client = connect(server, max_retries=5)
        GET_ONE(client.sessions)
        with pytest.raises(ConnectionException) as caught:
            operation(client.sessions)
    assert seen == ["GET", operation.http_method]
    assert caught.value.attempts == 1


def test_a_farewell_on_an_idle_connection_is_not_taken_for_the_next_answer(connect: Connect) -> None:
    def say_goodbye_later(exchange: Exchange) -> bool:
        found("p1_ssn_first")(exchange)
        exchange.pause(0.03)
        return raw(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")(exchange)

    with Server([say_goodbye_later, found("p1_ssn_second")]) as server:
        client = connect(server)
        assert GET_ONE(client.sessions).body.data[0].id == "p1_ssn_first"
        threading.Event().wait(0.1)
        assert GET_ONE(client.sessions).body.data[0].id == "p1_ssn_second"


def test_an_empty_answer_leaves_nothing_behind_on_the_connection(connect: Connect) -> None:
    empty = raw(b"HTTP/1.1 204 No Content\r\n\r\n", hang_up=False)
    with Server([empty, found("p1_ssn_second")]) as server:
        client = connect(server)
        assert DELETE_ONE(client.sessions).body.data == []
        assert GET_ONE(client.sessions).body.data[0].id == "p1_ssn_second"
        assert server.connections == 1
