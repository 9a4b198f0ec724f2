"""What we do in the place of apimatic-core: responses are data, and decoded once.

More stands where it belongs: a 404 as a success and lost errors in tests/controllers/test_responses.py, the choice of
credentials in tests/http/test_credentials.py, shared retries in tests/transport/test_retries.py, a talkative logger in
test_observers.py beside it, the cleaning of URLs in tests/test_properties.py, the state of a call in test_client.py.
"""

import json
import logging
from contextlib import suppress
from functools import partial
from itertools import product
from typing import Any
from unittest import mock

import pytest
from apimatic_core.utilities.api_helper import ApiHelper
from responses import RequestsMock

from payrix_sessions import APIException, ApiResponse, HttpResponse, PayrixException, SessionsController, _core
from tests import fixtures
from tests.wire import OPERATIONS, envelope, make_client, outcome, printed, reply, session

ran: list[str] = []  # by code that a body names
CODE: dict[str, Any] = {"py/reduce": [{"py/function": f"{__name__}.ran.append"}, {"py/tuple": ["reduce"]}]}


def test_code_named_in_a_response_is_never_run(api: RequestsMock, sessions: SessionsController) -> None:
    bodies: list[Any] = [CODE, {"response": CODE}, {"response": {"data": [CODE], "details": CODE}}, {"errors": [CODE]}]
    ran.clear()
    ApiHelper.json_deserialize(json.dumps(CODE))
    assert ran == ["reduce"]  # the core would run it; when this fails, a rule of ours may be dropped
    ran.clear()
    for status, body, operation in product((200, 400, 500), bodies, OPERATIONS):
        api.reset()
        reply(api, body, status=status)
        result = outcome(partial(operation, sessions))
        assert isinstance(result, (ApiResponse, APIException))
        assert printed(result, *result.errors)
    assert ran == []


def test_what_the_core_calls_after_its_own_adapters_leaves_our_response_as_it_is() -> None:
    client: Any = vars(_core)["_ClientForCore"](mock.Mock(), None)
    assert client.convert_response("response", contains_binary_response=False, request=None) == "response"


def look_at(http_response: HttpResponse) -> None:
    printed(http_response, http_response.request_id, http_response.text, http_response.reveal().request_id)


def look(result: Any) -> None:
    """Look at all that has come of a call."""
    names = ("body", "errors", "request_id", "is_duplicate", "totals")
    printed(result, *(getattr(result, name, None) for name in names))
    if isinstance(result, ApiResponse):
        with suppress(PayrixException):
            result.one()


HTML = "<html>no</html>"
LIST = envelope(session(), page={"current": 1})


def test_no_attempt_is_decoded_twice_whoever_asks_and_no_exception_is_made_that_nobody_raises(
    api: RequestsMock, sessions: SessionsController, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[APIException] = []
    decoded: list[str] = []
    make, scan = APIException.__init__, json.JSONDecoder.raw_decode

    def count(self: APIException, *arguments: Any) -> None:
        made.append(self)
        make(self, *arguments)

    # Every way through the json module ends here.
    def count_decoded(self: json.JSONDecoder, s: str, idx: int = 0) -> tuple[Any, int]:
        decoded.append(s)
        return scan(self, s, idx)

    monkeypatch.setattr(APIException, "__init__", count)
    monkeypatch.setattr(json.JSONDecoder, "raw_decode", count_decoded)
    monkeypatch.setattr("time.sleep", mock.Mock())
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
        made.clear()
        looker = mock.Mock(on_before_request=printed, on_after_response=look_at)
        with caplog.at_level(level, "payrix_sessions"), make_client(max_retries=2, http_call_back=looker) as client:
            result = outcome(partial(operation, client.sessions, request_token="order-7"))
            printed(result)
            assert made == ([] if isinstance(result, ApiResponse) else [result])
            look(result)
        assert len(api.calls) == attempts
        assert 0 < len(decoded) <= attempts
    # What has no body is not decoded.
    api.reset()
    reply(api, b"", status=204)
    decoded.clear()
    look(sessions.get_sessions())
    assert decoded == []
