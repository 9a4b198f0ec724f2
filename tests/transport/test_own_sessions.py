"""A `requests.Session` of the user's own, by way of `http_client_instance`: used as it is, and given back as it was."""

# requests-toolbelt has no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

import copy
import gzip
import io
import json
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.client import BadStatusLine
from types import SimpleNamespace
from typing import Any
from unittest import mock

import certifi
import pytest
import requests
import urllib3
from requests import Session
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.structures import CaseInsensitiveDict
from requests_toolbelt.utils import dump
from urllib3 import HTTPResponse
from urllib3.util import Retry

from payrix_sessions import (
    APIException,
    ConfigurationException,
    ConnectionException,
    ProxySettings,
    TimeoutException,
)
from tests.support.certificates import Certificates
from tests.support.clock import measured
from tests.support.leaks import leaks
from tests.support.payrix import REFUSED, connect, failure_of, found, login_of, serve, sessions
from tests.support.proxy import Proxy
from tests.support.server import OK_HEAD, Request, Server, Step, answer, chunked, raw, repeat, reset, silence, sized
from tests.wire import API_KEY, CREATE, DELETE_ONE, GET_ONE, OPERATIONS, make_client


@pytest.fixture
def session() -> Iterator[Session]:
    """The session."""
    with Session() as own:
        yield own


# Adapters


def canned(outcome: Exception | Callable[[], dict[str, Any]]) -> Any:
    """Return an adapter that opens no connection: its response has these attributes, or it raises."""

    def send(request: requests.PreparedRequest, **options: Any) -> requests.Response:
        if isinstance(outcome, Exception):
            raise outcome
        assert request.body is None or type(request.body) is bytes  # what signs it signs what is sent
        response = requests.Response()
        vars(response).update({"status_code": 200, "request": request, "url": request.url, **outcome()})
        return response

    return mock.Mock(BaseAdapter, send=send)


DATA = json.dumps(sessions("canned")).encode()
PACKED = gzip.compress(DATA)
GZIP = CaseInsensitiveDict({"Content-Encoding": "gzip"})
RESPONSES: list[Callable[[], dict[str, Any]]] = [
    lambda: {"raw": io.BytesIO(), "_content": DATA, "_content_consumed": True},  # read already
    lambda: {"_content": DATA, "headers": GZIP},  # unpacked already
    lambda: {"raw": io.BytesIO(DATA)},
    lambda: {"raw": SimpleNamespace(read=io.BytesIO(DATA).read)},
    lambda: {"raw": SimpleNamespace(stream=mock.Mock(return_value=[DATA[:10], DATA[10:]]))},
    lambda: {"_content": DATA, "status_code": HTTPStatus.OK},
    lambda: {"_content": DATA, "headers": [("Cf-Ray", "1")]},
    lambda: {"raw": HTTPResponse(io.BytesIO(DATA), preload_content=False)},
    lambda: {"raw": HTTPResponse(io.BytesIO(PACKED), GZIP, preload_content=False), "headers": GZIP},
]


def test_the_response_of_any_adapter_is_read_in_bounds(session: Session) -> None:
    with make_client(http_client_instance=session) as client:
        for make in RESPONSES:
            session.mount("https://", canned(make))
            assert login_of(CREATE(client.sessions)) == "canned"
            failure_of(client.with_options(max_response_bytes=20), GET_ONE, "max_response_bytes")


def test_whatever_an_adapter_does_and_its_absence_end_in_an_exception_of_ours(session: Session) -> None:
    rows: list[tuple[Any, type[Exception]]] = [
        (dict, APIException),  # neither raw nor content
        (lambda: {"raw": object()}, ConnectionException),
        (urllib3.exceptions.ProtocolError(), ConnectionException),
        (BadStatusLine(""), ConnectionException),
    ]
    with make_client(http_client_instance=session, max_retries=2, backoff_factor=0) as client:
        for outcome, expected in rows:
            session.mount("https://", canned(outcome))
            assert type(failure_of(client)) is expected
        session.adapters.clear()
        error = failure_of(client, CREATE, r"the URL for test-api\.payrix\.com cannot be used")
    assert (error.attempts, error.may_have_been_sent) == (1, False)


