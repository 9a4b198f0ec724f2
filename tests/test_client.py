"""The client: its options, its variants, the environment, and its end."""

import copy
import math
import pickle
import re
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from enum import Enum
from typing import Any

import jsonpickle
import pytest
import requests
from responses import RequestsMock

from payrix_sessions import (
    ApiKeyCredentials,
    Client,
    ConfigurationException,
    ConnectionException,
    Environment,
    HttpCallBack,
    PasswordCredentials,
    SessionKeyCredentials,
    TxnSessionKeyCredentials,
    UsernameCredentials,
)
from payrix_sessions.configuration import OPTIONS
from tests.support.leaks import leaks
from tests.wire import API_KEY, OPERATIONS, header, make_client, printed, reply, sent

DEFAULTS: dict[str, Any] = {
    "environment": Environment.SANDBOX,
    "base_url": None,
    "api_key_credentials": None,
    "session_key_credentials": None,
    "txn_session_key_credentials": None,
    "username_credentials": None,
    "password_credentials": None,
    "timeout": 60.0,
    "total_timeout": None,
    "max_retries": 2,
    "backoff_factor": 0.5,
    "retry_statuses": (408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 530),
    "retry_methods": ("GET",),
    "pool_size": 32,
    "idle_timeout": 60.0,
    "proxy_settings": None,
    "http_client_instance": None,
    "http_call_back": None,
    "max_response_bytes": 32 * 1024 * 1024,
    "auto_request_tokens": False,
    "default_headers": {},
    "default_query": {},
}
VARIABLES = ("API_KEY", "SESSION_KEY", "TXN_SESSION_KEY", "USERNAME", "PASSWORD", "ENVIRONMENT", "BASE_URL")


def config(client: Client) -> dict[str, Any]:
    return {name: getattr(client.config, name) for name in OPTIONS}


class CallBack:
    def on_before_request(self, request: object) -> None: ...
    def on_after_response(self, http_response: object) -> None: ...


# --- options


def test_without_options_the_defaults_hold_and_cannot_be_changed() -> None:
    with Client() as client:
        assert config(client) == DEFAULTS
        configuration: Any = client.config
        with pytest.raises((FrozenInstanceError, AttributeError)):
            configuration.timeout = 1
    make: Any = Client
    with pytest.raises(TypeError):
        make(Environment.SANDBOX)


def test_an_unknown_option_is_rejected_with_what_is_meant() -> None:
    makes: list[Any] = [Client, Client.from_environment, Client().with_options]
    rows: list[tuple[str, str]] = [
        ("api_key", 'did you mean api_key_credentials=ApiKeyCredentials("...")?'),
        ("timout", "did you mean timeout?"),
        ("retries", "did you mean max_retries?"),
        ("verify", "did you mean http_client_instance, a requests.Session with this verify?"),
        ("color", "the options are environment, base_url,"),
    ]
    for name, advice in rows:
        for make in makes:
            with pytest.raises(ConfigurationException, match=re.escape(f"{name} is not an option; {advice}")):
                make(**{name: 5, "api_key_credentials": ApiKeyCredentials(API_KEY)})


class Kind(str, Enum):
    GET = "get"


GOOD: list[tuple[str, Any, Any]] = [
    ("timeout", None, None),
    ("timeout", 0.001, 0.001),
    ("timeout", (None, 5), (None, 5)),
    ("total_timeout", 0.5, 0.5),
    ("idle_timeout", None, None),
    ("max_retries", 0, 0),
    ("backoff_factor", 0, 0),
    ("retry_statuses", range(503, 504), (503,)),
    ("retry_methods", {"post"}, ("POST",)),
    ("retry_methods", [Kind.GET], ("GET",)),
    ("pool_size", 1, 1),
    ("max_response_bytes", 1, 1),
    ("base_url", " https://partner.example/payrix// ", "https://partner.example/payrix"),
    ("base_url", "HTTPS://Partner.example", "https://Partner.example"),
    ("base_url", "http://localhost:8080", "http://localhost:8080"),
    ("base_url", "http://127.1.2.3:1", "http://127.1.2.3:1"),
    ("base_url", "http://[::1]:8080", "http://[::1]:8080"),
    ("default_headers", {"X-Shop": "ä b", "rate-limit-test": ""}, {"X-Shop": "ä b", "rate-limit-test": ""}),
    ("default_query", {"expand[login][]": "", "depth": -2}, {"expand[login][]": "", "depth": -2}),
]


