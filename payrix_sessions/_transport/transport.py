"""One exchange on the wire: a request goes out through `requests.Session.send`, its response comes back, in bounds.

There is one way out, and it is requests' own, so that whatever patches, wraps or observes it sees every exchange: the
user's session when there is one, else a plain session of ours that keeps no cookies, reads no environment, follows no
redirects and has `BoundedAdapter` mounted. Nothing here knows of retries, models or JSON. What goes wrong below becomes
a `ConnectionException`; exceptions of others (signal handlers, network blockers) pass through.
"""

from __future__ import annotations

import codecs
import io
import json
import os
import time
import weakref
from collections.abc import Iterator, Mapping
from http.client import HTTPException
from http.client import HTTPResponse as HTTPClientResponse
from typing import Any
from urllib.parse import urlencode

import requests
import urllib3
from requests.structures import CaseInsensitiveDict

from payrix_sessions._exceptions import ConfigurationException, TimeoutException
from payrix_sessions._redaction import Hidden, plain_str, redact_headers
from payrix_sessions._transport.adapter import BoundedAdapter, NoCookies
from payrix_sessions._transport.connections import Response
from payrix_sessions._transport.environment import find_route, proxy_secrets, session_route
from payrix_sessions._transport.failures import FAILURES, HookFailed, connection_exception
from payrix_sessions._transport.limits import Limits
from payrix_sessions._transport.patches import own_function
from payrix_sessions._transport.permits import Permits
from payrix_sessions.configuration import SESSION, Configuration, check_session, is_real
from payrix_sessions.http.http_request import HttpRequest
from payrix_sessions.http.http_response import HttpResponse

_CHUNK = 64 * 1024
_UNSET = object()
_NO_WAIT = 0.001  # seconds


