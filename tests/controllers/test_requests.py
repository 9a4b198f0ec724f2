"""What each method puts on the wire: method, path, query, headers and body."""

from typing import Any
from urllib.parse import quote

from responses import RequestsMock

from payrix_sessions import Environment, MfaAuthenticatedEnum, SessionPublicEnum, SessionsPostRequest
from tests.controllers.conftest import Ask
from tests.wire import (
    BASE_URL,
    CREATE,
    DELETE_ONE,
    GET_MANY,
    GET_ONE,
    Operation,
    body_bytes,
    header,
    make_client,
    reply,
    sent,
)

# tests/transport/test_bytes.py has every byte of a request.

SEARCH, TOTALS = "created[greater]=2025-01-01&login[like]=%a b%", "sum[]=total&count[]=id"
PAGE = {"page_number": 2, "page_limit": 100, "embed": "a b&c=d#é"}
# The arguments that become headers, the others, and their query.
ARGUMENTS: list[tuple[Operation, dict[str, str], dict[str, Any], str]] = [
    (GET_ONE, {"request_token": "order 7/(a)", "token": "fake-auth"}, {"embed": "login"}, "?embed=login"),
    (DELETE_ONE, {"request_token": "t" * 100, "token": "fake-auth"}, {}, ""),
    (
        GET_MANY,
        {"request_token": "t", "search": SEARCH, "totals": TOTALS, "token": "fake-auth"},
        PAGE,
        "?page[number]=2&page[limit]=100&embed=a%20b%26c%3Dd%23%C3%A9",
    ),
    (CREATE, {"request_token": "order-7", "token": "fake-auth"}, {}, ""),
]


def test_each_argument_goes_where_it_belongs(api: RequestsMock, ask: Ask) -> None:
    for operation, headers, others, query in ARGUMENTS:
        ask(operation, **headers, **others)
        names = ("request-token", "token", "search", "totals")
        found = {name.replace("-", "_"): header(sent(api), name) for name in names if name in sent(api).headers}
        assert (found, sent(api).url) == (headers, BASE_URL + operation.path + query)


# The core cleans URLs; what it does to slashes and braces must not reach an id.
def test_an_id_stays_one_percent_encoded_path_segment(api: RequestsMock, ask: Ask) -> None:
    for operation in (GET_ONE, DELETE_ONE):
        for id in ("a//b", "../a", "...", "a?b=c#d", "%2e%2e", "100% a+b", "{id}", "http://x/", "ключ"):  # noqa: A001
            ask(operation, id=id)
            assert sent(api).url == f"{BASE_URL}/sessions/{quote(id, safe='')}"


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
    requests = [call.request for call in api.calls]
    assert [request.url for request in requests] == [
        f"{BASE_URL}/sessions?page[number]=3&expand[login][]=&depth=2",
        BASE_URL + GET_ONE.path,
        f"{BASE_URL}/sessions?expand[login][]=&depth=2",
    ]
    for request in requests:
        assert (header(request, "rate-limit-test"), header(request, "user-agent")) == ("1", "shop/1.0")
    assert header(requests[2], "content-type") == "application/json"


def test_the_body_says_what_was_set_and_nothing_else(api: RequestsMock, ask: Ask) -> None:
    flags = SessionsPostRequest(public=0, token=0, mfa_authenticated=0, inactive=0, frozen=0)
    shared = [{"a": 1}]
    unknown = SessionsPostRequest(login="x")
    unknown.additional_properties.update(one=shared, two={"three": shared})
    rows: list[tuple[Any, bytes]] = [
        (SessionsPostRequest(), b"{}"),
        (SessionsPostRequest(login='né"\n', public=SessionPublicEnum(1)), b'{"login": "n\\u00e9\\"\\n", "public": 1}'),
        (flags, b'{"public": 0, "token": 0, "mfaAuthenticated": 0, "inactive": 0, "frozen": 0}'),
        ({"mfaAuthenticated": MfaAuthenticatedEnum.MFADISABLED}, b'{"mfaAuthenticated": 0}'),
        ({"login": None, "public": 1, "newField": None}, b'{"public": 1}'),
        ({"newField": {"a": [1, None, True, 0.5, "x"]}}, b'{"newField": {"a": [1, null, true, 0.5, "x"]}}'),
        # jsonpickle, with which the core encodes, would replace the second list by a reference.
        (unknown, b'{"login": "x", "one": [{"a": 1}], "two": {"three": [{"a": 1}]}}'),
    ]
    for body, content in rows:
        before = repr(body)
        ask(CREATE, body=body)
        assert (body_bytes(sent(api)), repr(body)) == (content, before)
