"""The API's answers: envelopes, error items, and how both become bytes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

JSON_TYPE = "application/json; charset=UTF-8"

ErrorItem = dict[str, int | str]


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": JSON_TYPE})


def json_answer(status: int, value: object) -> Answer:
    """Return `value` as a JSON answer."""
    return Answer(status, to_json(value))


def to_json(value: object) -> bytes:
    """Write JSON as compactly as the API does."""
    return json.dumps(value, separators=(",", ":")).encode()


class Refusal(Exception):
    """A request that the API answers with errors.

    `status` is the one seen on the wire; `nested` tells whether the errors stand inside `response`, which is
    where the API reports what is wrong with a record or a query. `allow` becomes a header of that name.
    """

    def __init__(self, *errors: ErrorItem, status: int = 200, nested: bool = False, allow: str | None = None) -> None:
        super().__init__(*errors)
        self.errors: list[ErrorItem] = list(errors)
        self.status = status
        self.nested = nested
        self.allow = allow

    def answer(self, *, strict: bool) -> Answer:
        """Return the answer; strict mode knows only the documented 400 for what is wrong with a request."""
        if strict and self.status == 200:
            return json_answer(400, {"errors": self.errors})
        if self.nested:
            inner = {"data": [], "details": {"requestId": 1}, "errors": self.errors}
            return json_answer(self.status, {"response": inner})
        answer = json_answer(self.status, {"errors": self.errors})
        return replace(answer, headers={**answer.headers, "Allow": self.allow}) if self.allow else answer


def invalid_auth(status: int = 400) -> Refusal:
    """The documented answer to missing, wrong or expired credentials."""
    return Refusal(_item(4, 3, "Invalid authentication", "invalid_auth"), status=status)


def invalid_resource(status: int = 200, allow: str | None = None) -> Refusal:
    """The answer to a resource or an action that does not exist; `allow` names those that do."""
    item = _item(13, 4, "No such action and/or resource", "invalid_resource")
    return Refusal(item, status=status, allow=allow)


def rate_limit_exceeded() -> Refusal:
    """The documented answer to more requests than are allowed."""
    message = "Rate of requests exceeded - Temporary block implemented"
    return Refusal(_item(64, 2, message, "C_RATE_LIMIT_EXCEEDED_TEMP_BLOCK"), status=429)


def invalid_request(message: str, status: int = 400) -> Refusal:
    """The answer to a request that cannot be read at all (code and errorCode are assumed)."""
    return Refusal(_item(15, 3, message, "invalid_request"), status=status)


def query_error(operator: str) -> Refusal:
    """The answer to a search that names something else where an operator belongs."""
    message = f"Invalid search operator '{operator}' given in search request"
    return Refusal({"msg": message, "errorCode": "query_error"}, nested=True)


def required_field(name: str) -> ErrorItem:
    """The error item of a field that is empty."""
    return {"field": name, **_item(15, 2, "This field is required to be set", "required_field")}


def invalid_range(name: str, low: int, high: int) -> ErrorItem:
    """The error item of a number that is none, or out of range."""
    message = f"This field only accepts integers between {low} and {high}"
    return {"field": name, **_item(15, 2, message, "invalid_range")}


def _item(code: int, severity: int, msg: str, error_code: str) -> ErrorItem:
    return {"code": code, "severity": severity, "msg": msg, "errorCode": error_code}
