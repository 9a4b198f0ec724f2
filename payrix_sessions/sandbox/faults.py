"""Faults: how responses are to go wrong, and which."""

import copy
import json
import threading
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from werkzeug.datastructures import Headers

from payrix_sessions.sandbox.request import Request, RequestPattern
from payrix_sessions.sandbox.responses import Response, json_response, to_json
from payrix_sessions.sandbox.validation import Rule, is_bool, is_integer, is_number, require

_MAX_SECONDS = 3600
_MAX_TIMES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """How one response goes wrong; the defaults change nothing.

    Args:
        status: HTTP status, 200 to 599, of a response made up in place of the real one.
        body: Its body: a string or bytes as they are, anything else as JSON.
        headers: Headers added to the response, or put in place of its own.
        delay: Seconds before the response, 0 to 3600.
        trickle: Seconds before each byte of the body, 0 to 3600.
        truncate_after: Bytes of the body after which the connection is closed; the announced length stays.
        reset: "before_headers" or "after_headers": where the connection is reset.
        close: Close the connection after the response without having announced it.
        record: Fields put into each session of the real response: unknown ones, odd values, odd types.
        carried_out: Whether the request takes effect. By default it does unless `status` or `body` is given.
        on: The requests that it is for, by method and path: "DELETE", "/sessions/{id}" or "GET /sessions". A
            segment in braces matches any one segment. None is any request but a browser's preflight (OPTIONS).

    Raises:
        ValueError: For a value that makes no sense, by the name of its field.
    """

    status: int | None = None
    body: object = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    delay: float = 0
    trickle: float = 0
    truncate_after: int | None = None
    reset: Literal["before_headers", "after_headers"] | None = None
    close: bool = False
    record: dict[str, object] = field(default_factory=dict[str, object])
    carried_out: bool | None = None
    on: str | None = None

    def __post_init__(self) -> None:
        require(_RULES, {each.name: getattr(self, each.name) for each in fields(self)}, "fault: ")
        for name in ("body", "headers", "record"):  # the caller may change its own for the next fault
            object.__setattr__(self, name, copy.deepcopy(getattr(self, name)))

    @property
    def takes_effect(self) -> bool:
        """Whether the request is carried out."""
        return not self._makes_up if self.carried_out is None else self.carried_out

    def apply(self, real: Response | None) -> Response:
        """Return the response to send; `real` is the API's own, None if the request was not carried out."""
        if real is None or self._makes_up:
            real = replace(json_response(self.status or 200, None), body=_as_bytes(self.body))
        elif self.record:
            real = replace(real, body=_with_record(real.body, self.record))
        if not self.headers:
            return real
        headers = Headers(list(real.headers.items()))
        for name, value in self.headers.items():
            headers.set(name, value)
        return replace(real, headers=dict(headers.items()))

    @property
    def _makes_up(self) -> bool:
        return self.status is not None or self.body is not None


@dataclass(slots=True)
class _Waiting:
    fault: Fault
    pattern: RequestPattern
    times: int


class FaultQueue:
    """The faults that wait for requests. Each request takes the first one that is for it."""

    def __init__(self) -> None:
        self._waiting: list[_Waiting] = []
        self._lock = threading.Lock()

    def __len__(self) -> int:
        with self._lock:
            return sum(each.times for each in self._waiting)

    def add(self, fault: Fault, *, times: int = 1) -> None:
        """Let the next requests that it is for, and that have no fault yet, go wrong like this.

        Args:
            fault: What goes wrong.
            times: With how many requests, 1 to 10,000.

        Raises:
            ValueError: If the first is no `Fault`, or the number is out of range.
        """
        if not isinstance(fault, Fault):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ValueError(f"fault: must be a Fault, such as Fault(status=503), not {type(fault).__name__}")
        if not is_integer(times, 1, _MAX_TIMES):
            raise ValueError(f"fault: times must be 1 to {_MAX_TIMES}")
        pattern = RequestPattern() if fault.on is None else RequestPattern.parse(fault.on)
        with self._lock:
            self._waiting.append(_Waiting(fault, pattern, times))

    def take(self, request: Request) -> Fault:
        """Remove and return the first fault for this request; one that changes nothing if none waits."""
        with self._lock:
            for each in self._waiting:
                # A browser sends preflights (OPTIONS) on its own; a fault is rarely meant for these.
                is_meant = request.method != "OPTIONS" or each.pattern.method == "OPTIONS"
                if is_meant and each.pattern.matches(request):
                    each.times -= 1
                    if not each.times:
                        self._waiting.remove(each)
                    return each.fault
        return NO_FAULT

    def clear(self) -> None:
        """Forget every fault that waits."""
        with self._lock:
            self._waiting.clear()


def _is_delay(value: object) -> bool:
    return is_number(value, 0, _MAX_SECONDS)


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
    strings = isinstance(name, str) and isinstance(value, str) and name
    return bool(strings) and f"{name}{value}".isascii() and f"{name}{value}".isprintable()


def _is_pattern(value: object) -> bool:
    try:
        return value is None or (isinstance(value, str) and bool(RequestPattern.parse(value)))
    except ValueError:
        return False


_RULES: dict[str, Rule] = {
    "status": (lambda value: value is None or is_integer(value, 200, 599), "200 to 599"),
    "body": (_is_json, "a string, bytes or JSON"),
    "headers": (_are_headers, "names and values of printable ASCII"),
    "delay": (_is_delay, f"0 to {_MAX_SECONDS} seconds"),
    "trickle": (_is_delay, f"0 to {_MAX_SECONDS} seconds"),
    "truncate_after": (lambda value: value is None or is_integer(value, 0, 2**31), "a number of bytes"),
    "reset": (
        lambda value: value in (None, "before_headers", "after_headers"),
        "before_headers or after_headers",
    ),
    "close": (is_bool, "true or false"),
    "record": (_is_object, "a JSON object"),
    "carried_out": (lambda value: value is None or is_bool(value), "true, false or null"),
    "on": (_is_pattern, 'a method, a path or both, such as "DELETE" or "GET /sessions/{id}"'),
}


def _as_bytes(body: object) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    return body if isinstance(body, bytes) else to_json(body)


def _with_record(body: bytes, record: dict[str, object]) -> bytes:
    if not body:
        return body
    value = json.loads(body)
    for session in value.get("response", {}).get("data", []):
        session.update(record)
    return to_json(value)


NO_FAULT = Fault()
