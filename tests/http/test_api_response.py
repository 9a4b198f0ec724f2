"""What a result tells about the response, and what it hides."""

import copy
import pickle
from typing import Any

import pytest
from responses import RequestsMock

from payrix_sessions import (
    APIException,
    ApiResponse,
    ArgumentException,
    Details,
    SessionPostResponse,
    SessionResponse,
    SessionsController,
    SessionsPostResponseResult,
    SessionsResponseResult,
)
from tests import fixtures
from tests.wire import (
    API_KEY,
    BASE_URL,
    CREATE,
    GET_MANY,
    SESSION_ID,
    SESSION_KEY,
    envelope,
    outcome,
    printed,
    reply,
    session,
)

TOKEN = "fake-auth-token"


def test_a_result_tells_status_headers_text_and_request(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, headers={"X-Example": "yes"})
    result = CREATE(sessions)
    assert (result.status_code, result.reason_phrase, result.attempts) == (200, "OK", 1)
    assert result.headers["x-example"] == result.headers["X-Example"] == "yes"
    assert result.text.startswith('{"response"')
    assert (result.request.http_method, result.request.query_url) == ("POST", f"{BASE_URL}/sessions")
    assert (result.request.path, result.request.parameters) == ("/sessions", '{"login": "p1_log_example"}')


# --- the sessions ---


def test_one_gives_the_one_session(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api)
    found = sessions.get_sessions_id(SESSION_ID).one()
    assert type(found) is SessionResponse
    assert (found.id, found.key.upper()) == (SESSION_ID, SESSION_KEY.upper())
    api.reset()
    reply(api, envelope(session()))
    assert type(sessions.get_sessions().one()) is SessionPostResponse


def test_one_raises_where_there_is_not_one_session(api: RequestsMock, sessions: SessionsController) -> None:
    rows: list[tuple[Any, str]] = [
        (envelope(), "the response holds no session"),
        ({}, "the response holds no session"),
        (envelope(session("a"), session("b")), "the response holds 2 sessions, not one"),
        (envelope({"public": 1}), "the session of the response has no id"),
        (envelope(session(), errors=[{"severity": 2, "msg": "no luck"}]), "no luck"),
    ]
    for body, words in rows:
        api.reset()
        reply(api, body, headers={"Cf-Ray": "8f2-FRA"})
        with pytest.raises(APIException, match=f"^200 OK: {words}") as caught:
            sessions.get_sessions("order-7").one()
        assert (caught.value.response_code, caught.value.request_id, caught.value.request_token) == (
            200,
            "8f2-FRA",
            "order-7",
        )
        assert caught.value.may_have_been_sent is False
        assert SESSION_KEY not in f"{caught.value!r} {caught.value.response.text} {pickle.dumps(caught.value)!r}"


def test_details_and_totals_are_never_none(api: RequestsMock, sessions: SessionsController) -> None:
    for name, totals in (("totals_by_field", {"count": {"id": 3}}), ("session_list", {}), ("everything_null", {})):
        api.reset()
        reply(api, fixtures.load(name))
        result = sessions.get_sessions()
        assert type(result.details) is Details
        assert result.totals == totals
    others: list[Any] = [None, "x", 5, []]
    for details in others:
        api.reset()
        reply(api, {"response": {"data": [], "details": details}})
        assert (sessions.get_sessions().details, sessions.get_sessions().totals) == (Details(), {})


# --- what the API says ---


def test_has_knows_the_errors_by_their_code(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, fixtures.load("two_field_errors"))
    result = CREATE(sessions)
    assert (result.has("required_field"), result.has("no_such_record"), result.has("required")) == (True, True, False)
    with pytest.raises(APIException) as caught:
        result.one()
    assert (caught.value.has("required_field"), caught.value.has("invalid_auth")) == (True, False)


def test_the_request_id_is_that_of_the_edge_or_of_the_body_and_fits_on_a_line(
    api: RequestsMock, sessions: SessionsController
) -> None:
    rows: list[tuple[dict[str, str], Any, Any]] = [
        ({"cf-ray": "8f2-FRA"}, {"requestId": 1}, "8f2-FRA"),
        ({}, {"requestId": 0}, 0),
        ({}, {"requestId": "1"}, "1"),
        ({}, {"requestId": None}, None),
        ({}, "x", None),
        ({}, {"requestId": [1]}, None),
        ({}, {"requestId": 2**70}, None),
        ({"cf-ray": "z" * 300}, None, "z" * 200 + "..."),
        ({}, {"requestId": "a\nERROR b\x1b[31m"}, r"a\nERROR b\x1b[31m"),
    ]
    for headers, details, request_id in rows:
        api.reset()
        body: dict[str, Any] = {"response": {"data": [], "details": details}, "errors": []}
        reply(api, body, headers=headers)
        result = sessions.get_sessions()
        assert (result.request_id, type(result.request_id)) == (request_id, type(request_id))
        api.reset()
        reply(api, body, headers=headers, status=500)
        with pytest.raises(APIException) as caught:
            sessions.get_sessions()
        assert (caught.value.request_id, type(caught.value.request_id)) == (request_id, type(request_id))


def test_a_duplicate_is_told_by_the_flag_of_the_api(api: RequestsMock, sessions: SessionsController) -> None:
    rows: list[tuple[object, bool]] = [
        (True, True), (1, True), ("true", True), (False, False), ("no", False), (None, False),
    ]  # fmt: skip
    for flag, is_duplicate in rows:
        api.reset()
        reply(api, envelope(page={"current": 1}, duplicateRequest=flag))
        assert GET_MANY(sessions).is_duplicate is is_duplicate


