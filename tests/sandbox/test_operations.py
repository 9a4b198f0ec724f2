"""The four operations, and the habits of the wire."""

import re
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest

from payrix_sessions import LoginsResponse
from payrix_sessions.sandbox import Sandbox, Session
from tests.sandbox.http import Http

FULL: dict[str, Any] = {"requestId": 1, "totals": [], "page": {"current": 1, "last": 1, "hasMore": False}}


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
def test_an_unknown_id_is_a_response_without_data(http: Http, method: str) -> None:
    reply = http.send(method, "/sessions/T1_ssn_unknown")
    assert (reply.status, reply.data, reply.json["response"]["errors"]) == (200, [], [])


@pytest.mark.parametrize("id", ["t1_ssn_NOT-VALID", "a%2Fb", "%00", "..", "a%20b", "%C3%BC", "x%0A"])
def test_an_id_that_cannot_be_one_is_a_404_without_a_body(http: Http, id: str) -> None:
    reply = http.send("GET", f"/sessions/{id}")
    assert (reply.status, reply.body) == (404, b"")
    assert reply.headers["Content-Type"] == "text/html; charset=UTF-8"
    assert "Access-Control-Allow-Origin" not in reply.headers


def test_reads_have_full_details_and_writes_short_ones(http: Http) -> None:
    created = http.send("POST", "/sessions", {})
    target = f"/sessions/{created.data[0]['id']}"
    assert created.details == {"requestId": 1}
    assert http.send("GET", target).details == FULL
    assert http.send("GET", "/sessions").details == FULL
    assert http.send("DELETE", target).details == {"requestId": 1}


def test_flags_come_back_as_numbers_whether_they_were_sent_or_not(http: Http) -> None:
    created = http.send("POST", "/sessions", {"public": 1, "token": 0, "inactive": 1.0}).data[0]
    flags = [created[name] for name in ("public", "token", "inactive", "mfaAuthenticated", "frozen", "sso")]
    assert flags == [1, 0, 1, 0, 0, 0]
    assert {type(flag) for flag in flags} == {int}


def test_times_are_eastern_and_lose_the_zeros_at_the_end_of_their_fraction(http: Http) -> None:
    written = [http.send("POST", "/sessions", {}).data[0]["created"] for _ in range(20)]
    assert written[0].startswith("2025-03-04 12:40:40.")  # 17:40 in the responses' Date header
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
    assert first["Access-Control-Allow-Origin"] == "*"
    assert first["Cf-Ray"] != second["Cf-Ray"]


def test_a_preflight_of_a_browser_is_permitted_without_credentials(http: Http) -> None:
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "DELETE"}
    reply = http.send("OPTIONS", "/sessions/x", credentials=asked)
    assert (reply.status, reply.body) == (200, b"")
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert "DELETE" in reply.headers["Access-Control-Allow-Methods"]
    allowed = reply.headers["Access-Control-Allow-Headers"].replace(" ", "").split(",")
    assert {"APIKEY", "CONTENT-TYPE", "SEARCH"} <= set(allowed)


@pytest.mark.parametrize("target", ["/sessions", "/sessions/{id}"])
def test_login_and_creator_can_be_embedded(http: Http, target: str) -> None:
    session = http.create(login="t1_log_a")
    target = target.format(id=session["id"])
    embedded = http.send("GET", f"{target}?embed=login,creator,nothing").data[0]
    assert (embedded["login"]["id"], embedded["login"]["username"]) == ("t1_log_a", "jdoe")
    assert embedded["creator"]["id"] == session["creator"]
    assert embedded["modifier"] == session["modifier"]
    assert None not in embedded["login"].values()  # the published description has no nulls
    assert http.send("GET", target).data[0]["login"] == "t1_log_a"


