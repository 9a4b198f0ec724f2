"""Responses as the API gives them, for the scripted servers."""

from collections.abc import Sequence
from typing import Any

from tests.support.server import Step, answer
from tests.wire import SESSION_ID, envelope

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
