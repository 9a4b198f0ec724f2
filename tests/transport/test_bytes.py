"""What goes out and what comes in, down to the bytes: responses that are whole, are not, or lead elsewhere.

A request is one send, whatever short cuts are taken. All that goes wrong is one of two exceptions, with its cause.
"""

import gzip
import json
import pickle
import pkgutil
import re
import socket
import sys
import threading
from collections.abc import Callable
from random import Random
from typing import Any
from unittest import mock

import pytest
from urllib3.connection import HTTPConnection

from payrix_sessions import ConnectionException, ProxySettings, SessionsController, __version__
from payrix_sessions._transport.patches import own_function
from tests.support.certificates import Certificates
from tests.support.clock import measured
from tests.support.heads import BODY as BARE
from tests.support.heads import compare_heads, is_short
from tests.support.leaks import leaks
from tests.support.payrix import connect, failure_of, found, login_of, serve, sessions
from tests.support.server import OK_HEAD, Server, Step, answer, chunked, in_turn, late, raw, repeat, reset, sized
from tests.wire import API_KEY, CREATE, GET_ONE, SESSION_ID, SESSION_KEY, Operation, envelope

USER_AGENT = f"user-agent: payrix-sessions/{__version__} Python/{sys.version.split()[0]}"
COMMON = ("accept: application/json", "accept-encoding: gzip, deflate", USER_AGENT)
KEY = f"APIKEY: {API_KEY}"
ODD_ID = "p1/ä[x]%"
LOGIN = '{"login": "p1_log_example"}'

# The call, the request line, the headers after those that all have in common, and the body.
REQUESTS: list[tuple[Callable[[SessionsController], Any], str, list[str], str]] = [
    (
        lambda api: api.get_sessions_id(ODD_ID, "abc", token="tök", embed="login,creator"),
        "GET {base}/sessions/p1%2F%C3%A4%5Bx%5D%25?embed=login%2Ccreator HTTP/1.1",
        ["request-token: abc", "token: tök", KEY],
        "",
    ),
    (lambda api: api.delete_sessions_id("p1"), "DELETE {base}/sessions/p1 HTTP/1.1", [KEY], ""),
    (
        lambda api: api.get_sessions(search="status[equals]=1", totals="count[]=id", page_number=2, page_limit=30),
        "GET {base}/sessions?page%5Bnumber%5D=2&page%5Blimit%5D=30 HTTP/1.1",
        ["search: status[equals]=1", "totals: count[]=id", KEY],
        "",
    ),
    (
        lambda api: api.post_sessions({"login": "p1_log_example"}, "abc"),
        "POST {base}/sessions HTTP/1.1",
        ["content-type: application/json", "request-token: abc", KEY, f"content-length: {len(LOGIN)}"],
        LOGIN,
    ),
]


def test_a_request_goes_out_in_one_send_and_in_these_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    sends: list[bytes] = []
    sendall = socket.socket.sendall

    def send(self: socket.socket, data: bytes, *args: Any) -> None:
        if not data.startswith(b"HTTP/"):  # of the server
            sends.append(bytes(data))
        sendall(self, data, *args)

    monkeypatch.setattr(socket.socket, "sendall", send)
    for call, line, headers, body in REQUESTS:
        with Server([answer(sessions("found", id="p1" if "DELETE" in line else ODD_ID))] * 6) as server:
            proxy = ProxySettings("127.0.0.1", server.port)  # it gets the whole URL
            elsewhere = "http://127.0.0.1:9"
            rows: list[tuple[str, str, dict[str, Any]]] = [
                ("", server.url, {}),
                ("/base", server.url, {"base_url": f"{server.url}/base"}),
                (elsewhere, elsewhere, {"base_url": elsewhere, "proxy_settings": proxy}),
            ]
            for base, host, options in rows:
                sends.clear()
                client = connect(server, **options)
                call(client.sessions)
                call(client.sessions)
                head = [line.format(base=base), f"Host: {host[7:]}", *COMMON, *headers, "", ""]
                assert sends == [("\r\n".join(head) + body).encode("latin-1")] * 2


WATCHED = [
    *("requests.sessions.Session.request", "urllib3.util.connection.create_connection", "urllib3.HTTPResponse.read"),
    *("urllib3.connection.HTTPSConnection.getresponse", "urllib3.connection.HTTPSConnection.putheader"),
    *("urllib3.connection.HTTPConnection.getresponse", "urllib3.connection.HTTPConnection.putheader"),
    "http.client.HTTPConnection.putheader",
]


def test_a_short_cut_is_not_taken_around_what_a_tool_patches(trusted: Certificates) -> None:
    last = answer(sessions("x"), headers={"Connection": "close"})  # so that each call connects anew
    output = HTTPConnection._output  # type: ignore[attr-defined]
    with serve(*[last] * (len(WATCHED) + 2), tls=trusted.trusted) as (_, client):
        GET_ONE(client.sessions)
        with mock.patch.object(HTTPConnection, "_output", autospec=True, side_effect=output) as watched:
            GET_ONE(client.sessions)
        assert watched.call_count > 5  # a line each
        for target in WATCHED:
            original = pkgutil.resolve_name(target)
            with mock.patch(target, autospec=True, side_effect=original) as watched:
                GET_ONE(client.sessions)
            assert watched.called, target


