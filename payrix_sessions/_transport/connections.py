"""urllib3's connections and pools, with our responses in them.

The seconds that urllib3 sets for a response become the deadline of `BoundedResponse`. What tools put in the place of
urllib3's connections is respected: the pools then use theirs, without these bounds.
"""

from __future__ import annotations

import http.client
import re
import socket
import sys
import time
from collections import deque
from functools import partial
from http.client import HTTPException
from queue import Empty
from typing import Any

import urllib3.connection
import urllib3.response
from urllib3 import HTTPHeaderDict
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from payrix_sessions._transport import dialing
from payrix_sessions._transport.patches import own_function
from payrix_sessions._transport.responses import BoundedResponse

# What http.client and urllib3 send as it is: a token, and visible characters with spaces between them.
_is_plain_header = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+: [!-~](?:[ -~]*[!-~])?").fullmatch
_FOLD = r"[ \t]*\r?\n[ \t]+"  # rare, so compiled on first use


class TunnelRefused(OSError):
    """The proxy answered CONNECT with an error that a retry does not change. No request has been sent."""


class TunnelBroken(OSError):
    """The proxy dropped CONNECT, or answered it with a passing or an unreadable error. No request has been sent."""


class TunnelTimeout(TunnelBroken, TimeoutError):
    """The proxy did not answer CONNECT in time."""


class HandshakeFailed(OSError):
    """There is a connection, but no TLS over it. No request has been sent."""


class HandshakeTimeout(HandshakeFailed, TimeoutError):
    """TLS takes too long."""


# urllib3's class for https inherits these from the one for http, so this tells of both.
_own_getresponse = own_function(HTTPSConnection, "getresponse")
_own_putheader = own_function(HTTPSConnection, "putheader")
_own_base_putheader = own_function(http.client.HTTPConnection, "putheader")


def _response_class(connection: HTTPConnection) -> Any:
    # urllib3 has set `timeout` to what is left for the response (or for a proxy's) when http.client asks for this.
    return partial(BoundedResponse, seconds=connection.timeout)


class Response(urllib3.response.HTTPResponse):
    """urllib3's response to one of our connections."""

    def release_conn(self) -> None:
        """Give the connection back, once: an exception at any point leaves it here or in the pool, never in both."""
        pool, connection = self._pool, self._connection
        self._connection = None
        if pool is not None and connection is not None:
            pool._put_conn(connection)

    def is_plain(self) -> bool:
        """Tell whether its body needs no decoder, and can be read until a deadline."""
        return isinstance(self._original_response, BoundedResponse) and "content-encoding" not in self.headers

    def read_plain(self, most: int) -> bytes | None:
        """Return the body as it came, or None when it is larger than so many bytes.

        It does without urllib3's buffers and its guard around each read: whoever reads closes this when that fails.
        """
        original: Any = self._original_response
        body: bytes | None = original.read_up_to(most)
        if body is not None:
            self.release_conn()
        return body


class _Bounded:
    """What our connections of both schemes have in common."""

    response_class: Any = property(_response_class)
    idle_since: float | None = None  # None while it is in use
    _held: list[bytes] | None = None
    _writes_lines = False

    def _new_conn(self) -> socket.socket:
        connection: Any = self
        if dialing.is_patched():
            create: Any = super()
            return create._new_conn()  # type: ignore[no-any-return]
        sock = dialing.connect(connection)
        sys.audit("http.client.connect", self, connection.host, connection.port)  # as http.client and urllib3 do
        return sock

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send head and body at once: apart, they are two packets and two system calls."""
        connection: Any = super()
        self.idle_since = None
        self._writes_lines = _own_putheader() and _own_base_putheader()
        self._held = []
        try:
            connection.request(*args, **kwargs)
            data = b"".join(self._held)
        finally:
            self._held = None
        connection.send(data)

    def putheader(self, header: Any, *values: Any) -> None:
        """Add a header; a plain one without looking at its parts one by one, which takes a tenth of a call."""
        connection: Any = self
        if self._writes_lines and len(values) == 1 and type(header) is type(values[0]) is str:
            line = f"{header}: {values[0]}"
            if _is_plain_header(line):
                connection._output(line.encode("ascii"))
                return
        whole: Any = super()
        whole.putheader(header, *values)

    def send(self, data: Any) -> None:
        """Send, or hold back what is part of a request."""
        if self._held is None or not isinstance(data, bytes):
            connection: Any = super()
            connection.send(data)
        else:
            self._held.append(data)

    def getresponse(self) -> Any:
        """Read the head of a response, as urllib3 does but for its second look at each line: `begin` was strict."""
        connection: Any = self
        options = getattr(connection, "_response_options", None)
        if options is None or not _own_getresponse():
            whole: Any = super()
            response = whole.getresponse()
            if type(response) is urllib3.response.HTTPResponse:  # pragma: no branch  (a tool's own class stays)
                response.__class__ = Response  # for the way it is given back
            return response
        connection._response_options = None
        if connection.timeout is None:  # else the reader sets what is left, before each read
            connection.sock.settimeout(None)
        shutdown = getattr(connection.sock, "shutdown", None)
        original = http.client.HTTPConnection.getresponse(connection)
        headers = HTTPHeaderDict()
        for name, value in original.msg.raw_items():
            headers.add(name, re.compile(_FOLD).sub(" ", value) if "\n" in value else value)
        return Response(
            body=original,
            headers=headers,
            status=original.status,
            version=original.version,
            version_string=getattr(connection, "_http_vsn_str", "HTTP/?"),
            reason=original.reason,
            preload_content=options.preload_content,
            decode_content=options.decode_content,
            original_response=original,
            enforce_content_length=options.enforce_content_length,
            request_method=options.request_method,
            request_url=options.request_url,
            sock_shutdown=shutdown,
        )


class _HTTPConnection(_Bounded, HTTPConnection):
    pass


class _HTTPSConnection(_Bounded, HTTPSConnection):
    _connect_until: float | None = None

    def connect(self) -> None:
        """Connect, TLS and a proxy's tunnel included, within the timeout. What fails here comes before the request."""
        self._connect_until = None if self.timeout is None else time.monotonic() + self.timeout
        try:
            super().connect()
        except (TunnelRefused, TunnelBroken):
            raise
        except OSError as error:
            kind = HandshakeTimeout if isinstance(error, TimeoutError) else HandshakeFailed
            raise kind(str(error)) from error

    def _tunnel(self) -> None:
        seconds = self.timeout
        self.timeout = self._left_to_connect()
        try:
            super()._tunnel()
            self.sock.settimeout(self._left_to_connect())
            return
        except TimeoutError:
            problem: OSError = TunnelTimeout("the proxy did not answer CONNECT in time")
        except (OSError, HTTPException, ValueError) as error:
            problem = _tunnel_problem(str(error))
        finally:
            self.timeout = seconds
        # Raised here so that the first error is no part of it: it repeats what the proxy said, which may be a password.
        raise problem

    def _left_to_connect(self) -> float | None:
        return None if self._connect_until is None else max(self._connect_until - time.monotonic(), 0.001)


