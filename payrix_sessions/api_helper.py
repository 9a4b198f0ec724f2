"""What is read out of an answer: JSON without surprises, the errors in their two places."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NoReturn, TypeVar

from payrix_sessions.json_types import is_list, is_object
from payrix_sessions.masking import mask_members
from payrix_sessions.models.details import Details
from payrix_sessions.models.error_item import ErrorItem

E = TypeVar("E", bound=ErrorItem)

_KINDS: dict[Any, str] = {dict: "an object", list: "a list", str: "a text", bool: "a truth value", type(None): "null"}


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_decode = json.JSONDecoder(parse_constant=_refuse_constant).decode


def decode_json(text: str) -> Any:
    """Decode the text of an answer with the standard json module only: nothing in it can run.

    Raises:
        ValueError: When it is not JSON, is nested too deep, or holds NaN or Infinity.
    """
    try:
        return _decode(text)
    except RecursionError:
        raise ValueError("the JSON is nested too deep") from None


def envelope_fault(answer: Any) -> str | None:
    """Say why a decoded answer is no Payrix envelope, or None when it is one."""
    if not is_object(answer):
        return f"it is {_kind(answer)}, not an object"
    if answer and "response" not in answer and "errors" not in answer:
        return 'it has neither "response" nor "errors"'
    response = answer.get("response")
    if response is None:
        return None
    if not is_object(response):
        return f"its response is {_kind(response)}, not an object"
    data = response.get("data")
    if data is None:
        return None
    if not is_list(data):
        return f"its data is {_kind(data)}, not a list"
    strays = [record for record in data if not isinstance(record, dict)]
    return f"its data holds {_kind(strays[0])}, not only objects" if strays else None


def has_errors(answer: dict[str, Any]) -> bool:
    """Tell whether a Payrix envelope says anything in one of the two places for errors."""
    response = answer.get("response")
    return bool(answer.get("errors") or (response and response.get("errors")))


def mask_errors(answer: dict[str, Any], secrets: Iterable[str]) -> None:
    """Take out of the errors of a Payrix envelope what they repeat of the request's secrets."""
    for place in (answer, answer.get("response")):
        if is_object(place) and place.get("errors"):
            place["errors"] = mask_members(place["errors"], secrets)


def error_items(answer: Any, model: type[E], secrets: Iterable[str] = ()) -> list[E]:
    """Collect the errors of a decoded answer, from the top and from inside `response`, without the secrets.

    What is there in another form than a list of objects is kept as a message: an error is never lost.
    """
    items: list[E] = []
    for place in (answer, _member(answer, "response")):
        errors = mask_members(_member(place, "errors"), secrets)
        found: list[Any] = errors if is_list(errors) else [errors] if errors else []
        items += [_error_item(error, model) for error in found]
    return items


def answered_details(answer: Any) -> Details | None:
    """Return the details of a decoded answer of any form."""
    details = _member(_member(answer, "response"), "details")
    return Details.from_dictionary(details) if is_object(details) else None


def known_request_id(details: object) -> int | str | None:
    """Return the request id of an answer's details as it came, when it is a number or a text."""
    value = getattr(details, "request_id", None)
    return value if isinstance(value, (int, str)) else None


def is_true(value: object) -> bool:
    """Tell whether a value is the wire's true, which may come as a number or a text like the flags."""
    return value in (True, "1", "true")


def _error_item(error: Any, model: type[E]) -> E:
    if is_object(error):
        return model.from_dictionary(error)
    return model(msg=error if isinstance(error, str) else json.dumps(error))


def _member(value: Any, name: str) -> Any:
    return value.get(name) if is_object(value) else None


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), "a number")
