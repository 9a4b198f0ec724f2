"""Response heads, usual and odd ones, and what the client's connection and urllib3's own make of them."""

import re
import socket
from http.client import HTTPException
from random import Random
from typing import Any
from unittest import mock

from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError

from payrix_sessions._transport import connections
from payrix_sessions._transport.responses import BoundedResponse

BODY = b'{"response": {"data": []}}'
ERRORS = (OSError, ValueError, OverflowError, HTTPError, HTTPException)
USUAL = 2  # so many of each list are usual ones
STATUS_LINES = (
    b"HTTP/1.1 200 OK|HTTP/1.1 404 Not Found|HTTP/1.1 204 No Content|HTTP/1.1 304 Not Modified|HTTP/1.1 599 Odd|"
    b"HTTP/1.0 200 OK|HTTP/1.1 200|HTTP/1.1 200 |HTTP/1.1  200 OK|HTTP/1.1\t200 OK|HTTP/2 200 OK|HTTP/1.1 100 Continue|"
    b"HTTP/1.1 101 Switching|HTTP/1.1 200 OK |HTTP/1.1 200 \xe9|http/1.1 200 OK|HTTP/1.1 2000 OK|HTTP/1.1 099 OK|"
    b"HTTP/1.1 +20 OK|HTTP/1.1 200 OK: x|ICY 200 OK|HTTP/1.10 200 OK"
).split(b"|")
FRAMINGS = (
    b"Content-Length: 26|Transfer-Encoding: chunked|content-length:26|CONTENT-LENGTH: 26|Content-Length: 26 |"
    b"Content-Length: 26,13|Content-Length: +26|Content-Length: -1|Content-Length: 2_6|Content-Length:|"
    b"Content-Length: 0x1a|Content-Length: 026|Content-Length: 999999999999999999999999999999|Content-Length : 26|"
    b"Transfer-Encoding: Chunked|Transfer-Encoding: gzip, chunked|Transfer-Encoding: identity|X: y|"
    b"transfer-encoding:\tchunked|Transfer-Encoding: chunked |Content-Length: \xb2|Content-Length: 0"
).split(b"|")
FIELDS = (
    b"Content-Type: application/json|X: a: b: c|Connection: keep-alive|Connection: close|connection: Close|"
    b"Connection: keep-alive, close|Connection: x-close|Connection:|Keep-Alive: timeout=5|Proxy-Connection: keep-alive|"
    b"Set-Cookie: a=b; path=/|Set-Cookie: c=d|set-cookie: e=f|Content-Encoding: gzip|X-Empty:|X-Fold: a\r\n b|"
    b"X-Fold: a \r\n\t b|X-Latin: \xe4\xff|X-Utf8: \xc3\xa4|X-Tab: a\tb|X-Nul: a\x00b|X:a|"
    b"Date: Tue, 04 Mar 2025 17:40:40 GMT|X:   a|X: a   |X\xe4: a|X Y: a|no colon|: no name| first folded|From: a|"
    b"From a|Content-Type: multipart/mixed; boundary=x|Content-Type: message/rfc822|X.Y_Z!: a|X: a\rb|X: a\x0bb|"
    b"X: a\x0cb|X: a\x85b|X: a\x1cb|X: \xc2\x85|X:\x0ba|X: \x7f|-: -"
).split(b"|")
LONG = [b"X-Long: " + b"a" * 500, b"X-Longest: " + b"a" * 66_000]
ENDS = [b"\r\n", b"\r\n", b"\n", b"\r", b"\n\r\n"]


def random_head(random: Random) -> bytes:
    """Return a head and the body after it; most are well-formed, many are not."""
    oddness = random.choice([0.0, 0.1, 0.4])

    def pick(choices: list[bytes]) -> bytes:
        return random.choice(choices if random.random() < oddness else choices[:USUAL])

    fields = [pick(FIELDS + LONG) for _ in range(random.choice([0, 1, 2, 3, 4, 60 if oddness else 5]))]
    fields += [pick(FRAMINGS) for _ in range(random.choice([0, 1, 2]) if random.random() < oddness else 1)]
    random.shuffle(fields)
    head = pick(ENDS).join([pick(STATUS_LINES), *fields, b"", b""])
    if random.random() < 0.1:  # and a byte that changed
        place = random.randrange(len(head))
        head = head[:place] + bytes([random.choice(b"\x00\t\n\r :;aA0\x7f\x80\xff")]) + head[place + 1 :]
    body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY) if b"chunked" in head.lower() else BODY
    return head + body


def compare_heads(random: Random, count: int) -> int:
    """Read so many random heads the short and the long way, and those that the short way takes by urllib3 alone too.

    Returns:
        How many the short way has taken.

    Raises:
        AssertionError: They were read differently.
    """
    taken = 0
    for _ in range(count):
        data = random_head(random)
        came = ours(data)
        with mock.patch.object(BoundedResponse, "_begin_usual", return_value=False):
            assert came == ours(data), data
        theirs = _read(HTTPConnection, data)
        if is_short(data):
            taken += 1
            # urllib3 lets what follows the body pass.
            assert came | {"body": None} == theirs | {"body": None}, data
        elif isinstance(came, dict) and isinstance(theirs, dict) and not re.search(rb"(?<!\r)\n|\n[ \t]", data):
            # Folded lines, which older releases of urllib3 leave as they are, and lone line feeds aside.
            assert came["headers"] == theirs["headers"], data
    return taken


def ours(data: bytes) -> Any:
    """Return what our connection makes of a response."""
    return _read(connections._HTTPConnection, data)


def is_short(data: bytes) -> bool:
    """Tell whether our own lines read this head, not http.client's."""
    with mock.patch.object(BoundedResponse, "_read_head", side_effect=HTTPException):
        return bool(ours(data) != HTTPException.__name__)


def _read(kind: Any, data: bytes) -> Any:
    connection = kind("host", timeout=5)
    connection.sock, server = socket.socketpair()
    with server, connection.sock:
        connection.request("GET", "/", preload_content=False, decode_content=False)
        server.sendall(data)
        server.shutdown(socket.SHUT_WR)
        return _response(connection)


def _response(connection: Any) -> Any:
    try:
        response = connection.getresponse()
    except ERRORS as error:
        return type(error).__name__
    original = response._original_response
    try:
        body: Any = response.read(decode_content=False)
    except ERRORS as error:
        body = type(error).__name__
    return {
        "status": response.status,
        "version": (response.version, original.version),
        "reason": response.reason,
        "headers": list(response.headers.items()),
        "message": [(name, value.strip()) for name, value in original.msg.raw_items() if "\n" not in value],
        "chunked": (response.chunked, original.chunked),
        "length": original.length,
        "will_close": original.will_close,
        "closed": connection.is_closed,
        "body": body,
    }
