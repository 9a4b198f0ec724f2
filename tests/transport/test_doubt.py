"""Whether a request may have been carried out is told truthfully, whatever the last attempt ended in."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest

from payrix_sessions import APIException, Client, ConnectionException, TimeoutException
from tests.support.clock import Clock, measured
from tests.support.leaks import leaks
from tests.support.payrix import RATE_LIMIT, REFUSED, found, login_of, sessions
from tests.support.server import OK_HEAD, Exchange, Server, Step, answer, raw, reset, silence
from tests.transport.conftest import Connect
from tests.wire import CREATE, DELETE_ONE, GET_ONE, Operation, outcome

DOUBT = "may have been carried out"
TOKEN = "one-token-for-every-attempt"

LOST = [reset(), raw(OK_HEAD + b"Content-Length: 100\r\n\r\n{"), silence, answer(b"", 504), answer(b"", 500)]
REFUSALS: dict[str, Step] = {
    **{str(status): answer(REFUSED, status) for status in (400, 401)},
    **{str(status): answer(b"{}", status) for status in (404, 422)},
    "403": answer(b"<html>", 403),
    "429": answer(RATE_LIMIT, 429),
    "302": answer(b"", 302, headers={"Location": "https://other.example/"}),
    "errors in a 200": answer(sessions(errors=REFUSED["errors"])),
    "rate limit in a 200": answer(sessions(errors=RATE_LIMIT["errors"])),
}


def failure_of(client: Client, operation: Operation = CREATE, token: str | None = TOKEN) -> Any:
    """Return the exception of a call, which has to tell its token and, in words too, whether there is a doubt."""
    with pytest.raises((APIException, ConnectionException)) as caught:
        operation(client.sessions, request_token=token).raise_for_errors()
    error: Any = caught.value
    assert error.request_token == token
    assert (DOUBT in str(error)) is (error.may_have_been_sent and operation.changes_something)
    return error


def test_a_refusal_after_a_lost_response_leaves_the_doubt_and_after_a_rate_limit_none(
    connect: Connect, clock: Clock
) -> None:
    rows: list[tuple[list[Step], Operation, bool]] = [
        *(([LOST[0], refusal], CREATE, True) for refusal in REFUSALS.values()),
        *(([lost, REFUSALS["401"]], DELETE_ONE, True) for lost in LOST),
        ([REFUSALS["429"], REFUSALS["rate limit in a 200"], REFUSALS["400"]], CREATE, False),
    ]
    for steps, operation, doubtful in rows:
        with Server(steps) as server:
            client = connect(server, max_retries=len(steps) - 1, timeout=0.1 if steps[0] is silence else 5)
            error = failure_of(client, operation)
        assert (error.attempts, error.may_have_been_sent) == (len(steps), doubtful)


def test_a_response_leaves_a_doubt_about_a_change_where_there_is_one(connect: Connect) -> None:
    doubtful: list[Step] = [
        *(answer({"errors": [{"msg": "no luck"}]}, status) for status in (408, 500, 504, 524, 530)),
        answer(sessions("made", errors=REFUSED["errors"])),
        answer(b"", 303, headers={"Location": "/sessions/x"}),
        *(answer(body) for body in (b"<html>", b"", b"\xff", b"x" * 2000)),
    ]
    rows: list[tuple[Operation, Step, bool]] = [
        *((CREATE, step, True) for step in doubtful),
        (DELETE_ONE, doubtful[1], True),
        *((CREATE, refusal, False) for refusal in REFUSALS.values()),
        (GET_ONE, doubtful[1], False),
    ]
    for operation, step, is_doubtful in rows:
        for token in (TOKEN, None):
            with Server([step]) as server:
                error = failure_of(connect(server, max_response_bytes=1000), operation, token)
            assert (isinstance(error, APIException), error.may_have_been_sent) == (True, is_doubtful)


Meanwhile = Callable[[Server, Client, pytest.MonkeyPatch], object]


def no_address(server: Server, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Mock(side_effect=socket.gaierror(socket.EAI_NONAME, "unknown")))


def no_free_connection(server: Server, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = len(server.requests)
    held = client.with_options(timeout=3.0)
    threading.Thread(target=lambda: outcome(lambda: GET_ONE(held.sessions)), daemon=True).start()
    server.wait_for_requests(asked + 1)


MEANWHILE: dict[str, tuple[Operation, Step, Meanwhile]] = {
    "refused": (CREATE, reset(), lambda server, client, _: server.refuse_connections()),
    "no address": (DELETE_ONE, reset(), no_address),
    "no free connection": (CREATE, reset(), no_free_connection),
    "closed": (CREATE, reset(), lambda server, client, _: client.close()),
    "closed after a rate limit": (CREATE, REFUSALS["429"], lambda server, client, _: client.close()),
}


@pytest.mark.parametrize("name", MEANWHILE)
def test_retries_that_are_not_sent_neither_take_the_doubt_away_nor_bring_it(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    operation, first, happens = MEANWHILE[name]
    with Server(lambda request: silence if request.method == "GET" else first) as server:
        client = connect(server, max_retries=2, pool_size=1, timeout=0.2)
        to_come = [happens]

        def wait(_: float) -> None:
            while to_come:
                to_come.pop()(server, client, monkeypatch)

        monkeypatch.setattr(time, "sleep", wait)
        error = failure_of(client, operation)
        assert sum(request.method != "GET" for request in server.requests) == 1
    assert error.may_have_been_sent is (first is not REFUSALS["429"])
    assert (error.attempts, error.is_permanent) == ((1, True) if "closed" in name else (3, False))


def test_a_wait_for_a_connection_that_ends_leaves_no_doubt(connect: Connect) -> None:
    ended: list[Any] = []
    over = threading.Event()

    def found_when_over(exchange: Exchange) -> bool:
        over.wait(5)
        return found()(exchange)

    with Server([found_when_over]) as server:
        client = connect(server, pool_size=1, timeout=5)

        def call(operation: Operation) -> threading.Thread:
            thread = threading.Thread(target=lambda: ended.append(outcome(lambda: operation(client.sessions))))
            thread.start()
            return thread

        threads = [call(GET_ONE)]
        server.wait_for_requests()
        total = {"total_timeout": 0.1, "max_retries": 3}
        bounds: list[dict[str, Any]] = [{"timeout": 0.1}, {"timeout": (0.1, None)}, total]
        for options in bounds:
            with measured(2.5, at_least=0.08):
                error = failure_of(client.with_options(**options))
            assert (isinstance(error, TimeoutException), error.may_have_been_sent) == (True, False)
            assert "pool_size" in str(error)
        threads.append(call(CREATE))
        threading.Event().wait(0.05)
        client.close()
        over.set()
        for thread in threads:
            thread.join(5)
        assert [request.method for request in server.requests] == ["GET"]
    assert [type(error) for error in ended if DOUBT in str(error)] == []
    assert len(ended) == 2


def test_a_response_that_comes_again_is_not_taken_for_the_next(connect: Connect) -> None:
    first = sessions("first", id="p1_ssn_a")
    first["response"]["data"][0]["key"] = "fake-key-of-somebody-else"
    with Server([answer(first), answer(first), answer(sessions("third", id="p1_ssn_c"))]) as server:
        client = connect(server)
        assert login_of(client.sessions.get_sessions_id("p1_ssn_a")) == "first"
        with pytest.raises(APIException) as caught:
            client.sessions.get_sessions_id("p1_ssn_b")
        assert leaks(caught.value, ["fake-key-of-somebody-else"]) == []
        assert login_of(client.sessions.get_sessions_id("p1_ssn_c")) == "third"
        assert [request.connection for request in server.requests] == [1, 1, 2]


def test_chaos_makes_and_deletes_each_session_exactly_once() -> None:
    command = [sys.executable, "-m", "tests.support.chaos", "--seconds", "0.5"]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, timeout=90)
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    assert "each exactly once" in ran.stdout
