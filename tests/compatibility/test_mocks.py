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
from urllib3.util import connection as connection_module

from payrix_sessions import APIException, ApiKeyCredentials, ConnectionException, TimeoutException
from payrix_sessions.sandbox import Sandbox
from tests.compatibility.clients import BODY, EMPTY, KEY, ONE, Connect
from tests.support.certificates import Certificates
from tests.support.server import Server, answer
from tests.wire import make_client

NO_CONNECTION = (requests.ConnectionError, ConnectionException)


def response_of(body: Any, status: int = 200) -> requests.Response:
    """Return a response as tests build one by hand."""
    response = requests.Response()
    response.status_code = status
    vars(response)["_content"] = json.dumps(body).encode()
    return response


# requests-mock


def test_requests_mock_stands_in_for_the_api(real: Sandbox, known: str, connect: Connect) -> None:
    client = connect(real.base_url)

    def has_the_body(request: Any) -> bool:
        return bool(request.json() == BODY)

    with requests_mock.Mocker() as mocker:
        mocker.delete(f"{real.base_url}/sessions/{known}", json=EMPTY)
        mocker.post(
            f"{real.base_url}/sessions",
            json=ONE,
            request_headers={"APIKEY": KEY, "content-type": "application/json"},
            additional_matcher=has_the_body,
        )
        assert client.delete(known) == []
        assert client.create() == ["p1_ssn_stub"]
    assert [request.method for request in mocker.request_history] == ["DELETE", "POST"]
    assert real.requests == []
    assert len(real.sessions) == 1


def test_what_requests_mock_does_not_know_raises_and_never_leaves(real: Sandbox, connect: Connect) -> None:
    client = connect(real.base_url)
    with requests_mock.Mocker(), pytest.raises((requests_mock.NoMockAddress, ConnectionException)) as raised:
        client.delete(real.sessions[0].id)
    assert "NoMockAddress" in "".join(format_exception(raised.value))
    assert real.requests == []


def test_requests_mock_lets_through_what_it_is_told_to(real: Sandbox, known: str, connect: Connect) -> None:
    client = connect(real.base_url)
    with requests_mock.Mocker(real_http=True) as mocker:
        mocker.post(f"{real.base_url}/sessions", json=ONE)
        assert client.create() == ["p1_ssn_stub"]
        assert client.get(known) == [known]
    assert [request.method for request in real.requests] == ["GET"]


def test_requests_mock_can_be_put_on_one_session(
    real: Sandbox, known: str, connect: Connect, session: requests.Session
) -> None:
    client = connect(real.base_url, session)
    with requests_mock.Mocker(session=session) as mocker:
        mocker.delete(f"{real.base_url}/sessions/{known}", json=EMPTY)
        assert client.delete(known) == []
    adapter = requests_mock.Adapter()
    adapter.register_uri("DELETE", f"{real.base_url}/sessions/{known}", json=EMPTY)
    session.mount("http://", adapter)
    assert client.delete(known) == []
    assert adapter.call_count == 1
    assert real.requests == []


def test_failures_that_requests_mock_plays_are_exceptions_of_ours_and_are_retried() -> None:
    with make_client(max_retries=1, backoff_factor=0) as client, requests_mock.Mocker() as mocker:
        mocker.get(requests_mock.ANY, [{"status_code": 503}, {"exc": requests.ReadTimeout}])
        with pytest.raises(TimeoutException) as raised:
            client.sessions.get_sessions()
    assert raised.value.attempts == mocker.call_count == 2


# responses


def test_the_matchers_of_responses_see_the_request(connect: Connect) -> None:
    client = connect("https://test-api.payrix.com")
    url = "https://test-api.payrix.com/sessions"
    with responses.RequestsMock() as api:
        api.post(
            url,
            json=ONE,
            match=[
                matchers.header_matcher({"APIKEY": KEY, "accept": "application/json"}),
                matchers.json_params_matcher(BODY),
                matchers.request_kwargs_matcher({"verify": True, "cert": None}),
                matchers.fragment_identifier_matcher(""),
            ],
        )
        query = {"page[number]": 2, "page[limit]": 10}
        api.get(
            url,
            json=EMPTY,
            match=[matchers.query_param_matcher(query), matchers.query_string_matcher("page[number]=2&page[limit]=10")],
        )
        assert client.create() == ["p1_ssn_stub"]
        assert client.page(2, 10) == []
        with pytest.raises(NO_CONNECTION):
            client.page(3, 10)


