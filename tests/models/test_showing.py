"""What printing a model shows, and what it never shows."""

from typing import Any

import pytest

from payrix_sessions import (
    ErrorItem,
    SessionPostResponse,
    SessionPublicEnum,
    SessionResponse,
    SessionsPostResponseResult,
    SessionsResponseResult,
)
from tests import fixtures
from tests.models.tables import TABLES, Table
from tests.wire import printed

SECRET = "fake-secret-0123456789abcdef"


@pytest.mark.parametrize("model", [SessionResponse, SessionPostResponse])
def test_the_key_of_a_session_is_never_printed(model: type[SessionResponse]) -> None:
    session = model.from_dictionary({"id": "p1_ssn_1", "key": SECRET})
    assert session.key == SECRET
    assert SECRET not in printed(session)
    assert "***" in repr(session)
    assert "***" in str(session)


@pytest.mark.parametrize("model", [SessionsResponseResult, SessionsPostResponseResult])
def test_the_keys_in_a_result_are_never_printed(
    model: type[SessionsResponseResult] | type[SessionsPostResponseResult],
) -> None:
    for count in (1, 2, 50):
        source = {"response": {"data": [{"id": f"p1_ssn_{n}", "key": f"{SECRET}{n}"} for n in range(count)]}}
        body = model.from_dictionary(source)
        assert SECRET not in printed(body) + printed(body.response) + printed(body.data)


@pytest.mark.parametrize("name", ["password", "mfaSecret", "key"])
@pytest.mark.parametrize("place", ["login", "creator", "below login", "list below login", "unknown field", "top"])
def test_secrets_in_an_embedded_login_are_never_shown(name: str, place: str) -> None:
    inner = {"id": "p1_log_1", name: SECRET}
    source: dict[str, dict[str, Any]] = {
        "login": {"login": inner},
        "creator": {"creator": inner},
        "below login": {"login": {"id": "p1_log_1", "division": inner}},
        "list below login": {"login": {"others": [inner]}},
        "unknown field": {"newField": inner},
        "top": inner,
    }
    session = SessionResponse.from_dictionary(source[place])
    body = SessionsResponseResult.from_dictionary({"response": {"data": [source[place]]}})
    assert SECRET not in printed(session, body)
    assert SECRET in str(session.to_dictionary())
    assert SECRET not in str(session.to_dictionary(mask_secrets=True))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.model.__name__)
def test_a_repr_is_one_line_that_starts_with_the_class(table: Table) -> None:
    model = table.model.from_dictionary(dict.fromkeys(table.wire_names.values(), "a value"))
    assert repr(model).startswith(f"{table.model.__name__}(")
    assert "\n" not in repr(model)


def test_a_repr_shows_what_is_set_and_leaves_out_the_rest() -> None:
    session = SessionResponse(id="p1_ssn_1", public=SessionPublicEnum.PRIVATEACCESS)
    assert repr(session) == "SessionResponse(id='p1_ssn_1', public=<SessionPublicEnum.PRIVATEACCESS: 0>)"


def test_a_str_is_one_field_a_line() -> None:
    session = SessionResponse.from_dictionary({"id": "p1_ssn_1", "key": SECRET, "public": 0, "sso": None})
    lines = [line.strip() for line in str(session).splitlines()]
    assert lines[0] == "SessionResponse"
    assert lines[1:] == ["id: p1_ssn_1", "key: ***", "public: 0 (PRIVATEACCESS)"]


def test_a_result_prints_its_session_its_page_and_no_none() -> None:
    text = str(SessionsResponseResult.from_dictionary(fixtures.load("session_by_id")))
    for part in (
        "p1_ssn_00c73b181e33818d7c0a13a",
        "2025-03-04 12:40:40.1366",
        "public: 1 (PUBLICACCESS)",
        "has_more: False",
    ):
        assert part in text
    assert "None" not in text


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (
            ErrorItem(code=4, severity=3, msg="Invalid authentication", error_code="invalid_auth"),
            "Invalid authentication (errorCode invalid_auth)",
        ),
        (
            ErrorItem(field="login", msg="This field is required to be set", error_code="required_field"),
            "login: This field is required to be set (errorCode required_field)",
        ),
        (ErrorItem(error_code="no_such_record"), "no_such_record"),
        (ErrorItem(msg="notice"), "notice"),
    ],
    ids=["all", "field", "no message", "message alone"],
)
def test_an_error_item_prints_what_the_api_says(item: ErrorItem, text: str) -> None:
    assert str(item) == text


def test_an_error_item_without_anything_prints_something() -> None:
    assert str(ErrorItem())
