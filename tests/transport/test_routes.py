"""Ways to the host: its addresses, a proxy, TLS. What fails on them comes before the request: no reason for doubt.

The environment may name proxies and CA bundles; cookies and passwords of its are not sent.
"""

import base64
import socket
import ssl
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest.mock import Mock
from urllib.parse import unquote

import pytest
import requests
from requests import Session

from payrix_sessions import Client, ConfigurationException, PayrixException, ProxySettings, TimeoutException
from tests.support.certificates import Certificates
from tests.support.clock import Clock, measured
from tests.support.leaks import leaks
from tests.support.payrix import connect, failure_of, found, login_of, serve, sessions
from tests.support.proxy import Proxy, pump_both_ways
from tests.support.server import OK_HEAD, Server, Step, answer, in_turn, raw, repeat, reset, sized
from tests.wire import API_KEY, CREATE, GET_ONE, make_client

PASSWORD = "fake-proxy/pass@word"
SENT_AS = base64.b64encode(f"user:{PASSWORD}".encode()).decode()
SECRETS = [PASSWORD, "fake-proxy%2Fpass%40word", SENT_AS, API_KEY]

Resolve = Callable[..., None]


def unsent(client: Client, words: str | None = None, attempts: int = 1) -> Any:
    """Return the exception of a POST that fails with these words before it is sent, in so many attempts."""
    error = failure_of(client, CREATE, words)
    assert (error.attempts, error.may_have_been_sent) == (attempts, False)
    assert leaks(error, SECRETS) == []
    return error


# Addresses, tried a head start apart within one timeout


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Resolve]:
    """`resolve(*ports)` gives each host addresses of these ports: 0 never answers, -1 is one that cannot be tried."""
    with ExitStack() as sockets:
        listener = sockets.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):  # more than its backlog
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        threading.Event().wait(0.02)

        def set_up(*ports: int) -> None:
            special = {0: listener.getsockname(), -1: ("255.255.255.255", 1)}
            addresses = [special.get(port, ("127.0.0.1", port)) for port in ports]
            resolved = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", address) for address in addresses]
            monkeypatch.setattr(socket, "getaddrinfo", Mock(return_value=resolved))

        yield set_up


def test_an_address_that_never_answers_costs_a_quarter_of_a_second_and_one_that_cannot_be_tried_nothing(
    resolve: Resolve,
) -> None:
    with serve(found(), timeout=20) as (server, client):
        resolve(0, -1, server.port)
        with measured(8.0, at_least=0.2):
            assert GET_ONE(client.sessions).is_success()
        resolve(-1)
        unsent(connect(server), r"no connection to .*(unreachable|denied)")


def test_the_timeout_is_for_all_addresses(resolve: Resolve) -> None:
    rows: list[dict[str, Any]] = [{"timeout": (0.4, 30)}, {"total_timeout": 0.1}]
    for options in rows:
        with serve(**options) as (_, client):
            resolve(0, 0)
            with measured(3.0, at_least=0.08):
                assert isinstance(unsent(client, "timeout"), TimeoutException)


def test_a_host_without_an_address_is_told_even_if_it_can_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for host in ("a" * 64 + ".example", "a..example", ".example"):
        with pytest.raises(PayrixException), make_client(base_url=f"https://{host}") as client:
            GET_ONE(client.sessions)
    unknown = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    monkeypatch.setattr(socket, "getaddrinfo", Mock(side_effect=unknown))
    with make_client(base_url="https://payrix.invalid") as client:
        unsent(client, r"host name of payrix\.invalid is unknown")


# Proxies


