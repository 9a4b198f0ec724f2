"""Time and size are bounded: an attempt by `timeout`, a body by `max_response_bytes`, its records by number."""

import gzip
import json
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from payrix_sessions import APIException, ConfigurationException, ConnectionException, TimeoutException
from tests.support.certificates import Certificates
from tests.support.clock import Clock, measured
from tests.support.payrix import found, login_of, sessions
from tests.support.proxy import Proxy
from tests.support.server import OK_HEAD, Exchange, Server, Step, answer, chunked, late, raw, repeat, silence
from tests.transport.conftest import Connect
from tests.wire import GET_ONE

LIMIT = 100_000
BODY = json.dumps(sessions("whole")).encode()


def sized(body: bytes, headers: bytes = b"") -> bytes:
    return OK_HEAD + headers + b"Content-Length: %d\r\n\r\n" % len(body) + body


# What comes at once, and what comes every half second then: soon enough for a limit that counts from one to the next.
SLOW: dict[str, tuple[bytes, bytes]] = {
    "the status line": (b"HTTP/1.1 200 ", b"x"),
    "the headers": (OK_HEAD + b"X-Slow: ", b"x"),
    "headers one line at a time": (OK_HEAD, b"X-Slow: x\r\n"),
    "interim responses": (b"", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"),
    "the body": (sized(bytes(90))[:-90], b"x"),
    "a chunked body": (chunked(end=False), b"1\r\nx\r\n"),
    "the size of a chunk": (chunked(end=False) + b"1;", b"x"),
    "the trailers": (chunked(BODY, end=False) + b"0\r\n", b"X-Slow: x\r\n"),
    "a body without length": (OK_HEAD + b"\r\n", b"x"),
    "the file name in a gzip": (OK_HEAD + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08" + bytes(6), b"x"),
    "an error's body": (b"HTTP/1.1 500 Error\r\nContent-Length: 90\r\n\r\n", b"x"),
}


def trickling(clock: Clock, at_once: bytes, slowly: bytes) -> Step:
    def play(exchange: Exchange) -> bool:
        exchange.send(at_once)
        for _ in range(40):
            exchange.pause(0.002)
            clock.advance(0.5)
            exchange.send(slowly)
        return silence(exchange)

    return play


def ahead(clock: Clock, seconds: float, data: bytes = sized(BODY)) -> Step:
    """Send this when so many seconds have passed on the clock."""

    def play(exchange: Exchange) -> bool:
        clock.advance(seconds)
        return raw(data, hang_up=False)(exchange)

    return play


def failure_of(connect: Connect, step: Step, **options: Any) -> Any:
    """Return the exception that a call ends with in good time."""
    with Server([step]) as server, measured(3.5), pytest.raises((APIException, ConnectionException)) as caught:
        GET_ONE(connect(server, **{"timeout": 5.0, **options}).sessions)
    return caught.value


def test_a_response_that_trickles_ends_at_the_timeout(connect: Connect, clock: Clock) -> None:
    rows: list[tuple[str, Any]] = [
        *((slow, 5.0) for slow in SLOW),
        *(("the body", (connect_half, 5.0)) for connect_half in (30.0, None)),
    ]
    for slow, timeout in rows:
        error = failure_of(connect, trickling(clock, *SLOW[slow]), timeout=timeout)
        assert (type(error), "timeout" in str(error)) == (TimeoutException, True)


def test_a_response_that_trickles_over_tls_and_a_proxy_s_consent_end_at_the_timeout(
    connect: Connect, clock: Clock, trusted: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy() as proxy:
        for url in ("", proxy.url):
            monkeypatch.setenv("HTTPS_PROXY", url)
            for slow in ("the headers", "the body"):
                with Server([trickling(clock, *SLOW[slow])], tls=trusted.trusted) as server, measured(3.5):
                    with pytest.raises(TimeoutException):
                        GET_ONE(connect(server, timeout=5.0).sessions)
    with Server([trickling(clock, *SLOW["the status line"])]) as proxy, measured(3.5):
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(TimeoutException):
            GET_ONE(connect(proxy, base_url="https://payrix.example", timeout=5.0).sessions)


def test_a_byte_just_before_the_timeout_buys_no_more_time(connect: Connect, clock: Clock) -> None:
    def one_more_byte_and_silence(exchange: Exchange) -> bool:
        exchange.send(sized(BODY)[: 1 - len(BODY)])
        clock.advance(4.9)
        exchange.send(BODY[1:2])
        return silence(exchange)

    assert isinstance(failure_of(connect, one_more_byte_and_silence), TimeoutException)


def test_a_response_within_the_timeout_is_not_cut(connect: Connect, clock: Clock) -> None:
    rows: list[tuple[Any, float]] = [
        *((timeout, 4) for timeout in (5.0, (0.5, 5.0), (None, 5.0))),
        *((timeout, 90) for timeout in ((5, None), (None, None), None)),
    ]
    for timeout, seconds in rows:
        with Server([ahead(clock, seconds)]) as server:
            assert GET_ONE(connect(server, timeout=timeout).sessions).is_success()


def test_the_timeout_starts_anew_with_each_call_and_each_attempt(connect: Connect, clock: Clock) -> None:
    with Server([ahead(clock, 3), ahead(clock, 3), ahead(clock, 6), ahead(clock, 3)]) as server:
        client = connect(server, timeout=5.0, max_retries=1)
        assert [GET_ONE(client.sessions).attempts for _ in range(3)] == [1, 1, 2]


def test_a_response_that_comes_after_the_timeout_is_not_given_to_the_next_call(connect: Connect) -> None:
    with Server([late(0.1, found("late")), late(0.1, found("second"))]) as server:
        client = connect(server, timeout=(0.6, 0.05))
        with pytest.raises(TimeoutException):
            GET_ONE(client.sessions)
        assert login_of(GET_ONE(client.with_options(timeout=5.0).sessions)) == "second"
        assert [request.connection for request in server.requests] == [1, 2]


def test_an_enormous_timeout_works_or_is_rejected(connect: Connect) -> None:
    timeouts: list[Any] = [1e9, 1e300, float("inf"), 10**400, (1e300, 1e300)]
    for timeout in timeouts:
        with Server([found()]) as server, suppress(ConfigurationException):
            assert GET_ONE(connect(server, timeout=timeout).sessions).is_success()


def body_of(size: int) -> bytes:
    """An envelope of exactly this many bytes."""
    return json.dumps({**sessions("whole"), "filler": ""})[:-2].encode().ljust(size - 2, b"x") + b'"}'


def zipped(body: bytes) -> bytes:
    return sized(gzip.compress(body), b"Content-Encoding: gzip\r\n")


def zipped_in_chunks(body: bytes) -> bytes:
    return chunked(gzip.compress(body), headers=b"Content-Encoding: gzip\r\n")


def test_a_body_of_the_limit_passes_and_one_of_a_byte_more_is_rejected_and_not_asked_for_again(
    connect: Connect,
) -> None:
    encodings: list[Callable[[bytes], bytes]] = [sized, chunked, zipped, zipped_in_chunks]
    for encode in encodings:
        with Server([raw(encode(body_of(LIMIT))), raw(encode(body_of(LIMIT + 1))), found("third")]) as server:
            client = connect(server, max_response_bytes=LIMIT, max_retries=2)
            assert len(GET_ONE(client.sessions).text) == LIMIT
            with pytest.raises(APIException, match=rf"max_response_bytes.*{LIMIT}"):
                GET_ONE(client.sessions)
            assert login_of(GET_ONE(client.sessions)) == "third"


def test_the_limit_holds_for_every_status(connect: Connect) -> None:
    for status in (302, 500):
        error = failure_of(connect, answer(b"x" * (LIMIT + 1), status), max_response_bytes=LIMIT)
        assert "max_response_bytes" in str(error)


X = b"x" * 65536
BLOCK = b"10000\r\n" + X + b"\r\n"
ENDLESS: dict[str, tuple[bytes, bytes]] = {  # what comes first, and what comes for ever
    "without length": (OK_HEAD + b"\r\n", X),
    "chunked": (chunked(end=False), BLOCK),
    "one chunk of 4 GB": (chunked(end=False) + b"FFFFFFFF\r\n", X),
    "one chunk of 40 digits": (chunked(end=False) + b"F" * 40 + b"\r\n", X),
    "a length of 4 GB": (OK_HEAD + b"Content-Length: 4294967295\r\n\r\n", X),
    "a negative length": (OK_HEAD + b"Content-Length: -1\r\n\r\n", X),
    "a length and chunks": (chunked(end=False, headers=b"Content-Length: 5\r\n"), BLOCK),
    "chunked twice": (OK_HEAD + b"Transfer-Encoding: chunked, chunked\r\n\r\n", BLOCK),
    "chunked and in clear": (OK_HEAD + b"Transfer-Encoding: identity\r\n\r\n", X),
    "a chunk of -1 after a good one": (chunked(b"{", end=False) + b"-1\r\n", X),
    "endless trailers": (chunked(BODY)[:-2], b"X-Trailer: x\r\n" * 1000),
    "an endless chunk extension": (chunked(end=False) + b"5;", X),
}


def test_an_endless_response_is_given_up_whatever_its_framing_says(connect: Connect) -> None:
    for before, piece in ENDLESS.values():
        with Server([repeat(piece, before=before)]) as server:
            with measured(3.5), pytest.raises((APIException, ConnectionException)) as caught:
                GET_ONE(connect(server, timeout=4, max_response_bytes=1_000_000).sessions)
            assert server.are_all_closed()
        assert not isinstance(caught.value, TimeoutException)


def test_a_gzip_bomb_is_given_up_at_the_limit_in_flat_memory(connect: Connect) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    once = b"".join([packer.compress(bytes(1_000_000)) for _ in range(20)]) + packer.flush()
    for content, encoding in ((once, b"gzip"), (gzip.compress(once), b"gzip, gzip")):
        step = raw(sized(content, b"Content-Encoding: %s\r\n" % encoding))
        tracemalloc.start()
        try:
            error = failure_of(connect, step, max_response_bytes=1_000_000, timeout=10)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert "max_response_bytes" in str(error)
        assert peak < 8_000_000, f"{peak:,} bytes"


MANY_STRINGS = b'["key=abc",' + b'"key=abc",' * 1_000_000 + b"1]"  # 30 kB of gzip
DEEP = ",".join(["[" * 200 + "]" * 200] * 20_000).encode()


def test_whatever_an_exception_is_made_of_is_told_quickly_and_cut(connect: Connect) -> None:
    hostile = ('"key": "' * 15_000, "\r\n\x1b" * 30_000)  # tests/test_redaction.py has more
    rows: list[tuple[int, bytes]] = [
        *((400, json.dumps({"errors": [{"msg": text}]}).encode()) for text in hostile),
        *((400, b"<p>" + text.encode()) for text in hostile),
        (200, b'{"errors": [{"severity": 3, "more": %s}]}' % MANY_STRINGS),
        (400, b'{"response": {"errors": %s}}' % MANY_STRINGS),
        (500, b'{"response": {"data": [{"more": %s}]}}' % MANY_STRINGS),
        (200, b'{"response": {"data": [{"id": "another", "more": %s}]}}' % MANY_STRINGS),
        (200, b'{"response": {"data": [], "details": {"totals": %s}, "errors": []}}' % MANY_STRINGS),
        (200, b'{"response": {"data": [], "new": [%s]}}' % DEEP),
        (500, b'<p>{"key": "x", "password": "y"}' * 300_000),
    ]
    for status, body in rows:
        packed = gzip.compress(body, 1)
        with Server([answer(packed, status, headers={"Content-Encoding": "gzip"})]) as server, measured(8.0):
            with pytest.raises(APIException) as caught:
                GET_ONE(connect(server).sessions).one()
        assert len(str(caught.value)) < 3000
        assert 0 < len(caught.value.response.text) < (20_000 if len(body) > 1_000_000 else 400_000)
