"""`http_call_back` sees each call once before and once after; tests/http/test_http_call_back.py has what it sees."""

from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest

from payrix_sessions import APIException, ConnectionException, HttpRequest, HttpResponse
from tests.support.clock import Clock
from tests.support.leaks import leaks
from tests.support.payrix import REFUSED, found
from tests.support.server import Server, answer, reset
from tests.transport.conftest import Connect
from tests.wire import API_KEY, GET_ONE, OPERATIONS, SESSION_KEY, envelope, session


def watcher(seen: list[Any], **methods: Any) -> Any:
    """Return an object that inherits nothing of ours and keeps what it is given, but for these methods."""
    return SimpleNamespace(**{"on_before_request": seen.append, "on_after_response": seen.append, **methods})


def test_it_sees_each_call_before_and_after(connect: Connect) -> None:
    for operation in OPERATIONS:
        seen: list[Any] = []
        with Server([found()]) as server:
            operation(connect(server, http_call_back=watcher(seen)).sessions)
        request, response = seen
        assert (type(request), type(response), response.status_code) == (HttpRequest, HttpResponse, 200)
        assert (request.http_method, request.query_url) == (operation.http_method, server.url + operation.path)
        assert ("p1_log_example" in (request.parameters or "")) is (operation.http_method == "POST")


def test_a_call_that_is_retried_is_shown_once_with_its_last_response_redacted(connect: Connect, clock: Clock) -> None:
    seen: list[Any] = []
    last = answer({**REFUSED, **envelope(session())}, 401)
    with Server([reset(), answer(b"", 503), last]) as server, pytest.raises(APIException):
        GET_ONE(connect(server, http_call_back=watcher(seen), max_retries=2).sessions)
    request, response = seen
    assert (type(request), response.status_code) == (HttpRequest, 401)
    assert leaks(seen, [API_KEY, SESSION_KEY]) == []
    assert SESSION_KEY in response.reveal().text


def test_a_call_without_a_response_has_a_before_and_no_after_but_an_error(connect: Connect) -> None:
    def on_error(request: HttpRequest, exception: Exception) -> None:
        errors.append((request, exception))

    errors: list[tuple[HttpRequest, Exception]] = []
    with Server([reset(), reset(), found()]) as server:
        for methods in ({}, {"on_error": on_error}):
            seen: list[Any] = []
            with pytest.raises(ConnectionException) as caught:
                GET_ONE(connect(server, http_call_back=watcher(seen, **methods)).sessions)
            assert [type(each) for each in seen] == [HttpRequest]
        assert errors == [(seen[0], caught.value)]
        assert leaks(seen, [API_KEY]) == []
        GET_ONE(connect(server, http_call_back=watcher([], on_error=on_error)).sessions)
    assert len(errors) == 1


def test_it_cannot_change_what_is_sent(connect: Connect) -> None:
    def meddle(request: HttpRequest) -> None:
        with suppress(AttributeError):  # a frozen class refuses, which is as good
            request.query_url = "http://elsewhere.example/"
        with suppress(AttributeError):
            request.headers = {"APIKEY": "another"}

    with Server([found()]) as server:
        GET_ONE(connect(server, http_call_back=watcher([], on_before_request=meddle)).sessions)
        assert server.requests[0].headers["apikey"] == API_KEY


def test_what_it_raises_reaches_the_caller_and_the_connection_is_kept(connect: Connect) -> None:
    def refuse(response: HttpResponse) -> None:
        raise RuntimeError("not today")

    with Server([found()] * 3) as server:
        client = connect(server, http_call_back=watcher([], on_after_response=refuse), pool_size=1, timeout=2)
        for _ in range(3):
            with pytest.raises(RuntimeError, match="not today"):
                GET_ONE(client.sessions)
        assert server.connections == 1
