"""Which arguments are refused: before any request, by name."""

import datetime
import decimal
import enum
from typing import Any

import pytest
from responses import RequestsMock

from payrix_sessions import (
    ArgumentException,
    SessionPublicEnum,
    SessionResponse,
    SessionsController,
    SessionsPostRequest,
)
from tests.wire import (
    GET_MANY,
    GET_ONE,
    Operation,
    each_operation,
    each_operation_with_id,
    reply,
)

NOT_TEXT: list[object] = [5, 0, True, 1.5, b"bytes", ["list"], {"a": 1}, ..., SessionPublicEnum.PUBLICACCESS]
NOT_FOR_A_HEADER = [" a", "a ", "a\r\nX: b", "a\nb", "a\rb", "a\x00b", "\N{SNOWMAN}", "ключ", "\ud800"]


class _Colour(enum.Enum):
    RED = 1


class _Text(str):
    """Text with a life of its own."""


def readable(value: object) -> str:
    return ascii(value)[:30]


def assert_refused(
    api: RequestsMock, sessions: SessionsController, operation: Operation, argument: str, value: object
) -> None:
    reply(api)
    with pytest.raises(ArgumentException) as caught:
        operation(sessions, **{argument: value})
    assert argument in str(caught.value)
    assert isinstance(caught.value, ValueError)
    assert len(api.calls) == 0


@pytest.mark.parametrize(
    "value",
    [
        "",
        ".",
        "..",
        "\x00",
        "a\nb",
        "a\rb",
        "a\tb",
        "\x1f",
        "a\x7f",
        "\x85",
        "\ud800",
        "a\udfff",
        None,
        *NOT_TEXT,
    ],
    ids=readable,
)
@each_operation_with_id
def test_an_id_that_is_no_path_segment_is_refused(
    operation: Operation, value: object, api: RequestsMock, sessions: SessionsController
) -> None:
    assert_refused(api, sessions, operation, "id", value)


@pytest.mark.parametrize("value", ["", "t" * 101, "a\tb", "\x7f", "\x85", *NOT_FOR_A_HEADER, *NOT_TEXT], ids=readable)
@each_operation
def test_a_request_token_is_1_to_100_printable_characters(
    operation: Operation, value: object, api: RequestsMock, sessions: SessionsController
) -> None:
    assert_refused(api, sessions, operation, "request_token", value)


@pytest.mark.parametrize("value", [*NOT_FOR_A_HEADER, *NOT_TEXT], ids=readable)
@each_operation
def test_a_token_must_be_text_that_a_header_can_carry(
    operation: Operation, value: object, api: RequestsMock, sessions: SessionsController
) -> None:
    assert_refused(api, sessions, operation, "token", value)


@pytest.mark.parametrize("value", [*NOT_FOR_A_HEADER, *NOT_TEXT], ids=readable)
@pytest.mark.parametrize("argument", ["search", "totals"])
def test_search_and_totals_must_be_text_that_a_header_can_carry(
    argument: str, value: object, api: RequestsMock, sessions: SessionsController
) -> None:
    assert_refused(api, sessions, GET_MANY, argument, value)


@pytest.mark.parametrize("value", ["\ud800", *NOT_TEXT], ids=readable)
@pytest.mark.parametrize("operation", [GET_ONE, GET_MANY], ids=lambda operation: operation.name)
def test_embed_must_be_text_that_a_url_can_carry(
    operation: Operation, value: object, api: RequestsMock, sessions: SessionsController
) -> None:
    assert_refused(api, sessions, operation, "embed", value)


@pytest.mark.parametrize("value", [0, -1, -(10**30), True, False, 1.0, "1", float("nan"), [1], b"1"], ids=readable)
@pytest.mark.parametrize("argument", ["page_number", "page_limit"])
def test_pages_are_counted_in_whole_numbers_from_1(
    argument: str, value: object, api: RequestsMock, sessions: SessionsController
) -> None:
    assert_refused(api, sessions, GET_MANY, argument, value)


@pytest.mark.parametrize("value", [101, 10**30])
def test_a_page_holds_at_most_100(value: int, api: RequestsMock, sessions: SessionsController) -> None:
    assert_refused(api, sessions, GET_MANY, "page_limit", value)


