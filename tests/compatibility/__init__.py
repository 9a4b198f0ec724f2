"""What users test and trace their applications with, beside the client."""

from typing import Any

from payrix_sessions import ApiResponse, SessionsPostRequestDict

BODY: SessionsPostRequestDict = {"login": "p1_log_example", "public": 0}
EMPTY: dict[str, Any] = {"response": {"data": [], "details": {"requestId": 1}, "errors": []}}
ONE: dict[str, Any] = {"response": {"data": [{"id": "p1_ssn_stub"}], "details": {"requestId": 1}, "errors": []}}


def ids(result: ApiResponse[Any]) -> list[str]:
    """Return the ids of the sessions in a response without errors."""
    return [each.id for each in result.raise_for_errors().body.data]
