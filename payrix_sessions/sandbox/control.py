"""The control routes under /_sandbox, for tests in other processes and languages.

They need no credentials and are not recorded. They are closed to web pages: a request from a page of another origin,
or under a host name that is not the sandbox's own (DNS rebinding), is rejected.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import fields
from importlib.resources import files
from ipaddress import ip_address
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from payrix_sessions.sandbox.clock import wall_time
from payrix_sessions.sandbox.faults import Fault
from payrix_sessions.sandbox.request import Request, RequestPattern
from payrix_sessions.sandbox.responses import JSON_TYPE, ApiError, Response, invalid_request, to_json
from payrix_sessions.sandbox.seeding import SeedSession
from payrix_sessions.sandbox.service import Service

PREFIX = "_sandbox"

_CLOCK_FIELDS = ("days", "hours", "minutes", "seconds")
_FAULT_FIELDS = (*(field.name for field in fields(Fault)), "times")
_JOURNAL_PARAMETERS = "method", "path", "last"

# No Access-Control-Allow-Origin: pages may call the API, not steer the sandbox.
_HEADERS = {"Cross-Origin-Resource-Policy": "same-origin", "X-Content-Type-Options": "nosniff"}


class Control:
    """Responds to requests for /_sandbox.

    Args:
        service: What is steered.
        scheme: "http" or "https".
        hosts: Host names of the sandbox. IP addresses and localhost always are; a page cannot fake these.
        any_short_name: Whether names without a dot are too; on the Internet nobody can own one.
    """

    def __init__(self, service: Service, *, scheme: str, hosts: Collection[str], any_short_name: bool) -> None:
        self._service = service
        self._scheme = scheme
        self._hosts = frozenset(host.lower() for host in hosts)
        self._any_short_name = any_short_name
        self._routes: dict[str, Callable[[Request], Response]] = {
            "GET /_sandbox": lambda _: self._state(),
            "GET /_sandbox/openapi.yaml": lambda _: _description(),
            "GET /_sandbox/requests": self._journal,
            "POST /_sandbox/faults": self._add_fault,
            "DELETE /_sandbox/faults": self._clear_faults,
            "POST /_sandbox/clock": self._move_clock,
            "POST /_sandbox/sessions": self._add_session,
            "POST /_sandbox/reset": self._reset,
        }

    def respond(self, request: Request) -> Response:
        """Carry out a control request; whatever is wrong with it becomes a response."""
        try:
            self._check_origin(request)
            method = "GET" if request.method == "HEAD" else request.method
            route = self._routes.get(f"{method} {request.path}")
            if route is None:
                raise invalid_request(f"No such control route; there are {', '.join(self._routes)}", 404)
            if request.query and route != self._journal:
                raise invalid_request("This control route takes no query parameters")
            return route(request)
        except ApiError as error:
            return _json(error.status, {"errors": error.errors})

    def _check_origin(self, request: Request) -> None:
        host, origins = request.headers.get("Host", ""), request.headers.getlist("Origin")
        if host and not self._is_own(host):
            raise invalid_request(
                "The Host header names another host; start the sandbox with --allowed-host NAME if it is the sandbox's",
                403,
            )
        if any(origin.lower() != f"{self._scheme}://{host.lower()}" for origin in origins):
            raise invalid_request("A page of another origin may not use the control routes", 403)

    def _is_own(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if name in self._hosts or name == "localhost" or (self._any_short_name and "." not in name):
            return True
        try:
            return bool(ip_address(name))
        except ValueError:
            return False

    def _state(self) -> Response:
        service, credentials = self._service, self._service.credentials
        state = {
            "clock": wall_time(service.clock.now()),
            "faults": len(service.faults),
            "requests": len(service.requests()),
            "sessions": service.count_sessions(),
            "login": service.login,
            "credentials": {
                "APIKEY": credentials.api_key,
                "SESSIONKEY": credentials.session_key,
                "TXNSESSIONKEY": credentials.txn_session_key,
                "USERNAME": credentials.username,
                "PASSWORD": credentials.password,
            },
        }
        return _json(200, state)

    def _journal(self, request: Request) -> Response:
        given = parse_qsl(request.query, keep_blank_values=True)
        names = [name for name, _ in given]
        if len(set(names)) < len(names) or not set(names).issubset(_JOURNAL_PARAMETERS):
            raise invalid_request(f"Known parameters, each at most once: {', '.join(_JOURNAL_PARAMETERS)}")
        values = dict(given)
        last = values.get("last", "10000")
        if not re.fullmatch(r"[1-9][0-9]{0,4}", last):
            raise invalid_request("last must be 1 to 99999")
        try:
            pattern = RequestPattern(values.get("method"), values.get("path"))
        except ValueError as error:
            raise invalid_request(str(error)) from None
        found = [each for each in self._service.requests() if pattern.matches(each)]
        return _json(200, [_shown(each) for each in found[-int(last) :]])

    def _add_fault(self, request: Request) -> Response:
        def add(*, times: int = 1, **members: Any) -> None:
            self._service.faults.add(Fault(**members), times=times)

        return self._attempt(add, _FAULT_FIELDS, request)

    def _clear_faults(self, _: Request) -> Response:
        self._service.faults.clear()
        return self._state()

    def _move_clock(self, request: Request) -> Response:
        return self._attempt(self._service.clock.advance, _CLOCK_FIELDS, request)

    def _add_session(self, request: Request) -> Response:
        try:
            return _json(200, self._service.add_session(SeedSession.of(_json_object(request))).record())
        except ValueError as error:
            raise invalid_request(str(error)) from None

    def _reset(self, _: Request) -> Response:
        self._service.reset()
        return self._state()

    def _attempt(self, action: Callable[..., object], known: Sequence[str], request: Request) -> Response:
        """Call `action` with the members of the JSON body; what it does not take becomes a 400."""
        try:
            members = _json_object(request)
            for name in members:
                if name not in known:
                    raise ValueError(f"unknown field {name!r}")
            action(**members)
        except ValueError as error:
            raise invalid_request(f"{error}; known fields: {', '.join(known)}") from None
        return self._state()


def _json(status: int, value: object) -> Response:
    return Response(status, to_json(value), {"Content-Type": JSON_TYPE, **_HEADERS})


def _description() -> Response:
    # By way of importlib, since the package may be imported from a zip file.
    content = files("payrix_sessions.sandbox").joinpath("openapi.yaml").read_bytes()
    return Response(200, content, {"Content-Type": "application/yaml", **_HEADERS})


def _json_object(request: Request) -> dict[str, Any]:
    try:
        members = request.json()
    except ValueError:
        members = None
    if not isinstance(members, dict):
        raise ValueError("the body must be a JSON object")
    return cast("dict[str, Any]", members)


def _shown(request: Request) -> dict[str, object]:
    return {
        "method": request.method,
        "target": request.target,
        "headers": [list(pair) for pair in request.headers.items()],
        "body": request.body.decode(errors="backslashreplace"),
    }
