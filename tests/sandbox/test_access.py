"""Who may call and with which credentials, how often, and what a request token does."""

from unittest import mock

import pytest

from payrix_sessions.sandbox import Sandbox, rate_limit
from tests.sandbox.http import Http

REJECTED = "400 invalid_auth"
SHORT = {"requestId": 1}
DUPLICATE = {"requestId": 1, "duplicateRequest": True}


def test_each_standing_key_opens_every_operation_and_a_password_post_alone(sandbox: Sandbox, http: Http) -> None:
    sandbox.clock.advance(days=1)  # none of them expires
    password = {"USERNAME": sandbox.username, "PASSWORD": sandbox.password}
    keys = {"APIKEY": sandbox.api_key, "SESSIONKEY": sandbox.session_key, "TXNSESSIONKEY": sandbox.txn_session_key}
    for line in ("GET /sessions", "GET /sessions/x", "DELETE /sessions/x", "POST /sessions"):
        method, target = line.split()
        body: object = {} if method == "POST" else None
        for name, key in keys.items():
            assert http.send(method, target, body, {name: key}).outcome == "200"
        assert http.send(method, target, body, password).outcome == ("200" if method == "POST" else REJECTED)


@pytest.mark.parametrize("status", [400, 401])
def test_what_is_missing_or_wrong_gets_the_documented_400_or_the_reported_401(status: int) -> None:
    item = {"code": 4, "severity": 3, "msg": "Invalid authentication", "errorCode": "invalid_auth"}
    with Sandbox(invalid_auth_status=status) as sandbox, Http(sandbox) as http:
        wrong: list[dict[str, str]] = [
            {}, {"APIKEY": ""}, {"SESSIONKEY": "fake-wrong"}, {"TXNSESSIONKEY": "fake-wrong"},
            {"USERNAME": sandbox.username, "PASSWORD": "fake-wrong"},
            {"APIKEY": "fake-wrong", "SESSIONKEY": sandbox.session_key},  # of several the first counts
        ]  # fmt: skip
        for credentials in wrong:
            reply = http.post(credentials=credentials)
            assert (reply.status, reply.json) == (status, {"errors": [item]})


def test_what_the_key_of_a_session_opens_depends_on_its_flags(sandbox: Sandbox, http: Http) -> None:
    private = {"SESSIONKEY": http.create(login="t1_log_a")["key"]}
    created = http.post(credentials=private).data[0]
    assert created["creator"] == created["login"] == "t1_log_a"
    for flag in ("inactive", "frozen"):
        for value, outcome in ((1, REJECTED), (0, "200")):
            setattr(sandbox.sessions[-1], flag, value)
            assert http.get(credentials=private).outcome == outcome
    assert http.get(credentials={"SESSIONKEY": http.create(public=1)["key"]}).outcome == "200 invalid_resource"
    needs_token = {"SESSIONKEY": http.create(token=1)["key"]}  # to write
    assert http.get(credentials=needs_token).outcome == "200"
    assert http.post(credentials=needs_token).outcome == REJECTED
    assert http.delete("x", credentials=needs_token).outcome == REJECTED
    assert http.post(credentials=needs_token, token="fake-auth-token").outcome == "200"


def test_a_key_is_rejected_once_its_session_is_deleted_or_idle_for_thirty_minutes(sandbox: Sandbox, http: Http) -> None:
    deleted, kept = http.create(), http.create()
    http.delete(deleted["id"])
    assert http.get(credentials={"SESSIONKEY": deleted["key"]}).outcome == REJECTED
    credentials = {"SESSIONKEY": kept["key"]}
    for _ in range(2):  # each use starts the time anew
        sandbox.clock.advance(minutes=29)
        assert http.get(credentials=credentials).data[0]["id"] == kept["id"]
    sandbox.clock.advance(minutes=31)
    assert http.get(credentials=credentials).outcome == REJECTED
    assert http.get(f"/sessions/{kept['id']}").data == http.delete(kept["id"]).data == sandbox.sessions == []


