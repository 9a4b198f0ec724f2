"""HTTP/1.1 in bytes: reads the head and the body of a request, writes the head of a response.

Strict where a lenient reading hides a mistake of the client (a header line without a colon, no or several Host
headers, two lengths), lenient where RFC 9112 recommends it (blank lines before a request, bare line feeds, folded
headers). Knows nothing of sockets, the API, or faults.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from werkzeug.datastructures import Headers
from werkzeug.http import HTTP_STATUS_CODES

from payrix_sessions.sandbox.responses import Response, invalid_request

_MAX_LINE_BYTES = 65536
_MAX_LINES = 100
_MAX_BLANK_LINES = 8
_MAX_BODY_BYTES = 1024 * 1024

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST_LINE = re.compile(rf"({_TOKEN}) ([\x21-\x7e\x80-\xff]+)(?: HTTP/([0-9])\.([0-9]))?")
_HEADER = re.compile(rf"({_TOKEN}):[ \t]*([^\r]*)")
_HOST = re.compile(r"[^\s/?#@,\\]*")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?\r?\n")

_LINE_ENDS = (b"\r\n", b"\n")


@dataclass(frozen=True, slots=True)
class Head:
    """The request line and the headers of a request."""

    method: str
    target: str
    is_http11: bool
    headers: Headers

    @property
    def closes(self) -> bool:
        """Whether the connection ends after the response."""
        return not self.is_http11 or "close" in _listed(self.headers, "Connection")


def read_head(stream: BinaryIO) -> Head | None:
    """Read the head of the next request; return None if the stream ends before or within it.

    Raises:
        ApiError: If it is malformed or too large.
    """
    line = _read_line(stream, 414)
    for _ in range(_MAX_BLANK_LINES):
        if line not in _LINE_ENDS:
            break
        line = _read_line(stream, 414)
    if not line:
        return None
    match = _REQUEST_LINE.fullmatch(_text(line))
    # Before HTTP/1.0 there was only GET, without a protocol; such a request is served like one of HTTP/1.0.
    if match is None or (match[3] is None and match[1] != "GET"):
        raise invalid_request("Invalid request line")
    if match[3] not in (None, "1"):
        raise invalid_request("Unknown HTTP version", 505)
    headers = _read_headers(stream)
    if headers is None and match[3] is None:
        headers = Headers()
    if headers is None:
        return None
    is_http11 = match[3] is not None and match[4] != "0"
    hosts = headers.getlist("Host")
    if len(hosts) > 1 or (is_http11 and not hosts) or not all(map(_HOST.fullmatch, hosts)):
        raise invalid_request("Exactly one valid Host header is required")
    return Head(match[1], match[2], is_http11, headers)


def read_body(stream: BinaryIO, head: Head, send_continue: Callable[[], None]) -> bytes | None:
    """Read the body that belongs to a head; return None if the stream ends within it.

    Args:
        stream: Where the head was read from.
        head: The head.
        send_continue: Called before a body that the client announced with `Expect: 100-continue`.

    Raises:
        ApiError: If the body is malformed or too large.
    """
    codings = _listed(head.headers, "Transfer-Encoding")
    lengths = set(head.headers.getlist("Content-Length"))
    if codings and lengths:
        raise invalid_request("Transfer-Encoding and Content-Length exclude each other")
    if codings not in ([], ["chunked"]):
        raise invalid_request("Unknown Transfer-Encoding", 501)
    length = lengths.pop() if lengths else "0"
    if lengths or not re.fullmatch(r"[0-9]{1,18}", length):
        raise invalid_request("Invalid Content-Length header")
    _check_size(int(length))
    if head.is_http11 and head.headers.get("Expect", "").lower() == "100-continue":
        send_continue()
    return _read_chunks(stream) if codings else _read_exactly(stream, int(length))


def head_of(response: Response, *, closes: bool) -> bytes:
    """Write the head of a response; `closes` announces the end of the connection."""
    headers = Headers(list(response.headers.items()))
    if response.status not in (204, 304):
        headers.setdefault("Content-Length", str(len(response.body)))
    if closes:
        headers["Connection"] = "close"
    lines = [f"HTTP/1.1 {response.status} {HTTP_STATUS_CODES.get(response.status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _read_headers(stream: BinaryIO) -> Headers | None:
    pairs: list[tuple[str, str]] = []
    for _ in range(_MAX_LINES + 1):
        line = _read_line(stream, 431)
        if not line:
            return None
        if line in _LINE_ENDS:
            return Headers(pairs)
        text = _text(line)
        if pairs and text[0] in " \t":
            name, value = pairs.pop()
            text = f"{name}: {value} {text.strip()}"
        match = _HEADER.fullmatch(text)
        if match is None:
            raise invalid_request("Invalid header line: NAME: VALUE is required")
        pairs.append((match[1], match[2].rstrip(" \t").replace("\0", " ")))
    raise invalid_request("Too many headers", 431)


def _listed(headers: Headers, name: str) -> list[str]:
    """Return the members of a header that is a list, in lower case; it may stand in several lines."""
    return [member.strip(" \t").lower() for value in headers.getlist(name) for member in value.split(",")]


def _read_line(stream: BinaryIO, status_if_too_long: int) -> bytes:
    """Return a whole line with its end, or nothing if the stream ends first."""
    line = stream.readline(_MAX_LINE_BYTES + 1)
    if len(line) > _MAX_LINE_BYTES:
        raise invalid_request("A line of the head is too long", status_if_too_long)
    return line if line.endswith(b"\n") else b""


def _text(line: bytes) -> str:
    return line.removesuffix(b"\n").removesuffix(b"\r").decode("latin-1")


def _check_size(length: int) -> None:
    if length > _MAX_BODY_BYTES:
        raise invalid_request("The request body is too large", 413)


def _read_exactly(stream: BinaryIO, length: int) -> bytes | None:
    data = stream.read(length)
    return data if len(data) == length else None


def _read_chunks(stream: BinaryIO) -> bytes | None:
    body = bytearray()
    while True:
        size = _CHUNK_SIZE.fullmatch(stream.readline(1024))
        if size is None:
            raise invalid_request("Invalid chunk of a body")
        _check_size(len(body) + int(size[1], 16))
        chunk = _read_exactly(stream, int(size[1], 16))
        if chunk is None:
            return None
        if not chunk:
            _read_headers(stream)  # the trailers, which nobody asks for
            return bytes(body)
        body += chunk
        if stream.readline(3) not in _LINE_ENDS:
            raise invalid_request("Invalid chunk of a body")
