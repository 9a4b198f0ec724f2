"""Whether a request may have been carried out is told truthfully, whatever the last attempt ended in."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from payrix_sessions import APIException, Client, ConnectionException, PayrixException, TimeoutException
from payrix_sessions.sandbox import Fault, Sandbox
from tests.support.clock import Clock
from tests.support.leaks import leaks
from tests.support.payrix import RATE_LIMIT, REFUSED, found, login_of, sessions
from tests.support.server import OK_HEAD, Exchange, Server, Step, answer, raw, reset, silence
from tests.transport.conftest import Connect
from tests.wire import CREATE, DELETE_ONE, GET_ONE, Operation, outcome

DOUBT = "may have been carried out"
TOKEN = "one-token-for-every-attempt"

LOST: dict[str, Step] = {
    "reset": reset(),
    "cut": raw(OK_HEAD + b"Content-Length: 100\r\n\r\n{"),
    "late": silence,
    "504": answer(b"", 504),
    "500": answer(b"", 500),
}
REFUSALS: dict[str, Step] = {
    "400": answer(REFUSED, 400),
    "401": answer(REFUSED, 401),
    "403": answer(b"<html>", 403),
    "404": answer(b"{}", 404),
    "422": answer(b"{}", 422),
    "429": answer(RATE_LIMIT, 429),
    "302": answer(b"", 302, headers={"Location": "https://other.example/"}),
    "errors in a 200": answer(sessions(errors=REFUSED["errors"])),
    "rate limit in a 200": answer(sessions(errors=RATE_LIMIT["errors"])),
}


def failure_of(client: Client, operation: Operation = CREATE, **arguments: Any) -> Any:
    with pytest.raises((APIException, ConnectionException)) as caught:
        operation(client.sessions, **arguments).raise_for_errors()
    return caught.value


def test_a_refusal_after_a_lost_response_leaves_the_doubt(connect: Connect, clock: Clock) -> None:
    for lost, refusal, operation in [("reset", name, CREATE) for name in REFUSALS] + [
        (name, "401", DELETE_ONE) for name in LOST
    ]:
        with Server([LOST[lost], REFUSALS[refusal]]) as server:
            client = connect(server, max_retries=1, timeout=0.2 if lost == "late" else 5)
            error = failure_of(client, operation, request_token=TOKEN)
        assert (error.attempts, error.may_have_been_sent, error.request_token) == (2, True, TOKEN)
        assert DOUBT in str(error)


def test_a_refusal_alone_leaves_no_doubt(connect: Connect) -> None:
    for refusal in REFUSALS.values():
        with Server([refusal]) as server:
            error = failure_of(connect(server), request_token=TOKEN)
        assert (error.may_have_been_sent, error.request_token, DOUBT in str(error)) == (False, TOKEN, False)


def test_a_response_that_speaks_of_a_result_leaves_the_doubt(connect: Connect) -> None:
    rows: list[Step] = [
        answer(sessions("made", errors=REFUSED["errors"])),
        answer(b"", 303, headers={"Location": "/sessions/x"}),
    ]
    for response in rows:
        with Server([response]) as server:
            error = failure_of(connect(server), request_token=TOKEN)
        assert (error.may_have_been_sent, error.request_token, DOUBT in str(error)) == (True, TOKEN, True)


def test_a_rate_limit_and_a_refusal_after_it_leave_no_doubt(connect: Connect, clock: Clock) -> None:
    with Server([REFUSALS["429"], REFUSALS["rate limit in a 200"], REFUSALS["400"]]) as server:
        error = failure_of(connect(server, max_retries=2), request_token=TOKEN)
    assert (error.attempts, error.may_have_been_sent, DOUBT in str(error)) == (3, False, False)


def test_a_server_that_failed_leaves_a_doubt_about_a_change(connect: Connect) -> None:
    rows: list[tuple[Operation, int]] = [
        (CREATE, 408),
        (CREATE, 500),
        (CREATE, 504),
        (CREATE, 524),
        (CREATE, 530),
        (DELETE_ONE, 500),
    ]
    for operation, status in rows:
        with Server([answer({"errors": [{"msg": "no luck"}]}, status)]) as server:
            error = failure_of(connect(server), operation)
        assert (error.may_have_been_sent, error.request_token) == (True, None)
        assert DOUBT in str(error)
        assert "no luck" in str(error)


def test_a_lookup_leaves_nothing_to_doubt(connect: Connect) -> None:
    with Server([answer(b"", 500)]) as server:
        assert DOUBT not in str(failure_of(connect(server), GET_ONE))


def test_a_success_that_cannot_be_read_leaves_the_doubt(connect: Connect) -> None:
    rows: list[bytes] = [b"<html>", b"", b"\xff", b"x" * 2000]
    for body in rows:
        with Server([answer(body)]) as server:
            error = failure_of(connect(server, max_response_bytes=1000), request_token=TOKEN)
        assert (type(error), error.may_have_been_sent, error.request_token) == (APIException, True, TOKEN)
        assert DOUBT in str(error)


Meanwhile = Callable[[Server, Client, pytest.MonkeyPatch], object]


def no_address(server: Server, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)


def no_free_connection(server: Server, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def hold() -> None:
        with suppress(ConnectionException):
            client.with_options(timeout=3.0).sessions.get_sessions_id("p1_ssn_held")

    asked = len(server.requests)
    threading.Thread(target=hold, daemon=True).start()
    while len(server.requests) == asked:
        threading.Event().wait(0.005)


MEANWHILE: dict[str, Meanwhile] = {
    "refused": lambda server, client, _: server.refuse_connections(),
    "no address": no_address,
    "no free connection": no_free_connection,
    "closed": lambda server, client, _: client.close(),
}


@pytest.mark.parametrize(
    ("operation", "happens"),
    [(CREATE, happens) for happens in MEANWHILE.values()] + [(DELETE_ONE, MEANWHILE["refused"])],
    ids=[*MEANWHILE, "refused to a DELETE"],
)
def test_retries_that_are_not_sent_do_not_take_the_doubt_away(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, operation: Operation, happens: Meanwhile
) -> None:
    with Server(lambda request: silence if request.method == "GET" else reset()) as server:
        client = connect(server, max_retries=2, pool_size=1, timeout=0.3)
        happened: list[float] = []

        def wait(seconds: float) -> None:
            if not happened:
                happened.append(seconds)
                happens(server, client, monkeypatch)

        monkeypatch.setattr(time, "sleep", wait)
        error = failure_of(client, operation, request_token=TOKEN)
        assert sum(request.method != "GET" for request in server.requests) == 1
    assert (error.may_have_been_sent, error.request_token) == (True, TOKEN)
    assert DOUBT in str(error)


def test_a_client_that_is_closed_before_a_retry_leaves_no_doubt_about_a_rate_limit(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server([REFUSALS["429"]] * 2) as server:
        client = connect(server, max_retries=1)

        def close(seconds: float) -> None:
            client.close()

        monkeypatch.setattr(time, "sleep", close)
        error = failure_of(client, request_token=TOKEN)
        assert len(server.requests) == 1
    assert (error.attempts, error.may_have_been_sent, DOUBT in str(error)) == (1, False, False)
    assert error.is_permanent


def test_a_wait_for_a_connection_that_ends_leaves_no_doubt(connect: Connect) -> None:
    ended: list[Any] = []
    with Server([silence, silence]) as server:
        client = connect(server, pool_size=1, timeout=1.5)

        def call(operation: Operation) -> threading.Thread:
            thread = threading.Thread(target=lambda: ended.append(outcome(lambda: operation(client.sessions))))
            thread.start()
            return thread

        threads = [call(GET_ONE)]
        while not server.requests:
            threading.Event().wait(0.005)
        with pytest.raises(TimeoutException, match="pool_size") as caught:
            CREATE(client.with_options(timeout=0.1).sessions)
        assert (caught.value.may_have_been_sent, DOUBT in str(caught.value)) == (False, False)
        threads.append(call(CREATE))
        threading.Event().wait(0.05)
        client.close()
        for thread in threads:
            thread.join(5)
        assert [request.method for request in server.requests] == ["GET"]
    assert [type(error) for error in ended if DOUBT in str(error)] == []
    assert len(ended) == 2


def test_a_response_about_another_record_is_no_success(connect: Connect) -> None:
    operations: list[Operation] = [GET_ONE, DELETE_ONE]
    for count in (1, 2):
        for operation in operations:
            other = sessions("other", id="p1_ssn_of_somebody_else")
            other["response"]["data"][0]["key"] = "fake-key-of-somebody-else"
            other["response"]["data"] = [
                *sessions("asked")["response"]["data"] * (count - 1),
                *other["response"]["data"],
            ]
            with Server([answer(other), found("next")]) as server:
                client = connect(server)
                error = failure_of(client, operation, request_token=TOKEN)
                assert type(error) is APIException
                assert leaks(error, ["fake-key-of-somebody-else"]) == []
                assert (DOUBT in str(error)) is operation.changes_something
                assert login_of(GET_ONE(client.sessions)) == "next"
                assert [request.connection for request in server.requests] == [1, 2]


def test_a_response_that_comes_again_is_not_taken_for_the_next(connect: Connect) -> None:
    def repeat_the_last(exchange: Exchange) -> bool:
        return answer(sessions("first", id="p1_ssn_a"))(exchange)

    with Server([repeat_the_last, repeat_the_last, answer(sessions("third", id="p1_ssn_c"))]) as server:
        client = connect(server)
        assert login_of(client.sessions.get_sessions_id("p1_ssn_a")) == "first"
        with pytest.raises(APIException):
            client.sessions.get_sessions_id("p1_ssn_b")
        assert login_of(client.sessions.get_sessions_id("p1_ssn_c")) == "third"


LOSSES = {
    "cut": Fault(truncate_after=20),
    "reset": Fault(reset="before_headers"),
    "HTML": Fault(body="<html>", carried_out=True),
    "500": Fault(status=500, carried_out=True),
    "no data": Fault(body={"response": {"data": []}}, carried_out=True),
}


def test_a_temporary_session_whose_creation_got_lost_is_not_left_behind() -> None:
    for loss, retries in [(loss, 0) for loss in LOSSES.values()] + [(LOSSES["cut"], 2), (LOSSES["500"], 2)]:
        with Sandbox() as sandbox, sandbox.client(max_retries=retries, backoff_factor=0) as client:
            sandbox.faults.add(loss, times=retries + 1)
            with suppress(PayrixException), client.sessions.temporary_session({"login": sandbox.login}):
                pass
            assert sandbox.sessions == []


def test_a_temporary_session_that_stays_unknown_can_be_asked_for_by_its_token() -> None:
    rows: list[str | None] = [TOKEN, None]
    for given in rows:
        with Sandbox() as sandbox, sandbox.client(max_retries=2, backoff_factor=0) as client:
            sandbox.faults.add(LOSSES["reset"], times=20)
            with pytest.raises(ConnectionException) as caught:
                with client.sessions.temporary_session({"login": sandbox.login}, given):
                    raise AssertionError("the block must not run")
            sandbox.faults.clear()
            assert caught.value.may_have_been_sent
            assert caught.value.request_token == (given or caught.value.request_token)
            result = client.sessions.post_sessions({"login": sandbox.login}, caught.value.request_token)
            assert result.is_duplicate
            assert [session.id for session in sandbox.sessions] == [result.body.data[0].id]


def test_a_second_of_chaos_makes_and_deletes_each_session_exactly_once() -> None:
    command = [sys.executable, "-m", "tests.support.chaos", "--seconds", "1"]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, timeout=90)
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    assert "each exactly once" in ran.stdout
