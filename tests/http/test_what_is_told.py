"""What results and exceptions tell, what they keep when copied, and what they never tell."""

import copy
import pickle
import ssl
import traceback
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import requests
from responses import RequestsMock
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import MaxRetryError, ReadTimeoutError

from payrix_sessions import (
    APIException,
    ApiResponse,
    ArgumentException,
    ConfigurationException,
    ConnectionException,
    ErrorFourHundredException,
    PayrixException,
    SessionsController,
    TimeoutException,
    models,
)
from tests import fixtures
from tests.support.leaks import leaks
from tests.wire import (
    API_KEY,
    BASE_URL,
    GET_ONE,
    SESSION_ID,
    SESSION_KEY,
    envelope,
    make_client,
    outcome,
    printed,
    reply,
    session,
)

SECRETS = (API_KEY, "fake-auth-token", "fake-session-key")
LOGIN = {"password": "fake-session-key", "mfaSecret": "fake-session-key"}
BODY = {**fixtures.load("invalid_auth"), "response": {"data": [session(key="fake-session-key", login=LOGIN)]}}


def play(api: RequestsMock, what: int | Exception) -> None:
    """Answer a call with an error of this status, or let it fail."""
    if isinstance(what, int):
        reply(api, BODY, status=what, headers={"Cf-Ray": "8f2-FRA"})
    else:
        api.add("GET", BASE_URL + GET_ONE.path, body=what)


# What the API does, options of the client, arguments of the call, and the last frame of the traceback.
RAISED: dict[type[PayrixException], tuple[int | Exception, dict[str, Any], dict[str, Any], str]] = {
    ConfigurationException: (200, {"api_key_credentials": None}, {}, "_core.py"),
    ArgumentException: (200, {}, {"id": ""}, "_arguments.py"),
    ConnectionException: (requests.ConnectionError("refused"), {}, {}, "_core.py"),
    TimeoutException: (requests.ReadTimeout("timed out"), {}, {}, "_core.py"),
    APIException: (401, {}, {}, "_core.py"),
    ErrorFourHundredException: (400, {}, {}, "_core.py"),
}


@pytest.mark.parametrize("kind", RAISED, ids=lambda kind: kind.__name__)
def test_an_exception_and_its_copies_tell_what_went_wrong_and_neither_they_nor_a_traceback_a_secret(
    kind: type[PayrixException], api: RequestsMock
) -> None:
    what, options, arguments, last_frame = RAISED[kind]
    play(api, what)
    with make_client(**options) as client, pytest.raises(PayrixException) as caught:
        GET_ONE(client.sessions, request_token="order-7", token="fake-auth-token", **arguments)
    exception: Any = caught.value
    for made in (exception, copy.copy(exception), copy.deepcopy(exception), pickle.loads(pickle.dumps(exception))):
        assert type(made) is kind
        assert (str(made), repr(made), made.args) == (str(exception), repr(exception), exception.args)
        assert vars(made) == vars(exception)
        assert leaks(made, SECRETS) == []
    frames = [Path(frame.filename).name for frame in traceback.extract_tb(exception.__traceback__)]
    assert frames[2:] == ["_redaction.py", "sessions_controller.py", last_frame]
    below = exception.__cause__ or exception.__context__
    assert below is None or below.__traceback__ is None
    if isinstance(what, int) and what >= 400:
        assert (exception.response_code, exception.response.status_code, exception.attempts) == (what, what, 1)
        assert (exception.request_id, exception.request_token, bool(exception.reason)) == ("8f2-FRA", "order-7", True)
        assert exception.response.headers["cf-ray"] == exception.response.headers["Cf-Ray"] == "8f2-FRA"
        assert [exception.has(each) for each in ("invalid_auth", "no_such_record")] == [True, False]
        assert str(exception) == (
            f"{what} {HTTPStatus(what).phrase}: Invalid authentication (errorCode invalid_auth)"
            " (APIKEY sent to test-api.payrix.com; keys of sandbox and production differ)"
        )


def untrusted(reason: str) -> Exception:
    """Make the error for a certificate of which OpenSSL says this."""
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = reason
    return requests.exceptions.SSLError(error)


