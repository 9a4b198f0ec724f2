"""Retries: only what is safe, and how long the waits are; and what is told of a request that may have got through."""

import re
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from typing import Any

import pytest

from payrix_sessions import APIException, Client, TimeoutException
from tests.support.clock import Clock, measured
from tests.support.leaks import leaks
from tests.support.payrix import RATE_LIMIT, REFUSED, failure_of, found, login_of, serve, sessions
from tests.support.server import Exchange, Step, answer, chunked, raw, reset, silence, sized
from tests.wire import CREATE, DELETE_ONE, GET_ONE, Operation, outcome

TOKEN = "one-token-for-every-attempt"
BUSY = answer(b"", 503)
UNAUTHORIZED = answer(REFUSED, 401)
NESTED_RATE_LIMIT = sessions(errors=RATE_LIMIT["errors"])
TOP_RATE_LIMIT = {**RATE_LIMIT, "response": None}
RATE_LIMITED: list[tuple[Any, int]] = [(RATE_LIMIT, 429), (b"", 429), (TOP_RATE_LIMIT, 200), (NESTED_RATE_LIMIT, 200)]
NO_RECORD = [{"code": 15, "severity": 2, "msg": "no", "errorCode": "no_such_record"}]
TRICKY = [{"severity": 2, "msg": "not C_RATE_LIMIT_EXCEEDED_TEMP_BLOCK", "errorCode": "other"}]

# Failures, whether they are retried when that is safe, and whether the request may have been carried out all the same.
FAILURES: list[tuple[Step, bool, bool]] = [
    *((answer(b"<html>", status), True, True) for status in (408, 500, 502, 503, 504, *range(520, 528), 530)),
    *((answer(body, status), True, False) for body, status in RATE_LIMITED),
    *((step, True, True) for step in (reset(), raw(b""), silence)),
    *((raw(cut), True, True) for cut in (sized(b"{", length=100), chunked(b"{", end=False))),
    *((answer(REFUSED, status), False, False) for status in (400, 401, 403, 404, 409, 422)),
    (answer(b"<html>", 403), False, False),
    *((answer({"errors": [{"msg": "no luck"}]}, status), False, True) for status in (501, 505, 519, 529)),
    *((answer(b"", status, headers={"Location": "/x"}), False, status == 303) for status in (302, 303)),
    *((answer(sessions(errors=errors)), False, False) for errors in (REFUSED["errors"], NO_RECORD, TRICKY)),
    (answer(sessions("made", errors=NO_RECORD)), False, True),
    *((answer(body), False, True) for body in (b"<html>", b"", b"\xff", b"x" * 2000)),
]


def attempt(client: Client, operation: Operation) -> Any:
    """Make the call and return what came of it, raised or not."""
    return outcome(lambda: operation(client.sessions))


def test_a_request_is_retried_only_where_that_is_safe_and_a_doubt_about_a_change_is_told(clock: Clock) -> None:
    calls = [(GET_ONE, None), (CREATE, None), (CREATE, TOKEN), (DELETE_ONE, None), (DELETE_ONE, TOKEN)]
    for step, retried, doubtful in FAILURES:
        for operation, token in calls[: 2 if step is silence else None]:
            timeout = 0.15 if step is silence else 5.0
            with serve(*[step] * 3, max_retries=2, timeout=timeout, max_response_bytes=1000) as (server, client):
                error = failure_of(client, operation, request_token=token)
            is_safe = not operation.changes_something or token
            assert len(server.requests) == error.attempts == (3 if retried and is_safe else 1)
            assert {request.headers.get("request-token") for request in server.requests} == {token}
            assert len({(request.method, request.target, request.body) for request in server.requests}) == 1
            assert error.may_have_been_sent is doubtful or not operation.changes_something


def test_no_later_attempt_takes_the_doubt_away_or_brings_it(clock: Clock) -> None:
    for step, retried, doubtful in FAILURES:
        for steps, doubt in [([reset(), step], True), ([step, UNAUTHORIZED], doubtful)][: 2 if retried else 1]:
            timeout = 0.1 if silence in steps else 5
            with serve(*steps, max_retries=1, timeout=timeout, max_response_bytes=1000) as (_, client):
                error = failure_of(client, CREATE, request_token=TOKEN)
            assert (error.attempts, error.may_have_been_sent) == (2, doubt)


def test_an_unusable_page_or_session_carries_the_attempts_that_it_took(clock: Clock) -> None:
    page = sessions("x", page={"hasMore": 1})
    with serve(BUSY, answer({}), answer({}), answer(page), BUSY, answer(page), max_retries=1) as (_, client):
        with pytest.raises(APIException) as caught:
            client.sessions.temporary_session({"login": "p1_log_1"}).__enter__()
        assert caught.value.attempts == 2
        with pytest.raises(APIException, match="same sessions") as caught:
            list(client.sessions.iter_sessions())
        assert caught.value.attempts == 2


