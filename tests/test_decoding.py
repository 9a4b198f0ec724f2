"""A response is decoded once, whoever asks what is in it: retries, log lines, handlers, exceptions, results."""

import json
import logging
from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Any
from unittest import mock

import pytest
from responses import RequestsMock

from payrix_sessions import APIException, HttpRequest, HttpResponse, PayrixException
from payrix_sessions.exceptions import api_exception
from tests import fixtures
from tests.wire import OPERATIONS, envelope, make_client, printed, reply, session

HTML = "<html>no</html>"


class Looker:
    """A callback that looks at everything."""

    def on_before_request(self, request: HttpRequest) -> None:
        printed(request)

    def on_after_response(self, http_response: HttpResponse) -> None:
        printed(http_response, http_response.request_id, http_response.text, http_response.reveal().request_id)


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is decoded: every way through the json module ends in the scanner of a decoder."""
    texts: list[str] = []
    scan = json.JSONDecoder.raw_decode

    def count(self: json.JSONDecoder, s: str, idx: int = 0) -> tuple[Any, int]:
        texts.append(s)
        return scan(self, s, idx)

    monkeypatch.setattr(json.JSONDecoder, "raw_decode", count)
    return texts


def look(call: Callable[[], Any]) -> None:
    """Make a call, and look at all that comes of it."""
    try:
        result = call()
        printed(result, result.body, result.errors, result.request_id, result.is_duplicate, result.totals)
        result.one()
    except PayrixException as exception:
        printed(exception, getattr(exception, "errors", ()), getattr(exception, "request_id", None))


LIST = envelope(session("p1_ssn_example"), page={"current": 1})
CASES: dict[str, tuple[int, Any, int]] = {
    "success": (200, LIST, 1),
    "an error inside a 200": (200, fixtures.load("two_field_errors"), 1),
    "an error at the top of a 200": (200, fixtures.load("invalid_auth"), 1),
    "no session": (200, envelope(), 1),
    "another session": (200, envelope(session("p1_ssn_other")), 1),
    "no envelope": (200, HTML, 1),
    "400": (400, fixtures.load("invalid_auth"), 1),
    "404 with HTML": (404, HTML, 1),
    "302": (302, HTML, 1),
    "rate limited": (429, fixtures.load("rate_limited"), 3),
    "rate limited inside a 200": (200, fixtures.load("rate_limited_in_success"), 3),
    "503": (503, HTML, 3),
}


@pytest.mark.parametrize(("status", "body", "attempts"), CASES.values(), ids=CASES)
def test_no_attempt_is_decoded_twice(
    status: int,
    body: Any,
    attempts: int,
    api: RequestsMock,
    decoded: list[str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("time.sleep", mock.Mock())
    reply(api, body, status=status)
    with make_client(max_retries=2, http_call_back=Looker()) as client:
        for operation, level in product(OPERATIONS, (logging.WARNING, logging.DEBUG)):
            decoded.clear()
            api.calls.reset()
            with caplog.at_level(level, "payrix_sessions"):
                look(partial(operation, client.sessions, request_token="order-7"))
            assert len(api.calls) == attempts
            assert 0 < len(decoded) <= attempts


def test_what_has_no_body_is_not_decoded(api: RequestsMock, decoded: list[str]) -> None:
    reply(api, b"", status=204)
    with make_client() as client:
        look(client.sessions.get_sessions)
    assert decoded == []


def test_no_exception_is_made_that_nobody_raises(api: RequestsMock, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    make = api_exception.APIException.__init__

    def count(self: APIException, *arguments: Any, **options: Any) -> None:
        made.append(arguments[0])
        make(self, *arguments, **options)

    monkeypatch.setattr(api_exception.APIException, "__init__", count)
    monkeypatch.setattr("time.sleep", mock.Mock())
    for body in (fixtures.load("rate_limited_in_success"), LIST):
        api.reset()
        reply(api, body)
        with make_client(max_retries=2) as client:
            result = client.sessions.get_sessions()
            printed(result, result.errors)
    assert made == []