POOL = HTTPConnectionPool("localhost")
BROKEN = ("SSLError", "ProxyError", "ChunkedEncodingError", "ContentDecodingError", "RequestException")
FAILED: list[tuple[Exception, str]] = [
    *((error("why"), "") for error in (ConnectionResetError, *(getattr(requests.exceptions, name) for name in BROKEN))),
    (untrusted("certificate has expired"), "has expired.*check this machine's clock"),
    (untrusted("Hostname mismatch, certificate is not valid for 'a'"), "for 'a'.*check the host in base_url"),
    (untrusted("CA cert does not include key usage extension"), "key usage.*rules of RFC 5280"),
    (untrusted("unable to get local issuer certificate"), "local issuer.*REQUESTS_CA_BUNDLE"),
]
TIMED_OUT = [
    *(TimeoutError("slow"), requests.ReadTimeout("slow"), requests.ConnectTimeout("slow")),
    requests.ConnectionError(MaxRetryError(POOL, "/", ReadTimeoutError(POOL, "/", "slow"))),  # a mounted Retry's
]


def test_a_failed_exchange_is_translated_with_advice_and_keeps_its_cause(
    api: RequestsMock, sessions: SessionsController
) -> None:
    for cause, words in [*FAILED, *((cause, "") for cause in TIMED_OUT)]:
        api.reset()
        play(api, cause)
        with pytest.raises(ConnectionException, match=f".{words}") as caught:
            GET_ONE(sessions, request_token="order-7")
        assert type(caught.value) is (TimeoutException if cause in TIMED_OUT else ConnectionException)
        assert caught.value.__cause__ is cause
        assert (caught.value.attempts, caught.value.request_token) == (1, "order-7")


def test_five_errors_in_whatever_form_are_told_the_others_counted_and_an_endless_message_is_cut() -> None:
    rows: list[tuple[list[Any], str]] = [
        ([{"msg": "a"}, "no", 5, [1], True], "a; no; 5; [1]; true"),
        ([{"msg": str(number)} for number in range(7)], "0; 1; 2; 3; 4; and 2 more"),
    ]
    for errors, words in rows:
        exception = APIException.of({"errors": errors}, status_code=409)
        assert (str(exception), len(exception.errors)) == (f"409: {words}", len(errors))
    endless = [{"msg": "m" * 50_000}, "e" * 50_000, *[{"errorCode": "c" * 50_000, "field": "f" * 50_000}] * 3]
    for body in ({"errors": endless}, "<html>" + "x" * 50_000):
        assert len(repr(APIException.of(body, status_code=409))) < 3_000


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


def test_details_are_never_none_and_the_request_id_is_that_of_the_edge_or_of_the_body_and_fits_on_a_line() -> None:
    rows: list[tuple[dict[str, str], Any, Any]] = [
        ({"cf-ray": "8f2-FRA"}, {"requestId": 1}, "8f2-FRA"),
        ({}, {"requestId": 0, "totals": []}, 0),
        ({}, {"requestId": None, "totals": None}, None),
        ({}, None, None),
        ({}, "x", None),
        ({}, {"requestId": [1]}, None),
        ({}, {"requestId": 2**70}, None),
        ({"cf-ray": "z" * 300}, None, "z" * 200 + "..."),
        ({}, {"requestId": "a\nERROR b\x1b[31m"}, r"a\nERROR b\x1b[31m"),
    ]
    for headers, details, request_id in rows:
        body: dict[str, Any] = {"response": {"data": [], "details": details}, "errors": []}
        result = ApiResponse.of(body, headers=headers)
        for made in (result, APIException.of(body, status_code=500, headers=headers)):
            assert (made.request_id, type(made.request_id)) == (request_id, type(request_id))
        assert (type(result.details), result.totals) == (models.Details, {})
    assert ApiResponse.of(envelope(totals={"count": {"id": 3}})).totals == {"count": {"id": 3}}
    for flag in (True, 1, "TRUE", "1", False, 0, 2, "no", "0", None):
        assert ApiResponse.of(envelope(duplicateRequest=flag)).is_duplicate is (flag in (True, "TRUE", "1"))


def test_what_is_printed_says_first_what_went_wrong_and_the_repr_in_one_line() -> None:
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
    result = ApiResponse.of(envelope(errors=[{"msg": "a\nb", "severity": 2}, "c"], duplicateRequest=True))
    used = "the request token was used before: this is the response to that request"
    assert str(result) == "\n".join(["200 OK", r"error: a\nb", "error: c", used, str(result.body)])
    result.reason_phrase = "OK\nERROR forged" + "x" * 300
    for line in (repr(result), str(result).splitlines()[0]):
        assert r"200 OK\nERROR forgedxxx" in line
        assert len(line) < 350


