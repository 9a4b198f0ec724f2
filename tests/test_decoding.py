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

from payrix_sessions import APIException, HttpResponse, PayrixException, SessionsController
from tests import fixtures
from tests.wire import GET_MANY, OPERATIONS, envelope, make_client, printed, reply, session


def look_at(http_response: HttpResponse) -> None:
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
    monkeypatch.setattr("time.sleep", mock.Mock())
    return texts


def look(call: Callable[[], Any]) -> None:
    """Make a call, and look at all that comes of it."""
    try:
        result = call()
        printed(result, result.body, result.errors, result.request_id, result.is_duplicate, result.totals)
        result.one()
    except PayrixException as exception:
        printed(exception, getattr(exception, "errors", ()), getattr(exception, "request_id", None))


HTML = "<html>no</html>"
LIST = envelope(session(), page={"current": 1})


def test_no_attempt_is_decoded_twice(api: RequestsMock, decoded: list[str], caplog: pytest.LogCaptureFixture) -> None:
    rows: list[tuple[int, Any, int]] = [
        (200, LIST, 1),
        (200, fixtures.load("invalid_auth"), 1),
        (200, envelope(session("p1_ssn_other")), 1),
        (200, HTML, 1),
        (302, HTML, 1),
        (400, fixtures.load("invalid_auth"), 1),
        (404, HTML, 1),
        (429, fixtures.load("rate_limited"), 3),
        (200, fixtures.load("rate_limited_in_success"), 3),
        (503, HTML, 3),
    ]
    for (status, body, attempts), operation, level in product(rows, OPERATIONS, (logging.WARNING, logging.DEBUG)):
        api.reset()
        reply(api, body, status=status)
        decoded.clear()
        looker = mock.Mock(on_before_request=printed, on_after_response=look_at)
        with caplog.at_level(level, "payrix_sessions"), make_client(max_retries=2, http_call_back=looker) as client:
            look(partial(operation, client.sessions, request_token="order-7"))
        assert len(api.calls) == attempts
        assert 0 < len(decoded) <= attempts


def test_what_has_no_body_is_not_decoded(api: RequestsMock, decoded: list[str], sessions: SessionsController) -> None:
    reply(api, b"", status=204)
    look(sessions.get_sessions)
    assert decoded == []


def test_no_exception_is_made_that_nobody_raises(
    api: RequestsMock, decoded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = mock.Mock(return_value=None)
    monkeypatch.setattr(APIException, "__init__", made)
    for body in (fixtures.load("rate_limited_in_success"), LIST):
        api.reset()
        reply(api, body)
        with make_client(max_retries=2) as client:
            result = GET_MANY(client.sessions)
            printed(result, result.errors)
    assert made.call_count == 0