def assert_body_refused(api: RequestsMock, sessions: SessionsController, body: Any, *named: str) -> None:
    reply(api)
    with pytest.raises(ArgumentException) as caught:
        sessions.post_sessions(body)
    assert any(name in str(caught.value) for name in (named or ("body",)))
    assert len(api.calls) == 0


@pytest.mark.parametrize(
    "body",
    [
        None,
        "login",
        b"{}",
        5,
        True,
        [],
        [("login", "x")],
        ("login",),
        ...,
        SessionResponse(login="x"),
        SessionsPostRequest,
    ],
    ids=readable,
)
def test_a_body_is_a_request_model_or_a_dict(body: object, api: RequestsMock, sessions: SessionsController) -> None:
    assert_body_refused(api, sessions, body)


def test_a_python_name_in_a_dict_is_refused_with_the_wire_name(api: RequestsMock, sessions: SessionsController) -> None:
    assert_body_refused(api, sessions, {"mfa_authenticated": 1}, "mfaAuthenticated")


FLAGS = {
    "public": "public",
    "token": "token",
    "mfa_authenticated": "mfaAuthenticated",
    "inactive": "inactive",
    "frozen": "frozen",
}
NOT_A_FLAG: list[object] = [
    7,
    -1,
    2,
    True,
    False,
    "1",
    "yes",
    1.0,
    decimal.Decimal(1),
    float("nan"),
    b"1",
    [1],
    {},
    _Colour.RED,
]


@pytest.mark.parametrize("value", NOT_A_FLAG, ids=readable)
@pytest.mark.parametrize("attribute", FLAGS)
def test_a_flag_of_a_request_model_is_0_or_1(
    attribute: str, value: object, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api)
    flag: dict[str, Any] = {attribute: value}
    with pytest.raises(ArgumentException) as caught:
        sessions.post_sessions(SessionsPostRequest(**flag))
    assert attribute in str(caught.value) or FLAGS[attribute] in str(caught.value)
    assert len(api.calls) == 0


@pytest.mark.parametrize("value", NOT_A_FLAG, ids=readable)
@pytest.mark.parametrize("name", FLAGS.values())
def test_a_flag_in_a_dict_is_0_or_1(name: str, value: object, api: RequestsMock, sessions: SessionsController) -> None:
    assert_body_refused(api, sessions, {name: value}, name)


def cycle() -> dict[str, Any]:
    body: dict[str, Any] = {}
    body["newField"] = body
    return body


def deep(levels: int) -> dict[str, Any]:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return {"newField": value}


@pytest.mark.parametrize(
    "body",
    [
        {"newField": float("nan")},
        {"newField": float("inf")},
        {"newField": float("-inf")},
        {"newField": decimal.Decimal("1.5")},
        {"newField": datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc)},
        {"newField": datetime.date(2025, 1, 1)},
        {"newField": b"bytes"},
        {"newField": {1, 2}},
        {"newField": object()},
        {"newField": _Colour.RED},
        {"newField": [1, {"a": [decimal.Decimal(1)]}]},
        {"newField": {"a": {"b": float("nan")}}},
        {"newField": {5: "a"}},
        {5: "a"},
        {None: "a"},
        {"login": object()},
        {"login": datetime.date(2025, 1, 1)},
        pytest.param(cycle(), id="a cycle"),
        pytest.param(deep(100_000), id="100,000 levels"),
    ],
    ids=readable,
)
def test_what_json_does_not_know_is_refused(body: object, api: RequestsMock, sessions: SessionsController) -> None:
    assert_body_refused(api, sessions, body, "body", "newField", "login")


def test_json_is_checked_in_a_request_model_too(api: RequestsMock, sessions: SessionsController) -> None:
    body = SessionsPostRequest()
    body.additional_properties["newField"] = [decimal.Decimal(1)]
    assert_body_refused(api, sessions, body, "body", "newField")


def test_subclasses_of_str_are_text(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api)
    sessions.get_sessions_id(_Text("p1_ssn_1"), _Text("token-1"))
    assert len(api.calls) == 1


@each_operation
def test_a_secret_argument_is_not_shown_when_it_is_refused(
    operation: Operation, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api)
    with pytest.raises(ArgumentException) as caught:
        operation(sessions, token="fake-auth-token\n")
    assert "fake-auth-token" not in str(caught.value) + repr(caught.value)
