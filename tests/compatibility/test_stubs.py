"""Stubs: methods that are replaced, results and exceptions that are made from plain data."""

import json
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
from tests.compatibility import EMPTY, ONE, ids

REJECTED = {"errors": [{"field": "login", "severity": 2, "errorCode": "required_field", "msg": "Required"}]}


def revoke_all(client: Client, *names: str) -> int:
    """Stand for a user's code that calls us."""
    return sum(len(ids(client.sessions.delete_sessions_id(each))) for each in names)


def test_a_method_of_a_client_can_be_patched(sandbox: Sandbox) -> None:
    with sandbox.client() as client:
        with mock.patch.object(client.sessions, "delete_sessions_id", autospec=True) as delete:
            delete.return_value = ApiResponse.of(ONE)
            assert revoke_all(client, "a", "b") == 2
        delete.assert_called_with("b")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(client.sessions, "delete_sessions_id", mock.Mock(return_value=ApiResponse.of(EMPTY)))
            assert revoke_all(client, sandbox.sessions[0].id) == 0
        assert sandbox.requests == []
        assert revoke_all(client, sandbox.sessions[0].id) == 1


def test_a_client_can_be_a_mock_that_knows_the_signatures() -> None:
    client = mock.create_autospec(Client, instance=True)
    client.sessions = mock.create_autospec(SessionsController, instance=True)
    client.sessions.delete_sessions_id.side_effect = [ApiResponse.of(ONE), APIException.of(REJECTED, status_code=404)]
    with pytest.raises(APIException, match="Required"):
        revoke_all(client, "a", "b")
    with pytest.raises(TypeError, match="argument"):
        client.sessions.delete_sessions_id(identifier="a")


def test_a_response_is_made_from_an_envelope_a_list_of_dictionaries_or_a_model() -> None:
    made = ApiResponse.of({"response": {**ONE["response"], "details": {"duplicateRequest": "true"}}})
    assert (made.is_success(), made.is_duplicate, ids(made)) == (True, True, ["p1_ssn_stub"])
    assert ids(ApiResponse.of(ONE["response"]["data"])) == ["p1_ssn_stub"]
    page = SessionsPostResponseResult.from_dictionary(ONE)
    assert ApiResponse.of(page).body == page


def test_an_exception_is_made_from_plain_data() -> None:
    rows: list[type[APIException]] = [APIException, ErrorFourHundredException]
    for kind in rows:
        made = kind.of(REJECTED, status_code=400)
        assert (type(made), made.response_code, made.errors[0].field) == (kind, 400, "login")
        assert (made.has("required_field"), "login: Required" in str(made)) == (True, True)
        assert "503" in str(kind.of("<html>", status_code=503))


def test_an_exception_survives_a_serialiser_that_keeps_its_text_alone() -> None:
    rows: list[PayrixException] = [
        APIException.of(REJECTED, status_code=404),
        ErrorFourHundredException.of(REJECTED, status_code=400),
        *(kind("why") for kind in (ConnectionException, TimeoutException, ArgumentException, ConfigurationException)),
    ]
    for exception in rows:
        kept: list[Any] = json.loads(json.dumps(exception.args))  # what Celery's JSON backend does
        rebuilt = type(exception)(*kept)
        assert (str(rebuilt), repr(rebuilt)) == (str(exception), repr(exception))
        assert getattr(rebuilt, "errors", []) == []
