"""Which requests are repeated, how long is waited before, and the tokens that make a repeat harmless."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from payrix_sessions.api_helper import decode_json, error_items
from payrix_sessions.arguments import LONGEST_REQUEST_TOKEN, header_text
from payrix_sessions.exceptions.payrix_exception import ArgumentException, ConnectionException
from payrix_sessions.http.http_request import HttpRequest
from payrix_sessions.http.http_response import HttpResponse
from payrix_sessions.models.error_item import ErrorItem

RATE_LIMIT_STATUS = 429
RATE_LIMIT_ERROR = "C_RATE_LIMIT_EXCEEDED_TEMP_BLOCK"
RATE_LIMIT_BLOCK = 10.0  # seconds, as Payrix documents
LONGEST_BACKOFF = 8.0  # seconds
LONGEST_RETRY_AFTER = 60.0  # seconds; a server must not park a caller for hours


class RetryPolicy(NamedTuple):
    """The rules: repeat what cannot be carried out twice, wait with full jitter.

    Attributes:
        max_retries: How many repeats at most.
        backoff_factor: Seconds; before repeat n the wait is random between 0 and this times 2 to the n-1.
        statuses: The statuses after which a repeat may help.
        methods: The methods that may be repeated without a request token.
    """

    max_retries: int
    backoff_factor: float
    statuses: frozenset[int]
    methods: frozenset[str]

    def repeats_failure(self, request: HttpRequest, failure: ConnectionException) -> bool:
        """Tell whether a request that got no complete answer may be sent again."""
        if failure.is_permanent:
            return False
        return not failure.may_have_been_sent or self._is_repeatable(request)

    def repeats_answer(self, request: HttpRequest, response: HttpResponse) -> bool:
        """Tell whether a request that got this answer should be sent again."""
        status = RATE_LIMIT_STATUS if is_rate_limit(response) else response.status_code
        return status in self.statuses and self._is_repeatable(request)

    def wait(self, repeat: int, response: HttpResponse | None = None) -> float:
        """Return the seconds to wait before the repeat (1 is the first), after the response or a failure."""
        if response is not None:
            asked = _retry_after(response.headers)
            if asked is not None:
                return asked
            if is_rate_limit(response):
                return RATE_LIMIT_BLOCK + random.uniform(0, 1)
        # The exponent is bounded because a float is not.
        return random.uniform(0, min(LONGEST_BACKOFF, self.backoff_factor * 2 ** min(repeat - 1, 64)))

    def _is_repeatable(self, request: HttpRequest) -> bool:
        # The API answers a repeated request token with the original record, so nothing happens twice.
        return request.http_method in self.methods or "request-token" in request.headers


def new_request_token(prefix: str = "") -> str:
    """Make a request token that nobody has used: ``prefix-20261123T231500Z-`` and 32 random hexadecimal digits.

    Make one for each thing that shall happen once, keep it with that thing, and send it again when you repeat the
    request: the API answers a token that it has seen within 48 hours with the first answer.

    Args:
        prefix: What helps you find the request again, such as an order number; up to 50 printable characters.

    Returns:
        The token, at most 100 characters.

    Raises:
        ArgumentException: The prefix is too long, or holds what a header cannot carry.
    """
    header_text("prefix", prefix)
    moment = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    token = "-".join(part for part in (prefix, moment, uuid.uuid4().hex) if part)
    if len(token) > LONGEST_REQUEST_TOKEN:
        raise ArgumentException(f"prefix must be at most 50 characters long, not {len(prefix)}")
    return token


def is_rate_limit(response: HttpResponse) -> bool:
    """Tell whether an answer is the API's rate limit, which may also come inside a 200."""
    if response.status_code == RATE_LIMIT_STATUS:
        return True
    # Data that merely mentions the code has no error item with it; telling that needs the JSON, so look first.
    return RATE_LIMIT_ERROR in response.text and any(
        item.error_code == RATE_LIMIT_ERROR for item in _error_items(response.text)
    )


def _error_items(text: str) -> list[ErrorItem]:
    try:
        return error_items(decode_json(text), ErrorItem)
    except ValueError:
        return []


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that the answer asks to wait, or None when it asks for nothing sensible."""
    value = headers.get("Retry-After")
    if value is None:
        return None
    try:
        seconds = float(value) if value.strip().isdigit() else parsedate_to_datetime(value).timestamp() - time.time()
    except (ValueError, OverflowError):
        return None
    return seconds if 0 <= seconds <= LONGEST_RETRY_AFTER else None