def test_what_responses_records_can_be_replayed(real: Sandbox, known: str, connect: Connect, tmp_path: Path) -> None:
    client, file = connect(real.base_url), tmp_path / "recorded.yaml"

    def calls() -> list[list[str]]:
        return [client.get(known), client.delete(known), client.get(known)]

    first = _recorder.record(file_path=file)(calls)()
    with responses.RequestsMock() as api:
        api._add_from_file(file)  # pyright: ignore[reportPrivateUsage]  (documented, as the recorder is)
        assert calls() == first == [[known], [known], []]
    assert len(real.requests) == 3


# unittest.mock and pytest's monkeypatch


@pytest.mark.parametrize(
    "target", ["requests.Session.send", "requests.sessions.Session.send", "requests.adapters.HTTPAdapter.send"]
)
def test_a_patched_send_stands_in_for_the_api(real: Sandbox, connect: Connect, target: str) -> None:
    client = connect(real.base_url)
    with mock.patch(target, autospec=True, return_value=response_of(ONE)) as send:
        assert client.create() == ["p1_ssn_stub"]
    ((_, request), _) = send.call_args
    assert json.loads(request.body) == BODY
    assert real.requests == []


def test_a_send_that_is_patched_to_fail_fails_the_test(
    real: Sandbox, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = connect(real.base_url)
    monkeypatch.setattr("requests.Session.send", mock.Mock(side_effect=AssertionError("no network in tests")))
    with pytest.raises(AssertionError, match="no network"):
        client.create()
    assert real.requests == []


def test_a_mock_may_stand_for_the_response(real: Sandbox, connect: Connect) -> None:
    body = response_of(ONE)
    stub = mock.MagicMock(status_code=200, reason="OK", headers={}, content=body.content, text=body.text)
    stub.json.return_value = ONE
    with mock.patch("requests.Session.send", return_value=stub):
        assert connect(real.base_url).create() == ["p1_ssn_stub"]
    assert real.requests == []


def test_a_mock_without_a_status_or_a_body_is_an_error_and_not_half_a_response() -> None:
    for stub in (mock.MagicMock(content=b"{}"), mock.MagicMock(status_code=200)):
        with make_client() as client, mock.patch("requests.Session.send", return_value=stub):
            with pytest.raises(ConnectionException):
                client.sessions.get_sessions()


@pytest.mark.parametrize("form", ["json", "text", "of the class"])
def test_a_stub_of_a_response_may_have_its_body_in_one_form_only(real: Sandbox, connect: Connect, form: str) -> None:
    stub = mock.Mock(spec=requests.Response) if form == "of the class" else mock.Mock()
    stub.status_code = 200
    stub.json.return_value = ONE
    if form == "text":
        stub.text = json.dumps(ONE)
    with mock.patch("requests.Session.send", return_value=stub):
        assert connect(real.base_url).create() == ["p1_ssn_stub"]
    assert real.requests == []


def refused(*args: Any, **options: Any) -> Any:
    """What tests put in the place of what opens a connection."""
    raise OSError("no network in tests")


class Refused(HTTPConnectionPool):
    """A pool that opens no connection."""

    urlopen = refused


@pytest.mark.parametrize("wrapped", [False, True], ids=["replaced", "wrapped"])
def test_what_opens_connections_can_be_replaced(
    real: Sandbox, connect: Connect, monkeypatch: pytest.MonkeyPatch, wrapped: bool
) -> None:
    for target in ("urllib3.util.connection.create_connection", "urllib3.connection.HTTPConnection._new_conn"):
        original: Any = pkgutil.resolve_name(target)
        # A wrapper of wrapt says that it equals what it wraps.
        monkeypatch.setattr(target, wrapt.FunctionWrapper(original, refused) if wrapped else refused)
        with pytest.raises(NO_CONNECTION):
            connect(real.base_url).create()
        monkeypatch.setattr(target, original)
    assert real.requests == []


def test_a_class_in_the_place_of_a_session_gets_the_calls(real: Sandbox, connect: Connect) -> None:
    class Canned(requests.Session):
        def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            made = requests.Response()
            made.status_code, made._content = 200, json.dumps(ONE).encode()
            return made

    plain = requests.Session()
    with mock.patch("requests.Session", Canned):
        assert connect(real.base_url).create() == ["p1_ssn_stub"]
        assert len(connect(real.base_url, plain).create()) == 1
    assert len(real.requests) == 1


@pytest.mark.parametrize("kind", [mock.MagicMock, lambda: mock.create_autospec(requests.Session, instance=True)])
def test_a_mock_in_the_place_of_a_session_gets_the_calls(real: Sandbox, kind: Any) -> None:
    session = kind()
    session.send.return_value = mock.Mock(status_code=200, content=json.dumps(ONE).encode())
    with mock.patch("requests.Session", return_value=session), make_client(base_url=real.base_url) as client:
        assert client.sessions.post_sessions(BODY).one().id == "p1_ssn_stub"
    if isinstance(session, requests.Session):
        with make_client(base_url=real.base_url, http_client_instance=session) as client:
            assert client.sessions.post_sessions(BODY).one().id == "p1_ssn_stub"
    assert real.requests == []


def test_the_pools_can_be_replaced(real: Sandbox, connect: Connect) -> None:
    with mock.patch.dict(poolmanager.pool_classes_by_scheme, {"http": Refused}), pytest.raises(NO_CONNECTION):
        connect(real.base_url).create()
    assert real.requests == []


def test_what_reads_responses_can_be_replaced_for_https_alone(
    certificates: Certificates, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: Any = HTTPSConnection.getresponse
    seen: list[str] = []

    def watched(connection: HTTPSConnection) -> Any:
        seen.append(connection.host)
        return read(connection)

    with Server([answer(ONE)], tls=certificates.trusted) as server:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.bundle))
        monkeypatch.setattr(HTTPSConnection, "getresponse", watched)
        assert connect(server.url).create() == ["p1_ssn_stub"]
    assert len(seen) == 1