def test_a_proxy_of_the_environment_at_the_time_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_plain_http_takes_a_proxy_of_this_machine_alone_and_none_where_exempt(monkeypatch: pytest.MonkeyPatch) -> None:
    with Proxy() as proxy, Server([found()] * 6) as server:
        for address in (proxy.url, f"127.0.0.1:{proxy.port}", "http://proxy.example:3128"):
            monkeypatch.setenv("HTTP_PROXY", address)
            assert GET_ONE(connect(server).sessions).is_success()
        settings = ProxySettings("proxy.example", 3128)
        assert GET_ONE(connect(server, proxy_settings=settings).sessions).is_success()
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        for variable, exempt in (("NO_PROXY", "a.org,127.0.0.1"), ("no_proxy", "*")):
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv(variable, exempt)
                assert GET_ONE(connect(server).sessions).is_success()
        assert len(proxy.requests) == 2


def test_proxy_settings_win_and_neither_does_the_proxy_of_a_tunnel_see_the_key_nor_the_server_the_password(
    monkeypatch: pytest.MonkeyPatch, trusted: Certificates
) -> None:
    for tls in (None, trusted.trusted):
        with Proxy() as ambient, Proxy(authorization=f"Basic {SENT_AS}") as proxy:
            monkeypatch.setenv("ALL_PROXY", ambient.url)
            settings = ProxySettings("127.0.0.1", proxy.port, "user", PASSWORD)
            with serve(found(), found(), tls=tls, proxy_settings=settings) as (server, client):
                assert GET_ONE(client.sessions).is_success()
                assert GET_ONE(client.sessions).is_success()
        assert [request.method for request in proxy.requests] == (["CONNECT"] if tls else ["GET"] * 2)
        assert (API_KEY in str(proxy.requests), ambient.connections) == (tls is None, 0)
        assert [request.headers.get("proxy-authorization") for request in server.requests] == [None] * 2


def test_user_and_password_of_a_proxy_variable_go_out_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    for user in ("user", "user:", "us%40er:fake%2Fpass%23word", "user:p\u00e4ss"):
        decoded = unquote(user) + ("" if ":" in user else ":")
        authorization = "Basic " + base64.b64encode(decoded.encode("latin-1")).decode()
        with Proxy(authorization=authorization) as proxy, Server([found()]) as server:
            monkeypatch.setenv("HTTP_PROXY", f"http://{user}@127.0.0.1:{proxy.port}")
            assert GET_ONE(connect(server).sessions).is_success()


def through(proxy: Server, **options: Any) -> Client:
    """A client that asks a proxy for a tunnel."""
    settings = ProxySettings("127.0.0.1", proxy.port, "user", PASSWORD)
    return connect(proxy, base_url="https://payrix.example", proxy_settings=settings, timeout=5, **options)


def test_a_connect_that_failed_is_retried_unless_the_proxy_refused_it(clock: Clock) -> None:
    password = f"{PASSWORD} or {SENT_AS}".encode()
    broken = (b"", b"HTTP/1.1 200 Connection est", b"220 mail.example\r\n", bytes(range(256)), password + b"\r\n\r\n")
    rows: list[tuple[Step, int]] = [  # and how many attempts are made of three
        *((answer(b"", status, hang_up=True), 3) for status in (502, 503, 504)),
        *((answer(b"", status, hang_up=True), 1) for status in (403, 404, 407)),
        *((raw(b"HTTP/1.1 %d who is %s\r\n\r\n" % (status, password)), n) for status, n in ((407, 1), (502, 3))),
        *((raw(data), 3) for data in broken),
        *((raw(data), 3) for data in (b"HTTP/1.1 two hundred\r\n\r\n", OK_HEAD + b"no colon\r\n\r\n")),
        (reset(), 3),
    ]
    for step, attempts in rows:
        with Server([step] * 3) as proxy:
            unsent(through(proxy, max_retries=2), "(?i)proxy|connection", attempts)
            assert [request.method for request in proxy.requests] == ["CONNECT"] * attempts
            proxy.refuse_connections()
            unsent(through(proxy), "the proxy for .*check proxy_settings")


def test_one_timeout_bounds_the_tunnel_and_the_handshake_within_it_together(clock: Clock) -> None:
    opens = raw(b"HTTP/1.1 200 OK\r\n\r\n", hang_up=False)
    with Server([in_turn(clock.passes(4.6), opens, lambda exchange: exchange.stopping.wait())]) as proxy, measured(2.5):
        assert isinstance(unsent(through(proxy), "no TLS connection"), TimeoutException)


