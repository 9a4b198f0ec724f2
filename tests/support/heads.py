"""Response heads, usual and odd ones, and what the client's connection and urllib3's own make of them."""

import re
import socket
from collections.abc import Callable
from contextlib import closing
from functools import partial
from http.client import HTTPException
from random import Random
from typing import Any

from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError

from payrix_sessions._transport import connections
from payrix_sessions._transport.responses import BoundedResponse

BODY = b'{"response": {"data": []}}'

STATUS_LINES = [
    *(b"HTTP/1.1 200 OK", b"HTTP/1.1 404 Not Found"),  # the usual ones come first, in each list
    *(b"HTTP/1.1 204 No Content", b"HTTP/1.1 304 Not Modified", b"HTTP/1.1 599 Odd"),
    *(
        b"HTTP/1.0 200 OK",
        b"HTTP/1.1 200",
        b"HTTP/1.1 200 ",
        b"HTTP/1.1  200 OK",
        b"HTTP/1.1\t200 OK",
        b"HTTP/2 200 OK",
    ),
    *(
        b"HTTP/1.1 100 Continue",
        b"HTTP/1.1 101 Switching",
        b"HTTP/1.1 200 OK ",
        b"HTTP/1.1 200 \xe9",
        b"http/1.1 200 OK",
    ),
    *(
        b"HTTP/1.1 2000 OK",
        b"HTTP/1.1 099 OK",
        b"HTTP/1.1 +20 OK",
        b"HTTP/1.1 200 OK: x",
        b"ICY 200 OK",
        b"HTTP/1.10 200 OK",
    ),
]
FRAMINGS = [
    *(b"Content-Length: %d" % len(BODY), b"Transfer-Encoding: chunked"),
    *(b"content-length:%d" % len(BODY), b"CONTENT-LENGTH: %d" % len(BODY), b"Content-Length: %d " % len(BODY)),
    *(
        b"Content-Length: 26,13",
        b"Content-Length: +26",
        b"Content-Length: -1",
        b"Content-Length: 2_6",
        b"Content-Length:",
    ),
    *(b"Content-Length: 0x1a", b"Content-Length: 026", b"Content-Length: " + b"9" * 30, b"Content-Length : 26"),
    *(b"Transfer-Encoding: Chunked", b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding: identity", b"X: y"),
    *(b"transfer-encoding:\tchunked", b"Transfer-Encoding: chunked ", b"Content-Length: \xb2", b"Content-Length: 0"),
]
FIELDS = [
    *(b"Content-Type: application/json", b"X: a: b: c"),
    *(b"Connection: keep-alive", b"Connection: close", b"connection: Close", b"Connection: keep-alive, close"),
    *(b"Connection: x-close", b"Connection:", b"Keep-Alive: timeout=5", b"Proxy-Connection: keep-alive"),
    *(b"Set-Cookie: a=b; path=/", b"Set-Cookie: c=d", b"set-cookie: e=f", b"Content-Encoding: gzip", b"X-Empty:"),
    *(
        b"X-Fold: a\r\n b",
        b"X-Fold: a \r\n\t b",
        b"X-Latin: \xe4\xff",
        b"X-Utf8: \xc3\xa4",
        b"X-Tab: a\tb",
        b"X-Nul: a\x00b",
    ),
    *(
        b"X:a",
        b"Date: Tue, 04 Mar 2025 17:40:40 GMT",
        b"X:   a",
        b"X: a   ",
        b"X\xe4: a",
        b"X Y: a",
        b"no colon",
        b": no name",
        b" first folded",
    ),
    *(
        b"From: a",
        b"From a",
        b"Content-Type: multipart/mixed; boundary=x",
        b"Content-Type: message/rfc822",
        b"X.Y_Z!: a",
    ),
    *(
        b"X: a\rb",
        b"X: a\x0bb",
        b"X: a\x0cb",
        b"X: a\x85b",
        b"X: a\x1cb",
        b"X: \xc2\x85",
        b"X:\x0ba",
        b"X: \x7f",
        b"-: -",
    ),
    *[b"X-Long: " + b"a" * 500, b"X-Longest: " + b"a" * 66_000],
]
ENDS = [b"\r\n", b"\r\n", b"\n", b"\r", b"\n\r\n"]


def random_head(random: Random) -> bytes:
    """Return a head and the body after it; most are well-formed, many are not."""
    oddness = random.choice([0.0, 0.1, 0.4])

    def pick(choices: list[bytes]) -> bytes:
        return random.choice(choices if random.random() < oddness else choices[:2])

    fields = [pick(FIELDS) for _ in range(random.choice([0, 1, 2, 3, 4, 60 if oddness else 5]))]
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
        assert came == the_long_way(partial(ours, data)), data
        theirs = of_urllib3(data)
        if is_short(data):
            taken += 1
            # urllib3 lets what follows the body pass.
            assert came | {"body": None} == theirs | {"body": None}, data
        elif isinstance(came, dict) and isinstance(theirs, dict) and not re.search(rb"(?<!\r)\n|\n[ \t]", data):
            # Folded lines, which older releases of urllib3 leave as they are, and lone line feeds aside.
            assert came["headers"] == theirs["headers"], data
    return taken


def ours(data: bytes, *, split: int = 0) -> Any:
    """Return what our connection makes of a response."""
    return _read(connections._HTTPConnection, data, split)


def of_urllib3(data: bytes) -> Any:
    """Return what urllib3's own connection makes of it."""
    return _read(HTTPConnection, data, 0)


def is_short(data: bytes) -> bool:
    """Tell whether our own lines read this head, not http.client's."""
    taken: list[bool] = []
    begin = BoundedResponse._begin_usual

    def watched(self: Any, source: Any) -> bool:
        taken.append(begin(self, source))
        return taken[-1]

    BoundedResponse._begin_usual = watched  # type: ignore[method-assign]
    try:
        ours(data)
    finally:
        BoundedResponse._begin_usual = begin  # type: ignore[method-assign]
    return any(taken)


def the_long_way(call: Callable[[], Any]) -> Any:
    """Make a call with our own lines out of the way."""
    usual = BoundedResponse._begin_usual
    BoundedResponse._begin_usual = lambda *_: False  # type: ignore[method-assign]
    try:
        return call()
    finally:
        BoundedResponse._begin_usual = usual  # type: ignore[method-assign]


def _read(kind: Any, data: bytes, split: int) -> Any:
    mine, theirs = socket.socketpair()
    with closing(mine), closing(theirs):
        connection = kind("host", timeout=5)
        connection.sock = mine
        connection.request("GET", "/", preload_content=False, decode_content=False)
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        if split:
            connection.sock = _Halting(mine, theirs, data[split:])
            theirs.sendall(data[:split])
        else:
            theirs.sendall(data)
            theirs.shutdown(socket.SHUT_WR)
        try:
            response = connection.getresponse()
        except (OSError, ValueError, OverflowError, HTTPError, HTTPException) as error:
            return type(error).__name__
        original = response._original_response
        try:
            body: Any = response.read(decode_content=False)
        except (OSError, ValueError, OverflowError, HTTPError, HTTPException) as error:
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


class _Halting:
    """A socket that delivers the second part of a response only when the first has been read."""

    def __init__(self, sock: socket.socket, peer: socket.socket, rest: bytes) -> None:
        self._socket = sock
        self._peer = peer
        self._rest = rest
        self._file: Any = None

    def makefile(self, *args: Any) -> "_Halting":
        self._file = self._socket.makefile(*args)
        return self

    def readinto(self, buffer: Any) -> Any:
        count = self._file.readinto(buffer)
        if self._rest:
            self._peer.sendall(self._rest)
            self._peer.shutdown(socket.SHUT_WR)
            self._rest = b""
        return count

    def close(self) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)
