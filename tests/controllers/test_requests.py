"""What each method puts on the wire: method, path, query, headers and body."""

import json
import platform
from enum import Enum
from typing import Any
from urllib.parse import quote

from responses import RequestsMock

import payrix_sessions
from payrix_sessions import (
    ApiKeyCredentials,
    Environment,
    MfaAuthenticatedEnum,
    SessionPublicEnum,
    SessionsController,
    SessionsPostRequest,
)
from tests.wire import (
    API_KEY,
    BASE_URL,
    CREATE,
    DELETE_ONE,
    GET_MANY,
    GET_ONE,
    Operation,
    body_bytes,
    each_operation,
    header,
    make_client,
    reply,
    sent,
)


@each_operation
def test_a_method_sends_its_request_and_no_header_that_nobody_asked_for(
    operation: Operation, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api)
    operation(sessions)
    request = sent(api)
    assert (request.method, request.url) == (operation.http_method, BASE_URL + operation.path)
    headers = {name.lower(): header(request, name) for name in request.headers}
    agent = f"payrix-sessions/{payrix_sessions.__version__} Python/{platform.python_version()}"
    expected: dict[str, str | None] = {
        "accept": "application/json",
        "accept-encoding": "gzip, deflate",
        "user-agent": agent,
        "apikey": API_KEY,
    }
    if operation is CREATE:
        expected |= {"content-type": "application/json", "content-length": str(len(body_bytes(request)))}
    else:
        assert request.body is None
    assert headers == expected
    assert API_KEY not in str(request.url)


ARGUMENTS: list[tuple[Operation, dict[str, Any], dict[str, str], str]] = [
    (
        GET_ONE,
        {"request_token": "order 7/(a)", "token": "fake-auth", "embed": "login"},
        {"request-token": "order 7/(a)", "token": "fake-auth"},
        "?embed=login",
    ),
    (
        DELETE_ONE,
        {"request_token": "t" * 100, "token": "fake-auth"},
        {"request-token": "t" * 100, "token": "fake-auth"},
        "",
    ),
    (
        GET_MANY,
        {
            "request_token": "t",
            "search": "created[greater]=2025-01-01&login[like]=%a b%",
            "totals": "sum[]=total&count[]=id",
            "page_number": 2,
            "page_limit": 100,
            "token": "fake-auth",
            "embed": "a b&c=d#é",
        },
        {
            "request-token": "t",
            "search": "created[greater]=2025-01-01&login[like]=%a b%",
            "totals": "sum[]=total&count[]=id",
            "token": "fake-auth",
        },
        "?page[number]=2&page[limit]=100&embed=a%20b%26c%3Dd%23%C3%A9",
    ),
    (
        CREATE,
        {"request_token": "order-7", "token": "fake-auth"},
        {"request-token": "order-7", "token": "fake-auth"},
        "",
    ),
]


def test_each_argument_goes_where_it_belongs(api: RequestsMock, sessions: SessionsController) -> None:
    for operation, arguments, headers, query in ARGUMENTS:
        api.reset()
        reply(api)
        operation(sessions, **arguments)
        names = ("request-token", "token", "search", "totals")
        assert {name: header(sent(api), name) for name in names if name in sent(api).headers} == headers
        assert sent(api).url == BASE_URL + operation.path + query


def test_the_positional_order_is_that_of_the_documentation(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api)
    sessions.get_sessions("token-1", "created[sort]=asc", "count[]=id", 1, 50)
    names = ("request-token", "search", "totals")
    assert [header(sent(api), name) for name in names] == ["token-1", "created[sort]=asc", "count[]=id"]
    assert sent(api).url == f"{BASE_URL}/sessions?page[number]=1&page[limit]=50"


# The core cleans URLs; what it does to slashes and braces must not reach an id.
def test_an_id_stays_one_percent_encoded_path_segment(api: RequestsMock, sessions: SessionsController) -> None:
    rows: list[str] = ["a//b", "../a", "...", "a?b=c#d", "%2e%2e", "100% a+b", "{id}", "http://x/", "ключ"]
    for id in rows:  # noqa: A001
        api.reset()
        reply(api)
        sessions.get_sessions_id(id)
        sessions.delete_sessions_id(id)
        assert [call.request.url for call in api.calls] == [f"{BASE_URL}/sessions/{quote(id, safe='')}"] * 2


