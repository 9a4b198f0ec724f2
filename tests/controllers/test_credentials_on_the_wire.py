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
from tests.controllers.conftest import Fail
from tests.wire import CREATE, GET_MANY, OPERATIONS, header, reply, sent

CREDENTIALS: dict[str, dict[str, Any]] = {
    "APIKEY": {"api_key_credentials": ApiKeyCredentials("fake-apikey")},
    "SESSIONKEY": {"session_key_credentials": SessionKeyCredentials("fake-sessionkey")},
    "TXNSESSIONKEY": {"txn_session_key_credentials": TxnSessionKeyCredentials("fake-txnsessionkey")},
    "USERNAME": {"username_credentials": UsernameCredentials("fake-username")},
    "PASSWORD": {"password_credentials": PasswordCredentials("fake-password")},
}


def given(*kinds: str) -> dict[str, Any]:
    return {name: value for kind in kinds for name, value in CREDENTIALS[kind].items()}


def test_exactly_one_kind_goes_on_the_wire_or_nothing_is_sent_and_what_would_fit_is_named(api: RequestsMock) -> None:
    # Given, and what goes out: with every method, or with POST alone.
    rows: list[tuple[tuple[str, ...], set[str], set[str]]] = [
        (tuple(CREDENTIALS), {"APIKEY"}, {"APIKEY"}),
        (("PASSWORD", "USERNAME", "TXNSESSIONKEY", "SESSIONKEY"), {"SESSIONKEY"}, {"SESSIONKEY"}),
        (("USERNAME", "PASSWORD", "TXNSESSIONKEY"), {"TXNSESSIONKEY"}, {"TXNSESSIONKEY"}),
        (("USERNAME", "PASSWORD"), set(), {"USERNAME", "PASSWORD"}),
        (("USERNAME",), set(), set()),
        (("PASSWORD",), set(), set()),
        ((), set(), set()),
    ]
    reply(api)
    for kinds, any_method, post in rows:
        with Client(max_retries=0, **given(*kinds)) as client:
            # Twice, because the core's own way keeps the choice of a call.
            for operation in (*OPERATIONS, *OPERATIONS):
                api.calls.reset()
                expected = post if operation is CREATE else any_method
                if expected:
                    operation(client.sessions)
                    headers = {name: header(sent(api), name) for name in CREDENTIALS if name in sent(api).headers}
                    assert headers == {name: f"fake-{name.lower()}" for name in expected}
                    continue
                with pytest.raises(ConfigurationException) as caught:
                    operation(client.sessions)
                assert len(api.calls) == 0
                login = ", or username_credentials together with password_credentials" if operation is CREATE else ""
                named = ", ".join(given(*kinds)) or "none"
                assert str(caught.value) == (
                    "this call needs credentials: api_key_credentials, or session_key_credentials, or "
                    f"txn_session_key_credentials{login}; the client was given {named}"
                )


# tests/exceptions has the whole text of a 400 and a 401.
def test_credentials_that_are_rejected_inside_a_200_are_told_with_where_they_were_sent(api: RequestsMock) -> None:
    reply(api, fixtures.load("invalid_auth"))
    told = r"\(TXNSESSIONKEY sent to test-api\.payrix\.com; keys of sandbox and production differ\)"
    with Client(**given("TXNSESSIONKEY")) as client, pytest.raises(APIException, match=told):
        GET_MANY(client.sessions).raise_for_errors()


def test_both_headers_of_a_rejected_login_are_named_and_its_host_with_its_port(api: RequestsMock) -> None:
    reply(api, "<p>no</p>", status=403)
    with Client(base_url="https://partner.example:8443/v1", **given("USERNAME", "PASSWORD")) as client:
        with pytest.raises(APIException, match=r"USERNAME and PASSWORD sent to partner\.example:8443;"):
            CREATE(client.sessions)


def test_another_error_says_nothing_of_credentials(fail: Fail) -> None:
    assert "APIKEY" not in str(fail("400", CREATE, fixtures.load("two_field_errors"), 400))
