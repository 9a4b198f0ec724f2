"""Request tokens: what makes a POST or DELETE safe to retry."""

from __future__ import annotations

import uuid
from datetime import datetime, timezone

from payrix_sessions._arguments import MAX_REQUEST_TOKEN_LENGTH, check_header_value
from payrix_sessions._exceptions import ArgumentException
from payrix_sessions._redaction import hides_arguments


@hides_arguments
def new_request_token(prefix: str = "") -> str:
    """Return a new, unique request token: ``prefix-20261123T231500Z-`` and 32 random hexadecimal digits.

    Make one for each thing that is to happen once, store it with that thing, and send it again with each retry: the API
    responds to a token seen within 48 hours with the first response.

    Args:
        prefix: What helps you find the request again, such as an order number; up to 50 printable characters.

    Returns:
        The token, at most 100 characters.

    Raises:
        ArgumentException: If the prefix is too long, or contains what a header cannot carry.
    """
    prefix = check_header_value("prefix", prefix) or ""
    moment = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    token = "-".join(part for part in (prefix, moment, uuid.uuid4().hex) if part)
    if len(token) > MAX_REQUEST_TOKEN_LENGTH:
        raise ArgumentException(f"prefix must be at most 50 characters long, not {len(prefix)}")
    return token