class _Session(SESSION):
    """A session without surroundings."""

    def __init__(self, adapter: BoundedAdapter) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies = NoCookies()
        self.headers.clear()
        self.adapters.clear()
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def resolve_redirects(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        """Follow none: `send` would read the body of a redirect without bounds to prepare the next request."""
        return iter(())


class _WireHeaders(CaseInsensitiveDict["str | bytes"]):
    """Headers in clear, as plain strings for whoever serializes them, which tracebacks show redacted."""

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> _WireHeaders:
        """Return these headers, put together in one step."""
        made = cls.__new__(cls)
        store: Any = {name.lower(): (name, plain_str(value)) for name, value in headers.items()}
        made._store = store  # requests' own is an OrderedDict, which takes longer to make
        return made

    def copy(self) -> _WireHeaders:
        made = _WireHeaders.__new__(_WireHeaders)
        made._store = self._store.copy()
        return made

    def __iter__(self) -> Iterator[str]:
        return iter([name for name, _ in self._store.values()])

    def items(self) -> Any:
        # In one step, not by a look-up for each.
        return dict(self._store.values()).items()

    def __repr__(self) -> str:
        return repr(redact_headers({name: str(value) for name, value in self.items()}))


class Transport:
    """The connections of a client and of its variants. It keeps no state of a call, so any thread may use it."""

    def __init__(self, configuration: Configuration) -> None:
        session: Any = configuration.http_client_instance
        # A cache or a mock that stands in the place of requests.Session stands in the place of ours.
        self._stand_in: Any = requests.Session() if session is None and requests.Session is not SESSION else None
        self._other: Any = session or self._stand_in
        self._given: requests.Session | None = self._other if is_real(self._other) else None
        self._pool_size = configuration.pool_size
        self._idle_timeout = configuration.idle_timeout
        self._proxy_settings = configuration.proxy_settings
        self._inherited: list[object] = []
        self.closed: bool = False
        self._url = configuration.get_base_uri()
        self._route = find_route(self._url, self._proxy_settings, self._given)
        if self._given is not None:
            session_route(self._url, self._given, self._route, self._proxy_settings)
        # The pools of SOCKS proxies are urllib3's own, without our deadline in each read.
        socks = any(to.lower().startswith("socks") for to in self._route.proxies.values())
        self._reads_until_deadline = self._given is None and not socks
        self._proxy_secrets = Hidden(proxy_secrets(self._url, self._route))
        self._open()
        _TRANSPORTS.add(self)

    def _open(self) -> None:
        self._adapter = BoundedAdapter(self._pool_size, self._idle_timeout, self._route.verify)
        self._session: requests.Session = self._other or _Session(self._adapter)
        # Waiting here instead of in the pool bounds the wait, and keeps the pool from discarding connections.
        self._permits = Permits(self._pool_size)

    def reopen_after_fork(self) -> None:  # pragma: no cover - a forked child may end before its counts are kept
        """Leave the connections to the parent process. They are kept so that nothing closes what it still uses."""
        self._inherited.append(self._adapter)
        self._open()

    def close(self) -> None:
        """Close the connections; a session that the user passed in stays open."""
        self.closed = True
        self._adapter.close()
        if self._stand_in is not None:
            self._stand_in.close()

    def discard_connections(self) -> None:
        """Close the idle connections: one of them delivers what belongs to another request."""
        self._adapter.discard_idle()

    def send(self, request: HttpRequest, limits: Limits) -> HttpResponse:
        """Send a request once and read the whole response.

        Raises:
            ConnectionException: No complete response arrived; TimeoutException when that was a matter of time.
        """
        request._known = self._proxy_secrets  # type: ignore[misc]  # mypy overlooks inherited slots
        if self._given is not None:
            return self._translated(request, limits)
        started = time.monotonic()
        permits = self._permits
        permit = permits.acquire(limits.connect if limits.total is None else limits.total)
        if permit is None:
            longest = limits.connect if limits.total is None else limits.total
            raise TimeoutException(
                f"none of the {self._pool_size} connections became free within {longest:g} s; "
                "raise pool_size, or use fewer threads",
                may_have_been_sent=False,
            )
        try:
            waited = time.monotonic() - started
            if limits.total is not None and waited > _NO_WAIT:
                limits = limits._replace(total=max(limits.total - waited, 0.001))
            return self._translated(request, limits)
        finally:
            permits.release(permit)

    def _translated(self, request: HttpRequest, limits: Limits) -> HttpResponse:
        try:
            if self.closed:
                raise urllib3.exceptions.ClosedPoolError(None, "closed")  # type: ignore[arg-type]
            return self._exchange(request, limits)
        except ConfigurationException:
            raise
        except (*FAILURES, HookFailed) as error:
            repeats = self._given is not None and _repeats(self._given, request)
            raise connection_exception(error, request, limits, is_last_of_several=repeats) from error

    def _exchange(self, request: HttpRequest, limits: Limits) -> HttpResponse:
        deadline = None if limits.total is None else time.monotonic() + limits.total
        prepared = _prepared(request)
        body: _Body | None = None
        route = self._route
        timeout: Any = limits.as_timeout()
        session = self._session
        if self._given is not None:
            check_session(session)
            route = session_route(self._url, session, route, self._proxy_settings)
            request._known = Hidden(proxy_secrets(self._url, route))  # type: ignore[misc]  # mypy overlooks inherited slots
            # Adapters of others understand this pair.
            timeout = (timeout.connect_timeout, limits.read if limits.total is None else limits.total)
            body = _Body(limits, deadline)
            _adopt(session, prepared, body)
        try:
            response = _sent(
                session,
                prepared,
                stream=True,
                allow_redirects=False,
                timeout=timeout,
                verify=route.verify,
                cert=route.cert,
                proxies=route.proxies,
            )
        except FAILURES as error:
            found = _response_of(error, body.response if body else None)
            if found is None:
                raise
            response = found
        reader = body or _Body(limits, deadline, whole_chunks=self._reads_until_deadline)
        return _received(request, response, reader.read(response), limits)


def _prepared(request: HttpRequest) -> requests.PreparedRequest:
    prepared = requests.PreparedRequest()
    prepared.method = request.http_method
    prepared.url = request.query_url
    prepared.headers = _WireHeaders.of(request.headers)
    prepared._cookies = _NO_COOKIES  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]  (send copies it)
    if request.parameters is not None:
        prepared.body = request.parameters.encode()
        prepared.headers["content-length"] = str(len(prepared.body))
    return prepared