UNUSABLE_PROXIES = [
    f"http://user:fake-pw{rest}"
    for rest in ("/x@p:3128", "?x@p:3128", "@p:99999", "@p:port", "@", "@[::1:3128", "\u20ac@p:3128")
]


def test_an_unusable_proxy_is_rejected_by_its_source_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HTTPS_PROXY", "all_proxy"):
        for url in (*UNUSABLE_PROXIES, "ftp://user:fake-pw@p:3128"):
            with pytest.MonkeyPatch.context() as environment:
                environment.setenv(variable, url)
                with pytest.raises(ConfigurationException, match=f"(?i){variable}") as caught:
                    make_client()
                environment.setenv("NO_PROXY", "test-api.payrix.com")
                make_client().close()
            assert leaks(caught.value, ["fake-pw"]) == []
    monkeypatch.setattr("requests.utils.getproxies", lambda: {"https": UNUSABLE_PROXIES[0]})
    with pytest.raises(ConfigurationException, match="the system's proxy settings"):
        make_client()


def carry(listener: socket.socket, refuse: bool) -> None:
    """Carry one connection to an IPv4 address, with as much of SOCKS 5 as that needs."""
    with suppress(OSError), listener.accept()[0] as client:
        client.settimeout(5)
        client.recv(client.recv(2)[1])
        client.sendall(b"\x05\x00")
        asked = client.recv(10)
        client.sendall((b"\x05\x05\x00\x01" if refuse else b"\x05\x00\x00\x01") + asked[4:])
        if not refuse:
            with socket.create_connection((socket.inet_ntoa(asked[4:8]), int.from_bytes(asked[8:], "big"))) as server:
                pump_both_ways(client, server)


@contextmanager
def socks_proxy(*, refuse: bool = False) -> Generator[ProxySettings, None, None]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=carry, args=(listener, refuse), daemon=True)
        thread.start()
        yield ProxySettings("socks5://127.0.0.1", listener.getsockname()[1])
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def test_a_socks_proxy_carries_a_call_that_still_ends_at_the_timeout_and_leaves_no_doubt_when_it_refuses() -> None:
    with Server([found("far"), repeat(b" ", before=sized(b"", length=500), every=0.03)]) as server:
        with socks_proxy() as settings, connect(server, proxy_settings=settings, timeout=5) as client:
            assert login_of(GET_ONE(client.sessions)) == "far"
        with socks_proxy() as settings, measured(1.5):
            error = failure_of(connect(server, proxy_settings=settings, timeout=0.15))
            assert isinstance(error, TimeoutException)
        with socks_proxy(refuse=True) as settings:
            unsent(connect(server, proxy_settings=settings, timeout=5))


# TLS, and what else the environment is asked for


def test_neither_cookies_of_a_response_nor_passwords_of_netrc_are_sent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
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


def test_a_private_authority_is_trusted_when_a_variable_names_it_and_that_of_requests_comes_before_curls(
    monkeypatch: pytest.MonkeyPatch, certificates: Certificates, tmp_path: Path
) -> None:
    (tmp_path / "1a2b3c4d.0").write_bytes(certificates.bundle.read_bytes())  # a name that OpenSSL looks for
    with Server([found()] * 2, tls=certificates.trusted) as server:
        for variables in (("CURL_CA_BUNDLE",), ("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE")):
            monkeypatch.setenv(variables[0], "no-such-file.pem")
            monkeypatch.setenv(variables[-1], str(certificates.bundle))
            assert GET_ONE(connect(server).sessions).is_success()
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))
        connect(server)


