"""Requests that are hardly HTTP: a response or a closed connection, and life goes on."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrix_sessions.sandbox import Sandbox
from tests.sandbox.http import Http, connect, converse

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
    for expected, requests in REQUESTS:
        for sent in requests:
            assert (sent[:100], statuses(converse(fuzzed, sent))) == (sent[:100], expected)


def test_a_folded_header_is_one_line_without_nul_and_the_response_to_a_head_has_no_body(fuzzed: Sandbox) -> None:
    response = converse(fuzzed, b"HEAD / HTTP/1.1\r\nsearch: a\r\n\tb\0c\r\n" + HOST + b"\r\n")
    assert fuzzed.requests[-1].headers["search"] == "a b c"
    assert (response[:17], response[-4:]) == (b"HTTP/1.1 200 OK\r\n", b"\r\n\r\n")


def test_what_a_client_still_sends_is_read_until_it_has_seen_the_response(fuzzed: Sandbox) -> None:
    with connect(fuzzed) as connection, connection.makefile("rb") as stream:
        connection.sendall(POST + b"Content-Length: 2000000\r\n\r\n")
        assert stream.read().startswith(b"HTTP/1.1 413")
        for _ in range(3):  # a closed connection would be reset by the first of these, and fail at the second
            connection.sendall(b"x" * 1000)


def test_a_client_that_sends_on_and_on_is_cut_off(fuzzed: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payrix_sessions.sandbox.server._LINGER_READS", 1)
    with connect(fuzzed) as connection, pytest.raises(ConnectionError):
        connection.sendall(POST + b"Content-Length: 50000000\r\n\r\n" + b"x" * 50_000_000)


def test_an_idle_connection_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payrix_sessions.sandbox.server._IDLE_SECONDS", 0.05)
    with Sandbox() as sandbox, connect(sandbox) as silent, connect(sandbox) as half_sent:
        half_sent.sendall(POST + b"Content-Length: 2\r\n\r\n{")
        assert silent.recv(1) == half_sent.recv(1) == b""


NAMES = st.sampled_from([b"search", b"totals", b"request-token", b"content-type", b"sessionkey", b"token"])
WHOLE = st.sampled_from(
    [HOST.strip(), KEY.strip(), b"Content-Length: 2", b"Transfer-Encoding: chunked", b"rate-limit-test: x"]
)
HEADERS = st.tuples(NAMES, st.just(b": "), st.binary(max_size=40)).map(b"".join)
LINES = st.lists(st.one_of(WHOLE, HEADERS, st.binary(max_size=20)), max_size=6)
METHODS = st.sampled_from([b"GET", b"POST", b"DELETE", b"OPTIONS"])
QUERIES = st.text("page[]numberlimt=&%0A1-embd", max_size=30).map(str.encode)
PATHS = st.sampled_from([b"/sessions", b"/sessions/", b"/_sandbox/requests?", b"/_sandbox/clock", b""])
TARGETS = st.tuples(PATHS, st.one_of(QUERIES, st.binary(max_size=30))).map(b"".join)


@given(METHODS, TARGETS, LINES, st.binary(max_size=30))
@settings(max_examples=60)
def test_no_request_gets_a_500_or_stops_the_sandbox(
    fuzzed: Sandbox, method: bytes, target: bytes, lines: list[bytes], body: bytes
) -> None:
    request = b"\r\n".join([method + b" " + target + b" HTTP/1.1", HOST.strip(), *lines, b"", body])
    head = converse(fuzzed, request).partition(b"\r\n")[0]
    assert head == b"" or head.split()[1] in {b"100", b"200", b"400", b"403", b"404", b"413", b"429", b"501"}
    with Http(fuzzed) as http:
        assert http.get("/sessions/x").status == 200
