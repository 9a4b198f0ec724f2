"""Stubs: methods that are replaced, results and exceptions that are made from plain data."""

import json
from typing import Any
from unittest import mock

import pytest

from payrix_sessions import (
    APIException,
    ApiResponse,
    Client,
    ErrorFourHundredException,
    PayrixException,
    SessionsController,
    TimeoutException,
)
from tests.compatibility import ONE, ids

REJECTED = {"errors": [{"field": "login", "severity": 2, "errorCode": "required_field", "msg": "Required"}]}


# doc/testing.md patches a method of a real client.
def test_a_client_can_be_a_mock_that_knows_the_signatures() -> None:
    client = mock.create_autospec(Client, instance=True)
    client.sessions = mock.create_autospec(SessionsController, instance=True)
    delete = client.sessions.delete_sessions_id
    delete.side_effect = [ApiResponse.of(ONE["response"]["data"]), APIException.of(REJECTED, status_code=404)]
    assert ids(delete("a")) == ["p1_ssn_stub"]
    with pytest.raises(APIException, match="Required"):
        delete("b")
    with pytest.raises(TypeError, match="argument"):
        delete(identifier="a")


def test_an_exception_survives_a_serialiser_that_keeps_its_text_alone() -> None:
    rows: list[PayrixException] = [
        APIException.of(REJECTED, status_code=404),
        ErrorFourHundredException.of(REJECTED, status_code=400),
        TimeoutException("why"),
    ]
    for exception in rows:
        kept: list[Any] = json.loads(json.dumps(exception.args))  # what Celery's JSON backend does
        rebuilt = type(exception)(*kept)
        assert (str(rebuilt), repr(rebuilt)) == (str(exception), repr(exception))
        assert getattr(rebuilt, "errors", []) == []
