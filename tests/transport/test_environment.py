"""What the environment may do to a request: proxies and CA bundles yes, cookies and passwords no."""

import base64
from enum import Enum
from pathlib import Path

import pytest

from payrix_sessions import (
    ApiKeyCredentials,
    Client,
    ConfigurationException,
    ConnectionException,
    PayrixException,
    ProxySettings,
    Search,
    Totals,
)
from tests.support.certificates import Certificates
from tests.support.leaks import leaks
from tests.support.payrix import found, login_of, sessions
from tests.support.proxy import Proxy
from tests.support.server import Server, answer
from tests.transport.conftest import Connect
from tests.wire import API_KEY, CREATE, GET_ONE, OPERATIONS, SESSION_ID

PROXY_PASSWORD = "fake-proxy/pass@word"
QUOTED_PASSWORD = "fake-proxy%2Fpass%40word"
PROXY_AUTHORIZATION = "Basic " + base64.b64encode(f"proxy-user:{PROXY_PASSWORD}".encode()).decode()


def test_cookies_of_a_response_are_not_sent_back(connect: Connect) -> None:
    cookie = {"Set-Cookie": "__cf_bm=planted; Path=/; Max-Age=3600"}
    with Server([answer(sessions("x"), headers=cookie)] * 4) as server:
        client = connect(server)
        for operation in OPERATIONS:
            operation(client.sessions)
        assert [request.headers.get("cookie") for request in server.requests] == [None] * 4