def test_who_watches_request_connections_or_responses_sees_ours(
    real: Sandbox, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def watch(owner: Any, name: str) -> None:
        original = getattr(owner, name)

        def watched(*arguments: Any, **options: Any) -> Any:
            seen.append(name)
            return original(*arguments, **options)

        monkeypatch.setattr(owner, name, watched)

    watch(requests.Session, "request")
    watch(connection_module, "create_connection")
    watch(HTTPConnection, "getresponse")
    client = connect(real.base_url)
    assert len(client.create()) == 1
    assert seen == ["request", "create_connection", "getresponse"]
    assert real.requests[0].headers["APIKEY"] == KEY


def test_a_class_of_connections_that_a_tool_puts_in_place_makes_them_at_once_and_as_long_as_it_is_there(
    real: Sandbox, known: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []

    class Noted(HTTPConnection):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            made.append(self)
            super().__init__(*arguments, **options)

    with make_client(base_url=real.base_url, api_key_credentials=ApiKeyCredentials(KEY)) as client:
        for patched in (False, True, False):
            with monkeypatch.context() as patch:
                if patched:
                    patch.setattr(HTTPConnectionPool, "ConnectionCls", Noted)
                assert client.sessions.get_sessions_id(known).one().id == known
                assert len(made) <= 1
    assert len(made) == 1


# pytest-httpserver


def test_pytest_httpserver_stands_for_the_api(httpserver: HTTPServer, connect: Connect) -> None:
    httpserver.expect_oneshot_request(
        "/sessions", method="POST", headers={"APIKEY": KEY, "Content-Type": "application/json"}, json=BODY
    ).respond_with_json(ONE)
    httpserver.expect_oneshot_request("/sessions/p1_ssn_stub", method="DELETE").respond_with_json(EMPTY)
    client = connect(httpserver.url_for("").rstrip("/"))
    assert client.create() == ["p1_ssn_stub"]
    assert client.delete("p1_ssn_stub") == []
    httpserver.check()


# What a mock has to return


def test_a_mock_that_creates_none_or_two_is_an_error() -> None:
    rows: list[dict[str, Any]] = [EMPTY, {"response": {"data": [{"id": "a"}, {"id": "b"}], "errors": []}}]
    for wrong in rows:
        with make_client() as client, requests_mock.Mocker() as mocker:
            mocker.post(requests_mock.ANY, json=wrong)
            with pytest.raises(APIException, match="not one"):
                client.sessions.post_sessions(BODY)


def test_a_mock_that_deletes_another_session_is_an_error() -> None:
    with make_client() as client, requests_mock.Mocker() as mocker:
        mocker.delete(requests_mock.ANY, json=ONE)
        with pytest.raises(APIException, match="another session"):
            client.sessions.delete_sessions_id("p1_ssn_asked_for")