def _response_of(error: BaseException, arrived: requests.Response | None) -> requests.Response | None:
    """Return the response of a request although `send` failed after it, in a hook or over a redirect.

    Args:
        error: What it failed with.
        arrived: The response that arrived at a session of the user's, before its hooks.

    Raises:
        HookFailed: A hook's own connection failed: that must not pass for one that never carried the request.
    """
    rejected = error.response if isinstance(error, requests.HTTPError) else None
    if rejected is not None and (arrived is None or rejected.url == arrived.url):
        # A hook that calls raise_for_status: the status is told in our own way.
        return rejected
    if arrived is None or arrived.is_redirect:
        # With a Location that it cannot read, send fails after the response arrived.
        return arrived
    raise HookFailed from error


_own_request = own_function(requests.Session, "request")


def _sent(session: requests.Session, prepared: requests.PreparedRequest, **options: Any) -> requests.Response:
    """Send a request through the session; where a mock or a tracer stands in the place of `request`, through that."""
    if _own_request():
        return session.send(prepared, **options)
    return session.request(
        prepared.method or "",
        prepared.url or "",
        headers={**prepared.headers},
        data=prepared.body,
        hooks=prepared.hooks,
        auth=_without_auth,  # else requests looks for some in .netrc
        **options,
    )


def _repeats(session: requests.Session, request: HttpRequest) -> bool:
    """Tell whether the adapter of a user's session sends such a request again by itself."""
    try:
        retries: Any = getattr(session.get_adapter(request.query_url), "max_retries", None)
    except requests.exceptions.InvalidSchema:
        return False
    if not isinstance(retries, urllib3.Retry) or retries.total in (0, False):
        return False
    return not retries.allowed_methods or request.http_method in retries.allowed_methods


def _without_auth(prepared: requests.PreparedRequest) -> requests.PreparedRequest:
    return prepared


def _adopt(session: requests.Session, prepared: requests.PreparedRequest, body: _Body) -> None:
    """Give a request what a session of the user's adds to its requests: headers, query parameters and hooks."""
    # None is requests' way to take a header away, whatever its types say.
    given: dict[str, str | None] = dict(session.headers)
    headers = {name: value for name, value in given.items() if value is not None}
    prepared.headers = _WireHeaders({**CaseInsensitiveDict(headers), **prepared.headers})
    if session.params:
        separator = "&" if "?" in (prepared.url or "") else "?"
        prepared.url = f"{prepared.url}{separator}{urlencode(session.params, doseq=True)}"
    # Ours comes first: hooks find the body in memory, since reading it there would have no bounds.
    hooks: Any = session.hooks.get("response") or []
    prepared.hooks = {"response": [body.preload, *([hooks] if callable(hooks) else hooks)]}


class _Body:
    """Reads the body of a response in bounds, whatever adapter made the response.

    Our own connections keep the deadline in every read from the socket, so whole chunks can be asked for; others keep
    it only between reads, so these have to be as short as the data comes.
    """

    __slots__ = ("_deadline", "_limits", "_whole_chunks", "response")

    def __init__(self, limits: Limits, deadline: float | None, *, whole_chunks: bool = False) -> None:
        self._limits = limits
        self._deadline = deadline
        self._whole_chunks = whole_chunks
        self.response: requests.Response | None = None

    def preload(self, response: requests.Response, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002  (a hook)
        """Put the body into memory, and leave nothing for `send` to read, and no cookies to keep."""
        body = self.read(response)
        response._content = body if body is not None else b""
        response._content_consumed = True  # pyright: ignore[reportAttributeAccessIssue]
        response.raw = urllib3.HTTPResponse(io.BytesIO(response.content), preload_content=False)
        self.response = response
        if body is None:
            self.response.too_large = True  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]

    def read(self, response: requests.Response) -> bytes | None:
        """Return the body, decompressed, or None when it is larger than allowed."""
        if getattr(response, "too_large", False) is True:
            return None
        if getattr(response, "_content", False) is not False or getattr(response, "raw", None) is None:
            return self._in_memory(response)
        try:
            return self._streamed(response)
        except BaseException:
            _close(response)
            raise

    def _in_memory(self, response: requests.Response) -> bytes | None:
        content = _content_of(response)
        if not isinstance(content, (bytes, bytearray)):
            raise HTTPException("the session gave a response without a body of bytes")
        return bytes(content) if len(content) <= self._limits.max_body_bytes else None

    def _streamed(self, response: requests.Response) -> bytes | None:
        raw: Any = response.raw
        if type(raw) is Response and raw.is_plain() and _own_read():
            body = raw.read_plain(self._limits.max_body_bytes)
            if body is None:
                _close(response)
            self._check_deadline()
            return body
        options = {"decode_content": True} if isinstance(raw, urllib3.BaseHTTPResponse) else {}
        original = getattr(raw, "_original_response", None)
        read = _reader_of(raw)
        if isinstance(original, HTTPClientResponse) and not self._whole_chunks and options:
            read = raw.read1
            source: Any = original.fp
            if isinstance(source, io.BufferedIOBase):  # pragma: no branch  (else it has ended already)
                counted: Any = _Counted(source)
                original.fp = counted
        chunks: list[bytes] = []
        size = 0
        while chunk := read(_CHUNK, **options):
            chunks.append(chunk)
            size += len(chunk)
            if size > self._limits.max_body_bytes:
                _close(response)
                return None
            self._check_deadline()
            if getattr(raw, "length_remaining", None) == 0 and "content-encoding" not in response.headers:
                break
        return b"".join(chunks)

    def _check_deadline(self) -> None:
        if self._deadline is not None and time.monotonic() > self._deadline:
            raise TimeoutError("the body came too slowly")


