"""Responses as the API gives them, for the scripted servers, and a client of such a server."""

import ssl
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from payrix_sessions import APIException, Client, ConnectionException
from tests.support.server import Request, Server, Step, answer, late
from tests.wire import GET_ONE, SESSION_ID, Operation, envelope, make_client

_BLOCKED = "Rate of requests exceeded - Temporary block implemented"
RATE_LIMIT: dict[str, Any] = {
    "errors": [{"code": 64, "severity": 2, "msg": _BLOCKED, "errorCode": "C_RATE_LIMIT_EXCEEDED_TEMP_BLOCK"}]
}
REFUSED: dict[str, Any] = {
    "errors": [{"code": 4, "severity": 3, "msg": "Invalid authentication", "errorCode": "invalid_auth"}]
}


def sessions(
    *logins: str, id: str = SESSION_ID, errors: Sequence[dict[str, Any]] = (), **details: Any
) -> dict[str, Any]:
    """Return an envelope with a session for each name, which its creator tells; the rest is what is asked for."""
    data = [{"id": id, "login": "p1_log_example", "creator": name, "public": 1} for name in logins]
    return envelope(*data, errors=errors, **details)


def found(login: str = "found") -> Step:
    """Answer with the session that was asked for; its login tells which answer this is."""
    return answer(sessions(login))


def login_of(result: Any) -> str:
    """Tell which answer a result is made of."""
    return str(result.body.data[0].creator)


def failure_of(client: Client, operation: Operation = GET_ONE, words: str | None = None, **arguments: Any) -> Any:
    """Return the exception of a call, which has to tell its token and, in words too, whether there is a doubt."""
    with pytest.raises((APIException, ConnectionException), match=words) as caught:
        operation(client.sessions, **arguments).raise_for_errors()
    error: Any = caught.value
    assert error.request_token == arguments.get("request_token")
    assert ("may have been carried out" in str(error)) is (error.may_have_been_sent and operation.changes_something)
    return error


def echo(request: Request) -> Step:
    """Answer with the id and the headers that were sent; to an id `late-...` a moment later."""
    name = request.target.rpartition("/")[2]
    token, request_token = (request.headers.get(header) for header in ("token", "request-token"))
    step = answer(envelope({"id": name, "login": token, "modifier": request_token}))
    return late(0.001, step) if name.startswith("late-") else step


def connect(server: Server, **options: Any) -> Client:
    """Return a client of that server that makes one attempt a call; whoever drops it closes its connections."""
    return make_client(**{"base_url": server.url, **options})


@contextmanager
def serve(
    *steps: Step, tls: ssl.SSLContext | None = None, **options: Any
) -> Generator[tuple[Server, Client], None, None]:
    """Run a server that plays these steps, with a client of it that makes one attempt a call."""
    with Server(steps, tls=tls) as server, connect(server, **options) as client:
        yield server, client
