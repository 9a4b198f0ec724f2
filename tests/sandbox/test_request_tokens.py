"""Request tokens and the rate limit."""

import time
from collections.abc import Callable
from unittest import mock

import pytest

from payrix_sessions.sandbox import Sandbox, rate_limit
from tests.sandbox.http import Http


def test_a_repeat_gets_the_original_record_and_makes_no_second_one(http: Http) -> None:
    first = http.send("POST", "/sessions", {"public": 1}, request_token="once")
    for _ in range(2):
        repeat = http.send("POST", "/sessions", {"public": 1}, request_token="once")
        assert repeat.data == first.data
        assert repeat.details == {"requestId": 1, "duplicateRequest": True}
    assert first.details == {"requestId": 1}
    assert len(http.list()) == 1


def test_a_repeated_delete_gets_the_deleted_record_again(http: Http) -> None:
    session = http.create()
    target = f"/sessions/{session['id']}"
    assert http.send("DELETE", target, request_token="once").data == [session]
    repeat = http.send("DELETE", target, request_token="once")
    assert (repeat.data, repeat.details["duplicateRequest"]) == ([session], True)
    assert http.send("DELETE", target).data == []


def test_a_token_holds_for_every_operation_of_its_login_and_under_both_names_of_the_header(sandbox: Sandbox) -> None:
    with Http(sandbox) as http:
        created = http.send("POST", "/sessions", {}, request_token="once").data
        both = {"APIKEY": sandbox.api_key, "REQUEST_TOKEN": "once"}
        assert http.send("GET", "/sessions", credentials=both).data == created


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


def test_more_than_a_thousand_requests_for_a_path_are_blocked_for_ten_seconds_of_the_sandbox() -> None:
    with Sandbox(rate_limit=True) as sandbox, Http(sandbox) as http:
        assert {http.send("GET", "/sessions/x").status for _ in range(1000)} == {200}
        blocked = http.send("GET", "/sessions/x?embed=login")
        assert (blocked.status, blocked.error_codes) == (429, ["C_RATE_LIMIT_EXCEEDED_TEMP_BLOCK"])
        assert "Retry-After" not in blocked.headers
        assert http.send("GET", "/sessions/y").status == 200
        sandbox.clock.advance(seconds=9)
        assert http.send("GET", "/sessions/x").status == 429
        sandbox.clock.advance(seconds=1)
        assert http.send("GET", "/sessions/x").status == 200


def test_a_block_ends_after_ten_real_seconds_too(sandbox: Sandbox, http: Http) -> None:
    with mock.patch.object(rate_limit, "time") as clock:
        clock.monotonic.return_value = 100.0
        statuses = [http.send("GET", "/sessions", rate_limit_test="match").status for _ in range(11)]
        assert statuses == [200] * 10 + [429]
        clock.monotonic.return_value = 109.9
        assert http.send("GET", "/sessions", rate_limit_test="match").status == 429
        clock.monotonic.return_value = 110.0
        statuses = [http.send("GET", "/sessions", rate_limit_test="match").status for _ in range(10)]
        assert statuses == [200] * 10
    assert sandbox.clock.now().second == 40  # the sandbox's own clock stood still


def test_requests_that_are_spread_out_are_not_blocked(sandbox: Sandbox, http: Http) -> None:
    for _ in range(5):
        statuses = {http.send("GET", "/sessions", rate_limit_test="match").status for _ in range(9)}
        assert statuses == {200}
        sandbox.clock.advance(seconds=10)


def test_a_client_that_waits_as_long_as_the_block_gets_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "_SECONDS", 0.05)
    monkeypatch.setattr("payrix_sessions.sandbox.api._RATE_LIMIT", 2)
    slept: list[float] = []

    def sleep_less(seconds: float, sleep: Callable[[float], None] = time.sleep) -> None:
        slept.append(seconds)
        sleep(0.06)

    monkeypatch.setattr(time, "sleep", sleep_less)
    with Sandbox(rate_limit=True) as sandbox, sandbox.client() as client:
        results = [client.sessions.get_sessions() for _ in range(3)]
    assert results[-1].is_success()
    assert slept
    assert min(slept) >= 10


@pytest.mark.parametrize("is_limited", [False, True])
def test_the_documented_test_header_lowers_the_limit_to_ten(is_limited: bool) -> None:
    with Sandbox(rate_limit=is_limited) as sandbox, Http(sandbox) as http:
        statuses = [http.send("GET", "/sessions", rate_limit_test="match").status for _ in range(11)]
        assert statuses == [200] * 10 + [429]
        assert http.send("GET", "/sessions").status == 200


def test_counts_of_paths_that_are_long_past_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "_MANY_SCOPES", 5)
    with Sandbox(rate_limit=True) as sandbox:
        limit = rate_limit.RateLimit(sandbox.clock)
        for number in range(20):
            assert limit.admits("127.0.0.1", f"/sessions/{number}", 1)
            sandbox.clock.advance(seconds=4)
        assert not limit.admits("127.0.0.1", "/sessions/19", 1)
        assert len(limit._traffic) < 10  # pyright: ignore[reportPrivateUsage]
