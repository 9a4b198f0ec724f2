"""Validation of call arguments, before anything is sent.

Each ``check_...`` function takes the argument's name and value, and returns what goes on the wire or raises an
`ArgumentException` that says what to write instead. Messages name types, never values: any of them may be a secret.

What the builders of `payrix_sessions.search` write is validated there; nothing here knows of requests.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import fields
from enum import IntEnum
from functools import cache
from typing import Any

from payrix_sessions._exceptions import ArgumentException
from payrix_sessions._json_types import is_list, is_object
from payrix_sessions._redaction import Hidden, Secret, plain_str
from payrix_sessions.models.sessions_post_request import SessionsPostRequest

# What HTTP carries unchanged: printable Latin-1. The C1 controls are legal, but some servers split lines at them.
_HEADER_VALUE = re.compile(r"[\x20-\x7e\xa0-\xff]*")
_CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f-\x9f]")

MAX_REQUEST_TOKEN_LENGTH = 100
MAX_INTEGER_BITS = 1024  # Python cannot print integers that are much larger
LARGEST_INT32 = 2**31 - 1  # the published description declares the page parameters as int32
_MAX_DEPTH = 64  # well below where the JSON encoders run out of stack
_MAX_NAME_SHOWN = 60

# A misspelt name: "tokn", "publci" and "loginId" are, "open", "publicKey" and "join" are not.
_MAX_LETTERS_OFF = 2
_MIN_SIMILARITY = 0.74

# Wire names of the request's members; the enum of each flag, None for the others.
_MEMBERS: dict[str, type[IntEnum] | None] = {
    field.metadata["name"]: field.metadata["kind"] for field in fields(SessionsPostRequest)
}
_ATTRIBUTES: dict[str, str] = {field.name: field.metadata["name"] for field in fields(SessionsPostRequest)}

# Members that mean a known one without being spelt like it, and what to write.
_MEANT = {
    "private": "'public', which is 0 for a private session",
    "mfa": "'mfaAuthenticated'",
    "mfaenabled": "'mfaAuthenticated'",
    "requesttoken": "the argument request_token",
    "data": "the members of one session themselves",
    "response": "the members of one session themselves",
}

# Strings that are plainly meant for another argument: what they look like, and what to write instead.
_SEARCH = (
    r"[A-Za-z]\w*(\[\w*\])*\[\w+\]\s*=|(id|created|login|public|frozen|inactive|token|sso|mfaAuthenticated)=",
    "a search; write search=...",
)
_COMPLETE_SEARCH = (
    r".*\[(equals|exact|greater|less|in|notin|like|notlike|diff|sort)\]\s*=",
    "a search; write search=...",
)
_TOTALS = (r"(count|sum|min|max)\[\]\s*=", "totals; write totals=...")
_REQUEST_TOKEN = (r".*\d{8}T\d{6}Z-[0-9a-f]{32}$", "a request token; write request_token=...")
_SESSION_ID = (
    r"[pt]\d_ssn_\w+$",
    "a session's id; get_sessions_id(id) looks it up, new_request_token(id) makes a token of it",
)
_LOGIN_ID = (r"[pt]\d_log_\w+$", 'a login\'s id; Search("login").equals(...) finds its sessions')
_LOGIN_ID_AS_TOKEN = (_LOGIN_ID[0], "a login's id; new_request_token(id) makes a token of it")
_RELATED = (r"(login|creator|modifier)$", "a related object; write embed=...")
_PATH = (r"(https?://.*)?/?sessions/", "a URL or path; write the id alone")
_SESSION_KEY = (r"[0-9a-f]{32}$", "a session's key, which must not get into a URL; write session.id")

_LOOKS_LIKE: dict[str, tuple[tuple[str, str], ...]] = {
    "id": (_SEARCH, _TOTALS, _REQUEST_TOKEN, _LOGIN_ID, _PATH, _SESSION_KEY),
    "request_token": (_TOTALS, _SEARCH, _SESSION_ID, _LOGIN_ID_AS_TOKEN, _RELATED),
    "token": (_TOTALS, _SEARCH, _REQUEST_TOKEN),
    "search": (_TOTALS, _REQUEST_TOKEN),
    "totals": (_COMPLETE_SEARCH, _REQUEST_TOKEN),
}

# What to write in place of an object of this type. By name, because some of these classes are above this module.
_WRITE_INSTEAD: dict[str, dict[str, str]] = {
    "id": {
        "SessionResponse": "session.id",
        "ApiResponse": "result.one().id",
        "dict": 'session["id"]',
        "int": "str(...)",
        "list": "one call for each id",
    },
    "request_token": {
        "Search": "search=...",
        "SearchExpression": "search=...",
        "Totals": "totals=...",
        "int": "str(...), or page_number=... if it is a page",
        "UUID": "str(...)",
        "function": "new_request_token(), with parentheses",
        "dict": "the members of the session into the body, the first argument",
        "SessionsPostRequest": "it as the first argument",
    },
    "token": {"int": 'the flag into the body, {"token": 1}; an Auth Token is a string'},
    "search": {
        "Totals": "totals=...",
        "bool": 'Search("public").equals(1), not Search("public") == 1',
        "int": "page_number=... for a page",
        "dict": '"created[greater]=2025-01-01" or Search("created").greater("2025-01-01")',
        "list": "one string, or join expressions with &",
        "method": "the operator's value too, such as Search(...).equals(1)",
    },
    "totals": {
        "Search": "search=...",
        "SearchExpression": "search=...",
        "int": "page_number=... for a page",
        "dict": '"count[]=id" or Totals.count("id")',
        "list": "one string, or join totals with &",
    },
    "embed": dict.fromkeys(("list", "tuple", "bool"), 'one string, such as "login"'),
    "body": {
        "str": 'a dict such as {"login": "..."}, as the first argument',
        "type": "SessionsPostRequest(...)",
        "list": "one call for each session",
        "SessionResponse": "SessionsPostRequest(login=session.login, ...)",
        "NoneType": 'a dict such as {"login": "..."}',
    },
    "body.login": {"Model": "its id", "dict": "its id"},
    "body.token": {"str": "1 or 0; an Auth Token is passed as token=..."},
}


def is_header_value(text: str) -> bool:
    """Return whether a string arrives unchanged as the value of a header."""
    return _HEADER_VALUE.fullmatch(text) is not None


def check_path_segment(name: str, value: str) -> str:
    """Return the value as one segment of a path.

    Raises:
        ArgumentException: If it is not a string, is empty, ``.`` or ``..``, holds what a URL cannot, or is plainly
            meant for another argument.
    """
    text = _check_string(name, value)
    if not text:
        raise ArgumentException(f"{name} must not be empty: the request would address all sessions")
    if text in (".", ".."):
        raise ArgumentException(f"{name} must not be '.' or '..': it would change the path")
    if _CONTROL_CHARACTER.search(text):
        raise ArgumentException(f"{name} must not contain control characters")
    return text


def check_header_value(name: str, value: str | None) -> str | None:
    """Return the value as a header; a `Secret` stays one.

    Raises:
        ArgumentException: If it is not a string, contains a line break or another character that HTTP cannot carry,
            starts or ends with whitespace, which servers drop, or is plainly meant for another argument.
    """
    if value is None:
        return None
    text = _check_string(name, value)
    if not is_header_value(text):
        raise ArgumentException(f"{name} must contain printable Latin-1 characters only, and no line breaks")
    if text != text.strip():
        raise ArgumentException(f"{name} must not start or end with whitespace")
    return text


def check_request_token(name: str, value: str | None) -> str | None:
    """Return the value as a request token.

    Raises:
        ArgumentException: If it is not 1 to 100 printable characters, or is plainly meant for another argument.
    """
    token = check_header_value(name, value)
    if token is not None and not 1 <= len(token) <= MAX_REQUEST_TOKEN_LENGTH:
        raise ArgumentException(f"{name} must be 1 to {MAX_REQUEST_TOKEN_LENGTH} characters long, not {len(token)}")
    return token


def check_auth_token(name: str, value: str | None) -> str | None:
    """Return the value as an Auth Token; a `Secret` stays one.

    Raises:
        ArgumentException: If it is empty or cannot be a header.
    """
    token = check_header_value(name, value)
    if token == "":
        raise ArgumentException(f"{name} must not be empty; omit it if there is none")
    return token


def check_query_string(name: str, value: str | None) -> str | None:
    """Return the value as part of a query.

    Raises:
        ArgumentException: If it is not a string, contains what a URL cannot, or is plainly meant for another argument.
    """
    return None if value is None else _check_string(name, value)


def check_integer(
    name: str, value: int | None, lowest: int, highest: int = LARGEST_INT32, *, optional: bool = True
) -> int | None:
    """Return the value if it is an integer in the range, or None where that is allowed.

    Raises:
        ArgumentException: If it is neither.
    """
    if value is None and optional:
        return None
    if type(value) is not int:
        raise ArgumentException(f"{name} must be an integer from {lowest} to {highest}, not {_type_name(value)}")
    if not lowest <= value <= highest:
        wanted = f"at least {lowest}" if highest == LARGEST_INT32 and value < lowest else f"{lowest} to {highest}"
        advice = "; iter_sessions goes through all pages" if name == "page_limit" and value > highest else ""
        raise ArgumentException(f"{name} must be {wanted}{advice}")
    return value


def check_session_body(name: str, body: object) -> dict[str, Any]:
    """Return the plain JSON of a request body: the members that are set, nothing else.

    No frame of the exception's traceback holds the body if the caller passes it wrapped in `Hidden`.

    Raises:
        ArgumentException: If it is neither a `SessionsPostRequest` nor a dict, a member's name is a misspelt one or
            reserved, a flag is not 0 or 1, or a value is not JSON-serialisable.
    """
    try:
        return _session_body(name, body.value if isinstance(body, Hidden) else body)
    except ArgumentException as exception:
        problem = exception.with_traceback(None)
    del body  # error reporters print the local variables of each frame
    raise problem


def nearest_name(name: str, names: Iterable[str]) -> str | None:
    """Return the one of the names that this one misspells: by case, space, ``_``, ``-`` or a letter or two."""
    # Imported here because most applications never make this mistake.
    from difflib import get_close_matches  # noqa: PLC0415

    reduced = _reduce(name)
    known = {_reduce(each): each for each in names if abs(len(_reduce(each)) - len(reduced)) <= _MAX_LETTERS_OFF}
    return next((known[match] for match in get_close_matches(reduced, known, 1, _MIN_SIMILARITY)), None)


def _reduce(name: str) -> str:
    return re.sub(r"[\s_-]", "", name).casefold()


def _session_body(name: str, body: Any) -> dict[str, Any]:
    if isinstance(body, SessionsPostRequest):
        members = {name: getattr(body, attribute) for attribute, name in _ATTRIBUTES.items()}
        # By its slot: asked for, they would be made, and the caller's model changed.
        if getattr(body, "_extra", None) or type(body) is not SessionsPostRequest:
            # Flags stay enum members: to_dictionary would turn one of another enum into the number.
            flags = {name: flag for name, flag in members.items() if _MEMBERS[name] and isinstance(flag, IntEnum)}
            members = body.to_dictionary() | flags
    elif is_object(body):
        members = body
    else:
        raise ArgumentException(
            f"{name} must be a SessionsPostRequest or a dict, not {_type_name(body)}{_advice(name, body)}"
        )
    checked: dict[str, Any] = {}
    for key, value in members.items():
        member = _check_member_name(name, key)
        if value is not None:
            checked[member] = _check_member(_path(name, member), member, value)
    return checked


def _check_member_name(body: str, key: Any) -> str:
    text = _check_key(body, key)
    if text in _MEMBERS:
        return text
    nearest = nearest_name(text, _MEMBERS)
    meant = _MEANT.get(_reduce(text)) or (repr(nearest) if nearest else None)
    if meant:
        raise ArgumentException(f"{_path(body, text)} is not a member that the API knows; did you mean {meant}?")
    return text


def _check_member(name: str, key: str, value: Any) -> Any:
    flag = _MEMBERS.get(key)
    if flag is not None:
        return _check_flag(name, value, flag)
    if is_object(value) and key not in _MEMBERS and not _MEMBERS.keys().isdisjoint(value):
        raise ArgumentException(f"{name} must not be nested; write its members into the body itself")
    return _check_string(name, value) if key == "login" else _check_json(name, value)


def _check_flag(name: str, value: Any, flag: type[IntEnum]) -> int:
    if isinstance(value, flag) or (type(value) is int and value in list(flag)):
        return int(value)
    members = " or ".join(f"{member.value} ({flag.__name__}.{member.name})" for member in flag)
    got = "" if type(value) is int else f", not {_type_name(value)}{_advice(name, value)}"
    raise ArgumentException(f"{name} must be {members}{got}")


def _check_json(name: str, value: Any, depth: int = 1) -> Any:
    """Copy a value, reduced to the types that `json` itself gives."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _check_string(name, value)
    if isinstance(value, int):
        if value.bit_length() > MAX_INTEGER_BITS:
            raise ArgumentException(f"{name} must be an integer of at most {MAX_INTEGER_BITS} bits")
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ArgumentException(f"{name} must be a finite number: JSON has no NaN or infinity")
        return float(value)
    if depth > _MAX_DEPTH:
        raise _nested_too_deep(name.partition(".")[0])
    if is_object(value):
        return {_check_key(name, key): _check_json(_path(name, key), item, depth + 1) for key, item in value.items()}
    if is_list(value):
        return [_check_json(f"{name}[{index}]", item, depth + 1) for index, item in enumerate(value)]
    raise ArgumentException(
        f"{name} must be JSON-serialisable (a string, number, bool, None, list or dict), not {_type_name(value)}"
    )


