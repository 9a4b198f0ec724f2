"""Time and size are bounded: an attempt by `timeout`, a call by `total_timeout`, a body by `max_response_bytes`."""

import gzip
import json
import ssl
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from payrix_sessions import APIException, TimeoutException
from tests.support.certificates import Certificates
from tests.support.clock import Clock, measured
from tests.support.payrix import connect, failure_of, found, login_of, serve, sessions
from tests.support.proxy import Proxy
from tests.support.server import OK_HEAD, Server, Step, answer, chunked, in_turn, late, raw, repeat, silence, sized
from tests.wire import CREATE, GET_ONE

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
    a_piece = (late(0.002, clock.passes(0.5)), raw(slowly, hang_up=False))
    return in_turn(raw(at_once, hang_up=False), *a_piece * 40, silence)


def ends(step: Step, tls: ssl.SSLContext | None = None, **options: Any) -> Any:
    """Return the exception that a call ends with in good time, its connection closed."""
    with Server([step], tls=tls) as server, measured(3.5):
        error = failure_of(connect(server, **{"timeout": 5.0, **options}))
        assert server.are_all_closed(), error
    return error


def test_a_response_that_trickles_ends_at_the_timeout_and_a_byte_just_before_buys_no_more_time(clock: Clock) -> None:
    first, byte = (raw(data, hang_up=False) for data in (sized(BODY)[: 1 - len(BODY)], BODY[1:2]))
    timeouts: list[Any] = [(30.0, 5.0), (None, 5.0)]
    rows = [(trickling(clock, *slow), 5.0) for slow in SLOW.values()]
    rows += [(trickling(clock, *SLOW["the body"]), timeout) for timeout in timeouts]
    for step, timeout in [*rows, (in_turn(first, clock.passes(4.9), byte, silence), 5.0)]:
        error = ends(step, timeout=timeout)
        assert (type(error), "timeout" in str(error)) == (TimeoutException, True)


def test_a_response_that_trickles_over_tls_and_a_proxy_s_consent_end_at_the_timeout(
    clock: Clock, trusted: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy() as proxy:
        for url in ("", proxy.url):
            monkeypatch.setenv("HTTPS_PROXY", url)
            for slow in ("the headers", "the body"):
                assert isinstance(ends(trickling(clock, *SLOW[slow]), trusted.trusted), TimeoutException)
    with Server([trickling(clock, *SLOW["the status line"])]) as proxy, measured(3.5):
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        error = failure_of(connect(proxy, base_url="https://payrix.example", timeout=5.0))
        assert isinstance(error, TimeoutException)


def test_a_response_within_the_timeout_is_not_cut(clock: Clock) -> None:
    rows: list[tuple[Any, float]] = [
        *((timeout, 4) for timeout in (5.0, (0.5, 5.0), (None, 5.0))),
        *((timeout, 90) for timeout in ((5, None), (None, None), None)),
    ]
    for timeout, seconds in rows:
        with serve(in_turn(clock.passes(seconds), found()), timeout=timeout) as (_, client):
            assert GET_ONE(client.sessions).is_success()


# A call


def test_an_attempt_ends_with_the_call() -> None:
    rows: list[tuple[Any, Step]] = [(5.0, repeat(b"H", every=0.03)), ((5.0, None), silence), (None, silence)]
    for timeout, step in rows:
        with serve(step, timeout=timeout, total_timeout=0.1, max_retries=3) as (_, client):
            with measured(2.5, at_least=0.08):
                assert isinstance(failure_of(client, GET_ONE, "total_timeout"), TimeoutException)


def test_what_earlier_attempts_took_is_missing_to_later_ones(clock: Clock) -> None:
    steps = [in_turn(clock.passes(2), answer(b"", 503))] * 3
    with serve(*steps, timeout=5.0, total_timeout=5.0, max_retries=5, backoff_factor=0) as (_, client):
        error = failure_of(client, CREATE, "total_timeout", request_token="fake-token")
    assert (type(error), error.attempts, error.may_have_been_sent) == (TimeoutException, 3, True)


def test_the_timeout_of_an_attempt_still_counts_and_each_call_has_its_own(clock: Clock) -> None:
    steps = [silence, found(), *[answer(b"", 503), found()] * 2]
    with serve(*steps, timeout=0.2, total_timeout=30.0, max_retries=1) as (_, client), measured(2.5):
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
        steps = (*(raw(encode(body_of(size))) for size in (LIMIT, LIMIT + 1)), found("third"))
        with serve(*steps, max_response_bytes=LIMIT, max_retries=2) as (_, client):
            assert len(GET_ONE(client.sessions).text) == LIMIT
            failure_of(client, GET_ONE, rf"max_response_bytes.*{LIMIT}")
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
        error = ends(repeat(piece, before=before), timeout=4, max_response_bytes=1_000_000)
        assert not isinstance(error, TimeoutException)


def test_a_gzip_bomb_is_given_up_at_the_limit_in_flat_memory() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    once = b"".join([packer.compress(bytes(1_000_000)) for _ in range(20)]) + packer.flush()
    for content, encoding in ((once, b"gzip"), (gzip.compress(once), b"gzip, gzip")):
        step = raw(sized(content, b"Content-Encoding: %s\r\n" % encoding))
        tracemalloc.start()
        try:
            error = ends(step, max_response_bytes=1_000_000, timeout=10)
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
        with serve(answer(packed, status, headers={"Content-Encoding": "gzip"})) as (_, client), measured(8.0):
            with pytest.raises(APIException) as caught:
                GET_ONE(client.sessions).one()
        assert len(str(caught.value)) < 3000
        assert 0 < len(caught.value.response.text) < (20_000 if len(body) > 1_000_000 else 400_000)
