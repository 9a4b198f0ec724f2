"""What fails before the request was sent: refused at construction, or retried, and never a reason for doubt."""

import base64
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote

import pytest
import requests

from payrix_sessions import ConfigurationException, ConnectionException, ProxySettings, TimeoutException
from payrix_sessions._transport import environment
from tests.support.certificates import Certificates
from tests.support.clock import Clock, measured
from tests.support.leaks import leaks
from tests.support.payrix import found
from tests.support.proxy import Proxy
from tests.support.server import OK_HEAD, Exchange, Server, Step, answer, raw, reset
from tests.transport.conftest import Connect
from tests.wire import API_KEY, CREATE, GET_ONE, make_client

PASSWORD = "fake-proxy-password"


def assert_unsent(error: ConnectionException, attempts: int) -> None:
    assert (error.attempts, error.may_have_been_sent) == (attempts, False)
    assert "may have been carried out" not in str(error)


@contextmanager
def accepting(respond: Callable[[socket.socket], object]) -> Generator[tuple[str, list[int]], None, None]:
    """Accept connections and hand each to `respond`; gives the https URL and a growing list of connections."""
    seen: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    seen.append(1)
                    with connection, suppress(OSError):
                        respond(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}", seen
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


@pytest.mark.parametrize("in_clear", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"], ids=["hang up", "plain HTTP"])
def test_a_failed_handshake_is_retried_even_for_a_post(in_clear: bytes, clock: Clock) -> None:
    def respond(connection: socket.socket) -> None:
        connection.recv(1)
        connection.sendall(in_clear)

    with accepting(respond) as (url, seen), make_client(base_url=url, max_retries=2) as client:
        with pytest.raises(ConnectionException, match="no TLS connection") as caught:
            CREATE(client.sessions)
    assert_unsent(caught.value, attempts=len(seen))
    assert len(clock.slept) == 2


def test_a_stalled_handshake_counts_as_the_wait_for_a_connection() -> None:
    released = threading.Event()
    with accepting(lambda _: released.wait(5)) as (url, _):
        with make_client(base_url=url, timeout=(0.1, 30)) as client:
            with pytest.raises(TimeoutException, match=r"no TLS connection to .* within 0\.1 s") as caught:
                CREATE(client.sessions)
            released.set()
    assert_unsent(caught.value, attempts=1)


CONNECT_RESPONSES: dict[str, tuple[Step, int]] = {  # and how many attempts are made of three
    "502": (answer(b"", 502, hang_up=True), 3),
    "503": (answer(b"", 503, hang_up=True), 3),
    "504": (answer(b"", 504, hang_up=True), 3),
    "dropped": (raw(b""), 3),
    "dropped within its head": (raw(b"HTTP/1.1 200 Connection est"), 3),
    "reset": (reset(), 3),
    "403": (answer(b"", 403, hang_up=True), 1),
    "404": (answer(b"", 404, hang_up=True), 1),
    "407": (answer(b"", 407, hang_up=True), 1),
}


def test_a_connect_that_failed_is_retried_unless_the_proxy_refused_it(connect: Connect, clock: Clock) -> None:
    for step, attempts in CONNECT_RESPONSES.values():
        with Server([step] * 3) as proxy:
            settings = ProxySettings("127.0.0.1", proxy.port)
            client = connect(
                proxy, base_url="https://payrix.example", proxy_settings=settings, max_retries=2, timeout=5
            )
            with pytest.raises(ConnectionException, match=r"(?i)proxy|connection") as caught:
                CREATE(client.sessions)
            assert [request.method for request in proxy.requests] == ["CONNECT"] * attempts
        assert_unsent(caught.value, attempts)


def test_garbage_in_response_to_a_connect_leaves_no_doubt(connect: Connect) -> None:
    rows: list[bytes] = [
        b"220 mail.example\r\n",
        bytes(range(256)),
        b"HTTP/1.1 two hundred\r\n\r\n",
        OK_HEAD + b"no colon\r\n\r\n",
    ]
    for garbage in rows:
        with Server([raw(garbage)]) as proxy:
            settings = ProxySettings("127.0.0.1", proxy.port)
            with pytest.raises(ConnectionException) as caught:
                CREATE(connect(proxy, base_url="https://payrix.example", proxy_settings=settings, timeout=5).sessions)
        assert_unsent(caught.value, attempts=1)


def test_what_a_proxy_says_of_its_password_is_not_repeated(connect: Connect) -> None:
    rows: list[bytes] = [
        b"HTTP/1.1 407 who is user:%s\r\n\r\n",
        b"HTTP/1.1 502 Basic %s\r\n\r\n",
        b"%s is no password\r\n\r\n",
    ]
    for said in rows:
        in_base64 = base64.b64encode(b"user:" + PASSWORD.encode())
        with Server([raw(said % in_base64.join([PASSWORD.encode(), b" or "]))]) as proxy:
            settings = ProxySettings("127.0.0.1", proxy.port, "user", PASSWORD)
            with pytest.raises(ConnectionException, match="proxy") as caught:
                CREATE(connect(proxy, base_url="https://payrix.example", proxy_settings=settings, timeout=5).sessions)
        assert leaks(caught.value, [PASSWORD, in_base64.decode()]) == []


def test_one_timeout_bounds_the_tunnel_and_the_handshake_within_it_together(connect: Connect) -> None:
    def open_late_and_say_nothing(exchange: Exchange) -> bool:
        exchange.pause(0.5)
        exchange.send(b"HTTP/1.1 200 OK\r\n\r\n")
        exchange.pause(2)
        return False

    with Server([open_late_and_say_nothing]) as proxy, measured(1.0, at_least=0.55):
        settings = ProxySettings("127.0.0.1", proxy.port, "user", PASSWORD)
        client = connect(proxy, base_url="https://payrix.example", proxy_settings=settings, timeout=0.6)
        with pytest.raises(TimeoutException, match="no TLS connection") as caught:
            CREATE(client.sessions)
    assert_unsent(caught.value, attempts=1)
    assert leaks(caught.value, [PASSWORD]) == []


def folder_of_notes(path: Path) -> None:
    path.mkdir()
    (path / "notes.txt").write_text("the certificates are in the other folder\n")


NO_BUNDLES: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: None,
    "empty": lambda path: path.write_bytes(b""),
    "no PEM": lambda path: path.write_bytes(b"\x30\x82\x01\x0a binary"),
    "text": lambda path: path.write_text("the certificates are in the other folder\n"),
    "cut": lambda path: path.write_text("-----BEGIN CERTIFICATE-----\nMIIB\n"),
    "a key": lambda path: path.write_text("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n"),
    "an empty folder": Path.mkdir,
    "a folder without certificates": folder_of_notes,
}