def _reader_of(raw: Any) -> Any:
    if hasattr(raw, "read"):
        return raw.read
    if not hasattr(raw, "stream"):
        raise HTTPException("the session gave a response whose raw cannot be read")
    pieces: Any = iter(raw.stream(_CHUNK, decode_content=True))

    def read(_size: int) -> Any:
        return next(pieces, b"")

    return read


_own_read = own_function(urllib3.HTTPResponse, "read")


def _content_of(response: Any) -> Any:
    """Return the body of a response in memory; of a stub, whichever form its test has set."""
    content: Any = getattr(response, "content", _UNSET)
    if content is None:  # neither read nor to be read
        return b""
    if isinstance(content, (bytes, bytearray)):
        return content
    for form in (content, getattr(response, "text", _UNSET)):
        if isinstance(form, str):
            return form.encode()
    value: Any = response.json() if callable(getattr(response, "json", None)) else _UNSET
    return json.dumps(value).encode() if isinstance(value, (dict, list)) else None


def _close(response: requests.Response) -> None:
    """Close a response, whatever its `raw` is."""
    if hasattr(response.raw, "close"):
        response.close()


class _Counted:
    """What http.client reads from, without reads to the end: a chunk of size -1 asks for one."""

    def __init__(self, source: io.BufferedIOBase) -> None:
        self._source = source

    def read1(self, size: int = -1) -> bytes:
        if size < 0:
            raise HTTPException("a chunk of the response has a size that is not hexadecimal")
        return self._source.read1(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)


def _received(request: HttpRequest, response: requests.Response, body: bytes | None, limits: Limits) -> HttpResponse:
    fault = None
    text = ""
    status: Any = response.status_code
    if not isinstance(status, int) or isinstance(status, bool):
        raise HTTPException("the session gave a response without a status")
    status = int(status)
    if body is None:
        fault = f"the body is larger than max_response_bytes ({limits.max_body_bytes})"
    else:
        body = body.removeprefix(codecs.BOM_UTF8)
        try:
            text = body.decode()
        except UnicodeDecodeError:
            text = body.decode(errors="replace")
            fault = "the body is not UTF-8" if 200 <= status < 300 else None
    reason: Any = getattr(response, "reason", None)
    received = HttpResponse(status, reason if isinstance(reason, str) else "", _headers_of(response), text, request)
    received._fault = fault  # type: ignore[misc]  # mypy overlooks inherited slots
    return received


def _headers_of(response: requests.Response) -> Mapping[str, str]:
    headers: Any = getattr(response, "headers", None)
    if isinstance(headers, Mapping):
        return headers  # pyright: ignore[reportUnknownVariableType]
    return CaseInsensitiveDict(headers if isinstance(headers, (list, tuple)) else {})  # pyright: ignore[reportUnknownArgumentType]


_NO_COOKIES = NoCookies()

# Weak, so that a client that is dropped takes its connections along.
_TRANSPORTS: weakref.WeakSet[Transport] = weakref.WeakSet()


def _reopen_all() -> None:  # pragma: no cover - a forked child may end before its counts are kept
    for transport in list(_TRANSPORTS):
        transport.reopen_after_fork()


if hasattr(os, "register_at_fork"):  # pragma: no branch  (Windows has no fork)
    os.register_at_fork(after_in_child=_reopen_all)
