"""What each method puts on the wire: method, path, query, headers and body."""

import json
import platform
from typing import Any
from urllib.parse import quote

import pytest
from responses import RequestsMock

import payrix_sessions
from payrix_sessions import (
    Environment,
    FrozenEnum,
    InactiveEnum,
    MfaAuthenticatedEnum,
    SessionPublicEnum,
    SessionsController,
    SessionsPostRequest,
    TokenEnum,
)
from tests.wire import (
    API_KEY,
    BASE_URL,
    CREATE,
    GET_MANY,
    GET_ONE,
    Operation,
    body_bytes,
    each_operation,
    each_operation_with_id,
    header,
    make_client,
    reply,
    sent,
)

ALWAYS_SENT = {"accept", "accept-encoding", "user-agent", "apikey"}
SENT_WITH_A_BODY = {"content-type", "content-length"}


@each_operation
def test_method_and_url_are_exact(operation: Operation, api: RequestsMock, sessions: SessionsController) -> None:
    reply(api)
    operation(sessions)
    assert (sent(api).method, sent(api).url) == (operation.http_method, BASE_URL + operation.path)


@each_operation
def test_no_header_is_sent_that_nobody_asked_for(
    operation: Operation, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api)
    operation(sessions)
    expected = ALWAYS_SENT | SENT_WITH_A_BODY if operation is CREATE else ALWAYS_SENT
    assert {name.lower() for name in sent(api).headers} == expected


@each_operation
def test_accept_is_json(operation: Operation, api: RequestsMock, sessions: SessionsController) -> None:
    reply(api)
    operation(sessions)
    assert header(sent(api), "accept") == "application/json"


@each_operation
def test_user_agent_names_the_package_its_version_and_that_of_python(
    operation: Operation, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api)
    operation(sessions)
    agent = header(sent(api), "user-agent")
    assert agent is not None
    assert f"payrix-sessions/{payrix_sessions.__version__}" in agent
    assert f"Python/{platform.python_version()}" in agent


@pytest.mark.parametrize("operation", [GET_ONE, GET_MANY], ids=lambda operation: operation.name)
def test_a_get_has_no_body(operation: Operation, api: RequestsMock, sessions: SessionsController) -> None:
    reply(api)
    operation(sessions)
    assert not sent(api).body


@each_operation
@pytest.mark.parametrize(("argument", "name"), [("request_token", "request-token"), ("token", "token")])
def test_tokens_go_into_their_headers(
    operation: Operation, argument: str, name: str, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api)
    operation(sessions, **{argument: "20250423-example/001 (a)"})
    assert header(sent(api), name) == "20250423-example/001 (a)"


@pytest.mark.parametrize("length", [1, 100])
@each_operation
def test_a_request_token_may_have_1_to_100_characters(
    operation: Operation, length: int, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api)
    operation(sessions, request_token="t" * length)
    assert header(sent(api), "request-token") == "t" * length


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("search", "created[greater]=2025-01-01"),
        ("search", "login[like]=%a b%&created[sort]=desc"),
        ("search", "or[0][id][equals]='1'&or[1][id][equals]=2"),
        ("totals", "count[]=id"),
        ("totals", "sum[]=total&count[]=id"),
    ],
)
def test_search_and_totals_go_into_their_headers_as_they_are(
    argument: str, value: str, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api)
    GET_MANY(sessions, **{argument: value})
    assert header(sent(api), argument) == value
    assert sent(api).url == f"{BASE_URL}/sessions"


