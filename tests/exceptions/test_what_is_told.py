"""What each exception tells, what it keeps when copied, and what it never tells."""

import codecs
import copy
import json
import pickle
import ssl
import traceback
from pathlib import Path
from typing import Any

import pytest
import requests
from responses import RequestsMock
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import MaxRetryError, ReadTimeoutError

from payrix_sessions import (
    APIException,
    ArgumentException,
    ConfigurationException,
    ConnectionException,
    ErrorFourHundredException,
    PayrixException,
    SessionsController,
    TimeoutException,
)
from tests import fixtures
from tests.support.leaks import leaks
from tests.wire import API_KEY, BASE_URL, GET_ONE, envelope, make_client, reply, session

SECRETS = (API_KEY, "fake-auth-token", "fake-session-key")
LOGIN = {"password": "fake-session-key", "mfaSecret": "fake-session-key"}
BODY = {**fixtures.load("invalid_auth"), "response": {"data": [session(key="fake-session-key", login=LOGIN)]}}


def play(api: RequestsMock, outcome: int | Exception) -> None:
    """Answer a call with an error of this status, or let it fail."""
    if isinstance(outcome, int):
        reply(api, BODY, status=outcome, headers={"Cf-Ray": "8f2-FRA"})
    else:
        api.add("GET", BASE_URL + GET_ONE.path, body=outcome)


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
def test_a_copy_keeps_everything_told_and_neither_it_nor_a_traceback_tells_a_secret(
    kind: type[PayrixException], api: RequestsMock
) -> None:
    outcome, options, arguments, last_frame = RAISED[kind]
    play(api, outcome)
    with make_client(**options) as client, pytest.raises(PayrixException) as caught:
        GET_ONE(client.sessions, token="fake-auth-token", **arguments)
    exception = caught.value
    for made in (exception, copy.copy(exception), copy.deepcopy(exception), pickle.loads(pickle.dumps(exception))):
        assert type(made) is kind
        assert (str(made), repr(made), made.args) == (str(exception), repr(exception), exception.args)
        assert vars(made) == vars(exception)
        assert leaks(made, SECRETS) == []
    frames = [Path(frame.filename).name for frame in traceback.extract_tb(exception.__traceback__)]
    assert frames[2:] == ["sessions_controller.py", last_frame]
    below = exception.__cause__ or exception.__context__
    assert below is None or below.__traceback__ is None


def test_an_error_response_tells_status_reason_errors_and_id(api: RequestsMock, sessions: SessionsController) -> None:
    for status, phrase in ((401, "Unauthorized"), (400, "Bad Request")):
        api.reset()
        play(api, status)
        with pytest.raises(APIException) as caught:
            GET_ONE(sessions, request_token="order-7")
        told = caught.value
        assert (told.response_code, told.response.status_code, told.attempts) == (status, status, 1)
        assert (told.request_id, told.request_token, bool(told.reason)) == ("8f2-FRA", "order-7", True)
        assert told.response.headers["cf-ray"] == told.response.headers["Cf-Ray"] == "8f2-FRA"
        assert (told.has("invalid_auth"), told.has("no_such_record"), len(told.errors)) == (True, False, 1)
        assert str(told) == (
            f"{status} {phrase}: Invalid authentication (errorCode invalid_auth)"
            " (APIKEY sent to test-api.payrix.com; keys of sandbox and production differ)"
        )


def untrusted(reason: str) -> Exception:
    """Make the error for a certificate of which OpenSSL says this."""
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = reason
    return requests.exceptions.SSLError(error)


POOL = HTTPConnectionPool("localhost")
REFUSED = (requests.ConnectionError, requests.RequestException, ConnectionResetError)
BROKEN = ("SSLError", "ProxyError", "ChunkedEncodingError", "ContentDecodingError")
FAILED: list[tuple[Exception, str]] = [
    *((error("why"), "") for error in (*REFUSED, *(getattr(requests.exceptions, name) for name in BROKEN))),
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


def test_an_exception_can_be_made_by_hand_and_of_its_text_alone() -> None:
    made = APIException.of(fixtures.load("invalid_auth"), status_code=401, headers={"Cf-Ray": "8f2-FRA"})
    assert (made.response_code, made.request_id, made.has("invalid_auth")) == (401, "8f2-FRA", True)
    assert (made.attempts, made.may_have_been_sent, made.request_token) == (1, False, None)
    assert str(APIException(str(made))) == str(made)
    failure = ConnectionException("the network")
    assert (failure.attempts, failure.may_have_been_sent, failure.request_token) == (1, True, None)


GOOD = json.dumps(envelope())
# The body, and what is said of it; the words around are free.
NO_ENVELOPES: list[tuple[Any, str]] = [
    ("", "empty"),
    (" \n", "empty"),
    ("<p>", r"not JSON: Expecting value: line 1 column 1 \(char 0\)"),
    ('{"a": NaN}', "NaN"),
    ("[" * 100_000, "nested too deep"),
    ([], "a list, not an object"),
    ('"x"', "a (string|text), not an object"),
    (5, "a number, not an object"),
    (True, "a (boolean|truth value), not an object"),
    (None, "null, not an object"),
    ({"message": "hello"}, '"response".*"errors"'),
    ({"response": []}, "response is a list"),
    ({"response": {"data": {}}}, "data is an object, not a list"),
    ({"response": {"data": [{}, "x"]}}, "data holds a (string|text)"),
    # What something might take for JSON.
    ("{'response': {}}", "not JSON"),
    (GOOD + GOOD, "not JSON: Extra data"),
    ('{"response": {"data": [{"id": "a\nb"}]}}', "not JSON"),
    ('{"response": {"data": [{"id": ' + "1" * 10_000 + "}]}}", "not JSON"),
    (codecs.BOM_UTF8 * 2 + GOOD.encode(), "not JSON"),
    *((f'{{"response": {{"page": "{odd}"}}}}'.encode("latin-1"), "not UTF-8") for odd in ("\xe9", "\xc0\xaf")),
    *((body, "not UTF-8") for body in (GOOD.encode("utf-16"), b"\x1f\x8b\x08\x00")),  # the second is gzip's beginning
]


def test_a_response_that_is_no_envelope_says_what_it_is(api: RequestsMock, sessions: SessionsController) -> None:
    for body, fault in NO_ENVELOPES:
        api.reset()
        reply(api, body)
        with pytest.raises(APIException, match=rf"^200 OK: .*{fault}") as caught:
            GET_ONE(sessions)
        assert len(str(caught.value)) < 500


def test_five_errors_in_whatever_form_are_told_and_the_others_counted() -> None:
    rows: list[tuple[list[Any], str]] = [
        ([{"msg": "a"}, "no", 5, [1], True], "a; no; 5; [1]; true"),
        ([{"msg": str(number)} for number in range(7)], "0; 1; 2; 3; 4; and 2 more"),
    ]
    for errors, words in rows:
        exception = APIException.of({"errors": errors}, status_code=409)
        assert (str(exception), len(exception.errors)) == (f"409: {words}", len(errors))


def test_an_endless_message_is_cut() -> None:
    errors = [{"msg": "m" * 50_000}, "e" * 50_000, *[{"errorCode": "c" * 50_000, "field": "f" * 50_000}] * 3]
    for body in ({"errors": errors}, "<html>" + "x" * 50_000):
        assert len(repr(APIException.of(body, status_code=409))) < 3_000
