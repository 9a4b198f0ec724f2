"""Which requests are retried, and how long the client waits before."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from datetime import timezone
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from payrix_sessions._exceptions import ConnectionException
from payrix_sessions.configuration import Configuration
from payrix_sessions.http.http_request import HttpRequest
from payrix_sessions.http.http_response import HttpResponse

RATE_LIMIT_BLOCK = 10.0  # seconds, as Payrix documents
LONGEST_BACKOFF = 8.0  # seconds
LONGEST_RETRY_AFTER = 60.0  # seconds; a server must not park a caller for hours


class RetryPolicy:
    """The rules: retry what cannot be carried out twice, wait with full jitter.

    Args:
        configuration: Says how often, how long before, after which statuses and with which methods.
    """

    def __init__(self, configuration: Configuration) -> None:
        self._max_retries = configuration.max_retries
        self._backoff_factor = configuration.backoff_factor
        self._statuses = frozenset(configuration.retry_statuses)
        self._methods = frozenset(configuration.retry_methods)

    def delay_after(
        self, request: HttpRequest, outcome: HttpResponse | ConnectionException, attempt: int
    ) -> float | None:
        """Return the seconds to wait before the next attempt, or None when there should be none."""
        if attempt > self._max_retries:
            return None
        if isinstance(outcome, ConnectionException):
            return self.delay(attempt) if self.should_retry_error(request, outcome) else None
        return self.delay(attempt, outcome) if self.should_retry_response(request, outcome) else None

    def should_retry_error(self, request: HttpRequest, error: ConnectionException) -> bool:
        """Tell whether a request that got no complete response may be sent again."""
        if error.is_permanent:
            return False
        return not error.may_have_been_sent or self._is_repeatable(request)

    def should_retry_response(self, request: HttpRequest, response: HttpResponse) -> bool:
        """Tell whether a request that got this response should be sent again."""
        status = HTTPStatus.TOO_MANY_REQUESTS if is_rate_limit(response) else response.status_code
        return status in self._statuses and self._is_repeatable(request)

    def delay(self, retry: int, response: HttpResponse | None = None) -> float:
        """Return the seconds to wait before the retry (1 is the first), after the response or a failure."""
        if response is not None:
            asked = _retry_after(response.headers)
            if asked is not None:
                return asked
            if is_rate_limit(response):
                return RATE_LIMIT_BLOCK + random.uniform(0, 1)
        # The exponent is bounded because a float is not.
        return random.uniform(0, min(LONGEST_BACKOFF, self._backoff_factor * 2 ** min(retry - 1, 64)))

    def _is_repeatable(self, request: HttpRequest) -> bool:
        # The API answers a repeated request token with the original record, so nothing happens twice.
        return request.http_method in self._methods or "request-token" in request.headers


def is_rate_limit(response: HttpResponse) -> bool:
    """Tell whether a response is the API's rate limit, which may also come inside a 200."""
    return response.status_code == HTTPStatus.TOO_MANY_REQUESTS or response._decoded().is_rate_limit


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that the response asks to wait, or None when it asks for nothing sensible."""
    value = headers.get("Retry-After")
    if value is None:
        return None
    try:
        if value.strip().isdigit():
            seconds = float(value)
        else:
            moment = parsedate_to_datetime(value)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=timezone.utc)  # HTTP's dates are in GMT, also those that do not say so
            seconds = moment.timestamp() - time.time()
    except (ValueError, OverflowError, TypeError):
        return None
    return seconds if 0 <= seconds <= LONGEST_RETRY_AFTER else None
