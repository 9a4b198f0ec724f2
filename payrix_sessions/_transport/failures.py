"""What may go wrong below a request, in one table, and how the caller is told."""

from http.client import HTTPException
from ssl import SSLCertVerificationError, SSLError
from typing import NamedTuple
from urllib.parse import urlsplit

import requests
from urllib3 import exceptions

from payrix_sessions._exceptions import ConnectionException, TimeoutException
from payrix_sessions._redaction import causes
from payrix_sessions._transport.connections import (
    HandshakeFailed,
    HandshakeTimeout,
    TunnelBroken,
    TunnelRefused,
    TunnelTimeout,
)
from payrix_sessions._transport.limits import Limits
from payrix_sessions._transport.responses import UnreadableResponse
from payrix_sessions.http.http_request import HttpRequest

# What requests, urllib3, http.client and the sockets raise when an exchange fails.
FAILURES = (requests.RequestException, exceptions.HTTPError, HTTPException, OSError, ValueError)


class HookFailed(Exception):
    """A hook of a session of the user's failed: the request was sent, and its response had arrived."""


class _Cause(NamedTuple):
    """A kind of error, and what to tell the caller about it."""

    kinds: tuple[type[BaseException], ...]
    message: str
    sent: bool = True
    permanent: bool = False
    timeout: bool = False


# First match wins.
_CAUSES = (
    _Cause(
        (HookFailed,),
        "a hook of http_client_instance failed after the response from {host} had arrived; see the cause",
        permanent=True,
    ),
    _Cause(
        (SSLCertVerificationError,),
        "the TLS certificate of {peer} is not trusted ({reason}); {advice}",
        sent=False,
        permanent=True,
    ),
    _Cause(
        (HandshakeTimeout,),
        "no TLS connection to {peer} within {connect:g} s; check {where} and the network, or raise timeout",
        sent=False,
        timeout=True,
    ),
    _Cause(
        (HandshakeFailed,),
        "no TLS connection to {peer} ({reason}); does it speak https on this port?",
        sent=False,
    ),
    _Cause((exceptions.NameResolutionError,), "the host name of {peer} is unknown; check {where} and DNS", sent=False),
    _Cause(
        (exceptions.NewConnectionError,),
        "no connection to {peer} ({reason}); check {where}, the network, and whether a proxy is needed",
        sent=False,
    ),
    _Cause(
        (exceptions.ConnectTimeoutError, requests.ConnectTimeout),
        "no connection to {peer} within {connect:g} s; check {where} and the network, or raise timeout",
        sent=False,
        timeout=True,
    ),
    _Cause(
        (exceptions.ClosedPoolError,),
        "the client was closed before the request to {host} was sent; make a new one",
        sent=False,
        permanent=True,
    ),
    _Cause(
        (TunnelRefused,), "the proxy refused the tunnel to {host}: {reason}; check {where}", sent=False, permanent=True
    ),
    _Cause(
        (TunnelTimeout,),
        "the proxy for {host} did not answer within {connect:g} s; check {where}",
        sent=False,
        timeout=True,
    ),
    _Cause((TunnelBroken,), "the proxy for {host} opened no tunnel: {reason}; check {where}", sent=False),
    _Cause(
        (TimeoutError, exceptions.ReadTimeoutError, requests.Timeout),
        "no complete response from {host} within {read:g} s; raise timeout, or try again later",
        timeout=True,
    ),
    _Cause(
        (
            requests.exceptions.InvalidURL,
            requests.exceptions.InvalidSchema,
            exceptions.LocationValueError,
        ),
        "the URL for {host} cannot be used; check base_url and the proxy's address (SOCKS needs requests[socks])",
        sent=False,
        permanent=True,
    ),
    _Cause(
        (exceptions.DecodeError, requests.exceptions.ContentDecodingError),
        "the response from {host} is compressed, but damaged; something on the way changes it",
    ),
    _Cause((UnreadableResponse,), "the response from {host} is not valid HTTP: {reason}"),
    _Cause(
        (SSLError, exceptions.SSLError, requests.exceptions.SSLError),
        "TLS with {host} failed ({reason}); does it speak https on this port?",
    ),
    _Cause(
        (BaseException,), "the connection to {host} broke before the response was complete; try again, or see the cause"
    ),
)


