"""What the environment may do to a request: proxies and CA bundles yes, cookies and passwords no."""

import base64
from pathlib import Path

import pytest

from payrix_sessions import (
    ApiKeyCredentials,
    Client,
    ConnectionException,
    PayrixException,
    ProxySettings,
    SessionsPostRequest,
)
from tests.support.certificates import Certificates
from tests.support.leaks import leaks
from tests.support.payrix import found, sessions
from tests.support.proxy import Proxy
from tests.support.server import Server, answer
from tests.transport.conftest import Connect
from tests.wire import API_KEY, GET_MANY, GET_ONE, OPERATIONS

PROXY_PASSWORD = "fake-proxy/pass@word"
PROXY_AUTHORIZATION = "Basic " + base64.b64encode(f"proxy-user:{PROXY_PASSWORD}".encode()).decode()


def test_cookies_of_an_answer_are_not_sent_back(connect: Connect) -> None:
    cookie = {"Set-Cookie": "__cf_bm=planted; Path=/; Max-Age=3600"}
    with Server([answer(sessions("p1_ssn_1"), headers=cookie)] * 4) as server:
        client = connect(server)
        for operation in OPERATIONS:
            operation(client.sessions)
        assert len(server.requests) == 4
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
    with Proxy() as proxy, Server([found("p1_ssn_behind")]) as server:
        monkeypatch.setenv(variable, proxy.url)
        result = GET_ONE(connect(server).sessions)
        assert result.body.data[0].id == "p1_ssn_behind"
        assert [request.target for request in proxy.requests] == [f"{server.url}/sessions/p1_ssn_example"]
        assert len(server.requests) == 1


def test_https_goes_through_a_tunnel_and_the_proxy_never_sees_the_key(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, certificates: Certificates
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.bundle))
    with Proxy() as proxy, Server([found(), found()], tls=certificates.trusted) as server:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        client = connect(server)
        GET_ONE(client.sessions)
        GET_ONE(client.sessions)
        assert [request.method for request in proxy.requests] == ["CONNECT"]
        assert API_KEY not in str(proxy.requests)
        assert [request.headers["apikey"] for request in server.requests] == [API_KEY] * 2


@pytest.mark.parametrize("exempt", ["127.0.0.1", "*", "example.org,127.0.0.1", "127.0.0.0/8"])
@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
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
        GET_ONE(through.sessions)
        monkeypatch.delenv("HTTP_PROXY")
        straight = connect(server)
        GET_ONE(straight.sessions)
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        GET_ONE(straight.sessions)
        assert len(proxy.requests) == 1
        monkeypatch.delenv("HTTP_PROXY")
        assert len(server.requests) == 3


