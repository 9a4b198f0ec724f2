"""Which arguments are rejected: before any request, by name, with what to write instead; and what goes out."""

import datetime
import decimal
import json
import pickle
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from responses import RequestsMock

from payrix_sessions import (
    ArgumentException,
    MfaAuthenticatedEnum,
    Search,
    SessionPostResponse,
    SessionPublicEnum,
    SessionResponse,
    SessionsPostRequest,
    TokenEnum,
    Totals,
    new_request_token,
)
from payrix_sessions._arguments import check_session_body
from tests.controllers.conftest import Ask
from tests.support.leaks import leaks
from tests.wire import (
    BASE_URL,
    CREATE,
    DELETE_ONE,
    GET_MANY,
    GET_ONE,
    OPERATIONS,
    Operation,
    Shown,
    body_bytes,
    envelope,
    header,
    make_client,
    reply,
    sent,
    session,
)

LOGIN_ID = "p1_log_00a4d56d1b5c98e8694ae28"
SESSION_ID = "p1_ssn_00c73b181e33818d7c0a13a"
REQUEST_TOKEN = "order-1-20261123T231500Z-0123456789abcdef0123456789abcdef"
SECRET = "fake-auth-token-0123456789"

Rejected = Callable[..., str]


@pytest.fixture
def rejected(api: RequestsMock, ask: Ask) -> Rejected:
    """Make a call that is to be rejected without showing the secret, and return the message."""

    def call(operation: Operation, **arguments: Any) -> str:
        with pytest.raises(ArgumentException) as caught:
            ask(operation, **arguments)
        assert len(api.calls) == 0
        # Other arguments are no secrets: they stay on the stack.
        is_secret = not arguments.keys().isdisjoint({"token", "search", "body"})
        assert leaks(caught.value if is_secret else str(caught.value), [SECRET]) == []
        return str(caught.value)

    return call


NOT_A_STRING: list[object] = [5, b"bytes", ["list"], SessionPublicEnum.PUBLICACCESS]
ODD_TEXTS = (" a", "a ", "a\r\nX: b", "a\x00b", "a\x85b", "\N{SNOWMAN}", "\ud800", f"{SECRET}\n")
NOT_FOR_A_HEADER: list[object] = [*ODD_TEXTS, *NOT_A_STRING]


def test_what_cannot_arrive_as_it_is_is_rejected_by_name(rejected: Rejected) -> None:
    empty: list[object] = [""]
    no_bodies: list[object] = [None, SECRET, b"{}", [("login", "x")], SessionResponse(login="x"), SessionsPostRequest]
    rows: list[tuple[Operation, str, list[object], str]] = [
        (GET_ONE, "id", [".", "..", "a\nb", "a\x7f", "\x85", "\ud800", None, *NOT_A_STRING], "id must"),
        *((operation, "id", empty, "id must not be empty") for operation in (GET_ONE, DELETE_ONE)),
        (GET_MANY, "request_token", ["t" * 101, *NOT_FOR_A_HEADER], "request_token must"),
        *((each, "request_token", empty, "request_token must be 1 to 100 characters") for each in OPERATIONS),
        *((GET_MANY, name, NOT_FOR_A_HEADER, f"{name} must") for name in ("token", "search", "totals")),
        *((each, "token", empty, "token must not be empty; omit it if there is none") for each in OPERATIONS),
        (GET_MANY, "embed", ["\ud800", *NOT_A_STRING], "embed must"),
        (GET_MANY, "page_number", [0, -(10**30)], "page_number must be at least 1"),
        (GET_MANY, "page_number", [2**31, 10**5000, True, 1.0, "1"], "page_number must be"),
        (GET_MANY, "page_limit", [0, -1], "page_limit must be 1 to 100"),
        (GET_MANY, "page_limit", [101, 10**5000], "page_limit must be 1 to 100; iter_sessions goes through all pages"),
        (GET_MANY, "page_limit", [True, 1.0, "1"], "page_limit must be an integer from 1 to 100, not"),
        (CREATE, "body", no_bodies, "body must be a SessionsPostRequest or a dict, not "),
    ]
    for operation, name, values, words in rows:
        for value in values:
            message = rejected(operation, **{name: value})
            assert message.startswith(words)
            assert ("iter_sessions" in message) is ("iter_sessions" in words)


