"""Requests that are no HTTP, or hardly: an answer or a closed connection, and life goes on."""

import json
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrix_sessions.sandbox import Sandbox
from tests.sandbox.http import Http, converse

KEY = b"APIKEY: fake-api-key-of-the-sandbox\r\n"
POST = b"POST /sessions HTTP/1.1\r\nContent-Type: application/json\r\n" + KEY


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


def statuses(answer: bytes) -> list[int]:
    """Return the status of every answer in a stream, having checked each body to be an envelope."""
    found: list[int] = []
    while answer:
        head, _, answer = answer.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        found.append(int(lines[0].split()[1]))
        headers = dict(line.split(": ", 1) for line in lines[1:])
        length = int(headers.get("Content-Length", "0"))
        if found[-1] == 100:
            continue
        assert json.loads(answer[:length]).keys() & {"errors", "response"}
        answer = answer[length:]
    return found


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"GET /sessions HTTP/1.1\r\n" + KEY + b"\r\n", [200]),
        (b"GET /sessions HTTP/1.0\r\n" + KEY + b"\r\n", [200]),
        (b"GET /sessions\r\n" + KEY + b"\r\n", [200]),
        ((b"GET /sessions HTTP/1.1\r\n" + KEY + b"\r\n") * 3, [200, 200, 200]),
        (b"GET /sessions HTTP/1.1\r\nConnection: close\r\n" + KEY + b"\r\n" + b"GET / HTTP/1.1\r\n\r\n", [200]),
        (b"GET /sessions HTTP/1.1\r\nsearch: a\r\n b\r\n" + KEY + b"\r\n", [200]),
        (b"GET /sessions HTTP/1.1\r\nsearch: \xff\x00\r\n" + KEY + b"\r\n", [200]),
        (b"\r\n", []),
        (b"HELLO\r\n", [400]),
        (b"BREW /sessions\r\n", [400]),
        (b"GET /sessions HTTP/9.9\r\n\r\n", [505]),
        (b"GET /sessions HTTP/x\r\n\r\n", [400]),
        (b"GET /sessions FTP/1.1\r\n\r\n", [400]),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", [414]),
        (b"GET / HTTP/1.1\r\na: " + b"x" * 70_000 + b"\r\n\r\n", [431]),
        (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 101 + b"\r\n", [431]),
        (POST + b"Content-Length: 2\r\n\r\n{}", [200]),
        (POST + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n{}", [100, 200]),
        (POST + b"Content-Length: 3\r\n\r\n{}", []),
        (POST + b"Content-Length: -1\r\n\r\n{}", [400]),
        (POST + b"Content-Length: x\r\n\r\n{}", [400]),
        (POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", [400]),
        (POST + b"Content-Length: 99999999\r\n\r\n{}", [413]),
        (POST + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}", [400]),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;x=y\r\n}\r\n0\r\n\r\n", [200]),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nTrailer: x\r\n\r\n", [200]),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", [200]),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n", [400]),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n", [400]),
        (POST + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\n{}", [413]),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n9\r\n{}", []),
        (POST + b"Transfer-Encoding: gzip\r\n\r\n{}", [501]),
    ],
)
def test_each_gets_the_answer_that_it_deserves(fuzzed: Sandbox, sent: bytes, expected: list[int]) -> None:
    assert statuses(converse(fuzzed, sent)) == expected


def test_a_folded_header_is_one_line(fuzzed: Sandbox) -> None:
    converse(fuzzed, b"GET / HTTP/1.1\r\nsearch: a\r\n\tb\r\n\r\n")
    assert fuzzed.requests[-1].headers["search"] == "a b"


def test_head_has_no_body(fuzzed: Sandbox) -> None:
    head, _, body = converse(fuzzed, b"HEAD /sessions HTTP/1.1\r\n\r\n").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert body == b""


def test_an_answer_arrives_even_if_the_client_never_stops_sending(fuzzed: Sandbox) -> None:
    address = ("127.0.0.1", int(fuzzed.base_url.rpartition(":")[2]))
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(POST + b"Content-Length: 2000000\r\n\r\n" + b"x" * 2_000_000)
        assert connection.recv(12) == b"HTTP/1.1 413"


def test_a_client_that_sends_on_and_on_is_cut_off(fuzzed: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payrix_sessions.sandbox.server._LINGER_READS", 1)
    with socket.create_connection(("127.0.0.1", int(fuzzed.base_url.rpartition(":")[2])), timeout=5) as connection:
        with pytest.raises(ConnectionError):
            connection.sendall(POST + b"Content-Length: 50000000\r\n\r\n" + b"x" * 50_000_000)


LINES = st.lists(
    st.one_of(
        st.sampled_from([KEY.strip(), b"Content-Length: 2", b"Transfer-Encoding: chunked", b"rate-limit-test: x"]),
        st.tuples(
            st.sampled_from([b"search", b"totals", b"request-token", b"content-type", b"sessionkey", b"token"]),
            st.just(b": "),
            st.binary(max_size=40),
        ).map(b"".join),
        st.binary(max_size=20),
    ),
    max_size=6,
)
METHODS = st.sampled_from([b"GET", b"POST", b"DELETE", b"PUT", b"HEAD"])
QUERIES = st.text("page[]numberlimt=&%0A1-embd", max_size=30).map(str.encode)
TARGETS = st.tuples(
    st.sampled_from([b"/sessions", b"/sessions/", b"/sessions?", b""]), st.one_of(QUERIES, st.binary(max_size=30))
).map(b"".join)


@given(METHODS, TARGETS, LINES, st.binary(max_size=30))
def test_no_request_gets_a_500_or_stops_the_sandbox(
    fuzzed: Sandbox, method: bytes, target: bytes, lines: list[bytes], body: bytes
) -> None:
    answer = converse(fuzzed, b"\r\n".join([method + b" " + target + b" HTTP/1.1", *lines, b"", body]))
    if method != b"HEAD":
        assert not [status for status in statuses(answer) if status in (500, 502, 503)]
    with Http(fuzzed) as http:
        assert http.send("GET", "/sessions/x").status == 200


SEARCHES = st.text("andor[]01=&%'()sortcreatedlikeequalsin,-_ publ", max_size=60)


@given(SEARCHES, SEARCHES)
def test_no_search_gets_anything_but_a_200(fuzzed: Sandbox, search: str, totals: str) -> None:
    with Http(fuzzed) as http:
        assert http.send("GET", "/sessions", search=search.strip(), totals=totals.strip()).status == 200
