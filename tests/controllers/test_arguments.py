"""Which arguments are rejected: before any request, by name, with what to write instead, and without their value."""

import datetime
import decimal
import json
import traceback
import uuid
from collections.abc import Callable
from enum import Enum
from typing import Any

import pytest
from responses import RequestsMock

from payrix_sessions import (
    ArgumentException,
    Search,
    SessionPostResponse,
    SessionPublicEnum,
    SessionResponse,
    SessionsController,
    SessionsPostRequest,
    TokenEnum,
    Totals,
    new_request_token,
)
from payrix_sessions._arguments import check_session_body
from tests.wire import (
    CREATE,
    DELETE_ONE,
    GET_MANY,
    GET_ONE,
    Operation,
    body_bytes,
    each_operation,
    each_operation_with_id,
    header,
    reply,
    sent,
)

LOGIN_ID = "p1_log_00a4d56d1b5c98e8694ae28"
SESSION_ID = "p1_ssn_00c73b181e33818d7c0a13a"
REQUEST_TOKEN = "order-1-20261123T231500Z-0123456789abcdef0123456789abcdef"
SECRET = "fake-auth-token-0123456789"
CREATED = {"response": {"data": [{"id": SESSION_ID, "login": "real"}]}}


def readable(value: object) -> str:
    return ascii(value)[:30]


@pytest.fixture
def rejected(api: RequestsMock, sessions: SessionsController) -> Callable[..., str]:
    """Make a call that is to be rejected, and return the message."""

    def call(operation: Operation, **arguments: Any) -> str:
        reply(api)
        with pytest.raises(ArgumentException) as caught:
            operation(sessions, **arguments)
        assert len(api.calls) == 0
        return str(caught.value)

    return call


Rejected = Callable[..., str]


# --- each argument of each operation is validated ---

NOT_A_STRING: list[object] = [5, b"bytes", ["list"], SessionPublicEnum.PUBLICACCESS]
NOT_FOR_A_HEADER = [" a", "a ", "a\r\nX: b", "a\x00b", "a\x85b", "\N{SNOWMAN}", "\ud800"]


def test_an_id_is_one_path_segment(rejected: Rejected) -> None:
    rows: list[object] = ["", ".", "..", "a\nb", "a\x7f", "\x85", "\ud800", None, *NOT_A_STRING]
    for value in rows:
        assert "id must" in rejected(GET_ONE, id=value)


def test_a_request_token_is_1_to_100_printable_characters(rejected: Rejected) -> None:
    rows: list[object] = ["", "t" * 101, *NOT_FOR_A_HEADER, *NOT_A_STRING]
    for value in rows:
        assert "request_token must" in rejected(GET_ONE, request_token=value)


def test_what_becomes_a_header_is_a_string_that_a_header_can_carry(rejected: Rejected) -> None:
    values: list[object] = [*NOT_FOR_A_HEADER, *NOT_A_STRING]
    for value in values:
        for argument in ("token", "search", "totals"):
            assert f"{argument} must" in rejected(GET_MANY, **{argument: value})


def test_an_empty_auth_token_is_rejected(rejected: Rejected) -> None:
    assert rejected(GET_ONE, token="") == "token must not be empty; omit it if there is none"


def test_embed_is_a_string_that_a_url_can_carry(rejected: Rejected) -> None:
    rows: list[object] = ["\ud800", *NOT_A_STRING]
    for value in rows:
        assert "embed must" in rejected(GET_MANY, embed=value)


def test_pages_are_counted_in_integers_from_1(rejected: Rejected) -> None:
    values: list[object] = [0, -(10**30), 2**31, 10**5000, True, 1.0, "1", float("nan")]
    for argument in ("page_number", "page_limit"):
        for value in values:
            assert f"{argument} must be" in rejected(GET_MANY, **{argument: value})


def test_who_wants_more_than_a_page_is_told_how_to_get_all(rejected: Rejected) -> None:
    assert rejected(GET_MANY, page_limit=0) == "page_limit must be 1 to 100"
    assert rejected(GET_MANY, page_limit=500) == "page_limit must be 1 to 100; iter_sessions goes through all pages"


@each_operation
def test_every_operation_validates_what_it_takes(operation: Operation, rejected: Rejected) -> None:
    assert "request_token" in rejected(operation, request_token="")
    assert "token" in rejected(operation, token="")


@each_operation_with_id
def test_every_operation_with_an_id_validates_it(operation: Operation, rejected: Rejected) -> None:
    assert "id" in rejected(operation, id="")


