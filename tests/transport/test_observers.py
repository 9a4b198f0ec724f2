"""Who looks on: a line an attempt on a logger that is silent until somebody listens, and the callback of the user's."""

import copy
import dataclasses
import json
import logging
import pickle
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import jsonpickle
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


def test_what_a_server_says_stays_one_short_printable_line(log: pytest.LogCaptureFixture) -> None:
    header = "a\x1b[31m\x9b31m\x85b" + "x" * 60_000
    text = "a\r\nERROR forged\u2028\u2029\u202e" + header
    body: Any = sessions(errors=[{"severity": 2, "msg": text}], requestId=text)
    hostile = {"Cf-Ray": header}
    said = (answer(body), answer(body, 400, reason=header), answer(body, reason=header), answer(body, headers=hostile))
    with serve(*said) as (_, client):
        for _ in said:
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


def test_a_callback_may_ask_for_what_is_redacted_and_nothing_else_finds_or_keeps_it() -> None:
    token, secrets = "fake-auth-token", (API_KEY, "fake-auth-token", SESSION_KEY)
    keepers: list[Callable[[Any], Any]] = [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))]
    given: list[Any] = []
    headers = {"Set-Cookie": token, "X-Echo": f"{API_KEY} {token}", "Cf-Ray": f"ray-{token}"}
    with Server([answer(envelope(session()), headers=headers)]) as server:
        client = connect(server, http_call_back=watcher(given), auto_request_tokens=True)
        CREATE(client.sessions, token=token)
    request, response = given
    # Also that of a request token that the client made.
    assert request.headers["request-token"] == server.requests[0].headers["request-token"]
    assert (request.headers["APIKEY"], request.parameters) == ("***", '{"login": "p1_log_example"}')
    assert (request.reveal().headers["APIKEY"], request.reveal().headers["token"]) == (API_KEY, token)
    assert SESSION_KEY in response.reveal().text
    assert response.reveal().headers["x-echo"] == f"{API_KEY} {token}"
    assert (response.headers["x-echo"], response.request_id) == ("*** ***", "ray-***")
    assert json.loads(response.text)["response"]["data"][0]["key"] == "***"
    # What is no callback's reveals itself, as it is.
    assert response.request.reveal() is response.request
    assert response.reveal().reveal().text == response.reveal().text
    for value in given:
        for shown in (value, dataclasses.asdict(value), *(jsonpickle.encode(value, each) for each in (True, False))):
            assert leaks(shown, secrets) == []
        for keep in (*keepers, dataclasses.replace):
            assert leaks(keep(value), secrets) == leaks(keep(value).reveal(), secrets) == []
    for keep in keepers:  # nor what was revealed
        request, response = (keep(value.reveal()) for value in given)
        assert leaks(request, secrets) == []
        assert not [secret for secret in secrets if secret in repr(response)]
