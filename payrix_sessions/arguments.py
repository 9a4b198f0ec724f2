"""The checks of what a caller passes in: all of them run before anything is sent."""

from __future__ import annotations

import math
import re
from enum import IntEnum
from typing import Any

from payrix_sessions.exceptions.payrix_exception import ArgumentException
from payrix_sessions.json_types import is_list, is_object
from payrix_sessions.masking import plain_text
from payrix_sessions.models.frozen_enum import FrozenEnum
from payrix_sessions.models.inactive_enum import InactiveEnum
from payrix_sessions.models.mfa_authenticated_enum import MfaAuthenticatedEnum
from payrix_sessions.models.session_public_enum import SessionPublicEnum
from payrix_sessions.models.sessions_post_request import SessionsPostRequest
from payrix_sessions.models.token_enum import TokenEnum

# What HTTP carries unchanged: printable Latin-1. The C1 controls are legal, but some servers split lines at them.
_HEADER_VALUE = re.compile(r"[\x20-\x7e\xa0-\xff]*")
_CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f-\x9f]")

LONGEST_REQUEST_TOKEN = 100
LONGEST_INT = 1024  # bits: Python refuses to write out much more
LARGEST_INT32 = 2**31 - 1  # the published description has such numbers in the query

_FLAGS: dict[str, type[IntEnum]] = {
    "public": SessionPublicEnum,
    "token": TokenEnum,
    "mfaAuthenticated": MfaAuthenticatedEnum,
    "inactive": InactiveEnum,
    "frozen": FrozenEnum,
}
_PYTHON_NAMES = {"mfa_authenticated": "mfaAuthenticated"}


def is_header_value(text: str) -> bool:
    """Tell whether a text arrives unchanged as the value of a header."""
    return _HEADER_VALUE.fullmatch(text) is not None


def path_segment(name: str, value: str) -> str:
    """Return the value when it can be exactly one segment of a path.

    Raises:
        ArgumentException: When it is no text, empty, ``.`` or ``..``, or holds what a URL cannot.
    """
    _require_text(name, value)
    if not value:
        raise ArgumentException(f"{name} must not be empty: without it the request would mean all sessions")
    if value in (".", ".."):
        raise ArgumentException(f"{name} must not be {value!r}: it would lead to another path")
    if _CONTROL_CHARACTER.search(value):
        raise ArgumentException(f"{name} must not hold control characters")
    _require_unicode(name, value)
    return plain_text(value)


def header_text(name: str, value: str | None) -> str | None:
    """Return the value when it arrives unchanged as a header.

    Raises:
        ArgumentException: When it is no text, holds a line break or another character that HTTP cannot carry, or
            starts or ends with white space, which servers drop.
    """
    if value is None:
        return None
    _require_text(name, value)
    if not is_header_value(value):
        raise ArgumentException(f"{name} must hold printable Latin-1 characters only, without line breaks")
    if value != value.strip():
        raise ArgumentException(f"{name} must not start or end with white space")
    return value


def token_text(name: str, value: str | None) -> str | None:
    """Return the value when it can be a request token.

    Raises:
        ArgumentException: When it is not 1 to 100 printable characters.
    """
    checked = header_text(name, value)
    if checked is not None and not 1 <= len(checked) <= LONGEST_REQUEST_TOKEN:
        raise ArgumentException(f"{name} must be 1 to {LONGEST_REQUEST_TOKEN} characters long, not {len(checked)}")
    return checked


def auth_token(name: str, value: str | None) -> str | None:
    """Return the value when it can be an Auth Token.

    Raises:
        ArgumentException: When it is empty or cannot be a header; the message does not show it.
    """
    if value == "":
        raise ArgumentException(f"{name} must not be empty; leave it out when there is none")
    return header_text(name, value)


def query_text(name: str, value: str | None) -> str | None:
    """Return the value when it can be part of a query.

    Raises:
        ArgumentException: When it is no text or holds what a URL cannot.
    """
    if value is None:
        return None
    _require_text(name, value)
    _require_unicode(name, value)
    return plain_text(value)


def whole_number(
    name: str, value: int | None, lowest: int, highest: int = LARGEST_INT32, *, optional: bool = True
) -> int | None:
    """Return the value when it is a whole number in the range, or None where that is allowed.

    Raises:
        ArgumentException: When it is not.
    """
    if value is None and optional:
        return None
    if type(value) is not int:
        raise ArgumentException(f"{name} must be a whole number (int) from {lowest} to {highest}, not {_kind(value)}")
    if not lowest <= value <= highest:
        # The value is not shown: Python refuses to write out one of thousands of digits.
        raise ArgumentException(f"{name} must be from {lowest} to {highest}")
    return value


def session_body(name: str, body: SessionsPostRequest | dict[str, Any]) -> dict[str, Any]:
    """Return the plain JSON of a request body: what was set, nothing else.

    Raises:
        ArgumentException: When a value is one that its enum or JSON does not know, or a name is Python's.
    """
    if isinstance(body, SessionsPostRequest):
        members = body.to_dictionary()
    elif isinstance(body, dict):  # pyright: ignore[reportUnnecessaryIsInstance]
        members = body
    else:
        raise ArgumentException(f"{name} must be a SessionsPostRequest or a dict, not {_kind(body)}")
    try:
        return {key: _member(name, key, value) for key, value in members.items() if value is not None}
    except RecursionError:
        raise ArgumentException(f"{name} holds itself, or is nested too deep") from None


def _member(body: str, key: str, value: Any) -> Any:
    if not isinstance(key, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ArgumentException(f"{body} must have text keys, not {key!r}")
    _require_unicode(f"a key of {body}", key)
    name = f"{body}.{key}"
    if key in _PYTHON_NAMES:
        raise ArgumentException(f"{name} is spelled {_PYTHON_NAMES[key]!r} in a dict (or use SessionsPostRequest)")
    if key in _FLAGS:
        return _flag(name, value, _FLAGS[key])
    if key == "login":
        _require_text(name, value)
    return _plain_json(name, value)


def _flag(name: str, value: Any, flag: type[IntEnum]) -> int:
    if (isinstance(value, flag) or type(value) is int) and value in list(flag):
        return int(value)
    members = ", ".join(f"{member.name} ({member.value})" for member in flag)
    raise ArgumentException(f"{name} must be a {flag.__name__}: {members}; not {value!r}")


def _plain_json(name: str, value: Any) -> Any:
    """Copy a value, or refuse what JSON does not know."""
    if isinstance(value, str):
        _require_unicode(name, value)
        return value
    if value is None or isinstance(value, bool) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, int) and value.bit_length() <= LONGEST_INT:
        return value
    if is_object(value):
        for key in value:
            _require_text(f"a key of {name}", key)
            _require_unicode(f"a key of {name}", key)
        return {key: _plain_json(f"{name}.{key}", item) for key, item in value.items()}
    if is_list(value):
        return [_plain_json(f"{name}[{index}]", item) for index, item in enumerate(value)]
    raise ArgumentException(f"{name} must be a value that JSON knows and others can read, not {_kind(value)}")


def _require_text(name: str, value: Any) -> None:
    if not isinstance(value, str):
        raise ArgumentException(f"{name} must be a text (str), not {_kind(value)}")


def _require_unicode(name: str, value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ArgumentException(f"{name} must not hold half of a character (a lone surrogate)") from None


def _kind(value: object) -> str:
    return "None" if value is None else type(value).__name__
