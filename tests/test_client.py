"""The client: its options, its variants, the environment, and its end."""

import copy
import math
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from typing import Any

import pytest
import requests
from responses import RequestsMock

from payrix_sessions import (
    ApiKeyCredentials,
    Client,
    ConfigurationException,
    Environment,
    PasswordCredentials,
    SessionKeyCredentials,
    TxnSessionKeyCredentials,
    UsernameCredentials,
)
from tests.wire import API_KEY, EMPTY, OPERATIONS, header, make_client, reply, sent

DEFAULTS: dict[str, Any] = {
    "environment": Environment.SANDBOX,
    "base_url": None,
    "api_key_credentials": None,
    "session_key_credentials": None,
    "txn_session_key_credentials": None,
    "username_credentials": None,
    "password_credentials": None,
    "timeout": 60.0,
    "max_retries": 2,
    "backoff_factor": 0.5,
    "retry_statuses": (408, 429, 500, 502, 503, 504),
    "retry_methods": ("GET",),
    "pool_size": 32,
    "proxy_settings": None,
    "http_client_instance": None,
    "http_call_back": None,
    "max_response_bytes": 32 * 1024 * 1024,
    "auto_request_tokens": False,
}
VARIABLES = ("API_KEY", "SESSION_KEY", "TXN_SESSION_KEY", "USERNAME", "PASSWORD", "ENVIRONMENT", "BASE_URL")


def config(client: Client) -> dict[str, Any]:
    return {name: getattr(client.config, name) for name in DEFAULTS}


# --- options


def test_without_options_the_defaults_hold() -> None:
    with Client() as client:
        assert config(client) == DEFAULTS


def test_options_are_keywords_only() -> None:
    make: Any = Client
    with pytest.raises(TypeError):
        make(Environment.SANDBOX)


def test_an_unknown_option_is_refused() -> None:
    make: Any = Client
    with pytest.raises(TypeError):
        make(timout=1)


def test_the_configuration_cannot_be_changed(client: Client) -> None:
    configuration: Any = client.config
    with pytest.raises((FrozenInstanceError, AttributeError)):
        configuration.timeout = 1


ODD_BUT_RIGHT: list[tuple[str, Any]] = [
    ("timeout", None),
    ("timeout", 0.001),
    ("timeout", 5),
    ("timeout", (3, 10)),
    ("timeout", (0.5, None)),
    ("timeout", (None, 5.0)),
    ("max_retries", 0),
    ("max_retries", 1_000_000),
    ("backoff_factor", 0),
    ("backoff_factor", 2),
    ("retry_statuses", ()),
    ("retry_methods", ()),
    ("retry_methods", ("GET", "POST", "DELETE")),
    ("pool_size", 1),
    ("max_response_bytes", 1),
    ("auto_request_tokens", True),
    ("base_url", None),
    ("base_url", "https://partner.example/payrix"),
    ("base_url", "http://localhost:8080"),
    ("base_url", "http://127.0.0.1"),
    ("base_url", "http://127.1.2.3:1"),
    ("base_url", "http://[::1]:8080"),
    ("base_url", "HTTPS://partner.example"),
]


@pytest.mark.parametrize(("option", "value"), ODD_BUT_RIGHT, ids=ascii)
def test_what_works_is_taken(option: str, value: object) -> None:
    with make_client(**{option: value}):
        pass


NOT_A_WHOLE_NUMBER = [None, True, 1.5, "2", [1], math.nan]
WRONG: dict[str, list[Any]] = {
    "environment": ["sandbox", "mars", None, 5, "https://api.payrix.com"],
    "base_url": [
        "",
        " ",
        "partner.example",
        "//partner.example",
        "ftp://partner.example",
        "file:///etc/passwd",
        "https://",
        "https:///sessions",
        "http://partner.example",
        "http://localhost.example",
        "http://127.0.0.1.example",
        "http://10.0.0.1",
        "https://user:fake-password@partner.example",
        "https://fake-password@partner.example",
        "https://partner.example?a=1",
        "https://partner.example/?fake-password",
        "https://partner.example/#a",
        "https://partner.example:port",
        "https://partner.example:99999",
        "https://partner.example/a b",
        "https://partner.example\r\nX: y",
        "https://[::1",
        5,
        b"https://partner.example",
    ],
    "api_key_credentials": [
        "fake-password",
        5,
        SessionKeyCredentials("fake-password"),
        {"apikey": "fake-password"},
    ],
    "session_key_credentials": ["fake-password", ApiKeyCredentials("fake-password")],
    "txn_session_key_credentials": ["fake-password", ApiKeyCredentials("fake-password")],
    "username_credentials": ["fake-password", PasswordCredentials("fake-password")],
    "password_credentials": ["fake-password", UsernameCredentials("fake-password")],
    "timeout": [
        0,
        -1,
        math.nan,
        -math.inf,
        True,
        False,
        "60",
        "fast",
        (),
        (1,),
        (1, 2, 3),
        (0, 1),
        (1, 0),
        (1, -1),
        ("1", 1),
        (True, 1),
        (math.nan, 1),
        {"connect": 1},
    ],
    "max_retries": [*NOT_A_WHOLE_NUMBER, -1],
    "backoff_factor": [None, True, -1, "0.5", math.nan, math.inf, [1]],
    "retry_statuses": [None, 503, "503", ("503",), (True,), (5.5,)],
    "retry_methods": [None, "GET", (5,), (None,)],
    "pool_size": [*NOT_A_WHOLE_NUMBER, 0, -1],
    "max_response_bytes": [*NOT_A_WHOLE_NUMBER, 0, -1],
    "proxy_settings": ["http://proxy.example", {"http": "http://proxy.example"}, 5],
    "http_client_instance": [..., "session", len, requests.Session],
    "http_call_back": [..., "call back", 5],
    "auto_request_tokens": [None, 1, "yes"],
}
each_wrong_option = pytest.mark.parametrize(
    ("option", "value"),
    [(option, value) for option, values in WRONG.items() for value in values],
    ids=lambda value: ascii(value)[:40],
)


