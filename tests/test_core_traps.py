"""The traps of the runtime underneath, each with what would go wrong if we stepped into it.

The first shows a trap itself: when it fails, the runtime has changed and a rule of ours may be dropped. Others stand
where they belong: a 404 as a success and lost errors in tests/controllers/test_responses.py, the cleaning of URLs in
test_requests.py, the choice of credentials in test_credentials_on_the_wire.py.
"""

import importlib
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from unittest import mock

import pytest
import requests
from apimatic_core.utilities.api_helper import ApiHelper
from responses import RequestsMock

from payrix_sessions import APIException, ApiKeyCredentials, ApiResponse, SessionKeyCredentials
from tests import fixtures
from tests.wire import API_KEY, OPERATIONS, SESSION_KEY, header, make_client, outcome, reply

jsonpickle: Any = importlib.import_module("jsonpickle")


def test_the_core_would_run_code_named_in_a_body() -> None:
    decoded = ApiHelper.json_deserialize(json.dumps({"py/reduce": [{"py/type": "builtins.int"}, {"py/tuple": ["7"]}]}))
    assert decoded == 7


def test_no_response_is_decoded_with_jsonpickle(api: RequestsMock) -> None:
    for status in (200, 400, 500):
        api.reset()
        reply(api, fixtures.load("two_field_errors"), status=status)
        forbidden = AssertionError("a response was decoded with jsonpickle")
        with (
            make_client() as client,
            mock.patch.object(jsonpickle, "decode", side_effect=forbidden),
            mock.patch.object(jsonpickle.unpickler, "decode", side_effect=forbidden),
            mock.patch.object(ApiHelper, "json_deserialize", side_effect=forbidden),
        ):
            for operation in OPERATIONS:
                result = outcome(partial(operation, client.sessions))
                assert isinstance(result, ApiResponse if status == 200 else APIException)
                assert [error.error_code for error in result.errors] == ["no_such_record", "required_field"]


def test_threads_do_not_share_the_state_of_a_call(api: RequestsMock) -> None:
    reply(api)
    with make_client() as client:
        keys = [SessionKeyCredentials(f"fake-key-{index}") for index in range(7)]
        clients = [client, *(client.with_options(session_key_credentials=key) for key in keys)]

        def work(index: int) -> None:
            for turn in range(20):
                clients[index].sessions.get_sessions_id(f"{index}-{turn}", f"token-{index}-{turn}")

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(8)))
    assert len(api.calls) == 160
    for call in api.calls:
        index, turn = str(call.request.url).rsplit("/", 1)[1].split("-")
        key = header(call.request, "APIKEY") or header(call.request, "SESSIONKEY")
        assert key == [API_KEY, *(key.value for key in keys)][int(index)]
        assert header(call.request, "request-token") == f"token-{index}-{turn}"


def test_no_call_changes_how_often_the_next_is_tried_nor_the_adapters_of_a_session(
    api: RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", mock.Mock())
    reply(api, status=503)
    with requests.Session() as session:
        mounted: Any = session.adapters
        before = {
            prefix: (adapter, adapter.max_retries, adapter.max_retries.total) for prefix, adapter in mounted.items()
        }
        with make_client(max_retries=1, http_client_instance=session) as client:
            once = client.with_options(max_retries=0)
            for made, calls in ((client, 2), (once, 1), (client, 2), (once, 1)):
                api.calls.reset()
                with pytest.raises(APIException):
                    made.sessions.get_sessions()
                assert len(api.calls) == calls
        after = {
            prefix: (adapter, adapter.max_retries, adapter.max_retries.total) for prefix, adapter in mounted.items()
        }
    assert after == before


def test_clients_do_not_share_their_configuration(api: RequestsMock) -> None:
    reply(api)
    with (
        make_client(base_url="https://one.example") as one,
        make_client(base_url="https://two.example", api_key_credentials=ApiKeyCredentials("fake-two")) as two,
    ):
        for client in (one, two, one):
            client.sessions.get_sessions()
    first, second = ("https://one.example/sessions", API_KEY), ("https://two.example/sessions", "fake-two")
    assert [(call.request.url, header(call.request, "APIKEY")) for call in api.calls] == [first, second, first]


def test_no_logger_but_ours_says_anything_and_no_line_shows_key_or_body(
    api: RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    # The core's own logger prints headers and bodies.
    reply(api)
    with caplog.at_level(logging.DEBUG), make_client() as client:
        for operation in OPERATIONS:
            operation(client.sessions, token="fake-auth-token")
    assert {record.name for record in caplog.records} == {"payrix_sessions"}
    assert len(caplog.records) == len(OPERATIONS)
    seen = "".join(f"{record.getMessage()} {record.args!r} {record.exc_info!r}" for record in caplog.records)
    assert not [secret for secret in (API_KEY, "fake-auth-token", SESSION_KEY) if secret in seen]


def test_our_client_stands_behind_the_interface_of_the_core() -> None:
    interface: Any = importlib.import_module("apimatic_core_interfaces.client.http_client").HttpClient
    client = vars(importlib.import_module("payrix_sessions._core"))["_ClientForCore"](mock.Mock(), None)
    assert isinstance(client, interface)
    # What the core calls after its own adapters: ours responds in the right form already.
    assert client.convert_response("response", contains_binary_response=False, request=None) == "response"
