"""The control routes under /_sandbox, for tests in other processes and languages."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from .answers import Answer, invalid_request, invalid_resource, json_answer
from .clock import wall_time
from .faults import Fault
from .request import Request

if TYPE_CHECKING:
    from .sandbox import Sandbox

PREFIX = "_sandbox"

_CLOCK_FIELDS = ("days", "hours", "minutes", "seconds")
_FAULT_FIELDS = (*(field.name for field in fields(Fault)), "times")
_DESCRIPTION = Path(__file__).with_name("openapi.yaml")


class Control:
    """Answers requests for /_sandbox; they need no credentials and are not recorded."""

    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox = sandbox

    def answer(self, request: Request) -> Answer:
        """Carry out a control request."""
        sandbox = self._sandbox
        match request.method, request.segments[1:]:
            case "GET", []:
                return json_answer(200, self._state())
            case "GET", ["openapi.yaml"]:
                return Answer(200, _DESCRIPTION.read_bytes(), {"Content-Type": "application/yaml"})
            case "GET", ["requests"]:
                return json_answer(200, [_shown(each) for each in sandbox.requests])
            case "POST", ["faults"]:
                return self._attempt(self._add_fault, _FAULT_FIELDS, request)
            case "DELETE", ["faults"]:
                sandbox.faults.clear()
            case "POST", ["clock"]:
                return self._attempt(sandbox.clock.advance, _CLOCK_FIELDS, request)
            case "POST", ["reset"]:
                sandbox.reset()
            case _:
                return invalid_resource(404).answer(strict=False)
        return json_answer(200, self._state())

    def _add_fault(self, *, times: int = 1, **members: Any) -> None:
        self._sandbox.faults.add(Fault(**members), times=times)

    def _attempt(self, action: Callable[..., object], known: Sequence[str], request: Request) -> Answer:
        """Call `action` with the members of the JSON body; what it does not take becomes a 400."""
        try:
            action(**_members(request, known))
        except ValueError as error:
            return invalid_request(f"{error}; known fields: {', '.join(known)}").answer(strict=False)
        return json_answer(200, self._state())

    def _state(self) -> dict[str, object]:
        sandbox = self._sandbox
        return {
            "clock": wall_time(sandbox.clock.now()),
            "faults": len(sandbox.faults),
            "requests": len(sandbox.requests),
            "sessions": len(sandbox.sessions),
            "credentials": {
                "APIKEY": sandbox.api_key,
                "SESSIONKEY": sandbox.session_key,
                "TXNSESSIONKEY": sandbox.txn_session_key,
                "USERNAME": sandbox.username,
                "PASSWORD": sandbox.password,
            },
        }


def _members(request: Request, known: Sequence[str]) -> dict[str, Any]:
    try:
        members = request.json()
    except ValueError:
        members = None
    if not isinstance(members, dict):
        raise ValueError("the body must be a JSON object")
    members = cast("dict[str, Any]", members)
    for name in members:
        if name not in known:
            raise ValueError(f"unknown field {name!r}")
    return members


def _shown(request: Request) -> dict[str, object]:
    return {
        "method": request.method,
        "target": request.target,
        "headers": [list(pair) for pair in request.headers.items()],
        "body": request.body.decode(errors="backslashreplace"),
    }
