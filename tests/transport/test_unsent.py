"""What fails before the request was sent: refused at construction, or retried, and never a reason for doubt."""

import base64
import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest.mock import Mock
from urllib.parse import unquote

import pytest
import requests

from payrix_sessions import Client, ConfigurationException, ConnectionException, ProxySettings, TimeoutException
from tests.support.certificates import Certificates
from tests.support.clock import Clock, measured
from tests.support.leaks import leaks
from tests.support.payrix import found
from tests.support.proxy import Proxy
from tests.support.server import OK_HEAD, Exchange, Server, Step, answer, raw, reset
from tests.transport.conftest import Connect
from tests.wire import API_KEY, CREATE, GET_ONE, make_client

PASSWORD = "fake-proxy-password"


def unsent(client: Client, words: str, attempts: int = 1) -> ConnectionException:
    """Make a POST fail with these words before it is sent, in so many attempts."""
    with pytest.raises(ConnectionException, match=words) as caught:
        CREATE(client.sessions)
    assert (caught.value.attempts, caught.value.may_have_been_sent) == (attempts, False)
    assert "may have been carried out" not in str(caught.value)
    assert leaks(caught.value, [API_KEY, PASSWORD]) == []
    return caught.value


def test_a_failed_handshake_is_retried_even_for_a_post_and_told_with_the_reason_of_openssl(clock: Clock) -> None:
    def serve(listener: socket.socket, in_clear: bytes) -> None:
        for _ in range(3):
            with suppress(OSError), listener.accept()[0] as connection:
                connection.recv(1)
                connection.sendall(in_clear)
                connection.recv(65_536 if in_clear else 0)

    for in_clear, reason in ((b"", ""), (b"HTTP/1.1 400 Bad Request\r\n\r\n", "(wrong.version.number|record layer)")):
        clock.reset()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=serve, args=(listener, in_clear), daemon=True)
            thread.start()
            with make_client(base_url=f"https://127.0.0.1:{listener.getsockname()[1]}", max_retries=2) as client:
                unsent(client, f"(?i)no TLS connection.*{reason}", attempts=3)
            thread.join()
        assert len(clock.slept) == 2


def test_a_stalled_handshake_counts_as_the_wait_for_a_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody_accepts:
        url = f"https://127.0.0.1:{nobody_accepts.getsockname()[1]}"
        with make_client(base_url=url, timeout=(0.1, 30)) as client:
            assert isinstance(unsent(client, r"no TLS connection to .* within 0\.1 s"), TimeoutException)


def through(connect: Connect, proxy: Server, **options: Any) -> Client:
    """A client that asks a proxy for a tunnel."""
    settings = ProxySettings("127.0.0.1", proxy.port, "user", PASSWORD)
    return connect(proxy, base_url="https://payrix.example", proxy_settings=settings, timeout=5, **options)


def test_a_connect_that_failed_is_retried_unless_the_proxy_refused_it(connect: Connect, clock: Clock) -> None:
    rows: list[tuple[Step, int]] = [  # and how many attempts are made of three
        *((answer(b"", status, hang_up=True), 3) for status in (502, 503, 504)),
        *((answer(b"", status, hang_up=True), 1) for status in (403, 404, 407)),
        *((raw(data), 3) for data in (b"", b"HTTP/1.1 200 Connection est", b"220 mail.example\r\n", bytes(range(256)))),
        *((raw(data), 3) for data in (b"HTTP/1.1 two hundred\r\n\r\n", OK_HEAD + b"no colon\r\n\r\n")),
        (reset(), 3),
    ]
    for step, attempts in rows:
        with Server([step] * 3) as proxy:
            unsent(through(connect, proxy, max_retries=2), "(?i)proxy|connection", attempts)
            assert [request.method for request in proxy.requests] == ["CONNECT"] * attempts
            proxy.refuse_connections()
            unsent(through(connect, proxy), "the proxy for .*check proxy_settings")


def test_what_a_proxy_says_of_its_password_is_not_repeated(connect: Connect) -> None:
    in_base64 = base64.b64encode(b"user:" + PASSWORD.encode())
    for words in (b"HTTP/1.1 407 who is user:%s", b"HTTP/1.1 502 Basic %s", b"%s is no password"):
        with Server([raw(words % (PASSWORD.encode() + b" or " + in_base64) + b"\r\n\r\n")]) as proxy:
            assert leaks(unsent(through(connect, proxy), "proxy"), [in_base64.decode()]) == []


def test_one_timeout_bounds_the_tunnel_and_the_handshake_within_it_together(connect: Connect, clock: Clock) -> None:
    def open_late_and_say_nothing(exchange: Exchange) -> bool:
        clock.advance(4.6)
        exchange.send(b"HTTP/1.1 200 OK\r\n\r\n")
        exchange.pause()
        return False

    with Server([open_late_and_say_nothing]) as proxy, measured(2.5):
        assert isinstance(unsent(through(connect, proxy), "no TLS connection"), TimeoutException)


