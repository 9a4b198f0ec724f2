"""No complete response: all that goes wrong below is one of two exceptions, with its cause and what to do."""

import gzip
import pickle
import re
import socket
import ssl
import threading
from typing import Any
from unittest.mock import Mock

import pytest

from payrix_sessions import APIException, ConnectionException, PayrixException, TimeoutException
from tests.support.certificates import Certificates
from tests.support.clock import measured
from tests.support.leaks import leaks
from tests.support.payrix import found, login_of
from tests.support.server import OK_HEAD, Server, Step, chunked, raw, repeat, reset
from tests.transport.conftest import Connect
from tests.wire import API_KEY, CREATE, GET_ONE, SESSION_ID, Operation, make_client

SESSION_KEY = "c00a5aafb5dd5352dc1fd656f4a4252c"
BODY = f'{{"response":{{"data":[{{"id":"{SESSION_ID}","key":"{SESSION_KEY}"}}],"errors":[]}}}}'.encode()
GZIPPED = gzip.compress(BODY)
GZIP_HEAD = OK_HEAD + b"Content-Encoding: gzip\r\n"


def sized(head: bytes, length: int, body: bytes) -> bytes:
    return head + b"Content-Length: %d\r\n\r\n" % length + body


WHOLE = sized(OK_HEAD, len(BODY), BODY)
HUNG_UP_AFTER: list[bytes] = [
    *(b"", b"HTTP/1.1 2", OK_HEAD[:-2]),
    sized(OK_HEAD, len(BODY) + 1, BODY),
    sized(b"HTTP/1.1 500 Error\r\n", 100, BODY[:70]),
    OK_HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n" + BODY,
    *(chunked(BODY, end=False), chunked(BODY, end=False)[:-20]),
    # What cannot be decompressed.
    sized(GZIP_HEAD, 50, b"\x1f\x8b" + b"x" * 48),
    sized(GZIP_HEAD, len(GZIPPED), GZIPPED[:30] + b"\0" * 8 + GZIPPED[38:]),
    sized(GZIP_HEAD, len(BODY), BODY),
    sized(OK_HEAD + b"Content-Encoding: deflate\r\n", 30, b"\xff" * 30),
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
UNREADABLE = [OK_HEAD + line + b"\r\n" + sized(b"", len(BODY), BODY) for line in NO_HEADERS]
FAULTS: list[tuple[bytes, Step]] = [
    *((data, raw(data)) for data in HUNG_UP_AFTER),
    *((data, raw(data, hang_up=False)) for data in (*LEFT_OPEN_AFTER, *UNREADABLE)),
    (b"reset", reset()),
    (b"reset in mid-body", reset(sized(OK_HEAD, len(BODY), BODY[:70]))),
    (b"a flood of 100", repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 10)),
    (b"a flood of 103", repeat(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 10)),
]


def assert_helpful(error: ConnectionException) -> None:
    """The cause is kept; the message is ours, not the text of a library, gives nothing away and survives a pickle."""
    assert error.__cause__ is not None
    message = str(error)
    assert not re.search(r"HTTPS?Connection|object at 0x|urllib3|requests\.|Max retries|\w+Error\(", message)
    assert 40 < len(message) < 600, message
    assert leaks(error, [API_KEY, SESSION_KEY[:8]]) == []
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), vars(copy)) == (type(error), message, vars(error))


def failure_of(connect: Connect, server: Server, operation: Operation = GET_ONE, **options: Any) -> ConnectionException:
    with pytest.raises(ConnectionException) as caught:
        operation(connect(server, **{"timeout": 4, **options}).sessions)
    return caught.value


def test_a_response_that_is_not_whole_is_an_exception_at_once_and_the_next_call_gets_its_own(connect: Connect) -> None:
    for data, fault in FAULTS:
        with Server([fault, found("second")]) as server:
            client = connect(server, timeout=4)
            with measured(2.0), pytest.raises(ConnectionException) as caught:
                CREATE(client.sessions)
            threading.Event().wait(0.01)  # a connection that was read to its end may be used again if it is open
            assert login_of(GET_ONE(client.sessions)) == "second"
            assert [request.connection for request in server.requests] == [1, 2]
        error = caught.value
        assert (type(error), error.attempts, error.may_have_been_sent) == (ConnectionException, 1, True)
        assert data not in UNREADABLE or "response head cannot be read" in str(error)
        assert_helpful(error)


