"""Errors inside an HTTP 200: found in either place, in any form, and never taken for a success."""

from typing import Any

import pytest
from responses import RequestsMock

from payrix_sessions import APIException, ApiResponse, ErrorItem, SessionsController
from tests.wire import API_KEY, GET_ONE, Operation, each_operation, make_client, reply

ITEM = {
    "field": "login",
    "code": 15,
    "severity": 2,
    "msg": "This field is required",
    "errorCode": "required_field",
}
OTHER = {"code": 13, "severity": 4, "msg": "No such action", "errorCode": "invalid_resource"}


def at_the_top(errors: object) -> dict[str, Any]:
    return {"errors": errors, "response": None}


def inside(errors: object) -> dict[str, Any]:
    return {"response": {"data": [], "details": {"requestId": 1}, "errors": errors}}


each_place = pytest.mark.parametrize("place", [at_the_top, inside])


@each_place
@each_operation
def test_errors_fill_errors_and_make_an_error(
    operation: Operation, place: Any, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, place([ITEM, OTHER]))
    result = operation(sessions)
    assert (result.is_error(), result.is_success()) == (True, False)
    assert result.errors == [ErrorItem.from_dictionary(ITEM), ErrorItem.from_dictionary(OTHER)]
    assert result.body.data == []


def test_errors_in_both_places_are_all_there(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, {"errors": [OTHER], "response": {"data": [], "errors": [ITEM]}})
    result = sessions.get_sessions()
    assert sorted(str(error.error_code) for error in result.errors) == ["invalid_resource", "required_field"]
    assert result.is_error()


@each_place
@pytest.mark.parametrize(
    ("errors", "text"),
    [
        (ITEM, "This field is required"),
        ("something went wrong", "something went wrong"),
        (["something went wrong"], "something went wrong"),
        ([["nested"]], "nested"),
        ([42], "42"),
        (42, "42"),
        (True, "true"),
        ({"login": "is required"}, "is required"),
    ],
    ids=[
        "object",
        "text",
        "list of text",
        "list of lists",
        "list of numbers",
        "number",
        "true",
        "other object",
    ],
)
def test_errors_in_another_form_are_not_lost(
    place: Any, errors: object, text: str, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, place(errors))
    result = sessions.get_sessions()
    assert result.is_error()
    assert len(result.errors) == 1
    assert text in repr(result.errors)


@each_place
@pytest.mark.parametrize("errors", [None, [], {}, ""], ids=repr)
def test_no_errors_are_no_error(place: Any, errors: object, api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, place(errors))
    result = sessions.get_sessions()
    assert (result.is_success(), result.errors) == (True, [])


@each_place
@pytest.mark.parametrize(
    "item",
    [{}, {"code": 15}, {"severity": 2}, {"errorCode": "no_such_record"}, {"msg": None}, {"newField": 1}],
    ids=repr,
)
def test_an_item_without_a_message_is_an_error_too(
    place: Any, item: dict[str, Any], api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, place([item]))
    result = sessions.get_sessions()
    assert result.is_error()
    assert result.errors == [ErrorItem.from_dictionary(item)]
    assert str(result.errors[0])


MILD: list[Any] = [[0], [1], ["0"], ["1"], [0, 1, "1"]]
GRAVE: list[Any] = [
    *([2], [3], [4], [5], [-1], ["2"], [None], ["unknown"], [1.5], [True], [{}]),
    *([0, 2], [2, 0], [1, None]),
]


@each_place
@pytest.mark.parametrize(
    ("severities", "is_error"),
    [*((severities, False) for severities in MILD), *((severities, True) for severities in GRAVE)],
    ids=str,
)
def test_only_severity_0_and_1_leave_a_success_a_success(
    place: Any, severities: list[object], is_error: bool, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, place([{"msg": "notice", "severity": severity} for severity in severities]))
    result = sessions.get_sessions()
    assert (result.is_error(), result.is_success()) == (is_error, not is_error)
    assert len(result.errors) == len(severities)


def test_an_item_without_severity_is_an_error(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, inside([{"msg": "notice"}]))
    assert sessions.get_sessions().is_error()


@each_operation
def test_raise_for_errors_raises_what_the_api_said(
    operation: Operation, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, inside([ITEM]))
    result = operation(sessions)
    with pytest.raises(APIException) as caught:
        result.raise_for_errors()
    assert type(caught.value) is APIException
    assert caught.value.response_code == 200
    assert caught.value.errors == result.errors
    assert "This field is required" in str(caught.value)
    assert caught.value.request_id == 1


@pytest.mark.parametrize("body", [inside([]), inside([{"severity": 1, "msg": "notice"}])], ids=["none", "notice"])
def test_raise_for_errors_gives_back_the_result_of_a_success(
    body: dict[str, Any], api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, body)
    result = sessions.get_sessions()
    assert result.raise_for_errors() is result
    assert sessions.get_sessions().raise_for_errors().body.data == []


@each_place
def test_the_rate_limit_inside_a_success_is_an_error(place: Any, api: RequestsMock) -> None:
    reply(api, place([{"code": 64, "severity": 2, "errorCode": "C_RATE_LIMIT_EXCEEDED_TEMP_BLOCK"}]))
    with make_client() as client:
        result: ApiResponse[Any] = client.sessions.get_sessions()
    assert result.is_error()


@pytest.mark.parametrize(
    "details", [{"duplicateRequest": False}, {"duplicateRequest": None}, {}, None, 5, "x"], ids=repr
)
def test_nothing_but_the_flag_of_the_api_makes_a_duplicate(
    details: object, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, {"response": {"data": [], "details": details}})
    assert sessions.get_sessions().is_duplicate is False


@each_operation
def test_a_duplicate_is_told_by_the_api(operation: Operation, api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, {"response": {"data": [], "details": {"requestId": 1, "duplicateRequest": True}}})
    assert operation(sessions, request_token="token-1").is_duplicate is True


@pytest.mark.parametrize("nested", [False, True], ids=["at the top", "inside"])
def test_a_key_that_an_error_repeats_is_not_printed(
    nested: bool, api: RequestsMock, sessions: SessionsController
) -> None:
    errors = [{"msg": f"bad key {API_KEY}", "severity": 3}]
    reply(api, {"response": {"data": [], "errors": errors}} if nested else {"errors": errors, "response": None})
    result = GET_ONE(sessions)
    assert API_KEY in result.text
    for shown in (str(result), repr(result), str(result.body), repr(result.body), str(result.errors)):
        assert API_KEY not in shown
