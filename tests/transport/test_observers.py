"""Who looks on: a line an attempt on a logger that is silent until somebody listens, and the callback of the user's.

tests/http/test_http_call_back.py has what a callback sees.
"""

import logging
import re
from types import SimpleNamespace
from typing import Any

import pytest

from payrix_sessions import APIException, ConnectionException, HttpRequest, HttpResponse
from tests.support.clock import Clock
from tests.support.leaks import leaks
from tests.support.payrix import REFUSED, connect, found, serve, sessions
from tests.support.server import Server, Step, answer, raw, reset
from tests.wire import API_KEY, CREATE, DELETE_ONE, GET_ONE, OPERATIONS, SESSION_ID, SESSION_KEY, envelope, session


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


def lines(log: pytest.LogCaptureFixture) -> list[str]:
    """Return the lines of our logger since the last look, all of which are at DEBUG and without a traceback."""
    records = [record for record in log.records if record.name.startswith(("payrix", "apimatic", "root"))]
    kinds = {(record.name, record.levelno, record.exc_info) for record in records}
    assert kinds == {("payrix_sessions", logging.DEBUG, None)}
    assert [record for record in log.records if record.levelno > logging.DEBUG] == []
    said = [record.getMessage() for record in records]
    log.clear()
    return said


# What HTTP cannot carry in a header comes first: it goes into the body alone.
HOSTILE = ("a\r\nERROR forged", "a\u2028b\u2029", "a\u202eb", "a\x1b[31m", "a\x9b31m\x85b", "x" * 60_000)


def test_what_a_server_says_stays_one_short_printable_line(log: pytest.LogCaptureFixture) -> None:
    for number, text in enumerate(HOSTILE):
        body: Any = sessions(errors=[{"severity": 2, "msg": text}], requestId=text)
        steps = [answer(body), answer(body, 400)]
        if number > 2:
            steps += [answer(body, reason=text), answer(body, headers={"Cf-Ray": text})]
        with serve(*steps) as (_, client):
            for _ in steps:
                with pytest.raises(APIException) as caught:
                    GET_ONE(client.sessions).raise_for_errors()
                assert str(caught.value).isprintable()
                assert len(repr(caught.value)) < 3000
        assert all(line.isprintable() and len(line) < 500 for line in lines(log))


def test_the_logger_is_left_to_the_application_and_silent_without_it() -> None:
    logger = logging.getLogger("payrix_sessions")
    assert (logger.level, logger.propagate, logger.disabled) == (logging.NOTSET, True, False)
    assert [type(handler) for handler in logger.handlers] == [logging.NullHandler]


def watcher(seen: list[Any], **methods: Any) -> Any:
    """Return an object that inherits nothing of ours and keeps what it is given, but for these methods."""
    return SimpleNamespace(**{"on_before_request": seen.append, "on_after_response": seen.append, **methods})


def test_each_call_is_one_line_without_ids_and_seen_by_a_callback(log: pytest.LogCaptureFixture) -> None:
    for operation in OPERATIONS:
        seen: list[Any] = []
        with Server([answer(sessions("answered"), headers={"Cf-Ray": "8c-FRA"})]) as server:
            callback = watcher(seen, on_error=None)
            operation(connect(server, http_call_back=callback).sessions, request_token="my-request-token")
        (line,) = lines(log)
        path = operation.path.replace(SESSION_ID, "{id}")
        said = rf"{operation.http_method} {re.escape(path)} -> 200 in \d+\.\d ms \(attempt 1, request id 8c-FRA\)"
        assert re.fullmatch(said, line), line
        request, response = seen
        assert (type(request), type(response), response.status_code) == (HttpRequest, HttpResponse, 200)
        assert (request.http_method, request.query_url) == (operation.http_method, server.url + operation.path)
        assert ("p1_log_example" in (request.parameters or "")) is (operation.http_method == "POST")


def test_each_attempt_is_logged_and_a_callback_sees_the_call_once_with_its_last_response_or_error(
    log: pytest.LogCaptureFixture, clock: Clock
) -> None:
    def keep(request: HttpRequest, exception: Exception) -> None:
        errors.append((request, exception))

    errors: list[Any] = []
    rows: list[tuple[Step, str]] = [
        (answer({**REFUSED, **envelope(session())}, 401), "401"),
        *((answer(body), "200") for body in (b"x" * 2000, b"\xff")),
        (raw(b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n"), "ConnectionException"),
    ]
    for last, told in rows:
        for methods in ({}, {"on_error": keep}):
            seen: list[Any] = []
            errors.clear()
            callback = watcher(seen, **methods)
            with Server([reset(), answer(b"", 503), last]) as server:
                client = connect(server, http_call_back=callback, max_retries=2, max_response_bytes=1000)
                with pytest.raises((APIException, ConnectionException)) as caught:
                    GET_ONE(client.sessions)
            attempts = re.findall(r"-> (\w+) in .* \(attempt (\d)", "\n".join(lines(log)))
            assert attempts == [("ConnectionException", "1"), ("503", "2"), (told, "3")]
            request, *responses = seen
            assert type(request) is HttpRequest
            assert [str(response.status_code) for response in responses] == [told] * told.isdigit()
            assert errors == ([] if responses or not methods else [(request, caught.value)])
            assert leaks(seen, [API_KEY, SESSION_KEY]) == []


def test_what_a_callback_raises_reaches_the_caller_without_a_secret_and_the_connection_is_kept() -> None:
    def refuse(_: object) -> None:
        raise RuntimeError("not today")

    with Server([found()] * 3) as server:
        for moment in ("on_after_response", "on_before_request"):
            client = connect(server, http_call_back=watcher([], **{moment: refuse}), pool_size=1, timeout=2)
            for operation in (GET_ONE, DELETE_ONE, CREATE):
                with pytest.raises(RuntimeError, match="not today") as caught:
                    operation(client.sessions, token="fake-token")
                assert leaks(caught.value, [API_KEY, "fake-token"]) == []
        assert (server.connections, len(server.requests)) == (1, 3)
