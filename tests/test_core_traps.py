"""The traps of the runtime underneath, each with what would go wrong if we stepped into it.

Some guards show the trap itself: when one fails, the runtime has changed and a rule of ours may be dropped.
"""

import importlib
import json
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock
from urllib.parse import unquote

import pytest
import requests
from apimatic_core.utilities.api_helper import ApiHelper
from responses import RequestsMock

from payrix_sessions import (
    APIException,
    ApiKeyCredentials,
    ApiResponse,
    Client,
    ConfigurationException,
    PasswordCredentials,
    SessionKeyCredentials,
    SessionsController,
    SessionsPostRequest,
    UsernameCredentials,
)
from tests import fixtures
from tests.wire import (
    API_KEY,
    BASE_URL,
    CREATE,
    EMPTY,
    OPERATIONS,
    Operation,
    body_bytes,
    each_operation,
    each_operation_with_id,
    header,
    make_client,
    outcome,
    reply,
    sent,
)

jsonpickle: Any = importlib.import_module("jsonpickle")


@each_operation
def test_a_404_is_never_returned_as_a_success(
    operation: Operation, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, EMPTY, status=404)
    with pytest.raises(APIException):
        operation(sessions)


@each_operation
def test_errors_are_there_beside_a_model(operation: Operation, api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, fixtures.load("required_field"))
    result = operation(sessions)
    assert [error.error_code for error in result.errors] == ["required_field"]


def test_the_choice_of_credentials_holds_for_one_call_only(api: RequestsMock) -> None:
    reply(api)
    by_name = {
        "api_key_credentials": None,
        "username_credentials": UsernameCredentials("fake-username"),
        "password_credentials": PasswordCredentials("fake-password"),
    }
    with make_client(**by_name) as client:
        for _ in range(3):
            CREATE(client.sessions)
            for operation in OPERATIONS:
                if operation is not CREATE:
                    with pytest.raises(ConfigurationException):
                        operation(client.sessions)
    assert len(api.calls) == 3


def test_threads_do_not_share_the_state_of_a_call(api: RequestsMock) -> None:
    reply(api)
    with make_client() as client:
        clients = [client] + [
            client.with_options(
                api_key_credentials=None, session_key_credentials=SessionKeyCredentials(f"fake-key-{index}")
            )
            for index in range(7)
        ]
        expected = [API_KEY] + [f"fake-key-{index}" for index in range(7)]

        def work(index: int) -> None:
            for turn in range(20):
                clients[index].sessions.get_sessions_id(f"{index}-{turn}", f"token-{index}-{turn}")

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(8)))

    assert len(api.calls) == 160
    for call in api.calls:
        index, turn = str(call.request.url).rsplit("/", 1)[1].split("-")
        key = header(call.request, "APIKEY") or header(call.request, "SESSIONKEY")
        assert key == expected[int(index)]
        assert header(call.request, "request-token") == f"token-{index}-{turn}"


def test_no_call_changes_how_often_the_next_is_tried(api: RequestsMock) -> None:
    reply(api)
    session = requests.Session()
    mounted: Any = session.adapters
    adapters = {prefix: (adapter, adapter.max_retries) for prefix, adapter in mounted.items()}
    with make_client(http_client_instance=session) as client:
        for _ in range(2):
            for operation in OPERATIONS:
                operation(client.sessions)
                operation(client.sessions, request_token="token-1")
    for prefix, (adapter, retries) in adapters.items():
        assert mounted[prefix] is adapter
        assert adapter.max_retries is retries
        assert retries.total == 0
    session.close()


