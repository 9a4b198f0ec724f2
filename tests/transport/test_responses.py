"""Responses that are whole, those that are not, and those that lead elsewhere, down to their bytes.

All that goes wrong below is one of two exceptions, with its cause and what to do.
"""

import gzip
import pickle
import re
import ssl
import threading
from random import Random

import pytest

from payrix_sessions import APIException, ConnectionException, TimeoutException
from tests.support.certificates import Certificates
from tests.support.clock import measured
from tests.support.heads import BODY as BARE
from tests.support.heads import compare_heads, is_short
from tests.support.leaks import leaks
from tests.support.payrix import connect, found, login_of, serve, sessions
from tests.support.server import OK_HEAD, Server, Step, answer, chunked, raw, repeat, reset, sized
from tests.wire import API_KEY, CREATE, GET_ONE, SESSION_ID, SESSION_KEY, Operation

BODY = f'{{"response":{{"data":[{{"id":"{SESSION_ID}","key":"{SESSION_KEY}"}}],"errors":[]}}}}'.encode()
GZIPPED = gzip.compress(BODY)
GZIP = b"Content-Encoding: gzip\r\n"
WHOLE = sized(BODY)
HUNG_UP_AFTER: list[bytes] = [
    *(b"", b"HTTP/1.1 2", OK_HEAD[:-2]),
    sized(BODY, length=len(BODY) + 1),
    b"HTTP/1.1 500 Error\r\nContent-Length: 100\r\n\r\n" + BODY[:70],
    sized(BODY, b"Content-Length: 5\r\n"),
    *(chunked(BODY, end=False), chunked(BODY, end=False)[:-20]),
    # What cannot be decompressed.
    sized(GZIPPED[:30] + b"\0" * 8 + GZIPPED[38:], GZIP),
    sized(BODY, GZIP),
    sized(b"\xff" * 30, b"Content-Encoding: deflate\r\n"),
    # Other protocols, versions and sizes.
    *(b"220 mail.example ESMTP ready\r\n", bytes(range(256)) * 4, b"\x15\x03\x01\x00\x02\x02\x46"),
    *(b"HTTP/9.9 two hundred\r\n\r\n", b"HTTP/1.1 2000 OK\r\n\r\n"),
    OK_HEAD + b"X-Long: " + b"x" * 200_000 + b"\r\n\r\n",
    b"HTTP/1.1 200 " + b"x" * 200_000 + b"\r\n\r\n",
]
SIZES = (b"many", b"-5", b"-1", b"", b"\xd9\xa3", b"-%x", b"+%x", b"0x%x", b" %x", b"%x\0", b"0_%x")  # of a chunk
LEFT_OPEN_AFTER: list[bytes] = [  # nothing but an error ends the wait
    *(WHOLE + b"more", WHOLE * 2, chunked(BODY) + b"more"),
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",
    *(chunked(end=False) + size.replace(b"%x", b"%x" % len(BODY)) + b"\r\n%s\r\n0\r\n\r\n" % BODY for size in SIZES),
]
NO_HEADERS = (
    *(b"no colon", b": x", b"X Y: z", b"X-Y : z", b"X-Y: a\0b", b"X\0Y: z", b"X-\xe9: z", b"X-Y: a\rX-Z: b"),
    b"A: b\r\n" * 99 + b"A: b",  # too many
)
UNREADABLE = [sized(BODY, line + b"\r\n") for line in NO_HEADERS]
FAULTS: list[tuple[bytes, Step]] = [
    *((data, raw(data)) for data in HUNG_UP_AFTER),
    *((data, raw(data, hang_up=False)) for data in (*LEFT_OPEN_AFTER, *UNREADABLE)),
    (b"reset", reset()),
    (b"reset in mid-body", reset(WHOLE[:-20])),
    (b"a flood of 100", repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 10)),
    (b"a flood of 103", repeat(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 10)),
]


