"""Time and size are bounded: an attempt by `timeout`, a call by `total_timeout`, a body by `max_response_bytes`."""

import gzip
import json
import ssl
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from payrix_sessions import APIException, ConfigurationException, ConnectionException, TimeoutException
from tests.support.certificates import Certificates
from tests.support.clock import Clock, measured
from tests.support.payrix import RATE_LIMIT, connect, found, login_of, serve, sessions
from tests.support.proxy import Proxy
from tests.support.server import OK_HEAD, Exchange, Server, Step, answer, chunked, raw, repeat, reset, silence, sized
from tests.wire import CREATE, GET_ONE, outcome

LIMIT = 100_000
BODY = json.dumps(sessions("whole")).encode()


# What comes at once, and what comes every half second then: soon enough for a limit that counts from one to the next.
SLOW: dict[str, tuple[bytes, bytes]] = {
    "the status line": (b"HTTP/1.1 200 ", b"x"),
    "the headers": (OK_HEAD + b"X-Slow: ", b"x"),
    "headers one line at a time": (OK_HEAD, b"X-Slow: x\r\n"),
    "interim responses": (b"", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"),
    "the body": (sized(b"", length=90), b"x"),
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


def failure_of(step: Step, tls: ssl.SSLContext | None = None, **options: Any) -> Any:
    """Return the exception that a call ends with in good time, its connection closed."""
    with Server([step], tls=tls) as server:
        with measured(3.5), pytest.raises((APIException, ConnectionException)) as caught:
            GET_ONE(connect(server, **{"timeout": 5.0, **options}).sessions)
        assert server.are_all_closed(), caught.value
    return caught.value


def test_a_response_that_trickles_ends_at_the_timeout(clock: Clock) -> None:
    timeouts: list[Any] = [(30.0, 5.0), (None, 5.0)]
    for slow, timeout in [*((slow, 5.0) for slow in SLOW), *(("the body", timeout) for timeout in timeouts)]:
        error = failure_of(trickling(clock, *SLOW[slow]), timeout=timeout)
        assert (type(error), "timeout" in str(error)) == (TimeoutException, True)


def test_a_response_that_trickles_over_tls_and_a_proxy_s_consent_end_at_the_timeout(
    clock: Clock, trusted: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy() as proxy:
        for url in ("", proxy.url):
            monkeypatch.setenv("HTTPS_PROXY", url)
            for slow in ("the headers", "the body"):
                error = failure_of(trickling(clock, *SLOW[slow]), trusted.trusted)
                assert isinstance(error, TimeoutException)
    with Server([trickling(clock, *SLOW["the status line"])]) as proxy, measured(3.5):
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(TimeoutException):
            GET_ONE(connect(proxy, base_url="https://payrix.example", timeout=5.0).sessions)


def test_a_byte_just_before_the_timeout_buys_no_more_time(clock: Clock) -> None:
    def one_more_byte_and_silence(exchange: Exchange) -> bool:
        exchange.send(sized(BODY)[: 1 - len(BODY)])
        clock.advance(4.9)
        exchange.send(BODY[1:2])
        return silence(exchange)

    assert isinstance(failure_of(one_more_byte_and_silence), TimeoutException)


def test_a_response_within_the_timeout_is_not_cut(clock: Clock) -> None:
    rows: list[tuple[Any, float]] = [
        *((timeout, 4) for timeout in (5.0, (0.5, 5.0), (None, 5.0))),
        *((timeout, 90) for timeout in ((5, None), (None, None), None)),
    ]
    for timeout, seconds in rows:
        with Server([ahead(clock, seconds)]) as server:
            assert GET_ONE(connect(server, timeout=timeout).sessions).is_success()


def test_an_enormous_timeout_works_or_is_rejected() -> None:
    timeouts: list[Any] = [1e9, 1e300, float("inf"), 10**400, (1e300, 1e300)]
    for timeout in timeouts:
        with Server([found()]) as server, suppress(ConfigurationException):
            assert GET_ONE(connect(server, timeout=timeout).sessions).is_success()


# A call


def test_a_wait_that_does_not_fit_is_not_begun(clock: Clock) -> None:
    in_five_seconds = answer(b"", 503, headers={"Retry-After": "5"})
    rows: list[tuple[Step, float, list[float]]] = [  # the response, total_timeout, the waits that fit
        (answer(b"", 503), 2.0, [0.5, 1.0]),
        (reset(), 0.4, []),
        (in_five_seconds, 12.0, [5.0, 5.0]),
        (in_five_seconds, 4.0, []),
        (answer(RATE_LIMIT, 429), 12.0, [11.0]),
        (answer(b"", 503), 60.0, [0.5, 1.0, 2.0, 4.0]),
    ]
    for step, total, waits in rows:
        clock.slept.clear()
        with serve(*[step] * 5, max_retries=4, total_timeout=total) as (server, client):
            error: Any = outcome(lambda client=client: GET_ONE(client.sessions))  # type: ignore[misc]
        assert clock.slept == waits
        assert isinstance(error, (APIException, ConnectionException))
        assert error.attempts == len(server.requests) == len(waits) + 1


def test_an_attempt_ends_with_the_call() -> None:
    rows: list[tuple[Any, Step]] = [(5.0, repeat(b"H", every=0.03)), ((5.0, None), silence), (None, silence)]
    for timeout, step in rows:
        with Server([step]) as server, measured(2.5, at_least=0.08):
            with pytest.raises(TimeoutException, match="total_timeout"):
                GET_ONE(connect(server, timeout=timeout, total_timeout=0.1, max_retries=3).sessions)


def test_what_earlier_attempts_took_is_missing_to_later_ones(clock: Clock) -> None:
    def fail_in_two_seconds(exchange: Exchange) -> bool:
        clock.advance(2)
        return answer(b"", 503)(exchange)

    with Server([fail_in_two_seconds] * 3) as server:
        client = connect(server, timeout=5.0, total_timeout=5.0, max_retries=5, backoff_factor=0)
        with pytest.raises(TimeoutException, match="total_timeout") as caught:
            CREATE(client.sessions, request_token="fake-token")
    assert (caught.value.attempts, caught.value.may_have_been_sent) == (3, True)


def test_the_timeout_of_an_attempt_still_counts_and_each_call_has_its_own(clock: Clock) -> None:
    with Server([silence, found(), *[answer(b"", 503), found()] * 2]) as server, measured(2.5):
        client = connect(server, timeout=0.2, total_timeout=30.0, max_retries=1)
        assert GET_ONE(client.sessions).attempts == 2
        shorter = client.with_options(timeout=5.0, total_timeout=1.0)
        assert [GET_ONE(shorter.sessions).attempts for _ in range(2)] == [2, 2]


# Sizes


def body_of(size: int) -> bytes:
    """An envelope of exactly this many bytes."""
    return json.dumps({**sessions("whole"), "filler": ""})[:-2].encode().ljust(size - 2, b"x") + b'"}'


def test_a_body_of_the_limit_passes_and_one_of_a_byte_more_is_rejected_and_not_asked_for_again() -> None:
    gzipped = b"Content-Encoding: gzip\r\n"
    encodings: list[Callable[[bytes], bytes]] = [
        *(sized, chunked, lambda body: sized(gzip.compress(body), gzipped)),
        lambda body: chunked(gzip.compress(body), headers=gzipped),
    ]
    for encode in encodings:
        with Server([raw(encode(body_of(LIMIT))), raw(encode(body_of(LIMIT + 1))), found("third")]) as server:
            client = connect(server, max_response_bytes=LIMIT, max_retries=2)
            assert len(GET_ONE(client.sessions).text) == LIMIT
            with pytest.raises(APIException, match=rf"max_response_bytes.*{LIMIT}"):
                GET_ONE(client.sessions)
            assert login_of(GET_ONE(client.sessions)) == "third"


X = b"x" * 65536
BLOCK = b"10000\r\n" + X + b"\r\n"
ENDLESS: list[tuple[bytes, bytes]] = [  # what comes first, and what comes for ever
    *((head + b"\r\n", X) for head in (OK_HEAD, b"HTTP/1.1 302 Found\r\nLocation: /\r\n")),
    (chunked(end=False), BLOCK),
    *((chunked(end=False) + size, X) for size in (b"FFFFFFFF\r\n", b"F" * 40 + b"\r\n", b"5;")),
    *((sized(b"", length=length), X) for length in (4294967295, -1)),
    (chunked(end=False, headers=b"Content-Length: 5\r\n"), BLOCK),
    (OK_HEAD + b"Transfer-Encoding: chunked, chunked\r\n\r\n", BLOCK),
    (OK_HEAD + b"Transfer-Encoding: identity\r\n\r\n", X),
    (chunked(b"{", end=False) + b"-1\r\n", X),
    (chunked(BODY)[:-2], b"X-Trailer: x\r\n" * 1000),
]


def test_an_endless_response_is_given_up_whatever_its_framing_says() -> None:
    for before, piece in ENDLESS:
        error = failure_of(repeat(piece, before=before), timeout=4, max_response_bytes=1_000_000)
        assert not isinstance(error, TimeoutException)


def test_a_gzip_bomb_is_given_up_at_the_limit_in_flat_memory() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    once = b"".join([packer.compress(bytes(1_000_000)) for _ in range(20)]) + packer.flush()
    for content, encoding in ((once, b"gzip"), (gzip.compress(once), b"gzip, gzip")):
        step = raw(sized(content, b"Content-Encoding: %s\r\n" % encoding))
        tracemalloc.start()
        try:
            error = failure_of(step, max_response_bytes=1_000_000, timeout=10)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert "max_response_bytes" in str(error)
        assert peak < 8_000_000, f"{peak:,} bytes"


MANY_STRINGS = b'["key=abc",' + b'"key=abc",' * 1_000_000 + b"1]"  # 30 kB of gzip
DEEP = ",".join(["[" * 200 + "]" * 200] * 20_000).encode()


def test_whatever_an_exception_is_made_of_is_told_quickly_and_cut() -> None:
    rows: list[tuple[int, bytes]] = [  # tests/test_redaction.py has more
        (400, b'{"errors": [{"msg": "%s"}]}' % (rb"\r\n\u001b" * 30_000)),
        (400, b"<p>" + b'"key": "' * 15_000),
        (200, b'{"errors": [{"severity": 3, "more": %s}]}' % MANY_STRINGS),
        (500, b'{"response": {"data": [{"more": %s}]}}' % MANY_STRINGS),
        (200, b'{"response": {"data": [{"id": "another", "more": %s}]}}' % MANY_STRINGS),
        (200, b'{"response": {"data": [], "details": {"totals": %s}, "errors": []}}' % MANY_STRINGS),
        (200, b'{"response": {"data": [], "new": [%s]}}' % DEEP),
    ]
    for status, body in rows:
        packed = gzip.compress(body, 1)
        with Server([answer(packed, status, headers={"Content-Encoding": "gzip"})]) as server, measured(8.0):
            with pytest.raises(APIException) as caught:
                GET_ONE(connect(server).sessions).one()
        assert len(str(caught.value)) < 3000
        assert 0 < len(caught.value.response.text) < (20_000 if len(body) > 1_000_000 else 400_000)
