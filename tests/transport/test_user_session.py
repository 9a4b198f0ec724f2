"""A `requests.Session` of the user's own is used as it is, and is given back as it was."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from requests import Session
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from payrix_sessions import APIException, ConfigurationException, ConnectionException, TimeoutException
from tests.support.clock import measured
from tests.support.leaks import leaks
from tests.support.payrix import REFUSED, found, sessions
from tests.support.proxy import Proxy
from tests.support.server import OK_HEAD, Request, Server, Step, answer, chunked, raw, repeat, reset, silence
from tests.transport.conftest import Connect
from tests.wire import CREATE, DELETE_ONE, GET_ONE, OPERATIONS, make_client


@pytest.fixture
def session() -> Iterator[Session]:
    with Session() as own:
        yield own


def test_proxies_of_the_environment_are_used_unless_it_says_no(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, session: Session
) -> None:
    with Proxy() as ambient, Server([found()] * 2) as server:
        monkeypatch.setenv("HTTP_PROXY", ambient.url)
        client = connect(server, http_client_instance=session)
        GET_ONE(client.sessions)
        session.trust_env = False
        GET_ONE(client.sessions)
        assert (len(ambient.requests), len(server.requests)) == (1, 2)


# tests/compatibility/test_sessions.py shows that verify is used.
def test_a_verify_or_cert_that_names_no_file_is_rejected(session: Session) -> None:
    session.verify = "missing.pem"
    with pytest.raises(ConfigurationException, match=r"verify of .*missing\.pem"):
        make_client(http_client_instance=session)
    session.verify = True
    for cert in ("missing.pem", ("missing.pem", "missing.key")):
        session.cert = cert
        with pytest.raises(ConfigurationException, match=r"cert of .*missing\.pem"):
            make_client(http_client_instance=session)


def test_its_headers_are_sent_but_for_those_taken_away(connect: Connect, session: Any) -> None:
    session.headers.update({"X-Trace": "abc", "Accept-Language": None})
    with Server([found()]) as server:
        GET_ONE(connect(server, http_client_instance=session).sessions)
        headers = server.requests[0].headers
    assert (headers["x-trace"], headers["accept"], "accept-language" in headers) == ("abc", "application/json", False)


def test_its_headers_must_fit_beside_ours(connect: Connect, session: Session) -> None:
    rows = [(name, "fake-secret") for name in ("SessionKey", "Request-Token", "Transfer-Encoding")]
    rows += [("X-Own", "fake-secret\r\nX-Second: 1"), ("X-Own", "fake-secret \u2603")]
    with Server([]) as server:
        client = connect(server, http_client_instance=session)
        for name, value in rows:
            session.headers[name] = value
            with pytest.raises(ConfigurationException, match="headers of http_client_instance") as caught:
                CREATE(client.sessions)
            del session.headers[name]
            assert leaks(caught.value, ["fake-secret"]) == []
        assert server.connections == 0


def test_its_hooks_see_each_response_and_leave_the_status_to_us(connect: Connect, session: Session) -> None:
    seen: list[int] = []

    def hook(response: requests.Response, *args: Any, **kwargs: Any) -> None:
        seen.append(response.status_code)
        response.raise_for_status()

    session.hooks["response"].append(hook)
    with Server([found(), answer(REFUSED, 401)]) as server:
        client = connect(server, http_client_instance=session, max_retries=2)
        GET_ONE(client.sessions)
        with pytest.raises(APIException, match=r"401 .*Invalid authentication"):
            GET_ONE(client.sessions)
    assert seen == [200, 401]


def test_a_hook_that_fails_by_itself_sends_no_post_again_and_keeps_nothing(connect: Connect, session: Session) -> None:
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
            with Server([answer(b'{"key": "fake-secret", "name": "\xff"}')] * 3) as server:
                with pytest.raises(ConnectionException, match=r"hook.*carried out") as caught:
                    CREATE(connect(server, http_client_instance=session, max_retries=2, backoff_factor=0).sessions)
            assert (len(server.requests), caught.value.may_have_been_sent) == (1, True)
            failed = caught.value.__cause__ and caught.value.__cause__.__cause__
            assert isinstance(failed, expected)
            assert b"fake-secret" not in getattr(failed, "object", b"")
            assert leaks(caught.value, ["fake-secret"]) == []


def state(session: Session) -> Any:
    """Return everything that could be changed about a session and its adapters."""
    simple = {name: copy.deepcopy(value) for name, value in vars(session).items() if name != "adapters"}
    return simple, [(prefix, adapter, dict(vars(adapter))) for prefix, adapter in session.adapters.items()]


def test_its_own_connections_are_used_and_it_stays_unchanged_and_open(connect: Connect, session: Session) -> None:
    session.cookies["own"] = "cookie"
    session.headers["X-Trace"] = "abc"
    before = state(session)
    with Server([answer(sessions("x"), headers={"Set-Cookie": "a=b"}), answer(b"", 503), *[found()] * 6]) as server:
        client = connect(server, http_client_instance=session, timeout=3, pool_size=2)
        GET_ONE(client.sessions)
        with pytest.raises(APIException):
            GET_ONE(client.sessions)
        GET_ONE(client.with_options(max_retries=1, timeout=1).sessions)
        client.close()
        other = connect(server, http_client_instance=session)
        assert all(operation(other.sessions).is_success() for operation in OPERATIONS)
        assert state(session) == before
        assert session.get(server.url + "/sessions/p1_ssn_1").status_code == 200
        assert server.connections == 1


def test_its_redirects_are_not_followed_either(connect: Connect, session: Session) -> None:
    with Server([]) as other:
        with Server([answer(status=307, headers={"Location": f"http://localhost:{other.port}/"})]) as server:
            with pytest.raises(APIException, match="localhost"):
                GET_ONE(connect(server, http_client_instance=session).sessions)
        assert other.connections == 0


def test_its_responses_are_bounded_too_and_closed_when_given_up(connect: Connect, session: Session) -> None:
    rows: list[tuple[Step, float, str]] = [
        (repeat(b"x", before=OK_HEAD + b"Content-Length: 90\r\n\r\n", every=0.03), 0.15, "timeout"),
        (repeat(b"x" * 65536, before=OK_HEAD + b"\r\n"), 2, "max_response_bytes"),
        (repeat(b"x" * 65536, before=chunked(end=False) + b"-1\r\n"), 2, "."),
        (raw(OK_HEAD + b"Content-Length: 9\r\n\r\n{}"), 2, "."),
    ]
    for step, timeout, words in rows:
        with Server([step]) as server, measured(1.8):
            client = connect(server, http_client_instance=session, timeout=timeout, max_response_bytes=100_000)
            with pytest.raises((APIException, ConnectionException), match=words) as caught:
                GET_ONE(client.sessions)
            assert server.are_all_closed(), caught.value


def test_its_own_retries_that_end_in_nothing_are_an_exception_of_ours(connect: Connect, session: Session) -> None:
    retry = Retry(total=1, backoff_factor=0, status_forcelist=[503], allowed_methods=None)
    session.mount("http://", HTTPAdapter(max_retries=retry))
    rows: list[tuple[Step, Any]] = [
        (answer(b"", 503), (APIException, ConnectionException)),
        (silence, TimeoutException),
    ]
    for fault, expected in rows:
        with Server([fault] * 2) as server, pytest.raises(expected):
            GET_ONE(connect(server, http_client_instance=session, timeout=0.1).sessions)


def test_what_its_adapter_sent_before_the_last_try_leaves_a_doubt(connect: Connect, session: Session) -> None:
    retry = Retry(total=2, backoff_factor=0, allowed_methods=["DELETE"])
    session.mount("http://", HTTPAdapter(max_retries=retry))

    def lose_it_and_listen_no_more(request: Request) -> Step:
        server.refuse_connections()
        return reset()

    for operation in (DELETE_ONE, CREATE):
        with Server(lose_it_and_listen_no_more) as server:
            client = connect(server, http_client_instance=session, max_retries=1, backoff_factor=0)
            with pytest.raises(ConnectionException, match="carried out") as caught:
                operation(client.sessions)
        assert (caught.value.may_have_been_sent, len(server.requests)) == (True, 1)
