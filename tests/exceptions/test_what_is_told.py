"""What each exception tells, what it keeps when copied, and what it never tells."""

import copy
import pickle
import ssl
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from responses import RequestsMock
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import MaxRetryError, ReadTimeoutError

from payrix_sessions import (
    APIException,
    ConnectionException,
    ErrorFourHundredException,
    PayrixException,
    SessionsController,
    TimeoutException,
)
from tests import fixtures
from tests.exceptions.raised import AUTH_TOKEN, RAISED, SESSION_KEY
from tests.wire import API_KEY, GET_ONE, reply

LAST_FRAMES = (
    ["sessions_controller.py", "_core.py"],
    ["sessions_controller.py", "sessions_controller.py", "_core.py"],
    ["sessions_controller.py", "_arguments.py"],
)
SECRETS = (API_KEY, AUTH_TOKEN, SESSION_KEY)
COPIES: dict[str, Callable[[PayrixException], PayrixException]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda exception: pickle.loads(pickle.dumps(exception)),
}

each_kind = pytest.mark.parametrize("kind", RAISED, ids=lambda kind: kind.__name__)


@each_kind
def test_a_call_raises_exactly_this_kind(kind: type[PayrixException], api: RequestsMock) -> None:
    assert type(RAISED[kind](api)) is kind


@each_kind
@pytest.mark.parametrize("how", COPIES)
def test_a_copy_keeps_everything_told(kind: type[PayrixException], how: str, api: RequestsMock) -> None:
    exception = RAISED[kind](api)
    made = COPIES[how](exception)
    assert type(made) is kind
    assert (str(made), repr(made), made.args) == (str(exception), repr(exception), exception.args)
    assert vars(made).keys() == vars(exception).keys()
    for name in ("attempts", "request_token", "may_have_been_sent", "reason", "errors", "request_id", "response"):
        assert getattr(made, name, None) == getattr(exception, name, None)


def chain(exception: BaseException | None) -> Iterator[BaseException]:
    while exception is not None:
        yield exception
        exception = exception.__cause__ or exception.__context__


@each_kind
def test_no_exception_tells_a_secret(kind: type[PayrixException], api: RequestsMock) -> None:
    exception = RAISED[kind](api)
    told = [f"{each!s} {each!r} {each.args!r} {vars(each)!r}" for each in chain(exception)]
    told += traceback.TracebackException.from_exception(exception, capture_locals=True).format()
    told.append(pickle.dumps(exception).decode("latin-1"))
    response = getattr(exception, "response", None)
    if response is not None:
        told += [response.text, repr(response), str(response), repr(response.headers)]
        told += [repr(response.request), repr(response.request.headers)]
    for secret in SECRETS:
        assert not [text for text in told if secret in text]


@each_kind
def test_tracebacks_end_where_headers_and_bodies_begin(kind: type[PayrixException], api: RequestsMock) -> None:
    exception = RAISED[kind](api)
    frames = [Path(frame.filename).name for frame in traceback.extract_tb(exception.__traceback__)]
    assert frames[2:] in ([], *LAST_FRAMES)
    for below in list(chain(exception))[1:]:
        assert below.__traceback__ is None


def test_an_error_response_tells_status_reason_errors_and_id(api: RequestsMock) -> None:
    rows: list[type[APIException]] = [APIException, ErrorFourHundredException]
    for kind in rows:
        api.reset()
        exception = RAISED[kind](api)
        status = 400 if kind is ErrorFourHundredException else 401
        assert isinstance(exception, APIException)
        assert exception.response_code == exception.response.status_code == status
        assert exception.reason
        assert exception.request_id == "8f2-FRA"
        assert exception.attempts == 1
        assert exception.response.headers["cf-ray"] == exception.response.headers["Cf-Ray"] == "8f2-FRA"
        assert [error.error_code for error in exception.errors] == ["invalid_auth"]


def test_the_text_is_the_status_and_what_the_api_said(api: RequestsMock, sessions: SessionsController) -> None:
    rows: list[tuple[int, str]] = [(400, "Bad Request"), (401, "Unauthorized")]
    for status, phrase in rows:
        api.reset()
        reply(api, fixtures.load("invalid_auth"), status=status)
        with pytest.raises(APIException) as caught:
            sessions.get_sessions()
        assert str(caught.value) == (
            f"{status} {phrase}: Invalid authentication (errorCode invalid_auth)"
            " (APIKEY sent to test-api.payrix.com; keys of sandbox and production differ)"
        )
        assert caught.value.has("invalid_auth")
        assert not caught.value.has("no_such_record")


