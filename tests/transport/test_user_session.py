"""A `requests.Session` of the user's own is used as it is, and is given back as it was."""

import copy
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from payrix_sessions import APIException, ConnectionException, TimeoutException
from tests.support.certificates import Certificates
from tests.support.clock import measured
from tests.support.payrix import found, sessions
from tests.support.proxy import Proxy
from tests.support.server import OK_HEAD, Server, Step, answer, repeat, reset, silence, trickle
from tests.transport.conftest import Connect
from tests.wire import GET_ONE, OPERATIONS


class CountingAdapter(HTTPAdapter):
    """An adapter of the user's that counts what goes through it."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = 0
        self.closed = 0

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        self.sent += 1
        return super().send(*args, **kwargs)

    def close(self) -> None:
        self.closed += 1
        super().close()


@pytest.fixture
def session() -> Any:
    with requests.Session() as own:
        yield own


def state(session: requests.Session) -> dict[str, Any]:
    """Everything that could be changed about a session, members included."""
    simple = {name: value for name, value in vars(session).items() if name not in ("adapters", "cookies")}
    adapters = [
        (prefix, adapter, vars(adapter)["max_retries"], vars(adapter).get("poolmanager"))
        for prefix, adapter in session.adapters.items()
    ]
    return {
        **{name: copy.copy(value) for name, value in simple.items()},
        "headers": dict(session.headers),
        "hooks": {name: list(hooks) for name, hooks in session.hooks.items()},
        "cookies": session.cookies.get_dict(),
        "adapters": adapters,
    }


def test_its_adapters_carry_the_requests(connect: Connect, session: requests.Session) -> None:
    adapter = CountingAdapter()
    session.mount("http://127.0.0.1", adapter)
    with Server([found()] * 4) as server:
        client = connect(server, http_client_instance=session)
        for operation in OPERATIONS:
            assert operation(client.sessions).is_success()
    assert adapter.sent == 4


def test_its_proxies_are_used(connect: Connect, session: requests.Session) -> None:
    with Proxy() as proxy, Server([found()]) as server:
        session.proxies["http"] = proxy.url
        assert GET_ONE(connect(server, http_client_instance=session).sessions).is_success()
        assert len(proxy.requests) == 1


def test_its_verify_is_used(connect: Connect, session: requests.Session, certificates: Certificates) -> None:
    session.verify = str(certificates.bundle)
    with Server([found()], tls=certificates.trusted) as server:
        assert GET_ONE(connect(server, http_client_instance=session).sessions).is_success()


def test_it_verifies_unless_told_otherwise(
    connect: Connect, session: requests.Session, certificates: Certificates
) -> None:
    with Server([found()], tls=certificates.unknown_authority) as server:
        with pytest.raises(ConnectionException):
            GET_ONE(connect(server, http_client_instance=session).sessions)
        assert server.requests == []


def test_its_client_certificate_is_used(
    connect: Connect, session: requests.Session, certificates: Certificates, tmp_path: Path
) -> None:
    session.verify = str(certificates.bundle)
    session.cert = str(tmp_path / "missing.pem")
    with Server([found()], tls=certificates.trusted) as server:
        with pytest.raises(ConnectionException):
            GET_ONE(connect(server, http_client_instance=session).sessions)


def test_its_headers_are_sent(connect: Connect, session: requests.Session) -> None:
    session.headers["X-Trace"] = "abc"
    with Server([found()]) as server:
        GET_ONE(connect(server, http_client_instance=session).sessions)
        assert server.requests[0].headers["x-trace"] == "abc"
        assert server.requests[0].headers["accept"] == "application/json"


def test_its_hooks_see_the_answer(connect: Connect, session: requests.Session) -> None:
    seen: list[int] = []

    def hook(response: requests.Response, *args: Any, **kwargs: Any) -> None:
        seen.append(response.status_code)

    session.hooks["response"].append(hook)
    with Server([found(), answer(b"{}", 404)]) as server:
        client = connect(server, http_client_instance=session)
        GET_ONE(client.sessions)
        with pytest.raises(APIException):
            GET_ONE(client.sessions)
    assert seen == [200, 404]


def test_it_is_not_changed(connect: Connect, session: requests.Session) -> None:
    session.cookies["own"] = "cookie"
    session.headers["X-Trace"] = "abc"
    before = state(session)
    steps = [answer(sessions("p1_ssn_1"), headers={"Set-Cookie": "planted=1"}), answer(b"", 503), found()]
    with Server(steps) as server:
        client = connect(server, http_client_instance=session, max_retries=0, timeout=3, pool_size=2)
        GET_ONE(client.sessions)
        with pytest.raises(APIException):
            GET_ONE(client.sessions)
        GET_ONE(client.with_options(max_retries=1, timeout=1).sessions)
        assert state(session) == before
        client.close()
        assert state(session) == before


def test_it_is_not_closed(connect: Connect, session: requests.Session) -> None:
    adapter = CountingAdapter()
    session.mount("http://", adapter)
    with Server([found()] * 3) as server:
        client = connect(server, http_client_instance=session)
        GET_ONE(client.sessions)
        client.with_options(timeout=1).close()
        client.close()
        client.close()
        assert adapter.closed == 0
        assert session.get(server.url + "/sessions/p1_ssn_1").status_code == 200
        assert server.connections == 1


def test_two_clients_share_it(connect: Connect, session: requests.Session) -> None:
    with Server([found()] * 2) as server:
        first = connect(server, http_client_instance=session)
        GET_ONE(first.sessions)
        first.close()
        assert GET_ONE(connect(server, http_client_instance=session).sessions).is_success()
        assert server.connections == 1


def test_its_redirects_are_not_followed_either(connect: Connect, session: requests.Session) -> None:
    with Server([]) as other:
        location = {"Location": f"http://localhost:{other.port}/"}
        with Server([answer(status=307, headers=location)]) as server:
            with pytest.raises(APIException, match="localhost"):
                GET_ONE(connect(server, http_client_instance=session).sessions)
        assert other.connections == 0


def test_its_answers_are_bounded_too(connect: Connect, session: requests.Session) -> None:
    slow = trickle(OK_HEAD + b"Content-Length: 90\r\n\r\n", b"x" * 90)
    with Server([slow, repeat(b"x" * 65536, before=OK_HEAD + b"\r\n")]) as server:
        client = connect(server, http_client_instance=session, timeout=0.5, max_response_bytes=100_000)
        with measured(0.9, at_least=0.45), pytest.raises(TimeoutException):
            GET_ONE(client.sessions)
        with pytest.raises(Exception, match="max_response_bytes"):
            GET_ONE(client.with_options(timeout=5.0).sessions)


def patient_session(session: requests.Session) -> requests.Session:
    """A session that retries by itself, as many do."""
    retry = Retry(total=1, backoff_factor=0, status_forcelist=[503], allowed_methods=None)
    session.mount("http://", HTTPAdapter(max_retries=retry))
    return session


def test_a_timeout_below_its_own_retries_is_a_timeout_exception(connect: Connect, session: requests.Session) -> None:
    with Server([silence] * 2) as server, pytest.raises(TimeoutException):
        GET_ONE(connect(server, http_client_instance=patient_session(session), timeout=0.15).sessions)


@pytest.mark.parametrize("fault", [reset(), answer(b"", 503)], ids=["reset", "503"])
def test_its_own_retries_that_end_in_nothing_are_an_exception_of_ours(
    connect: Connect, session: requests.Session, fault: Step
) -> None:
    with Server([fault] * 2) as server, pytest.raises((APIException, ConnectionException)):
        GET_ONE(connect(server, http_client_instance=patient_session(session)).sessions)


def test_its_environment_is_looked_at_unless_it_says_no(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, session: requests.Session
) -> None:
    with Proxy() as proxy, Server([found()] * 2) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        GET_ONE(connect(server, http_client_instance=session).sessions)
        assert len(proxy.requests) == 1
        session.trust_env = False
        GET_ONE(connect(server, http_client_instance=session).sessions)
        assert len(proxy.requests) == 1


def test_a_header_that_the_user_took_away_is_not_sent(connect: Connect, session: Any) -> None:
    session.headers["Accept-Language"] = None
    with Server([found()]) as server:
        assert GET_ONE(connect(server, http_client_instance=session).sessions).is_success()
        assert "accept-language" not in server.requests[0].headers


def test_a_hook_that_raises_for_the_status_leaves_that_to_us(connect: Connect, session: Any) -> None:
    def check(response: requests.Response, **_: Any) -> None:
        response.raise_for_status()

    session.hooks["response"].append(check)
    with Server([answer(b'{"errors": [{"msg": "Invalid authentication"}]}', 401)]) as server:
        with pytest.raises(APIException, match=r"401 .*Invalid authentication"):
            GET_ONE(connect(server, http_client_instance=session, max_retries=2).sessions)
        assert len(server.requests) == 1