def test_what_a_tool_has_patched_before_the_import_is_not_the_librarys_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert own_function(HTTPConnection, "putheader")()
    for replacement in (mock.Mock(), connect):
        monkeypatch.setattr(HTTPConnection, "putheader", replacement)
        assert not own_function(HTTPConnection, "putheader")()


# What comes in

BODY = json.dumps(envelope({"id": SESSION_ID, "key": SESSION_KEY})).encode()
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
            with measured(2.0):
                error = failure_of(client, CREATE)
            threading.Event().wait(0.01)  # a connection that was read to its end may be used again if it is open
            assert login_of(GET_ONE(client.sessions)) == "second"
            assert [request.connection for request in server.requests] == [1, 2]
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
    in_two_pieces = in_turn(raw(WHOLE[:40], hang_up=False), late(0.02, raw(WHOLE[40:], hang_up=False)))
    for step in (*(raw(response, hang_up=False) for response in rows), in_two_pieces):
        with serve(*[step] * 2, timeout=4) as (server, client):
            assert [GET_ONE(client.sessions).body.data[0].key for _ in range(2)] == [SESSION_KEY] * 2
            assert server.connections == 1


def test_a_response_that_is_cut_at_any_byte_is_never_a_success() -> None:
    wholes = (WHOLE, chunked(BODY), sized(GZIPPED, GZIP))
    rows = [raw(whole[:cut]) for whole in wholes for cut in range(0, len(whole) - len("0\r\n\r\n"), 5)]
    rows += [raw(sized(GZIPPED[:-missing], GZIP)) for missing in (12, 40)]  # whole, but for its compression
    with serve(*rows, timeout=5) as (_, client):
        for _ in rows:
            failure_of(client)


def test_tls_that_breaks_off_in_mid_body_is_a_connection_exception(trusted: Certificates) -> None:
    with serve(raw(WHOLE[:-20]), tls=trusted.trusted) as (_, client):
        error = failure_of(client)
        assert isinstance(error, ConnectionException)
        assert leaks(error, [API_KEY, SESSION_KEY[:8]]) == []


def test_what_the_caller_is_handling_is_neither_changed_nor_taken_for_the_cause() -> None:
    handled = TimeoutError("of the caller", b"bytes of the caller")
    with serve(reset()) as (_, client):
        try:
            raise handled
        except TimeoutError:
            assert type(failure_of(client)) is ConnectionException
    assert handled.args == ("of the caller", b"bytes of the caller")
    assert handled.__traceback__ is not None


def test_random_heads_are_read_the_short_way_as_http_client_and_urllib3_read_them() -> None:
    assert is_short(sized(BARE))
    assert 50 < compare_heads(Random(20261126), 300) < 250


# Redirects are refusals: a key must not travel to where a Location header points


def test_a_redirect_raises_and_no_host_hears_of_it(trusted: Certificates) -> None:
    rows: list[tuple[str, Operation, int]] = [
        *(("another host", GET_ONE, status) for status in (300, 301, 302, 303, 304, 305, 307, 308)),
        *((to, CREATE, 307) for to in ("another host", "the same host", "plain http", "nowhere")),
    ]
    for to, operation, status in rows:
        with Server([]) as other:
            there = "/elsewhere" if to == "the same host" else f"http://localhost:{other.port}/sessions?from=payrix"
            # A body that looks like a session makes no success of it.
            body = b"" if status == 304 else sessions("x")
            step = answer(body, status, headers={} if to == "nowhere" else {"Location": there})
            tls = trusted.trusted if to == "plain http" else None
            with serve(step, found(), tls=tls, max_retries=2) as (server, client):
                said = {"the same host": "leads to the same host", "nowhere": "does not say where"}.get(to, "localhost")
                error = failure_of(client, operation, said)
            assert (len(server.requests), other.connections) == (1, 0)
        assert (error.response_code, error.attempts, error.may_have_been_sent) == (status, 1, False)


def test_whatever_the_location_only_a_host_is_told_of_it() -> None:
    rows: list[str] = [
        "http://[", "//", "::::", "\xff\xfe", "", "javascript:alert(1)", "https://user:hidden-word@",
        f"https://user:hidden-word@other.example/path?key={API_KEY}", f"https://{API_KEY}.other.example/",
        f"https://{'x' * 50_000}.example", "https://other.example\x1b[31m/", f"https://other.example:{API_KEY}/",
    ]  # fmt: skip
    for location in rows:
        with serve(answer(status=302, headers={"Location": location})) as (_, client):
            error = failure_of(client)
        said = str(error)
        assert (error.response_code, said.isprintable(), len(said) < 500) == (302, True, True)
        assert "hidden-word" not in said
        assert API_KEY not in said
