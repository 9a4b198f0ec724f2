"""What each recorded answer of the API becomes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from responses import RequestsMock

from payrix_sessions import (
    APIException,
    DetailsProperties,
    ErrorFourHundredException,
    SessionPublicEnum,
    SessionsController,
    TokenEnum,
)
from tests import fixtures
from tests.wire import CREATE, DELETE_ONE, GET_MANY, GET_ONE, OPERATIONS, Operation, each_operation, reply

HTML = "<html><body><h1>500 Internal Server Error</h1></body></html>"


@dataclass(frozen=True)
class Expected:
    """What a 200 becomes: errors by their errorCode, data by a look at its sessions."""

    operation: Operation
    errors: list[str | None] = field(default_factory=list[str | None])
    is_error: bool = False
    ids: list[str | None] = field(default_factory=list[str | None])
    request_id: object = 1
    page: DetailsProperties | None = None
    is_duplicate: bool = False


ONLY_PAGE = DetailsProperties(current=1, last=1, has_more=False)
EXAMPLE = "p1_ssn_00c73b181e33818d7c0a13a"

ANSWERS = {
    "session_by_id": Expected(GET_ONE, ids=[EXAMPLE], page=ONLY_PAGE),
    "session_with_text_request_id": Expected(GET_ONE, ids=[EXAMPLE], page=ONLY_PAGE, request_id="1"),
    "session_list": Expected(GET_MANY, ids=[EXAMPLE], page=ONLY_PAGE),
    "empty_list": Expected(GET_MANY, page=ONLY_PAGE),
    "first_page_of_two": Expected(
        GET_MANY,
        ids=["t1_ssn_65b2cbc45450d6427cb0629"],
        page=DetailsProperties(current=1, last=2, has_more=True),
    ),
    "created_with_flags_as_text": Expected(CREATE, ids=["t1_ssn_5b2ddeb87d9817adaf87597"]),
    "deleted": Expected(DELETE_ONE, ids=["t1_ssn_6a330a9b157729cfce4ed50"]),
    "deleted_unknown_id": Expected(DELETE_ONE),
    "expanded_login_and_creator": Expected(GET_ONE, ids=[EXAMPLE], page=ONLY_PAGE),
    "list_with_expanded_login": Expected(GET_MANY, ids=["p1_ssn_1"], page=ONLY_PAGE),
    "totals_by_field": Expected(GET_MANY, ids=["p1_ssn_1"], page=ONLY_PAGE),
    "totals_as_numbers": Expected(GET_MANY, ids=["p1_ssn_1"], page=ONLY_PAGE),
    "duplicate_request_token": Expected(CREATE, ids=["p1_ssn_1"], is_duplicate=True),
    "invalid_auth": Expected(GET_ONE, errors=["invalid_auth"], is_error=True, request_id=None),
    "rate_limited": Expected(GET_ONE, ["C_RATE_LIMIT_EXCEEDED_TEMP_BLOCK"], True, request_id=None),
    "rate_limited_in_success": Expected(GET_ONE, ["C_RATE_LIMIT_EXCEEDED_TEMP_BLOCK"], True, request_id=None),
    "two_field_errors": Expected(CREATE, errors=["no_such_record", "required_field"], is_error=True),
    "required_field": Expected(CREATE, errors=["required_field"], is_error=True),
    "duplicate_record": Expected(CREATE, errors=["duplicate_record"], is_error=True),
    "invalid_resource_at_the_top": Expected(DELETE_ONE, ["invalid_resource"], True, request_id=None),
    "invalid_resource_inside": Expected(DELETE_ONE, ["invalid_resource"], True),
    "error_without_msg_or_data": Expected(GET_ONE, ["no_such_record"], True, request_id=None),
    "bad_search_operator": Expected(GET_MANY, ["query_error"], True),
    "notice_beside_data": Expected(CREATE, errors=["notice"], ids=["p1_ssn_1"]),
    "nulls_and_unknown_values": Expected(GET_MANY, ids=["000000000000001"], page=ONLY_PAGE),
    "minimal": Expected(GET_MANY, request_id=None),
    "empty_object": Expected(GET_ONE, request_id=None),
    "everything_null": Expected(GET_MANY, request_id=None),
}


def test_every_recorded_answer_is_expected_to_become_something() -> None:
    assert sorted(ANSWERS) == list(fixtures.NAMES)


@pytest.mark.parametrize("name", fixtures.NAMES)
def test_a_recorded_answer_becomes_what_it_says(name: str, api: RequestsMock, sessions: SessionsController) -> None:
    expected = ANSWERS[name]
    reply(api, fixtures.load(name))
    result = expected.operation(sessions)

    assert result.status_code == 200
    assert [session.id for session in result.body.data] == expected.ids
    assert [error.error_code for error in result.errors] == expected.errors
    assert (result.is_error(), result.is_success()) == (expected.is_error, not expected.is_error)
    assert result.request_id == expected.request_id
    assert type(result.request_id) is type(expected.request_id)
    assert result.is_duplicate is expected.is_duplicate
    details = result.body.response.details if result.body.response else None
    assert (details.page if details else None) == expected.page


@pytest.mark.parametrize("name", fixtures.NAMES)
@each_operation
def test_every_recorded_answer_can_be_read_by_every_method(
    operation: Operation, name: str, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, fixtures.load(name))
    result = operation(sessions)
    assert isinstance(result.body.data, list)
    assert result.is_error() is not result.is_success()


def get(api: RequestsMock, sessions: SessionsController, name: str) -> Any:
    """Return the only session of this answer."""
    reply(api, fixtures.load(name))
    (session,) = ANSWERS[name].operation(sessions).body.data
    return session


def test_zeros_are_kept(api: RequestsMock, sessions: SessionsController) -> None:
    session = get(api, sessions, "session_by_id")
    assert (session.inactive, session.frozen, session.token, session.sso, session.mfa_authenticated) == (0,) * 5
    assert session.public is SessionPublicEnum.PUBLICACCESS


def test_flags_sent_as_text_become_members(api: RequestsMock, sessions: SessionsController) -> None:
    session = get(api, sessions, "created_with_flags_as_text")
    assert session.public is SessionPublicEnum.PRIVATEACCESS
    assert session.token is TokenEnum.AUTHTOKENDISABLED
    assert session.created == "2025-12-16 15:03:39.623"
    assert session.sso is None


def test_the_list_tells_roles_and_resources(api: RequestsMock, sessions: SessionsController) -> None:
    session = get(api, sessions, "session_list")
    assert (session.effective_roles, session.effective_resources) == (562949953421302, "")


def test_expanded_logins_are_open_objects(api: RequestsMock, sessions: SessionsController) -> None:
    session = get(api, sessions, "expanded_login_and_creator")
    assert session.creator == {"id": "p1_log_00a4d56d1b5c98e8694ae28", "username": "jdoe"}
    assert session.login["email"] is None
    assert session.login["roles"] == 562949953421302


def test_nulls_unknown_fields_and_unknown_values_do_no_harm(api: RequestsMock, sessions: SessionsController) -> None:
    session = get(api, sessions, "nulls_and_unknown_values")
    assert (session.modified, session.creator, session.login, session.key) == (None,) * 4
    assert (session.effective_roles, session.effective_resources) == (None, None)
    assert session.public == 2
    assert type(session.public) is int
    assert session.additional_properties == {"newField": "x"}
    assert session.created == "2022-06-21 17:05:03.86"


@pytest.mark.parametrize(
    ("name", "totals"),
    [("session_list", []), ("totals_by_field", {"count": {"id": 3}}), ("totals_as_numbers", {"count": 3})],
)
def test_totals_come_as_they_are(name: str, totals: object, api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, fixtures.load(name))
    response = sessions.get_sessions().body.response
    assert response is not None
    assert response.details is not None
    assert response.details.totals == totals


def test_a_short_envelope_has_neither_page_nor_totals(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, fixtures.load("deleted"))
    response = sessions.delete_sessions_id("t1_ssn_6a330a9b157729cfce4ed50").body.response
    assert response is not None
    assert response.details is not None
    assert (response.details.page, response.details.totals) == (None, None)


def test_an_unknown_id_is_empty_data_and_no_error(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, fixtures.load("deleted_unknown_id"))
    result = sessions.delete_sessions_id("p1_ssn_unknown")
    assert (result.is_success(), result.body.data, result.errors) == (True, [], [])


REFUSALS: dict[str, tuple[int, Any, type[APIException], list[str]]] = {
    "invalid authentication, 400": (400, "invalid_auth", ErrorFourHundredException, ["invalid_auth"]),
    "invalid authentication, 401": (401, "invalid_auth", APIException, ["invalid_auth"]),
    "invalid authentication, 403": (403, "invalid_auth", APIException, ["invalid_auth"]),
    "rate limited": (429, "rate_limited", APIException, ["C_RATE_LIMIT_EXCEEDED_TEMP_BLOCK"]),
    "no such action, 404": (404, "invalid_resource_at_the_top", APIException, ["invalid_resource"]),
    "bad search, 400": (400, "bad_search_operator", ErrorFourHundredException, ["query_error"]),
    "empty body": (200, b"", APIException, []),
    "500 in HTML": (500, HTML, APIException, []),
    "404 in HTML": (404, HTML, APIException, []),
    "503 in HTML": (503, HTML, APIException, []),
    "521 in HTML": (521, HTML, APIException, []),
    "522 in HTML": (522, HTML, APIException, []),
    "524 in HTML": (524, HTML, APIException, []),
}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_raises_with_what_the_api_said(
    name: str, operation: Callable[..., object], api: RequestsMock, sessions: SessionsController
) -> None:
    status, body, exception, codes = REFUSALS[name]
    fixture = isinstance(body, str) and body in fixtures.NAMES
    reply(api, fixtures.load(body) if fixture else body, status=status)
    with pytest.raises(APIException) as caught:
        operation(sessions)
    assert type(caught.value) is exception
    assert caught.value.response_code == status
    assert [error.error_code for error in caught.value.errors] == codes
