"""What a test mocks is mocked: the real API sees nothing of it. The suite itself and doc/testing.md use responses."""

import json
import pkgutil
from traceback import format_exception
from typing import Any
from unittest import mock

import pytest
import requests
import requests_mock
import wrapt
from pytest_httpserver import HTTPServer
from urllib3 import HTTPConnectionPool, poolmanager

from payrix_sessions import ConnectionException, SessionsController
from payrix_sessions.sandbox import Sandbox
from tests.compatibility import BODY, ONE, ids
from tests.support.certificates import Certificates
from tests.support.server import Server, answer
from tests.wire import API_KEY, make_client

SEND = "requests.Session.send"


def one_by_hand() -> requests.Response:
    """Return a response as tests build one by hand."""
    response = requests.Response()
    vars(response).update(status_code=200, _content=json.dumps(ONE).encode())
    return response


# requests-mock


def test_requests_mock_stands_in_for_the_api_and_what_it_does_not_know_raises(
    sandbox: Sandbox, in_sandbox: SessionsController, known: str
) -> None:
    with requests_mock.Mocker() as mocker:
        mocker.post(f"{sandbox.base_url}/sessions", json=ONE, request_headers={"APIKEY": sandbox.api_key})
        assert ids(in_sandbox.post_sessions(BODY)) == ["p1_ssn_stub"]
        with pytest.raises((requests_mock.NoMockAddress, ConnectionException)) as raised:
            in_sandbox.delete_sessions_id(known)
    assert "NoMockAddress" in "".join(format_exception(raised.value))
    created, deleted = mocker.request_history
    assert (created.json(), deleted.method, sandbox.requests) == (BODY, "DELETE", [])


# unittest.mock and pytest's monkeypatch


def test_a_patched_send_stands_in_for_the_api(sandbox: Sandbox, in_sandbox: SessionsController) -> None:
    for target in (SEND, "requests.adapters.HTTPAdapter.send"):
        with mock.patch(target, autospec=True, return_value=one_by_hand()) as send:
            assert ids(in_sandbox.post_sessions(BODY)) == ["p1_ssn_stub"]
        assert json.loads(send.call_args.args[1].body) == BODY
    assert sandbox.requests == []


def test_a_mock_may_stand_for_the_response_and_have_its_body_in_one_form_only(sessions: SessionsController) -> None:
    text = json.dumps(ONE)
    stubs: list[Any] = [
        mock.MagicMock(status_code=200, reason="OK", headers={}, content=text.encode(), text=text),
        mock.Mock(status_code=200),
        mock.Mock(status_code=200, text=text),
        mock.Mock(status_code=200, spec=requests.Response),
    ]
    for stub in stubs:
        stub.json.return_value = ONE
        with mock.patch(SEND, return_value=stub):
            assert ids(sessions.post_sessions(BODY)) == ["p1_ssn_stub"]


def test_a_mock_without_a_status_or_a_body_is_an_error_and_not_half_a_response(sessions: SessionsController) -> None:
    for stub in (mock.MagicMock(content=b"{}"), mock.MagicMock(status_code=200)):
        with mock.patch(SEND, return_value=stub), pytest.raises(ConnectionException):
            sessions.get_sessions()


def refused(*args: Any, **options: Any) -> Any:
    """What tests put in the place of what opens a connection."""
    raise OSError("no network in tests")


class Refused(HTTPConnectionPool):
    """A pool that opens no connection."""

    urlopen = refused


def test_what_opens_connections_can_be_replaced_or_wrapped(sandbox: Sandbox) -> None:
    substitutes: list[Any] = [mock.patch.dict(poolmanager.pool_classes_by_scheme, {"http": Refused})]
    for target in ("urllib3.util.connection.create_connection", "urllib3.connection.HTTPConnection._new_conn"):
        # A wrapper of wrapt says that it equals what it wraps.
        wrapper = wrapt.FunctionWrapper(pkgutil.resolve_name(target), refused)
        substitutes += [mock.patch(target, refused), mock.patch(target, wrapper)]
    for substitute in substitutes:
        with substitute, sandbox.client(max_retries=0) as client, pytest.raises(ConnectionException):
            client.sessions.post_sessions(BODY)
    assert sandbox.requests == []


def test_a_class_in_the_place_of_a_session_gets_the_calls_but_for_those_of_a_session_from_before(
    sandbox: Sandbox, session: requests.Session
) -> None:
    class Canned(requests.Session):
        def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            return one_by_hand()

    with mock.patch("requests.Session", Canned):
        with sandbox.client() as client, sandbox.client(http_client_instance=session) as other:
            assert ids(client.sessions.post_sessions(BODY)) == ["p1_ssn_stub"]
            assert ids(other.sessions.post_sessions(BODY)) != ["p1_ssn_stub"]
    assert len(sandbox.requests) == 1


def test_a_mock_in_the_place_of_a_session_gets_the_calls(sandbox: Sandbox) -> None:
    with_signatures = mock.create_autospec(requests.Session, instance=True)
    for made, given in ((mock.MagicMock(), None), (with_signatures, None), (with_signatures, with_signatures)):
        made.send.return_value = mock.Mock(status_code=200, content=json.dumps(ONE).encode())
        with mock.patch("requests.Session", return_value=made):
            with sandbox.client(http_client_instance=given) as client:
                assert ids(client.sessions.post_sessions(BODY)) == ["p1_ssn_stub"]
    assert sandbox.requests == []


def test_who_watches_requests_connections_or_responses_sees_ours(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def watch(target: str) -> None:
        original: Any = pkgutil.resolve_name(target)

        def watched(*arguments: Any, **options: Any) -> Any:
            seen.append(target)
            return original(*arguments, **options)

        monkeypatch.setattr(target, watched)

    targets = [
        "requests.sessions.Session.request",
        "urllib3.util.connection.create_connection",
        "urllib3.connection.HTTPSConnection.getresponse",  # tests/transport/test_bytes.py has that of plain HTTP
    ]
    for target in targets:
        watch(target)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.bundle))
    with Server([answer(ONE)], tls=certificates.trusted) as server, make_client(base_url=server.url) as client:
        assert ids(client.sessions.post_sessions(BODY)) == ["p1_ssn_stub"]
    assert (seen, server.requests[0].headers["apikey"]) == (targets, API_KEY)


# pytest-httpserver


def test_pytest_httpserver_stands_for_the_api(httpserver: HTTPServer) -> None:
    headers = {"APIKEY": API_KEY, "Content-Type": "application/json"}
    expected = httpserver.expect_oneshot_request("/sessions", method="POST", headers=headers, json=BODY)
    expected.respond_with_json(ONE)
    with make_client(base_url=httpserver.url_for("").rstrip("/")) as client:
        assert ids(client.sessions.post_sessions(BODY)) == ["p1_ssn_stub"]
    httpserver.check()