def test_retries_of_one_client_do_not_change_those_of_another(
    api: RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", mock.Mock())
    reply(api, status=503)
    with make_client(max_retries=1) as client:
        once = client.with_options(max_retries=0)
        for made, calls in ((client, 2), (once, 1), (client, 2), (once, 1)):
            api.calls.reset()
            with pytest.raises(APIException):
                made.sessions.get_sessions()
            assert len(api.calls) == calls


@each_operation
def test_no_log_line_and_no_repr_shows_key_or_body(
    operation: Operation, api: RequestsMock, sessions: SessionsController, caplog: pytest.LogCaptureFixture
) -> None:
    reply(api, {"response": {"data": [{"id": "p1_ssn_1", "key": "fake-session-key"}]}})
    with caplog.at_level(logging.DEBUG):
        result = operation(sessions, token="fake-auth-token")
    seen = [f"{record.getMessage()} {record.args!r} {record.exc_info!r}" for record in caplog.records]
    seen += [repr(result), repr(result.request), str(result.request), repr(sessions)]
    for secret in (API_KEY, "fake-auth-token", "fake-session-key"):
        assert not [text for text in seen if secret in text]
    assert {record.name for record in caplog.records} == {"payrix_sessions"}


@each_operation
@pytest.mark.parametrize("status", [200, 400, 500])
def test_no_answer_is_decoded_with_jsonpickle(
    operation: Operation, status: int, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, fixtures.load("two_field_errors"), status=status)
    forbidden = AssertionError("an answer was decoded with jsonpickle")
    with (
        mock.patch.object(jsonpickle, "decode", side_effect=forbidden),
        mock.patch.object(jsonpickle.unpickler, "decode", side_effect=forbidden),
        mock.patch.object(ApiHelper, "json_deserialize", side_effect=forbidden),
    ):
        result = outcome(lambda: operation(sessions))
    assert isinstance(result, ApiResponse if status == 200 else APIException)
    assert [error.error_code for error in result.errors] == ["no_such_record", "required_field"]


def test_the_core_would_run_code_named_in_a_body() -> None:
    decoded = ApiHelper.json_deserialize(json.dumps({"py/reduce": [{"py/type": "builtins.int"}, {"py/tuple": ["7"]}]}))
    assert decoded == 7


ODD_IDS = [
    "a//b",
    "//",
    "/",
    "a/../b",
    "../..",
    "https://example.com//x",
    "{id}",
    "a?b",
    "a%2Fb",
    "%",
    "a b",
    "://",
]


@pytest.mark.parametrize("id", ODD_IDS)
@each_operation_with_id
def test_the_cleaning_of_urls_does_not_touch_an_id(
    operation: Operation, id: str, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api)
    operation(sessions, id=id)
    url = str(sent(api).url)
    assert url.startswith(f"{BASE_URL}/sessions/")
    segment = url.removeprefix(f"{BASE_URL}/sessions/")
    assert re.fullmatch(r"[A-Za-z0-9_.~%-]+", segment)
    assert unquote(segment) == id


def test_a_repeated_list_in_a_body_is_sent_twice(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api)
    repeated = [{"a": 1}]
    body = {"one": repeated, "two": repeated, "three": {"four": repeated}}
    sessions.post_sessions(body)
    assert json.loads(body_bytes(sent(api))) == body


def test_what_looks_like_code_in_a_body_is_sent_as_data(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api)
    body: dict[str, Any] = {"newField": {"py/object": "builtins.int", "py/id": 1}, "py/type": "builtins.str"}
    sessions.post_sessions(body)
    assert json.loads(body_bytes(sent(api))) == body


def test_zeros_in_a_body_are_sent(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api)
    sessions.post_sessions(SessionsPostRequest(public=0, token=0, mfa_authenticated=0, inactive=0, frozen=0))
    assert body_bytes(sent(api)) == (b'{"public": 0, "token": 0, "mfaAuthenticated": 0, "inactive": 0, "frozen": 0}')


def test_a_class_has_no_controller_of_its_own(client: Client) -> None:
    assert isinstance(client.sessions, SessionsController)
    assert getattr(Client, "sessions", "missing") is not None


def test_clients_do_not_share_their_configuration(api: RequestsMock) -> None:
    reply(api)
    with (
        make_client(base_url="https://one.example") as one,
        make_client(base_url="https://two.example", api_key_credentials=ApiKeyCredentials("fake-two")) as two,
    ):
        for client in (one, two, one):
            client.sessions.get_sessions()
    assert [(call.request.url, header(call.request, "APIKEY")) for call in api.calls] == [
        ("https://one.example/sessions", API_KEY),
        ("https://two.example/sessions", "fake-two"),
        ("https://one.example/sessions", API_KEY),
    ]


def test_our_client_stands_behind_the_interface_of_the_core() -> None:
    interface: Any = importlib.import_module("apimatic_core_interfaces.client.http_client").HttpClient
    ours = importlib.import_module("payrix_sessions._core")
    client = vars(ours)["_HttpClient"](mock.Mock())
    assert isinstance(client, interface)
    # What the core calls after its own adapters: ours answers in the right form already.
    assert client.convert_response("response", contains_binary_response=False, request=None) == "response"