@pytest.mark.parametrize(
    ("variable", "write"),
    [("REQUESTS_CA_BUNDLE", write) for write in NO_BUNDLES.values()] + [("CURL_CA_BUNDLE", NO_BUNDLES["empty"])],
    ids=[*NO_BUNDLES, "curl's"],
)
def test_a_bundle_without_certificates_is_rejected_with_its_variable_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, write: Callable[[Path], object]
) -> None:
    bundle = tmp_path / "authorities.pem"
    write(bundle)
    monkeypatch.setenv(variable, str(bundle))
    with pytest.raises(ConfigurationException, match=rf"{variable}.*authorities\.pem"):
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


def test_a_bundle_of_a_session_is_rejected_too(tmp_path: Path) -> None:
    with requests.Session() as session:
        session.verify = str(tmp_path / "missing.pem")
        with pytest.raises(ConfigurationException, match="verify"):
            make_client(http_client_instance=session)


def test_requests_ca_bundle_comes_before_curls(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, trusted: Certificates
) -> None:
    monkeypatch.setenv("CURL_CA_BUNDLE", "no-such-file.pem")
    with Server([found()], tls=trusted.trusted) as server:
        assert GET_ONE(connect(server).sessions).is_success()


UNUSABLE_PROXIES = [
    f"http://user:{PASSWORD}/x@proxy.example:3128", f"http://user:{PASSWORD}#x@proxy.example:3128",
    f"http://user:{PASSWORD}?x@proxy.example:3128", f"http://user:{PASSWORD}@proxy.example:99999",
    f"http://user:{PASSWORD}@proxy.example:-1", f"http://user:{PASSWORD}@proxy.example:port",
    f"http://user:{PASSWORD}%E2%82%AC@proxy.example:3128", f"http://user:{PASSWORD}\u20ac@proxy.example:3128",
    f"http://user:{PASSWORD}@", f"http://user:{PASSWORD}@:3128", f"http://user:{PASSWORD}@[::1:3128",
    f"ftp://user:{PASSWORD}@proxy.example:3128", f"http://user:{PASSWORD} x@proxy.example:3128",
]  # fmt: skip