@pytest.mark.parametrize("place", ["HOME", "NETRC"])
def test_netrc_is_not_read(connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login planted password planted\ndefault login planted password planted\n")
    netrc.chmod(0o600)
    monkeypatch.setenv(place, str(tmp_path if place == "HOME" else netrc))
    with Server([found()]) as server:
        GET_ONE(connect(server).sessions)
        assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_a_proxy_of_the_environment_is_used(connect: Connect, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    with Proxy() as proxy, Server([found("behind"), found()]) as server:
        monkeypatch.setenv(variable, proxy.url)
        client = connect(server)
        assert login_of(GET_ONE(client.sessions)) == "behind"
        CREATE(client.with_options(timeout=5.0).sessions)
        assert [request.target for request in proxy.requests] == [
            f"{server.url}/sessions/{SESSION_ID}",
            f"{server.url}/sessions",
        ]
        assert b"p1_log_example" in server.requests[1].body


def test_https_goes_through_a_tunnel_and_the_proxy_never_sees_the_key(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, trusted: Certificates
) -> None:
    with Proxy() as proxy, Server([found(), found()], tls=trusted.trusted) as server:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        client = connect(server)
        GET_ONE(client.sessions)
        GET_ONE(client.sessions)
        assert [request.method for request in proxy.requests] == ["CONNECT"]
        assert API_KEY not in str(proxy.requests)
        assert [request.headers["apikey"] for request in server.requests] == [API_KEY] * 2


@pytest.mark.parametrize(
    ("variable", "exempt"),
    [("NO_PROXY", "127.0.0.1"), ("no_proxy", "*"), ("NO_PROXY", "example.org,127.0.0.1"), ("no_proxy", "127.0.0.0/8")],
)
def test_no_proxy_is_honoured(connect: Connect, monkeypatch: pytest.MonkeyPatch, variable: str, exempt: str) -> None:
    with Proxy() as proxy, Server([found()]) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv(variable, exempt)
        GET_ONE(connect(server).sessions)
        assert proxy.connections == 0


def test_the_environment_is_looked_up_once(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    with Proxy() as proxy, Server([found()] * 3) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        through = connect(server)
        monkeypatch.delenv("HTTP_PROXY")
        straight = connect(server)
        GET_ONE(through.sessions)
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        GET_ONE(straight.sessions)
        monkeypatch.delenv("HTTP_PROXY")
        GET_ONE(through.sessions)
        assert (len(proxy.requests), len(server.requests)) == (2, 3)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_proxy_settings_with_a_password_work_and_win_over_the_environment(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, trusted: Certificates, scheme: str
) -> None:
    tls = trusted.trusted if scheme == "https" else None
    with (
        Proxy(authorization=PROXY_AUTHORIZATION) as proxy,
        Proxy() as ambient,
        Server([found()], tls=tls) as server,
    ):
        monkeypatch.setenv("ALL_PROXY", ambient.url)
        settings = ProxySettings("http://127.0.0.1", proxy.port, "proxy-user", PROXY_PASSWORD)
        client = connect(server, proxy_settings=settings)
        assert GET_ONE(client.sessions).is_success()
        assert (len(proxy.requests), ambient.connections) == (1, 0)
        assert "proxy-authorization" not in server.requests[0].headers
        for shown in (settings, client, client.config):
            assert PROXY_PASSWORD not in f"{shown!r} {shown}"
            assert QUOTED_PASSWORD not in f"{shown!r} {shown}"


def test_a_proxy_that_refuses_the_password_does_not_get_it_into_the_exception(
    connect: Connect, trusted: Certificates
) -> None:
    for scheme in ("http", "https"):
        tls = trusted.trusted if scheme == "https" else None
        with Proxy(authorization="Basic another") as proxy, Server([], tls=tls) as server:
            settings = ProxySettings("127.0.0.1", proxy.port, "proxy-user", PROXY_PASSWORD)
            with pytest.raises(PayrixException) as caught:
                GET_ONE(connect(server, proxy_settings=settings).sessions)
        assert leaks(caught.value, [PROXY_PASSWORD, QUOTED_PASSWORD, PROXY_AUTHORIZATION[6:], API_KEY]) == []


def test_a_private_authority_is_trusted_when_curls_variable_names_it(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, certificates: Certificates
) -> None:
    with Server([found()], tls=certificates.trusted) as server:
        with pytest.raises(ConnectionException, match=r"(?i)certificate"):
            GET_ONE(connect(server).sessions)
        assert server.requests == []
        monkeypatch.setenv("CURL_CA_BUNDLE", str(certificates.bundle))
        assert GET_ONE(connect(server).sessions).is_success()


@pytest.mark.parametrize("scheme", ["HTTPS", "Https"])
def test_the_scheme_of_a_base_url_may_be_in_capitals(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, trusted: Certificates, scheme: str
) -> None:
    with Server([found()] * 2, tls=trusted.trusted) as server:
        url = server.url.replace("https", scheme)
        assert GET_ONE(connect(server, base_url=url).sessions).is_success()
        monkeypatch.setenv("PAYRIX_BASE_URL", url)
        with Client.from_environment(api_key_credentials=ApiKeyCredentials(API_KEY)) as client:
            assert GET_ONE(client.sessions).is_success()


def test_capitals_do_not_open_plain_http_to_elsewhere(connect: Connect) -> None:
    with Server([found()]) as server:
        assert GET_ONE(connect(server, base_url=server.url.replace("http", "HTTP")).sessions).is_success()
        with pytest.raises(ConfigurationException, match="https"):
            connect(server, base_url="HTTP://payrix.example")


def test_members_of_string_enums_go_out_as_their_value(connect: Connect) -> None:
    class Login(str, Enum):
        SHOP = "p1_log_shop"

    class Column(str, Enum):
        ID = "id"
        LOGIN = "login"
        LOGIN_TOKEN = "one-of-ours"

    with Server([found()] * 2) as server:
        api = connect(server).sessions
        api.get_sessions(search=Search(Column.LOGIN).equals(Login.SHOP), totals=Totals.count(Column.ID))
        api.get_sessions_id(SESSION_ID, Column.LOGIN_TOKEN, token=Login.SHOP)
        listed, one = (request.headers for request in server.requests)
    assert (listed["search"], listed["totals"]) == ("login[equals]=p1_log_shop", "count[]=id")
    assert (one["token"], one["request-token"]) == ("p1_log_shop", "one-of-ours")
