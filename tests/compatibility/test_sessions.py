"""A `requests.Session` of the user's own, with what they have put into it, by way of `http_client_instance`."""

# requests-toolbelt has no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

import gzip
import hashlib
import hmac
import io
import json
import warnings
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.client import BadStatusLine
from pathlib import Path
from typing import Any
from unittest import mock

import certifi
import pytest
import requests
import urllib3
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.structures import CaseInsensitiveDict
from requests_cache import CachedSession
from requests_toolbelt import sessions as toolbelt_sessions
from requests_toolbelt.adapters.socket_options import TCPKeepAliveAdapter
from requests_toolbelt.adapters.source import SourceAddressAdapter
from requests_toolbelt.utils import dump
from urllib3 import HTTPResponse

from payrix_sessions import APIException, ConfigurationException, ConnectionException, ProxySettings
from payrix_sessions.sandbox import Fault, Sandbox
from tests.compatibility.clients import KEY, ONE, Connect
from tests.support.certificates import Certificates
from tests.support.payrix import found
from tests.support.proxy import Proxy
from tests.support.server import Server, answer
from tests.wire import GET_ONE, make_client

# Subclasses of requests.Session


class RateLimited(requests.Session):
    """A session that counts what it lets through, and stops."""

    def __init__(self, permits: int) -> None:
        super().__init__()
        self.permits = permits

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        if not self.permits:
            raise requests.ConnectionError("no permits left")
        self.permits -= 1
        return super().send(request, **options)


def test_a_send_that_a_subclass_overrides_is_called(real: Sandbox, connect: Connect) -> None:
    with RateLimited(permits=1) as session:
        client = connect(real.base_url, session)
        assert len(client.create()) == 1
        with pytest.raises((requests.ConnectionError, ConnectionException)):
            client.create()
    assert len(real.requests) == 1


def test_a_subclass_decides_about_each_attempt(real: Sandbox) -> None:
    real.faults.add(Fault(status=503))
    with RateLimited(permits=5) as session, real.client(http_client_instance=session, backoff_factor=0) as client:
        assert client.sessions.get_sessions().attempts == 2
        assert session.permits == 3


def test_a_session_that_caches_responds_the_second_time(real: Sandbox, known: str, connect: Connect) -> None:
    with CachedSession(backend="memory") as session:
        client = connect(real.base_url, session)
        assert client.get(known) == client.get(known) == [known]
        assert client.delete(known) == [known]
    assert [request.method for request in real.requests] == ["GET", "DELETE"]


def test_a_session_with_a_base_url_of_its_own_takes_our_urls(real: Sandbox, connect: Connect) -> None:
    with toolbelt_sessions.BaseUrlSession(real.base_url) as session:
        assert len(connect(real.base_url, session).create()) == 1


def test_a_hook_may_stand_alone(real: Sandbox, connect: Connect, session: requests.Session) -> None:
    hook = mock.Mock(return_value=None)
    session.hooks = {"response": hook}
    assert len(connect(real.base_url, session).create()) == 1
    assert hook.call_count == 1


# Adapters


class Signer(HTTPAdapter):
    """An adapter that signs the body."""

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        assert isinstance(request.body, bytes)
        request.headers["X-Signature"] = hmac.new(b"secret", request.body, hashlib.sha256).hexdigest()
        return super().send(request, *args, **options)


def test_an_adapter_signs_what_arrives(real: Sandbox, connect: Connect, session: requests.Session) -> None:
    session.mount("http://", Signer())
    connect(real.base_url, session).create()
    (request,) = real.requests
    assert request.headers["X-Signature"] == hmac.new(b"secret", request.body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("adapter", "address"),
    [(SourceAddressAdapter("127.0.0.2"), "127.0.0.2"), (TCPKeepAliveAdapter(idle=60), "127.0.0.1")],
    ids=["SourceAddressAdapter", "TCPKeepAliveAdapter"],
)
def test_adapters_of_the_toolbelt_open_the_connections(
    real: Sandbox, connect: Connect, session: requests.Session, adapter: HTTPAdapter, address: str
) -> None:
    session.mount("http://", adapter)
    assert len(connect(real.base_url, session).create()) == 1
    assert real.requests[0].address == address


class Canned(BaseAdapter):
    """An adapter that opens no connection: it returns a response with these attributes, or raises."""

    def __init__(self, outcome: Exception | Callable[[], dict[str, Any]]) -> None:
        super().__init__()
        self._outcome = outcome

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        if isinstance(self._outcome, Exception):
            raise self._outcome
        response = requests.Response()
        attributes = {"status_code": 200, "request": request, "url": request.url, **self._outcome()}
        vars(response).update(attributes)
        return response

    def close(self) -> None:
        pass