def test_what_works_is_taken() -> None:
    for option, value, kept in GOOD:
        with make_client(**{option: value}) as client:
            assert getattr(client.config, option) == kept


def with_auth() -> requests.Session:
    session = requests.Session()
    session.auth = ("user", "fake-password")
    return session


NO_INTEGER = [None, True, 1.5, "2"]
WRONG: dict[str, list[Any]] = {
    "environment": ["fake-password", None],
    "base_url": [
        "",
        "partner.example",
        "ftp://partner.example",
        "https:///sessions",
        "http://partner.example",
        "http://127.0.0.1.example",
        "http://10.0.0.1",
        "https://user:fake-password@partner.example",
        "https://partner.example/?fake-password",
        "https://partner.example/?",
        "https://partner.example/#a",
        "https://partner.example:99999",
        "https://[::1",
        "https://partner.example/a b",
        "https://partner.example\\a",
        "https://ключ.example",
        b"https://partner.example",
    ],
    "api_key_credentials": ["fake-password", SessionKeyCredentials("fake-password")],
    "username_credentials": [PasswordCredentials("fake-password")],
    "timeout": [
        0,
        math.nan,
        True,
        "60",
        {},
        (1,),
        (1, 2, 3),
        (0, 1),
        (1, -1),
        (math.nan, 1),
        ("1", 2),
        (1, False),
        1e7,
    ],
    "total_timeout": [0, -1, "1", True, math.nan, (1, 2)],
    "idle_timeout": [0, True, "60", math.nan, (1, 2)],
    "max_retries": [*NO_INTEGER, -1],
    "backoff_factor": [None, True, -1, math.inf],
    "retry_statuses": [None, 503, "503", ("503",), (True,), [99], [600]],
    "retry_methods": [None, "GET", (None,), ["POTS"]],
    "pool_size": [*NO_INTEGER, 0],
    "max_response_bytes": [*NO_INTEGER, 0, math.inf],
    "proxy_settings": ["http://proxy.example"],
    "http_client_instance": [requests.Session, with_auth()],
    "http_call_back": [5, HttpCallBack, type("Half", (), {"on_before_request": print})()],
    "auto_request_tokens": [None, 1],
    "default_headers": [
        [("a", "b")],
        {5: "x"},
        {"a b": "x"},
        {"": "x"},
        {"x": 5},
        {"x": "a\nb"},
        {"apikey": "fake-password"},
        {"Authorization": "fake-password"},
        {"Token": "fake-password"},
        {"Cookie": "fake-password"},
        {"Host": "x"},
        {"content-length": "1"},
        {"Request-Token": "x"},
        {"Transfer-Encoding": "chunked"},
    ],
    "default_query": [
        "a=1",
        {5: "x"},
        {"": "x"},
        {"a&b": "x"},
        {"ключ": "x"},
        {"a": True},
        {"a": None},
        {"a": "x\ny"},
        {"a": 2**31},
        {"page[limit]": 5},
        {"embed": "login"},
    ],
}


def test_a_wrong_option_is_rejected_by_name_and_without_secrets(client: Client) -> None:
    for option, values in WRONG.items():
        for value in values:
            for make in (make_client, client.with_options):
                with pytest.raises(ConfigurationException, match=option) as caught:
                    make(**{option: value})
                assert "fake-password" not in f"{caught.value!s} {caught.value!r}"


