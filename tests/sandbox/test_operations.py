"""The four operations, and the habits of the wire."""

import re
from typing import Any

import pytest

from payrix_sessions.sandbox import Sandbox
from tests.sandbox.http import Http

TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,4})?")


def test_a_session_is_created_read_listed_and_deleted(http: Http) -> None:
    session = http.create(login="t1_log_a", public=1)
    assert (session["login"], session["public"], session["frozen"]) == ("t1_log_a", 1, 0)
    assert http.list() == [session["id"]]
    assert http.send("DELETE", f"/sessions/{session['id']}").data == [session]
    assert http.list() == []


def test_ids_and_keys_have_the_form_of_the_api(http: Http, sandbox: Sandbox) -> None:
    session = http.create()
    assert re.fullmatch(r"t1_ssn_[0-9a-f]{23}", session["id"])
    assert re.fullmatch(r"[0-9a-f]{32}", session["key"])
    assert session["creator"] == session["modifier"] == session["login"] == sandbox.login


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("id", ["t1_ssn_unknown", "a%2Fb", "%FF", "%00", "..", "a%20b"])
def test_an_unknown_id_is_an_answer_without_data(http: Http, method: str, id: str) -> None:
    reply = http.send(method, f"/sessions/{id}")
    assert (reply.status, reply.data, reply.json["response"]["errors"]) == (200, [], [])


def test_reads_have_full_details_and_writes_short_ones(http: Http) -> None:
    created = http.send("POST", "/sessions", {})
    target = f"/sessions/{created.data[0]['id']}"
    full: dict[str, Any] = {"requestId": 1, "totals": [], "page": {"current": 1, "last": 1, "hasMore": False}}
    assert created.details == {"requestId": 1}
    assert http.send("GET", target).details == full
    assert http.send("GET", "/sessions").details == full
    assert http.send("DELETE", target).details == {"requestId": 1}


def test_flags_come_as_text_from_a_post_and_as_numbers_afterwards(http: Http) -> None:
    created = http.send("POST", "/sessions", {"public": 1, "token": 0, "inactive": 1}).data[0]
    assert (created["public"], created["token"], created["mfaAuthenticated"]) == ("1", "0", "0")
    assert (created["inactive"], created["frozen"], created["sso"]) == (1, 0, 0)
    read = http.send("GET", f"/sessions/{created['id']}").data[0]
    assert (read["public"], read["token"], read["mfaAuthenticated"]) == (1, 0, 0)


def test_times_are_eastern_and_lose_the_zeros_at_the_end_of_their_fraction(http: Http) -> None:
    written = [http.send("POST", "/sessions", {}).data[0]["created"] for _ in range(20)]
    assert all(TIME.fullmatch(time) for time in written)
    assert written[0].startswith("2025-03-04 12:40:40.")  # 17:40 in the answers' Date header
    assert not [time for time in written if time.endswith("0")]
    assert {len(time) for time in written} == {len("2025-03-04 12:40:40.137"), len("2025-03-04 12:40:40.1366")}


def test_a_time_on_the_full_second_has_no_fraction(sandbox: Sandbox, http: Http) -> None:
    sandbox.clock.advance(seconds=1 - 0.1366 - 0.0007)
    assert http.create()["created"] == "2025-03-04 12:40:41"


def test_summer_time_is_eastern_too(sandbox: Sandbox, http: Http) -> None:
    sandbox.clock.advance(days=120)
    assert http.create()["created"].startswith("2025-07-02 13:40:40")


def test_only_listed_sessions_have_effective_rights(http: Http) -> None:
    session = http.create()
    listed = http.send("GET", "/sessions").data[0]
    assert listed == {**session, "effectiveRoles": 562949953421302, "effectiveResources": ""}


