"""What a result tells about the response, and what it hides."""

import copy
import pickle
from typing import Any

import pytest
from responses import RequestsMock

from payrix_sessions import APIException, ApiResponse, ArgumentException, SessionsController, models
from tests import fixtures
from tests.wire import API_KEY, BASE_URL, CREATE, SESSION_ID, SESSION_KEY, envelope, outcome, printed, reply, session

TOKEN = "fake-auth-token"


def test_a_result_tells_status_headers_text_request_and_the_one_session(
    api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, headers={"X-Example": "yes"})
    result = CREATE(sessions)
    assert (result.status_code, result.reason_phrase, result.attempts) == (200, "OK", 1)
    assert result.headers["x-example"] == result.headers["X-Example"] == "yes"
    assert result.text.startswith('{"response"')
    assert (result.request.http_method, result.request.query_url) == ("POST", f"{BASE_URL}/sessions")
    assert (result.request.path, result.request.parameters) == ("/sessions", '{"login": "p1_log_example"}')
    found = result.one()
    assert (type(found), found.id, found.key) == (models.SessionResponse, SESSION_ID, SESSION_KEY)


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
        raised = caught.value
        assert (raised.response_code, raised.request_id, raised.request_token) == (200, "8f2-FRA", "order-7")
        assert raised.may_have_been_sent is False
        assert SESSION_KEY not in f"{raised!r} {raised.response.text} {pickle.dumps(raised)!r}"


def test_details_and_totals_are_never_none() -> None:
    assert ApiResponse.of(fixtures.load("totals_by_field")).totals == {"count": {"id": 3}}
    rows: list[Any] = [fixtures.load(name)["response"]["details"] for name in ("session_list", "everything_null")]
    rows += [None, "x", 5, []]
    for details in rows:
        result = ApiResponse.of({"response": {"data": [], "details": details}})
        assert (type(result.details), result.totals) == (models.Details, {})


def test_the_request_id_is_that_of_the_edge_or_of_the_body_and_fits_on_a_line() -> None:
    rows: list[tuple[dict[str, str], Any, Any]] = [
        ({"cf-ray": "8f2-FRA"}, {"requestId": 1}, "8f2-FRA"),
        ({}, {"requestId": 0}, 0),
        ({}, "x", None),
        ({}, {"requestId": [1]}, None),
        ({}, {"requestId": 2**70}, None),
        ({"cf-ray": "z" * 300}, None, "z" * 200 + "..."),
        ({}, {"requestId": "a\nERROR b\x1b[31m"}, r"a\nERROR b\x1b[31m"),
    ]
    for headers, details, request_id in rows:
        body: dict[str, Any] = {"response": {"data": [], "details": details}, "errors": []}
        for made in (ApiResponse.of(body, headers=headers), APIException.of(body, status_code=500, headers=headers)):
            assert (made.request_id, type(made.request_id)) == (request_id, type(request_id))


def test_a_duplicate_is_told_by_the_flag_of_the_api() -> None:
    for flag in (True, 1, "TRUE", "1", False, 0, 2, "no", "0", None):
        assert ApiResponse.of(envelope(duplicateRequest=flag)).is_duplicate is (flag in (True, "TRUE", "1"))


def test_the_repr_tells_what_came_in_one_line() -> None:
    rows: list[tuple[Any, str]] = [
        (envelope(), "0 sessions"),
        (envelope(session()), "1 session"),
        (envelope(session("a"), session("b"), page={"current": 1, "last": 1}), "2 sessions, page 1 of 1"),
        (envelope(page={"current": 3}), "0 sessions, page 3"),
        (envelope(page={"last": 3}), "0 sessions"),
        (envelope(duplicateRequest=True), "0 sessions, a duplicate: the request token was used before"),
        (envelope(errors=[{"field": "login", "msg": "a", "errorCode": "b"}]), "error: login: a (errorCode b)"),
        (envelope(errors=["a\nb", "c", "d", "e"]), r"error: a\nb; error: c; error: d"),
    ]
    for body, words in rows:
        assert repr(ApiResponse.of(body)) == f"<ApiResponse [200 OK], {words}>"


