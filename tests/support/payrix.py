"""Answers as the API gives them, for the scripted servers."""

from collections.abc import Sequence
from typing import Any

from tests.support.server import Step, answer

RATE_LIMIT: dict[str, Any] = {
    "errors": [
        {
            "code": 64,
            "severity": 2,
            "msg": "Rate of requests exceeded - Temporary block implemented",
            "errorCode": "C_RATE_LIMIT_EXCEEDED_TEMP_BLOCK",
        }
    ]
}
REFUSED: dict[str, Any] = {
    "errors": [{"code": 4, "severity": 3, "msg": "Invalid authentication", "errorCode": "invalid_auth"}]
}


def sessions(*ids: str, errors: Sequence[dict[str, Any]] = (), **details: Any) -> dict[str, Any]:
    """Return an envelope with a session for each id."""
    data = [{"id": one, "login": "p1_log_example", "public": 1} for one in ids]
    return {"response": {"data": data, "details": {"requestId": 1, **details}, "errors": list(errors)}}


def found(id: str = "p1_ssn_found") -> Step:
    """Answer with one session."""
    return answer(sessions(id))