def test_a_response_that_is_not_whole_is_an_exception_at_once_and_the_next_call_gets_its_own() -> None:
    for data, fault in FAULTS:
        with serve(fault, found("second"), timeout=4) as (server, client):
            with measured(2.0), pytest.raises(ConnectionException) as caught:
                CREATE(client.sessions)
            threading.Event().wait(0.01)  # a connection that was read to its end may be used again if it is open
            assert login_of(GET_ONE(client.sessions)) == "second"
            assert [request.connection for request in server.requests] == [1, 2]
        error = caught.value
        assert (type(error), error.attempts, error.may_have_been_sent) == (ConnectionException, 1, True)
        assert data not in UNREADABLE or "response head cannot be read" in str(error)
        # The cause is kept; the message is ours, not the text of a library, gives nothing away and survives a pickle.
        assert error.__cause__ is not None
        message = str(error)
        assert not re.search(r"HTTPS?Connection|object at 0x|urllib3|requests\.|Max retries|\w+Error\(", message)
        assert 40 < len(message) < 600, message
        assert leaks(error, [API_KEY, SESSION_KEY[:8]]) == []
        copy = pickle.loads(pickle.dumps(error))
        assert (type(copy), str(copy), vars(copy)) == (type(error), message, vars(error))


def test_every_usual_way_to_respond_is_understood_and_keeps_the_connection() -> None:
    rows: list[bytes] = [
        b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE,
        b"HTTP/1.1 102 Processing\r\n\r\n" + WHOLE,
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\nContent-Length: 5\r\n\r\n" + WHOLE,
        b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\nX: y\r\n\r\n" * 3 + WHOLE,
        chunked(BODY[:10], BODY[10:]),
        chunked(end=False) + b"00%X;name=value\r\n%s\r\n000\r\nX-Trailer: x\r\n\r\n" % (len(BODY), BODY),
        chunked(GZIPPED, headers=GZIP),
        sized(GZIPPED, GZIP),
        sized(BODY, b"X-Empty:\r\nX-Folded: a\r\n b\r\nX-Latin: \xe9\r\n"),
        WHOLE.replace(b"200 OK", b"200"),
    ]
    in_two_pieces = repeat(WHOLE[40:], before=WHOLE[:40], every=0.02, times=1)
    for step in (*(raw(response, hang_up=False) for response in rows), in_two_pieces):
        with serve(*[step] * 2, timeout=4) as (server, client):
            assert [GET_ONE(client.sessions).body.data[0].key for _ in range(2)] == [SESSION_KEY] * 2
            assert server.connections == 1


def test_a_body_that_ends_with_the_connection_is_whole_unless_its_json_is_not() -> None:
    with serve(raw(b"HTTP/1.0 200 OK\r\n\r\n" + BODY), raw(OK_HEAD + b"\r\n" + BODY[:-30])) as (_, client):
        assert GET_ONE(client.sessions).body.data[0].key == SESSION_KEY
        with pytest.raises(APIException) as caught:
            GET_ONE(client.sessions)
    assert leaks(caught.value, [API_KEY, SESSION_KEY[:8]]) == []


def test_a_response_that_is_cut_at_any_byte_is_never_a_success() -> None:
    wholes = (WHOLE, chunked(BODY), sized(GZIPPED, GZIP))
    rows: list[bytes] = [whole[:cut] for whole in wholes for cut in range(0, len(whole) - len("0\r\n\r\n"), 5)]
    rows += [sized(GZIPPED[:-missing], GZIP) for missing in (12, 40)]  # whole, but for its compression
    with Server([raw(row) for row in rows]) as server:
        client = connect(server, timeout=5)
        for _ in rows:
            with pytest.raises((ConnectionException, APIException)):
                GET_ONE(client.sessions)


# TLS, and what the caller is doing


