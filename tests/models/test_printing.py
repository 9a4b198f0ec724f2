"""What `print` and `repr` show of models, and what they never show."""

from typing import Any

import pytest
from responses import RequestsMock

from payrix_sessions import (
    ErrorItem,
    SessionPostResponse,
    SessionPublicEnum,
    SessionResponse,
    SessionsController,
    SessionsPostRequest,
    SessionsPostResponseResult,
    SessionsResponseResult,
)
from tests import fixtures
from tests.models.tables import TABLES
from tests.wire import printed, reply

SECRET = "fake-secret-0123456789abcdef"
Body = type[SessionsResponseResult] | type[SessionsPostResponseResult]
each_body = pytest.mark.parametrize("model", [SessionsResponseResult, SessionsPostResponseResult])


def listing(*sessions: dict[str, Any]) -> dict[str, Any]:
    page = {"current": 1, "last": 2, "hasMore": True}
    return {"response": {"data": list(sessions), "details": {"requestId": 1, "totals": [], "page": page}, "errors": []}}


def session(number: int, **members: Any) -> dict[str, Any]:
    return {
        "id": f"t1_ssn_{number:023}",
        "created": "2025-03-04 12:40:40.1366",
        "login": f"t1_log_{number:023}",
        "key": SECRET,
        "public": 0,
        **members,
    }


def rows(body: SessionsResponseResult | SessionsPostResponseResult) -> list[str]:
    """The lines of a printed list: its header and a row for each session."""
    lines = str(body).splitlines()
    return [line[6:] for line in lines[lines.index(f"    data: {len(body.data)}") + 1 : lines.index("    details:")]]


def test_a_repr_is_one_line_of_what_is_set() -> None:
    for table in TABLES:
        model = table.model.from_dictionary(dict.fromkeys(table.wire_names.values(), "a\nvalue"))
        assert repr(model).startswith(f"{table.model.__name__}(")
        assert "\n" not in repr(model)
    shown = SessionResponse(id="p1_ssn_1", public=SessionPublicEnum.PRIVATEACCESS, key=SECRET)
    assert repr(shown) == "SessionResponse(id='p1_ssn_1', key='***', public=<SessionPublicEnum.PRIVATEACCESS: 0>)"


def test_a_printed_session_is_one_field_a_line() -> None:
    shown = SessionPostResponse.from_dictionary(
        {
            "id": "p1_ssn_1",
            "created": "2025-03-04 12:40:40.1366",
            "login": {"username": "jdoe", "password": SECRET},
            "key": SECRET,
            "public": "1",
            "frozen": 7,
            "inactive": None,
            "effectiveRoles": 0,
            "novelty": {"password": SECRET},
        }
    )
    assert str(shown).splitlines() == [
        "SessionPostResponse",
        "  id: p1_ssn_1",
        "  created: 2025-03-04 12:40:40.1366",
        "  login:",
        "    username: jdoe",
        "    password: ***",
        "  key: ***",
        "  public: 1 (PUBLICACCESS)",
        "  frozen: 7",
        "  effective_roles: 0",
        "  additional_properties: {'novelty': {'password': '***'}}",
    ]


@each_body
def test_a_body_with_one_session_shows_its_fields(model: Body) -> None:
    assert str(model.from_dictionary(listing({"id": "p1_ssn_1", "public": 0}))).splitlines() == [
        model.__name__,
        "  response:",
        "    data: 1",
        "      SessionResponse" if model is SessionsResponseResult else "      SessionPostResponse",
        "        id: p1_ssn_1",
        "        public: 0 (PRIVATEACCESS)",
        "    details:",
        "      request_id: 1",
        "      totals: []",
        "      page:",
        "        current: 1",
        "        last: 2",
        "        has_more: True",
        "    errors: []",
    ]


