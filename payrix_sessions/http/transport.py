"""One exchange on the wire: a request goes out through requests' adapters, its whole answer comes back, in bounds.

Nothing here knows of retries, models or JSON. What goes wrong below becomes a `ConnectionException`.
"""

from __future__ import annotations

import codecs
import io
import os
import threading
import time
import weakref
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPException
from ssl import SSLCertVerificationError, SSLError
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.hooks import dispatch_hook
from requests.structures import CaseInsensitiveDict
from requests.utils import get_environ_proxies
from urllib3 import exceptions as errors

from payrix_sessions.configuration import Configuration, is_loopback
from payrix_sessions.exceptions.api_exception import APIException
from payrix_sessions.exceptions.payrix_exception import ConfigurationException, ConnectionException, TimeoutException
from payrix_sessions.http.connections import BoundedAdapter, HandshakeFailed, HandshakeTimeout, TunnelRefused
from payrix_sessions.http.http_request import HttpRequest
from payrix_sessions.http.http_response import HttpResponse
from payrix_sessions.masking import causes

_CHUNK = 64 * 1024

# What requests, urllib3, http.client and the sockets raise when an exchange fails.
_FAILURES = (requests.RequestException, errors.HTTPError, HTTPException, OSError, ValueError)


class Limits(NamedTuple):
    """What one attempt may take: seconds (None is no limit) and bytes."""

    connect: float | None
    read: float | None
    total: float | None
    body: int

    def as_timeout(self) -> urllib3.Timeout:
        """Return the seconds in the form that reaches the sockets."""
        return urllib3.Timeout(connect=self.connect, read=self.read, total=self.total)

    @classmethod
    def of(cls, configuration: Configuration) -> Limits:
        """Return the limits that a client is configured with."""
        timeout, body = configuration.timeout, configuration.max_response_bytes
        if not isinstance(timeout, tuple):
            return cls(timeout, timeout, timeout, body)
        connect, read = timeout
        return cls(connect, read, None if connect is None or read is None else connect + read, body)


