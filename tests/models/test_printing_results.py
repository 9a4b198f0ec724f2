"""What `print` shows of results, bodies and sessions, and what logs and files get of them."""

import copy
import json
from typing import Any

import pytest
from responses import RequestsMock

from payrix_sessions import (
    SessionPostResponse,
    SessionResponse,
    SessionsController,
    SessionsPostResponseResult,
    SessionsResponseResult,
)
from tests import fixtures
from tests.wire import reply

SECRET = "fake-secret-0123456789abcdef"

each_body = pytest.mark.parametrize("model", [SessionsResponseResult, SessionsPostResponseResult])
Body = type[SessionsResponseResult] | type[SessionsPostResponseResult]


def listing(count: int) -> dict[str, Any]:
    data = [{"id": f"p1_ssn_{number}", "key": SECRET, "public": number % 2} for number in range(count)]
    page = {"current": 1, "last": 2, "hasMore": True}
    return {"response": {"data": data, "details": {"requestId": 1, "totals": [], "page": page}, "errors": []}}


def test_a_printed_session_is_one_field_a_line() -> None:
    session = SessionPostResponse.from_dictionary(
        {
            "id": "p1_ssn_1",
            "created": "2025-03-04 12:40:40.1366",
            "login": "p1_log_1",
            "key": SECRET,
            "public": "1",
            "frozen": 7,
            "inactive": None,
            "effectiveRoles": 0,
            "novelty": {"password": SECRET},
        }
    )
    assert str(session).splitlines() == [
        "SessionPostResponse",
        "  id: p1_ssn_1",
        "  created: 2025-03-04 12:40:40.1366",
        "  login: p1_log_1",
        "  key: ***",
        "  public: 1 (PUBLICACCESS)",
        "  frozen: 7",
        "  effective_roles: 0",
        "  additional_properties: {'novelty': {'password': '***'}}",
    ]


@each_body
def test_a_body_with_one_session_shows_its_fields(model: Body) -> None:
    lines = str(model.from_dictionary(listing(1))).splitlines()
    assert lines[:4] == [model.__name__, "  response:", "    data: 1", f"      {lines[3].strip()}"]
    assert lines[3].strip() in ("SessionResponse", "SessionPostResponse")
    assert lines[4:7] == ["        id: p1_ssn_0", "        key: ***", "        public: 0 (PRIVATEACCESS)"]
    assert lines[7:] == [
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
@pytest.mark.parametrize(("count", "shown"), [(2, 2), (10, 10), (11, 10), (100, 10)])
def test_a_body_with_many_sessions_shows_the_first_ten_a_line_each(model: Body, count: int, shown: int) -> None:
    lines = str(model.from_dictionary(listing(count))).splitlines()
    assert f"    data: {count}" in lines
    sessions = [line for line in lines if line.startswith("      - ")]
    assert len(sessions) == shown
    assert all(f"id='p1_ssn_{number}'" in line for number, line in enumerate(sessions))
    rest = [line.strip() for line in lines if "more" in line and "has_more" not in line]
    assert rest == ([f"... and {count - shown} more"] if count > shown else [])


@each_body
def test_an_empty_body_prints_that_it_is_empty(model: Body) -> None:
    assert str(model()) == model.__name__
    assert "data: []" in str(model.from_dictionary({"response": {"data": []}}))


@each_body
@pytest.mark.parametrize("name", fixtures.NAMES)
def test_every_recorded_body_prints_short_without_a_secret(model: Body, name: str) -> None:
    body = model.from_dictionary(fixtures.load(name))
    text = str(body)
    assert text.startswith(model.__name__)
    assert len(text.splitlines()) < 80
    for session in body.data:
        if isinstance(session.key, str) and session.key:
            assert session.key not in text


def test_a_printed_result_is_its_status_and_its_body(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, listing(1))
    result = sessions.get_sessions()
    assert str(result) == f"200 OK\n{result.body}"
    assert SECRET not in str(result)


def test_a_printed_result_says_first_what_went_wrong(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, fixtures.load("two_field_errors"))
    lines = str(sessions.get_sessions()).splitlines()
    assert lines[0] == "200 OK"
    assert [line.split(":")[:2] for line in lines[1:3]] == [["error", " login"], ["error", " public"]]
    assert lines[3] == "SessionsPostResponseResult"


@each_body
@pytest.mark.parametrize("mask", [True, False], ids=["masked", "plain"])
@pytest.mark.parametrize("name", fixtures.NAMES)
def test_every_dictionary_can_be_written_as_json(model: Body, name: str, mask: bool) -> None:
    body = model.from_dictionary(fixtures.load(name))
    written = json.dumps(body.to_dictionary(mask_secrets=mask))
    assert model.from_dictionary(json.loads(written)).to_dictionary(mask_secrets=mask) == json.loads(written)


def test_flags_are_written_as_numbers() -> None:
    written = json.dumps(SessionResponse.from_dictionary({"public": "1", "sso": 0}).to_dictionary())
    assert written == '{"public": 1, "sso": 0}'


NESTED: dict[str, Any] = {
    "id": "p1_ssn_1",
    "key": SECRET,
    "created": "2025-03-04 12:40:40",
    "login": {"id": "p1_log_1", "password": SECRET, "others": [{"mfaSecret": SECRET, "Key": SECRET}]},
    "novelty": {"deep": {"deeper": [{"password": SECRET, "count": 0}]}},
    "public": 1,
}
MASKED: dict[str, Any] = {
    "id": "p1_ssn_1",
    "key": "***",
    "created": "2025-03-04 12:40:40",
    "login": {"id": "p1_log_1", "password": "***", "others": [{"mfaSecret": "***", "Key": "***"}]},
    "novelty": {"deep": {"deeper": [{"password": "***", "count": 0}]}},
    "public": 1,
}


def test_secrets_are_masked_at_every_depth_and_nothing_else_is_changed() -> None:
    assert SessionResponse.from_dictionary(NESTED).to_dictionary(mask_secrets=True) == MASKED
    envelope = {"response": {"data": [NESTED, NESTED], "errors": []}}
    body = SessionsResponseResult.from_dictionary(envelope)
    assert body.to_dictionary(mask_secrets=True) == {"response": {"data": [MASKED, MASKED], "errors": []}}


def test_secrets_are_masked_only_where_that_is_asked_for_and_the_model_keeps_them() -> None:
    session = SessionResponse.from_dictionary(copy.deepcopy(NESTED))
    session.to_dictionary(mask_secrets=True)
    assert session.to_dictionary() == NESTED
    assert session.key == SECRET


def test_a_secret_that_is_missing_or_null_is_not_made_up() -> None:
    assert SessionResponse.from_dictionary({"id": "p1_ssn_1"}).to_dictionary(mask_secrets=True) == {"id": "p1_ssn_1"}
    null: dict[str, Any] = {"key": None, "login": {"password": None}}
    assert SessionResponse.from_dictionary(null).to_dictionary(mask_secrets=True) == null


def test_to_mask_is_asked_for_by_name() -> None:
    with pytest.raises(TypeError):
        SessionResponse().to_dictionary(True)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
