"""The client: its options, its variants, the environment, what it shows, and its end."""

import copy
import math
import pickle
import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import product
from typing import Any
from unittest import mock

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
    UsernameCredentials,
)
from payrix_sessions.configuration import OPTIONS
from payrix_sessions.http.auth.kinds import KINDS
from tests.wire import API_KEY, BASE_URL, DELETE_ONE, GET_MANY, Shown, credentials, header, make_client, reply

PARTNER = "https://partner.example"


def config(client: Client) -> dict[str, Any]:
    return {name: getattr(client.config, name) for name in OPTIONS}


# tests/docs/test_pages.py compares the defaults with the table of doc/client.md.
def test_what_works_is_taken() -> None:
    rows: list[tuple[str, Any, Any]] = [
        *(("timeout", good, good) for good in (None, 0.001, 1_000_000, (None, 5))),
        ("total_timeout", 0.5, 0.5),
        ("idle_timeout", None, None),
        *((option, 0, 0) for option in ("max_retries", "backoff_factor")),
        *((option, 1, 1) for option in ("pool_size", "max_response_bytes")),
        ("retry_statuses", range(503, 504), (503,)),
        ("retry_statuses", [100, 599], (100, 599)),
        ("retry_methods", {"post"}, ("POST",)),
        ("retry_methods", [Shown.GET], ("GET",)),
        ("base_url", " https://partner.example/payrix// ", "https://partner.example/payrix"),
        ("base_url", "HTTPS://Partner.example", "https://Partner.example"),
        *(("base_url", url, url) for url in ("http://localhost:8080", "http://127.1.2.3:1", "http://[::1]:8080")),
        ("default_headers", {"X-Shop": "ä b", "x": ""}, {"X-Shop": "ä b", "x": ""}),
        *(("default_query", good, good) for good in ({"expand[login][]": "", "depth": -2}, {"a": 2**31 - 1})),
    ]
    for option, value, kept in rows:
        with make_client(**{option: value}) as client:
            assert getattr(client.config, option) == kept


