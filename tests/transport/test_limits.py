"""Time and size are bounded: the whole attempt by `timeout`, the decoded body by `max_response_bytes`."""

import gzip
import json
import threading
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from payrix_sessions import ConfigurationException, PayrixException, TimeoutException
from tests.support.certificates import Certificates
from tests.support.clock import measured
from tests.support.payrix import found, sessions
from tests.support.proxy import Proxy
from tests.support.server import (
    OK_HEAD,
    Exchange,
    Server,
    Step,
    answer,
    chunked,
    late,
    raw,
    repeat,
    silence,
    trickle,
)
from tests.transport.conftest import Connect
from tests.wire import CREATE, GET_ONE, make_client

LIMIT = 100_000
EVERY = 0.08  # seconds
BODY = json.dumps(sessions("p1_ssn_1")).encode()
SIZED = OK_HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY)

# Each byte or line comes soon enough for a limit that counts from one to the next.
SLOW_ANSWERS: dict[str, Step] = {
    "the status line": trickle(b"", b"HTTP/1.1 200 OK and so on"),
    "the headers": trickle(OK_HEAD, b"X-Slow: abcdefghijklmnopqrst"),
    "headers one line at a time": repeat(b"X-Slow: x\r\n", before=OK_HEAD, every=EVERY),
    "interim answers": repeat(b"HTTP/1.1 100 Continue\r\n\r\n", every=EVERY),
    "a flood of interim answers": repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 10),
    "the body": trickle(SIZED, BODY),
    "a chunked body": repeat(b"1\r\nx\r\n", before=chunked(end=False), every=EVERY),
    "the size of a chunk": trickle(chunked(end=False), b"1;extension-that-never-ends"),
    "the trailers": repeat(b"X-Slow: x\r\n", before=chunked(BODY, end=False) + b"0\r\n", every=EVERY),
    "a body without length": trickle(OK_HEAD + b"\r\n", BODY),
    "a compressed body": trickle(OK_HEAD + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(BODY)),
    "an error's body": trickle(b"HTTP/1.1 500 Error\r\nContent-Length: 90\r\n\r\n", BODY),
}


@pytest.mark.parametrize(
    "slow", [trickle(OK_HEAD, b"X-Slow: abc", every=0.2), trickle(SIZED, BODY, every=0.2)], ids=["headers", "body"]
)
def test_half_a_second_is_half_a_second_although_a_byte_comes_each_fifth(connect: Connect, slow: Step) -> None:
    with Server([slow]) as server, measured(0.9, at_least=0.45):
        with pytest.raises(TimeoutException, match="timeout"):
            GET_ONE(connect(server, timeout=0.5).sessions)


@pytest.mark.parametrize("slow", SLOW_ANSWERS.values(), ids=SLOW_ANSWERS)
def test_an_answer_that_trickles_ends_at_the_timeout(connect: Connect, slow: Step) -> None:
    with Server([slow]) as server, measured(0.6, at_least=0.15):
        with pytest.raises(TimeoutException, match="timeout"):
            GET_ONE(connect(server, timeout=0.2).sessions)


def test_a_byte_just_before_the_timeout_buys_no_more_time(connect: Connect) -> None:
    def one_byte_and_silence(exchange: Exchange) -> bool:
        return trickle(SIZED, b"{", every=0.35)(exchange) and silence(exchange)

    with Server([one_byte_and_silence]) as server, measured(0.6, at_least=0.38):
        with pytest.raises(TimeoutException):
            GET_ONE(connect(server, timeout=0.4).sessions)


@pytest.mark.parametrize("slow", ["the headers", "the body"])
def test_an_answer_that_trickles_over_tls_ends_at_the_timeout(
    connect: Connect, certificates: Certificates, monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.bundle))
    with Server([SLOW_ANSWERS[slow]], tls=certificates.trusted) as server:
        client = connect(server, timeout=0.2)
        with measured(0.6, at_least=0.15), pytest.raises(TimeoutException):
            GET_ONE(client.sessions)


def test_a_proxy_that_trickles_its_consent_ends_at_the_timeout(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server([trickle(b"HTTP/1.1 200", b" Connection established and so on")]) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with make_client(base_url="https://payrix.example", timeout=0.2) as client:
            with measured(0.6, at_least=0.15), pytest.raises(TimeoutException):
                GET_ONE(client.sessions)


def test_a_trickle_through_a_proxy_ends_at_the_timeout(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, certificates: Certificates
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.bundle))
    with Proxy() as proxy, Server([SLOW_ANSWERS["the body"]], tls=certificates.trusted) as server:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with measured(0.6, at_least=0.15), pytest.raises(TimeoutException):
            GET_ONE(connect(server, timeout=0.2).sessions)