# --- calls that read as something else ---


def test_an_argument_in_the_place_of_another_is_rejected_with_the_right_one(rejected: Rejected) -> None:
    rows: list[tuple[Operation, dict[str, Any], str]] = [
        (
            GET_MANY,
            {"request_token": "created[greater]=2025-01-01"},
            "request_token looks like a search; write search=",
        ),
        (GET_MANY, {"request_token": "or[0][login][gte]=1"}, "request_token looks like a search; write search="),
        (GET_MANY, {"request_token": "public=1"}, "request_token looks like a search; write search="),
        (GET_MANY, {"request_token": "count[]=id"}, "request_token looks like totals; write totals="),
        (GET_MANY, {"request_token": Search("login").equals("x")}, "not SearchExpression; write search="),
        (GET_MANY, {"request_token": Search("login")}, "not Search; write search="),
        (GET_MANY, {"request_token": Totals.count("id")}, "not Totals; write totals="),
        (GET_MANY, {"request_token": 1}, "not int; write str(...), or page_number=... if it is a page"),
        (CREATE, {"request_token": new_request_token}, "not function; write new_request_token(), with parentheses"),
        (GET_ONE, {"id": "0" * 32}, "looks like a session's key"),
        (GET_MANY, {"request_token": SESSION_ID}, "get_sessions_id(id) looks it up"),
        (GET_ONE, {"request_token": "login"}, "request_token looks like a related object; write embed="),
        (CREATE, {"request_token": LOGIN_ID}, "new_request_token(id) makes a token of it"),
        (CREATE, {"request_token": uuid.UUID(int=1)}, "not UUID; write str(...)"),
        (CREATE, {"request_token": {"public": 1}}, "members of the session into the body"),
        (CREATE, {"body": REQUEST_TOKEN}, "as the first argument"),
        (GET_MANY, {"search": REQUEST_TOKEN}, "search looks like a request token; write request_token="),
        (GET_MANY, {"search": "count[]=id"}, "search looks like totals; write totals="),
        (GET_MANY, {"search": Totals.count("id")}, "not Totals; write totals="),
        (GET_MANY, {"search": {"created[greater]": "2025-01-01"}}, 'Search("created").greater("2025-01-01")'),
        (GET_MANY, {"search": ["a[equals]=1"]}, "join expressions with &"),
        (GET_MANY, {"search": Search("created")}, "search must have an operator"),
        (GET_MANY, {"totals": "created[greater]=2025-01-01"}, "totals looks like a search; write search="),
        (GET_MANY, {"totals": Search("login").equals("x")}, "not SearchExpression; write search="),
        (GET_MANY, {"totals": REQUEST_TOKEN}, "totals looks like a request token"),
        (GET_MANY, {"totals": {"count": "id"}}, 'Totals.count("id")'),
        (GET_MANY, {"token": REQUEST_TOKEN}, "token looks like a request token; write request_token="),
        (CREATE, {"token": TokenEnum.AUTHTOKENREQUIRED}, "the flag into the body"),
        (GET_MANY, {"embed": ["login"]}, 'one string, such as "login"'),
        (DELETE_ONE, {"id": SessionResponse(id="x")}, "write session.id"),
        (DELETE_ONE, {"id": SessionPostResponse(id="x")}, "write session.id"),
        (DELETE_ONE, {"id": {"id": "x"}}, 'write session["id"]'),
        (DELETE_ONE, {"id": 1}, "write str(...)"),
        (DELETE_ONE, {"id": ["a", "b"]}, "one call for each id"),
        (DELETE_ONE, {"id": LOGIN_ID}, "id looks like a login's id"),
        (DELETE_ONE, {"id": "https://api.payrix.com/sessions/x"}, "write the id alone"),
        (DELETE_ONE, {"id": "/sessions/x"}, "write the id alone"),
        (DELETE_ONE, {"id": REQUEST_TOKEN, "request_token": SESSION_ID}, "looks like a"),
        (GET_ONE, {"id": "login[equals]=x"}, "id looks like a search"),
    ]
    for operation, arguments, advice in rows:
        assert advice in rejected(operation, **arguments)


def test_a_whole_result_is_no_id(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api)
    result: Any = sessions.get_sessions()
    with pytest.raises(ArgumentException, match=r"write result\.one\(\)\.id"):
        sessions.delete_sessions_id(result)