def test_a_million_retries_stop_when_the_server_gets_well(clock: Clock) -> None:
    ill = 1030  # more than Python's recursion limit, and 2 to this power is no float
    with serve(*[BUSY] * ill, found(), max_retries=10**6) as (_, client):
        assert GET_ONE(client.sessions).attempts == ill + 1
    assert (len(clock.slept), max(clock.slept)) == (ill, 8.0)


def test_each_kind_of_response_has_its_waits_and_one_that_does_not_fit_is_not_begun(clock: Clock) -> None:
    failing = [BUSY, reset()] * 4
    soon = {"Retry-After": "5"}
    told = [answer(RATE_LIMIT, 429, headers=soon), answer(NESTED_RATE_LIMIT, headers=soon)]
    rows: list[tuple[list[Step], Any, Any]] = [
        (failing, {}, [0.5, 1, 2, 4, 8, 8]),
        (failing, {"backoff_factor": 0.1}, [0.1, 0.2, 0.4, 0.8, 1.6, 3.2]),
        (failing, {"backoff_factor": 0}, [0] * 6),
        (failing, {"max_retries": 0}, []),
        ([*told, answer(b"", 500, headers=soon), found()], {}, [5, 5, 5]),
        *(([answer(body, status)] * 3, {"max_retries": 2}, [11, 11]) for body, status in RATE_LIMITED),
        ([BUSY] * 5, {"total_timeout": 2.0}, [0.5, 1]),
        ([BUSY] * 7, {"total_timeout": 60.0}, [0.5, 1, 2, 4, 8, 8]),
        ([reset()], {"total_timeout": 0.4}, []),
        *(([answer(b"", 503, headers=soon)] * 3, {"total_timeout": t}, [5] * n) for t, n in ((12.0, 2), (4.0, 0))),
        ([answer(RATE_LIMIT, 429)] * 2, {"total_timeout": 12.0}, [11]),
    ]
    for steps, options, waits in rows:
        clock.slept.clear()
        with serve(*steps, max_retries=6) as (server, client):
            result = attempt(client.with_options(**options), GET_ONE)
        assert result.attempts == len(server.requests) == len(waits) + 1
        assert clock.slept == pytest.approx(waits)


