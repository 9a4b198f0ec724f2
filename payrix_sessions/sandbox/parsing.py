"""What a request asks for, parsed and checked before anything is done."""

import re
from dataclasses import dataclass
from typing import Any, cast

from werkzeug.http import parse_options_header

from payrix_sessions.sandbox.request import Request
from payrix_sessions.sandbox.responses import ApiError, ErrorItem, invalid_range, invalid_request, required_field
from payrix_sessions.sandbox.search import Search

# Name on the wire and attribute of the flags that a request may set.
FLAGS = {
    "public": "public",
    "inactive": "inactive",
    "frozen": "frozen",
    "token": "token",
    "mfaAuthenticated": "mfa_authenticated",
}

MAX_LOGIN_LENGTH = 255

_MAX_PAGE = 2**31 - 1
_MAX_LIMIT = 100
_DEFAULT_LIMIT = 30
_MAX_TOKEN_LENGTH = 100


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


def is_well_formed_id(id: object) -> bool:
    """Tell whether this can be an id. Inferred: one with a hyphen was recorded as a 404, no other form was."""
    return isinstance(id, str) and re.fullmatch(r"[0-9A-Za-z_]+", id) is not None


def parse_new_session(request: Request, caller: str) -> NewSession:
    """Parse the body of a POST by the login `caller`.

    Raises:
        ApiError: For a body that is not a JSON object, or with values that the API rejects.
    """
    body = _json_object(request)
    errors: list[ErrorItem] = []
    # Assumed: any string is a login that exists, and the caller's own is meant if there is none.
    login = body.get("login", caller)
    if not isinstance(login, str) or not 0 < len(login) <= MAX_LOGIN_LENGTH:
        errors.append(required_field("login"))
    flags = {attribute: body.get(name, 0) for name, attribute in FLAGS.items()}
    # Assumed: only the documented numbers are accepted, not the strings that the API itself sends at times.
    errors += [invalid_range(name, 0, 1) for name, attribute in FLAGS.items() if not _is_flag(flags[attribute])]
    if errors:
        raise ApiError(*errors, nested=True)
    return NewSession(str(login), {attribute: int(flag) for attribute, flag in flags.items()})


def parse_listing(request: Request) -> Listing:
    """Parse headers and query of a GET of the list.

    Raises:
        ApiError: For values out of range, and for a search that the API rejects.
    """
    return Listing(
        # Several search headers are said to be allowed, and said not to work; here they are one.
        search=Search("&".join(request.headers.getlist("search"))),
        totals="&".join(request.headers.getlist("totals")),
        number=_page_value(request, "page[number]", default=1, high=_MAX_PAGE),
        limit=_page_value(request, "page[limit]", default=_DEFAULT_LIMIT, high=_MAX_LIMIT),
        embedded=parse_embedded(request),
    )


def parse_embedded(request: Request) -> frozenset[str]:
    """Return the names that `embed` asks for; assumed: those that cannot be embedded are ignored."""
    return frozenset(request.parameters.get("embed", "").split(","))


def parse_request_token(request: Request) -> str | None:
    """Return the request token, under either of the names in the API's list of headers.

    Raises:
        ApiError: If it is longer than documented; the response is assumed.
    """
    token = request.headers.get("request-token") or request.headers.get("request_token")
    if token and len(token) > _MAX_TOKEN_LENGTH:
        raise invalid_request(f"The request-token header takes 1 to {_MAX_TOKEN_LENGTH} characters")
    return token


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


def _page_value(request: Request, name: str, *, default: int, high: int) -> int:
    text = request.parameters.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,10}", text) or not 1 <= int(text) <= high:
        # Assumed: Payrix documents the limits, not the response to a value outside of them.
        raise ApiError(invalid_range(name, 1, high), status=400)
    return int(text)
