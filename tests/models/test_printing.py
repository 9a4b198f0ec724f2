"""What `print` and `repr` show of models, and what they never show."""

import dataclasses
import json
import pickle
import pprint
from typing import Any

from payrix_sessions import ErrorItem, SessionResponse, SessionsPostRequest, models
from tests.models import MODELS, wire_names
from tests.wire import envelope, printed

SECRET = "fake-secret-0123456789abcdef"


def session(number: int, **members: Any) -> dict[str, Any]:
    record = {"id": f"t1_ssn_{number:023}", "created": "2025-03-04 12:40:40.1366", "login": f"t1_log_{number:023}"}
    return {**record, "key": SECRET, "public": 0, **members}


def listed(*sessions: dict[str, Any]) -> str:
    return str(models.SessionsPostResponseResult.from_dictionary(envelope(*sessions)))


def rows(*sessions: dict[str, Any]) -> list[str]:
    """The lines of a printed list: its header and a row for each session."""
    lines = listed(*sessions).splitlines()
    return [line[6:] for line in lines[lines.index(f"    data: {len(sessions)}") + 1 : lines.index("    details:")]]


def test_a_repr_is_one_line_of_what_is_set_without_the_key_which_the_fields_hold() -> None:
    for kind in MODELS:
        model = kind.from_dictionary(dict.fromkeys(wire_names(kind).values(), "a\nvalue"))
        assert repr(model).startswith(f"{kind.__name__}(")
        assert "\n" not in repr(model)
    one = SessionResponse(id="p1_ssn_1", public=models.SessionPublicEnum.PRIVATEACCESS, key=SECRET)
    shown = "SessionResponse(id='p1_ssn_1', key='***', public=<SessionPublicEnum.PRIVATEACCESS: 0>)"
    assert str(models.SessionsResponseResult()) == "SessionsResponseResult"
    assert (repr(one), pprint.pformat([one])) == (shown, f"[{shown}]")
    assert json.dumps(one, default=str) == json.dumps(str(one))
    # What reads the fields shows the key.
    for read in (dataclasses.asdict(one), dataclasses.astuple(one), pickle.dumps(one)):
        assert SECRET in str(read)


def test_a_printed_body_with_one_session_is_one_field_a_line() -> None:
    record: dict[str, Any] = {"id": "p1_ssn_1", "created": "2025-03-04 12:40:40.1366", "key": SECRET, "public": "1"}
    record |= {"login": {"username": "jdoe", "password": SECRET}, "novelty": {"password": SECRET}}
    record |= {"frozen": 7, "inactive": None, "effectiveRoles": 0}
    assert listed(record).splitlines() == [
        "SessionsPostResponseResult",
        "  response:",
        "    data: 1",
        "      SessionPostResponse",
        "        id: p1_ssn_1",
        "        created: 2025-03-04 12:40:40.1366",
        "        login:",
        "          username: jdoe",
        "          password: ***",
        "        key: ***",
        "        public: 1 (PUBLICACCESS)",
        "        frozen: 7",
        "        effective_roles: 0",
        "        additional_properties: {'novelty': {'password': '***'}}",
        "    details:",
        "      request_id: 1",
        "    errors: []",
    ]


def test_several_sessions_are_aligned_rows_which_give_up_the_time_for_the_flags() -> None:
    odd = {"id": "p1_ssn_1", "login": {"id": "p1_log_1", "username": "jdoe", "password": SECRET}, "public": 7}
    assert rows(session(0), session(1, public="1", sso=1, token=0), odd) == [
        "id                              created           login         access",
        "t1_ssn_00000000000000000000000  2025-03-04 12:40  t1_lo..00000  private",
        "t1_ssn_00000000000000000000001  2025-03-04 12:40  t1_lo..00001  public sso",
        "p1_ssn_1                        -                 jdoe          ?",
    ]
    assert rows(session(0, sso=1, token=1, mfaAuthenticated=1, inactive=0, frozen=0), session(1))[1:] == [
        "t1_ssn_00000000000000000000000  2025-03-04  t1_l..0000  private sso toke..",
        "t1_ssn_00000000000000000000001  2025-03-04  t1_l..0001  private",
    ]
    short = rows({"id": "a", "inactive": 1, "mfaAuthenticated": 1, "frozen": 1}, {"id": "b"})
    assert short[1:] == ["a   -        -      - mfa inactive frozen", "b   -        -      -"]
    # A long list is cut after ten rows.
    ten = rows(*(session(number) for number in range(10)))
    assert (len(ten), ten[-1][:30]) == (11, "t1_ssn_00000000000000000000009")
    assert rows(*(session(number) for number in range(12))) == [*ten, "... and 2 more"]