@pytest.mark.parametrize(
    ("variable", "url"),
    [("HTTPS_PROXY", url) for url in UNUSABLE_PROXIES] + [("all_proxy", UNUSABLE_PROXIES[0])],
    ids=lambda value: value.partition(PASSWORD)[2] + value[:4],
)
def test_a_proxy_that_cannot_work_is_rejected_with_its_variable_named_and_its_password_redacted(
    monkeypatch: pytest.MonkeyPatch, variable: str, url: str
) -> None:
    monkeypatch.setenv(variable, url)
    with pytest.raises(ConfigurationException, match=f"(?i){variable}") as caught:
        make_client()
    assert leaks(caught.value, [PASSWORD]) == []


def test_a_proxy_that_no_variable_names_is_told_as_the_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("requests.utils.getproxies", lambda: {"https": "ftp://proxy.example"})
    with pytest.raises(ConfigurationException, match="the system's proxy settings"):
        make_client()


def test_a_proxy_that_is_not_used_is_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", UNUSABLE_PROXIES[0])
    monkeypatch.setenv("NO_PROXY", "test-api.payrix.com")
    make_client().close()


@pytest.mark.parametrize("user", ["user", "user:", "us%40er:fake%2Fpass%23word", "user:p\u00e4ss"])
def test_user_and_password_of_a_proxy_variable_go_out_decoded(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, user: str
) -> None:
    decoded = unquote(user) + ("" if ":" in user else ":")
    authorization = "Basic " + base64.b64encode(decoded.encode("latin-1")).decode()
    with Proxy(authorization=authorization) as proxy, Server([found()]) as server:
        monkeypatch.setenv("HTTP_PROXY", f"http://{user}@127.0.0.1:{proxy.port}")
        assert GET_ONE(connect(server).sessions).is_success()


def test_plain_http_to_this_machine_does_not_go_through_a_proxy_elsewhere(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    with Server([found()] * 2) as server:
        assert GET_ONE(connect(server).sessions).is_success()
        settings = ProxySettings("proxy.example", 3128)
        assert GET_ONE(connect(server, proxy_settings=settings).sessions).is_success()


@pytest.mark.parametrize("form", ["http://{}", "{}"])
def test_plain_http_to_this_machine_goes_through_a_proxy_on_it(
    form: str, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy() as proxy, Server([found()]) as server:
        monkeypatch.setenv("HTTP_PROXY", form.format(f"127.0.0.1:{proxy.port}"))
        assert GET_ONE(connect(server).sessions).is_success()
        assert len(proxy.requests) == 1


def test_a_socks_proxy_without_its_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_pysocks(*_: object, **__: object) -> None:
        raise requests.exceptions.InvalidSchema("Missing dependencies for SOCKS support.")

    monkeypatch.setattr("requests.adapters.SOCKSProxyManager", without_pysocks)
    monkeypatch.setenv("HTTPS_PROXY", "socks5h://127.0.0.1:9")
    with make_client() as client, pytest.raises(ConnectionException, match=r"requests\[socks\]") as caught:
        CREATE(client.sessions)
    assert_unsent(caught.value, attempts=1)
    assert API_KEY not in str(caught.value)


def test_a_folder_of_authorities_as_openssl_wants_it_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "5ed36f99.0").write_text("a certificate")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))
    make_client()


def test_a_proxy_that_no_variable_names_is_the_system_s(monkeypatch: pytest.MonkeyPatch) -> None:
    def of_the_system(_url: str) -> dict[str, str]:
        return {"https": "http://user:a/b@proxy.example"}

    monkeypatch.setattr(environment, "get_environ_proxies", of_the_system)
    with pytest.raises(ConfigurationException, match="the system's proxy settings") as caught:
        make_client()
    assert "a/b" not in str(caught.value)