def test_a_bundle_without_certificates_is_rejected_with_its_variable_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for folder in ("empty", "notes"):
        (tmp_path / folder).mkdir()
    text = b"the certificates are in the other folder\n"
    files = {"notes/notes.txt": text, "text": text, "nothing": b"", "no PEM": b"\x30\x82\x01\x0a binary"}
    files |= {"cut": b"-----BEGIN CERTIFICATE-----\nMIIB\n", "key": b"-----BEGIN PRIVATE KEY-----\nMIIB\n"}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    for name in ("missing", "empty", *files, "notes"):
        for variable in ("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
            with pytest.MonkeyPatch.context() as environment:
                environment.setenv(variable, str(tmp_path / name))
                with pytest.raises(ConfigurationException, match=rf"{variable}.*{tmp_path / name}"):
                    make_client()


def test_what_a_session_replaces_or_does_not_trust_is_not_looked_at(
    monkeypatch: pytest.MonkeyPatch, certificates: Certificates
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/missing.pem")
    monkeypatch.setenv("HTTPS_PROXY", "http://user:a/b@proxy.example:99999")
    with requests.Session() as session:
        session.verify = str(certificates.bundle)
        session.proxies = {"https": "http://127.0.0.1:9"}
        make_client(http_client_instance=session)
    with requests.Session() as session:
        session.trust_env = False
        make_client(http_client_instance=session)


def test_a_folder_of_certificates_under_the_names_that_openssl_looks_for_is_taken(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "1a2b3c4d.0").write_bytes(certificates.bundle.read_bytes())
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))
    make_client().close()


UNUSABLE_PROXIES = [
    f"http://user:{PASSWORD}{rest}"
    for rest in (
        *("/x@proxy.example:3128", "?x@proxy.example:3128", "@proxy.example:99999", "@proxy.example:port"),
        *("@", "@[::1:3128", "\u20ac@proxy.example:3128"),
    )
]


def test_a_proxy_that_cannot_work_is_rejected_with_its_source_named_and_its_password_redacted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for url in (*UNUSABLE_PROXIES, f"ftp://user:{PASSWORD}@proxy.example:3128"):
        for variable in ("HTTPS_PROXY", "all_proxy"):
            with pytest.MonkeyPatch.context() as environment:
                environment.setenv(variable, url)
                with pytest.raises(ConfigurationException, match=f"(?i){variable}") as caught:
                    make_client()
            assert leaks(caught.value, [PASSWORD]) == []
    monkeypatch.setattr("requests.utils.getproxies", lambda: {"https": UNUSABLE_PROXIES[0]})
    with pytest.raises(ConfigurationException, match="the system's proxy settings") as caught:
        make_client()
    assert leaks(caught.value, [PASSWORD]) == []


def test_a_proxy_that_is_not_used_is_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", UNUSABLE_PROXIES[0])
    monkeypatch.setenv("NO_PROXY", "test-api.payrix.com")
    make_client().close()


def test_user_and_password_of_a_proxy_variable_go_out_decoded(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    for user in ("user", "user:", "us%40er:fake%2Fpass%23word", "user:p\u00e4ss"):
        decoded = unquote(user) + ("" if ":" in user else ":")
        authorization = "Basic " + base64.b64encode(decoded.encode("latin-1")).decode()
        with Proxy(authorization=authorization) as proxy, Server([found()]) as server:
            monkeypatch.setenv("HTTP_PROXY", f"http://{user}@127.0.0.1:{proxy.port}")
            assert GET_ONE(connect(server).sessions).is_success()


def test_plain_http_to_this_machine_goes_through_a_proxy_on_it_and_none_elsewhere(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy() as proxy, Server([found()] * 4) as server:
        for address in (proxy.url, f"127.0.0.1:{proxy.port}", "http://proxy.example:3128"):
            monkeypatch.setenv("HTTP_PROXY", address)
            assert GET_ONE(connect(server).sessions).is_success()
        settings = ProxySettings("proxy.example", 3128)
        assert GET_ONE(connect(server, proxy_settings=settings).sessions).is_success()
        assert len(proxy.requests) == 2


def test_a_socks_proxy_without_its_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = requests.exceptions.InvalidSchema("Missing dependencies for SOCKS support.")
    monkeypatch.setattr("requests.adapters.SOCKSProxyManager", Mock(side_effect=missing))
    monkeypatch.setenv("HTTPS_PROXY", "socks5h://127.0.0.1:9")
    with make_client() as client:
        unsent(client, r"requests\[socks\]")