class Transport:
    """The connections of a client and of its variants. It keeps no state of a call, so any thread may use it."""

    def __init__(self, configuration: Configuration) -> None:
        self._session = configuration.http_client_instance
        self._pool_size = configuration.pool_size
        self._inherited: list[HTTPAdapter] = []
        self.closed: bool = False
        # The environment is read here, once; requests would read it in each call.
        url, proxy = configuration.get_base_uri(), configuration.proxy_settings
        if self._session is not None:
            settings = self._session.merge_environment_settings(url, {}, True, None, None)
            self._proxies: Mapping[str, str] = settings["proxies"]
            self._verify: bool | str = settings["verify"]
            self._cert: Any = settings["cert"]
        else:
            self._proxies = get_environ_proxies(url)
            self._verify = _environment_bundle(url)
            self._cert = None
        if proxy is not None:
            self._proxies = proxy.to_proxies()
        if url.startswith("http://"):
            # Such a URL is of this machine; a proxy elsewhere would get the credentials in clear.
            self._proxies = {scheme: to for scheme, to in self._proxies.items() if is_loopback(_host_of(to))}
        # The pools of SOCKS proxies are urllib3's own, without our deadline in each read.
        own = self._session is None and not any(to.lower().startswith("socks") for to in self._proxies.values())
        self._reads_until_deadline = own
        self._open()
        _TRANSPORTS.add(self)

    def _open(self) -> None:
        self._adapter = BoundedAdapter(self._pool_size)
        # Waiting here instead of in the pool bounds the wait, and keeps the pool from discarding connections.
        self._slots = threading.BoundedSemaphore(self._pool_size)

    def reopen_after_fork(self) -> None:
        """Leave the connections to the parent process. They are kept so that nothing closes what it still uses."""
        self._inherited.append(self._adapter)
        self._open()

    def close(self) -> None:
        """Close the connections; a session that the user passed in stays open."""
        self.closed = True
        self._adapter.close()

    def send(self, request: HttpRequest, limits: Limits) -> HttpResponse:
        """Send a request once and read the whole answer.

        Raises:
            ConnectionException: When no complete answer came; TimeoutException when that was a matter of time.
            APIException: When the body is larger than allowed, or is not UTF-8.
        """
        slots = self._slots
        if not slots.acquire(blocking=False):
            limits = self._wait_for_slot(slots, limits)
        try:
            return self._exchange(request, limits)
        except _FAILURES as error:
            raise _failure(error, request, limits) from error
        finally:
            slots.release()

    def _wait_for_slot(self, slots: threading.Semaphore, limits: Limits) -> Limits:
        started = time.monotonic()
        longest = limits.total or limits.connect
        if not slots.acquire(timeout=longest):
            raise TimeoutException(
                f"none of the {self._pool_size} connections became free within {longest:g} s; "
                "raise pool_size, or use fewer threads",
                may_have_been_sent=False,
            )
        if limits.total is None:
            return limits
        left = max(limits.total - (time.monotonic() - started), 0.001)
        return Limits(limits.connect, limits.read, left, limits.body)

    def _exchange(self, request: HttpRequest, limits: Limits) -> HttpResponse:
        deadline = None if limits.total is None else time.monotonic() + limits.total
        prepared = requests.PreparedRequest()
        prepared.method = request.http_method
        prepared.url = request.query_url
        prepared.headers = CaseInsensitiveDict(request.headers)
        if request.parameters is not None:
            prepared.body = request.parameters.encode()
            prepared.headers["content-length"] = str(len(prepared.body))
        session = self._session
        if session is None:
            adapter: Any = self._adapter
        else:
            adapter = session.get_adapter(request.query_url)
            # None is requests' way to take a header away, whatever its types say.
            given: dict[str, str | None] = dict(session.headers)
            headers = {name: value for name, value in given.items() if value is not None}
            prepared.headers = CaseInsensitiveDict({**headers, **prepared.headers})
        options: dict[str, Any] = {
            "timeout": limits.as_timeout(),
            "verify": self._verify,
            "cert": self._cert,
            "proxies": self._proxies,
        }
        response: requests.Response = adapter.send(prepared, stream=True, **options)
        try:
            body = _read(response, deadline, limits, whole_chunks=self._reads_until_deadline)
        except BaseException:
            response.close()
            raise
        if body is not None and session is not None and session.hooks.get("response"):
            # Hooks find the body in memory: reading it there would have no bounds.
            response.raw = urllib3.HTTPResponse(io.BytesIO(body), preload_content=False)
            with suppress(requests.HTTPError):  # raise_for_status: the status is told in our own way
                response = dispatch_hook("response", session.hooks, response, **options)
            body = response.content
        return _answer(request, response, body, limits)


def _host_of(proxy: str) -> str:
    return urlsplit(proxy if "://" in proxy else f"//{proxy}").hostname or ""


def _environment_bundle(url: str) -> bool | str:
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        path = os.environ.get(variable)
        if path:
            if url.startswith("https") and not os.path.exists(path):  # noqa: PTH110  (pathlib is slow to import)
                raise ConfigurationException(f"{variable} names {path}, which is not there")
            return path
    return True


def _read(response: requests.Response, deadline: float | None, limits: Limits, *, whole_chunks: bool) -> bytes | None:
    """Read and decompress the body, or return None when it is larger than allowed.

    Our own connections keep the deadline in every read from the socket, so whole chunks can be asked for; others
    keep it only between reads, so these have to be as short as the data comes.
    """
    raw: Any = response.raw
    read = raw.read if whole_chunks or not hasattr(raw, "read1") else raw.read1
    chunks: list[bytes] = []
    size = 0
    while chunk := read(_CHUNK, decode_content=True):
        chunks.append(chunk)
        size += len(chunk)
        if size > limits.body:
            response.close()
            return None
        if deadline is not None and time.monotonic() > deadline:
            raise TimeoutError("the body came too slowly")
        if getattr(raw, "length_remaining", None) == 0 and "content-encoding" not in response.headers:
            break
    return b"".join(chunks)


def _answer(request: HttpRequest, response: requests.Response, body: bytes | None, limits: Limits) -> HttpResponse:
    fault = None
    text = ""
    if body is None:
        fault = f"the body is larger than max_response_bytes ({limits.body})"
    else:
        body = body.removeprefix(codecs.BOM_UTF8)
        try:
            text = body.decode()
        except UnicodeDecodeError:
            text = body.decode(errors="replace")
            fault = "the body is not UTF-8" if response.ok else None
    answer = HttpResponse(response.status_code, response.reason or "", response.headers, text, request)
    if fault:
        raise APIException(fault, answer, carried_out(request))
    return answer