@pytest.mark.parametrize(
    ("method", "target"),
    [("PUT", "/sessions/x"), ("POST", "/sessions/x"), ("GET", "/"), ("GET", "/sessions/"), ("GET", "//sessions"),
     ("GET", "/sessions/a/b"), ("BREW", "/sessions")],
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


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b'{"public":' + b"9" * 5000 + b"}", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_a_400(sandbox: Sandbox, http: Http, body: bytes) -> None:
    reply = http.send("POST", "/sessions", body)
    assert (reply.status, reply.error_codes) == (400, ["invalid_request"])
    with pytest.raises((ValueError, TypeError)):
        dict(sandbox.requests[-1].json() or 0)  # type: ignore[call-overload]


def test_a_body_that_is_not_called_json_is_a_400(http: Http) -> None:
    reply = http.send("POST", "/sessions", b"{}", content_type="text/plain")
    assert (reply.status, reply.json["errors"][0]["msg"]) == (400, "Invalid request Content-Type header")
    assert http.send("POST", "/sessions", b"{}", content_type="application/json; charset=utf-8").status == 200


def test_strict_mode_responds_as_the_description_says() -> None:
    with Sandbox(strict=True, sessions=3) as sandbox, Http(sandbox) as http:
        created = http.send("POST", "/sessions", {"public": 1})
        assert created.data[0]["public"] == 1
        assert created.details == FULL
        sandbox.clock.advance(seconds=0.0001)
        written = [http.create()["created"] for _ in range(10)]
        assert {len(time) for time in written} == {len("2025-03-04 12:40:40.1366")}
        assert http.send("GET", "/sessions?page[limit]=1").details["page"]["last"] == 14
        assert isinstance(http.send("GET", "/sessions?embed=login").data[0]["login"], str)
        assert http.send("POST", "/sessions", {"public": 2}).status == 400
        assert len(http.send("GET", "/sessions", totals="min[]=created").details["totals"]["min"]["created"]) == 24
        assert http.send("GET", "/nothing").status == 404
        assert http.send("GET", "/sessions/not-valid").data == []
        rejected = http.send("PUT", "/sessions/x")
        assert (rejected.status, rejected.headers["Allow"]) == (405, "GET, DELETE")


def test_the_work_of_a_request_does_not_grow_with_the_sessions_that_are_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    touched = mock.Mock()

    def counted(method: Callable[..., object]) -> Callable[..., object]:
        def call(*given: object) -> object:
            touched()
            return method(*given)

        return call

    for name in ("record", "is_expired", "value"):
        monkeypatch.setattr(Session, name, counted(getattr(Session, name)))

    def touches(stored: int) -> list[int]:
        counts: list[int] = []
        with Sandbox(sessions=stored) as sandbox, Http(sandbox) as http:
            some = sandbox.sessions[-1]
            for method, target, credentials in (
                ("GET", f"/sessions/{some.id}", None),
                ("GET", "/sessions", {"SESSIONKEY": some.key}),
                ("GET", "/sessions?page[limit]=10", None),
                ("DELETE", f"/sessions/{some.id}", None),
            ):
                touched.reset_mock()
                assert http.send(method, target, credentials=credentials).data
                counts.append(touched.call_count)
        return counts

    assert touches(2000) == touches(100)


def test_an_embedded_login_has_the_fields_of_the_published_description(sandbox: Sandbox) -> None:
    session = sandbox.add_session(login="t1_log_a")
    with sandbox.client() as client:
        login = client.sessions.get_sessions_id(session.id, embed="login").one().login
    assert isinstance(login, LoginsResponse)
    assert (login.id, login.username, login.additional_properties) == ("t1_log_a", "jdoe", {})


def test_a_client_may_use_it_as_its_proxy(sandbox: Sandbox, http: Http) -> None:
    path = f"/sessions/{http.create()['id']}"
    target = f"http://test-api.payrix.com{path}?embed=login"
    assert http.send("GET", target, host="test-api.payrix.com").data[0]["login"]["username"] == "jdoe"
    request = sandbox.requests[-1]
    assert (request.target, request.path, request.query) == (target, path, "embed=login")
    assert http.send("GET", "HTTP://test-api.payrix.com").error_codes == ["invalid_resource"]
    foreign = http.send("POST", "http://localhost/_sandbox/reset", host="test-api.payrix.com")
    assert foreign.status == 403
