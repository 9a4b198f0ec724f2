"""The attempts of one call: send, look at what came, and send again where that is safe and fits the time.

It remembers what earlier attempts may have done: whatever a call ends with tells of them.
"""

from __future__ import annotations

import logging
import time
from http import HTTPStatus

from payrix_sessions._exceptions import ConfigurationException, ConnectionException
from payrix_sessions._transport.failures import carried_out
from payrix_sessions._transport.limits import Limits
from payrix_sessions._transport.retry_policy import RetryPolicy
from payrix_sessions._transport.transport import Transport
from payrix_sessions.configuration import Configuration
from payrix_sessions.http.http_request import HttpRequest
from payrix_sessions.http.http_response import HttpResponse

_logger = logging.getLogger("payrix_sessions")
_logger.addHandler(logging.NullHandler())

# 303 leads to the result of what was carried out.
_DOUBTFUL = frozenset({HTTPStatus.SEE_OTHER, HTTPStatus.REQUEST_TIMEOUT})


class HttpClient:
    """Sends requests over a transport, as a client's configuration wants it. It keeps no state of a call."""

    def __init__(self, configuration: Configuration, transport: Transport) -> None:
        self.transport = transport
        self._closed = False
        self._limits = Limits.of(configuration)
        self._total_timeout = configuration.total_timeout
        self._retries = RetryPolicy(configuration)

    def close(self) -> None:
        """Send nothing any more. The transport stays as it is: others may use it."""
        self._closed = True

    def execute(self, request: HttpRequest) -> HttpResponse:
        """Send a request, several times if need be, and return the response, whatever its status.

        Raises:
            ConfigurationException: The client is closed.
            ConnectionException: The last attempt got no complete response.
        """
        deadline = None if self._total_timeout is None else time.monotonic() + self._total_timeout
        doubt = False
        attempt = 1
        while True:
            self._check_open(request, attempt, doubt=doubt)
            outcome = self._attempt(request, self._limits_until(deadline), attempt, doubt=doubt)
            delay = self._retries.delay_after(request, outcome, attempt)
            if delay is None or (deadline is not None and time.monotonic() + delay >= deadline):
                if isinstance(outcome, ConnectionException):
                    raise outcome
                return outcome
            doubt = _doubt(outcome)
            time.sleep(delay)
            attempt += 1

    def _limits_until(self, deadline: float | None) -> Limits:
        if deadline is None or self._total_timeout is None:
            return self._limits
        return self._limits.within(max(deadline - time.monotonic(), 0.001), self._total_timeout)

    def _check_open(self, request: HttpRequest, attempt: int, *, doubt: bool) -> None:
        if not (self._closed or self.transport.closed):
            return
        if attempt == 1:
            raise ConfigurationException("the client is closed; make a new one")
        closed = ConnectionException(
            "the client was closed before the request was retried", may_have_been_sent=False, is_permanent=True
        )
        _tell(closed, request, attempt - 1, doubt=doubt)
        raise closed

    def _attempt(
        self, request: HttpRequest, limits: Limits, attempt: int, *, doubt: bool
    ) -> HttpResponse | ConnectionException:
        """Send the request once, and return what came of it, with what the attempts before it may have done."""
        started = time.monotonic()
        try:
            response = self.transport.send(request, limits)
        except ConnectionException as error:
            self._log(request, type(error).__name__, started, attempt, None)
            _tell(error, request, attempt, doubt=doubt)
            return error
        self._log(request, str(response.status_code), started, attempt, response)
        response.attempts = attempt
        response._may_have_been_sent = request.http_method != "GET" and (doubt or _is_doubtful(response))  # type: ignore[misc]  # mypy overlooks inherited slots
        return response

    @staticmethod
    def _log(request: HttpRequest, outcome: str, started: float, attempt: int, response: HttpResponse | None) -> None:
        if _logger.isEnabledFor(logging.DEBUG):
            _logger.debug(
                "%s %s -> %s in %.1f ms (attempt %d, request id %s)",
                request.http_method,
                request.path,
                outcome,
                (time.monotonic() - started) * 1000,
                attempt,
                response and response.request_id,
            )


def _doubt(outcome: HttpResponse | ConnectionException) -> bool:
    return outcome.may_have_been_sent if isinstance(outcome, ConnectionException) else outcome._may_have_been_sent


def _is_doubtful(response: HttpResponse) -> bool:
    """Tell whether a request that got this response may have been carried out all the same."""
    # One that a server fails at, or waits for in vain, may still have got through; so may one whose response is no use.
    status = response.status_code
    if status in _DOUBTFUL or status >= 500 or response._fault is not None:
        return True
    if not 200 <= status < 300 or status == HTTPStatus.NO_CONTENT:
        return False
    envelope = response._decoded()
    return envelope.fault is not None or (envelope.has_errors() and envelope.has_records())


def _tell(error: ConnectionException, request: HttpRequest, attempt: int, *, doubt: bool) -> None:
    """Put into an exception what the attempts before it may have done."""
    error.attempts = attempt
    error.request_token = request.headers.get("request-token")
    if doubt and not error.may_have_been_sent:
        error.may_have_been_sent = True
        warning = carried_out(request)
        error.args = (f"{error}; an earlier attempt was sent{warning}", *error.args[1:])