def test_a_request_token_may_be_whatever_else(api: RequestsMock, sessions: SessionsController) -> None:
    rows: list[str] = ["20250423-example-001", "order=1042", "a[b]", "p1_1042", f"{SESSION_ID}-1", "a&b"]
    for token in rows:
        api.reset()
        reply(api)
        sessions.get_sessions(token)
        assert header(sent(api), "request-token") == token


# --- the body ---


def test_a_body_is_a_request_model_or_a_dict(rejected: Rejected) -> None:
    rows: list[object] = [None, b"{}", 5, [("login", "x")], SessionResponse(login="x"), SessionsPostRequest]
    for body in rows:
        assert "body must be a SessionsPostRequest or a dict, not " in rejected(CREATE, body=body)


def test_a_misspelt_member_is_rejected_with_the_right_spelling(rejected: Rejected) -> None:
    rows: list[tuple[str, str]] = [
        ("Public", "public"), ("PUBLIC", "public"), ("pubilc", "public"), ("is_public", "public"),
        ("mfa_authenticated", "mfaAuthenticated"), ("MFA Authenticated", "mfaAuthenticated"),
        ("mfa-authentcated", "mfaAuthenticated"), ("tokn", "token"), ("loginId", "login"), ("active", "inactive"),
        ("frozen ", "frozen"),
    ]  # fmt: skip
    for name, meant in rows:
        expected = f"body.{name} is not a member that the API knows; did you mean '{meant}'?"
        assert rejected(CREATE, body={name: 1}) == expected
        assert rejected(CREATE, body={name: None}) == expected
        model = SessionsPostRequest()
        model.additional_properties[name] = 1
        assert rejected(CREATE, body=model) == expected


def test_a_member_that_means_another_is_rejected_too(rejected: Rejected) -> None:
    assert rejected(CREATE, body={"private": 1}).endswith("did you mean 'public', which is 0 for a private session?")
    assert rejected(CREATE, body={"mfa": 1}).endswith("did you mean 'mfaAuthenticated'?")


def test_members_of_a_session_are_not_nested(rejected: Rejected) -> None:
    assert rejected(CREATE, body={"session": {"login": LOGIN_ID}}) == (
        "body.session must not be nested; write its members into the body itself"
    )


def test_a_member_of_another_enum_is_no_flag(rejected: Rejected) -> None:
    rows: list[object] = [{"public": TokenEnum(1)}, SessionsPostRequest(public=TokenEnum(1))]
    for body in rows:
        assert rejected(CREATE, body=body).endswith("1 (SessionPublicEnum.PUBLICACCESS), not TokenEnum")


def test_members_like_none_that_is_known_go_out_as_they_are(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, CREATED)
    body: Any = {"sso": 1, "key": "x", "id": "y", "open": 1, "join": 1, "publicKey": 1, "tokenType": 1, "": 1}
    sessions.post_sessions(body)
    assert json.loads(body_bytes(sent(api))) == body


NOT_A_FLAG: list[Any] = [7, -1, True, "1", 1.0, decimal.Decimal(1), float("nan"), b"1", [1], TokenEnum]


def test_a_flag_is_0_or_1(rejected: Rejected) -> None:
    for value in NOT_A_FLAG:
        expected = "body.frozen must be 0 (FrozenEnum.NOTFROZEN) or 1 (FrozenEnum.FROZEN)"
        assert rejected(CREATE, body={"frozen": value}).startswith(expected)
        assert rejected(CREATE, body=SessionsPostRequest(frozen=value)).startswith(expected)


def test_every_flag_is_one(rejected: Rejected) -> None:
    for name in ("public", "token", "mfaAuthenticated", "inactive"):
        assert f"body.{name} must be 0 (" in rejected(CREATE, body={name: 2})


def cycle() -> dict[str, Any]:
    body: dict[str, Any] = {}
    body["note"] = body
    return body


def nested(levels: int) -> dict[str, Any]:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return {"note": value}