def test_a_bundle_without_certificates_is_rejected_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for folder in ("empty", "notes"):
        (tmp_path / folder).mkdir()
    text = b"the certificates are in the other folder\n"
    files = {"notes/notes.txt": text, "text": text, "nothing": b"", "no PEM": b"\x30\x82\x01\x0a binary"}
    files["cut"] = b"-----BEGIN CERTIFICATE-----\nMIIB\n"
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    for variable in ("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        for name in ("missing", "empty", "notes", *files):
            monkeypatch.setenv(variable, str(tmp_path / name))
            with pytest.raises(ConfigurationException, match=rf"{variable}.*{tmp_path / name}"):
                make_client()


def test_a_certificate_is_refused_with_the_reason_of_openssl_before_anything_is_sent(trusted: Certificates) -> None:
    rows = [(trusted.unknown_authority, "issuer|unable to get local"), (trusted.wrong_host, "mismatch|not valid for")]
    for shown, reason in rows:
        with serve(found(), tls=shown, max_retries=2) as (server, client):
            unsent(client, f"(?i)certificate.*({reason})")
            assert server.requests == []


def test_what_a_session_replaces_or_does_not_trust_is_not_looked_at(
    monkeypatch: pytest.MonkeyPatch, certificates: Certificates
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/missing.pem")
    monkeypatch.setenv("HTTPS_PROXY", UNUSABLE_PROXIES[0])
    with requests.Session() as replacing, requests.Session() as distrusting:
        replacing.verify = str(certificates.bundle)
        replacing.proxies = {"https": "http://127.0.0.1:9"}
        distrusting.trust_env = False
        for session in (replacing, distrusting):
            make_client(http_client_instance=session)


def test_no_socket_waits_for_more_to_send_whatever_the_way(
    trusted: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once: list[int] = []
    send = Session.send

    def remember(session: Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        response = send(session, request, **options)
        at_once.append(response.raw.connection.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        return response

    monkeypatch.setattr(Session, "send", remember)
    with Proxy() as proxy:
        for tls, way in ((None, None), (None, proxy.url), (trusted.trusted, proxy.url)):
            settings = ProxySettings(way) if way else None
            with serve(found(), tls=tls, proxy_settings=settings) as (_, client):
                assert GET_ONE(client.sessions).is_success()
    assert at_once == [1, 1, 1]


def test_the_authorities_are_read_once_for_all_connections_of_a_client(
    trusted: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, readings = ssl.SSLContext.load_verify_locations, list[object]()

    def count(context: ssl.SSLContext, *given: Any, **named: Any) -> None:
        readings.append(given)
        read(context, *given, **named)

    last = answer(sessions("x"), headers={"Connection": "close"})  # so that each call connects anew
    with serve(*[last] * 3, tls=trusted.trusted) as (server, client):
        monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", count)
        for _ in range(3):
            assert GET_ONE(client.sessions).is_success()
        assert (server.connections, len(readings)) == (3, 1)


def test_a_failed_handshake_is_retried_even_for_a_post_and_told_with_the_reason_of_openssl(clock: Clock) -> None:
    def serve(listener: socket.socket, in_clear: bytes) -> None:
        for _ in range(3):
            with suppress(OSError), listener.accept()[0] as connection:
                connection.sendall(in_clear)
                connection.recv(65_536)

    for in_clear, reason in ((b"", ""), (b"HTTP/1.1 400 Bad Request\r\n\r\n", "(wrong.version.number|record layer)")):
        with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor() as pool:
            pool.submit(serve, listener, in_clear)
            with make_client(base_url=f"https://127.0.0.1:{listener.getsockname()[1]}", max_retries=2) as client:
                unsent(client, f"(?i)no TLS connection.*{reason}", attempts=3)
    assert len(clock.slept) == 4


def test_a_stalled_handshake_counts_as_the_wait_for_a_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody_accepts:
        url = f"https://127.0.0.1:{nobody_accepts.getsockname()[1]}"
        with make_client(base_url=url, timeout=(0.1, 30)) as client:
            assert isinstance(unsent(client, r"no TLS connection to .* within 0\.1 s"), TimeoutException)