@each_body
def test_a_body_with_several_sessions_shows_an_aligned_row_for_each(model: Body) -> None:
    body = model.from_dictionary(
        listing(
            session(0),
            session(1, public="1", sso=1, token=0),
            {"id": "p1_ssn_1", "login": {"id": "p1_log_1", "username": "jdoe", "password": SECRET}, "public": 7},
        )
    )
    assert rows(body) == [
        "id                              created           login         access",
        "t1_ssn_00000000000000000000000  2025-03-04 12:40  t1_lo..00000  private",
        "t1_ssn_00000000000000000000001  2025-03-04 12:40  t1_lo..00001  public sso",
        "p1_ssn_1                        -                 jdoe          ?",
    ]


def test_a_row_names_the_flags_that_are_set_and_gives_up_the_time_for_them() -> None:
    flags = {"sso": 1, "token": 1, "mfaAuthenticated": 1, "inactive": 0, "frozen": 0}
    body = SessionsPostResponseResult.from_dictionary(listing(session(0, **flags), session(1)))
    assert rows(body)[1:] == [
        "t1_ssn_00000000000000000000000  2025-03-04  t1_l..0000  private sso toke..",
        "t1_ssn_00000000000000000000001  2025-03-04  t1_l..0001  private",
    ]
    short = SessionsPostResponseResult.from_dictionary(
        listing({"id": "a", "inactive": 1, "mfaAuthenticated": 1, "frozen": 1}, {"id": "b"})
    )
    assert rows(short)[1:] == ["a   -        -      - mfa inactive frozen", "b   -        -      -"]


def test_a_long_list_is_cut_after_ten_rows() -> None:
    for count, shown in ((2, 2), (10, 10), (11, 10), (100, 10)):
        body = SessionsPostResponseResult.from_dictionary(listing(*(session(number) for number in range(count))))
        assert len(rows(body)) == 1 + shown + (count > shown)
        if count > shown:
            assert rows(body)[-1] == f"... and {count - shown} more"


def test_a_row_is_80_columns_at_most_and_one_line_without_secrets_whatever_comes() -> None:
    records: list[dict[str, Any]] = [
        {"id": "x" * 500, "login": "y" * 500, "created": "z" * 500},
        {"id": "a\nforged  row\u2028\x1b[0m", "login": {"id": [SECRET]}},
        {"id": [SECRET], "login": 5, "created": {"key": SECRET}, "public": [SECRET], "sso": SECRET},
        {"id": f'{{"key": "{SECRET}"}}', "public": True, "token": SECRET},
        {},
    ]
    for odd in records:
        body = SessionsPostResponseResult.from_dictionary(listing(session(0), odd))
        assert len(rows(body)) == 3
        assert max(map(len, str(body).splitlines())) <= 80
        assert "\x1b" not in str(body)
        assert SECRET not in str(body)


def test_a_list_of_anything_else_is_an_item_a_line() -> None:
    data: list[Any] = [{"id": "a"}, 1]
    body = SessionsPostResponseResult.from_dictionary({"response": {"data": data, "errors": [{}, {}]}})
    assert str(body).splitlines()[2:] == [
        "    data: 2",
        "      - SessionPostResponse(id='a')",
        "      - 1",
        "    errors: 2",
        "      - ErrorItem()",
        "      - ErrorItem()",
    ]


@each_body
def test_every_recorded_body_prints_short_without_a_secret(model: Body) -> None:
    for name in fixtures.NAMES:
        body = model.from_dictionary(fixtures.load(name))
        assert str(body).startswith(model.__name__)
        assert len(str(body).splitlines()) < 80
        for key in {str(one.key) for one in body.data} - {"None"}:
            assert key not in printed(body, body.response, body.data)
    assert str(model()) == model.__name__


def test_a_printed_result_says_first_what_went_wrong(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, fixtures.load("two_field_errors"))
    lines = str(sessions.get_sessions()).splitlines()
    assert lines[0] == "200 OK"
    assert [line.split(":")[:2] for line in lines[1:3]] == [["error", " login"], ["error", " public"]]
    assert lines[3] == "SessionsPostResponseResult"