def test_an_argument_in_the_place_of_another_is_rejected_with_the_right_one(rejected: Rejected, ask: Ask) -> None:
    searches = ("created[greater]=2025-01-01", "or[0][login][gte]=1", "public=1")
    records = (SessionResponse(id="x"), SessionPostResponse(id="x"))
    rows: list[tuple[Operation, str, Any, str]] = [
        *((GET_MANY, "request_token", search, "looks like a search; write search=") for search in searches),
        (GET_MANY, "request_token", "count[]=id", "looks like totals; write totals="),
        (GET_MANY, "request_token", Search("login").equals("x"), "not SearchExpression; write search="),
        (GET_MANY, "request_token", Search("login"), "not Search; write search="),
        (GET_MANY, "request_token", Totals.count("id"), "not Totals; write totals="),
        (GET_MANY, "request_token", 1, "not int; write str(...), or page_number=... if it is a page"),
        (CREATE, "request_token", new_request_token, "not function; write new_request_token(), with parentheses"),
        (GET_MANY, "request_token", SESSION_ID, "get_sessions_id(id) looks it up"),
        (GET_ONE, "request_token", "login", "looks like a related object; write embed="),
        (CREATE, "request_token", LOGIN_ID, "new_request_token(id) makes a token of it"),
        (CREATE, "request_token", uuid.UUID(int=1), "not UUID; write str(...)"),
        (CREATE, "request_token", {"public": 1}, "members of the session into the body"),
        (CREATE, "body", REQUEST_TOKEN, "as the first argument"),
        *((GET_MANY, name, REQUEST_TOKEN, "a request token; write request_") for name in ("search", "totals", "token")),
        (GET_MANY, "search", "count[]=id", "looks like totals; write totals="),
        (GET_MANY, "search", Totals.count("id"), "not Totals; write totals="),
        (GET_MANY, "search", {"created[greater]": "2025-01-01"}, 'Search("created").greater("2025-01-01")'),
        (GET_MANY, "search", ["a[equals]=1"], "join expressions with &"),
        (GET_MANY, "search", Search("created"), "must have an operator"),
        (GET_MANY, "totals", "created[greater]=2025-01-01", "looks like a search; write search="),
        (GET_MANY, "totals", Search("login").equals("x"), "not SearchExpression; write search="),
        (GET_MANY, "totals", {"count": "id"}, 'Totals.count("id")'),
        (CREATE, "token", TokenEnum.AUTHTOKENREQUIRED, "the flag into the body"),
        (GET_ONE, "token", f"token={SECRET}", "looks like a search"),
        (GET_MANY, "embed", ["login"], 'one string, such as "login"'),
        *((DELETE_ONE, "id", record, "write session.id") for record in records),
        (DELETE_ONE, "id", {"id": "x"}, 'write session["id"]'),
        (DELETE_ONE, "id", 1, "write str(...)"),
        (DELETE_ONE, "id", ["a", "b"], "one call for each id"),
        *((DELETE_ONE, "id", f"{at}/sessions/x", "write the id alone") for at in ("https://api.payrix.com", "")),
        (DELETE_ONE, "id", LOGIN_ID, "looks like a login's id"),
        (DELETE_ONE, "id", REQUEST_TOKEN, "looks like a request token"),
        (GET_ONE, "id", "login[equals]=x", "looks like a search"),
        (GET_ONE, "id", "0" * 32, "looks like a session's key"),
        (DELETE_ONE, "id", ask(GET_MANY), "write result.one().id"),
    ]
    for operation, name, value, advice in rows:
        message = rejected(operation, **{name: value})
        assert message.startswith(name)
        assert advice in message


MISSPELT = {
    "'public'": ["Public", "PUBLIC", "pubilc", "is_public"],
    "'mfaAuthenticated'": ["mfa_authenticated", "MFA Authenticated", "mfa-authentcated", "mfa"],
    "'token'": ["tokn"],
    "'login'": ["loginId"],
    "'inactive'": ["active"],
    "'frozen'": ["frozen "],
    "'public', which is 0 for a private session": ["private"],
    "the argument request_token": ["request_token", "requestToken", "Request-Token"],
    "the members of one session themselves": ["data", "response"],
}