def test_the_text_names_the_field_of_each_error(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, fixtures.load("two_field_errors"), status=400)
    with pytest.raises(APIException) as caught:
        sessions.get_sessions()
    for part in ("login", "no_such_record", "does not exist", "public", "required_field"):
        assert part in str(caught.value)


def test_a_body_is_never_in_the_text(api: RequestsMock, sessions: SessionsController) -> None:
    bodys: list[object] = [
        {"errors": [{"msg": SESSION_KEY, "key": SESSION_KEY}]},
        {"key": SESSION_KEY},
        f'{{"key": "{SESSION_KEY}',
        f"<html>{API_KEY}</html>",
        f'{{"errors": [{{"newField": "{API_KEY}"}}]}}',
    ]
    for status in (200, 400, 401, 500):
        for body in bodys:
            api.reset()
            reply(api, body, status=status)
            try:
                sessions.get_sessions().raise_for_errors()
            except APIException as exception:
                told = f"{exception!s} {exception!r} {exception.response!r} {exception.errors!r} {exception.errors!s}"
                masked = exception.response.text
            else:
                raise AssertionError("nothing was raised")
            assert API_KEY not in told + masked
            assert SESSION_KEY not in masked.replace(f'"msg": "{SESSION_KEY}"', "")
            assert SESSION_KEY not in told.replace(SESSION_KEY, "", told.count(f"msg='{SESSION_KEY}'") * 3)


FAILURES: dict[str, tuple[Exception, type[ConnectionException]]] = {
    "refused": (requests.ConnectionError("refused"), ConnectionException),
    "TLS": (requests.exceptions.SSLError("certificate"), ConnectionException),
    "proxy": (requests.exceptions.ProxyError("proxy"), ConnectionException),
    "cut": (requests.exceptions.ChunkedEncodingError("cut"), ConnectionException),
    "bad gzip": (requests.exceptions.ContentDecodingError("gzip"), ConnectionException),
    "any of requests": (requests.RequestException("something"), ConnectionException),
    "read timeout": (requests.ReadTimeout("slow"), TimeoutException),
    "connect timeout": (requests.ConnectTimeout("slow"), TimeoutException),
    "system": (ConnectionResetError("reset"), ConnectionException),
    "system timeout": (TimeoutError("slow"), TimeoutException),
    "read timeout under a mounted Retry": (
        requests.ConnectionError(
            MaxRetryError(
                HTTPConnectionPool("localhost"),
                "/sessions",
                ReadTimeoutError(HTTPConnectionPool("localhost"), "/sessions", "slow"),
            )
        ),
        TimeoutException,
    ),
}


def test_a_failed_exchange_is_translated_and_keeps_its_cause(api: RequestsMock, sessions: SessionsController) -> None:
    for cause, kind in FAILURES.values():
        api.reset()
        api.add("GET", f"https://test-api.payrix.com{GET_ONE.path}", body=cause)
        with pytest.raises(ConnectionException) as caught:
            GET_ONE(sessions, request_token="fake-request-token")
        assert type(caught.value) is kind
        assert caught.value.__cause__ is cause
        assert (caught.value.attempts, caught.value.request_token) == (1, "fake-request-token")
        assert str(caught.value)


# What OpenSSL says of a certificate, and what to do about it.
ADVICE = {
    "certificate has expired": "check this machine's clock",
    "Hostname mismatch, certificate is not valid for 'payrix.example'": "check the host in base_url",
    "CA cert does not include key usage extension": "rules of RFC 5280",
    "unable to get local issuer certificate": "REQUESTS_CA_BUNDLE",
}


def test_a_certificate_that_is_not_trusted_comes_with_advice(api: RequestsMock, sessions: SessionsController) -> None:
    for reason, advice in ADVICE.items():
        api.reset()
        error = ssl.SSLCertVerificationError(1, "certificate verify failed")
        error.verify_message = reason
        api.add("GET", f"https://test-api.payrix.com{GET_ONE.path}", body=requests.exceptions.SSLError(error))
        with pytest.raises(ConnectionException) as caught:
            GET_ONE(sessions)
        assert reason in str(caught.value)
        assert advice in str(caught.value)


def test_an_exception_can_be_made_by_hand_and_of_its_text_alone() -> None:
    made = APIException.of(fixtures.load("invalid_auth"), status_code=401, headers={"Cf-Ray": "8f2-FRA"})
    assert (made.response_code, made.request_id, made.has("invalid_auth")) == (401, "8f2-FRA", True)
    assert (made.attempts, made.may_have_been_sent, made.request_token) == (1, False, None)
    assert str(APIException(str(made))) == str(made)
    failure = ConnectionException("the network")
    assert (failure.attempts, failure.may_have_been_sent, failure.request_token) == (1, True, None)
