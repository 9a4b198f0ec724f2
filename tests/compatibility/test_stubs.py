"""Stubs: methods that are replaced, results and exceptions that are made from plain data."""

import json
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest

from payrix_sessions import (
    APIException,
    ApiResponse,
    ArgumentException,
    Client,
    ConfigurationException,
    ConnectionException,
    ErrorFourHundredException,
    PayrixException,
    SessionsController,
    SessionsPostResponseResult,
    TimeoutException,
)
from payrix_sessions.sandbox import Sandbox
from tests.compatibility.clients import EMPTY, ONE

REJECTED = {"errors": [{"field": "login", "severity": 2, "errorCode": "required_field", "msg": "Required"}]}


def revoke_all(client: Client, *ids: str) -> int:
    """Stand for a user's code that calls us."""
    return sum(len(client.sessions.delete_sessions_id(one).raise_for_errors().body.data) for one in ids)


def test_a_method_of_a_client_can_be_patched(real: Sandbox) -> None:
    with real.client() as client:
        with mock.patch.object(client.sessions, "delete_sessions_id", autospec=True) as delete:
            delete.return_value = ApiResponse.of(ONE)
            assert revoke_all(client, "a", "b") == 2
        delete.assert_called_with("b")
        assert real.requests == []
        assert revoke_all(client, real.sessions[0].id) == 1


def test_a_method_can_be_replaced_for_one_test(real: Sandbox) -> None:
    with real.client() as client:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(client.sessions, "delete_sessions_id", mock.Mock(return_value=ApiResponse.of(EMPTY)))
            assert revoke_all(client, real.sessions[0].id) == 0
        assert real.requests == []
        assert revoke_all(client, real.sessions[0].id) == 1


def test_a_client_can_be_a_mock_that_knows_the_signatures() -> None:
    client = mock.create_autospec(Client, instance=True)
    client.sessions = mock.create_autospec(SessionsController, instance=True)
    client.sessions.delete_sessions_id.side_effect = [ApiResponse.of(ONE), APIException.of(REJECTED, status_code=404)]
    with pytest.raises(APIException, match="Required"):
        revoke_all(client, "a", "b")
    with pytest.raises(TypeError, match="argument"):
        client.sessions.delete_sessions_id(identifier="a")


def test_a_response_is_made_from_an_envelope() -> None:
    result = ApiResponse.of(
        {**ONE, "response": {**ONE["response"], "details": {"duplicateRequest": "true"}}}, attempts=2
    )
    assert result.is_success()
    assert result.is_duplicate
    assert (result.status_code, result.attempts, result.one().id) == (200, 2, "p1_ssn_stub")
    refused = ApiResponse.of(REJECTED, headers={"Cf-Ray": "abc"})
    assert refused.request_id == "abc"
    assert refused.has("required_field")
    with pytest.raises(APIException, match="Required"):
        refused.raise_for_errors()


def test_a_response_is_made_from_a_list_of_sessions_or_a_model() -> None:
    assert [each.id for each in ApiResponse.of(ONE["response"]["data"]).body.data] == ["p1_ssn_stub"]
    page = SessionsPostResponseResult.from_dictionary(ONE)
    assert ApiResponse.of(page).body == page


def test_an_exception_is_made_from_plain_data() -> None:
    rows: list[type[APIException]] = [APIException, ErrorFourHundredException]
    for kind in rows:
        exception = kind.of(REJECTED, status_code=400)
        assert type(exception) is kind
        assert (exception.response_code, exception.errors[0].field) == (400, "login")
        assert exception.has("required_field")
        assert "login: Required" in str(exception)
        assert "503" in str(kind.of("<html>", status_code=503))


KINDS: dict[type[PayrixException], Callable[[], PayrixException]] = {
    APIException: lambda: APIException.of(REJECTED, status_code=404),
    ErrorFourHundredException: lambda: ErrorFourHundredException.of(REJECTED, status_code=400),
    ConnectionException: lambda: ConnectionException("reset"),
    TimeoutException: lambda: TimeoutException("slow"),
    ArgumentException: lambda: ArgumentException("id"),
    ConfigurationException: lambda: ConfigurationException("timeout"),
}


def test_an_exception_survives_a_serialiser_that_keeps_its_text_alone() -> None:
    for kind, make in KINDS.items():
        exception = make()
        kept: list[Any] = json.loads(json.dumps(exception.args))  # what Celery's JSON backend does
        rebuilt = kind(*kept)
        assert (type(rebuilt), str(rebuilt), repr(rebuilt)) == (kind, str(exception), repr(exception))
        assert getattr(rebuilt, "errors", []) == []