def nested(levels: int) -> dict[str, Any]:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return {"note": value}


def test_a_body_with_a_misspelt_member_or_what_is_no_json_is_rejected(rejected: Rejected) -> None:
    cycle: dict[str, Any] = {"key": SECRET}
    cycle["note"] = cycle
    model = SessionsPostRequest()
    model.additional_properties["Public"] = SECRET
    rows: list[tuple[object, str]] = [
        (model, "did you mean 'public'?"),
        ({"note": float("nan")}, "body.note must be a finite number"),
        ({"note": [float("-inf")]}, "body.note[0] must be a finite number"),
        ({"note": decimal.Decimal("1.5")}, "body.note must be JSON-serialisable"),
        ({"note": datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc)}, "not datetime"),
        ({"note": {1, 2}}, "not set"),
        ({"note": [1, {"a": [(1, 2)]}]}, "body.note[1].a[0] must be JSON-serialisable"),
        ({"note": 1 << 1024}, "at most 1024 bits"),
        ({"note": {5: SECRET}}, "body.note must have strings as keys, not int"),
        ({None: "a"}, "body must have strings as keys, not None"),
        ({"\ud800": 1}, "surrogate"),
        ({"note": {"key": SECRET, "x": [f"{SECRET}\ud800"]}}, "surrogate"),
        ({"py/object": "a.B"}, "body.py/object must have another name"),
        ({"note": [{"py/anything": 1}]}, "body.note[0].py/anything must have another name"),
        ({"login": {"id": "x"}}, "body.login must be a string, not dict; write its id"),
        ({"login": SessionResponse()}, "body.login must be a string, not SessionResponse; write its id"),
        ({"login": [SECRET]}, "body.login must be a string, not list"),
        ({"token": SECRET}, "an Auth Token is passed as token=..."),
        ({"session": {"login": "x"}}, "body.session must not be nested; write its members into the body itself"),
        ({"\n" + "x" * 500: b""}, "not bytes"),
        (nested(10_000), "nested deeper than 64 levels"),
        (SessionsPostRequest(login=nested(10_000)["note"]), "body"),
        (cycle, "body must not contain itself, or be nested deeper than 64 levels"),
        (nested(65), "nested deeper than 64 levels"),
    ]
    for meant, name in [(meant, name) for meant, names in MISSPELT.items() for name in names]:
        words = f"body.{name} is not a member that the API knows; did you mean {meant}?"
        rows += [({name: SECRET}, words), ({name: None}, words)]
    for body, reason in rows:
        message = rejected(CREATE, body=body)
        assert reason in message
        assert len(message) < 250
        assert message.isprintable()


def test_a_flag_is_0_or_1(rejected: Rejected) -> None:
    rows: list[Any] = [7, -1, True, "1", SECRET, 1.0, decimal.Decimal(1), float("nan"), b"1", [1], TokenEnum]
    for value in [*rows, TokenEnum(1)]:
        bodies: list[object] = [{"frozen": value}, SessionsPostRequest(frozen=value)]
        for body in bodies:
            expected = "body.frozen must be 0 (FrozenEnum.NOTFROZEN) or 1 (FrozenEnum.FROZEN)"
            assert rejected(CREATE, body=body).removeprefix(expected) in ("", f", not {type(value).__name__}")
    for name in ("public", "token", "mfaAuthenticated", "inactive"):
        assert f"body.{name} must be 0 (" in rejected(CREATE, body={name: 2})


class Half(float):
    """Stands for the numbers of other libraries."""

    def __repr__(self) -> str:
        return "half"


# tests/transport/test_bytes.py has every byte of a request, and tests/test_properties.py any argument.
def test_what_is_taken_arrives_as_what_it_holds(api: RequestsMock, ask: Ask) -> None:
    for token in ("t", "t" * 100, "order=1042", "a[b]", "p1_1042", f"{SESSION_ID}-1", "a&b", "order 7/(a)"):
        ask(GET_MANY, request_token=token)
        assert header(sent(api), "request-token") == token
    ask(GET_ONE, **dict.fromkeys(("id", "request_token", "token", "embed"), Shown.ID))
    assert str(sent(api).url).endswith("/sessions/id?embed=id")
    assert [header(sent(api), name) for name in ("request-token", "token")] == ["id", "id"]