def test_a_row_is_80_columns_at_most_and_one_line_without_secrets_whatever_comes() -> None:
    records: list[dict[str, Any]] = [
        {"id": "x" * 500, "login": "y" * 500, "created": "z" * 500},
        {"id": "a\nforged  row\u2028\x1b[0m", "login": {"id": [SECRET]}},
        {"id": [SECRET], "login": 5, "created": {"key": SECRET}, "public": [SECRET], "sso": SECRET},
        {"id": f'{{"key": "{SECRET}"}}', "public": True, "token": SECRET},
        {"id": "half \ud83d", "login": "\x1b[31mred", "created": "2026\n11"},
        {},
    ]
    for odd in records:
        assert len(rows(session(0), odd)) == 3
        shown = listed(session(0), odd)
        assert max(map(len, shown.splitlines())) <= 80
        assert SECRET not in shown
        for text in (shown, listed(odd)):
            assert all(line.isprintable() for line in text.splitlines())
            assert text.encode()


def test_a_list_of_anything_else_is_an_item_a_line() -> None:
    data: list[Any] = [{"id": "a"}, 1]
    body = models.SessionsPostResponseResult.from_dictionary({"response": {"data": data, "errors": [{}, {}]}})
    assert str(body).splitlines()[2:] == [
        "    data: 2",
        "      - SessionPostResponse(id='a')",
        "      - 1",
        "    errors: 2",
        "      - ErrorItem()",
        "      - ErrorItem()",
    ]


def holding(secret: str) -> dict[str, Any]:
    """A session with a secret of each name wherever one can be."""
    login = {"id": "p1_log_1", **dict.fromkeys(("password", "mfaSecret", "key", "Key"), secret)}
    embedded = {**login, "login": login, "division": login, "others": [login]}
    return {**login, "login": embedded, "creator": login, "new": {"deep": [login, {"count": 0}]}, "frozen": None}


def test_secrets_at_any_depth_are_not_printed_and_can_be_masked_and_stay_in_the_model() -> None:
    for source, masked in (([holding(SECRET)] * count, [holding("***")] * count) for count in (1, 2)):
        body = models.SessionsResponseResult.from_dictionary(envelope(*source))
        assert SECRET not in printed(body, *body.data)
        assert body.to_dictionary(mask_secrets=True) == envelope(*masked)
        assert body.to_dictionary() == envelope(*source)
    null: dict[str, Any] = {"key": None, "login": {"password": None}}
    assert SessionResponse.from_dictionary(null).to_dictionary(mask_secrets=True) == null
    # Nor what may be an Auth Token where a flag belongs.
    values: list[Any] = [SECRET, SECRET.encode(), [SECRET], {"a": SECRET}]
    for value in values:
        request = SessionsPostRequest(token=value, public=value, mfa_authenticated=7, frozen=True)
        response = SessionResponse.from_dictionary({"token": value, "sso": "1", "public": 1.5, "frozen": "0"})
        assert SECRET not in f"{printed(request, response)} {request.to_dictionary(mask_secrets=True)}"
        assert repr(request) == "SessionsPostRequest(public='***', token='***', mfa_authenticated=7, frozen=True)"
        assert request.to_dictionary()["token"] == value


def test_an_error_item_prints_what_the_api_says_in_one_line() -> None:
    items: list[tuple[dict[str, Any], str]] = [
        ({"code": 4, "msg": "Invalid", "error_code": "invalid_auth"}, "Invalid (errorCode invalid_auth)"),
        ({"field": "login", "msg": "Required", "error_code": "required"}, "login: Required (errorCode required)"),
        ({"error_code": "no_such_record"}, "no_such_record"),
        ({"msg": "no\ntice, half \ud83d"}, "no\\ntice, half \\ud83d"),
        ({}, "unspecified error"),
    ]
    for members, text in items:
        assert str(ErrorItem(**members)) == text