def test_secrets_of_an_embedded_login_are_never_shown() -> None:
    for place in ("login", "below login", "list below login", "unknown field", "top"):
        for name in ("password", "mfaSecret", "key", "Key"):
            inner = {"id": "p1_log_1", name: SECRET}
            sources: dict[str, dict[str, Any]] = {
                "login": {"login": inner, "creator": inner},
                "below login": {"login": {"id": "p1_log_1", "division": inner, "login": inner}},
                "list below login": {"login": {"others": [inner]}},
                "unknown field": {"newField": {"deep": [inner]}},
                "top": inner,
            }
            shown = SessionResponse.from_dictionary(sources[place])
            body = SessionsResponseResult.from_dictionary({"response": {"data": [sources[place]]}})
            assert SECRET not in printed(shown, body)
            assert SECRET not in str(shown.to_dictionary(mask_secrets=True))
            assert SECRET in str(shown.to_dictionary())


def test_what_may_be_an_auth_token_where_a_flag_belongs_is_not_shown() -> None:
    rows: list[Any] = [SECRET, SECRET.encode(), [SECRET], {"a": SECRET}]
    for value in rows:
        request = SessionsPostRequest(token=value, public=value, mfa_authenticated=7, frozen=True)
        response = SessionResponse.from_dictionary({"token": value, "sso": "1", "public": 1.5, "frozen": "0"})
        for shown in (printed(request, response), str(request.to_dictionary(mask_secrets=True))):
            assert SECRET not in shown
        assert repr(request) == "SessionsPostRequest(public='***', token='***', mfa_authenticated=7, frozen=True)"
        assert request.to_dictionary()["token"] == value


NESTED: dict[str, Any] = {
    "id": "p1_ssn_1",
    "key": SECRET,
    "login": {"id": "p1_log_1", "password": SECRET, "others": [{"mfaSecret": SECRET, "Key": SECRET}]},
    "novelty": {"deep": {"deeper": [{"password": SECRET, "count": 0}]}},
    "public": 1,
    "frozen": None,
}
MASKED: dict[str, Any] = {
    "id": "p1_ssn_1",
    "key": "***",
    "login": {"id": "p1_log_1", "password": "***", "others": [{"mfaSecret": "***", "Key": "***"}]},
    "novelty": {"deep": {"deeper": [{"password": "***", "count": 0}]}},
    "public": 1,
    "frozen": None,
}


def test_a_masked_dictionary_masks_at_every_depth_changes_nothing_else_and_leaves_the_model_alone() -> None:
    body = SessionsResponseResult.from_dictionary(listing(NESTED, NESTED))
    assert body.to_dictionary(mask_secrets=True) == listing(MASKED, MASKED)
    assert body.to_dictionary() == listing(NESTED, NESTED)
    null: dict[str, Any] = {"key": None, "login": {"password": None}}
    assert SessionResponse.from_dictionary(null).to_dictionary(mask_secrets=True) == null
    with pytest.raises(TypeError):
        SessionResponse().to_dictionary(True)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def test_an_error_item_prints_what_the_api_says_in_one_line() -> None:
    rows: list[tuple[ErrorItem, str]] = [
        (ErrorItem(code=4, msg="Invalid", error_code="invalid_auth"), "Invalid (errorCode invalid_auth)"),
        (ErrorItem(field="login", msg="Required", error_code="required"), "login: Required (errorCode required)"),
        (ErrorItem(error_code="no_such_record"), "no_such_record"),
        (ErrorItem(msg="no\ntice"), "no\\ntice"),
        (ErrorItem(msg="half \ud83d"), "half \\ud83d"),
        (ErrorItem(), "unspecified error"),
    ]
    for item, text in rows:
        assert str(item) == text


def test_printed_sessions_hold_no_control_characters_and_can_be_encoded() -> None:
    for count in (1, 2):
        hostile = {"id": "half \ud83d", "login": "\x1b[31mred", "created": "2026\n11"}
        shown = str(SessionsPostResponseResult.from_dictionary(listing(*[hostile] * count)))
        assert all(line.isprintable() for line in shown.splitlines())
        assert shown.encode()