def test_a_message_says_what_would_be_right() -> None:
    rows: list[tuple[str, Any, str]] = [
        ("api_key_credentials", "fake", r'must be ApiKeyCredentials, not str; write ApiKeyCredentials\("..."\)'),
        ("api_key_credentials", UsernameCredentials("fake"), "not UsernameCredentials; pass that as username_cred"),
        ("environment", "sandbox", "or Environment.CANADA_PRODUCTION, not str; for another host use base_url"),
        ("base_url", Environment.PRODUCTION, "write environment=..."),
        ("base_url", "https://partner.example/v1/sessions/", "must end before /sessions"),
        ("proxy_settings", {}, r'must be a ProxySettings \(write ProxySettings\("host", 8080\)\), not dict'),
        ("default_headers", {"APIKEY": "x"}, "must not contain APIKEY: credentials have options of their own"),
        ("default_query", {"page[number]": 1}, "an argument of the methods"),
        ("default_query", {"page%5Bnumber%5D": 1}, "names of query parameters"),
        ("base_url", "http://partner.example", "plain http would send the credentials unencrypted"),
    ]
    for option, value, words in rows:
        with pytest.raises(ConfigurationException, match=words):
            make_client(**{option: value})


# --- variants


CHANGES: dict[str, Any] = {
    "timeout": None,
    "total_timeout": None,
    "idle_timeout": None,
    "max_retries": 0,
    "backoff_factor": 0,
    "retry_statuses": (),
    "retry_methods": (),
    "auto_request_tokens": False,
    "base_url": None,
    "http_call_back": None,
    "default_headers": {},
    "default_query": {},
    "api_key_credentials": None,
    "environment": Environment.PRODUCTION,
}


def test_zero_false_and_none_are_real_values_for_a_variant() -> None:
    before: dict[str, Any] = {
        "timeout": 30.0,
        "total_timeout": 90.0,
        "max_retries": 5,
        "backoff_factor": 0.25,
        "auto_request_tokens": True,
        "base_url": "https://partner.example",
        "http_call_back": CallBack(),
        "default_headers": {"x": "y"},
        "default_query": {"x": "y"},
    }
    with make_client(**before) as client:
        was = config(client)
        assert config(client.with_options()) == was
        for option, value in CHANGES.items():
            assert config(client.with_options(**{option: value})) == {**was, option: value}
        both = client.with_options(max_retries=1).with_options(timeout=3.0)
        assert config(both) == {**was, "max_retries": 1, "timeout": 3.0}
        assert config(client) == was


def test_a_controller_belongs_to_its_client_and_a_variant_to_its_class() -> None:
    class Ours(Client):
        """A subclass of a user's."""

    with Ours() as client:
        variant = client.with_options(max_retries=1)
        assert type(variant) is Ours
        assert client.sessions is client.sessions
        assert variant.sessions is not client.sessions


def test_variants_send_their_own_credentials(client: Client, api: RequestsMock) -> None:
    reply(api)
    by_session = client.with_options(session_key_credentials=SessionKeyCredentials("fake-session-key"))
    by_key = by_session.with_options(api_key_credentials=ApiKeyCredentials("fake-other-key"))
    for each in (by_session, client, by_key, by_session):
        each.sessions.get_sessions()
    seen = [(header(call.request, "APIKEY"), header(call.request, "SESSIONKEY")) for call in api.calls]
    other = (None, "fake-session-key")
    assert seen == [other, (API_KEY, None), ("fake-other-key", None), other]


def given(client: Client) -> set[str]:
    return {name for name in OPTIONS if name.endswith("_credentials") and getattr(client.config, name)}


