"""Time and size are bounded: an attempt by `timeout`, a body by `max_response_bytes`, its records by number."""

import gzip
import json
import socket
import threading
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any

import pytest

from payrix_sessions import APIException, ConfigurationException, ConnectionException, PayrixException, TimeoutException
from payrix_sessions._transport.responses import BoundedResponse
from tests.support.certificates import Certificates
from tests.support.clock import Clock, measured
from tests.support.payrix import found, login_of, sessions
from tests.support.proxy import Proxy
from tests.support.server import OK_HEAD, Exchange, Server, Step, answer, chunked, late, raw, repeat, silence, trickle
from tests.transport.conftest import Connect
from tests.wire import CREATE, GET_MANY, GET_ONE

LIMIT = 100_000
EVERY = 0.08  # seconds
BODY = json.dumps(sessions("whole")).encode()
SIZED = OK_HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY)

# Each byte or line comes soon enough for a limit that counts from one to the next.
SLOW: dict[str, Step] = {
    "the status line": trickle(b"", b"HTTP/1.1 200 OK and so on"),
    "the headers": trickle(OK_HEAD, b"X-Slow: abcdefghijklmnopqrst"),
    "headers one line at a time": repeat(b"X-Slow: x\r\n", before=OK_HEAD, every=EVERY),
    "interim responses": repeat(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", every=EVERY),
    "the body": trickle(SIZED, BODY),
    "a chunked body": repeat(b"1\r\nx\r\n", before=chunked(end=False), every=EVERY),
    "the size of a chunk": trickle(chunked(end=False), b"1;extension-that-never-ends"),
    "the trailers": repeat(b"X-Slow: x\r\n", before=chunked(BODY, end=False) + b"0\r\n", every=EVERY),
    "a body without length": trickle(OK_HEAD + b"\r\n", BODY),
    "a compressed body": trickle(OK_HEAD + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(BODY)),
    "an error's body": trickle(b"HTTP/1.1 500 Error\r\nContent-Length: 90\r\n\r\n", BODY),
}


def test_a_response_that_trickles_ends_at_the_timeout(connect: Connect) -> None:
    for slow in SLOW.values():
        with Server([slow]) as server, measured(2.5, at_least=0.15):
            with pytest.raises(TimeoutException, match="timeout"):
                GET_ONE(connect(server, timeout=0.2).sessions)


def test_a_byte_just_before_the_timeout_buys_no_more_time(connect: Connect, clock: Clock) -> None:
    def one_more_byte_and_silence(exchange: Exchange) -> bool:
        exchange.send(SIZED + BODY[:1])
        clock.advance(5)
        exchange.send(BODY[1:2])
        return silence(exchange)

    with Server([one_more_byte_and_silence]) as server, measured(2.5):
        with pytest.raises(TimeoutException):
            GET_ONE(connect(server, timeout=5).sessions)


@pytest.mark.parametrize("slow", ["the headers", "the body"])
@pytest.mark.parametrize("through_proxy", [False, True], ids=["direct", "through a tunnel"])
def test_a_response_that_trickles_over_tls_ends_at_the_timeout(
    connect: Connect, trusted: Certificates, monkeypatch: pytest.MonkeyPatch, slow: str, through_proxy: bool
) -> None:
    with Proxy() as proxy, Server([SLOW[slow]], tls=trusted.trusted) as server:
        if through_proxy:
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with measured(2.5, at_least=0.15), pytest.raises(TimeoutException):
            GET_ONE(connect(server, timeout=0.2).sessions)


def test_a_proxy_that_trickles_its_consent_ends_at_the_timeout(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server([trickle(b"HTTP/1.1 200", b" Connection established and so on")]) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with measured(2.5, at_least=0.15), pytest.raises(TimeoutException):
            GET_ONE(connect(proxy, base_url="https://payrix.example", timeout=0.2).sessions)


def test_the_read_half_of_a_pair_bounds_the_response(connect: Connect) -> None:
    rows: list[float | None] = [30.0, None]
    for connect_half in rows:
        with Server([SLOW["the body"]]) as server, measured(2.5, at_least=0.15):
            with pytest.raises(TimeoutException):
                GET_ONE(connect(server, timeout=(connect_half, 0.2)).sessions)


def test_a_response_within_the_timeout_is_not_cut(connect: Connect) -> None:
    rows: list[Any] = [1.0, (0.1, 5.0), (None, 0.5), (5, None), (None, None), None]
    for timeout in rows:
        with Server([late(0.15, trickle(SIZED + BODY[:-3], BODY[-3:], every=0.02))]) as server:
            assert GET_ONE(connect(server, timeout=timeout).sessions).is_success()


def test_the_timeout_starts_anew_with_each_call_and_each_attempt(connect: Connect, clock: Clock) -> None:
    steps = [late(0.2, found()), late(0.2, found()), silence, late(0.2, found())]
    with Server(steps) as server:
        client = connect(server, timeout=0.5, max_retries=1)
        assert [GET_ONE(client.sessions).attempts for _ in range(3)] == [1, 1, 2]
        assert server.connections == 2


def test_a_response_that_comes_after_the_timeout_is_not_given_to_the_next_call(connect: Connect) -> None:
    with Server([late(0.2, found("late")), late(0.2, found("second"))]) as server:
        client = connect(server, timeout=(0.6, 0.1))
        with pytest.raises(TimeoutException):
            GET_ONE(client.sessions)
        assert login_of(GET_ONE(client.with_options(timeout=5.0).sessions)) == "second"
        assert [request.connection for request in server.requests] == [1, 2]


def test_an_enormous_timeout_works_or_is_rejected(connect: Connect) -> None:
    rows: list[Any] = [1e9, 1e300, float("inf"), 10**400, (1e300, 1e300)]
    for timeout in rows:
        with Server([found()]) as server, suppress(ConfigurationException):
            assert GET_ONE(connect(server, timeout=timeout).sessions).is_success()


def body_of(size: int) -> bytes:
    """An envelope of exactly this many bytes."""
    return json.dumps({**sessions("whole"), "filler": ""})[:-2].encode().ljust(size - 2, b"x") + b'"}'


def sized(body: bytes) -> bytes:
    return OK_HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body


def zipped(body: bytes) -> bytes:
    content = gzip.compress(body)
    return OK_HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(content) + content


def zipped_in_chunks(body: bytes) -> bytes:
    return chunked(gzip.compress(body), headers=b"Content-Encoding: gzip\r\n")


def test_a_body_of_the_limit_passes_and_one_of_a_byte_more_is_rejected_and_not_asked_for_again(
    connect: Connect,
) -> None:
    rows: list[Callable[[bytes], bytes]] = [sized, chunked, zipped, zipped_in_chunks]
    for encode in rows:
        steps = [raw(encode(body_of(LIMIT))), raw(encode(body_of(LIMIT + 1))), found("third")]
        with Server(steps) as server:
            client = connect(server, max_response_bytes=LIMIT, max_retries=2)
            assert len(GET_ONE(client.sessions).text) == LIMIT
            with pytest.raises(APIException, match=rf"max_response_bytes.*{LIMIT}"):
                GET_ONE(client.sessions)
            assert login_of(GET_ONE(client.sessions)) == "third"


def test_the_limit_holds_for_every_status(connect: Connect) -> None:
    for status in (302, 400, 500):
        with Server([answer(b"x" * (LIMIT + 1), status)]) as server:
            with pytest.raises(APIException, match="max_response_bytes"):
                GET_ONE(connect(server, max_response_bytes=LIMIT).sessions)


BLOCK = b"10000\r\n" + b"x" * 65536 + b"\r\n"
ENDLESS: dict[str, Step] = {
    "without length": repeat(b"x" * 65536, before=OK_HEAD + b"\r\n"),
    "chunked": repeat(BLOCK, before=chunked(end=False)),
    "one chunk of 4 GB": repeat(b"x" * 65536, before=chunked(end=False) + b"FFFFFFFF\r\n"),
    "one chunk of 40 digits": repeat(b"x" * 65536, before=chunked(end=False) + b"F" * 40 + b"\r\n"),
    "a length of 4 GB": repeat(b"x" * 65536, before=OK_HEAD + b"Content-Length: 4294967295\r\n\r\n"),
    "a negative length": repeat(b"x" * 65536, before=OK_HEAD + b"Content-Length: -1\r\n\r\n"),
    "a length and chunks": repeat(BLOCK, before=chunked(end=False, headers=b"Content-Length: 5\r\n")),
    "chunked twice": repeat(BLOCK, before=OK_HEAD + b"Transfer-Encoding: chunked, chunked\r\n\r\n"),
    "chunked and in clear": repeat(b"x" * 65536, before=OK_HEAD + b"Transfer-Encoding: identity\r\n\r\n"),
    "a chunk of -1": repeat(b"x" * 65536, before=chunked(end=False) + b"-1\r\n"),
    "a chunk of -1 after a good one": repeat(b"x" * 65536, before=chunked(b"{", end=False) + b"-1\r\n"),
    "endless trailers": repeat(b"X-Trailer: x\r\n" * 1000, before=chunked(BODY)[:-2]),
    "an endless chunk extension": repeat(b"x" * 65536, before=chunked(end=False) + b"5;"),
}


@pytest.mark.parametrize("endless", ENDLESS.values(), ids=ENDLESS)
def test_an_endless_response_is_given_up_whatever_its_framing_says(connect: Connect, endless: Step) -> None:
    over = threading.Event()

    def until_hung_up(exchange: Exchange) -> bool:
        try:
            return endless(exchange)
        finally:
            over.set()

    with Server([until_hung_up]) as server:
        with measured(3.5), pytest.raises((APIException, ConnectionException)) as caught:
            GET_ONE(connect(server, timeout=4, max_response_bytes=1_000_000).sessions)
        assert over.wait(2), "the client did not hang up"
    assert not isinstance(caught.value, TimeoutException)


def test_a_gzip_bomb_is_given_up_at_the_limit_in_flat_memory(connect: Connect) -> None:
    for layers in (1, 2):
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        content = b"".join([packer.compress(bytes(1_000_000)) for _ in range(30)]) + packer.flush()
        for _ in range(layers - 1):
            content = gzip.compress(content)
        head = OK_HEAD + b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n"
        with Server([raw(head % (b", ".join([b"gzip"] * layers), len(content)) + content)]) as server:
            client = connect(server, max_response_bytes=1_000_000, timeout=10)
            tracemalloc.start()
            try:
                with measured(3.5), pytest.raises(APIException, match="max_response_bytes"):
                    GET_ONE(client.sessions)
                peak = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
        assert peak < 8_000_000, f"{peak:,} bytes"


MANY: dict[str, Callable[[str], str]] = {
    "records": lambda items: f'{{"response": {{"data": [{items}]}}}}',
    "errors inside": lambda items: f'{{"response": {{"data": [], "errors": [{items}]}}}}',
    "errors at the top": lambda items: f'{{"errors": [{items}]}}',
}


def test_a_flood_of_records_or_errors_is_rejected_before_objects_are_made_of_it(connect: Connect) -> None:
    rows: list[tuple[str, str]] = [
        ("records", "{}"),
        ("records", "0"),
        ("errors inside", "{}"),
        ("errors inside", '"x"'),
        ("errors at the top", "[]"),
    ]
    for name, item in rows:
        flood = zipped(MANY[name](",".join([item] * 100_000)).encode())
        with Server([raw(flood)]) as server, measured(8.0):
            with pytest.raises(APIException) as caught:
                GET_MANY(connect(server).sessions).raise_for_errors()
        assert len(caught.value.errors) <= 10_000
        assert len(str(caught.value)) < 3000


def test_a_flood_of_errors_in_an_error_response_is_bounded_too(connect: Connect) -> None:
    for status in (400, 500):
        body = MANY["errors at the top"](",".join(["{}"] * 300_000)).encode()
        with Server([answer(body, status)]) as server, measured(8.0):
            with pytest.raises(APIException) as caught:
                GET_MANY(connect(server).sessions)
        assert caught.value.response_code == status
        assert len(caught.value.errors) <= 10_000


HOSTILE: dict[str, str] = {
    "backslashes": "\\" * 100_000,
    "opened keys": '"key": "' * 15_000,
    "escaped keys": '\\"key\\":' * 12_000,
    "quotes": '"' * 100_000,
    "keys and spaces": '"key"' + " " * 100_000,
    "brackets": "key[" * 25_000,
    "angle brackets": "<key" * 25_000,
    "equals": "key=" * 25_000,
    "line breaks": "\r\n\x1b" * 30_000,
}


def test_redaction_is_quick_whatever_it_reads(connect: Connect) -> None:
    for form in ("message", "page"):
        for text in HOSTILE.values():
            body = json.dumps({"errors": [{"msg": text}]}).encode() if form == "message" else b"<p>" + text.encode()
            with Server([answer(body, 400)]) as server, measured(8.0):
                with pytest.raises(APIException) as caught:
                    GET_ONE(connect(server, timeout=2.0).sessions)
                assert len(str(caught.value)) < 3000
                assert caught.value.response.text


def test_an_error_page_of_megabytes_is_told_quickly(connect: Connect) -> None:
    page = zipped(b'<p>{"key": "x", "password": "y"}' * 300_000).replace(b"200 OK", b"500 OK")
    with Server([raw(page)]) as server, measured(8.0), pytest.raises(APIException):
        CREATE(connect(server).sessions)


MANY_STRINGS = b'["key=abc",' + b'"key=abc",' * 1_000_000 + b"1]"  # 30 kB of gzip


def test_what_exceptions_show_of_millions_of_strings_is_told_quickly(connect: Connect) -> None:
    rows: list[tuple[int, bytes]] = [
        (200, b'{"errors": [{"severity": 3, "more": %s}]}'),
        (400, b'{"response": {"errors": %s}}'),
        (500, b'{"response": {"data": [{"more": %s}]}}'),
        (200, b'{"response": {"data": [{"id": "another", "more": %s}]}}'),
    ]
    for status, body in rows:
        packed = gzip.compress(body % MANY_STRINGS)
        with Server([answer(packed, status, headers={"Content-Encoding": "gzip"})]) as server, measured(8.0):
            with pytest.raises(APIException) as caught:
                GET_ONE(connect(server).sessions)
        assert len(caught.value.response.text) < 20_000


def test_not_one_session_of_millions_of_strings_is_told_quickly(connect: Connect) -> None:
    body = b'{"response": {"data": [], "details": {"totals": %s}, "errors": []}}' % MANY_STRINGS
    with Server([answer(body)]) as server, measured(8.0), pytest.raises(APIException, match="no session"):
        GET_ONE(connect(server).sessions).one()


def test_half_a_second_bounds_the_reading_of_the_envelope_too(connect: Connect) -> None:
    deep = "[" * 200 + "]" * 200
    body = zipped(f'{{"response": {{"data": [], "new": [{",".join([deep] * 20_000)}]}}}}'.encode())
    with Server([raw(body)]) as server, measured(8.0), suppress(PayrixException):
        GET_ONE(connect(server, timeout=0.5).sessions)


def test_nothing_is_read_after_the_deadline() -> None:
    here, there = socket.socketpair()
    with here, there:
        there.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with closing(BoundedResponse(here, seconds=-1.0)) as response, pytest.raises(TimeoutError, match="too slowly"):
            response.begin()
