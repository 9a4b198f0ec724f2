"""What a test mocks is mocked: the real API sees nothing of it."""

import json
import pkgutil
from pathlib import Path
from traceback import format_exception
from typing import Any
from unittest import mock

import pytest
import requests
import requests_mock
import responses
import wrapt
from pytest_httpserver import HTTPServer
from responses import _recorder, matchers
from urllib3 import HTTPConnectionPool, poolmanager
from urllib3.connection import HTTPConnection, HTTPSConnection

from payrix_sessions import ConnectionException, SessionsController, TimeoutException
from payrix_sessions.sandbox import Sandbox
from tests.compatibility import BODY, EMPTY, ONE, ids
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
    headers = {"APIKEY": sandbox.api_key, "content-type": "application/json"}

    def has_the_body(request: Any) -> bool:
        return bool(request.json() == BODY)

    with requests_mock.Mocker() as mocker:
        url = f"{sandbox.base_url}/sessions"
        mocker.post(url, json=ONE, request_headers=headers, additional_matcher=has_the_body)
        assert ids(in_sandbox.post_sessions(BODY)) == ["p1_ssn_stub"]
        with pytest.raises((requests_mock.NoMockAddress, ConnectionException)) as raised:
            in_sandbox.delete_sessions_id(known)
    assert "NoMockAddress" in "".join(format_exception(raised.value))
    assert [request.method for request in mocker.request_history] == ["POST", "DELETE"]
    assert sandbox.requests == []


def test_requests_mock_lets_through_what_it_is_told_to(
    sandbox: Sandbox, in_sandbox: SessionsController, known: str
) -> None:
    with requests_mock.Mocker(real_http=True) as mocker:
        mocker.post(f"{sandbox.base_url}/sessions", json=ONE)
        assert ids(in_sandbox.post_sessions(BODY)) == ["p1_ssn_stub"]
        assert ids(in_sandbox.get_sessions_id(known)) == [known]
    assert [request.method for request in sandbox.requests] == ["GET"]


def test_requests_mock_can_be_put_on_one_session(sandbox: Sandbox, known: str, session: requests.Session) -> None:
    url, adapter = f"{sandbox.base_url}/sessions/{known}", requests_mock.Adapter()
    adapter.register_uri("DELETE", url, json=EMPTY)
    with sandbox.client(http_client_instance=session) as client:
        with requests_mock.Mocker(session=session) as mocker:
            mocker.delete(url, json=EMPTY)
            assert ids(client.sessions.delete_sessions_id(known)) == []
        session.mount("http://", adapter)
        assert ids(client.sessions.delete_sessions_id(known)) == []
    assert (adapter.call_count, sandbox.requests) == (1, [])


def test_failures_that_requests_mock_plays_are_exceptions_of_ours_and_are_retried() -> None:
    with make_client(max_retries=1, backoff_factor=0) as client, requests_mock.Mocker() as mocker:
        mocker.get(requests_mock.ANY, [{"status_code": 503}, {"exc": requests.ReadTimeout}])
        with pytest.raises(TimeoutException) as raised:
            client.sessions.get_sessions()
    assert raised.value.attempts == mocker.call_count == 2


# responses


def test_the_matchers_of_responses_see_the_request(sandbox: Sandbox, in_sandbox: SessionsController) -> None:
    of_post = [
        matchers.header_matcher({"APIKEY": sandbox.api_key, "accept": "application/json"}),
        matchers.json_params_matcher(BODY),
        matchers.request_kwargs_matcher({"verify": True, "cert": None}),
        matchers.fragment_identifier_matcher(""),
    ]
    query = matchers.query_param_matcher({"page[number]": 2, "page[limit]": 10})
    with responses.RequestsMock() as mocker:
        url = f"{sandbox.base_url}/sessions"
        mocker.post(url, json=ONE, match=of_post)
        mocker.get(url, json=EMPTY, match=[query, matchers.query_string_matcher("page[number]=2&page[limit]=10")])
        assert ids(in_sandbox.post_sessions(BODY)) == ["p1_ssn_stub"]
        assert ids(in_sandbox.get_sessions(page_number=2, page_limit=10)) == []
        with pytest.raises(ConnectionException):
            in_sandbox.get_sessions(page_number=3, page_limit=10)
    assert sandbox.requests == []


