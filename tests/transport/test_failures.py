"""No complete answer: all that goes wrong below is one of two exceptions, with its cause and what to do."""

import gzip
import pickle
import re
import socket
import sys
import threading
from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrix_sessions import (
    APIException,
    Client,
    ConnectionException,
    PayrixException,
    TimeoutException,
)
from tests.support.certificates import Certificates
from tests.support.clock import measured
from tests.support.leaks import leaks
from tests.support.payrix import found
from tests.support.server import OK_HEAD, Exchange, Server, Step, chunked, late, raw, reset, silence
from tests.transport.conftest import Connect
from tests.wire import API_KEY, CREATE, GET_ONE, Operation, each_operation, make_client

SESSION_KEY = "c00a5aafb5dd5352dc1fd656f4a4252c"
BODY = b'{"response":{"data":[{"id":"p1_ssn_1","key":"%s"}],"errors":[]}}' % SESSION_KEY.encode()
GZIPPED = gzip.compress(BODY)
GZIP_HEAD = OK_HEAD + b"Content-Encoding: gzip\r\n"


def sized(head: bytes, length: int, body: bytes) -> bytes:
    return head + b"Content-Length: %d\r\n\r\n" % length + body


FAULTS: dict[str, Step] = {
    "reset before the answer": reset(),
    "closed without an answer": raw(b""),
    "closed in the status line": raw(b"HTTP/1.1 2"),
    "closed in the headers": raw(OK_HEAD[:-2]),
    "closed in mid-body": raw(sized(OK_HEAD, len(BODY) + 10, BODY[:40])),
    "reset in mid-body": reset(sized(OK_HEAD, len(BODY), BODY[:40])),
    "Content-Length longer than the body": raw(sized(OK_HEAD, len(BODY) + 1, BODY)),
    "Content-Length without any body": raw(sized(OK_HEAD, 100, b"")),
    "Content-Length shorter than the body": raw(sized(OK_HEAD, len(BODY), BODY + b"more"), hang_up=False),
    "Content-Length much shorter than the body": raw(sized(OK_HEAD, 20, BODY), hang_up=False),
    "an answer too many": raw(sized(OK_HEAD, len(BODY), BODY) * 2, hang_up=False),
    "chunked and then more": raw(chunked(BODY) + b"more", hang_up=False),
    "two Content-Lengths": raw(OK_HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n" + BODY),
    "chunked without its end": raw(chunked(BODY, end=False)),
    "chunked cut in a chunk": raw(chunked(BODY, end=False)[:-20]),
    "chunked without any chunk": raw(chunked(end=False)),
    "a chunk size that is no number": raw(chunked(end=False) + b"many\r\n" + BODY),
    "a negative chunk size": raw(chunked(end=False) + b"-5\r\n" + BODY),
    "corrupt gzip": raw(sized(GZIP_HEAD, 50, b"\x1f\x8b" + b"x" * 48)),
    "gzip corrupt in the middle": raw(sized(GZIP_HEAD, len(GZIPPED), GZIPPED[:30] + b"\0" * 8 + GZIPPED[38:])),
    "gzip that is none": raw(sized(GZIP_HEAD, len(BODY), BODY)),
    "corrupt deflate": raw(sized(OK_HEAD + b"Content-Encoding: deflate\r\n", 30, b"\xff" * 30)),
    "not HTTP": raw(b"220 mail.example ESMTP ready\r\n"),
    "binary rubbish": raw(bytes(range(256)) * 4),
    "TLS on a plain port": raw(b"\x15\x03\x01\x00\x02\x02\x46"),
    "HTTP of a version to come": raw(b"HTTP/9.9 two hundred\r\n\r\n"),
    "status of four digits": raw(b"HTTP/1.1 2000 OK\r\n\r\n"),
    "a header line of 200 kB": raw(OK_HEAD + b"X-Long: " + b"x" * 200_000 + b"\r\n\r\n"),
    "a status line of 200 kB": raw(b"HTTP/1.1 200 " + b"x" * 200_000 + b"\r\n\r\n"),
    "a thousand headers": raw(OK_HEAD + b"X-Many: x\r\n" * 1000 + b"\r\n"),
}


def assert_helpful(error: ConnectionException) -> None:
    """The cause is kept; the message is ours, not the text of a library, and gives nothing away."""
    assert error.__cause__ is not None
    message = str(error)
    assert not re.search(r"HTTPS?Connection|object at 0x|urllib3|requests\.|Max retries|\w+Error\(", message)
    assert len(message) > 40, message
    assert leaks(error, [API_KEY, SESSION_KEY]) == []


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_an_answer_that_is_not_whole_is_a_connection_exception(connect: Connect, fault: Step) -> None:
    with Server([fault]) as server:
        with pytest.raises(ConnectionException) as caught:
            GET_ONE(connect(server, timeout=5).sessions)
        assert len(server.requests) == 1
    assert not isinstance(caught.value, TimeoutException)
    assert caught.value.attempts == 1
    assert_helpful(caught.value)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_after_a_bad_answer_the_next_call_gets_its_own(connect: Connect, fault: Step) -> None:
    with Server([fault, found("p1_ssn_second")]) as server:
        client = connect(server, timeout=5)
        with pytest.raises(ConnectionException):
            GET_ONE(client.sessions)
        threading.Event().wait(0.01)  # a connection that was read to its end may be used again if it is open
        assert GET_ONE(client.sessions).body.data[0].id == "p1_ssn_second"
        assert [request.connection for request in server.requests] == [1, 2]


@each_operation
@pytest.mark.parametrize("fault", ["reset before the answer", "closed in mid-body", "not HTTP"])
def test_every_method_raises_the_same(connect: Connect, operation: Operation, fault: str) -> None:
    with Server([FAULTS[fault]]) as server, pytest.raises(ConnectionException) as caught:
        operation(connect(server).sessions)
    assert_helpful(caught.value)


@pytest.mark.parametrize("status", [400, 500])
def test_an_error_answer_that_is_cut_is_a_connection_exception_too(connect: Connect, status: int) -> None:
    cut = b"HTTP/1.1 %d Error\r\nContent-Length: 100\r\n\r\n" % status + BODY[:40]
    with Server([raw(cut)]) as server, pytest.raises(ConnectionException) as caught:
        GET_ONE(connect(server).sessions)
    assert_helpful(caught.value)


def test_an_answer_that_nobody_asked_for_is_not_taken_for_the_next(connect: Connect) -> None:
    def answer_twice(exchange: Exchange) -> bool:
        return found("p1_ssn_first")(exchange) and late(0.05, found("p1_ssn_stray"))(exchange)

    with Server([answer_twice, found("p1_ssn_second")]) as server:
        client = connect(server)
        assert GET_ONE(client.sessions).body.data[0].id == "p1_ssn_first"
        threading.Event().wait(0.15)
        assert GET_ONE(client.sessions).body.data[0].id == "p1_ssn_second"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def client_of(port: int, **options: Any) -> Client:
    return make_client(base_url=f"http://127.0.0.1:{port}", **options)


@each_operation
def test_a_refused_connection_is_a_connection_exception(operation: Operation) -> None:
    with client_of(free_port()) as client, pytest.raises(ConnectionException) as caught:
        operation(client.sessions)
    assert not isinstance(caught.value, TimeoutException)
    assert_helpful(caught.value)


def test_a_host_without_an_address_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    with make_client(base_url="https://payrix.invalid") as client:
        with pytest.raises(ConnectionException, match=r"payrix\.invalid") as caught:
            GET_ONE(client.sessions)
    assert_helpful(caught.value)


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..example", ".example", "exa mple.com", "[::1"])
def test_a_host_that_can_have_no_address_is_an_exception_of_ours(host: str) -> None:
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


only_linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse when the queue is full")


@only_linux
@pytest.mark.parametrize("timeout", [0.3, (0.3, 30.0)])
def test_a_connection_that_is_not_accepted_in_time_is_a_timeout_exception(timeout: object) -> None:
    with deaf_port() as port, client_of(port, timeout=timeout) as client, measured(0.8, at_least=0.25):
        with pytest.raises(TimeoutException, match="timeout") as caught:
            GET_ONE(client.sessions)
    assert_helpful(caught.value)


def test_a_tls_handshake_that_never_comes_is_a_timeout_exception() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        with make_client(base_url=url, timeout=0.3) as client:
            with measured(0.8, at_least=0.25), pytest.raises(TimeoutException) as caught:
                GET_ONE(client.sessions)
    assert_helpful(caught.value)


@each_operation
def test_an_answer_that_never_comes_is_a_timeout_exception(connect: Connect, operation: Operation) -> None:
    with Server([silence]) as server, measured(0.6, at_least=0.1):
        with pytest.raises(TimeoutException, match="timeout") as caught:
            operation(connect(server, timeout=0.15).sessions)
        assert len(server.requests) == 1
    assert isinstance(caught.value, TimeoutError)
    assert_helpful(caught.value)


def test_https_to_a_plain_port_is_a_connection_exception(connect: Connect) -> None:
    with Server([found()]) as server:
        with pytest.raises(ConnectionException) as caught:
            GET_ONE(connect(server, base_url=server.url.replace("http:", "https:"), timeout=5).sessions)
    assert_helpful(caught.value)


def test_tls_that_breaks_off_in_mid_body_is_a_connection_exception(
    connect: Connect, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.bundle))
    with Server([FAULTS["closed in mid-body"]], tls=certificates.trusted) as server:
        with pytest.raises(ConnectionException) as caught:
            GET_ONE(connect(server).sessions)
    assert_helpful(caught.value)


@pytest.mark.parametrize("fault", ["closed in mid-body", "corrupt gzip", "reset before the answer"])
def test_the_exception_survives_a_pickle_with_its_message_and_attempts(connect: Connect, fault: str) -> None:
    with Server([FAULTS[fault]]) as server, pytest.raises(ConnectionException) as caught:
        GET_ONE(connect(server).sessions)
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (type(copy), str(copy), copy.attempts) == (type(caught.value), str(caught.value), 1)


def test_a_body_that_ends_with_the_connection_is_whole(connect: Connect) -> None:
    with Server([raw(b"HTTP/1.0 200 OK\r\n\r\n" + BODY), found("p1_ssn_second")]) as server:
        client = connect(server)
        assert GET_ONE(client.sessions).body.data[0].id == "p1_ssn_1"
        assert GET_ONE(client.sessions).body.data[0].id == "p1_ssn_second"


def test_a_body_that_ends_with_the_connection_in_mid_json_is_an_api_exception(connect: Connect) -> None:
    with Server([raw(OK_HEAD + b"\r\n" + BODY[:55])]) as server, pytest.raises(APIException) as caught:
        GET_ONE(connect(server).sessions)
    assert leaks(caught.value, [API_KEY, SESSION_KEY[:8]]) == []


@pytest.mark.parametrize(
    "whole",
    [
        chunked(BODY[:10], BODY[10:]),
        chunked(GZIPPED, headers=b"Content-Encoding: gzip\r\n"),
        sized(GZIP_HEAD, len(GZIPPED), GZIPPED),
        b"HTTP/1.1 100 Continue\r\n\r\n" + sized(OK_HEAD, len(BODY), BODY),
    ],
    ids=["chunked", "chunked gzip", "gzip", "after an interim answer"],
)
def test_every_usual_way_to_send_a_body_is_understood_and_keeps_the_connection(connect: Connect, whole: bytes) -> None:
    with Server([raw(whole, hang_up=False)] * 2) as server:
        client = connect(server)
        for _ in range(2):
            assert GET_ONE(client.sessions).body.data[0].key == SESSION_KEY
        assert server.connections == 1


@pytest.mark.parametrize(
    "whole",
    [sized(OK_HEAD, len(BODY), BODY), chunked(BODY), sized(GZIP_HEAD, len(GZIPPED), GZIPPED)],
    ids=["sized", "chunked", "gzip"],
)
def test_an_answer_that_is_cut_at_any_byte_is_never_a_success(connect: Connect, whole: bytes) -> None:
    cuts = range(0, len(whole) - len("0\r\n\r\n"), 3)
    with Server([raw(whole[:cut]) for cut in cuts]) as server:
        client = connect(server, timeout=5)
        for _ in cuts:
            with pytest.raises((ConnectionException, APIException)):
                GET_ONE(client.sessions)


DOUBTFUL = [
    b"HTTP/1.1 ",
    b"200 OK",
    b"204 ",
    b"\r\n",
    b"\r\n\r\n",
    b"Content-Length: ",
    b"Transfer-Encoding: chunked",
    b"Content-Encoding: gzip",
    b"Location: ",
    b"Retry-After: ",
    b"1f",
    b"0",
    b"\x00",
    b"\xff",
    BODY,
    GZIPPED,
]


@given(st.lists(st.sampled_from(DOUBTFUL) | st.binary(max_size=8), max_size=12))
def test_whatever_a_server_says_ends_in_a_result_or_in_an_exception_of_ours(parts: list[bytes]) -> None:
    with Server([raw(b"".join(parts))]) as server, make_client(base_url=server.url, timeout=5) as client:
        with suppress(APIException, ConnectionException):
            GET_ONE(client.sessions)


@pytest.mark.parametrize("missing", [12, 40])
def test_gzip_that_ends_too_early_is_no_success(connect: Connect, missing: int) -> None:
    short = GZIPPED[:-missing]
    with Server([raw(sized(GZIP_HEAD, len(short), short))]) as server:
        with pytest.raises((ConnectionException, APIException)):
            GET_ONE(connect(server).sessions)


def test_what_the_caller_is_handling_is_neither_changed_nor_taken_for_the_cause(connect: Connect) -> None:
    handled = TimeoutError("of the caller", b"bytes of the caller")
    with Server([reset()]) as server:
        client = connect(server)
        try:
            raise handled
        except TimeoutError:
            with pytest.raises(ConnectionException) as caught:
                GET_ONE(client.sessions)
    assert not isinstance(caught.value, TimeoutException)
    assert handled.args == ("of the caller", b"bytes of the caller")
    assert handled.__traceback__ is not None


def test_a_post_whose_answer_is_cut_says_that_it_may_have_been_carried_out(connect: Connect) -> None:
    with Server([FAULTS["closed in mid-body"]]) as server:
        with pytest.raises(ConnectionException, match="may have been"):
            CREATE(connect(server).sessions)