# --- at the prompt ---


def test_the_repr_tells_what_came_in_one_line(api: RequestsMock, sessions: SessionsController) -> None:
    rows: list[tuple[Any, str]] = [
        (envelope(), "0 sessions"),
        (envelope(session()), "1 session"),
        (envelope(session("a"), session("b"), page={"current": 1, "last": 1}), "2 sessions, page 1 of 1"),
        (envelope(page={"current": 3}), "0 sessions, page 3"),
        (envelope(page={"last": 3}), "0 sessions"),
        (
            envelope(page={"current": 1}, duplicateRequest=True),
            "0 sessions, page 1, a duplicate: the request token was used before",
        ),
        (
            fixtures.load("required_field"),
            "error: username: This field is required to be set (errorCode required_field)",
        ),
        (envelope(errors=["a\nb", "c", "d", "e"]), r"error: a\nb; error: c; error: d"),
    ]
    for body, words in rows:
        api.reset()
        reply(api, body)
        assert repr(sessions.get_sessions()) == f"<ApiResponse [200 OK], {words}>"


def test_what_is_printed_says_first_what_went_wrong(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, envelope(errors=[{"msg": "a\nb", "severity": 2}], duplicateRequest=True))
    result = sessions.get_sessions()
    head = ["200 OK", r"error: a\nb", "the request token was used before: this is the response to that request"]
    assert str(result) == "\n".join([*head, str(result.body)])


def test_the_words_of_a_status_stay_on_their_line() -> None:
    result = ApiResponse.of()
    result.reason_phrase = "OK\nERROR forged" + "x" * 300
    assert repr(result).startswith(r"<ApiResponse [200 OK\nERROR forgedxxx")
    assert len(str(result).splitlines()[0]) < 250


# --- secrets, copies ---


def found(api: RequestsMock, sessions: SessionsController) -> ApiResponse[Any]:
    reply(api, envelope(session(login={"id": "p1_log_1", "password": SESSION_KEY}), requestId=7))
    return sessions.get_sessions(token=TOKEN, search=f"key[equals]={SESSION_KEY}&id[equals]=1")


def test_what_is_printed_of_a_result_and_of_its_request_shows_no_secret(
    api: RequestsMock, sessions: SessionsController
) -> None:
    result = found(api, sessions)
    headers = {name.lower(): value for name, value in result.request.headers.items()}
    assert (headers["apikey"], headers["token"], headers["search"]) == ("***", "***", "key[equals]=***&id[equals]=1")
    shown = printed(result, result.body, result.errors, result.headers, result.request, headers)
    for secret in (API_KEY, TOKEN, SESSION_KEY):
        assert secret not in shown


def test_a_pickled_or_copied_result_holds_the_response_but_no_credential(
    api: RequestsMock, sessions: SessionsController
) -> None:
    result = found(api, sessions)
    pickled = pickle.dumps(result)
    assert not [secret for secret in (API_KEY, TOKEN) if secret.encode() in pickled]
    for made in (pickle.loads(pickled), copy.copy(result), copy.deepcopy(result)):
        assert (made.body, made.request, made.request_id) == (result.body, result.request, 7)
        assert made.one().key == SESSION_KEY


def test_a_pickled_error_still_raises_each_time_anew(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, fixtures.load("required_field"))
    result = sessions.get_sessions()
    made: ApiResponse[Any] = pickle.loads(pickle.dumps(result))
    raised = [outcome(each.raise_for_errors) for each in (result, result, made)]
    assert [str(one) for one in raised] == [str(raised[0])] * 3
    assert raised[0] is not raised[1]
    assert all(isinstance(one, APIException) and one.errors == result.errors for one in raised)


def test_the_body_and_the_errors_of_two_results_are_their_own(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, fixtures.load("two_field_errors"))
    first, second = sessions.get_sessions(), sessions.get_sessions()
    first.errors.clear()
    first.body.additional_properties["mine"] = 1
    assert len(second.errors) == 2
    assert second.body.additional_properties == {}


# --- made by hand; tests/compatibility/test_stubs.py has the usual forms ---


def test_a_result_is_made_of_what_could_be_a_body_alone() -> None:
    rows: list[Any] = [5, "text", SessionResponse(), ("a",)]
    for body in rows:
        with pytest.raises(ArgumentException, match="result model, a dict or a list of sessions"):
            ApiResponse.of(body)


def test_a_result_made_by_hand_is_like_one_that_came() -> None:
    assert ApiResponse.of().body.data == []
    assert ApiResponse.of([SessionResponse(id="a")]).one().id == "a"
    assert ApiResponse.of(SessionsPostResponseResult()).body == SessionsPostResponseResult()
    made = ApiResponse.of(fixtures.load("invalid_auth"), status_code=201, headers={"Cf-Ray": "8f2"}, attempts=3)
    assert isinstance(made.body, SessionsResponseResult)
    assert (made.status_code, made.reason_phrase, made.request_id, made.attempts) == (201, "Created", "8f2", 3)
    assert made.has("invalid_auth")
    with pytest.raises(APIException, match=r"^201 Created: Invalid authentication") as caught:
        made.raise_for_errors()
    assert caught.value.attempts == 3