@each_wrong_option
def test_a_wrong_option_is_refused_by_name_and_without_secrets(option: str, value: Any) -> None:
    with pytest.raises(ConfigurationException) as caught:
        make_client(**{option: value})
    assert option in str(caught.value)
    assert "fake-password" not in f"{caught.value!s} {caught.value!r}"
    assert isinstance(caught.value, ValueError)


@each_wrong_option
def test_a_variant_is_checked_like_a_client(option: str, value: Any, client: Client) -> None:
    with pytest.raises(ConfigurationException) as caught:
        client.with_options(**{option: value})
    assert option in str(caught.value)


# --- the controller


def test_the_controller_is_the_same_each_time(client: Client) -> None:
    assert client.sessions is client.sessions
    variant = client.with_options(max_retries=1)
    assert variant.sessions is variant.sessions
    assert variant.sessions is not client.sessions


# --- variants


CHANGES: list[tuple[str, Any]] = [
    ("timeout", None),
    ("timeout", 5.0),
    ("max_retries", 0),
    ("backoff_factor", 0),
    ("retry_statuses", ()),
    ("retry_methods", ()),
    ("auto_request_tokens", False),
    ("api_key_credentials", None),
    ("base_url", None),
    ("http_call_back", None),
    ("environment", Environment.PRODUCTION),
]


@pytest.mark.parametrize(("option", "value"), CHANGES, ids=ascii)
def test_zero_false_and_none_are_real_values_for_a_variant(option: str, value: Any) -> None:
    class CallBack:
        def on_before_request(self, request: object) -> None: ...
        def on_after_response(self, http_response: object) -> None: ...

    before: dict[str, Any] = {
        "timeout": 30.0,
        "max_retries": 5,
        "backoff_factor": 0.25,
        "auto_request_tokens": True,
        "base_url": "https://partner.example",
        "http_call_back": CallBack(),
    }
    with make_client(**before) as client:
        was = config(client)
        changed = config(client.with_options(**{option: value}))
        assert changed == {**was, option: value}
        assert config(client) == was


def test_a_variant_without_changes_is_the_same_in_all_options(client: Client) -> None:
    assert config(client.with_options()) == config(client)


def test_variants_of_variants_add_up(client: Client) -> None:
    variant = client.with_options(max_retries=1).with_options(timeout=3.0)
    assert (variant.config.max_retries, variant.config.timeout) == (1, 3.0)


def test_an_unknown_option_of_a_variant_is_refused(client: Client) -> None:
    change: Any = client.with_options
    with pytest.raises(ConfigurationException, match="timout"):
        change(timout=1)


def test_variants_send_their_own_credentials(client: Client, api: RequestsMock) -> None:
    reply(api)
    session_key = SessionKeyCredentials("fake-session-key")
    variant = client.with_options(api_key_credentials=None, session_key_credentials=session_key)
    variant.sessions.get_sessions()
    client.sessions.get_sessions()
    other = client.with_options(api_key_credentials=ApiKeyCredentials("fake-other-key"))
    other.sessions.get_sessions()
    variant.sessions.get_sessions()
    seen = [(header(call.request, "APIKEY"), header(call.request, "SESSIONKEY")) for call in api.calls]
    assert seen == [
        (None, "fake-session-key"),
        (API_KEY, None),
        ("fake-other-key", None),
        (None, "fake-session-key"),
    ]