@pytest.mark.parametrize("slow", ["the status line", "the headers", "the body"])
def test_the_read_half_of_a_pair_bounds_the_answer(connect: Connect, slow: str) -> None:
    with Server([SLOW_ANSWERS[slow]]) as server, measured(0.6, at_least=0.15):
        with pytest.raises(TimeoutException):
            GET_ONE(connect(server, timeout=(30.0, 0.2)).sessions)


def test_a_short_connect_half_does_not_cut_a_slow_answer(connect: Connect) -> None:
    with Server([late(0.2, found())]) as server:
        assert GET_ONE(connect(server, timeout=(0.1, 5.0)).sessions).is_success()


def test_an_answer_within_the_timeout_is_not_cut(connect: Connect) -> None:
    with Server([trickle(SIZED + BODY[:-3], BODY[-3:], every=0.05)]) as server:
        assert GET_ONE(connect(server, timeout=1.0).sessions).is_success()


def test_the_timeout_starts_anew_with_each_call_on_a_connection(connect: Connect) -> None:
    with Server([late(0.15, found())] * 3) as server:
        client = connect(server, timeout=0.3)
        for _ in range(3):
            assert GET_ONE(client.sessions).is_success()
        assert server.connections == 1


def test_the_timeout_starts_anew_with_each_attempt(connect: Connect, waits: object) -> None:
    with Server([silence, silence, late(0.1, found())]) as server, measured(1.0, at_least=0.45):
        assert GET_ONE(connect(server, timeout=0.2, max_retries=2).sessions).attempts == 3


def test_no_timeout_means_to_wait(connect: Connect) -> None:
    with Server([late(0.1, trickle(SIZED + BODY[:-3], BODY[-3:], every=0.05))]) as server:
        assert GET_ONE(connect(server, timeout=None).sessions).is_success()


@pytest.mark.parametrize("timeout", [(None, 0.3), (5, None), (None, None)])
def test_a_half_may_be_without_limit(connect: Connect, timeout: Any) -> None:
    with Server([late(0.1, found())]) as server:
        assert GET_ONE(connect(server, timeout=timeout).sessions).is_success()


def test_a_read_half_counts_next_to_a_connect_half_without_limit(connect: Connect) -> None:
    with Server([SLOW_ANSWERS["the body"]]) as server, measured(0.6, at_least=0.15):
        with pytest.raises(TimeoutException):
            GET_ONE(connect(server, timeout=(None, 0.2)).sessions)


def test_an_answer_that_comes_after_the_timeout_is_not_given_to_the_next_call(connect: Connect) -> None:
    with Server([late(0.5, found("p1_ssn_late")), late(0.4, found("p1_ssn_second"))]) as server:
        client = connect(server, timeout=(0.6, 0.3))
        with pytest.raises(TimeoutException):
            GET_ONE(client.sessions)
        patient = client.with_options(timeout=5.0)
        assert GET_ONE(patient.sessions).body.data[0].id == "p1_ssn_second"
        assert [request.connection for request in server.requests] == [1, 2]


REFUSED_TIMEOUTS: list[Any] = [
    0, 0.0, -1, -0.5, float("nan"), float("-inf"), True, False, "60", "soon", b"1", [1, 2], {}, ...,
    (), (1,), (1, 2, 3), (0, 1), (1, 0), (1, -1), (float("nan"), 1), ("1", 2), (True, 1), (1, False), 1j,
]  # fmt: skip


@pytest.mark.parametrize("timeout", REFUSED_TIMEOUTS, ids=repr)
def test_a_timeout_that_cannot_be_meant_is_refused_by_name_at_construction(timeout: Any) -> None:
    with pytest.raises(ConfigurationException, match="timeout"):
        make_client(timeout=timeout)
    with make_client() as client, pytest.raises(ConfigurationException, match="timeout"):
        client.with_options(timeout=timeout)


@pytest.mark.parametrize("timeout", [1e9, 1e12, 1e300, float("inf"), 10**400, (1e300, 1e300)], ids=str)
def test_an_enormous_timeout_works_or_is_refused(connect: Connect, timeout: Any) -> None:
    with Server([found()]) as server, suppress(ConfigurationException):
        assert GET_ONE(connect(server, timeout=timeout).sessions).is_success()


