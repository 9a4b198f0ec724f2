"""Each exception as a user gets it: raised by a call."""

from collections.abc import Callable
from typing import Any

import requests
from responses import RequestsMock

from payrix_sessions import (
    APIException,
    ArgumentException,
    Client,
    ConfigurationException,
    ConnectionException,
    ErrorFourHundredException,
    PayrixException,
    TimeoutException,
)
from tests import fixtures
from tests.wire import make_client, reply

Raised = dict[type[PayrixException], Callable[[RequestsMock], PayrixException]]
AUTH_TOKEN = "fake-auth-token"
SESSION_KEY = "fake-session-key-in-an-answer"
BODY = {
    **fixtures.load("invalid_auth"),
    "response": {"data": [{"key": SESSION_KEY, "login": {"password": SESSION_KEY, "mfaSecret": SESSION_KEY}}]},
}


def _catch(call: Callable[[Client], object], **options: Any) -> PayrixException:
    try:
        with make_client(**options) as client:
            call(client)
    except PayrixException as exception:
        return exception
    raise AssertionError("nothing was raised")


def _get(client: Client) -> object:
    return client.sessions.get_sessions(token=AUTH_TOKEN)


def _answered(status: int) -> Callable[[RequestsMock], PayrixException]:
    def answer(api: RequestsMock) -> PayrixException:
        reply(api, BODY, status=status, headers={"Cf-Ray": "8f2-FRA"})
        return _catch(_get)

    return answer


def _failed(cause: Exception) -> Callable[[RequestsMock], PayrixException]:
    def fail(api: RequestsMock) -> PayrixException:
        api.add("GET", "https://test-api.payrix.com/sessions", body=cause)
        return _catch(_get)

    return fail


RAISED: Raised = {
    ConfigurationException: lambda api: _catch(_get, api_key_credentials=None),
    ArgumentException: lambda api: _catch(lambda client: client.sessions.get_sessions_id("")),
    ConnectionException: _failed(requests.ConnectionError("connection refused")),
    TimeoutException: _failed(requests.ReadTimeout("timed out")),
    APIException: _answered(401),
    ErrorFourHundredException: _answered(400),
}