def test_every_usual_way_to_respond_is_understood_and_keeps_the_connection(connect: Connect) -> None:
    rows: list[bytes] = [
        b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE,
        b"HTTP/1.1 102 Processing\r\n\r\n" + WHOLE,
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\nContent-Length: 5\r\n\r\n" + WHOLE,
        b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\nX: y\r\n\r\n" * 3 + WHOLE,
        chunked(BODY[:10], BODY[10:]),
        chunked(end=False) + b"00%X;name=value\r\n%s\r\n000\r\nX-Trailer: x\r\n\r\n" % (len(BODY), BODY),
        chunked(GZIPPED, headers=b"Content-Encoding: gzip\r\n"),
        sized(GZIP_HEAD, len(GZIPPED), GZIPPED),
        sized(OK_HEAD + b"X-Empty:\r\nX-Folded: a\r\n b\r\nX-Latin: \xe9\r\n", len(BODY), BODY),
        sized(OK_HEAD.replace(b"200 OK", b"200"), len(BODY), BODY),
    ]
    for response in rows:
        with Server([raw(response, hang_up=False)] * 2) as server:
            client = connect(server, timeout=4)
            assert [GET_ONE(client.sessions).body.data[0].key for _ in range(2)] == [SESSION_KEY] * 2
            assert server.connections == 1


def test_a_body_that_ends_with_the_connection_is_whole_unless_its_json_is_not(connect: Connect) -> None:
    with Server([raw(b"HTTP/1.0 200 OK\r\n\r\n" + BODY), raw(OK_HEAD + b"\r\n" + BODY[:70])]) as server:
        client = connect(server)
        assert GET_ONE(client.sessions).body.data[0].key == SESSION_KEY
        with pytest.raises(APIException) as caught:
            GET_ONE(client.sessions)
    assert leaks(caught.value, [API_KEY, SESSION_KEY[:8]]) == []


def test_a_response_that_is_cut_at_any_byte_is_never_a_success(connect: Connect) -> None:
    wholes = (WHOLE, chunked(BODY), sized(GZIP_HEAD, len(GZIPPED), GZIPPED))
    rows: list[bytes] = [whole[:cut] for whole in wholes for cut in range(0, len(whole) - len("0\r\n\r\n"), 5)]
    # Whole by its framing, and not by its compression.
    rows += [sized(GZIP_HEAD, len(GZIPPED) - missing, GZIPPED[:-missing]) for missing in (12, 40)]
    with Server([raw(row) for row in rows]) as server:
        client = connect(server, timeout=5)
        for _ in rows:
            with pytest.raises((ConnectionException, APIException)):
                GET_ONE(client.sessions)


def test_a_host_without_an_address_is_named(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server([]) as server:
        unknown = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        monkeypatch.setattr(socket, "getaddrinfo", Mock(side_effect=unknown))
        error = failure_of(connect, server, base_url="https://payrix.invalid")
    assert "payrix.invalid" in str(error)
    assert_helpful(error)


def test_an_address_that_cannot_even_be_tried_does_not_hide_the_next(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    dial = socket.socket.connect

    def refuse_the_first(self: socket.socket, address: Any) -> None:
        if address[0] == "127.0.0.9":
            raise OSError(101, "Network is unreachable")
        dial(self, address)

    with Server([found()]) as server:
        first, second = (
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, server.port)) for host in ("127.0.0.9", "127.0.0.1")
        )
        monkeypatch.setattr(socket, "getaddrinfo", Mock(side_effect=[[first, second], [first]]))
        monkeypatch.setattr(socket.socket, "connect", refuse_the_first)
        url = f"http://localhost:{server.port}"
        assert GET_ONE(connect(server, base_url=url).sessions).is_success()
        error = failure_of(connect, server, base_url=url)
    assert "Network is unreachable" in str(error)
    assert_helpful(error)


def test_a_host_that_can_have_no_address_is_an_exception_of_ours() -> None:
    for host in ("a" * 64 + ".example", "a..example", ".example"):
        with pytest.raises(PayrixException), make_client(base_url=f"https://{host}") as client:
            GET_ONE(client.sessions)


def test_a_certificate_that_is_not_trusted_is_refused_for_the_reason_of_openssl_before_anything_is_sent(
    connect: Connect, trusted: Certificates
) -> None:
    rows: list[tuple[ssl.SSLContext, str]] = [
        (trusted.self_signed, "self[- ]signed"),
        (trusted.unknown_authority, "issuer|unable to get local"),
        (trusted.wrong_host, "mismatch|not valid for"),
    ]
    for shown, reason in rows:
        with Server([found()], tls=shown) as server:
            error = failure_of(connect, server, CREATE, max_retries=2)
            assert server.requests == []
        assert (error.attempts, error.may_have_been_sent) == (1, False)
        assert re.search(f"(?i)certificate.*({reason})", str(error)), str(error)


def test_tls_that_breaks_off_in_mid_body_is_a_connection_exception(connect: Connect, trusted: Certificates) -> None:
    with Server([raw(sized(OK_HEAD, len(BODY), BODY[:70]))], tls=trusted.trusted) as server:
        assert_helpful(failure_of(connect, server))


def test_what_the_caller_is_handling_is_neither_changed_nor_taken_for_the_cause(connect: Connect) -> None:
    handled = TimeoutError("of the caller", b"bytes of the caller")
    with Server([reset()]) as server:
        try:
            raise handled
        except TimeoutError:
            error = failure_of(connect, server)
    assert not isinstance(error, TimeoutException)
    assert handled.args == ("of the caller", b"bytes of the caller")
    assert handled.__traceback__ is not None