@pytest.mark.parametrize("limit", [0, -1, 1.5, "1", True, float("inf")], ids=repr)
def test_a_size_that_cannot_be_meant_is_refused_by_name(limit: Any) -> None:
    with pytest.raises(ConfigurationException, match="max_response_bytes"):
        make_client(max_response_bytes=limit)


def body_of(size: int) -> bytes:
    """An envelope of exactly this many bytes."""
    return json.dumps({**sessions("p1_ssn_1"), "filler": ""})[:-2].encode().ljust(size - 2, b"x") + b'"}'


def whole(body: bytes) -> bytes:
    return OK_HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body


def zipped(body: bytes) -> bytes:
    content = gzip.compress(body)
    return OK_HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(content) + content


def zipped_in_chunks(body: bytes) -> bytes:
    return chunked(gzip.compress(body), headers=b"Content-Encoding: gzip\r\n")


each_encoding = pytest.mark.parametrize("encode", [whole, chunked, zipped, zipped_in_chunks])


@each_encoding
def test_a_body_of_exactly_the_limit_passes(connect: Connect, encode: Callable[[bytes], bytes]) -> None:
    with Server([raw(encode(body_of(LIMIT)))]) as server:
        result = GET_ONE(connect(server, max_response_bytes=LIMIT).sessions)
    assert len(result.text) == LIMIT


@each_encoding
def test_a_body_of_one_byte_more_is_refused_and_not_asked_for_again(
    connect: Connect, encode: Callable[[bytes], bytes]
) -> None:
    with Server([raw(encode(body_of(LIMIT + 1))), found("p1_ssn_second")]) as server:
        client = connect(server, max_response_bytes=LIMIT, max_retries=2)
        with pytest.raises(PayrixException, match="max_response_bytes"):
            GET_ONE(client.sessions)
        assert len(server.requests) == 1
        assert GET_ONE(client.sessions).body.data[0].id == "p1_ssn_second"


@pytest.mark.parametrize("status", [200, 302, 400, 500])
def test_the_limit_holds_for_every_status(connect: Connect, status: int) -> None:
    with Server([answer(b"x" * (LIMIT + 1), status)]) as server:
        with pytest.raises(PayrixException, match="max_response_bytes"):
            GET_ONE(connect(server, max_response_bytes=LIMIT).sessions)


@pytest.mark.parametrize(
    "endless",
    [
        repeat(b"x" * 65536, before=OK_HEAD + b"\r\n"),
        repeat(b"10000\r\n" + b"x" * 65536 + b"\r\n", before=chunked(end=False)),
    ],
    ids=["without length", "chunked"],
)
def test_an_endless_body_is_given_up_at_the_limit(connect: Connect, endless: Step) -> None:
    over = threading.Event()

    def until_hung_up(exchange: Exchange) -> bool:
        try:
            return endless(exchange)
        finally:
            over.set()

    with Server([until_hung_up]) as server:
        with measured(2.0), pytest.raises(PayrixException, match="max_response_bytes"):
            GET_ONE(connect(server, timeout=10, max_response_bytes=1_000_000).sessions)
        assert over.wait(2), "the client did not hang up"


def bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([packer.compress(bytes(1_000_000)) for _ in range(megabytes)]) + packer.flush()


@pytest.mark.parametrize("layers", [1, 2])
def test_a_gzip_bomb_is_given_up_at_the_limit_in_flat_memory(connect: Connect, layers: int) -> None:
    content = bomb(60)
    for _ in range(layers - 1):
        content = gzip.compress(content)
    coding = b", ".join([b"gzip"] * layers)
    head = OK_HEAD + b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (coding, len(content))
    with Server([raw(head + content)]) as server:
        client = connect(server, max_response_bytes=1_000_000, timeout=10)
        tracemalloc.start()
        try:
            with measured(2.0), pytest.raises(PayrixException, match="max_response_bytes"):
                GET_ONE(client.sessions)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 8_000_000, f"{peak:,} bytes"


def test_a_post_whose_answer_is_too_large_says_that_it_may_have_been_carried_out(connect: Connect) -> None:
    with Server([answer(b"x" * (LIMIT + 1))]) as server:
        with pytest.raises(
            PayrixException, match=r"max_response_bytes.*may have been|may have been.*max_response_bytes"
        ):
            CREATE(connect(server, max_response_bytes=LIMIT).sessions)