def test_what_responses_records_can_be_replayed(
    sandbox: Sandbox, in_sandbox: SessionsController, known: str, tmp_path: Path
) -> None:
    file = tmp_path / "recorded.yaml"

    def calls() -> list[list[str]]:
        return [ids(call(known)) for call in (in_sandbox.get_sessions_id, in_sandbox.delete_sessions_id)]

    assert _recorder.record(file_path=file)(calls)() == [[known], [known]]
    with responses.RequestsMock() as mocker:
        mocker._add_from_file(file)  # pyright: ignore[reportPrivateUsage]  (documented, as the recorder is)
        assert calls() == [[known], [known]]
    assert len(sandbox.requests) == 2


# unittest.mock and pytest's monkeypatch


def test_a_patched_send_stands_in_for_the_api(sandbox: Sandbox, in_sandbox: SessionsController) -> None:
    for target in (SEND, "requests.sessions.Session.send", "requests.adapters.HTTPAdapter.send"):
        with mock.patch(target, autospec=True, return_value=one_by_hand()) as send:
            assert ids(in_sandbox.post_sessions(BODY)) == ["p1_ssn_stub"]
        ((_, request), _) = send.call_args
        assert json.loads(request.body) == BODY
    with mock.patch(SEND, side_effect=AssertionError("no network in tests")):
        with pytest.raises(AssertionError, match="no network"):
            in_sandbox.post_sessions(BODY)
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


def test_what_reads_responses_can_be_replaced_for_https_alone(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.bundle))
    read: Any = HTTPSConnection.getresponse
    with Server([answer(ONE)], tls=certificates.trusted) as server, make_client(base_url=server.url) as client:
        with mock.patch.object(HTTPSConnection, "getresponse", autospec=True, side_effect=read) as watched:
            assert ids(client.sessions.post_sessions(BODY)) == ["p1_ssn_stub"]
    assert watched.call_count == 1


def test_who_watches_request_connections_or_responses_sees_ours(
    sandbox: Sandbox, in_sandbox: SessionsController
) -> None:
    seen: list[str] = []

    def watched(target: str) -> Any:
        original: Any = pkgutil.resolve_name(target)

        def replacement(*arguments: Any, **options: Any) -> Any:
            seen.append(target)
            return original(*arguments, **options)

        return mock.patch(target, replacement)

    targets = [
        "requests.sessions.Session.request",
        "urllib3.util.connection.create_connection",
        "urllib3.connection.HTTPConnection.getresponse",
    ]
    with watched(targets[0]), watched(targets[1]), watched(targets[2]):
        assert len(ids(in_sandbox.post_sessions(BODY))) == 1
    assert (seen, sandbox.requests[0].headers["APIKEY"]) == (targets, sandbox.api_key)


def test_a_class_of_connections_that_a_tool_puts_in_place_makes_them_at_once_and_as_long_as_it_is_there(
    in_sandbox: SessionsController, known: str
) -> None:
    assert ids(in_sandbox.get_sessions_id(known)) == [known]
    with mock.patch.object(HTTPConnectionPool, "ConnectionCls", wraps=HTTPConnection) as noted:
        assert ids(in_sandbox.get_sessions_id(known)) == [known]
    assert ids(in_sandbox.get_sessions_id(known)) == [known]
    assert noted.call_count == 1


# pytest-httpserver


def test_pytest_httpserver_stands_for_the_api(httpserver: HTTPServer) -> None:
    headers = {"APIKEY": API_KEY, "Content-Type": "application/json"}
    expected = httpserver.expect_oneshot_request("/sessions", method="POST", headers=headers, json=BODY)
    expected.respond_with_json(ONE)
    with make_client(base_url=httpserver.url_for("").rstrip("/")) as client:
        assert ids(client.sessions.post_sessions(BODY)) == ["p1_ssn_stub"]
    httpserver.check()
