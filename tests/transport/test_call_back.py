"""`http_call_back` sees each call once before and once after, redacted unless it asks."""

import copy
import dataclasses
import json
import pickle
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

import pytest

from payrix_sessions import APIException, ConnectionException, HttpRequest, HttpResponse
from tests.support.clock import Clock
from tests.support.leaks import leaks
from tests.support.payrix import REFUSED, sessions
from tests.support.server import Server, answer, reset
from tests.transport.conftest import Connect
from tests.wire import API_KEY, GET_ONE, SESSION_ID, Operation, each_operation

SESSION_KEY = "planted-session-key"
TOKEN = "planted-token"
PASSWORD = "planted-proxy-password"
SECRETS = (API_KEY, SESSION_KEY, TOKEN, PASSWORD)
BODY = {"response": {"data": [{"id": SESSION_ID, "key": SESSION_KEY}]}}


class Watcher:
    """A class of the user's that inherits nothing of ours."""

    def __init__(self) -> None:
        self.requests: list[HttpRequest] = []
        self.responses: list[HttpResponse] = []

    def on_before_request(self, request: HttpRequest) -> None:
        self.requests.append(request)

    def on_after_response(self, http_response: HttpResponse) -> None:
        self.responses.append(http_response)


def fields_of(value: Any) -> Any:
    return dataclasses.asdict(value) if dataclasses.is_dataclass(value) and not isinstance(value, type) else value


# What loggers, web frameworks and users do to what they are given; `leaks` looks at its members and its pickle.
SERIALISERS: dict[str, Callable[[Any], Any]] = {
    "as it is": lambda value: value,
    "asdict": fields_of,
    "JSON": lambda value: json.dumps(fields_of(value), default=str),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),
    "replace": lambda value: cast("Any", dataclasses.replace)(value) if dataclasses.is_dataclass(value) else value,
}


@each_operation
def test_it_sees_each_call_before_and_after(connect: Connect, operation: Operation) -> None:
    watcher = Watcher()
    with Server([answer(BODY)]) as server:
        operation(connect(server, http_call_back=watcher).sessions)
    (request,), (response,) = watcher.requests, watcher.responses
    assert (request.http_method, request.query_url) == (operation.http_method, server.url + operation.path)
    assert ("p1_log_example" in (request.parameters or "")) is (operation.http_method == "POST")
    assert response.status_code == 200


@pytest.mark.parametrize("serialise", SERIALISERS.values(), ids=SERIALISERS)
@pytest.mark.parametrize("status", [200, 500])
def test_no_serialiser_finds_a_secret_in_what_it_is_given(
    connect: Connect, serialise: Callable[[Any], object], status: int
) -> None:
    class Logger(Watcher):
        def on_before_request(self, request: HttpRequest) -> None:
            super().on_before_request(request)
            found.extend(leaks(serialise(request), SECRETS))
            assert request.reveal().headers["token"] == TOKEN

        def on_after_response(self, http_response: HttpResponse) -> None:
            found.extend(leaks(serialise(http_response), SECRETS))
            assert SESSION_KEY in http_response.reveal().text

    found: list[str] = []
    with Server([answer(BODY, status)]) as server:
        client = connect(server, http_call_back=Logger())
        try:
            client.sessions.get_sessions_id(SESSION_ID, token=TOKEN)
        except APIException:
            assert status == 500
    assert found == []


def test_a_call_that_is_retried_is_shown_once_with_its_last_response(connect: Connect, clock: Clock) -> None:
    watcher = Watcher()
    with Server([reset(), answer(b"", 503), answer(REFUSED, 401)]) as server, pytest.raises(APIException):
        GET_ONE(connect(server, http_call_back=watcher, max_retries=2).sessions)
    assert len(watcher.requests) == 1
    assert [response.status_code for response in watcher.responses] == [401]


def test_a_call_without_a_response_has_a_before_and_no_after_but_an_error(connect: Connect) -> None:
    class Complete(Watcher):
        def on_error(self, request: HttpRequest, exception: Exception) -> None:
            errors.append((request, exception))

    errors: list[tuple[HttpRequest, Exception]] = []
    with Server([reset(), reset(), answer(sessions("x"))]) as server:
        for watcher in (Watcher(), Complete()):
            with pytest.raises(ConnectionException) as caught:
                GET_ONE(connect(server, http_call_back=watcher).sessions)
            assert (len(watcher.requests), watcher.responses) == (1, [])
        GET_ONE(connect(server, http_call_back=Complete()).sessions)
    ((request, exception),) = errors
    assert exception is caught.value
    assert leaks(request, SECRETS) == []


def test_it_cannot_change_what_is_sent(connect: Connect) -> None:
    class Meddler(Watcher):
        def on_before_request(self, request: HttpRequest) -> None:
            with suppress(AttributeError):  # a frozen class refuses, which is as good
                request.query_url = "http://elsewhere.example/"
            with suppress(AttributeError):
                request.headers = {"APIKEY": "another"}

    with Server([answer(BODY)]) as server:
        GET_ONE(connect(server, http_call_back=Meddler()).sessions)
        assert server.requests[0].headers["apikey"] == API_KEY


def test_what_it_raises_reaches_the_caller_and_the_connection_is_kept(connect: Connect) -> None:
    class Objector(Watcher):
        def on_after_response(self, http_response: HttpResponse) -> None:
            raise RuntimeError("not today")

    with Server([answer(BODY)] * 3) as server:
        client = connect(server, http_call_back=Objector(), pool_size=1, timeout=2)
        for _ in range(3):
            with pytest.raises(RuntimeError, match="not today"):
                GET_ONE(client.sessions)
        assert server.connections == 1
