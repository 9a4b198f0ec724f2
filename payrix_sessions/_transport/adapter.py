"""requests' adapter for one host: our pools, one TLS context, no cookies, no second look at what is known."""

from __future__ import annotations

import os
import socket
import threading
from queue import Empty
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.ssl_ import create_urllib3_context

from payrix_sessions._transport.connections import POOLS

# A connection that a router has forgotten is found out by probes instead of by the next request's timeout.
_SOCKET_OPTIONS: list[tuple[int, int, int]] = [
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
]
for _name, _seconds in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3)):
    if hasattr(socket, _name):  # pragma: no branch  (not on every system)
        _SOCKET_OPTIONS.append((socket.IPPROTO_TCP, getattr(socket, _name), _seconds))


_STOCK_POOLS = {"http": HTTPConnectionPool, "https": HTTPSConnectionPool}


class NoCookies(RequestsCookieJar):
    """A jar that keeps nothing."""

    def extract_cookies(self, response: Any, request: Any) -> None:
        """Leave the cookies of a response alone."""

    def set_cookie(self, cookie: Any, *args: Any, **kwargs: Any) -> None:
        """Drop a cookie."""


class BoundedAdapter(HTTPAdapter):
    """An adapter for one host: it keeps as many connections as it opens, retries nothing and reads until a deadline.

    Proxies and certificates must be the same in every call: they are looked at in the first.

    Args:
        pool_size: The most connections that are kept.
        idle_timeout: Seconds after which an unused connection is closed instead of used again; None is never.
        verify: Whether to verify certificates, or the file or directory of trusted authorities.
    """

    def __init__(self, pool_size: int, idle_timeout: float | None, verify: bool | str) -> None:
        self._idle_timeout = idle_timeout
        self._verify = verify
        self._pool: Any = None  # the pool of the host, once there was a call
        self._making = threading.Lock()
        super().__init__(pool_maxsize=pool_size)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pool manager, with our pools."""
        super().init_poolmanager(*args, socket_options=_SOCKET_OPTIONS, **kwargs)
        if self.poolmanager.pool_classes_by_scheme == _STOCK_POOLS:  # else they are a mock's
            self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Make the pool manager of a proxy, with our pools."""
        # Without these, urllib3 leaves Nagle's algorithm on towards proxies: every POST would wait 40 ms.
        manager = super().proxy_manager_for(proxy, socket_options=_SOCKET_OPTIONS, **kwargs)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = POOLS
        return manager

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> HTTPConnectionPool:
        """Return the pool of the host. Finding it anew in each call costs a tenth of the call."""
        pool: Any = self._pool
        if pool is None:
            with self._making:  # threads that begin at once share one context
                pool = self._pool = self._pool or self._make_pool(*args, **kwargs)
        return pool  # type: ignore[no-any-return]

    def _make_pool(self, *args: Any, **kwargs: Any) -> HTTPConnectionPool:
        pool = super().get_connection_with_tls_context(*args, **kwargs)
        pool.idle_timeout = self._idle_timeout  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
        if isinstance(pool, HTTPSConnectionPool) and pool.proxy is None:
            # One context for all connections: making one reads the whole bundle of authorities, 20 ms of CPU.
            pool.conn_kw["ssl_context"] = _tls_context(self._verify)
            pool.ca_certs = pool.ca_cert_dir = None
        return pool

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Leave the pool's certificates alone: they are in its TLS context. With a proxy, name the authorities."""
        if getattr(conn, "proxy", None) is not None:
            super().cert_verify(conn, url, verify, cert)

    def request_url(self, request: PreparedRequest, proxies: Any) -> str:
        """Return what the request line names. Without a proxy it is the end of the URL, which is encoded already."""
        url = request.url or ""
        start = url.find("/", 8)  # past https://
        if start < 0 or "#" in url or url.startswith("//", start) or self._pool is None or self._pool.proxy is not None:
            return super().request_url(request, proxies)
        return url[start:]

    def discard_idle(self) -> None:
        """Close the connections that are idle; the next calls open new ones."""
        idle: Any = self._pool and self._pool.pool  # a call that closes the client may take it away meanwhile
        while idle is not None:
            try:
                connection = idle.get(block=False)
            except Empty:
                return
            connection.close()

    def close(self) -> None:
        """Close the connections."""
        super().close()
        if self._pool is not None:
            self._pool.close()

    def build_response(self, req: PreparedRequest, resp: Any) -> Response:
        """Wrap urllib3's response. No cookie is read from it, so none can be sent back."""
        response = Response.__new__(Response)
        # As Response() leaves it, but without making a cookie jar and a dictionary of headers for each.
        vars(response).update(_BLANK, history=[])
        response.status_code = resp.status
        response.headers = resp.headers
        response.reason = resp.reason
        response.raw = resp
        response.url = req.url or ""
        response.request = req
        return response


_BLANK: dict[str, Any] = {**vars(Response()), "cookies": NoCookies()}


def _tls_context(verify: bool | str) -> Any:
    context = create_urllib3_context()
    context.load_verify_locations(**authorities(verify))
    return context


def authorities(verify: bool | str) -> dict[str, str]:
    """Return the arguments of `SSLContext.load_verify_locations` for what requests calls verify."""
    path = verify if isinstance(verify, str) else DEFAULT_CA_BUNDLE_PATH
    return {"capath" if os.path.isdir(path) else "cafile": path}  # noqa: PTH112  (pathlib is slow to import)
