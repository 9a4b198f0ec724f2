"""The decoded body of a response: what every later step asks, decoded once.

The retry rules, the log line, the response handler, the exceptions and `ApiResponse` all read the same `Envelope`.
Bodies are data: they are decoded by the standard json module, in which nothing can run. An envelope never raises;
what it cannot understand is its `fault`. It knows nothing of HTTP.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NoReturn, TypeVar

from payrix_sessions._json_types import is_list, is_object, read_bool
from payrix_sessions._redaction import Redactor
from payrix_sessions.models.details import Details
from payrix_sessions.models.error_item import ErrorItem

E = TypeVar("E", bound=ErrorItem)

RATE_LIMIT_ERROR = "C_RATE_LIMIT_EXCEEDED_TEMP_BLOCK"

# A page of the API holds 100 records. Each of these would become objects of a kilobyte or so, and take time to build.
MOST_RECORDS = 10_000
# Errors are searched for secrets, which takes some microseconds for each value in them.
_HEAVIEST_ERRORS = 2 * 1024 * 1024  # characters of their strings, and 16 for each value
# Looked at before decoding: some bytes of gzip can become tens of millions of tiny JSON values.
_SMALL = 1024 * 1024  # characters; bodies below are decoded without counting
_MOST_CONTAINERS = 250_000
_MOST_VALUES = 5_000_000

_KINDS: dict[Any, str] = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_decode = json.JSONDecoder(parse_constant=_reject_constant).decode


def decode_json(text: str) -> Any:
    """Decode JSON, strictly.

    Raises:
        ValueError: It is not JSON, is nested too deep, is excessive in its number of values, or holds NaN or Infinity.
    """
    if len(text) > _SMALL and (text.count("{") + text.count("[") > _MOST_CONTAINERS or text.count(",") > _MOST_VALUES):
        raise ValueError("it holds more values than any page of the API")
    try:
        return _decode(text)
    except json.JSONDecodeError as error:
        # The decoder's own error holds the whole text.
        raise ValueError(str(error)) from None
    except RecursionError:
        raise ValueError("it is nested too deep") from None


class Envelope:
    """A decoded body: ``{"response": {"data": [...], "details": {...}, "errors": [...]}, "errors": [...]}``.

    Args:
        text: The body.

    Attributes:
        value: The decoded JSON, None when there is none.
        fault: Why this is no envelope of the API, or None when it is one.
    """

    __slots__ = ("_response", "_whole", "fault", "value")

    def __init__(self, text: str) -> None:
        self.fault: str | None = None
        try:
            self._set(decode_json(text))
        except ValueError as error:
            self.fault = f"it is not JSON: {error}" if text.strip() else "it is empty"
        else:
            # So many records, or so heavy errors, need at least so long a body.
            self.fault = self._excess() if len(text) > MOST_RECORDS else None
            if self.fault is None:
                self.fault = _fault(self.value)
                return
        self._set(None)  # nothing is to be made of it

    @classmethod
    def of(cls, value: Any) -> Envelope:
        """Return the envelope of a value that is decoded already."""
        envelope = cls.__new__(cls)
        envelope._set(value)
        envelope.fault = None
        return envelope

    def _set(self, value: Any) -> None:
        self.value: Any = value
        # The two places that are looked at; empty where they are no objects.
        self._whole: dict[str, Any] = value if is_object(value) else {}
        response = self._whole.get("response")
        self._response: dict[str, Any] = response if is_object(response) else {}

    def has_errors(self) -> bool:
        """Return whether there is anything in one of the two places for errors."""
        return bool(self._whole.get("errors") or self._response.get("errors"))

    def has_records(self) -> bool:
        """Tell whether there is a record in it."""
        return bool(self._response.get("data"))

    def errors(self, model: type[E], redactor: Redactor) -> list[E]:
        """Collect the errors from both places, without secrets.

        What is there in another form than a list of objects is kept as a message: an error is never lost.
        """
        items: list[E] = []
        for place in (self._whole, self._response):
            errors = place.get("errors")
            found: list[Any] = errors if is_list(errors) else [errors] if errors else []
            items += [_error_item(redactor.members(error), model) for error in found]
        return items

    def redact_errors(self, redactor: Redactor) -> None:
        """Take the secrets that the errors echo out of the decoded value."""
        for place in (self._whole, self._response):
            if place.get("errors"):
                place["errors"] = redactor.members(place["errors"])

    @property
    def request_id(self) -> int | str | None:
        """The `requestId` of the details, when it is a number or a string."""
        return request_id_of(_member(self._response.get("details"), "requestId"))

    @property
    def is_duplicate(self) -> bool:
        """Whether the API says that the request token was used before."""
        return read_bool(_member(self._response.get("details"), "duplicateRequest")) is True

    @property
    def is_rate_limit(self) -> bool:
        """Whether the errors include the API's rate limit."""
        for place in (self._whole, self._response):
            errors = place.get("errors")
            if is_list(errors) and any(_member(error, "errorCode") == RATE_LIMIT_ERROR for error in errors):
                return True
        return False

    def _excess(self) -> str | None:
        for name, items in (
            ("errors", self._whole.get("errors")),
            ("errors", self._response.get("errors")),
            ("records", self._response.get("data")),
        ):
            if is_list(items) and len(items) > MOST_RECORDS:
                return f"it holds {len(items)} {name}, more than {MOST_RECORDS}"
            if items and name == "errors" and _is_heavier(items, _HEAVIEST_ERRORS):
                return "its errors are larger than any that the API reports"
        return None


def request_id_of(value: object) -> int | str | None:
    """Return a request id, None when it is neither a number nor a string."""
    if isinstance(value, str):
        return value
    return value if type(value) is int and value.bit_length() <= 64 else None


def details_of(response: object) -> Details:
    """Return the details of a decoded response item, empty ones when there are none."""
    details = getattr(response, "details", None)
    return details if isinstance(details, Details) else Details()


def _is_heavier(value: Any, weight: int) -> bool:
    waiting = [value]
    while waiting and weight >= 0:
        item = waiting.pop()
        weight -= 16
        if isinstance(item, str):
            weight -= len(item)
        elif is_object(item):
            waiting += item
            waiting += item.values()
        elif is_list(item):
            waiting += item
    return weight < 0


def _fault(value: Any) -> str | None:
    if not is_object(value):
        return f"it is {_kind(value)}, not an object"
    if value and "response" not in value and "errors" not in value:
        return 'it has neither "response" nor "errors"'
    response = value.get("response")
    if response is None:
        return None
    if not is_object(response):
        return f"its response is {_kind(response)}, not an object"
    data = response.get("data")
    if data is None:
        return None
    if not is_list(data):
        return f"its data is {_kind(data)}, not a list"
    return _stray(data)


def _stray(records: Iterable[Any]) -> str | None:
    for record in records:
        if not isinstance(record, dict):
            return f"its data holds {_kind(record)}, not only objects"
    return None


def _error_item(error: Any, model: type[E]) -> E:
    if is_object(error):
        return model.from_dictionary(error)
    return model(msg=error if isinstance(error, str) else json.dumps(error))


def _member(value: Any, name: str) -> Any:
    return value.get(name) if is_object(value) else None


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), "a number")
