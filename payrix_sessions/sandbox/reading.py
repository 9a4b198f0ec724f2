"""What a request asks for, read and checked before anything is done."""

import re
from dataclasses import dataclass
from typing import Any, cast

from werkzeug.http import parse_options_header

from .answers import ErrorItem, Refusal, invalid_range, invalid_request, required_field
from .request import Request
from .search import Search

# Name on the wire and attribute of the flags that a request may set.
_FLAGS = {
    "public": "public",
    "inactive": "inactive",
    "frozen": "frozen",
    "token": "token",
    "mfaAuthenticated": "mfa_authenticated",
}

_LONGEST_LOGIN = 255
_LARGEST_PAGE = 2**31 - 1
_LARGEST_LIMIT = 100
_DEFAULT_LIMIT = 30


@dataclass(frozen=True, slots=True)
class NewSession:
    """What a POST asks for."""

    login: str
    flags: dict[str, int]


@dataclass(frozen=True, slots=True)
class Listing:
    """What a GET of the list asks for."""

    search: Search
    totals: str
    number: int
    limit: int
    embedded: frozenset[str]


def read_new_session(request: Request, caller: str) -> NewSession:
    """Read the body of a POST by the login `caller`; raise the API's refusal of it."""
    body = _json_object(request)
    errors: list[ErrorItem] = []
    # Assumed: any text is a login that exists, and the caller's own is meant where none is given.
    login = body.get("login", caller)
    if not isinstance(login, str) or not 0 < len(login) <= _LONGEST_LOGIN:
        errors.append(required_field("login"))
    flags = {attribute: body.get(name, 0) for name, attribute in _FLAGS.items()}
    # Assumed: only the numbers are taken, as documented; not the texts that the API itself answers.
    errors += [invalid_range(name, 0, 1) for name, attribute in _FLAGS.items() if not _is_flag(flags[attribute])]
    if errors:
        raise Refusal(*errors, nested=True)
    return NewSession(str(login), {attribute: int(flag) for attribute, flag in flags.items()})


def read_listing(request: Request) -> Listing:
    """Read headers and query of a GET of the list; raise the API's refusal of them."""
    return Listing(
        search=Search(request.headers.get("search", "")),
        totals=request.headers.get("totals", ""),
        number=_page_value(request, "page[number]", default=1, largest=_LARGEST_PAGE),
        limit=_page_value(request, "page[limit]", default=_DEFAULT_LIMIT, largest=_LARGEST_LIMIT),
        embedded=read_embedded(request),
    )


def read_embedded(request: Request) -> frozenset[str]:
    """Return the names that `embed` asks for; assumed: those that cannot be embedded are ignored."""
    return frozenset(request.parameters.get("embed", "").split(","))


def _json_object(request: Request) -> dict[str, Any]:
    content_type, _ = parse_options_header(request.headers.get("content-type"))
    if content_type.lower() != "application/json":
        raise invalid_request("Invalid request Content-Type header")
    try:
        body = request.json()
    except ValueError:
        raise invalid_request("The request body is not valid JSON") from None
    if not isinstance(body, dict):
        raise invalid_request("The request body must be a JSON object")
    return cast("dict[str, Any]", body)


def _is_flag(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value in (0, 1)


def _page_value(request: Request, name: str, *, default: int, largest: int) -> int:
    text = request.parameters.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,10}", text) or not 1 <= int(text) <= largest:
        # Assumed: Payrix documents the limits, not the answer to a value outside of them.
        raise Refusal(invalid_range(name, 1, largest), status=400)
    return int(text)