def _tunnel_problem(message: str) -> OSError:
    status = re.match(r"Tunnel connection failed: ([0-9]{3})", message)
    if status is None:
        return TunnelBroken("it closed the connection, or gave no HTTP response")
    kind = TunnelBroken if status[1] in ("408", "429", "500", "502", "503", "504") else TunnelRefused
    return kind(f"it answered CONNECT with {status[1]}")


class _IdleStack:
    """urllib3's queue of idle connections, with C-level operations: no exception can leave a lock of it held."""

    def __init__(self, maxsize: int) -> None:  # noqa: ARG002  (there are never more than permits)
        self._stack: deque[Any] = deque()

    def get(self, block: bool = True, timeout: float | None = None) -> Any:  # noqa: ARG002  (waiting is done elsewhere)
        try:
            return self._stack.pop()
        except IndexError:
            raise Empty from None

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:  # noqa: ARG002
        # urllib3 keeps a None for each connection that may be opened, and puts one too many when it is interrupted.
        if item is not None:
            self._stack.append(item)

    def qsize(self) -> int:
        return len(self._stack)


_OURS = (_HTTPConnection, _HTTPSConnection)


class _Pooled:
    """What our pools of both schemes have in common."""

    QueueCls: Any = _IdleStack
    idle_timeout: float | None = None
    pool: Any
    ConnectionCls: Any

    def _get_conn(self, timeout: float | None = None) -> Any:
        pool: Any = super()
        connection = pool._get_conn(timeout)
        if isinstance(connection, _OURS) is not (self.ConnectionCls in _OURS):
            # A tool came or went after this one was opened.
            connection.close()
            connection = pool._new_conn()
        if isinstance(connection, _OURS):
            since = connection.idle_since
            # Without a time it is new, or what used it last did not read its response to the end.
            if since is None or (self.idle_timeout is not None and time.monotonic() - since > self.idle_timeout):
                connection.close()
        return connection

    def _put_conn(self, conn: Any) -> None:
        if isinstance(conn, _OURS):
            conn.idle_since = time.monotonic()
        pool: Any = super()
        pool._put_conn(conn)


# Tools such as vcrpy put a class of theirs where urllib3's stands; a pool of ours must not hide that.
_HTTP: Any = HTTPConnectionPool.ConnectionCls
_HTTPS: Any = HTTPSConnectionPool.ConnectionCls


class _HTTPConnectionPool(_Pooled, HTTPConnectionPool):
    @property
    def ConnectionCls(self) -> Any:  # type: ignore[override]  # noqa: N802  (urllib3's name)
        patched = HTTPConnectionPool.ConnectionCls
        return _HTTPConnection if patched is _HTTP and urllib3.connection.HTTPConnection is _HTTP else patched


class _HTTPSConnectionPool(_Pooled, HTTPSConnectionPool):
    @property
    def ConnectionCls(self) -> Any:  # type: ignore[override]  # noqa: N802  (urllib3's name)
        patched = HTTPSConnectionPool.ConnectionCls
        return _HTTPSConnection if patched is _HTTPS and urllib3.connection.HTTPSConnection is _HTTPS else patched


POOLS: Any = {"http": _HTTPConnectionPool, "https": _HTTPSConnectionPool}
