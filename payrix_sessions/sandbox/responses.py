"""The API's responses: envelopes, error items, and how both become bytes. Knows neither requests nor sessions."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

JSON_TYPE = "application/json; charset=UTF-8"

# Recorded on the real API's JSON responses; its list of headers goes on, but the record of it ends here.
CORS_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET,PUT,POST,DELETE,OPTIONS",
    "Access-Control-Allow-Headers": (
        "ACCEPT,APIKEY, Authorization, CONTENT-TYPE,PASSWORD,REQUEST-TOKEN,REQUEST_TOKEN,RESETKEY,SEARCH,SESSIONKEY,"
        "TXNSESSIONKEY,TOKEN,TOTALS,USERNAME"
    ),
}

ErrorItem = dict[str, int | str]


@dataclass(frozen=True, slots=True)
class Response:
    """A whole HTTP response."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": JSON_TYPE, **CORS_HEADERS})


def json_response(status: int, value: object) -> Response:
    """Return `value` as a JSON response of the API."""
    return Response(status, to_json(value))


def to_json(value: object) -> bytes:
    """Write JSON as compactly as the API does."""
    return json.dumps(value, separators=(",", ":")).encode()


class ApiError(Exception):
    """A request that the API rejects.

    Args:
        errors: The error items; without any, the response is an empty HTML page.
        status: The HTTP status.
        nested: Whether the errors stand inside `response`, which is where the API reports what is wrong with a
            record or a query.
        allow: The value of an `Allow` header.
    """

    def __init__(self, *errors: ErrorItem, status: int = 200, nested: bool = False, allow: str | None = None) -> None:
        super().__init__(*errors)
        self.errors: list[ErrorItem] = list(errors)
        self.status = status
        self.nested = nested
        self.allow = allow

    def response(self, *, strict: bool) -> Response:
        """Return the response; strict mode knows only the documented 400 for what is wrong with a request."""
        if not self.errors:
            return Response(self.status, b"", {"Content-Type": "text/html; charset=UTF-8"})
        if strict and self.status == 200:
            return json_response(400, {"errors": self.errors})
        if self.nested:
            inner = {"data": [], "details": {"requestId": 1}, "errors": self.errors}
            return json_response(self.status, {"response": inner})
        response = json_response(self.status, {"errors": self.errors})
        return replace(response, headers={**response.headers, "Allow": self.allow}) if self.allow else response


def invalid_auth(status: int = 400) -> ApiError:
    """Return the documented error for missing, wrong or expired credentials."""
    return ApiError(_item(4, 3, "Invalid authentication", "invalid_auth"), status=status)


def invalid_resource(status: int = 200, allow: str | None = None) -> ApiError:
    """Return the error for a resource or an action that does not exist; `allow` names the methods that do."""
    item = _item(13, 4, "No such action and/or resource", "invalid_resource")
    return ApiError(item, status=status, allow=allow)


def malformed_id() -> ApiError:
    """Return the empty HTML page that was recorded once for an id with a hyphen, on another resource."""
    return ApiError(status=404)


def rate_limit_exceeded() -> ApiError:
    """Return the documented error for more requests than are allowed."""
    message = "Rate of requests exceeded - Temporary block implemented"
    return ApiError(_item(64, 2, message, "C_RATE_LIMIT_EXCEEDED_TEMP_BLOCK"), status=429)


def invalid_request(message: str, status: int = 400) -> ApiError:
    """Return the error for a request that cannot be read (its code and errorCode are assumed)."""
    return ApiError(_item(15, 3, message, "invalid_request"), status=status)


def query_error(operator: str) -> ApiError:
    """Return the error for a search with something else where an operator belongs."""
    message = f"Invalid search operator '{operator}' given in search request"
    return ApiError({"msg": message, "errorCode": "query_error"}, nested=True)


def required_field(name: str) -> ErrorItem:
    """Return the error item of an empty field."""
    return {"field": name, **_item(15, 2, "This field is required to be set", "required_field")}


def invalid_range(name: str, low: int, high: int) -> ErrorItem:
    """Return the error item of a value that is no integer, or out of range."""
    message = f"This field only accepts integers between {low} and {high}"
    return {"field": name, **_item(15, 2, message, "invalid_range")}


def _item(code: int, severity: int, msg: str, error_code: str) -> ErrorItem:
    return {"code": code, "severity": severity, "msg": msg, "errorCode": error_code}