def _check_key(name: str, key: Any) -> str:
    if not isinstance(key, str):
        raise ArgumentException(f"{name} must have strings as keys, not {_type_name(key)}")
    if not _is_unicode(key):
        raise ArgumentException(f"{name} must not have a key that contains a lone surrogate")
    text = plain_str(key)
    if text.startswith("py/"):
        raise ArgumentException(f"{_path(name, text)} must have another name: those that begin with 'py/' are reserved")
    return text


def _check_string(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ArgumentException(f"{name} must be a string, not {_type_name(value)}{_advice(name, value)}")
    text = value if isinstance(value, Secret) else plain_str(value)
    if not _is_unicode(text):
        raise ArgumentException(f"{name} must not contain a lone surrogate")
    if name in _LOOKS_LIKE and _is_look_alike(name)(text):
        found = next(description for pattern, description in _LOOKS_LIKE[name] if re.match(pattern, text))
        raise ArgumentException(f"{name} looks like {found}")
    return text


@cache  # compiled when first needed: an import goes without, and a call looks once
def _is_look_alike(name: str) -> Callable[[str], object]:
    """Return what tells whether a string is plainly meant for another argument than this one."""
    return re.compile("|".join(pattern for pattern, _ in _LOOKS_LIKE[name])).match


def _is_unicode(text: str) -> bool:
    # The UnicodeEncodeError holds the text, so it must not become the context of what is raised.
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _nested_too_deep(name: str) -> ArgumentException:
    return ArgumentException(f"{name} must not contain itself, or be nested deeper than {_MAX_DEPTH} levels")


def _path(name: str, key: str) -> str:
    shown = key if key.isprintable() else ascii(key)
    return f"{name}.{shown[:_MAX_NAME_SHOWN]}"


def _advice(name: str, value: object) -> str:
    advice = _WRITE_INSTEAD.get(name, {})
    return next((f"; write {advice[base.__name__]}" for base in type(value).__mro__ if base.__name__ in advice), "")


def _type_name(value: object) -> str:
    return "None" if value is None else type(value).__name__