def test_a_certificate_is_refused_with_the_reason_of_openssl_before_anything_is_sent(trusted: Certificates) -> None:
    rows: list[tuple[ssl.SSLContext, str]] = [
        (trusted.unknown_authority, "issuer|unable to get local"),
        (trusted.wrong_host, "mismatch|not valid for"),
    ]
    for shown, reason in rows:
        with Server([found()], tls=shown) as server:
            with pytest.raises(ConnectionException, match=f"(?i)certificate.*({reason})") as caught:
                CREATE(connect(server, max_retries=2).sessions)
            assert server.requests == []
        assert (caught.value.attempts, caught.value.may_have_been_sent) == (1, False)


def test_tls_that_breaks_off_in_mid_body_is_a_connection_exception(trusted: Certificates) -> None:
    with Server([raw(WHOLE[:-20])], tls=trusted.trusted) as server, pytest.raises(ConnectionException) as caught:
        GET_ONE(connect(server).sessions)
    assert leaks(caught.value, [API_KEY, SESSION_KEY[:8]]) == []


def test_what_the_caller_is_handling_is_neither_changed_nor_taken_for_the_cause() -> None:
    handled = TimeoutError("of the caller", b"bytes of the caller")
    with Server([reset()]) as server:
        try:
            raise handled
        except TimeoutError:
            with pytest.raises(ConnectionException) as caught:
                GET_ONE(connect(server).sessions)
    assert not isinstance(caught.value, TimeoutException)
    assert handled.args == ("of the caller", b"bytes of the caller")
    assert handled.__traceback__ is not None


# Heads: what the short way reads is what http.client and urllib3 read; all else is left to them


def test_random_heads_are_read_as_without_the_short_way() -> None:
    assert is_short(sized(BARE))
    assert 50 < compare_heads(Random(20261126), 300) < 250


# Redirects are refusals: a key must not travel to where a Location header points


def test_a_redirect_raises_and_no_host_hears_of_it(trusted: Certificates) -> None:
    rows: list[tuple[str, Operation, int]] = [
        *(("another host", GET_ONE, status) for status in (300, 301, 302, 303, 304, 305, 307, 308)),
        *((to, CREATE, 307) for to in ("another host", "the same host", "plain http", "nowhere")),
    ]
    for to, operation, status in rows:
        with Server([found()]) as other:
            there = "/elsewhere" if to == "the same host" else f"http://localhost:{other.port}/sessions?from=payrix"
            # A body that looks like a session makes no success of it.
            body = b"" if status == 304 else sessions("x")
            step = answer(body, status, headers={} if to == "nowhere" else {"Location": there})
            with Server([step, found()], tls=trusted.trusted if to == "plain http" else None) as server:
                with pytest.raises(APIException) as caught:
                    operation(connect(server, max_retries=2).sessions)
            assert (len(server.requests), other.connections) == (1, 0)
        said = {"the same host": "leads to the same host", "nowhere": "does not say where"}.get(to, "localhost")
        assert said in str(caught.value)
        error = caught.value
        assert (error.response_code, error.attempts, error.may_have_been_sent) == (status, 1, False)


def test_whatever_the_location_only_a_host_is_told_of_it() -> None:
    rows: list[str] = [
        "http://[", "//", "::::", "\xff\xfe", "", "javascript:alert(1)", "https://user:hidden-word@",
        f"https://user:hidden-word@other.example/path?key={API_KEY}", f"https://{API_KEY}.other.example/",
        f"https://{'x' * 50_000}.example", "https://other.example\x1b[31m/", f"https://other.example:{API_KEY}/",
    ]  # fmt: skip
    for location in rows:
        with Server([answer(status=302, headers={"Location": location})]) as server:
            with pytest.raises(APIException) as caught:
                GET_ONE(connect(server).sessions)
        said = str(caught.value)
        assert (caught.value.response_code, said.isprintable(), len(said) < 500) == (302, True, True)
        assert "hidden-word" not in said
        assert API_KEY not in said