def test_retry_after_wins_over_the_computed_wait_unless_it_is_long_or_nonsense(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def date(form: str, ahead: float = 20) -> str:
        return time.strftime(form, time.gmtime(time.time() + ahead))

    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    obeyed: list[tuple[Any, float]] = [
        *((value, float(value)) for value in ("5", "0", "60", " 7 ", "007")),
        (lambda: formatdate(time.time() + 20, usegmt=True), 20),
        (lambda: formatdate(time.time() + 20), 20),  # -0000
        *((lambda form=form: date(form), 20) for form in ("%a, %d %b %Y %H:%M:%S", "%A, %d-%b-%y %H:%M:%S GMT")),
        (lambda: date("%a, %d %b %Y %H:%M:%S +0200", 20 + 7200), 20),
    ]
    ignored: list[Any] = [
        *("61", "-1", "soon", "nan", "1e1", "1_0", "²", "", "1" * 5000, "Wed, 99 Foo 2026 99:99:99 GMT"),
        *("Fri, 31 Dec 99999999999999999999 23:59:59 GMT", "Wed, 21 Oct 2026 07:28:00 +9999999"),
        *(lambda ahead=ahead: formatdate(time.time() + ahead, usegmt=True) for ahead in (-30, 90)),
    ]
    try:
        for value, seconds in [*obeyed, *((value, 0.5) for value in ignored)]:
            clock.slept.clear()
            headers = {"Retry-After": str(value() if callable(value) else value)}
            with serve(answer(b"", 503, headers=headers), found(), max_retries=1) as (_, client):
                assert GET_ONE(client.sessions).attempts == 2
            assert seconds - (2 if seconds == 20 else 0) <= sum(clock.slept) <= seconds
    finally:
        monkeypatch.undo()
        time.tzset()


def test_options_choose_what_is_retried_without_a_token_and_leave_the_client_of_a_variant_alone(clock: Clock) -> None:
    given: list[Any] = [(503, 418), [503, 418], frozenset({503, 418})]
    rows: list[tuple[dict[str, Any], Operation, int, str | None, int]] = [
        *(({"retry_statuses": each}, GET_ONE, status, None, 2) for each in given for status in (503, 418)),
        *(({"retry_statuses": each}, GET_ONE, 500, None, 1) for each in (given[0], ())),
        *(({"retry_methods": ["GET", "POST"]}, call, 503, None, n) for call, n in ((CREATE, 2), (DELETE_ONE, 1))),
        *(({"retry_methods": ()}, call, 503, token, n) for call, token, n in ((GET_ONE, None, 1), (CREATE, TOKEN, 2))),
    ]
    for options, operation, status, token, times in rows:
        with serve(*[answer(b"", status)] * 4, max_retries=1) as (server, client):
            assert failure_of(client.with_options(**options), operation, request_token=token).attempts == times
            assert len(server.requests) == times
            assert failure_of(client).attempts == (1 if status == 418 else 2)


def test_automatic_request_tokens_are_fresh_for_a_call_and_the_same_for_its_attempts(clock: Clock) -> None:
    for operation in (CREATE, DELETE_ONE):
        steps = (reset(), BUSY, found(), raw(b""), found(), answer(b"", 400), *[found()] * 3)
        with serve(*steps, max_retries=2, auto_request_tokens=True) as (server, client):
            assert [operation(client.sessions).attempts for _ in range(2)] == [3, 2]
            error = attempt(client, operation)
            # None is made up for a lookup, nor by default, nor over a given one.
            GET_ONE(client.sessions)
            operation(client.with_options(auto_request_tokens=False).sessions)
            operation(client.sessions, request_token=TOKEN)
            tokens = [request.headers.get("request-token") for request in server.requests]
        first, last, refused = tokens[0], tokens[3], tokens[5]
        assert tokens == [first, first, first, last, last, refused, None, None, TOKEN]
        assert len({first, last, refused}) == 3
        assert all(re.fullmatch("[!-~]{1,100}", token or "") for token in tokens[:6])
        assert error.request_token == refused


# tests/test_client.py has the client that is closed after a lost response.
def test_a_retry_that_is_refused_takes_no_doubt_away_and_a_client_that_is_closed_brings_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for first, closes, told in ((reset(), False, (3, True, False)), (answer(RATE_LIMIT, 429), True, (1, False, True))):
        with serve(first, max_retries=2) as (server, client):
            act = client.close if closes else server.refuse_connections

            def wait(_: float, act: Any = act) -> None:
                act()

            monkeypatch.setattr(time, "sleep", wait)
            error = failure_of(client, CREATE, request_token=TOKEN)
            assert len(server.requests) == 1
        assert (error.attempts, error.may_have_been_sent, error.is_permanent) == told


def test_a_wait_for_a_connection_that_ends_leaves_no_doubt() -> None:
    over = threading.Event()

    def found_when_over(exchange: Exchange) -> bool:
        over.wait(5)
        return found()(exchange)

    with serve(found_when_over, pool_size=1, timeout=5) as (server, client), ThreadPoolExecutor() as pool:
        calls = [pool.submit(attempt, client, GET_ONE)]
        server.wait_for_requests()
        total = {"total_timeout": 0.1, "max_retries": 3}
        bounds: list[dict[str, Any]] = [{"timeout": 0.1}, {"timeout": (0.1, None)}, total]
        for options in bounds:
            with measured(2.5, at_least=0.08):
                error = failure_of(client.with_options(**options), CREATE, "pool_size")
            assert (type(error), error.may_have_been_sent) == (TimeoutException, False)
        calls.append(pool.submit(attempt, client, CREATE))
        threading.Event().wait(0.05)
        client.close()
        over.set()
        assert ["may have been carried out" in str(call.result()) for call in calls] == [False, False]
        assert [request.method for request in server.requests] == ["GET"]


def test_a_response_that_comes_again_is_not_taken_for_the_next() -> None:
    first = sessions("first", id="p1_ssn_a")
    first["response"]["data"][0]["key"] = "fake-key-of-somebody-else"
    with serve(answer(first), answer(first), answer(sessions("third", id="p1_ssn_c"))) as (server, client):
        assert login_of(client.sessions.get_sessions_id("p1_ssn_a")) == "first"
        assert leaks(failure_of(client, GET_ONE, id="p1_ssn_b"), ["fake-key-of-somebody-else"]) == []
        assert login_of(client.sessions.get_sessions_id("p1_ssn_c")) == "third"
        assert [request.connection for request in server.requests] == [1, 1, 2]


def test_chaos_makes_and_deletes_each_session_exactly_once() -> None:
    command = [sys.executable, "-m", "tests.support.chaos", "--seconds", "0.5"]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, timeout=90)
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    assert "each exactly once" in ran.stdout
