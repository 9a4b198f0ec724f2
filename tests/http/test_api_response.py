"""What a result tells about the answer, and what it hides."""

import copy
import pickle
from typing import Any

import pytest
from responses import RequestsMock

from payrix_sessions import APIException, ApiResponse, SessionsController
from tests import fixtures
from tests.wire import API_KEY, BASE_URL, CREATE, EMPTY, GET_MANY, GET_ONE, Operation, each_operation, outcome, reply

SESSION_KEY = "fake-session-key-in-an-answer"
TOKEN = "fake-auth-token"
ANSWER = {
    "response": {
        "data": [{"id": "p1_ssn_1", "key": SESSION_KEY, "login": {"password": SESSION_KEY}}],
        "details": {"requestId": 7},
    }
}


@each_operation
def test_a_result_tells_status_headers_text_and_request(
    operation: Operation, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, '{"response": {}}', headers={"X-Example": "yes"})
    result = operation(sessions)
    assert (result.status_code, result.reason_phrase, result.text) == (200, "OK", '{"response": {}}')
    assert result.headers["x-example"] == result.headers["X-Example"] == "yes"
    assert result.request.http_method == operation.http_method
    assert result.request.query_url == BASE_URL + operation.path
    assert result.attempts == 1


def test_parameters_of_the_request_are_its_body(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api)
    assert CREATE(sessions).request.parameters == '{"login": "p1_log_example"}'
    assert GET_MANY(sessions).request.parameters is None


@each_operation
def test_errors_are_never_none(operation: Operation, api: RequestsMock, sessions: SessionsController) -> None:
    reply(api)
    assert operation(sessions).errors == []


@pytest.mark.parametrize(
    ("headers", "details", "request_id"),
    [
        ({"Cf-Ray": "8f2-FRA"}, {"requestId": 1}, "8f2-FRA"),
        ({"cf-ray": "8f2-FRA"}, None, "8f2-FRA"),
        ({}, {"requestId": 1}, 1),
        ({}, {"requestId": 0}, 0),
        ({}, {"requestId": "1"}, "1"),
        ({}, {"requestId": None}, None),
        ({}, {}, None),
        ({}, None, None),
        ({}, "x", None),
        ({}, {"requestId": [1]}, None),
        ({}, {"requestId": {"a": 1}}, None),
    ],
    ids=str,
)
def test_the_request_id_is_that_of_the_edge_or_that_of_the_body(
    headers: dict[str, str], details: Any, request_id: Any, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, {"response": {"data": [], "details": details}}, headers=headers)
    result = sessions.get_sessions()
    assert result.request_id == request_id
    assert type(result.request_id) is type(request_id)


def answer(api: RequestsMock, sessions: SessionsController) -> ApiResponse[Any]:
    reply(api, ANSWER)
    return sessions.get_sessions(token=TOKEN, search=f"key[equals]={SESSION_KEY}&id[equals]=1")


def test_the_request_shows_no_secret(api: RequestsMock, sessions: SessionsController) -> None:
    request = answer(api, sessions).request
    headers = {name.lower(): value for name, value in request.headers.items()}
    assert headers["apikey"] == "***"
    assert headers["token"] == "***"
    assert headers["search"] == "key[equals]=***&id[equals]=1"
    assert headers["accept"] == "application/json"
    for secret in (API_KEY, TOKEN, SESSION_KEY):
        assert secret not in f"{request!r} {request!s} {request.headers!r} {dict(request.headers)!r}"


def test_what_is_printed_of_a_result_shows_no_secret(api: RequestsMock, sessions: SessionsController) -> None:
    result = answer(api, sessions)
    printed = f"{result!r} {result!s} {result.body!r} {result.body!s} {result.errors!r} {result.headers!r}"
    for secret in (API_KEY, TOKEN, SESSION_KEY):
        assert secret not in printed


def test_a_pickled_result_holds_the_answer_but_no_credential(api: RequestsMock, sessions: SessionsController) -> None:
    result = answer(api, sessions)
    pickled = pickle.dumps(result)
    for secret in (API_KEY, TOKEN):
        assert secret.encode() not in pickled
    made: ApiResponse[Any] = pickle.loads(pickled)
    assert made.body == result.body
    assert made.body.data[0].key == SESSION_KEY
    assert made.request == result.request


def test_results_can_be_copied(api: RequestsMock, sessions: SessionsController) -> None:
    result = answer(api, sessions)
    for made in (copy.copy(result), copy.deepcopy(result)):
        assert made.body == result.body
        assert (made.status_code, made.text, made.request_id) == (result.status_code, result.text, 7)


def test_the_repr_is_short(api: RequestsMock, sessions: SessionsController) -> None:
    assert repr(answer(api, sessions)) == "<ApiResponse [200 OK]>"


def test_the_body_and_the_errors_of_two_results_are_their_own(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, fixtures.load("two_field_errors"))
    first, second = sessions.get_sessions(), sessions.get_sessions()
    first.errors.clear()
    first.body.data.clear()
    first.body.additional_properties["mine"] = 1
    assert len(second.errors) == 2
    assert second.body.additional_properties == {}


@pytest.mark.parametrize(
    ("body", "expected"),
    [(EMPTY, (True, False)), (fixtures.load("required_field"), (False, True))],
    ids=["yes", "no"],
)
def test_a_result_is_either_a_success_or_an_error(
    body: dict[str, Any], expected: tuple[bool, bool], api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, body)
    result = sessions.get_sessions()
    assert (result.is_success(), result.is_error()) == expected


def test_a_pickled_error_still_raises(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, fixtures.load("required_field"))
    result = sessions.get_sessions()
    made: ApiResponse[Any] = pickle.loads(pickle.dumps(result))
    with pytest.raises(APIException) as caught:
        made.raise_for_errors()
    assert caught.value.errors == result.errors


def test_errors_raised_twice_are_two_exceptions_alike(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, fixtures.load("required_field"))
    result = sessions.get_sessions()
    raised = [outcome(result.raise_for_errors) for _ in range(2)]
    assert [str(one) for one in raised] == [str(raised[0])] * 2
    assert all(isinstance(one, APIException) for one in raised)


def test_an_answer_to_an_earlier_request_says_so_when_it_is_printed(
    api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, {"response": {"data": [], "details": {"requestId": 1, "duplicateRequest": True}, "errors": []}})
    assert "the request token was used before" in str(GET_ONE(sessions))