@pytest.mark.parametrize(
    ("arguments", "query"),
    [
        ({"page_number": 1}, "page[number]=1"),
        ({"page_number": 1_000_000}, "page[number]=1000000"),
        ({"page_limit": 1}, "page[limit]=1"),
        ({"page_limit": 100}, "page[limit]=100"),
        ({"page_number": 2, "page_limit": 50}, "page[number]=2&page[limit]=50"),
        ({"embed": "login"}, "embed=login"),
        (
            {"page_number": 2, "page_limit": 50, "embed": "login"},
            "page[number]=2&page[limit]=50&embed=login",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_paging_and_embed_go_into_the_query(
    arguments: dict[str, Any], query: str, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api)
    GET_MANY(sessions, **arguments)
    assert sent(api).url == f"{BASE_URL}/sessions?{query}"


@pytest.mark.parametrize(
    ("value", "encoded"),
    [("login", "login"), ("a b", "a%20b"), ("a&b=c", "a%26b%3Dc"), ("a#b", "a%23b"), ("é", "%C3%A9")],
)
@pytest.mark.parametrize("operation", [GET_ONE, GET_MANY], ids=lambda operation: operation.name)
def test_embed_stays_one_query_value(
    operation: Operation, value: str, encoded: str, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api)
    operation(sessions, embed=value)
    assert sent(api).url == f"{BASE_URL}{operation.path}?embed={encoded}"


def test_all_arguments_together_go_where_they_belong(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api)
    sessions.get_sessions("token-1", "created[sort]=asc", "count[]=id", 1, 50, token="auth-1", embed="login")
    names = ("request-token", "search", "totals", "token")
    assert [header(sent(api), name) for name in names] == [
        "token-1",
        "created[sort]=asc",
        "count[]=id",
        "auth-1",
    ]
    assert sent(api).url == f"{BASE_URL}/sessions?page[number]=1&page[limit]=50&embed=login"


@pytest.mark.parametrize(
    "id",
    [
        "p1_ssn_00c741e02fbbe0645cb1fe7",
        "000000000000001",
        "a/b",
        "a//b",
        "../a",
        "..x",
        "...",
        "a?b=c",
        "a#b",
        "100%",
        "%2e%2e",
        "%2F",
        "a b",
        " ",
        "a;b",
        "a:b@c",
        "a\\b",
        "a+b",
        "a&b=c",
        "~-_.x",
        "{id}",
        "http://example.com/",
        "ключ",
        "é",
        "\N{GRINNING FACE}",
    ],
)
@each_operation_with_id
def test_an_id_stays_one_percent_encoded_path_segment(
    operation: Operation, id: str, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api)
    operation(sessions, id=id)
    assert sent(api).url == f"{BASE_URL}/sessions/{quote(id, safe='')}"


@pytest.mark.parametrize(
    ("options", "base_url"),
    [
        ({}, "https://test-api.payrix.com"),
        ({"environment": Environment.SANDBOX}, "https://test-api.payrix.com"),
        ({"environment": Environment.PRODUCTION}, "https://api.payrix.com"),
        ({"environment": Environment.CANADA_SANDBOX}, "https://test-api.payrixcanada.com"),
        ({"environment": Environment.CANADA_PRODUCTION}, "https://api.payrixcanada.com"),
        ({"base_url": "https://partner.example"}, "https://partner.example"),
        ({"base_url": "https://partner.example/"}, "https://partner.example"),
        ({"base_url": "https://partner.example:8443/payrix/v1/"}, "https://partner.example:8443/payrix/v1"),
        ({"base_url": "http://127.0.0.1:8080"}, "http://127.0.0.1:8080"),
        (
            {"environment": Environment.PRODUCTION, "base_url": "https://partner.example"},
            "https://partner.example",
        ),
    ],
    ids=str,
)
@each_operation
def test_the_environment_or_base_url_says_where_requests_go(
    operation: Operation, options: dict[str, Any], base_url: str, api: RequestsMock
) -> None:
    reply(api)
    with make_client(**options) as client:
        operation(client.sessions)
    assert sent(api).url == base_url + operation.path


@pytest.mark.parametrize(
    ("body", "content"),
    [
        (SessionsPostRequest(), {}),
        (SessionsPostRequest(login="p1_log_1"), {"login": "p1_log_1"}),
        (SessionsPostRequest(public=SessionPublicEnum.PRIVATEACCESS), {"public": 0}),
        (SessionsPostRequest(public=1), {"public": 1}),
        (SessionsPostRequest(inactive=0), {"inactive": 0}),
        (
            SessionsPostRequest(
                public=SessionPublicEnum.PUBLICACCESS,
                token=TokenEnum.AUTHTOKENDISABLED,
                mfa_authenticated=MfaAuthenticatedEnum.MFAENABLED,
                inactive=InactiveEnum.ACTIVE,
                frozen=FrozenEnum.NOTFROZEN,
                login="p1_log_1",
            ),
            {
                "login": "p1_log_1",
                "public": 1,
                "token": 0,
                "mfaAuthenticated": 1,
                "inactive": 0,
                "frozen": 0,
            },
        ),
        ({}, {}),
        ({"login": "p1_log_1", "public": 1}, {"login": "p1_log_1", "public": 1}),
        ({"mfaAuthenticated": MfaAuthenticatedEnum.MFADISABLED}, {"mfaAuthenticated": 0}),
        ({"newField": {"a": [1, None, True, 0.5, "x"]}}, {"newField": {"a": [1, None, True, 0.5, "x"]}}),
    ],
    ids=str,
)
def test_the_body_says_what_was_set_and_nothing_else(
    body: SessionsPostRequest | dict[str, Any],
    content: dict[str, Any],
    api: RequestsMock,
    sessions: SessionsController,
) -> None:
    reply(api)
    sessions.post_sessions(body)
    assert json.loads(body_bytes(sent(api))) == content
    assert all(type(value) is not bool for value in json.loads(body_bytes(sent(api))).values())


def test_the_bytes_of_a_body_are_plain_json(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api)
    sessions.post_sessions(SessionsPostRequest(login='né"\n', public=SessionPublicEnum.PUBLICACCESS, token=0))
    assert body_bytes(sent(api)) == b'{"login": "n\\u00e9\\"\\n", "public": 1, "token": 0}'
    assert header(sent(api), "content-length") == str(len(body_bytes(sent(api))))
    assert header(sent(api), "content-type") == "application/json"


def test_unknown_fields_of_a_request_model_are_sent(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api)
    body = SessionsPostRequest(login="p1_log_1")
    body.additional_properties["newField"] = "x"
    sessions.post_sessions(body)
    assert json.loads(body_bytes(sent(api))) == {"login": "p1_log_1", "newField": "x"}


def test_a_body_is_left_as_it_was(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api)
    body = {"public": SessionPublicEnum.PUBLICACCESS, "newField": [1]}
    sessions.post_sessions(body)
    assert body == {"public": SessionPublicEnum.PUBLICACCESS, "newField": [1]}
    assert isinstance(body["public"], SessionPublicEnum)


@each_operation
def test_the_key_goes_into_its_header_alone(
    operation: Operation, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api)
    operation(sessions)
    request = sent(api)
    assert [name for name, value in request.headers.items() if API_KEY in str(value)] == ["APIKEY"]
    assert API_KEY not in str(request.url)
