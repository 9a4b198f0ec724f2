"""What is never shown, and how: credentials, tokens and session keys are replaced by ``***``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from payrix_sessions.json_types import is_list, is_object

MASK = "***"

SECRET_HEADERS = frozenset(
    {
        "apikey",
        "sessionkey",
        "txnsessionkey",
        "username",
        "password",
        "token",
        "authorization",
        "proxy-authorization",
        "cookie",
    }
)
SECRET_MEMBERS = frozenset({"key", "password", "mfasecret"})

_SHORTEST_SECRET = 4

# The closing quote is optional: a cut answer may end within the secret.
# Both are compiled when they are first needed, which in most processes is never.
_MEMBER_PATTERN = r'("(?:key|password|mfasecret)"\s*:\s*")(?:[^"\\]|\\.)*\\?'
_SEARCH_PATTERN = r"(\bkey\[[^\]]*\]=)[^&]*"


class Secret(str):
    """A text that goes on the wire as it is and shows itself as ``***`` in reprs (so also in tracebacks)."""

    __slots__ = ()

    @classmethod
    def of(cls, value: str | None) -> str | None:
        """Wrap a text; anything else is left for a check to refuse."""
        return cls(value) if isinstance(value, str) else value

    def __repr__(self) -> str:
        return repr(MASK)


def mask_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return a copy of the headers that may be shown."""
    shown = {name: MASK if name.lower() in SECRET_HEADERS else value for name, value in headers.items()}
    if "search" in shown:
        shown["search"] = mask_search(shown["search"])
    return shown


def mask_search(search: str) -> str:
    """Return a search that may be shown: one for a session's key holds the key."""
    return re.sub(_SEARCH_PATTERN, rf"\1{MASK}", search)


def is_secret(member: str) -> bool:
    """Tell whether the member of an object with this name is a secret."""
    return member.lower() in SECRET_MEMBERS


def mask_text(text: str, secrets: Iterable[str] = ()) -> str:
    """Return the text of an answer without session keys, passwords and the given secrets."""
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return _mask_words(text, secrets)
    masked = mask_members(answer, secrets)
    # What needs no masking stays as it came, to the letter.
    return text if masked == answer else json.dumps(masked)


def mask_members(value: Any, secrets: Iterable[str] = ()) -> Any:
    """Return a copy of plain JSON data without the values of secret members and the given secrets."""
    try:
        return _mask_members(value, secrets)
    except RecursionError:
        return MASK


def _mask_members(value: Any, secrets: Iterable[str]) -> Any:
    if is_object(value):
        return {
            name: MASK if is_secret(name) and item is not None else _mask_members(item, secrets)
            for name, item in value.items()
        }
    if is_list(value):
        return [_mask_members(item, secrets) for item in value]
    return _mask_words(value, secrets) if isinstance(value, str) else value


def _mask_words(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        # A shorter one is no secret, and would be found within words.
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, MASK)
    # JSON within a text, or cut off.
    return re.sub(_MEMBER_PATTERN, rf"\1{MASK}", text, flags=re.IGNORECASE)
