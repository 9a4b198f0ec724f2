"""Our own connections: requests' adapter with a deadline in every read from the socket.

A socket's timeout is for one read, so a server that sends a byte now and then could hold a caller for ever. Here
the seconds that urllib3 sets for an answer are for the whole of it: status line, headers and body.
"""

from __future__ import annotations

import io
import socket
import time
from http.client import HTTPResponse
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
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> HTTPConnectionPool:
        """Return the pool of the host. Finding it anew in each call costs a tenth of the call."""
        if self._pool is None:
            self._pool = super().get_connection_with_tls_context(*args, **kwargs)
        return self._pool

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


class _Reader(io.RawIOBase):
    """A socket's bytes until a deadline."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._socket = sock
        self._bytes = sock.makefile("rb", buffering=0)
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer came too slowly")
        self._socket.settimeout(left)
        return self._bytes.readinto(buffer)

    def close(self) -> None:
        self._bytes.close()
        super().close()


class _Readable:
    """What http.client's answer wants of a socket."""

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self._reader = _Reader(sock, time.monotonic() + seconds)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._reader)


def _answer_class(connection: HTTPConnection) -> Any:
    # urllib3 has set `timeout` to what is left for the answer (or for a proxy's) when http.client asks for this.
    seconds = connection.timeout

    def answer(sock: Any, *args: Any, **kwargs: Any) -> HTTPResponse:
        readable: Any = sock if seconds is None else _Readable(sock, seconds)
        return HTTPResponse(readable, *args, **kwargs)

    return answer


class _HTTPConnection(HTTPConnection):
    response_class: Any = property(_answer_class)


class _HTTPSConnection(HTTPSConnection):
    response_class: Any = property(_answer_class)


class _HTTPConnectionPool(HTTPConnectionPool):
    ConnectionCls: Any = _HTTPConnection


class _HTTPSConnectionPool(HTTPSConnectionPool):
    ConnectionCls: Any = _HTTPSConnection


_POOLS: Any = {"http": _HTTPConnectionPool, "https": _HTTPSConnectionPool}
