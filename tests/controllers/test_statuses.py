"""What each HTTP status becomes."""

import json
from typing import Any

import pytest
from responses import RequestsMock

from payrix_sessions import (
    APIException,
    ErrorFourHundredException,
    ErrorFourHundredProperties,
    SessionsController,
)
from tests import fixtures
from tests.wire import BASE_URL, EMPTY, Operation, each_operation, make_client, reply

GOOD_BODY = json.dumps(EMPTY)
BODIES: dict[str, Any] = {
    "errors": fixtures.load("invalid_auth"),
    "an envelope that looks good": EMPTY,
    "HTML": "<html><body>no</body></html>",
    "nothing": b"",
    "a list": [],
    "null": "null",
    "text": '"no"',
    "cut JSON": '{"errors": [{"msg"',
    "no text at all": b"\xff\xfe\x00\x00",
    "errors as text": {"errors": "no"},
    "errors as an object": {"errors": {"msg": "no"}},
    "response as text": {"response": "no"},
    "deep": "[" * 100_000,
    "huge number": "1" * 10_000,
}


@pytest.mark.parametrize("status", [*range(400, 432), 451, 460, 499, *range(500, 512), 520, 521, 522, 524, 530, 599])
@each_operation
def test_every_4xx_and_5xx_raises(
    operation: Operation, status: int, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, GOOD_BODY, status=status)
    with pytest.raises(APIException) as caught:
        operation(sessions)
    assert type(caught.value) is (ErrorFourHundredException if status == 400 else APIException)
    assert caught.value.response_code == status
    assert str(caught.value).startswith(str(status))
    assert len(api.calls) == 1


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("status", [300, 400, 401, 404, 500, 503, 600, 999])
def test_no_body_makes_a_refusal_anything_else(
    status: int, body: str, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, BODIES[body], status=status)
    with pytest.raises(APIException) as caught:
        sessions.get_sessions()
    assert type(caught.value) is (ErrorFourHundredException if status == 400 else APIException)
    assert isinstance(caught.value.errors, list)
    assert str(caught.value).startswith(str(status))


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 305, 307, 308, 399])
@each_operation
def test_a_redirect_raises_names_the_host_and_is_not_followed(
    operation: Operation, status: int, api: RequestsMock, sessions: SessionsController
) -> None:
    location = "https://user:fake-password@elsewhere.example/sessions?secret=fake-secret"
    reply(api, b"", status=status, headers={"Location": location})
    with pytest.raises(APIException) as caught:
        operation(sessions)
    assert len(api.calls) == 1
    assert "elsewhere.example" in str(caught.value)
    assert "fake-password" not in str(caught.value)
    assert "fake-secret" not in str(caught.value)


@pytest.mark.parametrize("location", ["/elsewhere", "", "//", "http://[::1", "\N{SNOWMAN}", "https://host:port/"])
def test_a_redirect_to_nowhere_raises_too(location: str, api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, status=302, headers={"Location": location.encode("utf-8").decode("latin-1")})
    with pytest.raises(APIException):
        sessions.get_sessions()


def test_a_redirect_to_the_same_host_is_not_followed_either(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, status=307, headers={"Location": f"{BASE_URL}/other"})
    with pytest.raises(APIException):
        sessions.get_sessions()
    assert len(api.calls) == 1


@each_operation
def test_a_204_is_a_success_with_an_empty_body(
    operation: Operation, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, b"", status=204)
    result = operation(sessions)
    assert (result.status_code, result.is_success(), result.errors) == (204, True, [])
    assert result.body.data == []
    assert result.body.to_dictionary() == {}


@pytest.mark.parametrize("status", [200, 201, 202, 203])
@each_operation
def test_other_successes_carry_an_envelope(
    operation: Operation, status: int, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, fixtures.load("session_by_id"), status=status)
    result = operation(sessions)
    assert (result.status_code, result.is_success(), len(result.body.data)) == (status, True, 1)


def test_the_errors_of_a_400_have_the_class_of_the_description(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, fixtures.load("invalid_auth"), status=400)
    with pytest.raises(ErrorFourHundredException) as caught:
        sessions.get_sessions()
    (error,) = caught.value.errors
    assert type(error) is ErrorFourHundredProperties
    assert (error.code, error.severity, error.msg) == (4, 3, "Invalid authentication")


@pytest.mark.parametrize("errors", [[{"severity": 0, "msg": "notice"}], [], None])
def test_mild_or_no_errors_do_not_soften_a_400(errors: object, api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, {"errors": errors}, status=400)
    with pytest.raises(ErrorFourHundredException):
        sessions.get_sessions()


def test_errors_of_a_refusal_are_found_inside_response_too(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, fixtures.load("two_field_errors"), status=422)
    with pytest.raises(APIException) as caught:
        sessions.get_sessions()
    assert [error.field for error in caught.value.errors] == ["login", "public"]


def test_a_client_without_retries_asks_once(api: RequestsMock) -> None:
    reply(api, status=503)
    with make_client() as client, pytest.raises(APIException):
        client.sessions.get_sessions()
    assert len(api.calls) == 1
