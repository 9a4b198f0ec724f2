"""No complete response: all that goes wrong below is one of two exceptions, with its cause and what to do."""

import gzip
import pickle
import re
import socket
import ssl
import sys
import threading
from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrix_sessions import APIException, ConnectionException, PayrixException, TimeoutException
from tests.support.certificates import Certificates
from tests.support.clock import measured
from tests.support.leaks import leaks
from tests.support.payrix import found, login_of
from tests.support.server import OK_HEAD, Server, Step, chunked, raw, repeat, reset, silence
from tests.transport.conftest import Connect
from tests.wire import API_KEY, CREATE, GET_ONE, SESSION_ID, Operation, each_operation, make_client

SESSION_KEY = "c00a5aafb5dd5352dc1fd656f4a4252c"
BODY = f'{{"response":{{"data":[{{"id":"{SESSION_ID}","key":"{SESSION_KEY}"}}],"errors":[]}}}}'.encode()
GZIPPED = gzip.compress(BODY)
GZIP_HEAD = OK_HEAD + b"Content-Encoding: gzip\r\n"


def sized(head: bytes, length: int, body: bytes) -> bytes:
    return head + b"Content-Length: %d\r\n\r\n" % length + body


def in_chunks_of(size: bytes) -> Step:
    """Give the body as one chunk of that size, and keep the connection open: nothing ends the wait but an error."""
    size = size.replace(b"%x", b"%x" % len(BODY))
    return raw(chunked(end=False) + size + b"\r\n" + BODY + b"\r\n0\r\n\r\n", hang_up=False)


def with_header(line: bytes) -> Step:
    return raw(OK_HEAD + line + b"\r\n" + sized(b"", len(BODY), BODY), hang_up=False)


FAULTS: dict[str, Step] = {
    "reset before the response": reset(),
    "closed without a response": raw(b""),
    "closed in the status line": raw(b"HTTP/1.1 2"),
    "closed in the headers": raw(OK_HEAD[:-2]),
    "closed in mid-body": raw(sized(OK_HEAD, len(BODY) + 10, BODY[:40])),
    "an error closed in mid-body": raw(sized(b"HTTP/1.1 500 Error\r\n", 100, BODY[:40])),
    "reset in mid-body": reset(sized(OK_HEAD, len(BODY), BODY[:40])),
    "Content-Length longer than the body": raw(sized(OK_HEAD, len(BODY) + 1, BODY)),
    "Content-Length shorter than the body": raw(sized(OK_HEAD, len(BODY), BODY + b"more"), hang_up=False),
    "a response too many": raw(sized(OK_HEAD, len(BODY), BODY) * 2, hang_up=False),
    "chunked and then more": raw(chunked(BODY) + b"more", hang_up=False),
    "two Content-Lengths": raw(OK_HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n" + BODY),
    "chunked without its end": raw(chunked(BODY, end=False)),
    "chunked cut in a chunk": raw(chunked(BODY, end=False)[:-20]),
    "corrupt gzip": raw(sized(GZIP_HEAD, 50, b"\x1f\x8b" + b"x" * 48)),
    "gzip corrupt in the middle": raw(sized(GZIP_HEAD, len(GZIPPED), GZIPPED[:30] + b"\0" * 8 + GZIPPED[38:])),
    "gzip that is none": raw(sized(GZIP_HEAD, len(BODY), BODY)),
    "corrupt deflate": raw(sized(OK_HEAD + b"Content-Encoding: deflate\r\n", 30, b"\xff" * 30)),
    "not HTTP": raw(b"220 mail.example ESMTP ready\r\n"),
    "binary": raw(bytes(range(256)) * 4),
    "TLS on a plain port": raw(b"\x15\x03\x01\x00\x02\x02\x46"),
    "HTTP of a version to come": raw(b"HTTP/9.9 two hundred\r\n\r\n"),
    "status of four digits": raw(b"HTTP/1.1 2000 OK\r\n\r\n"),
    "a header line of 200 kB": raw(OK_HEAD + b"X-Long: " + b"x" * 200_000 + b"\r\n\r\n"),
    "a status line of 200 kB": raw(b"HTTP/1.1 200 " + b"x" * 200_000 + b"\r\n\r\n"),
    "a thousand headers": raw(OK_HEAD + b"X-Many: x\r\n" * 1000 + b"\r\n"),
    "another protocol": raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", hang_up=False),
    "a flood of 100": repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 10),
    "a flood of 103": repeat(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 10),
    **{
        f"a chunk size of {size!r}": in_chunks_of(size)
        for size in (b"many", b"-5", b"-1", b"", b"\xd9\xa3", b"-%x", b"+%x", b"0x%x", b" %x", b"%x\0", b"0_%x")
    },
}
UNREADABLE_HEADS: dict[str, Step] = {
    "too many headers": raw(OK_HEAD + b"A: b\r\n" * 100 + b"\r\n"),
    "no colon": with_header(b"no colon"),
    "no name": with_header(b": x"),
    "a space in the name": with_header(b"X Y: z"),
    "a space before the colon": with_header(b"X-Y : z"),
    "a NUL": with_header(b"X-Y: a\0b"),
    "a NUL in the name": with_header(b"X\0Y: z"),
    "a byte beyond ASCII in the name": with_header(b"X-\xe9: z"),
    "a bare CR": with_header(b"X-Y: a\rX-Z: b"),
}
each_fault = pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)