def test_the_environment_or_base_url_says_where_requests_go(api: RequestsMock) -> None:
    rows: list[tuple[dict[str, Any], str]] = [
        *(({"environment": environment}, environment.value) for environment in Environment),
        ({"base_url": "https://partner.example:8443/payrix/v1/"}, "https://partner.example:8443/payrix/v1"),
        ({"environment": Environment.PRODUCTION, "base_url": "HTTPS://partner.example"}, "https://partner.example"),
    ]
    for options, base_url in rows:
        api.reset()
        reply(api)
        with make_client(**options) as client:
            GET_ONE(client.sessions)
        assert sent(api).url == base_url + GET_ONE.path


def test_default_headers_and_query_go_along_with_every_call(api: RequestsMock) -> None:
    reply(api)
    with make_client(
        default_headers={"rate-limit-test": "1", "User-Agent": "shop/1.0"},
        default_query={"expand[login][]": "", "depth": 2},
    ) as client:
        client.sessions.get_sessions(page_number=3)
        GET_ONE(client.with_options(default_query=None).sessions)
        CREATE(client.sessions)
    first, second, third = (call.request for call in api.calls)
    assert first.url == f"{BASE_URL}/sessions?page[number]=3&expand[login][]=&depth=2"
    assert second.url == BASE_URL + GET_ONE.path
    assert third.url == f"{BASE_URL}/sessions?expand[login][]=&depth=2"
    for request in (first, second, third):
        assert header(request, "rate-limit-test") == "1"
        assert header(request, "user-agent") == "shop/1.0"
    assert header(third, "content-type") == "application/json"


BODIES: list[tuple[Any, bytes]] = [
    (SessionsPostRequest(), b"{}"),
    (
        SessionsPostRequest(login='né"\n', public=SessionPublicEnum.PUBLICACCESS),
        b'{"login": "n\\u00e9\\"\\n", "public": 1}',
    ),
    (
        SessionsPostRequest(public=0, token=0, mfa_authenticated=0, inactive=0, frozen=0),
        b'{"public": 0, "token": 0, "mfaAuthenticated": 0, "inactive": 0, "frozen": 0}',
    ),
    ({"mfaAuthenticated": MfaAuthenticatedEnum.MFADISABLED}, b'{"mfaAuthenticated": 0}'),
    ({"newField": {"a": [1, None, True, 0.5, "x"]}}, b'{"newField": {"a": [1, null, true, 0.5, "x"]}}'),
]


def test_the_body_says_what_was_set_and_nothing_else(api: RequestsMock, sessions: SessionsController) -> None:
    for body, content in BODIES:
        api.reset()
        reply(api)
        before = repr(body)
        sessions.post_sessions(body)
        assert body_bytes(sent(api)) == content
        assert repr(body) == before


def test_what_a_model_does_not_know_is_sent_and_a_shared_list_is_sent_twice(
    api: RequestsMock, sessions: SessionsController
) -> None:
    # jsonpickle, with which the core encodes, would replace the second list by a reference.
    reply(api)
    shared = [{"a": 1}]
    body = SessionsPostRequest(login="p1_log_1")
    body.additional_properties.update(one=shared, two={"three": shared})
    sessions.post_sessions(body)
    assert json.loads(body_bytes(sent(api))) == {"login": "p1_log_1", "one": shared, "two": {"three": shared}}


class Known(str, Enum):
    """The `str` of its members is their name on Python 3.10, their value later, and neither is what they hold."""

    VALUE = "real-value"

    def __str__(self) -> str:
        return "shown"


def test_a_string_is_what_it_holds_whatever_it_shows(api: RequestsMock) -> None:
    reply(api)
    value: Any = Known.VALUE
    with make_client(api_key_credentials=ApiKeyCredentials(value)) as client:
        client.sessions.get_sessions_id(value, value, token=value, embed=value)
        body: Any = {"login": value, "newField": value}
        client.sessions.post_sessions(body)
    first, second = (call.request for call in api.calls)
    assert first.url == f"{BASE_URL}/sessions/real-value?embed=real-value"
    assert {header(first, name) for name in ("APIKEY", "request-token", "token")} == {"real-value"}
    assert body_bytes(second) == b'{"login": "real-value", "newField": "real-value"}'
