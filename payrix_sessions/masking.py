"""What is never shown, and how: credentials, tokens and session keys are replaced by ``***``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, cast

from payrix_sessions.json_types import is_list, is_object

MASK = "***"

V = TypeVar("V")

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

# The closing quote is optional: a cut answer may end within the secret. Quotes may be escaped: JSON within JSON.
# Both are compiled when they are first needed, which in most processes is never.
_MEMBER_PATTERN = r'(\\*"(?:key|password|mfasecret)\\*"\s*:\s*\\*")(?:[^"\\]|\\.)*\\?'
_SEARCH_PATTERN = r"(\bkey\]?\[[^\]]*\]=)([^&]*)"


def plain_text(text: str) -> str:
    """Return what a text holds: the `str` of a subclass, such as an enum's member, may be something else."""
    return str.__str__(text)


class Secret(str):
    """A text that goes on the wire as it is and shows itself as ``***`` in reprs (so also in tracebacks)."""

    __slots__ = ()

    @classmethod
    def of(cls, value: V) -> V:
        """Wrap a text; anything else stays as it is."""
        if isinstance(cast("object", value), cls) or not isinstance(value, str):
            return value
        return cast("V", cls(plain_text(value)))

    def __repr__(self) -> str:
        return repr(MASK)


def mask_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return a copy of the headers that may be shown."""
    shown = {name: MASK if name.lower() in SECRET_HEADERS else value for name, value in headers.items()}
    if "search" in shown:
        shown["search"] = mask_search(shown["search"])
    return shown


def secrets_of(headers: Mapping[str, str | None]) -> list[str]:
    """List the values in these headers that must not be shown."""
    secrets = [value for name, value in headers.items() if value and name.lower() in SECRET_HEADERS]
    searched = re.finditer(_SEARCH_PATTERN, headers.get("search") or "", re.IGNORECASE)
    return secrets + [found[2] for found in searched if found[2]]


def mask_search(search: str) -> str:
    """Return a search that may be shown: one for a session's key holds the key."""
    return re.sub(_SEARCH_PATTERN, rf"\1{MASK}", search, flags=re.IGNORECASE)


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


def causes(
    exception: BaseException, *, contexts: bool = False, handled: BaseException | None = None
) -> list[BaseException]:
    """List an exception and what lies below it: requests and urllib3 keep it in `reason` and `args` as well.

    Args:
        exception: Where to begin.
        contexts: Follow also what was being handled when one was raised.
        handled: Where that ends, because the caller was handling it before.
    """
    found: list[BaseException] = []
    waiting: list[object] = [exception]
    while waiting:
        link = waiting.pop(0)
        if isinstance(link, BaseException) and link is not handled and not any(link is known for known in found):
            found.append(link)
            waiting += [link.__cause__, getattr(link, "reason", None), *link.args]
            if contexts:
                waiting.append(link.__context__)
    return found


def scrub(exception: BaseException, secrets: Iterable[str]) -> None:
    """Take out of somebody else's exception what it holds of a request or an answer. Its kind and its words stay."""
    exception.__traceback__ = None
    exception.args = tuple(_harmless(value, secrets) for value in exception.args)
    for name, value in vars(exception).items():
        setattr(exception, name, _harmless(value, secrets))


def _harmless(value: Any, secrets: Iterable[str]) -> Any:
    if isinstance(value, str):
        return _mask_words(value, secrets)
    if isinstance(value, bytes):
        return _mask_words(value.decode("latin-1"), secrets).encode("latin-1")
    # Pools, requests and answers hold headers, bodies and proxies' passwords.
    return value if isinstance(value, (int, float, BaseException)) else None


def _mask_words(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        # A shorter one is no secret, and would be found within words.
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, MASK)
    # JSON within a text, or cut off.
    return re.sub(_MEMBER_PATTERN, rf"\1{MASK}", text, flags=re.IGNORECASE)