class Readable:
    """An object of which only `read` is known."""

    def __init__(self, data: bytes) -> None:
        self.read = io.BytesIO(data).read


class Streamed:
    """An object of which only `stream` is known."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def stream(self, amount: int, decode_content: bool) -> Iterator[bytes]:
        yield self._data[:10]
        yield self._data[10:]


DATA = json.dumps(ONE).encode()
GZIP = CaseInsensitiveDict({"Content-Encoding": "gzip"})
RESPONSES: dict[str, Callable[[], dict[str, Any]]] = {
    "content read already": lambda: {"raw": io.BytesIO(), "_content": DATA, "_content_consumed": True},
    "content without raw": lambda: {"_content": DATA},
    "content unpacked already": lambda: {"_content": DATA, "headers": GZIP},
    "file": lambda: {"raw": io.BytesIO(DATA)},
    "reader": lambda: {"raw": Readable(DATA)},
    "stream": lambda: {"raw": Streamed(DATA)},
    "status as an enum": lambda: {"_content": DATA, "status_code": HTTPStatus.OK},
    "headers as a list": lambda: {"_content": DATA, "headers": [("Cf-Ray", "1")]},
    "urllib3": lambda: {"raw": HTTPResponse(io.BytesIO(DATA), preload_content=False)},
    "urllib3 packed": lambda: {
        "raw": HTTPResponse(io.BytesIO(gzip.compress(DATA)), GZIP, preload_content=False),
        "headers": GZIP,
    },
}


@pytest.mark.parametrize("kind", RESPONSES)
def test_the_response_of_any_adapter_is_read(connect: Connect, session: requests.Session, kind: str) -> None:
    session.mount("http://", Canned(RESPONSES[kind]))
    assert connect("http://localhost", session).create() == ["p1_ssn_stub"]


@pytest.mark.parametrize("kind", RESPONSES)
def test_the_response_of_any_adapter_is_bounded(session: requests.Session, kind: str) -> None:
    session.mount("http://", Canned(RESPONSES[kind]))
    with make_client(base_url="http://localhost", http_client_instance=session, max_response_bytes=20) as client:
        with pytest.raises(APIException, match="max_response_bytes"):
            GET_ONE(client.sessions)


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (dict, APIException),  # neither raw nor content
        (lambda: {"raw": object()}, ConnectionException),
        (requests.exceptions.ChunkedEncodingError(), ConnectionException),
        (urllib3.exceptions.ProtocolError(), ConnectionException),
        (BadStatusLine(""), ConnectionException),
        (OSError(), ConnectionException),
    ],
    ids=["nothing", "unreadable", "requests", "urllib3", "http.client", "OSError"],
)
def test_whatever_an_adapter_does_ends_in_an_exception_of_ours(
    session: requests.Session, outcome: Any, expected: type[Exception]
) -> None:
    session.mount("http://", Canned(outcome))
    with make_client(base_url="http://localhost", http_client_instance=session) as client:
        with pytest.raises(expected):
            GET_ONE(client.sessions)


# Hooks


def test_a_hook_can_dump_the_exchange(real: Sandbox, connect: Connect, session: requests.Session) -> None:
    dumps: list[str] = []

    def keep(response: requests.Response, **options: Any) -> None:
        dumps.append(dump.dump_all(response).decode())

    session.hooks["response"].append(keep)
    (created,) = connect(real.base_url, session).create()
    assert created in dumps[0]
    assert "POST /sessions HTTP/1.1" in dumps[0]


# What a session is set up with


def test_a_session_with_auth_is_rejected_as_it_is_given_and_when_it_is_set_later(
    real: Sandbox, session: requests.Session
) -> None:
    session.auth = ("user", "fake-password")
    with pytest.raises(ConfigurationException, match=r"auth.*credentials"):
        real.client(http_client_instance=session)
    session.auth = None
    with real.client(http_client_instance=session) as client:
        client.sessions.get_sessions()
        session.auth = ("user", "fake-password")
        with pytest.raises(ConfigurationException, match=r"auth.*credentials"):
            client.sessions.get_sessions()
    assert len(real.requests) == 1


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_verify_of_a_session_wins_over_the_environment(
    session: requests.Session,
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    variable: str,
) -> None:
    monkeypatch.setenv(variable, str(certificates.bundle))
    pinned = tmp_path / "pinned.pem"
    pinned.write_text(Path(certifi.where()).read_text())
    with Server([found()] * 2, tls=certificates.trusted) as server:
        session.verify = str(pinned)
        with make_client(base_url=server.url, http_client_instance=session) as client:
            with pytest.raises(ConnectionException):
                GET_ONE(client.sessions)  # the environment would trust the server
            session.verify = True
            assert GET_ONE(client.sessions).is_success()
        assert len(server.requests) == 1


def test_the_proxies_of_a_session_win_over_the_environment_and_later_changes_count(
    session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy() as own, Proxy() as other, Server([found()] * 3) as server:
        monkeypatch.setenv("HTTP_PROXY", other.url)
        session.proxies["http"] = own.url
        with make_client(base_url=server.url, http_client_instance=session) as client:
            GET_ONE(client.sessions)
            assert (len(own.requests), len(other.requests)) == (1, 0)
            session.proxies["http"] = other.url
            GET_ONE(client.sessions)
            assert (len(own.requests), len(other.requests)) == (1, 1)
            session.trust_env = False
            session.proxies.clear()
            GET_ONE(client.sessions)
            assert (len(own.requests), len(other.requests)) == (1, 1)


def test_a_client_certificate_that_is_set_later_counts(
    session: requests.Session, certificates: Certificates, tmp_path: Path
) -> None:
    session.verify = str(certificates.bundle)
    with Server([found()] * 2, tls=certificates.trusted) as server:
        with make_client(base_url=server.url, http_client_instance=session) as client:
            assert GET_ONE(client.sessions).is_success()
            session.cert = str(tmp_path / "missing.pem")
            with pytest.raises(ConfigurationException):
                GET_ONE(client.sessions)


def test_headers_and_query_parameters_that_are_set_later_are_sent(
    real: Sandbox, connect: Connect, session: requests.Session
) -> None:
    client = connect(real.base_url, session)
    session.headers["X-Team"] = "billing"
    session.params = {"region": "us"}
    client.create()
    (request,) = real.requests
    assert (request.headers["X-Team"], request.headers["APIKEY"]) == ("billing", KEY)
    assert request.parameters == {"region": "us"}


# What it is set to


def test_its_proxy_settings_win_and_an_empty_proxy_is_none(
    real: Sandbox, connect: Connect, session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy() as ambient, Proxy() as given:
        monkeypatch.setenv("HTTP_PROXY", ambient.url)
        settings = ProxySettings("127.0.0.1", given.port)
        with real.client(http_client_instance=session, proxy_settings=settings) as client:
            client.sessions.get_sessions()
        assert (len(ambient.requests), len(given.requests)) == (0, 1)
        session.proxies["http"] = ""
        with real.client(http_client_instance=session) as client:
            client.sessions.get_sessions()
        assert (len(ambient.requests), len(given.requests)) == (0, 1)


def test_a_session_that_verifies_nothing_reaches_a_server_that_nobody_knows(
    certificates: Certificates, session: requests.Session
) -> None:
    session.verify = False
    with Server([found()], tls=certificates.self_signed) as server, warnings.catch_warnings():
        warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
        with make_client(base_url=server.url, http_client_instance=session) as client:
            assert GET_ONE(client.sessions).is_success()


def test_a_session_without_an_adapter_for_the_url_is_told_and_sends_nothing(session: requests.Session) -> None:
    session.adapters.clear()
    with make_client(http_client_instance=session, max_retries=2) as client:
        with pytest.raises(ConnectionException, match=r"the URL for test-api\.payrix\.com cannot be used") as caught:
            client.sessions.post_sessions({})
    assert (caught.value.attempts, caught.value.may_have_been_sent) == (1, False)


def test_a_hook_that_prints_the_headers_of_a_request_prints_no_key(real: Sandbox, session: requests.Session) -> None:
    printed: list[str] = []

    def hook(response: requests.Response, *args: Any, **options: Any) -> None:
        printed.append(repr(response.request.headers))

    session.hooks["response"].append(hook)
    with real.client(http_client_instance=session) as client:
        client.sessions.get_sessions()
    assert "'APIKEY': '***'" in printed[0]
    assert KEY not in printed[0]


def test_an_empty_response_and_a_location_that_cannot_be_read_are_taken_from_a_session_too(
    session: requests.Session,
) -> None:
    steps = [answer(b"", 204), answer(b"", 302, headers={"Location": "http://["})]
    with Server(steps) as server, make_client(base_url=server.url, http_client_instance=session) as client:
        assert GET_ONE(client.sessions).status_code == 204
        with pytest.raises(APIException, match=r"^302"):
            GET_ONE(client.sessions)
