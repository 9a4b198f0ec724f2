"""A `requests.Session` of the user's own is used as it is, and is given back as it was."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from payrix_sessions import APIException, ConfigurationException, ConnectionException, PayrixException, TimeoutException
from tests.support.certificates import Certificates
from tests.support.clock import measured
from tests.support.leaks import leaks
from tests.support.payrix import REFUSED, found, sessions
from tests.support.proxy import Proxy
from tests.support.server import OK_HEAD, Request, Server, Step, answer, chunked, raw, repeat, reset, silence, trickle
from tests.transport.conftest import Connect
from tests.wire import CREATE, DELETE_ONE, GET_ONE, OPERATIONS


class CountingAdapter(HTTPAdapter):
    """An adapter of the user's that keeps what goes through it."""

    def __init__(self) -> None:
        super().__init__()
        self.responses: list[requests.Response] = []
        self.closed = 0

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        response = super().send(*args, **kwargs)
        self.responses.append(response)
        return response

    def close(self) -> None:
        self.closed += 1
        super().close()


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as own:
        yield own


def state(session: requests.Session) -> dict[str, Any]:
    """Everything that could be changed about a session, members included."""
    simple = {name: copy.copy(value) for name, value in vars(session).items() if name not in ("adapters", "cookies")}
    return {
        **simple,
        "headers": dict(session.headers),
        "hooks": {name: list(hooks) for name, hooks in session.hooks.items()},
        "cookies": session.cookies.get_dict(),
        "adapters": [
            (prefix, adapter, vars(adapter)["max_retries"], vars(adapter).get("poolmanager"))
            for prefix, adapter in session.adapters.items()
        ],
    }


def test_its_adapters_carry_the_requests(connect: Connect, session: requests.Session) -> None:
    adapter = CountingAdapter()
    session.mount("http://127.0.0.1", adapter)
    with Server([found()] * 4) as server:
        client = connect(server, http_client_instance=session)
        for operation in OPERATIONS:
            assert operation(client.sessions).is_success()
    assert len(adapter.responses) == 4


def test_its_proxies_are_used_and_those_of_the_environment_unless_it_says_no(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, session: requests.Session
) -> None:
    with Proxy() as own, Proxy() as ambient, Server([found()] * 3) as server:
        monkeypatch.setenv("HTTP_PROXY", ambient.url)
        GET_ONE(connect(server, http_client_instance=session).sessions)
        session.trust_env = False
        GET_ONE(connect(server, http_client_instance=session).sessions)
        assert (len(ambient.requests), len(own.requests)) == (1, 0)
        session.proxies["http"] = own.url
        GET_ONE(connect(server, http_client_instance=session).sessions)
        assert (len(ambient.requests), len(own.requests)) == (1, 1)


def test_its_verify_and_cert_are_used_and_it_verifies_unless_told_otherwise(
    connect: Connect, session: requests.Session, certificates: Certificates, tmp_path: Path
) -> None:
    with Server([found()], tls=certificates.trusted) as server:
        with pytest.raises(ConnectionException):
            GET_ONE(connect(server, http_client_instance=session).sessions)
        session.verify = str(certificates.bundle)
        assert GET_ONE(connect(server, http_client_instance=session).sessions).is_success()
        session.cert = str(tmp_path / "missing.pem")
        with pytest.raises(PayrixException):
            GET_ONE(connect(server, http_client_instance=session).sessions)


def test_its_headers_are_sent_but_for_those_taken_away(connect: Connect, session: Any) -> None:
    session.headers.update({"X-Trace": "abc", "Accept-Language": None})
    with Server([found()]) as server:
        GET_ONE(connect(server, http_client_instance=session).sessions)
        headers = server.requests[0].headers
    assert (headers["x-trace"], headers["accept"], "accept-language" in headers) == ("abc", "application/json", False)


def test_its_hooks_see_each_response_and_leave_the_status_to_us(connect: Connect, session: requests.Session) -> None:
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


def test_it_is_neither_changed_nor_closed_and_two_clients_share_it(connect: Connect, session: requests.Session) -> None:
    adapter = CountingAdapter()
    session.mount("http://", adapter)
    session.cookies["own"] = "cookie"
    session.headers["X-Trace"] = "abc"
    before = state(session)
    steps = [answer(sessions("x"), headers={"Set-Cookie": "planted=1"}), answer(b"", 503), found(), found(), found()]
    with Server(steps) as server:
        client = connect(server, http_client_instance=session, max_retries=0, timeout=3, pool_size=2)
        GET_ONE(client.sessions)
        with pytest.raises(APIException):
            GET_ONE(client.sessions)
        GET_ONE(client.with_options(max_retries=1, timeout=1).sessions)
        client.close()
        assert GET_ONE(connect(server, http_client_instance=session).sessions).is_success()
        assert (state(session), adapter.closed) == (before, 0)
        assert session.get(server.url + "/sessions/p1_ssn_1").status_code == 200
        assert server.connections == 1


def test_its_redirects_are_not_followed_either(connect: Connect, session: requests.Session) -> None:
    with Server([]) as other:
        location = {"Location": f"http://localhost:{other.port}/"}
        with Server([answer(status=307, headers=location)]) as server:
            with pytest.raises(APIException, match="localhost"):
                GET_ONE(connect(server, http_client_instance=session).sessions)
        assert other.connections == 0