def test_dropping_the_only_credential_is_noticed_by_the_next_call(client: Client, api: RequestsMock) -> None:
    reply(api)
    with pytest.raises(ConfigurationException):
        client.with_options(api_key_credentials=None).sessions.get_sessions()
    assert len(api.calls) == 0


def test_credentials_that_a_variant_is_given_take_the_place_of_those_of_other_kinds(
    client: Client, api: RequestsMock
) -> None:
    reply(api)
    variant = client.with_options(session_key_credentials=SessionKeyCredentials("fake-session-key"))
    variant.sessions.get_sessions()
    assert (header(sent(api), "APIKEY"), header(sent(api), "SESSIONKEY")) == (None, "fake-session-key")
    assert client.config.api_key_credentials is not None


def test_a_variant_with_a_new_password_keeps_its_user_name() -> None:
    with make_client(
        api_key_credentials=None,
        username_credentials=UsernameCredentials("fake-user"),
        password_credentials=PasswordCredentials("fake-old-password"),
    ) as client:
        variant = client.with_options(password_credentials=PasswordCredentials("fake-new-password"))
    assert variant.config.username_credentials == UsernameCredentials("fake-user")
    assert variant.config.password_credentials == PasswordCredentials("fake-new-password")


def test_a_variant_may_be_given_several_kinds_at_once() -> None:
    with make_client() as client:
        both = client.with_options(
            session_key_credentials=SessionKeyCredentials("fake-session-key"),
            txn_session_key_credentials=TxnSessionKeyCredentials("fake-txn-key"),
        ).config
    assert both.api_key_credentials is None
    assert both.session_key_credentials
    assert both.txn_session_key_credentials


def test_taking_credentials_away_takes_no_others_along(client: Client) -> None:
    assert client.with_options(session_key_credentials=None).config.api_key_credentials


# --- the environment


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    for name in VARIABLES:
        monkeypatch.delenv(f"PAYRIX_{name}", raising=False)

    def set_them(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"PAYRIX_{name}", value)

    return set_them


def test_every_variable_is_read(variables: Callable[..., None]) -> None:
    variables(
        API_KEY="fake-1",
        SESSION_KEY="fake-2",
        TXN_SESSION_KEY="fake-3",
        USERNAME="fake-4",
        PASSWORD="fake-5",
        ENVIRONMENT="production",
        BASE_URL="https://partner.example",
    )
    with Client.from_environment() as client:
        assert config(client) == {
            **DEFAULTS,
            "api_key_credentials": ApiKeyCredentials("fake-1"),
            "session_key_credentials": SessionKeyCredentials("fake-2"),
            "txn_session_key_credentials": TxnSessionKeyCredentials("fake-3"),
            "username_credentials": UsernameCredentials("fake-4"),
            "password_credentials": PasswordCredentials("fake-5"),
            "environment": Environment.PRODUCTION,
            "base_url": "https://partner.example",
        }


@pytest.mark.parametrize("environment", list(Environment))
@pytest.mark.parametrize("spelling", [str.lower, str.upper, str.title])
def test_an_environment_is_named_in_any_case(
    environment: Environment, spelling: Callable[[str], str], variables: Callable[..., None]
) -> None:
    variables(ENVIRONMENT=spelling(environment.name))
    with Client.from_environment() as client:
        assert client.config.environment is environment


@pytest.mark.parametrize("name", ["mars", "https://api.payrix.com", "sandbox production"])
def test_an_unknown_environment_is_refused_by_the_name_of_its_variable(
    name: str, variables: Callable[..., None]
) -> None:
    variables(ENVIRONMENT=name)
    with pytest.raises(ConfigurationException, match="PAYRIX_ENVIRONMENT") as caught:
        Client.from_environment()
    assert "sandbox" in str(caught.value)
    assert "canada_production" in str(caught.value)


def test_empty_variables_count_as_not_set(variables: Callable[..., None]) -> None:
    variables(**dict.fromkeys(VARIABLES, ""))
    with Client.from_environment() as client:
        assert config(client) == DEFAULTS


def test_without_variables_the_defaults_hold(variables: Callable[..., None]) -> None:
    with Client.from_environment() as client:
        assert config(client) == DEFAULTS


def test_options_win_over_variables(variables: Callable[..., None]) -> None:
    variables(API_KEY="fake-1", ENVIRONMENT="production", BASE_URL="https://partner.example")
    with Client.from_environment(
        api_key_credentials=None, environment=Environment.CANADA_SANDBOX, base_url=None, max_retries=0
    ) as client:
        assert config(client) == {**DEFAULTS, "environment": Environment.CANADA_SANDBOX, "max_retries": 0}


