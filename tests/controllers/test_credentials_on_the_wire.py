"""Which credentials a request carries, and what is said when none fits."""

from itertools import chain, combinations
from typing import Any

import pytest
from responses import RequestsMock

from payrix_sessions import (
    ApiKeyCredentials,
    Client,
    ConfigurationException,
    PasswordCredentials,
    SessionKeyCredentials,
    TxnSessionKeyCredentials,
    UsernameCredentials,
)
from tests.wire import CREATE, Operation, each_operation, header, reply, sent

CREDENTIALS: dict[str, dict[str, Any]] = {
    "APIKEY": {"api_key_credentials": ApiKeyCredentials("fake-api-key")},
    "SESSIONKEY": {"session_key_credentials": SessionKeyCredentials("fake-session-key")},
    "TXNSESSIONKEY": {"txn_session_key_credentials": TxnSessionKeyCredentials("fake-txn-session-key")},
    "USERNAME": {"username_credentials": UsernameCredentials("fake-username")},
    "PASSWORD": {"password_credentials": PasswordCredentials("fake-password")},
}
VALUES = {
    "APIKEY": "fake-api-key",
    "SESSIONKEY": "fake-session-key",
    "TXNSESSIONKEY": "fake-txn-session-key",
    "USERNAME": "fake-username",
    "PASSWORD": "fake-password",
}
ONE_IS_ENOUGH = ("APIKEY", "SESSIONKEY", "TXNSESSIONKEY")
SUBSETS = list(chain.from_iterable(combinations(VALUES, size) for size in range(len(VALUES) + 1)))


def client_with(given: tuple[str, ...]) -> Client:
    options = {name: value for kind in given for name, value in CREDENTIALS[kind].items()}
    return Client(max_retries=0, **options)


def that_fit(given: tuple[str, ...], operation: Operation) -> tuple[str, ...]:
    """The headers that should go out: the first kind that is enough, else username with password."""
    for kind in ONE_IS_ENOUGH:
        if kind in given:
            return (kind,)
    pair = ("USERNAME", "PASSWORD")
    return pair if operation is CREATE and set(pair) <= set(given) else ()


@each_operation
@pytest.mark.parametrize("given", SUBSETS, ids=lambda given: "+".join(given) or "none")
def test_exactly_one_kind_goes_on_the_wire_or_nothing_is_sent(
    operation: Operation, given: tuple[str, ...], api: RequestsMock
) -> None:
    reply(api)
    expected = that_fit(given, operation)
    with client_with(given) as client:
        if expected:
            operation(client.sessions)
            headers = {name: header(sent(api), name) for name in VALUES if name in sent(api).headers}
            assert headers == {name: VALUES[name] for name in expected}
        else:
            with pytest.raises(ConfigurationException):
                operation(client.sessions)
            assert len(api.calls) == 0


@each_operation
@pytest.mark.parametrize("given", [(), ("USERNAME",), ("PASSWORD",)], ids=lambda given: "+".join(given) or "none")
def test_what_would_fit_is_named_when_nothing_does(
    operation: Operation, given: tuple[str, ...], api: RequestsMock
) -> None:
    reply(api)
    with client_with(given) as client, pytest.raises(ConfigurationException) as caught:
        operation(client.sessions)
    said = str(caught.value).lower()
    for option in ("api_key_credentials", "session_key_credentials", "txn_session_key_credentials"):
        assert option in said
    assert ("username_credentials" in said and "password_credentials" in said) is (operation is CREATE)
    assert not any(value in said for value in VALUES.values())


def test_the_choice_of_one_call_does_not_linger_in_the_next(api: RequestsMock) -> None:
    reply(api)
    with client_with(("USERNAME", "PASSWORD")) as by_name, client_with(("SESSIONKEY",)) as by_key:
        CREATE(by_name.sessions)
        CREATE(by_key.sessions)
        with pytest.raises(ConfigurationException):
            by_name.sessions.get_sessions()
        CREATE(by_name.sessions)
    seen = [sorted(set(call.request.headers) & set(VALUES)) for call in api.calls]
    assert seen == [["PASSWORD", "USERNAME"], ["SESSIONKEY"], ["PASSWORD", "USERNAME"]]


def test_white_space_around_a_key_is_not_sent(api: RequestsMock) -> None:
    reply(api)
    with Client(api_key_credentials=ApiKeyCredentials(" \tfake-api-key\r\n")) as client:
        client.sessions.get_sessions()
    assert header(sent(api), "APIKEY") == "fake-api-key"
