"""Faults: how the next answers are to go wrong."""

import json
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from werkzeug.datastructures import Headers

from .answers import JSON_TYPE, Answer, to_json
from .checks import is_flag, is_integer, is_number

_LONGEST_WAIT = 3600
_MOST_TIMES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """How one answer goes wrong; the defaults change nothing.

    status: HTTP status, 200 to 599, of an answer made up in place of the real one.
    body: its body: text or bytes as they are, anything else as JSON.
    headers: headers added to the answer, or put in place of its own.
    delay: seconds before the answer, 0 to 3600.
    trickle: seconds before each byte of the body, 0 to 3600.
    cut_after: bytes of the body after which the connection is closed; the length promised stays.
    reset: "before_headers" or "after_headers": where the connection is reset.
    close: close the connection after the answer, having promised to keep it.
    record: fields put into each session of the real answer: unknown ones, odd values, odd types.
    carried_out: whether the request takes effect. By default it does unless `status` or `body` is given.

    Raises ValueError for a value that makes no sense.
    """

    status: int | None = None
    body: object = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    delay: float = 0
    trickle: float = 0
    cut_after: int | None = None
    reset: Literal["before_headers", "after_headers"] | None = None
    close: bool = False
    record: dict[str, object] = field(default_factory=dict[str, object])
    carried_out: bool | None = None

    def __post_init__(self) -> None:
        for name, (valid, expected) in _RULES.items():
            if not valid(getattr(self, name)):
                raise ValueError(f"fault: {name} must be {expected}")

    @property
    def takes_effect(self) -> bool:
        """Whether the request is carried out."""
        return not self._makes_up if self.carried_out is None else self.carried_out

    def spoil(self, real: Answer | None) -> Answer:
        """Return the answer to send; `real` is the API's own, None if the request was not carried out."""
        if real is None or self._makes_up:
            real = Answer(self.status or 200, _as_bytes(self.body), {"Content-Type": JSON_TYPE})
        elif self.record:
            real = replace(real, body=_with_record(real.body, self.record))
        headers = Headers(list(real.headers.items()))
        for name, value in self.headers.items():
            headers.set(name, value)
        return replace(real, headers=dict(headers.items()))

    @property
    def _makes_up(self) -> bool:
        return self.status is not None or self.body is not None


class FaultQueue:
    """The faults that wait for the next requests, first come, first served."""

    def __init__(self) -> None:
        self._waiting: deque[Fault] = deque()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, fault: Fault, *, times: int = 1) -> None:
        """Let the next `times` requests (1 to 10,000) that have no fault yet go wrong like this."""
        if not is_integer(times, 1, _MOST_TIMES):
            raise ValueError(f"fault: times must be 1 to {_MOST_TIMES}")
        with self._lock:
            self._waiting.extend([fault] * times)

    def take(self) -> Fault:
        """Remove and return the next fault; one that changes nothing if none waits."""
        with self._lock:
            return self._waiting.popleft() if self._waiting else NO_FAULT

    def clear(self) -> None:
        """Forget every fault that waits."""
        with self._lock:
            self._waiting.clear()


def _is_wait(value: object) -> bool:
    return is_number(value, 0, _LONGEST_WAIT)


def _is_json(value: Any) -> bool:
    try:
        _as_bytes(value)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _is_object(value: object) -> bool:
    return _is_json(value) and isinstance(value, dict)


def _are_headers(value: Any) -> bool:
    return _is_object(value) and all(_is_header(*item) for item in value.items())


def _is_header(name: object, value: object) -> bool:
    texts = isinstance(name, str) and isinstance(value, str) and name
    return bool(texts) and f"{name}{value}".isascii() and f"{name}{value}".isprintable()


_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "status": (lambda value: value is None or is_integer(value, 200, 599), "200 to 599"),
    "body": (_is_json, "text, bytes or JSON"),
    "headers": (_are_headers, "names and values of printable ASCII"),
    "delay": (_is_wait, f"0 to {_LONGEST_WAIT} seconds"),
    "trickle": (_is_wait, f"0 to {_LONGEST_WAIT} seconds"),
    "cut_after": (lambda value: value is None or is_integer(value, 0, 2**31), "a number of bytes"),
    "reset": (
        lambda value: value in (None, "before_headers", "after_headers"),
        "before_headers or after_headers",
    ),
    "close": (is_flag, "true or false"),
    "record": (_is_object, "a JSON object"),
    "carried_out": (lambda value: value is None or is_flag(value), "true, false or null"),
}


def _as_bytes(body: object) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    return body if isinstance(body, bytes) else to_json(body)


def _with_record(body: bytes, record: dict[str, object]) -> bytes:
    value = json.loads(body)
    for session in value.get("response", {}).get("data", []):
        session.update(record)
    return to_json(value)


NO_FAULT = Fault()