def test_a_client_stays_with_its_proxy_when_the_environment_changes(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy() as proxy, Server([found()] * 2) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        client = connect(server)
        GET_ONE(client.sessions)
        monkeypatch.delenv("HTTP_PROXY")
        GET_ONE(client.sessions)
        assert len(proxy.requests) == 2


def test_a_password_in_a_proxy_variable_works(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    with Proxy(authorization=PROXY_AUTHORIZATION) as proxy, Server([found()]) as server:
        monkeypatch.setenv("HTTP_PROXY", f"http://proxy-user:fake-proxy%2Fpass%40word@127.0.0.1:{proxy.port}")
        GET_ONE(connect(server).sessions)
        assert "proxy-authorization" not in server.requests[0].headers


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_proxy_settings_with_a_password_work(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, certificates: Certificates, scheme: str
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.bundle))
    tls = certificates.trusted if scheme == "https" else None
    with Proxy(authorization=PROXY_AUTHORIZATION) as proxy, Server([found()], tls=tls) as server:
        settings = ProxySettings("http://127.0.0.1", proxy.port, "proxy-user", PROXY_PASSWORD)
        assert GET_ONE(connect(server, proxy_settings=settings).sessions).is_success()
        assert len(proxy.requests) == 1
        assert "proxy-authorization" not in server.requests[0].headers


def test_proxy_settings_win_over_the_environment(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    with Proxy() as named, Proxy() as ambient, Server([found()]) as server:
        monkeypatch.setenv("HTTP_PROXY", ambient.url)
        GET_ONE(connect(server, proxy_settings=ProxySettings("127.0.0.1", named.port)).sessions)
        assert (len(named.requests), ambient.connections) == (1, 0)


def test_proxy_settings_are_masked_wherever_they_are_shown(connect: Connect) -> None:
    settings = ProxySettings("127.0.0.1", 8080, "proxy-user", PROXY_PASSWORD)
    with Server([]) as server:
        client = connect(server, proxy_settings=settings)
        for shown in (settings, client, client.config):
            assert PROXY_PASSWORD not in f"{shown!r} {shown}"
            assert "fake-proxy%2Fpass%40word" not in f"{shown!r} {shown}"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_refuses_the_password_does_not_get_it_into_the_exception(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, certificates: Certificates, scheme: str
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.bundle))
    tls = certificates.trusted if scheme == "https" else None
    with Proxy(authorization="Basic another") as proxy, Server([], tls=tls) as server:
        settings = ProxySettings("127.0.0.1", proxy.port, "proxy-user", PROXY_PASSWORD)
        with pytest.raises(PayrixException) as caught:
            GET_ONE(connect(server, proxy_settings=settings).sessions)
    secrets = [PROXY_PASSWORD, "fake-proxy%2Fpass%40word", PROXY_AUTHORIZATION[6:], API_KEY]
    assert leaks(caught.value, secrets) == []


def test_a_proxy_that_is_down_is_a_connection_exception(connect: Connect) -> None:
    with Proxy() as proxy:
        settings = ProxySettings("127.0.0.1", proxy.port)
    with Server([]) as server, pytest.raises(ConnectionException, match=r"(?i)proxy"):
        GET_ONE(connect(server, proxy_settings=settings).sessions)


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_private_authority_is_trusted_when_the_environment_names_it(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, certificates: Certificates, variable: str
) -> None:
    monkeypatch.setenv(variable, str(certificates.bundle))
    with Server([found()], tls=certificates.trusted) as server:
        assert GET_ONE(connect(server).sessions).is_success()


@pytest.mark.parametrize("shown", ["trusted", "unknown_authority", "self_signed"])
def test_a_certificate_of_nobody_we_know_is_refused_before_anything_is_sent(
    connect: Connect, certificates: Certificates, shown: str
) -> None:
    with Server([found()], tls=getattr(certificates, shown)) as server:
        with pytest.raises(ConnectionException, match=r"(?i)certificate") as caught:
            GET_MANY(connect(server).sessions)
        assert server.requests == []
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("shown", ["wrong_host", "unknown_authority", "self_signed"])
def test_a_configured_authority_does_not_open_the_door_to_others(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, certificates: Certificates, shown: str
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.bundle))
    with Server([found()], tls=getattr(certificates, shown)) as server:
        with pytest.raises(ConnectionException, match=r"(?i)certificate"):
            GET_MANY(connect(server).sessions)
        assert server.requests == []


def test_a_ca_bundle_that_is_not_there_is_an_exception_of_ours_that_names_it(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, certificates: Certificates, tmp_path: Path
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "missing.pem"))
    with Server([found()], tls=certificates.trusted) as server:
        with pytest.raises(PayrixException, match=r"missing\.pem"):
            GET_ONE(connect(server).sessions)


def test_a_variant_and_its_parent_use_the_same_proxy(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    with Proxy() as proxy, Server([found()] * 2) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        client = connect(server)
        GET_ONE(client.sessions)
        GET_ONE(client.with_options(timeout=5.0).sessions)
        assert len(proxy.requests) == 2


def test_the_body_of_a_post_passes_through_a_proxy(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    with Proxy() as proxy, Server([found()]) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        with Client(base_url=server.url, api_key_credentials=ApiKeyCredentials(API_KEY)) as client:
            client.sessions.post_sessions(SessionsPostRequest(login="p1_log_proxied"))
        assert b"p1_log_proxied" in server.requests[0].body
