"""Which credentials a request carries, and what is said when none fits or the API rejects them."""

from typing import Any

import pytest
from responses import RequestsMock

from payrix_sessions import (
    APIException,
    ApiKeyCredentials,
    Client,
    ConfigurationException,
    PasswordCredentials,
    SessionKeyCredentials,
    TxnSessionKeyCredentials,
    UsernameCredentials,
)
from tests import fixtures
from tests.wire import CREATE, GET_MANY, OPERATIONS, Operation, each_operation, header, make_client, reply, sent

CREDENTIALS: dict[str, dict[str, Any]] = {
    "APIKEY": {"api_key_credentials": ApiKeyCredentials("fake-apikey")},
    "SESSIONKEY": {"session_key_credentials": SessionKeyCredentials("fake-sessionkey")},
    "TXNSESSIONKEY": {"txn_session_key_credentials": TxnSessionKeyCredentials("fake-txnsessionkey")},
    "USERNAME": {"username_credentials": UsernameCredentials("fake-username")},
    "PASSWORD": {"password_credentials": PasswordCredentials("fake-password")},
}
LOGIN = {"USERNAME", "PASSWORD"}


def client_with(*given: str) -> Client:
    return Client(max_retries=0, **{name: value for kind in given for name, value in CREDENTIALS[kind].items()})


# Given, and what goes out: with every method, or with POST alone.
CHOICES: list[tuple[tuple[str, ...], set[str], set[str]]] = [
    (tuple(CREDENTIALS), {"APIKEY"}, {"APIKEY"}),
    (("PASSWORD", "USERNAME", "TXNSESSIONKEY", "SESSIONKEY"), {"SESSIONKEY"}, {"SESSIONKEY"}),
    (("USERNAME", "PASSWORD", "TXNSESSIONKEY"), {"TXNSESSIONKEY"}, {"TXNSESSIONKEY"}),
    (("USERNAME", "PASSWORD"), set(), LOGIN),
    (("USERNAME",), set(), set()),
    (("PASSWORD",), set(), set()),
    ((), set(), set()),
]


def test_exactly_one_kind_goes_on_the_wire_or_nothing_is_sent(api: RequestsMock) -> None:
    for given, any_method, post in CHOICES:
        api.reset()
        reply(api)
        with client_with(*given) as client:
            # Twice, because the core's own way keeps the choice of a call.
            for operation in (*OPERATIONS, *OPERATIONS):
                expected = post if operation is CREATE else any_method
                api.calls.reset()
                if expected:
                    operation(client.sessions)
                    headers = {name: header(sent(api), name) for name in CREDENTIALS if name in sent(api).headers}
                    assert headers == {name: f"fake-{name.lower()}" for name in expected}
                else:
                    with pytest.raises(ConfigurationException):
                        operation(client.sessions)
                    assert len(api.calls) == 0


@each_operation
def test_what_would_fit_is_named_when_nothing_does(operation: Operation, api: RequestsMock) -> None:
    with client_with("USERNAME") as client, pytest.raises(ConfigurationException) as caught:
        operation(client.sessions)
    login = ", or username_credentials together with password_credentials" if operation is CREATE else ""
    assert str(caught.value) == (
        "this call needs credentials: api_key_credentials, or session_key_credentials, or txn_session_key_credentials"
        f"{login}; the client was given username_credentials"
    )


def test_rejected_credentials_are_told_with_where_they_were_sent(api: RequestsMock) -> None:
    for status in (400, 401, 403, 200):
        api.reset()
        reply(api, fixtures.load("invalid_auth"), status=status)
        with client_with("TXNSESSIONKEY") as client, pytest.raises(APIException) as caught:
            GET_MANY(client.sessions).raise_for_errors()
        assert "Invalid authentication" in str(caught.value)
        assert "(TXNSESSIONKEY sent to test-api.payrix.com; keys of sandbox and production differ)" in str(caught.value)
        assert caught.value.has("invalid_auth")


def test_both_headers_of_a_rejected_login_are_named_and_its_host_with_its_port(api: RequestsMock) -> None:
    reply(api, "<p>no</p>", status=403)
    login = {**CREDENTIALS["USERNAME"], **CREDENTIALS["PASSWORD"], "api_key_credentials": None}
    with make_client(base_url="https://partner.example:8443/v1", **login) as client:
        with pytest.raises(APIException, match=r"USERNAME and PASSWORD sent to partner\.example:8443;"):
            CREATE(client.sessions)


def test_another_error_says_nothing_of_credentials(api: RequestsMock) -> None:
    reply(api, fixtures.load("two_field_errors"), status=400)
    with client_with("APIKEY") as client, pytest.raises(APIException) as caught:
        CREATE(client.sessions)
    assert "APIKEY" not in str(caught.value)