NO_INTEGER = [None, True, 1.5, "2"]
NO_SECONDS = [True, "60", math.nan, 1e7]
HALF = type("Half", (), {"on_before_request": print})()
WITH_AUTH = requests.Session()
WITH_AUTH.auth = ("user", "fake-password")
# The option, what its message says, and values.
WRONG: list[tuple[str, str, list[Any]]] = [
    ("api_key", ' is not an option; did you mean api_key_credentials=ApiKeyCredentials("...")?', [5]),
    ("timout", " is not an option; did you mean timeout?", [5]),
    ("retries", " is not an option; did you mean max_retries?", [5]),
    ("verify", "; did you mean http_client_instance, a requests.Session with this verify?", [False]),
    ("color", " is not an option; the options are environment, base_url,", [5]),
    ("environment", "or Environment.CANADA_PRODUCTION, not ", ["fake-password", None]),
    ("base_url", "must be a whole URL", ["", "partner.example", "ftp://partner.example", "https:///sessions"]),
    ("base_url", "plain http would", [f"http://{host}" for host in ("x.example", "127.0.0.1.example", "10.0.0.1")]),
    ("base_url", "must not contain a user", ["https://user:fake-password@partner.example"]),
    ("base_url", "before the query", [f"https://partner.example/{end}" for end in ("?fake-password", "?", "#a", "#")]),
    ("base_url", "its host or port cannot be read", ["https://partner.example:99999", "https://[::1"]),
    ("base_url", "plain ASCII", ["https://partner.example/a b", "https://partner.example\\a", "https://ключ.example"]),
    ("base_url", "must be a string, not bytes", [b"https://partner.example"]),
    ("base_url", "write environment=...", [Environment.PRODUCTION]),
    ("base_url", "must end before /sessions", ["https://partner.example/v1/sessions/"]),
    ("api_key_credentials", 'be ApiKeyCredentials, not str; write ApiKeyCredentials("...")', ["fake-password"]),
    ("api_key_credentials", "; pass that as session_key_credentials", [SessionKeyCredentials("fake-password")]),
    ("username_credentials", "; pass that as password_credentials", [PasswordCredentials("fake-password")]),
    ("timeout", "above 0", [0, {}, (1,), (1, 2, 3), (0, 1), (1, -1), (math.nan, 1), ("1", 2), (1, False), *NO_SECONDS]),
    ("total_timeout", "seconds above 0", [0, -1, (1, 2), *NO_SECONDS]),
    ("idle_timeout", "seconds above 0", [0, (1, 2), *NO_SECONDS]),
    ("backoff_factor", "seconds, 0 or more", [None, -1, math.inf, *NO_SECONDS]),
    ("max_retries", "an integer, at least 0", [*NO_INTEGER, -1]),
    ("pool_size", "an integer, at least 1", [*NO_INTEGER, 0]),
    ("max_response_bytes", "an integer, at least 1", [*NO_INTEGER, 0, math.inf]),
    ("retry_statuses", "HTTP statuses", [None, 503, "503", ("503",), (True,), [99], [600]]),
    ("retry_methods", "methods, such as", [None, "GET", (None,), ["POTS"]]),
    ("proxy_settings", '(write ProxySettings("host", 8080)), not str', ["http://proxy.example"]),
    ("http_client_instance", "must be a Session (requests.Session()), not type", [requests.Session]),
    ("http_client_instance", "must not have auth", [WITH_AUTH]),
    ("http_call_back", "must have the method on_", [5, HALF]),
    ("http_call_back", "must be an object; write HttpCallBack()", [HttpCallBack]),
    ("auto_request_tokens", "must be True or False", [None, 1]),
    ("default_headers", "must be a dict", [[("a", "b")]]),
    ("default_headers", "HTTP header names as its keys", [{5: "x"}, {"a b": "x"}, {"": "x"}]),
    ("default_headers", "['x'] must", [{"x": 5}, {"x": "a\nb"}]),
    ("default_headers", "options of", [{each: "fake-password"} for each in ("apikey", "Authorization", "Cookie")]),
    ("default_headers", "tokens are arguments", [{"Token": "fake-password"}]),
    ("default_headers", "the client sets it", [{name: "x"} for name in ("Host", "content-length", "Request-Token")]),
    ("default_headers", "must not contain Transfer-Encoding", [{"Transfer-Encoding": "chunked"}]),
    ("default_query", "must be a dict", ["a=1"]),
    ("default_query", "names of query parameters", [{5: "x"}, {"": "x"}, {"a&b": "x"}, {"ключ": "x"}, {"a%5B": 1}]),
    ("default_query", "a printable string or an integer", [{"a": each} for each in (True, None, "x\ny", 2**31)]),
    ("default_query", "an argument of the methods", [{"page[limit]": 5}, {"page[number]": 1}, {"embed": "login"}]),
]


def test_a_wrong_option_is_rejected_by_name_with_what_is_right_and_without_secrets(client: Client) -> None:
    from_environment = partial(Client.from_environment, api_key_credentials=ApiKeyCredentials(API_KEY))
    makes: list[Any] = [make_client, client.with_options, from_environment]
    for option, words, values in WRONG:
        for value, make in product(values, makes):
            with pytest.raises(ConfigurationException, match=rf"{option}.*{re.escape(words)}") as caught:
                make(**{option: value})
            assert "fake-password" not in f"{caught.value!s} {caught.value!r}"


def test_zero_false_and_none_are_real_values_for_a_variant() -> None:
    changes: dict[str, Any] = dict.fromkeys(("timeout", "base_url", "http_call_back", "api_key_credentials"))
    changes.update(max_retries=0, auto_request_tokens=False, retry_statuses=(), default_query={})
    before: dict[str, Any] = {"max_retries": 5, "auto_request_tokens": True, "default_query": {"x": "y"}}
    with make_client(base_url=PARTNER, http_call_back=mock.Mock(), **before) as client:
        was = config(client)
        assert config(client.with_options()) == was
        for option, value in changes.items():
            assert config(client.with_options(**{option: value})) == {**was, option: value}
        there = client.with_options(environment=Environment.PRODUCTION)
        assert there.config.get_base_uri() == Environment.PRODUCTION.value
        assert client.with_options(environment=Environment.PRODUCTION, base_url=PARTNER).config.base_url == PARTNER
        both = client.with_options(max_retries=1).with_options(timeout=3.0)
        assert config(both) == {**was, "max_retries": 1, "timeout": 3.0}
        assert config(client) == was


