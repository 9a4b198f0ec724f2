"""What the environment may do to a request: proxies and CA bundles yes, cookies and passwords no."""

import base64
from pathlib import Path
from typing import Any

import pytest

from payrix_sessions import ApiResponse, ConfigurationException, PayrixException, ProxySettings
from tests.support.certificates import Certificates
from tests.support.leaks import leaks
from tests.support.payrix import found, login_of, sessions
from tests.support.proxy import Proxy
from tests.support.server import Server, answer
from tests.transport.conftest import Connect
from tests.wire import API_KEY, CREATE, GET_ONE

PASSWORD = "fake-proxy/pass@word"
AUTHORIZATION = "Basic " + base64.b64encode(f"proxy-user:{PASSWORD}".encode()).decode()
SECRETS = [PASSWORD, "fake-proxy%2Fpass%40word", AUTHORIZATION[6:], API_KEY]


def test_neither_cookies_of_a_response_nor_passwords_of_netrc_are_sent(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login planted password planted\ndefault login planted password planted\n")
    netrc.chmod(0o600)
    with Server([answer(sessions("x"), headers={"Set-Cookie": "__cf_bm=planted; Path=/; Max-Age=3600"})] * 4) as server:
        for variable, place in {"HOME": tmp_path, "NETRC": netrc}.items():
            monkeypatch.setenv(variable, str(place))
            client = connect(server)
            GET_ONE(client.sessions)
            CREATE(client.sessions)
        assert len(server.requests) == 4
        assert [request for request in server.requests if {"cookie", "authorization"} & set(request.headers)] == []


def test_a_proxy_of_the_environment_at_the_time_is_used(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        with Proxy() as proxy, Server([found("straight"), found("behind"), found()]) as server:
            earlier = connect(server)
            monkeypatch.setenv(variable, proxy.url)
            client = connect(server)
            assert login_of(GET_ONE(earlier.sessions)) == "straight"
            monkeypatch.delenv(variable)
            assert login_of(GET_ONE(client.sessions)) == "behind"
            CREATE(client.with_options(timeout=5.0).sessions)
            urls = [server.url + operation.path for operation in (GET_ONE, CREATE)]
            assert [request.target for request in proxy.requests] == urls
            assert b"p1_log_example" in server.requests[2].body


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


def test_no_proxy_is_honoured(connect: Connect) -> None:
    for variable, exempt in (("NO_PROXY", "a.org,127.0.0.1"), ("no_proxy", "*")):
        with Proxy() as proxy, Server([found()]) as server, pytest.MonkeyPatch.context() as patch:
            patch.setenv("HTTP_PROXY", proxy.url)
            patch.setenv(variable, exempt)
            GET_ONE(connect(server).sessions)
            assert proxy.connections == 0


def test_proxy_settings_win_over_the_environment_and_a_password_is_for_the_proxy_alone(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, trusted: Certificates
) -> None:
    def through(proxy: Proxy) -> ApiResponse[Any]:
        settings = ProxySettings("127.0.0.1", proxy.port, "proxy-user", PASSWORD)
        return GET_ONE(connect(server, proxy_settings=settings).sessions)

    for tls in (None, trusted.trusted):
        with Proxy() as ambient, Proxy(authorization=AUTHORIZATION) as proxy, Proxy(authorization="x") as other:
            monkeypatch.setenv("ALL_PROXY", ambient.url)
            with Server([found()], tls=tls) as server:
                assert through(proxy).is_success()
                with pytest.raises(PayrixException) as caught:
                    through(other)
            assert (len(proxy.requests), len(other.requests), ambient.connections) == (1, 1, 0)
        assert "proxy-authorization" not in server.requests[0].headers
        assert leaks(caught.value, SECRETS) == []


def test_a_private_authority_is_trusted_when_a_variable_names_it_and_that_of_requests_comes_before_curls(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, certificates: Certificates
) -> None:
    with Server([found()] * 2, tls=certificates.trusted) as server:
        for variables in (("CURL_CA_BUNDLE",), ("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE")):
            monkeypatch.setenv(variables[0], "no-such-file.pem")
            monkeypatch.setenv(variables[-1], str(certificates.bundle))
            assert GET_ONE(connect(server).sessions).is_success()


def test_the_scheme_of_a_base_url_may_be_in_capitals_which_open_nothing_else(
    connect: Connect, trusted: Certificates
) -> None:
    with Server([found()], tls=trusted.trusted) as server, Server([found()]) as plain:
        assert GET_ONE(connect(server, base_url=server.url.replace("https", "HTTPS")).sessions).is_success()
        assert GET_ONE(connect(plain, base_url=plain.url.replace("http", "HTTP")).sessions).is_success()
        with pytest.raises(ConfigurationException, match="https"):
            connect(server, base_url="HTTP://payrix.example")
