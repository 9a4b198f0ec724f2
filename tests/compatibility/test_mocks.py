"""What a test mocks, blocks or replays is not sent: the real API sees nothing of it.

The suite itself and doc/testing.md use responses; doc/testing.md records a cassette.
"""

# vcrpy has no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false

import json
import pkgutil
from pathlib import Path
from traceback import format_exception
from typing import Any
from unittest import mock

import pytest
import requests
import requests_mock
import wrapt
from pytest_httpserver import HTTPServer
from urllib3 import HTTPConnectionPool, poolmanager
from vcr import VCR
from vcr.errors import CannotOverwriteExistingCassetteException

from payrix_sessions import ApiResponse, Client, ConnectionException, SessionsController
from payrix_sessions.sandbox import Sandbox
from tests.compatibility import BODY, ONE, ids
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


def test_a_patched_send_stands_in_for_the_api_whatever_form_its_response_has(sessions: SessionsController) -> None:
    text = json.dumps(ONE)
    stubs: list[Any] = [
        one_by_hand(),
        mock.MagicMock(status_code=200, reason="OK", headers={}, content=text.encode(), text=text),
        *(mock.Mock(status_code=200, **more) for more in ({}, {"text": text}, {"spec": requests.Response})),
    ]
    for target in (SEND, "requests.adapters.HTTPAdapter.send"):
        for stub in stubs[: None if target is SEND else 1]:
            stub.json = mock.Mock(return_value=ONE)
            with mock.patch(target, autospec=True, return_value=stub) as send:
                assert ids(sessions.post_sessions(BODY)) == ["p1_ssn_stub"]
            assert json.loads(send.call_args.args[1].body) == BODY
    for half in (mock.MagicMock(content=b"{}"), mock.MagicMock(status_code=200)):
        with mock.patch(SEND, return_value=half), pytest.raises(ConnectionException):
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


def test_what_stands_in_the_place_of_a_session_gets_the_calls(sandbox: Sandbox, session: requests.Session) -> None:
    class Canned(requests.Session):
        def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            return one_by_hand()

    autospec = mock.create_autospec(requests.Session, instance=True)
    autospec.send.return_value = one_by_hand()
    magic = mock.MagicMock(**{"send.return_value": one_by_hand()})
    for made, given in ((Canned, None), (lambda: magic, None), (lambda: autospec, None), (lambda: autospec, autospec)):
        with mock.patch("requests.Session", made), sandbox.client(http_client_instance=given) as client:
            assert ids(client.sessions.post_sessions(BODY)) == ["p1_ssn_stub"]
    with mock.patch("requests.Session", Canned), sandbox.client(http_client_instance=session) as client:
        assert ids(client.sessions.post_sessions(BODY)) != ["p1_ssn_stub"]
    assert len(sandbox.requests) == 1


# doc/testing.md patches a method of a real client.
def test_a_client_can_be_a_mock_that_knows_the_signatures() -> None:
    client = mock.create_autospec(Client, instance=True)
    client.sessions = mock.create_autospec(SessionsController, instance=True)
    client.sessions.delete_sessions_id.return_value = ApiResponse.of(ONE["response"]["data"])
    assert ids(client.sessions.delete_sessions_id("a")) == ["p1_ssn_stub"]
    with pytest.raises(TypeError, match="argument"):
        client.sessions.delete_sessions_id(identifier="a")


# pytest-httpserver


def test_pytest_httpserver_stands_for_the_api(httpserver: HTTPServer) -> None:
    headers = {"APIKEY": API_KEY, "Content-Type": "application/json"}
    expected = httpserver.expect_oneshot_request("/sessions", method="POST", headers=headers, json=BODY)
    expected.respond_with_json(ONE)
    with make_client(base_url=httpserver.url_for("").rstrip("/")) as client:
        assert ids(client.sessions.post_sessions(BODY)) == ["p1_ssn_stub"]
    httpserver.check()


# vcrpy and pytest-recording


@pytest.mark.parametrize("is_own", [False, True], ids=["a session of ours", "a session of one's own"])
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # by vcrpy 8, for Python 3.10: what it drops
def test_a_recorded_cassette_is_replayed_and_what_is_not_on_it_never_leaves(
    sandbox: Sandbox, known: str, session: requests.Session, tmp_path: Path, is_own: bool
) -> None:
    vcr, cassette = VCR(), tmp_path / "calls.yaml"
    with sandbox.client(http_client_instance=session if is_own else None) as client, sandbox.client() as new:
        api = client.sessions

        def calls() -> list[list[str]]:
            return [ids(api.post_sessions(BODY)), ids(api.delete_sessions_id(known)), ids(api.get_sessions_id(known))]

        assert ids(api.get_sessions_id(known)) == [known]  # which leaves a connection
        with vcr.use_cassette(cassette):
            recorded = calls()
        with vcr.use_cassette(cassette, record_mode="none") as replayed:
            assert calls() == recorded
            assert replayed.all_played
            for each in (api, new.sessions):
                with pytest.raises(CannotOverwriteExistingCassetteException):
                    each.post_sessions(BODY)
                with pytest.raises(CannotOverwriteExistingCassetteException):
                    each.delete_sessions_id(known)
        assert ids(api.get_sessions_id(known)) == []
    assert [request.method for request in sandbox.requests] == ["GET", "POST", "DELETE", "GET", "GET"]


@pytest.mark.block_network
def test_pytest_recording_blocks_the_network(sandbox: Sandbox, in_sandbox: SessionsController) -> None:
    with pytest.raises(RuntimeError, match="Network is disabled"):
        in_sandbox.post_sessions(BODY)
    assert sandbox.requests == []
