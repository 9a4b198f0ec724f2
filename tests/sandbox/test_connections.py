"""Connections: requests that are hardly HTTP, and TLS with made and given certificates."""

import datetime
import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from http.client import IncompleteRead
from pathlib import Path
from typing import Any

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.verification import PolicyBuilder, Store
from hypothesis import given, settings
from hypothesis import strategies as st

from payrix_sessions import ApiKeyCredentials, Client, ConnectionException
from payrix_sessions.sandbox import Fault, Sandbox
from payrix_sessions.sandbox.certificate import make_certificates
from tests.sandbox.http import Http, connect, converse, port_of

HOST = b"Host: x\r\n"
KEY = b"APIKEY: fake-api-key-of-the-sandbox\r\n"
GET = b"GET /sessions HTTP/1.1\r\n" + HOST + KEY
POST = b"POST /sessions HTTP/1.1\r\nContent-Type: application/json\r\n" + HOST + KEY
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


def statuses(stream: bytes) -> list[int]:
    """Return the status of every response in a stream, having checked each body to be an envelope."""
    found: list[int] = []
    while stream:
        head, _, stream = stream.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        found.append(int(lines[0].split()[1]))
        headers = dict(line.split(": ", 1) for line in lines[1:])
        length = int(headers.get("Content-Length", "0"))
        if length:
            assert json.loads(stream[:length]).keys() & {"errors", "response"}
        stream = stream[length:]
    return found


