"""Our own connections: requests' adapter with a deadline in every read from the socket.

A socket's timeout is for one read, so a server that sends a byte now and then could hold a caller for ever. Here
the seconds that urllib3 sets for an answer are for the whole of it: status line, headers and body.
"""

from __future__ import annotations

import io
import socket
import time
from functools import partial
from http.client import HTTPException, HTTPResponse
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class BoundedAdapter(HTTPAdapter):
    """An adapter for one host: it keeps as many connections as it opens, retries nothing and reads until a deadline.

    Proxies and certificates must be the same in every call: they are looked at in the first.
    """

    def __init__(self, pool_size: int) -> None:
        super().__init__(pool_maxsize=pool_size)
        self._pool: HTTPConnectionPool | None = None

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pool manager, with our pools."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Make the pool manager of a proxy, with our pools."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = _POOLS
        return manager

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> HTTPConnectionPool:
        """Return the pool of the host. Finding it anew in each call costs a tenth of the call."""
        if self._pool is None:
            self._pool = super().get_connection_with_tls_context(*args, **kwargs)
        return self._pool

    def close(self) -> None:
        """Close the connections."""
        super().close()
        if self._pool is not None:
            self._pool.close()

    def build_response(self, req: PreparedRequest, resp: Any) -> Response:
        """Wrap urllib3's answer. No cookie is read from it, so none can be sent back."""
        response = Response()
        response.status_code = resp.status
        response.headers = resp.headers
        response.reason = resp.reason
        response.raw = resp
        response.url = req.url or ""
        response.request = req
        return response


class TunnelRefused(OSError):
    """A proxy does not lead on to the host. No request has been sent."""


class HandshakeFailed(OSError):
    """There is a connection, but no TLS over it. No request has been sent."""


class HandshakeTimeout(HandshakeFailed, TimeoutError):
    """TLS takes too long."""


class _Reader(io.RawIOBase):
    """A socket's bytes until a deadline, in seconds of the monotonic clock; None is no deadline."""

    def __init__(self, sock: socket.socket, deadline: float | None) -> None:
        self._socket = sock
        self._bytes = sock.makefile("rb", buffering=0)
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
                raise TimeoutError("the answer came too slowly")
            self._socket.settimeout(left)
        count = self._bytes.readinto(buffer)
        self.at_end = count == 0
        return count

    def close(self) -> None:
        self._bytes.close()
        super().close()


class _Answer(HTTPResponse):
    """http.client's answer, which reads until a deadline and notices when what it reads is not one whole answer."""

    def __init__(self, sock: socket.socket, *args: Any, seconds: float | None, **kwargs: Any) -> None:
        self._given_up = False
        self._reader = _Reader(sock, None if seconds is None else time.monotonic() + seconds)
        # http.client wants a socket only for its makefile.
        source: Any = self
        super().__init__(source, *args, **kwargs)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Give http.client what it reads from."""
        return io.BufferedReader(self._reader)

    def begin(self) -> None:
        """Read the headers. http.client takes a connection that is closed within them for their end."""
        super().begin()
        if self._reader.at_end:
            raise HTTPException("the connection was closed within the headers")

    def close(self) -> None:
        """Give the answer up, or close it after its end."""
        self._given_up = True
        super().close()

    def _close_conn(self) -> None:
        """Close the reader. What it holds beyond the body would be lost, or be the answer to the next request."""
        self._reader.at_end = True
        surplus = not self._given_up and self.fp.peek(1)
        super()._close_conn()  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
        if surplus:
            raise HTTPException("the answer is longer than it says")


def _answer_class(connection: HTTPConnection) -> Any:
    # urllib3 has set `timeout` to what is left for the answer (or for a proxy's) when http.client asks for this.
    return partial(_Answer, seconds=connection.timeout)


class _HTTPConnection(HTTPConnection):
    response_class: Any = property(_answer_class)


class _HTTPSConnection(HTTPSConnection):
    response_class: Any = property(_answer_class)

    def connect(self) -> None:
        """Connect. What fails here comes before the request, so that may be sent again."""
        try:
            super().connect()
        except TunnelRefused:
            raise
        except OSError as error:
            kind = HandshakeTimeout if isinstance(error, TimeoutError) else HandshakeFailed
            raise kind(str(error)) from error

    def _tunnel(self) -> None:
        try:
            super()._tunnel()
        except OSError as error:
            if error.errno or isinstance(error, TimeoutError):
                raise  # the network failed, not the proxy
            raise TunnelRefused(str(error)) from error


class _HTTPConnectionPool(HTTPConnectionPool):
    ConnectionCls: Any = _HTTPConnection


class _HTTPSConnectionPool(HTTPSConnectionPool):
    ConnectionCls: Any = _HTTPSConnection


_POOLS: Any = {"http": _HTTPConnectionPool, "https": _HTTPSConnectionPool}
