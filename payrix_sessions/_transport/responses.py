"""http.client's response, read until a deadline and strictly.

A socket's timeout is for one read, so a server that sends a byte now and then could hold a caller for ever. Here the
seconds are for the whole response: status line, headers and body. The head is read whole before it is parsed, so that
one which cannot be read is rejected at once, with the same error on every Python, and chunk sizes are taken strictly.
"""

from __future__ import annotations

import io
import re
import socket
import time
from functools import partial
from http import HTTPStatus
from http.client import HTTPException, HTTPMessage, HTTPResponse, IncompleteRead, RemoteDisconnected
from typing import Any

_MOST_INTERIM = 16  # responses of status 1xx before the real one
_LONGEST_HEAD = 128 * 1024  # bytes; twice what http.client takes for one line
_MOST_LINES = 100  # the status included; http.client takes so many, and its error does not say that it is the head
# A head without anything unusual in it, which can be read in one way only.
_USUAL_HEAD = re.compile(
    rb"HTTP/1\.1 ([2-5][0-9][0-9]) ([A-Za-z]+(?: [A-Za-z]+)*)\r\n((?:[A-Za-z0-9-]+: [!-~][ -~]*\r\n)+)\r\n"
)
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r?\n")
# For all other heads; `re` compiles these on first use.
_STATUS_LINE = rb"HTTP/1\.[0-9][ \t]+([1-9][0-9]{2})(?:[ \t][^\r\n]*)?\r?\n"
# http.client stops reading the headers at a line that it cannot read, and takes the rest, framing and all, for body.
_HEADER_LINE = rb"[!-9;-~]+:[^\r\n\x00]*\r?\n|[ \t][^\r\n\x00]*\r?\n"
_CONTENT_LENGTH = rb"(?i)content-length:[ \t]*([^\r\n]*?)[ \t]*\r?\n"
_MOST_USUAL_LINES = 50  # http.client takes up to 100
_LONGEST_LENGTH = 19  # digits
_FRAMING = frozenset({"content-length", "transfer-encoding", "connection"})
_LONGEST_LINE = 65_536  # bytes, as in http.client
_PIECE = 64 * 1024  # bytes


class UnreadableResponse(HTTPException):
    """What arrived is not one whole HTTP response. The message does not repeat any of it."""


class _Reader(io.RawIOBase):
    """A socket's bytes until a deadline, in seconds of the monotonic clock; None is no deadline."""

    def __init__(self, sock: socket.socket, deadline: float | None) -> None:
        self._socket = sock
        self._bytes = sock.makefile("rb", 0)  # by position: stand-ins for sockets call it bufsize
        self._deadline = deadline
        self.at_end = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self.at_end:
            return 0
        if self._deadline is not None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("the response came too slowly")
            self._socket.settimeout(left)
        count = self._bytes.readinto(buffer)
        self.at_end = count == 0
        return count

    def close(self) -> None:
        self._bytes.close()
        super().close()


def _usual_framing(headers: list[tuple[str, str]]) -> tuple[int | None, bool] | None:
    """Return the length of the body (None: it is chunked) and whether the connection closes; None when in doubt."""
    framing: dict[str, str] = {}
    for name, value in headers:
        kind = name.lower()
        if kind in framing or value[-1] == " ":
            return None
        if kind in _FRAMING:
            framing[kind] = value.lower()
    connection = framing.pop("connection", "keep-alive")
    if len(headers) > _MOST_USUAL_LINES or len(framing) != 1 or connection not in ("keep-alive", "close"):
        return None
    length = framing.get("content-length")
    if length is None:
        return (None, connection == "close") if framing["transfer-encoding"] == "chunked" else None
    return (int(length), connection == "close") if length.isdigit() and len(length) <= _LONGEST_LENGTH else None