def assert_helpful(error: ConnectionException, *secrets: str) -> None:
    """The cause is kept; the message is ours, not the text of a library, and gives nothing away."""
    assert error.__cause__ is not None
    message = str(error)
    assert not re.search(r"HTTPS?Connection|object at 0x|urllib3|requests\.|Max retries|\w+Error\(", message)
    assert 40 < len(message) < 600, message
    assert leaks(error, [API_KEY, SESSION_KEY, *secrets]) == []


def failure_of(connect: Connect, server: Server, operation: Operation = GET_ONE, **options: Any) -> ConnectionException:
    with pytest.raises(ConnectionException) as caught:
        operation(connect(server, **{"timeout": 4, **options}).sessions)
    return caught.value


@each_fault
def test_a_response_that_is_not_whole_is_an_exception_at_once_and_the_next_call_gets_its_own(
    connect: Connect, fault: Step
) -> None:
    with Server([fault, found("second")]) as server:
        client = connect(server, timeout=4)
        with measured(2.0), pytest.raises(ConnectionException) as caught:
            GET_ONE(client.sessions)
        threading.Event().wait(0.01)  # a connection that was read to its end may be used again if it is open
        assert login_of(GET_ONE(client.sessions)) == "second"
        assert [request.connection for request in server.requests] == [1, 2]
    assert not isinstance(caught.value, TimeoutException)
    assert caught.value.attempts == 1
    assert_helpful(caught.value)


def test_a_head_that_cannot_be_read_is_told_at_once(connect: Connect) -> None:
    for fault in UNREADABLE_HEADS.values():
        with Server([fault, found("second")]) as server:
            client = connect(server, timeout=4)
            with measured(2.0), pytest.raises(ConnectionException, match="response head cannot be read") as caught:
                CREATE(client.sessions)
            assert login_of(GET_ONE(client.sessions)) == "second"
        assert not isinstance(caught.value, TimeoutException)
        assert caught.value.may_have_been_sent
        assert_helpful(caught.value)


def test_interim_responses_are_skipped(connect: Connect) -> None:
    rows: list[bytes] = [
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 102 Processing\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\nContent-Length: 5\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\nX: y\r\n\r\n" * 3,
    ]
    for interim in rows:
        with Server([raw(interim + sized(OK_HEAD, len(BODY), BODY), hang_up=False)] * 2) as server:
            client = connect(server, timeout=4)
            assert [GET_ONE(client.sessions).body.data[0].key for _ in range(2)] == [SESSION_KEY] * 2
            assert server.connections == 1