def test_clients_and_variants_in_threads_send_what_is_theirs_to_their_own_host(api: RequestsMock) -> None:
    class Ours(Client):
        """A subclass of a user's."""

    reply(api)
    elsewhere: dict[str, Any] = {"environment": Environment.PRODUCTION, "base_url": f"{PARTNER}:8443/payrix/v1/"}
    with Ours(api_key_credentials=ApiKeyCredentials(API_KEY)) as client, make_client(**elsewhere) as partner:
        by_session = client.with_options(session_key_credentials=SessionKeyCredentials("fake-session-key"))
        by_key = by_session.with_options(api_key_credentials=ApiKeyCredentials("fake-other-key"))
        away = partner.with_options(base_url=None)
        assert [type(each) for each in (by_session, by_key)] == [Ours, Ours]
        assert client.sessions is client.sessions is not by_session.sessions
        rows = [
            (by_session, BASE_URL, None, "fake-session-key"),
            (client, BASE_URL, API_KEY, None),
            (partner, f"{PARTNER}:8443/payrix/v1", API_KEY, None),
            (away, Environment.PRODUCTION.value, API_KEY, None),
            (by_key, BASE_URL, "fake-other-key", None),
        ]

        def call(number: int) -> None:
            rows[number % len(rows)][0].sessions.get_sessions_id(str(number), f"token-{number}")

        with ThreadPoolExecutor(len(rows)) as pool:
            list(pool.map(call, range(30 * len(rows))))
    assert len(api.calls) == 30 * len(rows)
    for request in [each.request for each in api.calls]:
        url, _, number = str(request.url).rpartition("/")
        found = [url, header(request, "APIKEY"), header(request, "SESSIONKEY"), header(request, "request-token")]
        _, base_url, *keys = rows[int(number) % len(rows)]
        assert found == [f"{base_url}/sessions", *keys, f"token-{number}"]
    # A variant that goes another way outlives its client; tests/transport/test_connections.py has the others.
    assert GET_MANY(away.sessions).is_success()
    away.close()
    with pytest.raises(ConfigurationException, match="the client is closed; make a new one"):
        GET_MANY(away.sessions)


def test_credentials_that_a_variant_is_given_take_the_place_of_those_of_other_kinds(client: Client) -> None:
    user, new = credentials(username="fake-user"), credentials(password="fake-new")
    password = credentials(password="fake-password")
    keys = credentials(session_key="fake", txn_session_key="fake")
    by_login = client.with_options(**user, **password)
    rows: list[tuple[Client, dict[str, Any]]] = [
        (by_login, {**user, **password}),
        (by_login.with_options(**new), {**user, **new}),
        (by_login.with_options(**keys), keys),
        # Taking some away takes no others along.
        (client.with_options(session_key_credentials=None), credentials(api_key=API_KEY)),
    ]
    for variant, kept in rows:
        assert {name: value for name, value in config(variant).items() if value and name in KINDS} == kept
    with pytest.raises(ConfigurationException, match="was given none"):
        client.with_options(api_key_credentials=None).sessions.get_sessions()


# The value of each variable, and what is read.
VARIABLES: dict[str, tuple[str, dict[str, Any]]] = {
    "API_KEY": (" fake-1\n", credentials(api_key="fake-1")),
    "SESSION_KEY": ("fake-2", credentials(session_key="fake-2")),
    "TXN_SESSION_KEY": ("fake-3", credentials(txn_session_key="fake-3")),
    "USERNAME": ("fake-4", credentials(username="fake-4")),
    "PASSWORD": ("fake-password", credentials(password="fake-password")),
    "ENVIRONMENT": (" Canada_Production ", {"environment": Environment.CANADA_PRODUCTION}),
    "BASE_URL": ("HTTPS://partner.example", {"base_url": "https://partner.example"}),
}
ALL = {name: value for name, (value, _) in VARIABLES.items()}


