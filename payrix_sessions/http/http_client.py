"""The attempts of one call: send, look at what came, and send again where that is safe."""

from __future__ import annotations

import logging
import time

from payrix_sessions.configuration import Configuration
from payrix_sessions.exceptions.payrix_exception import ConfigurationException, ConnectionException
from payrix_sessions.http.http_request import HttpRequest
from payrix_sessions.http.http_response import HttpResponse
from payrix_sessions.http.retry_policy import RetryPolicy
from payrix_sessions.http.transport import Limits, Transport

_logger = logging.getLogger("payrix_sessions")
_logger.addHandler(logging.NullHandler())


class HttpClient:
    """Sends requests over a transport, as a client's configuration wants it. It keeps no state of a call."""

    def __init__(self, configuration: Configuration, transport: Transport) -> None:
        self._transport = transport
        self._closed = False
        self._limits = Limits.of(configuration)
        self._retries = RetryPolicy(
            configuration.max_retries,
            configuration.backoff_factor,
            frozenset(configuration.retry_statuses),
            frozenset(configuration.retry_methods),
        )

    def close(self) -> None:
        """Send nothing any more. The transport stays as it is: others may use it."""
        self._closed = True

    def execute(self, request: HttpRequest) -> HttpResponse:
        """Send a request, several times if need be, and return the answer, whatever its status.

        Raises:
            ConfigurationException: When the client is closed.
            ConnectionException: When the last attempt got no complete answer.
            APIException: When the body of an answer cannot be taken.
        """
        if self._closed or self._transport.closed:
            raise ConfigurationException("the client is closed; make a new one")
        attempt = 1
        while True:
            started = time.monotonic()
            try:
                response = self._transport.send(request, self._limits)
            except ConnectionException as failure:
                self._log(request, type(failure).__name__, started, attempt, None)
                failure.attempts = attempt
                if attempt > self._retries.max_retries or not self._retries.repeats_failure(request, failure):
                    raise
                wait = self._retries.wait(attempt)
            else:
                self._log(request, str(response.status_code), started, attempt, response)
                response.attempts = attempt
                if attempt > self._retries.max_retries or not self._retries.repeats_answer(request, response):
                    return response
                wait = self._retries.wait(attempt, response)
            time.sleep(wait)
            attempt += 1

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