def test_every_usual_way_to_respond_is_understood_and_keeps_the_connection(connect: Connect) -> None:
    rows: list[bytes] = [
        chunked(BODY[:10], BODY[10:]),
        chunked(end=False) + b"00%X;name=value\r\n%s\r\n000\r\nX-Trailer: x\r\n\r\n" % (len(BODY), BODY),
        chunked(GZIPPED, headers=b"Content-Encoding: gzip\r\n"),
        sized(GZIP_HEAD, len(GZIPPED), GZIPPED),
        sized(OK_HEAD + b"X-Empty:\r\nX-Folded: a\r\n b\r\nX-Latin: \xe9\r\n", len(BODY), BODY),
        sized(OK_HEAD.replace(b"200 OK", b"200"), len(BODY), BODY),
    ]
    for whole in rows:
        with Server([raw(whole, hang_up=False)] * 2) as server:
            client = connect(server)
            assert [GET_ONE(client.sessions).body.data[0].key for _ in range(2)] == [SESSION_KEY] * 2
            assert server.connections == 1


def test_a_body_that_ends_with_the_connection_is_whole_unless_its_json_is_not(connect: Connect) -> None:
    whole, cut = raw(b"HTTP/1.0 200 OK\r\n\r\n" + BODY), raw(OK_HEAD + b"\r\n" + BODY[:70])
    with Server([whole, cut]) as server:
        client = connect(server)
        assert GET_ONE(client.sessions).body.data[0].key == SESSION_KEY
        with pytest.raises(APIException) as caught:
            GET_ONE(client.sessions)
    assert leaks(caught.value, [API_KEY, SESSION_KEY[:8]]) == []


def test_a_response_that_is_cut_at_any_byte_is_never_a_success(connect: Connect) -> None:
    rows: list[bytes] = [sized(OK_HEAD, len(BODY), BODY), chunked(BODY), sized(GZIP_HEAD, len(GZIPPED), GZIPPED)]
    for whole in rows:
        cuts = range(0, len(whole) - len("0\r\n\r\n"), 5)
        with Server([raw(whole[:cut]) for cut in cuts]) as server:
            client = connect(server, timeout=5)
            for _ in cuts:
                with pytest.raises((ConnectionException, APIException)):
                    GET_ONE(client.sessions)


def test_gzip_that_ends_too_early_is_no_success(connect: Connect) -> None:
    for missing in (12, 40):
        short = GZIPPED[:-missing]
        with Server([raw(sized(GZIP_HEAD, len(short), short))]) as server:
            with pytest.raises((ConnectionException, APIException)):
                GET_ONE(connect(server).sessions)


DOUBTFUL = [
    b"HTTP/1.1 ", b"200 OK", b"204 ", b"\r\n", b"\r\n\r\n", b"Content-Length: ", b"Transfer-Encoding: chunked",
    b"Content-Encoding: gzip", b"Location: ", b"Retry-After: ", b"1f", b"0", b"-1", b"\x00", b"\xff", BODY, GZIPPED,
]  # fmt: skip


@given(st.lists(st.sampled_from(DOUBTFUL) | st.binary(max_size=8), max_size=12))
def test_whatever_a_server_says_ends_in_a_result_or_in_an_exception_of_ours(parts: list[bytes]) -> None:
    with Server([raw(b"".join(parts))]) as server, make_client(base_url=server.url, timeout=5) as client:
        with suppress(APIException, ConnectionException):
            GET_ONE(client.sessions)


@each_operation
def test_a_refused_connection_is_a_connection_exception(connect: Connect, operation: Operation) -> None:
    with Server([]) as server:
        server.refuse_connections()
        error = failure_of(connect, server, operation)
    assert (isinstance(error, TimeoutException), error.may_have_been_sent) == (False, False)
    assert_helpful(error)


def test_a_host_without_an_address_is_named(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    with make_client(base_url="https://payrix.invalid") as client:
        with pytest.raises(ConnectionException, match=r"payrix\.invalid") as caught:
            GET_ONE(client.sessions)
    assert_helpful(caught.value)


def test_an_address_that_cannot_even_be_tried_does_not_hide_the_next(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    dial = socket.socket.connect

    def refuse_the_first(self: socket.socket, address: Any) -> None:
        if address[0] == "127.0.0.9":
            raise OSError(101, "Network is unreachable")
        dial(self, address)

    with Server([found()]) as server:
        addresses = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, server.port)) for host in ("127.0.0.9", "127.0.0.1")
        ]

        def resolve(*_: Any, **__: Any) -> list[Any]:
            return list(addresses)

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        monkeypatch.setattr(socket.socket, "connect", refuse_the_first)
        assert GET_ONE(connect(server, base_url=f"http://localhost:{server.port}").sessions).is_success()
        del addresses[1]
        error = failure_of(connect, server, base_url=f"http://localhost:{server.port}")
    assert "Network is unreachable" in str(error)