def test_a_result_tells_what_came_prints_no_secret_and_its_copies_hold_no_credential(
    api: RequestsMock, sessions: SessionsController
) -> None:
    login = {"id": "p1_log_1", "password": SESSION_KEY}
    reply(api, envelope(session(login=login), requestId=7), headers={"X-Example": "yes"})
    result = sessions.get_sessions(token="fake-auth-token", search=f"key[equals]={SESSION_KEY}&id[equals]=1")
    assert (result.status_code, result.reason_phrase, result.attempts) == (200, "OK", 1)
    assert result.headers["x-example"] == result.headers["X-Example"] == "yes"
    request = result.request
    assert (request.http_method, request.query_url) == ("GET", f"{BASE_URL}/sessions")
    assert (request.path, request.parameters) == ("/sessions", None)
    found = result.one()
    assert (type(found), found.id, found.key) == (models.SessionPostResponse, SESSION_ID, SESSION_KEY)
    headers = {name.lower(): value for name, value in request.headers.items()}
    assert (headers["apikey"], headers["token"], headers["search"]) == ("***", "***", "key[equals]=***&id[equals]=1")
    shown = printed(result, result.body, result.errors, result.headers, request, headers)
    assert not [secret for secret in (API_KEY, "fake-auth-token", SESSION_KEY) if secret in shown]
    pickled = pickle.dumps(result)
    assert not [secret for secret in (API_KEY, "fake-auth-token") if secret.encode() in pickled]
    for made in (pickle.loads(pickled), copy.copy(result), copy.deepcopy(result)):
        assert (made.body, made.request, made.request_id) == (result.body, request, 7)
        assert made.one().key == SESSION_KEY


def test_results_share_nothing_and_raise_their_errors_each_time_anew_also_from_a_pickle(
    api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, fixtures.load("two_field_errors"))
    result, other = sessions.get_sessions(), sessions.get_sessions()
    other.errors.clear()
    other.body.additional_properties["mine"] = 1
    assert (len(result.errors), result.body.additional_properties) == (2, {})
    loaded = pickle.loads(pickle.dumps(result))
    one, again, pickled = (outcome(each.raise_for_errors) for each in (result, result, loaded))
    assert one is not again
    for raised in (one, again, pickled):
        assert isinstance(raised, APIException)
        assert (str(raised), raised.errors) == (str(one), result.errors)


# doc/testing.md has more of what can be made by hand.
def test_what_is_made_by_hand_is_like_what_came_and_made_of_what_could_be_a_body_alone() -> None:
    assert ApiResponse.of().body.data == []
    assert ApiResponse.of([models.SessionResponse(id="a")]).one().id == "a"
    assert ApiResponse.of(models.SessionsPostResponseResult()).body == models.SessionsPostResponseResult()
    made = ApiResponse.of(fixtures.load("invalid_auth"), status_code=201, headers={"Cf-Ray": "8f2"}, attempts=3)
    assert isinstance(made.body, models.SessionsResponseResult)
    assert (made.status_code, made.reason_phrase, made.request_id, made.attempts) == (201, "Created", "8f2", 3)
    with pytest.raises(APIException, match=r"^201 Created: Invalid authentication") as caught:
        made.raise_for_errors()
    assert (caught.value.attempts, str(APIException(str(caught.value)))) == (3, str(caught.value))
    for told in (made, caught.value):
        assert [told.has(code) for code in ("invalid_auth", "invalid")] == [True, False]
    exception, failure = APIException.of({}, status_code=401), ConnectionException("the network")
    assert [(each.attempts, each.request_token) for each in (exception, failure)] == [(1, None)] * 2
    assert (exception.may_have_been_sent, failure.may_have_been_sent) == (False, True)
    rows: list[Any] = [5, "text", models.SessionResponse(), ("a",)]
    for body in rows:
        with pytest.raises(ArgumentException, match="result model, a dict or a list of sessions"):
            ApiResponse.of(body)
    rows = [{"data": [{"id": "p1_ssn_1"}]}, {"id": "p1_ssn_1"}, {"response": {"data": {}}}]
    for body in rows:
        with pytest.raises(ArgumentException, match="body is not an envelope of the API: it"):
            ApiResponse.of(body)
    statuses: list[Any] = [199, 302, 503, "200", None]
    for status_code in statuses:
        with pytest.raises(ArgumentException, match=f"must be 2xx, not {status_code}; .*APIException.of$"):
            ApiResponse.of(status_code=status_code)
