"""A `requests.Session` of the user's own, with what they have put into it, by way of `http_client_instance`."""

# requests-toolbelt has no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

import gzip
import hashlib
import io
import json
from collections.abc import Callable
from http import HTTPStatus
from http.client import BadStatusLine
from types import SimpleNamespace
from typing import Any
from unittest import mock

import certifi
import pytest
import requests
import urllib3
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.structures import CaseInsensitiveDict
from requests_cache import CachedSession
from requests_toolbelt.utils import dump
from urllib3 import HTTPResponse

from payrix_sessions import APIException, ConfigurationException, ConnectionException, ProxySettings
from payrix_sessions.sandbox import Fault, Sandbox
from tests.compatibility import BODY, ONE, ids
from tests.support.certificates import Certificates
from tests.support.payrix import found
from tests.support.proxy import Proxy
from tests.support.server import Server, answer
from tests.wire import GET_ONE, make_client

# Sessions that do more than send


def test_the_send_of_a_session_decides_about_each_attempt(sandbox: Sandbox, session: requests.Session) -> None:
    sandbox.faults.add(Fault(status=503))
    with mock.patch.object(session, "send", wraps=session.send) as send:
        with sandbox.client(http_client_instance=session, backoff_factor=0) as client:
            assert client.sessions.get_sessions().attempts == send.call_count == 2
            send.side_effect = requests.ConnectionError("no permits left")
            with pytest.raises(ConnectionException):
                client.sessions.get_sessions()
    assert len(sandbox.requests) == 2


def test_a_session_that_caches_responds_the_second_time(sandbox: Sandbox, known: str) -> None:
    with CachedSession(backend="memory") as session, sandbox.client(http_client_instance=session) as client:
        api = client.sessions
        for call in (api.get_sessions_id, api.get_sessions_id, api.delete_sessions_id):
            assert ids(call(known)) == [known]
    assert [request.method for request in sandbox.requests] == ["GET", "DELETE"]


# Adapters


class Signer(HTTPAdapter):
    """An adapter that signs the body."""

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        assert isinstance(request.body, bytes)
        request.headers["X-Signature"] = hashlib.sha256(request.body).hexdigest()
        return super().send(request, *args, **options)


def test_what_an_adapter_signs_is_what_arrives(sandbox: Sandbox, session: requests.Session) -> None:
    session.mount("http://", Signer())
    with sandbox.client(http_client_instance=session) as client:
        assert len(ids(client.sessions.post_sessions(BODY))) == 1
    (signed,) = sandbox.requests
    assert signed.headers["X-Signature"] == hashlib.sha256(signed.body).hexdigest()


class Canned(BaseAdapter):
    """An adapter that opens no connection: it returns a response with these attributes, or raises."""

    def __init__(self, outcome: Exception | Callable[[], dict[str, Any]]) -> None:
        super().__init__()
        self._outcome = outcome

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        if isinstance(self._outcome, Exception):
            raise self._outcome
        response = requests.Response()
        vars(response).update(status_code=200, request=request, url=request.url)
        vars(response).update(self._outcome())
        return response

    def close(self) -> None:
        pass


DATA = json.dumps(ONE).encode()
PACKED = gzip.compress(DATA)
GZIP = CaseInsensitiveDict({"Content-Encoding": "gzip"})
RESPONSES: dict[str, Callable[[], dict[str, Any]]] = {
    "content read already": lambda: {"raw": io.BytesIO(), "_content": DATA, "_content_consumed": True},
    "content without raw": lambda: {"_content": DATA},
    "content unpacked already": lambda: {"_content": DATA, "headers": GZIP},
    "file": lambda: {"raw": io.BytesIO(DATA)},
    "nothing but read": lambda: {"raw": SimpleNamespace(read=io.BytesIO(DATA).read)},
    "nothing but stream": lambda: {"raw": SimpleNamespace(stream=mock.Mock(return_value=[DATA[:10], DATA[10:]]))},
    "status as an enum": lambda: {"_content": DATA, "status_code": HTTPStatus.OK},
    "headers as a list": lambda: {"_content": DATA, "headers": [("Cf-Ray", "1")]},
    "urllib3": lambda: {"raw": HTTPResponse(io.BytesIO(DATA), preload_content=False)},
    "packed": lambda: {"raw": HTTPResponse(io.BytesIO(PACKED), GZIP, preload_content=False), "headers": GZIP},
}


def test_the_response_of_any_adapter_is_read_in_bounds(session: requests.Session) -> None:
    with make_client(http_client_instance=session) as client:
        for make in RESPONSES.values():
            session.mount("https://", Canned(make))
            assert ids(client.sessions.post_sessions(BODY)) == ["p1_ssn_stub"]
            with pytest.raises(APIException, match="max_response_bytes"):
                GET_ONE(client.with_options(max_response_bytes=20).sessions)