def test_a_host_that_can_have_no_address_is_an_exception_of_ours() -> None:
    rows: list[str] = ["a" * 64 + ".example", "a..example", ".example", "exa mple.com", "[::1"]
    for host in rows:
        with pytest.raises(PayrixException):
            with make_client(base_url=f"https://{host}") as client:
                GET_ONE(client.sessions)


@contextmanager
def deaf_port() -> Generator[int, None, None]:
    """A port whose queue of connections is full: Linux lets newcomers wait."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            filler = stack.enter_context(closing(socket.socket()))
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse when the queue is full")
@pytest.mark.parametrize("options", [{"timeout": 0.3}, {"timeout": (0.3, 30)}, {"total_timeout": 0.3}], ids=str)
def test_a_connection_that_is_not_accepted_in_time_is_a_timeout_exception(options: Any) -> None:
    with deaf_port() as port, make_client(base_url=f"http://127.0.0.1:{port}", **options) as client:
        with measured(2.5, at_least=0.25), pytest.raises(TimeoutException, match="timeout") as caught:
            CREATE(client.sessions)
    assert not caught.value.may_have_been_sent
    assert_helpful(caught.value)


@each_operation
def test_a_response_that_never_comes_is_a_timeout_exception(connect: Connect, operation: Operation) -> None:
    with Server([silence]) as server, measured(2.5, at_least=0.1):
        error = failure_of(connect, server, operation, timeout=0.15)
    assert isinstance(error, TimeoutException)
    assert isinstance(error, TimeoutError)
    assert "timeout" in str(error)
    assert error.may_have_been_sent
    assert_helpful(error)


TLS_REASONS: dict[str, tuple[str, str]] = {
    "self_signed": ("certificate", "self[- ]signed"),
    "unknown_authority": ("certificate", "issuer|unable to get local"),
    "wrong_host": ("certificate", "(?i)mismatch|not valid for"),
}


def test_a_certificate_that_is_not_trusted_is_refused_for_the_reason_of_openssl_before_anything_is_sent(
    connect: Connect, trusted: Certificates
) -> None:
    for shown, reasons in TLS_REASONS.items():
        with Server([found()], tls=getattr(trusted, shown)) as server:
            error = failure_of(connect, server, CREATE, max_retries=2)
            assert server.requests == []
        assert (error.attempts, error.may_have_been_sent) == (1, False)
        for words in reasons:
            assert re.search(words, str(error)), str(error)


@contextmanager
def refusing_greeter() -> Generator[int, None, None]:
    """A server that answers whatever comes first in plain HTTP."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            with listener.accept()[0] as connection:
                connection.recv(1)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                connection.recv(65_536)

        threading.Thread(target=greet, daemon=True).start()
        yield listener.getsockname()[1]


def test_the_reason_of_openssl_is_told_of_a_handshake_too(connect: Connect, trusted: Certificates) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with refusing_greeter() as port, Server([found()], tls=old) as without_certificate:
        error = failure_of(connect, without_certificate, base_url=f"https://127.0.0.1:{port}")
        assert re.search(r"(?i)wrong.version.number|record layer", str(error)), str(error)
        assert_helpful(error)
        assert re.search(r"(?i)handshake.failure|alert", str(failure_of(connect, without_certificate)))


def test_tls_that_breaks_off_in_mid_body_is_a_connection_exception(connect: Connect, trusted: Certificates) -> None:
    with Server([FAULTS["closed in mid-body"]], tls=trusted.trusted) as server:
        assert_helpful(failure_of(connect, server))


def test_the_exception_survives_a_pickle(connect: Connect) -> None:
    with Server([FAULTS["closed in mid-body"]]) as server:
        error = failure_of(connect, server, CREATE)
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), vars(copy)) == (type(error), str(error), vars(error))


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
