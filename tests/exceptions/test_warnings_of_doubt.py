"""What is said when nobody knows whether a request was carried out, and what answers may not do to a message."""

from typing import Any

import pytest
from responses import RequestsMock

from payrix_sessions import APIException, SessionsController
from payrix_sessions.masking import mask_members
from tests.wire import OPERATIONS, Operation, each_operation, reply

DOUBT = "may have been carried out"


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 524])
@each_operation
def test_a_server_that_failed_leaves_a_doubt_about_what_changes_something(
    status: int, operation: Operation, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, {"errors": [{"msg": "no luck"}]}, status=status)
    with pytest.raises(APIException, match="no luck") as caught:
        operation(sessions)
    assert (DOUBT in str(caught.value)) is operation.changes_something


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 409, 422, 429])
@each_operation
def test_a_refusal_leaves_no_doubt(
    status: int, operation: Operation, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, status=status)
    with pytest.raises(APIException) as caught:
        operation(sessions)
    assert DOUBT not in str(caught.value)


@pytest.mark.parametrize(
    ("location", "said"),
    [
        (None, "does not say where it leads"),
        ("/elsewhere", "leads to the same host"),
        ("https://user:fake@elsewhere.example/x", "leads to elsewhere.example"),
        (f"https://{'x' * 50_000}.example", "leads to xxx"),
    ],
    ids=["none", "relative", "absolute", "enormous"],
)
def test_a_redirect_says_where_it_leads_in_few_words(
    location: str | None, said: str, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, status=307, headers={"Location": location} if location else None)
    with pytest.raises(APIException, match=said) as caught:
        OPERATIONS[0](sessions)
    assert len(str(caught.value)) < 500


def test_a_message_of_the_api_cannot_forge_a_line(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, {"errors": [{"msg": "a\nERROR b\x1b[31m", "field": "f\r"}]}, status=400)
    with pytest.raises(APIException) as caught:
        OPERATIONS[0](sessions)
    assert str(caught.value) == r"400 Bad Request: f\r: a\nERROR b\x1b[31m"


def test_errors_nested_too_deep_to_be_masked_are_told_without_them() -> None:
    deep: Any = "fake-secret"
    for _ in range(100_000):
        deep = [deep]
    assert mask_members(deep, ["fake-secret"]) == "***"