def test_its_own_retries_that_fail_are_an_exception_of_ours_and_leave_a_doubt(session: Session) -> None:
    retry = Retry(total=1, backoff_factor=0, status_forcelist=[503], allowed_methods=["GET", "DELETE"])
    session.mount("http://", HTTPAdapter(max_retries=retry))
    with serve(*[answer(b"", 503)] * 2, *[silence] * 2, http_client_instance=session) as (server, client):
        failure_of(client)
        assert isinstance(failure_of(client.with_options(timeout=0.1)), TimeoutException)
        assert len(server.requests) == 4

    def lose_it_and_listen_no_more(_: Request) -> Step:
        server.refuse_connections()
        return reset()

    for operation in (DELETE_ONE, CREATE):
        with Server(lose_it_and_listen_no_more) as server:
            error = failure_of(connect(server, http_client_instance=session, max_retries=1), operation)
        assert (error.may_have_been_sent, len(server.requests)) == (True, 1)


# Hooks


def test_a_hook_may_dump_all_without_a_key_and_leaves_the_status_to_us(session: Session) -> None:
    seen: list[int] = []

    def look_at(response: requests.Response, **options: Any) -> None:
        seen.append(response.status_code)
        assert "POST /sessions HTTP/1.1" in dump.dump_all(response).decode()
        assert API_KEY not in repr(response.request.headers)
        response.raise_for_status()

    alone: Any = look_at
    session.hooks = {"response": alone}
    with serve(found(), answer(REFUSED, 401), http_client_instance=session, max_retries=2) as (_, client):
        assert login_of(CREATE(client.sessions)) == "found"
        failure_of(client, CREATE, "401 .*Invalid authentication")
    assert seen == [200, 401]


def test_a_hook_that_fails_by_itself_sends_no_post_again_and_keeps_nothing(session: Session) -> None:
    with Server([]) as closed, Server([answer(b"", 404)]) as other:
        closed.refuse_connections()
        rows: dict[type[Exception], Callable[[requests.Response], object]] = {
            requests.ConnectionError: lambda _: requests.get(closed.url, timeout=1),
            requests.HTTPError: lambda _: requests.get(other.url, timeout=1).raise_for_status(),
            UnicodeDecodeError: lambda response: response.content.decode("ascii"),
        }
        for expected, act in rows.items():

            def hook(response: requests.Response, act: Any = act, **_: Any) -> None:
                act(response)

            session.hooks["response"] = [hook]
            step = answer(b'{"key": "fake-secret", "name": "\xff"}')
            with serve(*[step] * 3, http_client_instance=session, max_retries=2) as (server, client):
                error = failure_of(client, CREATE, "hook")
            assert (len(server.requests), error.may_have_been_sent) == (1, True)
            failed = error.__cause__ and error.__cause__.__cause__
            assert isinstance(failed, expected)
            assert b"fake-secret" not in getattr(failed, "object", b"")
            assert leaks(error, ["fake-secret"]) == []


# What a session is set to, which may change later


def test_its_headers_and_query_are_sent_and_its_auth_is_rejected(session: Any) -> None:
    session.headers["Accept-Language"] = None
    with serve(found(), http_client_instance=session) as (server, client):
        session.headers["X-Team"] = "billing"
        session.params = {"region": "us"}
        GET_ONE(client.sessions)
        session.auth = ("user", "fake-password")
        with pytest.raises(ConfigurationException, match=r"auth.*credentials"):
            GET_ONE(client.sessions)
        (request,) = server.requests
    sent = [request.headers.get(name) for name in ("x-team", "accept", "apikey", "accept-language")]
    assert sent == ["billing", "application/json", API_KEY, None]
    assert request.target == f"{GET_ONE.path}?region=us"