UNBOUNDED: dict[str, tuple[Step, str]] = {
    "slow": (trickle(OK_HEAD + b"Content-Length: 90\r\n\r\n", b"x" * 90), "timeout"),
    "large": (repeat(b"x" * 65536, before=OK_HEAD + b"\r\n"), "max_response_bytes"),
    "a chunk of -1": (repeat(b"x" * 65536, before=chunked(end=False) + b"-1\r\n"), "."),
    "cut": (raw(OK_HEAD + b"Content-Length: 9\r\n\r\n{}"), "."),
}


@pytest.mark.parametrize(("step", "words"), UNBOUNDED.values(), ids=UNBOUNDED)
def test_its_responses_are_bounded_too_and_closed_when_they_are_given_up(
    connect: Connect, session: requests.Session, step: Step, words: str
) -> None:
    adapter = CountingAdapter()
    session.mount("http://", adapter)
    with Server([step]) as server, measured(2.5), pytest.raises((APIException, ConnectionException), match=words):
        GET_ONE(connect(server, http_client_instance=session, timeout=0.8, max_response_bytes=100_000).sessions)
    (response,) = adapter.responses
    assert response.raw.closed or response.raw.connection is None


@pytest.mark.parametrize("fault", [reset(), answer(b"", 503), silence], ids=["reset", "503", "silence"])
def test_its_own_retries_that_end_in_nothing_are_an_exception_of_ours(
    connect: Connect, session: requests.Session, fault: Step
) -> None:
    retry = Retry(total=1, backoff_factor=0, status_forcelist=[503], allowed_methods=None)
    session.mount("http://", HTTPAdapter(max_retries=retry))
    expected = TimeoutException if fault is silence else (APIException, ConnectionException)
    with Server([fault] * 2) as server, pytest.raises(expected):
        GET_ONE(connect(server, http_client_instance=session, timeout=0.15).sessions)


def test_a_hook_that_cannot_reach_a_host_of_its_own_does_not_send_a_post_again(
    connect: Connect, session: requests.Session
) -> None:
    with Server([]) as closed:
        closed.refuse_connections()

    def hook(response: requests.Response, *args: Any, **kwargs: Any) -> None:
        requests.get(closed.url, timeout=1)

    session.hooks["response"].append(hook)
    with Server([found()] * 3) as server, pytest.raises(ConnectionException, match=r"hook.*carried out") as caught:
        CREATE(connect(server, http_client_instance=session, max_retries=2, backoff_factor=0).sessions)
    assert (len(server.requests), caught.value.may_have_been_sent) == (1, True)


def test_the_status_of_another_response_that_a_hook_got_is_not_ours(
    connect: Connect, session: requests.Session
) -> None:
    with Server([answer(b"", 404)]) as other:

        def hook(response: requests.Response, *args: Any, **kwargs: Any) -> None:
            requests.get(other.url, timeout=1).raise_for_status()

        session.hooks["response"].append(hook)
        with Server([found()]) as server, pytest.raises(ConnectionException, match="hook") as caught:
            CREATE(connect(server, http_client_instance=session).sessions)
    assert caught.value.may_have_been_sent


def test_what_its_adapter_sent_before_the_last_try_leaves_a_doubt(connect: Connect, session: requests.Session) -> None:
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
        assert caught.value.may_have_been_sent
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SessionKey", "fake-secret"),
        ("Request-Token", "fake-secret"),
        ("Transfer-Encoding", "fake-secret"),
        ("X-Own", "fake-secret\r\nX-Second: 1"),
        ("X-Own", "fake-secret \u2603"),
    ],
)
def test_its_headers_must_fit_beside_ours(connect: Connect, session: requests.Session, name: str, value: str) -> None:
    with Server([]) as server:
        client = connect(server, http_client_instance=session)
        session.headers[name] = value
        with pytest.raises(ConfigurationException, match="headers of http_client_instance") as caught:
            CREATE(client.sessions)
    assert (server.connections, leaks(caught.value, ["fake-secret"])) == (0, [])


def test_a_certificate_of_its_own_that_is_missing_is_told_before_anything_is_sent(
    connect: Connect, session: requests.Session, tmp_path: Path
) -> None:
    session.cert = (str(tmp_path / "missing.pem"), str(tmp_path / "missing.key"))
    with Server([]) as server, pytest.raises(ConfigurationException, match=r"cert of .*missing\.pem"):
        CREATE(connect(server, http_client_instance=session).sessions)


def test_what_its_hook_could_not_decode_is_not_kept(connect: Connect, session: requests.Session) -> None:
    def hook(response: requests.Response, *args: Any, **kwargs: Any) -> None:
        response.content.decode("ascii")

    session.hooks["response"].append(hook)
    with Server([answer(b'{"key": "fake-secret", "name": "\xff"}')]) as server:
        with pytest.raises(ConnectionException, match="hook") as caught:
            GET_ONE(connect(server, http_client_instance=session).sessions)
    failed = caught.value.__cause__ and caught.value.__cause__.__cause__
    assert isinstance(failed, UnicodeDecodeError)
    assert b"fake-secret" not in failed.object
    assert leaks(caught.value, ["fake-secret"]) == []
