"""Speaks for the API through `responses`, makes the four calls, and shows what was sent."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import unquote, urlsplit

from requests import PreparedRequest
from responses import RequestsMock

from payrix_sessions import ApiResponse, Client, PayrixException, SessionsPostRequest
from payrix_sessions.http.auth.kinds import KINDS

BASE_URL = "https://test-api.payrix.com"
API_KEY = "fake-api-key-for-tests"
SESSION_ID = "p1_ssn_example"
SESSION_KEY = "0123456789abcdef0123456789abcdef"


class Shown(str, Enum):
    """The `str` of its members is their name on Python 3.10, their value later, and neither is what they hold."""

    ID = "id"
    DESC = "desc"
    GET = "get"

    def __str__(self) -> str:
        return "shown"


@dataclass(frozen=True)
class Operation:
    """One method of the controller, with the arguments it cannot do without."""

    name: str
    http_method: str
    path: str
    required: Mapping[str, Any]

    def __call__(self, controller: Any, **arguments: Any) -> ApiResponse[Any]:
        return getattr(controller, self.name)(**{**self.required, **arguments})  # type: ignore[no-any-return]

    @property
    def changes_something(self) -> bool:
        return self.http_method != "GET"


GET_ONE = Operation("get_sessions_id", "GET", f"/sessions/{SESSION_ID}", {"id": SESSION_ID})
DELETE_ONE = Operation("delete_sessions_id", "DELETE", f"/sessions/{SESSION_ID}", {"id": SESSION_ID})
GET_MANY = Operation("get_sessions", "GET", "/sessions", {})
CREATE = Operation("post_sessions", "POST", "/sessions", {"body": SessionsPostRequest(login="p1_log_example")})
OPERATIONS = (GET_ONE, DELETE_ONE, GET_MANY, CREATE)


def make_client(**options: Any) -> Client:
    """Return a client with a fake API key that makes one attempt a call, unless told otherwise."""
    options = {**credentials(api_key=API_KEY), "max_retries": 0, **options}
    return Client(**options)


def credentials(**values: str) -> dict[str, Any]:
    """Return the options that give a client credentials, by their kinds: `credentials(api_key="fake")`."""
    kinds: dict[str, Any] = {name: KINDS[f"{name}_credentials"] for name in values}
    return {f"{name}_credentials": kind(values[name]) for name, kind in kinds.items()}


def session(id: str = SESSION_ID, **members: Any) -> dict[str, Any]:
    """Return a session as the API sends it."""
    return {"id": id, "login": "p1_log_example", "key": SESSION_KEY, "public": 1, **members}


def envelope(*sessions: dict[str, Any], errors: Any = (), **details: Any) -> dict[str, Any]:
    """Return the envelope of these sessions."""
    return {"response": {"data": list(sessions), "details": {"requestId": 1, **details}, "errors": list(errors)}}


def fitting(request: PreparedRequest) -> dict[str, Any]:
    """Return the body that answers a request: the session asked for, the one created, or a list of none."""
    path = urlsplit(str(request.url)).path
    if request.method == "POST":
        return envelope(session(**json.loads(body_bytes(request))))
    return envelope() if path.endswith("/sessions") else envelope(session(unquote(path.rpartition("/")[2])))


def reply(api: RequestsMock, body: Any = fitting, *, status: int = 200, headers: Mapping[str, str] = {}) -> None:
    """Answer each request with this body: strings and bytes as they are, the rest as JSON; by default what fits."""

    def answer(request: PreparedRequest) -> tuple[int, dict[str, str], str | bytes]:
        content = body(request) if callable(body) else body
        return status, dict(headers), content if isinstance(content, (str, bytes)) else json.dumps(content)

    for method in ("GET", "DELETE", "POST"):
        api.add_callback(method, re.compile(".*"), answer)


def sent(api: RequestsMock) -> PreparedRequest:
    """Return the request that was sent, having made sure that it is the only one."""
    assert len(api.calls) == 1
    return api.calls[0].request


def header(request: PreparedRequest, name: str) -> str | None:
    """Return a header as text, as it goes on the wire."""
    value: str | bytes | None = request.headers.get(name)
    return value.decode("latin-1") if isinstance(value, bytes) else value


def body_bytes(request: PreparedRequest) -> bytes:
    """Return the body as bytes, as it goes on the wire."""
    body = request.body
    assert isinstance(body, (str, bytes))
    return body.encode() if isinstance(body, str) else body


def outcome(call: Callable[[], ApiResponse[Any]]) -> ApiResponse[Any] | PayrixException:
    """Return what a call returns, or the exception that it raises when that is one of the package's."""
    try:
        return call()
    except PayrixException as exception:
        return exception


def printed(*values: object) -> str:
    """Return all that printing these values can show."""
    return "\n".join(f"{value!s}\n{value!r}" for value in values)
