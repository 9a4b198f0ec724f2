"""Retries: only what is safe, row by row, and how long the waits are."""

import re
import socket
import time
from contextlib import ExitStack
from email.utils import formatdate
from typing import Any

import pytest

from payrix_sessions import APIException, ApiResponse, Client, PayrixException, ProxySettings
from tests.support.certificates import Certificates
from tests.support.clock import Clock
from tests.support.payrix import RATE_LIMIT, REFUSED, found, sessions
from tests.support.proxy import Proxy
from tests.support.server import OK_HEAD, Server, Step, answer, chunked, raw, reset, silence
from tests.transport.conftest import Connect
from tests.wire import CREATE, DELETE_ONE, GET_MANY, GET_ONE, Operation, make_client, outcome

pytestmark = pytest.mark.usefixtures("clock")

TOKEN = "one-token-for-every-attempt"
NESTED_RATE_LIMIT = sessions(errors=RATE_LIMIT["errors"])
TOP_RATE_LIMIT = {**RATE_LIMIT, "response": None}
RATE_LIMITED: list[tuple[Any, int]] = [(RATE_LIMIT, 429), (b"", 429), (TOP_RATE_LIMIT, 200), (NESTED_RATE_LIMIT, 200)]
NO_RECORD = sessions(errors=[{"code": 15, "severity": 2, "msg": "no", "errorCode": "no_such_record"}])
TRICKY = sessions(errors=[{"severity": 2, "msg": "not C_RATE_LIMIT_EXCEEDED_TEMP_BLOCK", "errorCode": "other"}])

# A request that may have been carried out: GET always, POST and DELETE only with a request token.
RETRIED_WHEN_SAFE: dict[str, Step] = {
    **{
        str(status): answer(b"<html>oops</html>", status)
        for status in (408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 530)
    },
    "rate limit at the top of a 200": answer(TOP_RATE_LIMIT),
    "rate limit inside a 200": answer(NESTED_RATE_LIMIT),
    "reset": reset(),
    "closed without a response": raw(b""),
    "body cut": raw(OK_HEAD + b"Content-Length: 100\r\n\r\n{"),
    "chunked body cut": raw(chunked(b'{"response":', end=False)),
    "read timeout": silence,
}
NEVER_RETRIED: dict[str, Step] = {
    **{str(status): answer(REFUSED, status) for status in (400, 401, 403, 404, 409, 422, 501, 505, 519, 529)},
    "302": answer(b"", 302, headers={"Location": "https://other.example/"}),
    "200 that is no envelope": answer(b"<html>welcome</html>"),
    "200 of errors": answer(NO_RECORD),
    "200 of an error that speaks of the rate limit": answer(TRICKY),
}
ROWS = [
    *[(GET_ONE, None, cause, True) for cause in RETRIED_WHEN_SAFE],
    *[(CREATE, TOKEN, cause, True) for cause in ("503", "520", "rate limit inside a 200", "reset", "body cut")],
    *[
        (CREATE, None, cause, False)
        for cause in ("503", "rate limit inside a 200", "reset", "body cut", "read timeout")
    ],
    *[(DELETE_ONE, token, cause, token is not None) for token in (TOKEN, None) for cause in ("429", "reset")],
    *[(GET_MANY, None, cause, True) for cause in ("429", "reset")],
    *[(GET_ONE, None, cause, False) for cause in NEVER_RETRIED],
    *[(CREATE, TOKEN, cause, False) for cause in ("400", "200 of errors")],
]


def attempt(client: Client, operation: Operation, **arguments: Any) -> Any:
    """Make the call and return what came of it, raised or not."""
    return outcome(lambda: operation(client.sessions, **arguments))


def test_a_request_is_retried_only_where_that_is_safe(connect: Connect) -> None:
    for operation, token, cause, retried in ROWS:
        step = {**RETRIED_WHEN_SAFE, **NEVER_RETRIED}[cause]
        with Server([step] * 3) as server:
            client = connect(server, max_retries=2, timeout=0.15 if step is silence else 5.0)
            result = attempt(client, operation, request_token=token)
            assert len(server.requests) == result.attempts == (3 if retried else 1)
            assert {request.headers.get("request-token") for request in server.requests} == {token}
            assert len({(request.method, request.target, request.body) for request in server.requests}) == 1
        assert isinstance(result, PayrixException) or result.is_error()