class BoundedResponse(HTTPResponse):
    """http.client's response, which reads until a deadline and rejects what is not one whole response."""

    def __init__(self, sock: socket.socket, *args: Any, seconds: float | None, **kwargs: Any) -> None:
        self._reader = _Reader(sock, None if seconds is None else time.monotonic() + seconds)
        # http.client wants a socket only for its makefile.
        source: Any = self
        super().__init__(source, *args, **kwargs)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Give http.client what it reads from."""
        return io.BufferedReader(self._reader, _PIECE)

    def begin(self) -> None:
        """Read the head, past any interim responses."""
        source: Any = self.fp
        if getattr(self, "headers", None) is not None or self._begin_usual(source):
            return
        for _ in range(_MOST_INTERIM + 1):
            head, status = self._read_head(source)
            if not 100 <= status < 200:
                break
            if status == HTTPStatus.SWITCHING_PROTOCOLS:
                raise UnreadableResponse("it switches to another protocol")
        else:
            raise UnreadableResponse(f"more than {_MOST_INTERIM} interim responses came before the real one")
        lines: Any = io.BytesIO(head)
        self.fp = lines
        try:
            super().begin()
        finally:
            self.fp = source
        names = head.lower()
        if b"transfer-encoding" in names and (b"content-length" in names or not self.chunked):
            self.will_close = True  # two framings, or one that is not known: nothing is to be read after the body

    def _begin_usual(self, source: io.BufferedReader) -> bool:
        """Read a head that came whole and is usual: http.client reads heads as e-mails, a sixth of a call.

        Returns:
            False for any other head; nothing of it is consumed then.
        """
        usual = _USUAL_HEAD.match(source.peek(1))
        if usual is None or self.debuglevel > 0:
            return False
        status, reason, lines = int(usual[1]), *usual.group(2, 3)
        headers: list[Any] = [line.split(": ", 1) for line in lines.decode("ascii").split("\r\n")[:-1]]
        framing = _usual_framing(headers)
        if framing is None or status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
            return False
        source.read(usual.end())
        message = self.headers = self.msg = HTTPMessage()
        message.set_payload("")
        for name, value in headers:
            message.set_raw(name, value)
        self.code = self.status = status
        self.reason = reason.decode("ascii")
        self.version = 11
        self.length, self.will_close = framing
        self.chunked = self.length is None
        self.chunk_left = None
        return True

    def _read_head(self, source: io.BufferedReader) -> tuple[bytes, int]:
        """Read a head whole, the blank line included, and reject one that http.client would misread."""
        line = source.readline(_LONGEST_LINE)
        if not line:
            raise RemoteDisconnected("the connection was closed without a response")
        status_line = re.fullmatch(_STATUS_LINE, line)
        if status_line is None:
            raise UnreadableResponse("the response head cannot be read: its first line is not an HTTP status")
        lines = [line]
        size = len(line)
        while True:
            line = source.readline(_LONGEST_LINE)
            lines.append(line)
            size += len(line)
            if line in (b"\r\n", b"\n"):
                break
            if not line.endswith(b"\n"):
                raise UnreadableResponse(
                    "the connection was closed within the head of the response"
                    if len(line) < _LONGEST_LINE
                    else "the response head cannot be read: a line of it is too long"
                )
            if re.fullmatch(_HEADER_LINE, line) is None or (len(lines) == 2 and line[:1] in b" \t"):
                raise UnreadableResponse(f"the response head cannot be read: its line {len(lines)} is not a header")
            if size > _LONGEST_HEAD or len(lines) > _MOST_LINES:
                raise UnreadableResponse("the response head cannot be read: it is too long")
        head = b"".join(lines)
        lengths = set(re.findall(_CONTENT_LENGTH, head))
        if len(lengths) > 1 or not all(length.isdigit() and len(length) <= _LONGEST_LENGTH for length in lengths):
            raise UnreadableResponse("the response head cannot be read: its Content-Length is not one number")
        return head, int(status_line[1])

    def read(self, amt: int | None = None) -> bytes:
        """Read up to so many bytes of the body, all of it by default."""
        if amt is None:
            return b"".join(iter(partial(self.read, _PIECE), b""))
        source: Any = self.fp
        if source is None or not amt:
            return b""
        if self.chunked:
            return self._read_chunks(amt)
        data: bytes = source.read(amt if self.length is None else min(amt, self.length))
        if self.length is not None:
            self.length -= len(data)
        if not data or self.length == 0:
            self._end()
        return data

    def read_up_to(self, most: int) -> bytes | None:
        """Return the body, or None when it is larger than so many bytes."""
        parts: list[bytes] = []
        size = 0
        while part := self.read(_PIECE):
            parts.append(part)
            size += len(part)
            if size > most:
                return None
        if self.length and not self.chunked:
            raise IncompleteRead(b"", self.length)
        return b"".join(parts)

    def _read_chunks(self, amt: int) -> bytes:
        parts: list[bytes] = []
        while amt:
            if not self.chunk_left:
                # 0 after a chunk, whose line break is still to be read; None before the first.
                if self.chunk_left == 0 and self.fp.readline(3) not in (b"\r\n", b"\n"):
                    raise UnreadableResponse("a chunk of the response is longer than it says")
                size = _CHUNK_SIZE.fullmatch(self.fp.readline(_LONGEST_LINE))
                if size is None:
                    raise UnreadableResponse("a chunk of the response has no size, or one that is not hexadecimal")
                self.chunk_left = int(size[1], 16)
                if self.chunk_left == 0:
                    self._skip_trailer()
                    self._end()
                    break
            part = self.fp.read(min(amt, self.chunk_left))
            if not part:
                raise IncompleteRead(b"", self.chunk_left)
            parts.append(part)
            self.chunk_left -= len(part)
            amt -= len(part)
        return b"".join(parts)

    def _skip_trailer(self) -> None:
        size = 0
        while (line := self.fp.readline(_LONGEST_LINE)) not in (b"\r\n", b"\n"):
            size += len(line)
            if not line.endswith(b"\n") or size > _LONGEST_HEAD:
                raise UnreadableResponse("the trailer of the response cannot be read")

    def _end(self) -> None:
        """Close the reader. What it holds beyond the body would be lost, or be the response to the next request."""
        self._reader.at_end = True
        source: Any = self.fp
        surplus = source.peek(1)
        self.fp = None  # type: ignore[assignment]
        source.close()
        if surplus:
            raise UnreadableResponse("the response is longer than it says")