def test_whatever_an_adapter_does_ends_in_an_exception_of_ours(session: requests.Session) -> None:
    rows: list[tuple[Any, type[Exception]]] = [
        (dict, APIException),  # neither raw nor content
        (lambda: {"raw": object()}, ConnectionException),
        (urllib3.exceptions.ProtocolError(), ConnectionException),
        (BadStatusLine(""), ConnectionException),
    ]
    with make_client(http_client_instance=session) as client:
        for outcome, expected in rows:
            session.mount("https://", Canned(outcome))
            with pytest.raises(expected):
                GET_ONE(client.sessions)


def test_a_session_without_an_adapter_for_the_url_is_told_and_sends_nothing(session: requests.Session) -> None:
    session.adapters.clear()
    with make_client(http_client_instance=session, max_retries=2) as client:
        with pytest.raises(ConnectionException, match=r"the URL for test-api\.payrix\.com cannot be used") as caught:
            client.sessions.post_sessions({})
    assert (caught.value.attempts, caught.value.may_have_been_sent) == (1, False)


# Hooks


def test_a_hook_may_stand_alone_dump_the_exchange_and_print_the_headers_which_show_no_key(
    sandbox: Sandbox, session: requests.Session
) -> None:
    seen: list[str] = []

    def look_at(response: requests.Response, **options: Any) -> None:
        seen.extend([dump.dump_all(response).decode(), repr(response.request.headers)])

    alone: Any = look_at
    session.hooks = {"response": alone}
    with sandbox.client(http_client_instance=session) as client:
        (created,) = ids(client.sessions.post_sessions(BODY))
    dumped, headers = seen
    assert created in dumped
    assert "POST /sessions HTTP/1.1" in dumped
    assert "'APIKEY': '***'" in headers
    assert sandbox.api_key not in headers


# What a session is set to later; tests/transport/test_user_session.py has what it is set up with


def test_headers_and_query_parameters_that_are_set_later_are_sent_and_auth_is_rejected(
    sandbox: Sandbox, session: requests.Session
) -> None:
    with sandbox.client(http_client_instance=session) as client:
        session.headers["X-Team"] = "billing"
        session.params = {"region": "us"}
        client.sessions.post_sessions(BODY)
        session.auth = ("user", "fake-password")
        with pytest.raises(ConfigurationException, match=r"auth.*credentials"):
            client.sessions.get_sessions()
    (request,) = sandbox.requests
    assert (request.headers["X-Team"], request.headers["APIKEY"]) == ("billing", sandbox.api_key)
    assert request.parameters == {"region": "us"}


def test_the_verify_of_a_session_wins_over_the_environment_and_later_changes_count(
    session: requests.Session, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.bundle))
    session.verify = certifi.where()
    with Server([found()], tls=certificates.trusted) as server:
        with make_client(base_url=server.url, http_client_instance=session) as client:
            with pytest.raises(ConnectionException):
                GET_ONE(client.sessions)
            session.verify = True
            assert GET_ONE(client.sessions).is_success()


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_a_session_that_verifies_nothing_reaches_a_server_that_nobody_knows(
    certificates: Certificates, session: requests.Session
) -> None:
    session.verify = False
    with Server([found()], tls=certificates.self_signed) as server:
        with make_client(base_url=server.url, http_client_instance=session) as client:
            assert GET_ONE(client.sessions).is_success()


def test_the_proxies_of_a_session_win_over_the_environment_and_proxy_settings_over_both(
    session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy() as own, Proxy() as other, Server([found()] * 6) as server:
        monkeypatch.setenv("HTTP_PROXY", other.url)
        session.proxies["http"] = own.url
        with make_client(base_url=server.url, http_client_instance=session) as client:

            def through(**changes: Any) -> tuple[int, int]:
                """Make a call, and return how many have gone through each proxy."""
                with client.with_options(**changes) as changed:
                    GET_ONE(changed.sessions)
                return len(own.requests), len(other.requests)

            assert through() == (1, 0)
            session.proxies["http"] = other.url  # later changes count
            assert through() == (1, 1)
            assert through(proxy_settings=ProxySettings("127.0.0.1", own.port)) == (2, 1)
            session.proxies["http"] = ""
            assert through() == through(pool_size=1) == (2, 1)
            session.trust_env = False
            session.proxies.clear()
            assert through() == (2, 1)


def test_an_empty_response_and_a_location_that_cannot_be_read_are_taken_from_a_session_too(
    session: requests.Session,
) -> None:
    steps = [answer(b"", 204), answer(b"", 302, headers={"Location": "http://["})]
    with Server(steps) as server, make_client(base_url=server.url, http_client_instance=session) as client:
        assert GET_ONE(client.sessions).status_code == 204
        with pytest.raises(APIException, match=r"^302"):
            GET_ONE(client.sessions)