def test_a_connection_that_was_never_made_is_tried_again_even_for_a_post(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    with ExitStack() as stack:
        waits: list[float] = []

        def start_the_server_at_the_second_wait(seconds: float) -> None:
            waits.append(seconds)
            if len(waits) == 2:
                stack.enter_context(Server([found()], port=port))

        monkeypatch.setattr(time, "sleep", start_the_server_at_the_second_wait)
        client = stack.enter_context(make_client(base_url=f"http://127.0.0.1:{port}", max_retries=5))
        assert CREATE(client.sessions).attempts == 3


def test_a_post_that_went_out_over_a_kept_connection_or_a_proxy_is_not_sent_again(
    connect: Connect, trusted: Certificates
) -> None:
    steps: list[Step] = [reset(), raw(b""), answer(b"", 502)]
    for tls, step in [*((None, step) for step in steps), *((trusted.trusted, step) for step in steps)]:
        with Proxy() as proxy:
            for settings in (None, ProxySettings("127.0.0.1", proxy.port)):
                with Server([found(), step], tls=tls) as server:
                    client = connect(server, max_retries=2, proxy_settings=settings)
                    GET_ONE(client.sessions)
                    attempt(client, CREATE)
                    assert [request.method for request in server.requests] == ["GET", "POST"]


def test_the_last_failure_is_the_one_that_is_raised_with_all_attempts_counted(connect: Connect) -> None:
    rows: list[tuple[list[Step], int, int]] = [
        ([reset(), answer(b"", 503), answer(b"", 500)], 500, 3),
        ([answer(b"", 503), answer(REFUSED, 401), found()], 401, 2),
        ([reset(), answer(b"<html>")], 200, 2),
    ]
    for script, status, attempts in rows:
        with Server(script) as server:
            error = attempt(connect(server, max_retries=2), GET_ONE)
        assert (error.response_code, error.attempts) == (status, attempts)


def test_an_unusable_page_or_session_carries_the_attempts_that_it_took(connect: Connect) -> None:
    page = sessions("x", page={"hasMore": 1})
    with Server([answer(b"", 503), answer({}), answer({}), answer(page), answer(b"", 503), answer(page)]) as server:
        client = connect(server, max_retries=1)
        with pytest.raises(APIException) as caught, client.sessions.temporary_session({"login": "p1_log_1"}):
            pass
        assert caught.value.attempts == 2
        with pytest.raises(APIException, match="same sessions") as caught:
            list(client.sessions.iter_sessions())
        assert caught.value.attempts == 2


def test_a_million_retries_stop_when_the_server_gets_well(connect: Connect, clock: Clock) -> None:
    ill = 1030  # more than Python's recursion limit, and 2 to this power is no float
    with Server([answer(b"", 503)] * ill + [found()]) as server:
        assert GET_ONE(connect(server, max_retries=10**6).sessions).attempts == ill + 1
    assert (len(clock.slept), max(clock.slept)) == (ill, 8.0)


def test_each_kind_of_response_has_its_waits(connect: Connect, clock: Clock) -> None:
    failing = [answer(b"", 503), reset()] * 4
    in_five_seconds = {"Retry-After": "5"}
    told = [answer(RATE_LIMIT, 429, headers=in_five_seconds), answer(NESTED_RATE_LIMIT, headers=in_five_seconds)]
    rows: list[tuple[list[Step], dict[str, Any], list[float]]] = [
        (failing, {}, [0.5, 1, 2, 4, 8, 8]),
        (failing, {"backoff_factor": 0.1}, [0.1, 0.2, 0.4, 0.8, 1.6, 3.2]),
        (failing, {"backoff_factor": 0}, [0] * 6),
        (failing, {"max_retries": 0}, []),
        *(([answer(*limited)] * 3, {"max_retries": 2}, [11.0, 11.0]) for limited in RATE_LIMITED),
        ([*told, answer(b"", 500, headers=in_five_seconds), found()], {}, [5, 5, 5]),
    ]
    for steps, options, waits in rows:
        clock.reset()
        with Server(steps) as server:
            result = attempt(connect(server, **{"max_retries": 6, **options}), GET_ONE)
        assert result.attempts == len(waits) + 1
        assert clock.slept == pytest.approx(waits)
        assert clock.drawn == [(0, 1 if wait == 11 else wait) for wait in clock.slept if wait != 5]


def test_a_rate_limit_that_lasts_is_reported(connect: Connect) -> None:
    for body, status in RATE_LIMITED:
        with Server([answer(body, status)] * 2) as server:
            lasting = attempt(connect(server, max_retries=1), GET_ONE)
        assert isinstance(lasting, APIException if status == 429 else ApiResponse)
        assert not body or [item.error_code for item in lasting.errors] == ["C_RATE_LIMIT_EXCEEDED_TEMP_BLOCK"]


def test_retry_after_wins_over_the_computed_wait_unless_it_is_long_or_nonsense(
    connect: Connect, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def date(form: str, ahead: float = 20) -> str:
        return time.strftime(form, time.gmtime(time.time() + ahead))

    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    obeyed: list[tuple[Any, float]] = [
        *((value, float(value)) for value in ("5", "0", "60", " 7 ", "007")),
        (lambda: formatdate(time.time() + 20, usegmt=True), 20),
        (lambda: formatdate(time.time() + 20), 20),  # -0000
        (lambda: date("%a, %d %b %Y %H:%M:%S"), 20),
        (lambda: date("%a %b %e %H:%M:%S %Y"), 20),
        (lambda: date("%A, %d-%b-%y %H:%M:%S GMT"), 20),
        (lambda: date("%a, %d %b %Y %H:%M:%S +0200", 20 + 7200), 20),
    ]
    ignored: list[Any] = [
        *("61", "-1", "soon", "nan", "1e1", "1_0", "²", "", "1" * 5000, "Wed, 99 Foo 2026 99:99:99 GMT"),
        *("Fri, 31 Dec 99999999999999999999 23:59:59 GMT", "Wed, 21 Oct 2026 07:28:00 +9999999"),
        *(lambda ahead=ahead: formatdate(time.time() + ahead, usegmt=True) for ahead in (-30, 90)),
    ]
    try:
        for value, seconds in [*obeyed, *((value, 0.5) for value in ignored)]:
            clock.reset()
            headers = {"Retry-After": str(value() if callable(value) else value)}
            with Server([answer(b"", 503, headers=headers), found()]) as server:
                assert GET_ONE(connect(server, max_retries=1).sessions).attempts == 2
            assert seconds - (2 if seconds == 20 else 0) <= sum(clock.slept) <= seconds
    finally:
        monkeypatch.undo()
        time.tzset()


def test_options_choose_what_is_retried_without_a_token_and_leave_the_client_of_a_variant_alone(
    connect: Connect,
) -> None:
    given: list[Any] = [(503, 418), [503, 418], frozenset({503, 418})]
    changes = (GET_ONE, CREATE, DELETE_ONE)
    rows: list[tuple[dict[str, Any], Operation, int, str | None, int]] = [
        *(({"retry_statuses": each}, GET_ONE, status, None, 2) for each in given for status in (503, 418)),
        *(({"retry_statuses": each}, GET_ONE, 500, None, 1) for each in (*given, ())),
        ({"retry_methods": ("GET", "POST")}, CREATE, 503, None, 2),
        ({"retry_methods": ("GET", "POST")}, DELETE_ONE, 503, None, 1),
        *(({"retry_methods": ()}, operation, 503, None, 1) for operation in changes),
        *(({"retry_methods": ()}, operation, 503, TOKEN, 2) for operation in changes),
    ]
    for options, operation, status, token, times in rows:
        with Server(lambda _, status=status: answer(b"", status)) as server:  # type: ignore[misc]
            client = connect(server, max_retries=1)
            assert attempt(client.with_options(**options), operation, request_token=token).attempts == times
            assert len(server.requests) == times
            assert attempt(client, GET_ONE).attempts == (1 if status == 418 else 2)


def test_automatic_request_tokens_are_fresh_for_a_call_and_the_same_for_its_attempts(connect: Connect) -> None:
    for operation in (CREATE, DELETE_ONE):
        with Server([reset(), answer(b"", 503), found(), raw(b""), found(), answer(b"", 400)]) as server:
            client = connect(server, max_retries=2, auto_request_tokens=True)
            assert [operation(client.sessions).attempts for _ in range(2)] == [3, 2]
            error = attempt(client, operation)
            first, *_, last, refused = tokens = [request.headers["request-token"] for request in server.requests]
        assert tokens == [first, first, first, last, last, refused]
        assert len({first, last, refused}) == 3
        assert all(re.fullmatch("[!-~]{1,100}", token) for token in tokens)
        assert error.request_token == refused


def test_request_tokens_are_not_made_up_for_lookups_nor_by_default_nor_over_a_given_one(connect: Connect) -> None:
    with Server([found()] * 5) as server:
        client = connect(server)
        automatic = client.with_options(auto_request_tokens=True)
        for asked, operation in ((client, CREATE), (client, DELETE_ONE), (automatic, GET_ONE), (automatic, GET_MANY)):
            operation(asked.sessions)
        CREATE(automatic.sessions, request_token=TOKEN)
        assert [request.headers.get("request-token") for request in server.requests] == [*[None] * 4, TOKEN]