def test_an_expired_session_may_stay_listed_with_a_key_that_is_rejected() -> None:
    with Sandbox(expired="listed") as sandbox, Http(sandbox) as http:
        session = http.create()
        sandbox.clock.advance(minutes=31)
        assert http.list() == [session["id"]]
        assert http.get(credentials={"SESSIONKEY": session["key"]}).outcome == REJECTED
        assert (http.delete(session["id"]).data, http.list()) == ([session], [])


def test_a_repeat_gets_the_original_record_whatever_it_asks_for_for_48_hours(sandbox: Sandbox, http: Http) -> None:
    session = http.create(login="t1_log_a")
    deleted = http.delete(session["id"], request_token="once")
    assert (deleted.data, deleted.details) == ([session], SHORT)
    underlined = {"APIKEY": sandbox.api_key, "REQUEST_TOKEN": "once"}  # its other name
    for repeat in (http.post(request_token="once"), http.get(credentials=underlined)):
        assert (repeat.data, repeat.details) == ([session], DUPLICATE)
    assert sandbox.sessions == []
    other = {"SESSIONKEY": http.create(login="t1_log_a")["key"]}
    assert http.post(request_token="once", credentials=other).details == SHORT
    assert http.post({"public": 2}, request_token="x" * 100).outcome == "200 invalid_range"  # which may be repeated
    for hours, details in ((0, SHORT), (47, DUPLICATE), (1, SHORT)):
        sandbox.clock.advance(hours=hours)
        reply = http.post(request_token="x" * 100)
        assert (len(reply.data), reply.details) == (1, details)
    assert http.get(request_token="y" * 101).outcome == "400 invalid_request"


def test_more_than_a_thousand_requests_for_a_path_or_ten_with_the_header_are_blocked_for_ten_seconds() -> None:
    with Sandbox(rate_limit=True) as sandbox, Http(sandbox) as http:
        for path, limit, header in (("/sessions/x", 1000, "no"), ("/sessions/y", 10, "match")):
            statuses = [http.get(path, rate_limit_test=header).status for _ in range(limit)]
            blocked = http.get(f"{path}?embed=login", rate_limit_test=header)
            assert statuses == [200] * limit
            assert blocked.outcome == "429 C_RATE_LIMIT_EXCEEDED_TEMP_BLOCK"
            assert "Retry-After" not in blocked.headers
        for seconds, status in ((9, 429), (1, 200)):  # of the sandbox
            sandbox.clock.advance(seconds=seconds)
            assert http.get("/sessions/x").status == status


def test_without_the_option_the_header_alone_limits_until_ten_real_seconds_are_over(
    sandbox: Sandbox, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("payrix_sessions.sandbox.api._RATE_LIMIT", 20)
    assert {http.get().status for _ in range(21)} == {200}
    with mock.patch.object(rate_limit, "time") as clock:
        for moment, expected in ((100.0, [200] * 10 + [429]), (109.9, [429]), (110.0, [200] * 10)):
            clock.monotonic.return_value = moment
            assert [http.get(rate_limit_test="match").status for _ in expected] == expected
    assert sandbox.clock.now().second == 40  # the sandbox's own clock stood still
    for _ in range(5):  # requests that are spread out are not blocked
        sandbox.clock.advance(seconds=10)
        assert {http.get(rate_limit_test="match").status for _ in range(9)} == {200}


def test_counts_of_paths_that_are_long_past_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "_MANY_SCOPES", 5)
    sandbox = Sandbox()
    limit = rate_limit.RateLimit(sandbox.clock)
    for number in range(20):
        assert limit.admits("127.0.0.1", f"/sessions/{number}", 1)
        sandbox.clock.advance(seconds=4)
    assert not limit.admits("127.0.0.1", "/sessions/19", 1)
    assert len(limit._traffic) < 10