REQUESTS: list[tuple[list[int], list[bytes]]] = [
    ([200, 200, 200], [(GET + b"\r\n") * 3]),
    ([200], [GET.replace(b"\r\n", b"\n") + b"\n", b"\r\n\r\n" + GET + b"\r\n", b"GET /sessions\r\n" + KEY + b"\r\n"]),
    ([200], [(b"GET /sessions HTTP/1.0\r\n" + KEY + b"\r\n") * 2]),
    ([400], [b"GET /sessions\r\n", b"\r\n" * 9 + GET + b"\r\n", b"HELLO\r\n", b"BREW /sessions\r\n"]),
    ([400], [b"GET  /sessions HTTP/1.1\r\n\r\n", b"GET /\x1b HTTP/1.1\r\n\r\n", b"GET / FTP/1.1\r\n\r\n"]),
    ([505], [b"GET / HTTP/2.0\r\n\r\n"]),
    ([414], [b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n"]),
    ([431], [b"GET / HTTP/1.1\r\na: " + b"x" * 70_000 + b"\r\n\r\n"]),
    ([431], [b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 101 + b"\r\n"]),
    ([200], [b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 99 + HOST + b"\r\n", GET + b"search: \xff\x00\r\n\r\n"]),
    ([], [b"\r\n", b"GET / HTTP/1.1\r\n" + HOST, POST + b"Content-Length: 3\r\n\r\n{}", CHUNKED + b"9\r\n{}"]),
    ([400], [b"GET /sessions HTTP/1.1\r\nHost: x\r\nno colon\r\n" + KEY + b"\r\n", GET + b"search: a\rb\r\n\r\n"]),
    ([400], [b"GET /sessions HTTP/1.1\r\nHost : x\r\n\r\n", b"GET /sessions HTTP/1.1\r\nHost: a/b\r\n\r\n"]),
    ([400], [b"GET /sessions HTTP/1.1\r\n folded: first\r\n" + HOST + b"\r\n"]),
    ([400], [b"GET /sessions HTTP/1.1\r\n" + KEY + b"\r\n", GET + HOST + b"\r\n"]),
    ([200], [POST + b"Content-Length: 2\r\n\r\n{}", POST + b"Content-Length: 2\r\n" * 2 + b"\r\n{}"]),
    ([100, 200], [POST + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n{}"]),
    ([400], [POST + b"Content-Length: -1\r\n\r\n{}", POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"]),
    ([413], [POST + b"Content-Length: 99999999\r\nExpect: 100-continue\r\n\r\n"]),
    ([400], [POST + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}"]),
    ([400], [POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"]),
    ([200, 200], [CHUNKED + b"1\r\n{\r\n1;x=y\r\n}\r\n0\r\nTrailer: x\r\n\r\n" + GET + b"\r\n"]),
    ([400], [CHUNKED + b"-2\r\n{}\r\n0\r\n\r\n", CHUNKED + b"1\r\n{}\r\n0\r\n\r\n"]),
    ([413], [CHUNKED + b"FFFFF\r\n" + b"x" * 0xFFFFF + b"\r\n2\r\n"]),
    ([501], [POST + b"Transfer-Encoding: gzip\r\n\r\n{}"]),
    ([501], [CHUNKED[:-2] + b"Transfer-Encoding: identity\r\n\r\n0\r\n\r\n" + GET + b"\r\n"]),
    ([200], [GET + b"Connection: x, Close\r\n\r\n" + GET + b"\r\n"]),
    ([200], [GET + b"Connection: x\r\nConnection: close\r\n\r\n" + GET + b"\r\n"]),
    ([200, 200], [GET + b"Connection: x-close\r\n\r\n" + GET + b"\r\n"]),
]


def test_each_request_gets_the_response_that_it_deserves(fuzzed: Sandbox) -> None:
    for expected, streams in REQUESTS:
        for sent in streams:
            assert (sent[:100], statuses(converse(fuzzed, sent))) == (sent[:100], expected)


def test_a_folded_header_is_one_line_without_nul_and_the_response_to_a_head_has_no_body(fuzzed: Sandbox) -> None:
    response = converse(fuzzed, b"HEAD / HTTP/1.1\r\nsearch: a\r\n\tb\0c\r\n" + HOST + b"\r\n")
    assert fuzzed.requests[-1].headers["search"] == "a b c"
    assert (response[:17], response[-4:]) == (b"HTTP/1.1 200 OK\r\n", b"\r\n\r\n")


def test_what_a_client_still_sends_is_read_until_it_has_seen_the_response_but_not_for_ever(
    fuzzed: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connect(fuzzed) as connection, connection.makefile("rb") as stream:
        connection.sendall(POST + b"Content-Length: 2000000\r\n\r\n")
        assert stream.read().startswith(b"HTTP/1.1 413")
        for _ in range(3):  # a closed connection would be reset by the first of these, and fail at the second
            connection.sendall(b"x" * 1000)
    monkeypatch.setattr("payrix_sessions.sandbox.server._LINGER_READS", 1)
    with connect(fuzzed) as connection, pytest.raises(ConnectionError):
        connection.sendall(POST + b"Content-Length: 50000000\r\n\r\n" + b"x" * 50_000_000)


def test_an_idle_connection_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payrix_sessions.sandbox.server._IDLE_SECONDS", 0.05)
    with Sandbox() as sandbox, connect(sandbox) as silent, connect(sandbox) as half_sent:
        half_sent.sendall(POST + b"Content-Length: 2\r\n\r\n{")
        assert silent.recv(1) == half_sent.recv(1) == b""


STARTS = [b"GET /sessions", b"POST /sessions", b"DELETE /sessions/", b"GET /_sandbox/requests", b"POST /_sandbox/clock"]
QUERIES = st.text("?/page[]numberlimt=&%0A1-embd", max_size=30).map(str.encode) | st.binary(max_size=30)
NAMES = st.sampled_from([b"search", b"totals", b"request-token", b"content-type", b"sessionkey", b"token"])
WHOLE = st.sampled_from([HOST.strip(), KEY.strip(), b"Content-Length: 2", b"Transfer-Encoding: chunked"])
LINES = st.lists(WHOLE | st.tuples(NAMES, st.binary(max_size=40)).map(b": ".join) | st.binary(max_size=20), max_size=6)


@given(st.tuples(st.sampled_from(STARTS), QUERIES).map(b"".join), LINES, st.binary(max_size=30))
@settings(max_examples=60)
def test_no_bytes_get_a_500_or_stop_the_sandbox(fuzzed: Sandbox, start: bytes, lines: list[bytes], body: bytes) -> None:
    sent = b"\r\n".join([start + b" HTTP/1.1", HOST.strip(), *lines, b"", body])
    head = converse(fuzzed, sent).partition(b"\r\n")[0]
    assert head == b"" or head.split()[1] in {b"100", b"200", b"400", b"403", b"404", b"413", b"429", b"501", b"505"}
    with Http(fuzzed) as http:
        assert http.get("/sessions/x").status == 200


def test_its_client_trusts_the_certificate_made_on_the_spot_and_others_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certifi.where())
    with Sandbox(tls=True) as sandbox:
        with Client(base_url=sandbox.base_url, api_key_credentials=ApiKeyCredentials(sandbox.api_key)) as other:
            with pytest.raises(ConnectionException, match="certificate"):
                other.sessions.get_sessions()
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
        with sandbox.client() as client:  # no bundle and no proxy of the environment comes in between
            assert client.sessions.post_sessions({"public": 1}).is_success()
        ca_file = Path(str(sandbox.ca_file))
        assert [file.name for file in ca_file.parent.iterdir()] == ["ca.pem"]  # and no key
    assert not ca_file.exists()
    assert sandbox.ca_file is None


def test_the_certificate_names_the_allowed_hosts_and_this_machine_if_others_are_let_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ca_file, hosts = tmp_path / "ca.pem", ["fd00::7", "sandbox.test.svc"]

    look_up = socket.getaddrinfo

    def look_up_here(host: str, *rest: Any, **named: Any) -> Any:
        return [(0, 0, 0, "", ("192.0.2.9", 0))] if host == "this-machine" else look_up(host, *rest, **named)

    monkeypatch.setattr(socket, "gethostname", lambda: "this-machine")
    monkeypatch.setattr(socket, "getaddrinfo", look_up_here)
    own = {"localhost", "127.0.0.1", "::1", *hosts}
    for allow_remote, names in ((False, own), (True, own | {"this-machine", "192.0.2.9"})):
        with Sandbox(tls=True, allow_remote=allow_remote, allowed_hosts=hosts, ca_file=ca_file) as sandbox:
            certificate = ssl.get_server_certificate(("127.0.0.1", port_of(sandbox)), ca_certs=str(ca_file))
        held = x509.load_pem_x509_certificate(certificate.encode()).extensions
        assert {str(name.value) for name in held.get_extension_for_class(x509.SubjectAlternativeName).value} == names
    assert ca_file.exists()  # it is the user's


def test_a_given_certificate_is_used_and_trusted_and_files_that_cannot_be_one_are_named(tmp_path: Path) -> None:
    made = make_certificates(["127.0.0.1"])
    certificate, mark, secret = made.server.partition("-----BEGIN EC")
    ca, server, key = (tmp_path / f"{name}.pem" for name in ("ca", "server", "key"))
    for file, text in {ca: made.authority, server: certificate, key: mark + secret}.items():
        file.write_text(text)
    with Sandbox(tls=(server, str(key)), ca_file=ca) as sandbox, sandbox.client() as client:
        assert client.sessions.get_sessions().is_success()
        environment = {"PAYRIX_BASE_URL": sandbox.base_url, "PAYRIX_API_KEY": sandbox.api_key}
        assert sandbox.environment == {**environment, "REQUESTS_CA_BUNDLE": str(ca)}
    with Sandbox(tls=(server, key)) as sandbox:
        assert sandbox.ca_file == str(server)
    for wrong in (tmp_path / "nothing.pem", ca):
        with pytest.raises(OSError, match=f"cannot use {wrong} and {key} for TLS: [Nt]"):
            Sandbox(tls=(wrong, key)).start()


def test_the_end_of_a_connection_is_announced_faults_go_wrong_over_tls_too_and_plain_http_harms_nobody_else() -> None:
    with Sandbox(tls=True) as sandbox, Http(sandbox) as http:
        context = ssl.create_default_context(cafile=sandbox.ca_file)
        plain = connect(sandbox)
        with context.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=False) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            while connection.recv(65536):
                pass  # until an end that is no SSLEOFError
        sandbox.faults.add(Fault(reset="before_headers"))
        with pytest.raises(ConnectionError):
            http.get()
        with suppress(OSError):
            converse(sandbox, b"GET /sessions HTTP/1.0\r\n\r\n")
        assert http.get().outcome == "200"
        sandbox.faults.add(Fault(truncate_after=10))
        with pytest.raises(IncompleteRead):
            http.get()


def test_a_made_certificate_is_valid_by_the_rules_of_another_library() -> None:
    for _ in range(8):  # its numbers are random, and some lose a leading zero
        made = make_certificates(["localhost", "127.0.0.1", "::1"])
        server = x509.load_pem_x509_certificate(made.server.encode())
        authority = x509.load_pem_x509_certificate(made.authority.encode())
        verifier = PolicyBuilder().store(Store([authority])).build_server_verifier(x509.DNSName("localhost"))
        assert verifier.verify(server, []) == [server, authority]
        key = load_pem_private_key(made.server.encode().partition(b"-----END CERTIFICATE-----\n")[2], None)
        assert key.public_key() == server.public_key()
        assert server.serial_number > 0
        assert server.not_valid_after_utc - server.not_valid_before_utc < datetime.timedelta(days=398)
