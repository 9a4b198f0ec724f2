"""What users test and trace their applications with, beside the client."""

from typing import Any

from payrix_sessions import ApiResponse, SessionsPostRequestDict
from tests.wire import envelope

BODY: SessionsPostRequestDict = {"login": "p1_log_example", "public": 0}
ONE = envelope({"id": "p1_ssn_stub"})


def ids(result: ApiResponse[Any]) -> list[str]:
    """Return the ids of the sessions in a response without errors."""
    return [each.id for each in result.raise_for_errors().body.data]