def carried_out(request: HttpRequest) -> str:
    """Return the warning for a request that may have had its effect although its answer is of no use."""
    if request.http_method == "GET":
        return ""
    return (
        f"; the {request.http_method} may have been carried out: look before you send it again, "
        "or give it a request token, with which a repeat is safe"
    )


class _Cause(NamedTuple):
    """What may lie below a failed exchange, and what to tell the caller about it."""

    kinds: tuple[type[BaseException], ...]
    message: str
    sent: bool = True
    permanent: bool = False
    timeout: bool = False


# The first that is found counts.
_CAUSES = (
    _Cause(
        (SSLCertVerificationError,),
        "the TLS certificate of {host} is not trusted; check base_url, or name the file of your own authority in "
        "REQUESTS_CA_BUNDLE",
        sent=False,
        permanent=True,
    ),
    _Cause(
        (HandshakeTimeout,),
        "no TLS connection to {host} within {connect} s; check base_url and the network, or raise timeout",
        sent=False,
        timeout=True,
    ),
    _Cause(
        (HandshakeFailed,),
        "no TLS connection to {host}; does it speak https on this port, and is the file of authorities whole?",
        sent=False,
    ),
    _Cause((errors.NameResolutionError,), "the host name of {peer} is not known; check {where} and DNS", sent=False),
    _Cause(
        (errors.NewConnectionError,),
        "no connection to {peer}; check {where}, the network, and whether a proxy is needed",
        sent=False,
    ),
    _Cause(
        (errors.ConnectTimeoutError, requests.ConnectTimeout),
        "no connection to {peer} within {connect} s; check {where} and the network, or raise timeout",
        sent=False,
        timeout=True,
    ),
    _Cause((TunnelRefused,), "the proxy does not lead to {host}: {reason}; check {where}", sent=False, permanent=True),
    _Cause(
        (TimeoutError, errors.ReadTimeoutError, requests.Timeout),
        "no complete answer from {host} within {read} s; raise timeout, or try again later",
        timeout=True,
    ),
    _Cause(
        (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, errors.LocationValueError),
        "the URL for {host} cannot be used; check base_url and the proxy's address (SOCKS needs requests[socks])",
        sent=False,
        permanent=True,
    ),
    _Cause(
        (errors.DecodeError, requests.exceptions.ContentDecodingError),
        "the answer from {host} is compressed, but damaged; something on the way changes it",
    ),
    _Cause(
        (SSLError, errors.SSLError, requests.exceptions.SSLError),
        "TLS with {host} failed; does it speak https on this port?",
    ),
    _Cause(
        (BaseException,), "the connection to {host} broke before the answer was complete; try again, or see the cause"
    ),
)


def _failure(error: BaseException, request: HttpRequest, limits: Limits) -> ConnectionException:
    """Say in our words what went wrong below."""
    chain = causes(error)
    cause = next(cause for cause in _CAUSES if any(isinstance(link, cause.kinds) for link in chain))
    host = urlsplit(request.query_url).netloc
    by_proxy = any(isinstance(link, (errors.ProxyError, requests.exceptions.ProxyError)) for link in chain)
    message = cause.message.format(
        host=host,
        peer=f"the proxy for {host}" if by_proxy else host,
        where="proxy_settings and HTTPS_PROXY" if by_proxy else "base_url",
        connect=limits.connect,
        read=limits.read or limits.connect,
        reason=next((link for link in chain if isinstance(link, TunnelRefused)), None),
    )
    exception = TimeoutException if cause.timeout else ConnectionException
    return exception(
        message + (carried_out(request) if cause.sent else ""),
        may_have_been_sent=cause.sent,
        is_permanent=cause.permanent,
    )


# Weak, so that a client that is dropped takes its connections along.
_TRANSPORTS: weakref.WeakSet[Transport] = weakref.WeakSet()


def _reopen_all() -> None:
    for transport in list(_TRANSPORTS):
        transport.reopen_after_fork()


if hasattr(os, "register_at_fork"):  # pragma: no branch  (Windows has no fork)
    os.register_at_fork(after_in_child=_reopen_all)
