"""Request tokens and the rate limit."""

import pytest

from payrix_sessions.sandbox import Sandbox
from tests.sandbox.http import Http


def test_a_repeat_gets_the_original_record_and_makes_no_second_one(http: Http) -> None:
    first = http.send("POST", "/sessions", {"public": 1}, request_token="once")
    second = http.send("POST", "/sessions", {"public": 1}, request_token="once")
    assert second.data == first.data
    assert first.details == {"requestId": 1}
    assert second.details == {"requestId": 1, "duplicateRequest": True}
    assert len(http.list()) == 1


def test_a_repeated_delete_gets_the_deleted_record_again(http: Http) -> None:
    session = http.create()
    target = f"/sessions/{session['id']}"
    assert http.send("DELETE", target, request_token="once").data == [session]
    repeat = http.send("DELETE", target, request_token="once")
    assert (repeat.data, repeat.details["duplicateRequest"]) == ([session], True)
    assert http.send("DELETE", target).data == []


def test_a_token_holds_for_every_operation_of_its_login(http: Http) -> None:
    created = http.send("POST", "/sessions", {}, request_token="once").data
    assert http.send("GET", "/sessions", request_token="once").data == created


def test_a_token_of_another_login_is_another_token(http: Http) -> None:
    key = http.create(login="t1_log_a")["key"]
    http.send("POST", "/sessions", {}, request_token="once")
    other = http.send("POST", "/sessions", {}, request_token="once", credentials={"SESSIONKEY": key})
    assert "duplicateRequest" not in other.details


def test_a_request_that_failed_may_be_repeated(http: Http) -> None:
    assert http.send("POST", "/sessions", {"public": 2}, request_token="once").error_codes
    repeat = http.send("POST", "/sessions", {"public": 1}, request_token="once")
    assert (len(repeat.data), repeat.details) == (1, {"requestId": 1})


def test_a_token_is_forgotten_after_48_hours(sandbox: Sandbox, http: Http) -> None:
    http.send("POST", "/sessions", {}, request_token="once")
    sandbox.clock.advance(hours=47)
    assert "duplicateRequest" in http.send("POST", "/sessions", {}, request_token="once").details
    sandbox.clock.advance(hours=1)
    assert "duplicateRequest" not in http.send("POST", "/sessions", {}, request_token="once").details


def test_a_token_has_at_most_a_hundred_characters(http: Http) -> None:
    assert http.send("GET", "/sessions", request_token="x" * 100).status == 200
    reply = http.send("GET", "/sessions", request_token="y" * 101)
    assert (reply.status, reply.error_codes) == (400, ["invalid_request"])


def test_no_limit_holds_unless_asked_for(http: Http) -> None:
    assert {http.send("GET", "/sessions/x").status for _ in range(1001)} == {200}


def test_more_than_a_thousand_requests_in_ten_seconds_are_blocked_for_ten_seconds() -> None:
    with Sandbox(rate_limit=True) as sandbox, Http(sandbox) as http:
        assert {http.send("GET", "/sessions/x").status for _ in range(1000)} == {200}
        blocked = http.send("GET", "/sessions/x")
        assert (blocked.status, blocked.error_codes) == (429, ["C_RATE_LIMIT_EXCEEDED_TEMP_BLOCK"])
        assert "Retry-After" not in blocked.headers
        sandbox.clock.advance(seconds=9)
        assert http.send("GET", "/sessions/x").status == 429
        sandbox.clock.advance(seconds=1)
        assert http.send("GET", "/sessions/x").status == 200


def test_requests_that_are_spread_out_are_not_blocked() -> None:
    with Sandbox() as sandbox, Http(sandbox) as http:
        for _ in range(5):
            statuses = {http.send("GET", "/sessions", rate_limit_test="match").status for _ in range(9)}
            assert statuses == {200}
            sandbox.clock.advance(seconds=10)


@pytest.mark.parametrize("rate_limit", [False, True])
def test_the_documented_test_header_lowers_the_limit_to_ten(rate_limit: bool) -> None:
    with Sandbox(rate_limit=rate_limit) as sandbox, Http(sandbox) as http:
        statuses = [http.send("GET", "/sessions", rate_limit_test="match").status for _ in range(11)]
        assert statuses == [200] * 10 + [429]
        assert http.send("GET", "/sessions").status == 200