def test_its_headers_must_fit_beside_ours(session: Session) -> None:
    rows = [(name, "fake-secret") for name in ("SessionKey", "Request-Token", "Transfer-Encoding")]
    rows += [("X-Own", "fake-secret\r\nX-Second: 1"), ("X-Own", "fake-secret \u2603")]
    with serve(http_client_instance=session) as (server, client):
        for name, value in rows:
            session.headers[name] = value
            with pytest.raises(ConfigurationException, match="headers of http_client_instance") as caught:
                CREATE(client.sessions)
            del session.headers[name]
            assert leaks(caught.value, ["fake-secret"]) == []
        assert server.connections == 0


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_its_verify_and_cert_win_over_the_environment_and_must_name_files(
    session: Session, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.bundle))
    session.verify = certifi.where()
    own: Any = {"http_client_instance": session}
    with (
        serve(found(), found(), tls=certificates.trusted, **own) as (_, client),
        serve(found(), tls=certificates.wrong_host, **own) as (_, insecure),
    ):
        failure_of(client, GET_ONE, "certificate")
        session.verify = True
        assert GET_ONE(client.sessions).is_success()
        session.verify = False
        assert GET_ONE(insecure.sessions).is_success()
        session.verify = "missing.pem"
        with pytest.raises(ConfigurationException, match=r"verify of .*missing\.pem"):
            make_client(**own)
        session.verify = True
        for cert in ("missing.pem", ("missing.pem", "missing.key")):
            session.cert = cert
            with pytest.raises(ConfigurationException, match=r"cert of .*missing\.pem"):
                make_client(**own)


def test_its_proxies_win_over_the_environment_and_proxy_settings_over_both(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy() as one, Proxy() as other, Server([found()] * 7) as server:
        monkeypatch.setenv("HTTP_PROXY", other.url)
        client = connect(server, http_client_instance=session)

        def through(**changes: Any) -> tuple[int, int]:
            """Make a call, and return how many have gone through each proxy."""
            with client.with_options(**changes) as changed:
                GET_ONE(changed.sessions)
            return len(one.requests), len(other.requests)

        assert through() == (0, 1)
        session.proxies["http"] = one.url
        assert through() == (1, 1)
        assert through(proxy_settings=ProxySettings("127.0.0.1", one.port)) == (2, 1)
        session.proxies["http"] = ""
        assert through() == through(pool_size=1) == (2, 1)
        session.trust_env = False
        session.proxies.clear()
        assert through() == (2, 1)


# Its connections and responses


def state(session: Session) -> Any:
    """Return everything that could be changed about a session and its adapters."""
    simple = {name: copy.deepcopy(value) for name, value in vars(session).items() if name != "adapters"}
    return simple, [(prefix, adapter, dict(vars(adapter))) for prefix, adapter in session.adapters.items()]


def test_its_own_connections_are_used_and_it_stays_unchanged_and_open(session: Session) -> None:
    session.cookies["own"] = "cookie"
    session.headers["X-Trace"] = "abc"
    before = state(session)
    with Server([answer(sessions("x"), headers={"Set-Cookie": "a=b"}), answer(b"", 503), *[found()] * 6]) as server:
        client = connect(server, http_client_instance=session, timeout=3, pool_size=2)
        GET_ONE(client.sessions)
        failure_of(client)
        GET_ONE(client.with_options(max_retries=1, timeout=1).sessions)
        client.close()
        other = connect(server, http_client_instance=session)
        assert all(operation(other.sessions).is_success() for operation in OPERATIONS)
        assert state(session) == before
        assert session.get(server.url + "/sessions/p1_ssn_1").status_code == 200
        assert server.connections == 1


def test_its_redirects_are_not_followed_either_and_an_empty_response_is_taken(session: Session) -> None:
    with Server([]) as other:
        locations = ("http://[", f"http://localhost:{other.port}/")
        redirects = [answer(status=307, headers={"Location": location}) for location in locations]
        with serve(answer(b"", 204), *redirects, http_client_instance=session) as (_, client):
            assert GET_ONE(client.sessions).status_code == 204
            for words in ("^307", "localhost"):
                failure_of(client, GET_ONE, words)
        assert other.connections == 0


def test_its_responses_are_bounded_too_and_closed_when_given_up(session: Session) -> None:
    rows: list[tuple[Step, float, str]] = [
        (repeat(b"x", before=sized(b"", length=90), every=0.03), 0.15, "timeout"),
        (repeat(b"x" * 65536, before=OK_HEAD + b"\r\n"), 2, "max_response_bytes"),
        (repeat(b"x" * 65536, before=chunked(end=False) + b"-1\r\n"), 2, "."),
        (raw(chunked(end=False) + b"-1\r\n{}", hang_up=False), 2, "broke before"),
        (raw(sized(b"{}", length=9)), 2, "."),
    ]
    for step, timeout, words in rows:
        options: dict[str, Any] = {"timeout": timeout, "max_response_bytes": 100_000, "http_client_instance": session}
        with serve(step, **options) as (server, client), measured(1.8):
            error = failure_of(client, GET_ONE, words)
            assert server.are_all_closed(), error