def test_credentials_that_a_variant_is_given_take_the_place_of_those_of_other_kinds() -> None:
    login: dict[str, Any] = {
        "username_credentials": UsernameCredentials("fake-user"),
        "password_credentials": PasswordCredentials("fake-password"),
    }
    with make_client() as client:
        by_login = client.with_options(**login)
        assert given(by_login) == set(login)
        changed = by_login.with_options(password_credentials=PasswordCredentials("fake-new"))
        assert changed.config.username_credentials == login["username_credentials"]
        assert changed.config.password_credentials == PasswordCredentials("fake-new")
        keys: dict[str, Any] = {
            "session_key_credentials": SessionKeyCredentials("fake"),
            "txn_session_key_credentials": TxnSessionKeyCredentials("fake"),
        }
        assert given(by_login.with_options(**keys)) == set(keys)
        # Taking some away takes no others along.
        assert given(client.with_options(session_key_credentials=None)) == {"api_key_credentials"}
        without = client.with_options(api_key_credentials=None)
        with pytest.raises(ConfigurationException, match="was given none"):
            without.sessions.get_sessions()


# --- the environment


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    for name in VARIABLES:
        monkeypatch.delenv(f"PAYRIX_{name}", raising=False)

    def set_them(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"PAYRIX_{name}", value)

    return set_them


ALL = {
    "API_KEY": " fake-1\n",
    "SESSION_KEY": "fake-2",
    "TXN_SESSION_KEY": "fake-3",
    "USERNAME": "fake-4",
    "PASSWORD": "fake-5",
    "ENVIRONMENT": " Canada_Production ",
    "BASE_URL": "HTTPS://partner.example",
}


def test_every_variable_is_read_and_options_win(variables: Callable[..., None]) -> None:
    variables(**ALL)
    expected = {
        **DEFAULTS,
        "api_key_credentials": ApiKeyCredentials("fake-1"),
        "session_key_credentials": SessionKeyCredentials("fake-2"),
        "txn_session_key_credentials": TxnSessionKeyCredentials("fake-3"),
        "username_credentials": UsernameCredentials("fake-4"),
        "password_credentials": PasswordCredentials("fake-5"),
        "environment": Environment.CANADA_PRODUCTION,
        "base_url": "https://partner.example",
    }
    with Client.from_environment() as client:
        assert config(client) == expected
    options: dict[str, Any] = {"api_key_credentials": None, "base_url": None, "max_retries": 0}
    with Client.from_environment(**options) as client:
        assert config(client) == {**expected, **options}
    # An environment in the call wins over the base URL of the variables.
    with Client.from_environment(environment=Environment.PRODUCTION) as client:
        assert client.config.get_base_uri() == Environment.PRODUCTION.value


@pytest.mark.parametrize(
    "set_to", [{}, dict.fromkeys(VARIABLES, " "), {"USERNAME": "fake-4"}], ids=["none", "blank", "half"]
)
def test_without_credentials_the_variables_are_named(set_to: dict[str, str], variables: Callable[..., None]) -> None:
    variables(**set_to)
    names = "PAYRIX_API_KEY, or PAYRIX_SESSION_KEY, or PAYRIX_TXN_SESSION_KEY, or PAYRIX_USERNAME and PAYRIX_PASSWORD$"
    with pytest.raises(ConfigurationException, match=names):
        Client.from_environment()
    # Given in the call they are enough.
    with Client.from_environment(api_key_credentials=ApiKeyCredentials("fake")) as client:
        assert client.config.environment is Environment.SANDBOX


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ENVIRONMENT", "fake-password", "must be one of sandbox, production, canada_sandbox, canada_production"),
        ("API_KEY", "fake-password\nx", "contains a line break"),
        ("BASE_URL", "https://user:fake-password@x", "PAYRIX_BASE_URL must not contain a user"),
    ],
)
def test_a_wrong_variable_is_rejected_by_name_without_showing_it(
    name: str, value: str, words: str, variables: Callable[..., None]
) -> None:
    variables(**{**ALL, name: value})
    with pytest.raises(ConfigurationException, match=words) as caught:
        Client.from_environment()
    assert f"PAYRIX_{name}" in str(caught.value)
    assert "fake-password" not in f"{caught.value!s} {caught.value.__cause__} {caught.value.__context__}"