def test_every_variable_is_read_and_options_win_and_what_is_missing_or_wrong_is_named_without_being_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def set_variables(values: dict[str, str]) -> None:
        for name in VARIABLES:
            monkeypatch.delenv(f"PAYRIX_{name}", raising=False)
        for name, value in values.items():
            monkeypatch.setenv(f"PAYRIX_{name}", value)

    set_variables(ALL)
    expected = config(Client())
    for _, read in VARIABLES.values():
        expected |= read
    options: dict[str, Any] = {"api_key_credentials": None, "base_url": None, "max_retries": 0}
    for more in ({}, options):
        with Client.from_environment(**more) as client:
            assert config(client) == {**expected, **more}
    # Credentials in the call win over those of all kinds in the variables, but for the other half of a login.
    key: dict[str, Any] = {"session_key_credentials": SessionKeyCredentials("mine")}
    half: dict[str, Any] = {"username_credentials": UsernameCredentials("me")}
    for given, rest in ((key, {}), (half, {"password_credentials": expected["password_credentials"]})):
        with Client.from_environment(**given) as client:
            assert {name: it for name, it in config(client).items() if name in KINDS and it} == {**given, **rest}
    # An environment in the call wins over the base URL of the variables.
    with Client.from_environment(environment=Environment.PRODUCTION) as client:
        assert client.config.get_base_uri() == Environment.PRODUCTION.value
    none = "PAYRIX_API_KEY, or PAYRIX_SESSION_KEY, or PAYRIX_TXN_SESSION_KEY, or PAYRIX_USERNAME and PAYRIX_PASSWORD$"
    known = "must be one of sandbox, production, canada_sandbox, canada_production$"
    rows: list[tuple[dict[str, str], str]] = [
        *((values, none) for values in ({}, dict.fromkeys(VARIABLES, " "), {"USERNAME": "fake-user"})),
        ({**ALL, "ENVIRONMENT": "fake-password"}, f"PAYRIX_ENVIRONMENT {known}"),
        ({**ALL, "API_KEY": "fake-password\nx"}, "PAYRIX_API_KEY.*contains a line break"),
        ({**ALL, "BASE_URL": "https://user:fake-password@x"}, "PAYRIX_BASE_URL must not contain a user"),
    ]
    for values, words in rows:
        set_variables(values)
        with pytest.raises(ConfigurationException, match=words) as caught:
            Client.from_environment()
        assert "fake-password" not in f"{caught.value!s} {caught.value.__cause__} {caught.value.__context__}"
        if words == none:  # given in the call they are enough
            with Client.from_environment(api_key_credentials=ApiKeyCredentials("fake")) as client:
                assert client.config.environment is Environment.SANDBOX


def test_a_subclass_may_have_attributes_with_the_names_of_options() -> None:
    class Ours(Client):
        timeout: Any = None

    ours = Ours()
    ours.timeout = 1
    assert (ours.timeout, ours.config.timeout) == (1, 60.0)


def test_a_client_shows_no_secret_and_can_be_neither_changed_nor_copied_nor_encoded() -> None:
    with make_client(default_headers={"x-partner": "fake-header"}, default_query={"x": "fake-query"}) as client:
        options: Any = client.config
        with pytest.raises(AttributeError):
            options.timeout = 1
        for name in OPTIONS:
            with pytest.raises(AttributeError, match=rf"a client's {name} cannot be changed; .*with_options\({name}="):
                setattr(client, name, None)
        assert repr(client) == "Client(base_url='https://test-api.payrix.com')"
        assert repr(client.config) == "Configuration(api_key_credentials=ApiKeyCredentials('***'), max_retries=0)"
        with pytest.raises(TypeError, match="holds credentials and connections"):
            jsonpickle.decode('{"py/object": "payrix_sessions.Client"}')
        for value in (client, client.config, client.sessions):
            for serialize in (pickle.dumps, jsonpickle.encode):
                with pytest.raises(TypeError) as caught:
                    serialize(value)
                assert API_KEY not in str(caught.value)
        for keep in (copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="holds credentials and connections"):
                keep(client)
            assert keep(client.config) is client.config


def test_a_client_that_is_closed_between_attempts_stops(api: RequestsMock, monkeypatch: pytest.MonkeyPatch) -> None:
    reply(api, status=503)
    client = make_client(max_retries=2)

    def close(_seconds: float) -> None:
        client.close()

    monkeypatch.setattr("time.sleep", close)
    words = "closed before the request was retried; an earlier attempt was sent"
    with pytest.raises(ConnectionException, match=words) as caught:
        DELETE_ONE(client.sessions, request_token="order-7")
    assert (caught.value.may_have_been_sent, caught.value.attempts, caught.value.request_token) == (True, 1, "order-7")
    assert len(api.calls) == 1