def test_a_key_from_a_variable_is_stripped_and_sent(variables: Callable[..., None], api: RequestsMock) -> None:
    reply(api)
    variables(API_KEY=f" {API_KEY}\n")
    with Client.from_environment() as client:
        client.sessions.get_sessions()
    assert header(sent(api), "APIKEY") == API_KEY


def test_a_wrong_key_in_a_variable_is_refused_without_showing_it(variables: Callable[..., None]) -> None:
    variables(API_KEY="fake-password\nx")
    with pytest.raises(ConfigurationException) as caught:
        Client.from_environment()
    assert "fake-password" not in str(caught.value)


# --- secrets


def test_nothing_printed_of_a_client_shows_a_secret() -> None:
    with make_client(
        session_key_credentials=SessionKeyCredentials("fake-session-key"),
        password_credentials=PasswordCredentials("fake-password"),
    ) as client:
        printed = f"{client!r} {client!s} {client.config!r} {client.config!s} {client.sessions!r}"
    for secret in (API_KEY, "fake-session-key", "fake-password"):
        assert secret not in printed


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_client_refuses_to_be_pickled(protocol: int, client: Client) -> None:
    with pytest.raises((TypeError, pickle.PicklingError)) as caught:
        pickle.dumps(client, protocol)
    assert API_KEY not in str(caught.value)
    with pytest.raises((TypeError, pickle.PicklingError)):
        pickle.dumps(client.sessions, protocol)


def test_a_client_refuses_to_be_copied_deeply(client: Client) -> None:
    with pytest.raises(TypeError):
        copy.deepcopy(client)


# --- the end


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_a_call_after_close_is_a_clear_error(operation: Any, api: RequestsMock) -> None:
    reply(api)
    client = make_client()
    client.close()
    client.close()
    with pytest.raises(ConfigurationException, match="closed"):
        operation(client.sessions)
    assert len(api.calls) == 0


def test_a_with_block_gives_the_client_and_closes_it(api: RequestsMock) -> None:
    reply(api)
    made = make_client()
    with made as client:
        assert client is made
        client.sessions.get_sessions()
    with pytest.raises(ConfigurationException, match="closed"):
        client.sessions.get_sessions()


def test_closing_a_variant_leaves_its_client_open(client: Client, api: RequestsMock) -> None:
    reply(api)
    with client.with_options(max_retries=1) as variant:
        variant.sessions.get_sessions()
    client.sessions.get_sessions()
    with pytest.raises(ConfigurationException, match="closed"):
        variant.sessions.get_sessions()


def test_closing_a_client_closes_its_variants(api: RequestsMock) -> None:
    reply(api)
    client = make_client()
    variant = client.with_options(max_retries=1).with_options(max_retries=0)
    client.close()
    with pytest.raises(ConfigurationException, match="closed"):
        variant.sessions.get_sessions()


class Watched(requests.Session):
    """A session of a user's own that tells when it is closed."""

    closed = 0

    def close(self) -> None:
        self.closed += 1
        super().close()


def test_a_session_of_the_users_own_is_used_and_neither_changed_nor_closed(api: RequestsMock) -> None:
    api.add("GET", "https://test-api.payrix.com/sessions", json=EMPTY, headers={"Set-Cookie": "a=b"})
    session = Watched()
    session.headers["X-Mine"] = "yes"
    before = {name: getattr(session, name) for name in requests.Session.__attrs__}
    adapters = dict(session.adapters)
    for _ in range(2):
        with make_client(http_client_instance=session) as client:
            client.sessions.get_sessions()
            client.with_options(max_retries=0).sessions.get_sessions()
    assert session.closed == 0
    assert {name: getattr(session, name) for name in requests.Session.__attrs__} == before
    assert dict(session.adapters) == adapters
    assert len(session.cookies) == 0
    session.close()


def test_an_environment_in_the_call_wins_over_the_base_url_of_the_variables(
    variables: Callable[..., None],
) -> None:
    variables(BASE_URL="https://custom.payrix.com")
    with Client.from_environment(environment=Environment.PRODUCTION) as client:
        assert client.config.get_base_uri() == Environment.PRODUCTION.value


def test_a_configuration_cannot_be_pickled(client: Client) -> None:
    with pytest.raises(TypeError, match="credentials"):
        pickle.dumps(client.config)


@pytest.mark.parametrize(("option", "value"), [("retry_statuses", [99]), ("retry_methods", ["POTS"])])
def test_what_is_no_status_or_method_is_refused_by_name(option: str, value: list[Any]) -> None:
    wrong: Any = {option: value}
    with pytest.raises(ConfigurationException, match=option):
        Client(**wrong)


def test_credentials_that_are_equal_hash_alike() -> None:
    assert (
        len({ApiKeyCredentials("fake-key"), ApiKeyCredentials(" fake-key\n"), SessionKeyCredentials("fake-key")}) == 2
    )