def test_what_is_printed_says_first_what_went_wrong_and_the_words_of_the_status_stay_on_their_line() -> None:
    result = ApiResponse.of(envelope(errors=[{"msg": "a\nb", "severity": 2}, "c"], duplicateRequest=True))
    used = "the request token was used before: this is the response to that request"
    assert str(result) == "\n".join(["200 OK", r"error: a\nb", "error: c", used, str(result.body)])
    result.reason_phrase = "OK\nERROR forged" + "x" * 300
    for line in (repr(result), str(result).splitlines()[0]):
        assert r"200 OK\nERROR forgedxxx" in line
        assert len(line) < 350


def test_no_secret_is_printed_and_a_pickle_or_a_copy_holds_the_response_but_no_credential(
    api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, envelope(session(login={"id": "p1_log_1", "password": SESSION_KEY}), requestId=7))
    result = sessions.get_sessions(token=TOKEN, search=f"key[equals]={SESSION_KEY}&id[equals]=1")
    headers = {name.lower(): value for name, value in result.request.headers.items()}
    assert (headers["apikey"], headers["token"], headers["search"]) == ("***", "***", "key[equals]=***&id[equals]=1")
    shown = printed(result, result.body, result.errors, result.headers, result.request, headers)
    assert not [secret for secret in (API_KEY, TOKEN, SESSION_KEY) if secret in shown]
    pickled = pickle.dumps(result)
    assert not [secret for secret in (API_KEY, TOKEN) if secret.encode() in pickled]
    for made in (pickle.loads(pickled), copy.copy(result), copy.deepcopy(result)):
        assert (made.body, made.request, made.request_id) == (result.body, result.request, 7)
        assert made.one().key == SESSION_KEY


def test_results_share_nothing_and_raise_their_errors_each_time_anew_also_from_a_pickle(
    api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, fixtures.load("two_field_errors"))
    result, other = sessions.get_sessions(), sessions.get_sessions()
    other.errors.clear()
    other.body.additional_properties["mine"] = 1
    assert (len(result.errors), result.body.additional_properties) == (2, {})
    raised = [outcome(each.raise_for_errors) for each in (result, result, pickle.loads(pickle.dumps(result)))]
    assert [str(one) for one in raised] == [str(raised[0])] * 3
    assert raised[0] is not raised[1]
    assert all(isinstance(one, APIException) and one.errors == result.errors for one in raised)


# tests/compatibility/test_stubs.py has more of what can be made by hand.
def test_a_result_made_by_hand_is_like_one_that_came_and_made_of_what_could_be_a_body_alone() -> None:
    assert ApiResponse.of().body.data == []
    assert ApiResponse.of([models.SessionResponse(id="a")]).one().id == "a"
    assert ApiResponse.of(models.SessionsPostResponseResult()).body == models.SessionsPostResponseResult()
    made = ApiResponse.of(fixtures.load("invalid_auth"), status_code=201, headers={"Cf-Ray": "8f2"}, attempts=3)
    assert isinstance(made.body, models.SessionsResponseResult)
    assert (made.status_code, made.reason_phrase, made.request_id, made.attempts) == (201, "Created", "8f2", 3)
    assert (made.has("invalid_auth"), made.has("invalid")) == (True, False)
    with pytest.raises(APIException, match=r"^201 Created: Invalid authentication") as caught:
        made.raise_for_errors()
    assert (caught.value.attempts, caught.value.has("invalid_auth"), caught.value.has("invalid")) == (3, True, False)
    rows: list[Any] = [5, "text", models.SessionResponse(), ("a",)]
    for body in rows:
        with pytest.raises(ArgumentException, match="result model, a dict or a list of sessions"):
            ApiResponse.of(body)
