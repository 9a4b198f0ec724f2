"""Request tokens and the rate limit."""

from unittest import mock

import pytest

from payrix_sessions.sandbox import Sandbox, rate_limit
from tests.sandbox.http import Http

SHORT = {"requestId": 1}
DUPLICATE = {"requestId": 1, "duplicateRequest": True}


def test_a_repeat_gets_the_original_record_whatever_its_login_asks_for_under_both_names(
    sandbox: Sandbox, http: Http
) -> None:
    session = http.create(login="t1_log_a")
    deleted = http.delete(session["id"], request_token="once")
    assert (deleted.data, deleted.details) == ([session], SHORT)
    underlined = {"APIKEY": sandbox.api_key, "REQUEST_TOKEN": "once"}
    for repeat in (http.post(request_token="once"), http.get(credentials=underlined)):
        assert (repeat.data, repeat.details) == ([session], DUPLICATE)
    assert sandbox.sessions == []
    other = {"SESSIONKEY": http.create(login="t1_log_a")["key"]}
    assert http.post(request_token="once", credentials=other).details == SHORT


def test_a_token_of_a_hundred_characters_is_forgotten_after_48_hours_or_a_failure(sandbox: Sandbox, http: Http) -> None:
    assert http.post({"public": 2}, request_token="x" * 100).outcome == "200 invalid_range"
    for hours, details in ((0, SHORT), (47, DUPLICATE), (1, SHORT)):
        sandbox.clock.advance(hours=hours)
        reply = http.post(request_token="x" * 100)
        assert (len(reply.data), reply.details) == (1, details)
    assert http.get(request_token="y" * 101).outcome == "400 invalid_request"


def test_more_than_a_thousand_requests_for_a_path_are_blocked_for_ten_seconds_of_the_sandbox() -> None:
    with Sandbox(rate_limit=True) as sandbox, Http(sandbox) as http:
        assert {http.get("/sessions/x").status for _ in range(1000)} == {200}
        blocked = http.get("/sessions/x?embed=login")
        assert blocked.outcome == "429 C_RATE_LIMIT_EXCEEDED_TEMP_BLOCK"
        assert "Retry-After" not in blocked.headers
        assert http.get("/sessions/y").status == 200
        for seconds, status in ((9, 429), (1, 200)):
            sandbox.clock.advance(seconds=seconds)
            assert http.get("/sessions/x").status == status


@pytest.mark.parametrize("is_limited", [False, True])
def test_no_limit_holds_by_default_but_ten_for_its_header(monkeypatch: pytest.MonkeyPatch, is_limited: bool) -> None:
    monkeypatch.setattr("payrix_sessions.sandbox.api._RATE_LIMIT", 20)
    with Sandbox(rate_limit=is_limited) as sandbox, Http(sandbox) as http:
        statuses = [http.get(rate_limit_test="match").status for _ in range(11)]
        assert statuses == [200] * 10 + [429]
        statuses = [http.get().status for _ in range(21)]
        assert statuses == [200] * 20 + [429 if is_limited else 200]


def test_a_block_ends_after_ten_real_seconds_too(sandbox: Sandbox, http: Http) -> None:
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