# --- secrets


def test_nothing_of_a_client_shows_a_secret_and_nothing_keeps_one() -> None:
    secrets = ["fake-session-key", "fake-password", "fake-header"]
    with make_client(
        session_key_credentials=SessionKeyCredentials(secrets[0]),
        password_credentials=PasswordCredentials(secrets[1]),
        default_headers={"x-partner": secrets[2]},
    ) as client:
        shown = printed(client, client.config, client.sessions)
        assert not [secret for secret in (*secrets, API_KEY) if secret in shown]
        assert "ApiKeyCredentials('***')" in shown
        assert "Client(base_url='https://test-api.payrix.com')" in shown
        for value in (client, client.config, client.sessions):
            for serialize in (pickle.dumps, jsonpickle.encode):
                with pytest.raises(TypeError) as caught:
                    serialize(value)
                assert leaks(str(caught.value), secrets) == []
        for keep in (copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="holds credentials and connections"):
                keep(client)
            assert keep(client.config) is client.config


# --- the end


def test_a_call_after_close_is_a_clear_error(api: RequestsMock) -> None:
    for operation in OPERATIONS:
        api.reset()
        client = make_client()
        client.close()
        client.close()
        with pytest.raises(ConfigurationException, match="the client is closed; make a new one"):
            operation(client.sessions)
        assert len(api.calls) == 0


def test_a_with_block_closes_the_client_and_its_variants_and_a_variant_itself_alone(api: RequestsMock) -> None:
    reply(api)
    made = make_client()
    with made as client:
        assert client is made
        other = client.with_options(max_retries=1)
        with client.with_options(max_retries=1) as variant:
            variant.sessions.get_sessions()
        with pytest.raises(ConfigurationException, match="closed"):
            variant.sessions.get_sessions()
        for each in (client, other):
            each.sessions.get_sessions()
    for each in (client, variant, other):
        with pytest.raises(ConfigurationException, match="closed"):
            each.sessions.get_sessions()


def test_a_variant_that_goes_another_way_has_connections_of_its_own(api: RequestsMock) -> None:
    reply(api)
    client = make_client()
    elsewhere = client.with_options(base_url="https://partner.example")
    client.close()
    elsewhere.sessions.get_sessions()
    assert str(sent(api).url).startswith("https://partner.example/")
    elsewhere.close()


def test_a_client_that_is_closed_between_attempts_stops_and_says_so(
    api: RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    reply(api, status=503)
    client = make_client(max_retries=2)

    def close(_seconds: float) -> None:
        client.close()

    monkeypatch.setattr("time.sleep", close)
    with pytest.raises(
        ConnectionException, match="closed before the request was retried; an earlier attempt was sent"
    ) as caught:
        client.sessions.delete_sessions_id("p1_ssn_1", "order-7")
    assert (caught.value.may_have_been_sent, caught.value.attempts, caught.value.request_token) == (True, 1, "order-7")
    assert len(api.calls) == 1


class Watched(requests.Session):
    """A session of a user's own that tells when it is closed."""

    closed = 0

    def close(self) -> None:
        self.closed += 1
        super().close()


def test_a_session_of_the_users_own_is_used_and_neither_changed_nor_closed(api: RequestsMock) -> None:
    reply(api, headers={"Set-Cookie": "a=b"})
    session = Watched()
    session.headers["X-Mine"] = "yes"
    before = {name: getattr(session, name) for name in requests.Session.__attrs__}
    adapters = dict(session.adapters)
    with make_client(http_client_instance=session) as client:
        client.sessions.get_sessions()
        client.with_options(max_retries=0).sessions.get_sessions("order-7")
    assert [header(call.request, "X-Mine") for call in api.calls] == ["yes"] * 2
    assert session.closed == len(session.cookies) == 0
    assert {name: getattr(session, name) for name in requests.Session.__attrs__} == before
    assert dict(session.adapters) == adapters
    session.close()