def test_headers_are_those_of_the_api(http: Http) -> None:
    first, second = http.send("GET", "/sessions").headers, http.send("GET", "/sessions").headers
    assert first["Content-Type"] == "application/json; charset=UTF-8"
    assert first["Date"] == "Tue, 04 Mar 2025 17:40:40 GMT"
    assert first["Cf-Ray"] != second["Cf-Ray"]


@pytest.mark.parametrize("target", ["/sessions", "/sessions/{id}"])
def test_login_and_creator_can_be_embedded(http: Http, target: str) -> None:
    session = http.create(login="t1_log_a")
    target = target.format(id=session["id"])
    embedded = http.send("GET", f"{target}?embed=login,creator,nothing").data[0]
    assert embedded["login"]["id"] == "t1_log_a"
    assert embedded["creator"]["id"] == session["creator"]
    assert embedded["modifier"] == session["modifier"]
    assert http.send("GET", target).data[0]["login"] == "t1_log_a"


@pytest.mark.parametrize(
    ("method", "target"),
    [("PUT", "/sessions/x"), ("PATCH", "/sessions"), ("POST", "/sessions/x"), ("GET", "/"), ("GET", "/sessions/"),
     ("GET", "/txns"), ("GET", "//sessions"), ("GET", "/sessions/a/b"), ("BREW", "/sessions"), ("GET", "*")],
)  # fmt: skip
def test_an_unknown_resource_or_action_is_an_error_in_a_200(http: Http, method: str, target: str) -> None:
    reply = http.send(method, target)
    assert reply.status == 200
    assert reply.json == {
        "errors": [
            {"code": 13, "severity": 4, "msg": "No such action and/or resource", "errorCode": "invalid_resource"}
        ]
    }


def test_wrong_fields_are_errors_inside_a_200_one_for_each_field(http: Http) -> None:
    reply = http.send("POST", "/sessions", {"login": "", "public": 2, "frozen": "1", "token": True})
    assert reply.status == 200
    errors = reply.json["response"]["errors"]
    assert [(error["field"], error["errorCode"]) for error in errors] == [
        ("login", "required_field"),
        ("public", "invalid_range"),
        ("frozen", "invalid_range"),
        ("token", "invalid_range"),
    ]
    assert http.list() == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"null", b"\xff", b'{"public":' + b"9" * 5000 + b"}",
                                  b"[" * 100_000])  # fmt: skip
def test_a_body_that_is_no_json_object_is_a_400(http: Http, body: bytes) -> None:
    reply = http.send("POST", "/sessions", body)
    assert (reply.status, reply.error_codes) == (400, ["invalid_request"])


def test_a_body_that_is_not_called_json_is_a_400(http: Http) -> None:
    reply = http.send("POST", "/sessions", b"{}", content_type="text/plain")
    assert (reply.status, reply.json["errors"][0]["msg"]) == (400, "Invalid request Content-Type header")
    assert http.send("POST", "/sessions", b"{}", content_type="application/json; charset=utf-8").status == 200


def test_strict_mode_answers_as_the_description_says() -> None:
    with Sandbox(strict=True, sessions=3) as sandbox, Http(sandbox) as http:
        created = http.send("POST", "/sessions", {"public": 1})
        full: dict[str, Any] = {"requestId": 1, "totals": [], "page": {"current": 1, "last": 1, "hasMore": False}}
        assert created.data[0]["public"] == 1
        assert created.details == full
        sandbox.clock.advance(seconds=0.0001)
        written = [http.create()["created"] for _ in range(10)]
        assert {len(time) for time in written} == {len("2025-03-04 12:40:40.1366")}
        assert http.send("GET", "/sessions?page[limit]=1").details["page"]["last"] == 14
        assert isinstance(http.send("GET", "/sessions?embed=login").data[0]["login"], str)
        assert http.send("POST", "/sessions", {"public": 2}).status == 400
        assert http.send("GET", "/nothing").status == 404
        refused = http.send("PUT", "/sessions/x")
        assert (refused.status, refused.headers["Allow"]) == (405, "GET, DELETE")