def test_a_body_says_what_was_set_and_nothing_else_in_the_types_of_json(api: RequestsMock, ask: Ask) -> None:
    flags = {"public": 0, "token": 0, "mfaAuthenticated": 0, "inactive": 0, "frozen": 0}
    shared = [{"a": 1}]
    unknown = SessionsPostRequest(login="x")
    unknown.additional_properties.update(one=shared, two={"three": shared})
    unlike = {"sso": 1, "key": "x", "id": "y", "open": 1, "join": 1, "publicKey": 1, "tokenType": 1, "": 1}
    wrong: Any = TokenEnum(1)
    odd: Any = {"login": Shown.ID, Shown.ID: [{Shown.ID: Shown.ID}], "note": [TokenEnum(1), Half(0.5)]}
    rows: list[tuple[Any, dict[str, Any]]] = [
        (SessionsPostRequest(), {}),
        (SessionsPostRequest(login='né"\n', public=SessionPublicEnum(1)), {"login": 'né"\n', "public": 1}),
        (SessionsPostRequest.from_dictionary(flags), flags),
        ({"mfaAuthenticated": MfaAuthenticatedEnum.MFADISABLED}, {"mfaAuthenticated": 0}),
        ({"login": None, "public": 1, "newField": None}, {"public": 1}),
        ({"newField": {"a": [1, None, True, 0.5, "x"]}}, {"newField": {"a": [1, None, True, 0.5, "x"]}}),
        # jsonpickle, with which the core encodes, would replace the second list by a reference.
        (unknown, {"login": "x", "one": [{"a": 1}], "two": {"three": [{"a": 1}]}}),
        (SessionsPostRequest(login=wrong, additional_properties={"login": "x"}), {"login": "x"}),
        (unlike, unlike),  # like no member that is known
        (nested(64), nested(64)),
        (odd, {"login": "id", "id": [{"id": "id"}], "note": [1, 0.5]}),
    ]
    for body, plain in rows:
        before = pickle.dumps(body)
        ask(CREATE, envelope(session(login=plain.get("login"))), body=body)
        assert (body_bytes(sent(api)), pickle.dumps(body)) == (json.dumps(plain).encode(), before)
        assert repr(check_session_body("body", body)) == repr(plain)


def test_default_headers_and_query_go_along_with_every_call(api: RequestsMock) -> None:
    reply(api)
    headers = {"rate-limit-test": "1", "User-Agent": "shop/1.0"}
    with make_client(default_headers=headers, default_query={"expand[login][]": "", "depth": 2}) as client:
        client.sessions.get_sessions(page_number=3)
        CREATE(client.sessions)
    urls = [f"{BASE_URL}/sessions?{page}expand[login][]=&depth=2" for page in ("page[number]=3&", "")]
    assert [call.request.url for call in api.calls] == urls
    for call in api.calls:
        assert {name: header(call.request, name) for name in headers} == headers


def test_a_made_request_token_is_the_prefix_the_time_and_random_digits() -> None:
    prefixes: list[Any] = ["", "x" * 50, Shown.ID]
    for prefix in prefixes:
        before = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        token = new_request_token(prefix)
        match = re.fullmatch(r"(.*?)-?(\d{8}T\d{6}Z)-[0-9a-f]{32}", token)
        assert match
        made = datetime.datetime.strptime(f"{match[2]}+0000", "%Y%m%dT%H%M%SZ%z")
        assert match[1] == str.__str__(prefix)
        assert before <= made <= datetime.datetime.now(datetime.timezone.utc)
        assert len(token) <= 100
        assert token != new_request_token(prefix)
    rows: list[Any] = ["x" * 51, 5, b"a", "a ", "a\r\nX: b", "ключ", "\ud800"]
    for prefix in rows:
        with pytest.raises(ArgumentException, match="prefix must"):
            new_request_token(prefix)