def connection_exception(
    error: BaseException, request: HttpRequest, limits: Limits, *, is_last_of_several: bool = False
) -> ConnectionException:
    """Return the exception that tells the caller about an error below the request.

    Args:
        error: What was raised.
        request: The request.
        limits: The limits of the attempt.
        is_last_of_several: Whether there may have been tries before, of which the error does not tell.
    """
    chain = causes(error)
    cause, link = next((cause, link) for cause in _CAUSES for link in reversed(chain) if isinstance(link, cause.kinds))
    url = urlsplit(request.query_url)
    by_proxy = any(
        isinstance(link, (exceptions.ProxyError, requests.exceptions.ProxyError, TunnelBroken, TunnelRefused))
        for link in chain
    )
    message = cause.message.format(
        host=url.netloc,
        peer=f"the proxy for {url.netloc}" if by_proxy else url.netloc,
        where=f"proxy_settings and {url.scheme.upper()}_PROXY" if by_proxy else "base_url",
        # A socket without a limit does not time out, so there is one wherever it is shown.
        connect=_rounded(limits.connect, limits.total),
        read=_rounded(limits.read, limits.total),
        reason=request._redactor().line(_reason(link)),
        advice=_advice(link),
    )
    own_limit = limits.read if cause.sent else limits.connect
    if cause.timeout and limits.total_timeout and (own_limit or 0) >= (limits.total or 0):
        message = (
            f"no response from {url.netloc}: the call did not finish within total_timeout ({limits.total_timeout:g} s)"
        )
    exception = TimeoutException if cause.timeout else ConnectionException
    sent = cause.sent or (is_last_of_several and not cause.permanent)
    return exception(
        message + (carried_out(request) if sent else ""),
        may_have_been_sent=sent,
        is_permanent=cause.permanent,
    )


def _rounded(*limits: float | None) -> float:
    return round(min((limit for limit in limits if limit is not None), default=0.0), 2)


def carried_out(request: HttpRequest) -> str:
    """Return the warning for a request that may have been carried out although its response is of no use."""
    if request.http_method == "GET":
        return ""
    if "request-token" in request.headers:
        return (
            f"; the {request.http_method} may have been carried out: send it again with the same request_token, "
            "which is safe"
        )
    return (
        f"; the {request.http_method} may have been carried out: look before you send it again, "
        "or give it a request token, with which a retry is safe"
    )


def _reason(error: BaseException) -> str:
    """Return what OpenSSL, the system or the other side gave as the reason."""
    if isinstance(error, SSLCertVerificationError):
        return str(error.verify_message)
    while error.__cause__ is not None and not isinstance(error, SSLError):
        error = error.__cause__
    if isinstance(error, SSLError):
        return str(error.reason or error)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error.args[-1]) if error.args else type(error).__name__


def _advice(error: BaseException) -> str:
    """Return what to do about a certificate that was rejected."""
    if not isinstance(error, SSLCertVerificationError):
        return ""
    reason = str(error.verify_message).lower()
    if "expired" in reason or "not yet valid" in reason:
        return "check this machine's clock, or have the certificate renewed"
    if "mismatch" in reason or "doesn't match" in reason or "not valid for" in reason:
        return "check the host in base_url"
    if any(rule in reason for rule in ("key usage", "basic constraints", "authority key identifier", "subject key")):
        return "Python 3.13 and later apply the rules of RFC 5280: have the certificate of the authority made anew"
    return "check base_url, or name the file of your own authority in REQUESTS_CA_BUNDLE"