def test_what_cannot_arrive_as_json_is_rejected(rejected: Rejected) -> None:
    rows: list[tuple[object, str]] = [
        ({"note": float("nan")}, "body.note must be a finite number"),
        ({"note": [float("-inf")]}, "body.note[0] must be a finite number"),
        ({"note": decimal.Decimal("1.5")}, "body.note must be JSON-serialisable"),
        ({"note": datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc)}, "not datetime"),
        ({"note": b"bytes"}, "not bytes"),
        ({"note": {1, 2}}, "not set"),
        ({"note": [1, {"a": [(1, 2)]}]}, "body.note[1].a[0] must be JSON-serialisable"),
        ({"note": 1 << 1024}, "at most 1024 bits"),
        ({"note": {5: "a"}}, "body.note must have strings as keys, not int"),
        ({None: "a"}, "body must have strings as keys, not None"),
        ({"\ud800": 1}, "surrogate"),
        ({"note": "\ud800"}, "surrogate"),
        ({"py/object": "a.B"}, "body.py/object must have another name"),
        ({"note": [{"py/anything": 1}]}, "body.note[0].py/anything must have another name"),
        ({"login": {"id": "x"}}, "body.login must be a string, not dict; write its id"),
        ({"login": SessionResponse()}, "body.login must be a string, not SessionResponse; write its id"),
        ({"\n" + "x" * 500: b""}, "not bytes"),
        (nested(10_000), "nested deeper than 64 levels"),
        (SessionsPostRequest(login=nested(10_000)["note"]), "body"),
        (cycle(), "body must not contain itself, or be nested deeper than 64 levels"),
        (nested(65), "nested deeper than 64 levels"),
    ]
    for body, reason in rows:
        message = rejected(CREATE, body=body)
        assert reason in message
        assert len(message) < 250
        assert message.isprintable()


def test_64_levels_can_be_sent(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, CREATED)
    body: Any = nested(64)
    sessions.post_sessions(body)
    assert json.loads(body_bytes(sent(api))) == body


# --- secrets ---


def test_neither_message_nor_traceback_shows_a_value(sessions: SessionsController) -> None:
    rows: list[tuple[Operation, dict[str, Any]]] = [
        (GET_ONE, {"token": SECRET + "\n"}),
        (GET_ONE, {"token": "token=" + SECRET}),
        (GET_ONE, {"request_token": SECRET + "\n"}),
        (GET_MANY, {"search": f"key[equals]={SECRET}\n"}),
        (CREATE, {"body": {"token": SECRET}}),
        (CREATE, {"body": {"public": SECRET}}),
        (CREATE, {"body": {"note": {"key": SECRET, "x": [SECRET + "\ud800"]}}}),
        (CREATE, {"body": {"note": {5: SECRET}}}),
        (CREATE, {"body": {"Public": SECRET}}),
        (CREATE, {"body": {"note": SECRET, "deep": cycle()}}),
        (CREATE, {"body": {"login": [SECRET]}}),
        (CREATE, {"body": SECRET}),
    ]
    for operation, arguments in rows:
        with pytest.raises(ArgumentException) as caught:
            operation(sessions, **arguments)
        exception = caught.value
        assert SECRET not in f"{exception} {exception!r}"
        assert exception.__context__ is None
        inside = [
            f for f, _ in traceback.walk_tb(exception.__traceback__) if "payrix_sessions/" in f.f_code.co_filename
        ]
        assert inside
        if operation is CREATE or "request_token" not in arguments:
            assert not any(SECRET in repr(value) for frame in inside for value in frame.f_locals.values())


def test_the_validation_itself_lets_go_of_a_body_that_it_rejects() -> None:
    with pytest.raises(ArgumentException) as caught:
        check_session_body("body", {"note": {5: SECRET}})
    frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)][1:]
    assert not any(SECRET in repr(value) for frame in frames for value in frame.f_locals.values())


def test_an_auth_token_in_the_place_of_the_flag_is_told_where_it_belongs(rejected: Rejected) -> None:
    assert "an Auth Token is passed as token=..." in rejected(CREATE, body={"token": SECRET})


# --- strings are what they hold, whatever their str() ---


class Known(str, Enum):
    VALUE = "real"


def test_a_body_is_reduced_to_the_types_that_json_gives(api: RequestsMock, sessions: SessionsController) -> None:
    class Half(float):
        """Stands for the numbers of other libraries."""

    body: Any = {"login": Known.VALUE, Known.VALUE: [{Known.VALUE: Known.VALUE}], "note": [TokenEnum(1), Half(0.5)]}
    plain = {"login": "real", "real": [{"real": "real"}], "note": [1, 0.5]}
    checked = check_session_body("body", body)
    assert repr(checked) == repr(plain)
    assert [type(item) for item in checked["note"]] == [int, float]
    reply(api, CREATED)
    sessions.post_sessions(body)
    assert json.loads(body_bytes(sent(api))) == plain
