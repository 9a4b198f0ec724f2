"""Retries: only what is safe, row by row, and how long the waits are."""

import random
import re
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from email.utils import formatdate
from typing import Any

import pytest

from payrix_sessions import (
    APIException,
    ApiResponse,
    Client,
    ConnectionException,
    PayrixException,
    ProxySettings,
)
from tests.support.certificates import Certificates
from tests.support.clock import Clock
from tests.support.payrix import RATE_LIMIT, REFUSED, found, login_of, sessions
from tests.support.proxy import Proxy
from tests.support.server import OK_HEAD, Server, Step, answer, chunked, raw, reset, silence
from tests.transport.conftest import Connect
from tests.wire import CREATE, DELETE_ONE, GET_MANY, GET_ONE, Operation, make_client, outcome

pytestmark = pytest.mark.usefixtures("clock")

Outcome = ApiResponse[Any] | APIException | ConnectionException

TOKEN = "one-token-for-every-attempt"
NESTED_RATE_LIMIT = sessions(errors=RATE_LIMIT["errors"])
NO_RECORD = sessions(errors=[{"code": 15, "severity": 2, "msg": "no", "errorCode": "no_such_record"}])

# A request that may have been carried out: GET always, POST and DELETE only with a request token.
RETRIED_WHEN_SAFE: dict[str, Step] = {
    **{
        str(status): answer(b"<html>oops</html>", status)
        for status in (408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 530)
    },
    "rate limit at the top of a 200": answer({**RATE_LIMIT, "response": None}),
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
}
ROWS = [
    *[(GET_ONE, None, cause, True) for cause in RETRIED_WHEN_SAFE],
    *[(CREATE, TOKEN, cause, True) for cause in ("503", "520", "rate limit inside a 200", "reset", "body cut")],
    *[(CREATE, None, cause, False) for cause in ("408", "429", "503", "520", "rate limit inside a 200", "body cut")],
    *[(CREATE, None, cause, False) for cause in ("reset", "closed without a response", "read timeout")],
    *[(DELETE_ONE, TOKEN, cause, True) for cause in ("429", "reset")],
    *[(DELETE_ONE, None, cause, False) for cause in ("429", "reset")],
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
            client = connect(server, max_retries=2, timeout=0.2 if step is silence else 5.0)
            result = attempt(client, operation, request_token=token)
            assert len(server.requests) == (3 if retried else 1)
            assert {request.headers.get("request-token") for request in server.requests} == {token}
            assert len({(request.method, request.target, request.body) for request in server.requests}) == 1
        assert result.attempts == len(server.requests)
        assert isinstance(result, PayrixException) or result.is_error()


@pytest.mark.parametrize("operation", [GET_ONE, CREATE], ids=lambda operation: operation.name)
def test_a_connection_that_was_never_made_is_tried_again_for_every_call(
    monkeypatch: pytest.MonkeyPatch, operation: Operation
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    with ExitStack() as stack:
        servers: list[Server] = []
        waited: list[float] = []

        def start_the_server_at_the_second_wait(seconds: float) -> None:
            waited.append(seconds)
            if len(waited) == 2:
                servers.append(stack.enter_context(Server([found()], port=port)))

        monkeypatch.setattr(time, "sleep", start_the_server_at_the_second_wait)
        client = stack.enter_context(make_client(base_url=f"http://127.0.0.1:{port}", max_retries=5))
        assert operation(client.sessions).attempts == 3
        assert len(servers[0].requests) == 1


def test_a_post_that_a_proxy_has_taken_is_not_sent_again(connect: Connect, trusted: Certificates) -> None:
    steps: list[Step] = [reset(), raw(b""), answer(b"", 502)]
    httpses: list[bool] = [False, True]
    for https in httpses:
        for step in steps:
            tls = trusted.trusted if https else None
            with Proxy() as proxy, Server([found(), step], tls=tls) as server:
                client = connect(server, max_retries=2, proxy_settings=ProxySettings("127.0.0.1", proxy.port))
                GET_ONE(client.sessions)
                attempt(client, CREATE)
                assert [request.method for request in server.requests] == ["GET", "POST"]


def test_a_post_with_a_token_whose_response_was_lost_comes_back_as_the_original(connect: Connect) -> None:
    original = answer(sessions("original", duplicateRequest=True))
    with Server([reset(), original, found()]) as server:
        client = connect(server, max_retries=2)
        result = CREATE(client.sessions, request_token=TOKEN)
        first = CREATE(client.sessions, request_token="another-token")
    assert (login_of(result), result.is_duplicate, result.attempts) == ("original", True, 2)
    assert (first.is_duplicate, first.attempts) == (False, 1)


def test_the_last_failure_is_the_one_that_is_raised_with_all_attempts_counted(connect: Connect) -> None:
    for script, status, attempts in [
        ([reset(), answer(b"", 503), answer(b"", 500)], 500, 3),
        ([answer(b"", 503), answer(REFUSED, 401), found()], 401, 2),
        ([reset(), answer(b"<html>")], 200, 2),
    ]:
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


def test_no_retries_means_one_attempt_and_no_wait(connect: Connect, clock: Clock) -> None:
    with Server([answer(b"", 503), found()]) as server:
        assert attempt(connect(server, max_retries=0), GET_ONE).attempts == 1
        assert len(server.requests) == 1
    assert clock.slept == []


def test_a_million_retries_stop_when_the_server_gets_well(connect: Connect, clock: Clock) -> None:
    ill = 1200  # more than Python's recursion limit, and 2 to this power is no float
    with Server([answer(b"", 503)] * ill + [found()]) as server:
        assert GET_ONE(connect(server, max_retries=10**6).sessions).attempts == ill + 1
    assert (len(clock.slept), max(clock.slept)) == (ill, 8.0)


def test_the_waits_double_up_to_the_cap_and_are_drawn_from_zero(connect: Connect, clock: Clock) -> None:
    rows: list[tuple[Any, list[float]]] = [
        ({}, [0.5, 1, 2, 4, 8, 8]),
        ({"backoff_factor": 0.1}, [0.1, 0.2, 0.4, 0.8, 1.6, 3.2]),
        ({"backoff_factor": 0}, [0] * 6),
    ]
    for options, waits in rows:
        clock.reset()
        with Server([answer(b"", 503), reset()] * 4) as server:
            attempt(connect(server, max_retries=6, **options), GET_ONE)
        assert clock.slept == pytest.approx(waits)
        assert [low for low, _ in clock.drawn] == [0] * len(clock.drawn)


def test_two_clients_do_not_wait_in_step(connect: Connect, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", random.Random().uniform)
    with Server([answer(b"", 503)] * 20) as server:
        for _ in range(2):
            attempt(connect(server, max_retries=9), GET_ONE)
    assert len(set(clock.slept)) == 18
    assert all(0 <= seconds <= 8 for seconds in clock.slept)


RATE_LIMITED: dict[str, tuple[Any, int]] = {
    "429": (RATE_LIMIT, 429),
    "429 without a body": (b"", 429),
    "at the top of a 200": ({**RATE_LIMIT, "response": None}, 200),
    "inside a 200": (NESTED_RATE_LIMIT, 200),
}


def test_a_rate_limit_waits_out_the_block_of_ten_seconds_and_is_reported_when_it_lasts(
    connect: Connect, clock: Clock
) -> None:
    for body, status in RATE_LIMITED.values():
        clock.reset()
        limited = answer(body, status)
        with Server([limited, limited, found(), limited, limited, limited]) as server:
            client = connect(server, max_retries=2)
            assert GET_ONE(client.sessions).attempts == 3
            assert clock.slept == [11.0, 11.0]
            assert {high - low for low, high in clock.drawn} == {1}
            lasting = attempt(client, GET_ONE)
        assert isinstance(lasting, APIException if status == 429 else ApiResponse)
        assert lasting.attempts == 3
        assert not body or [item.error_code for item in lasting.errors] == ["C_RATE_LIMIT_EXCEEDED_TEMP_BLOCK"]


def test_another_error_inside_a_200_is_not_taken_for_the_rate_limit(connect: Connect) -> None:
    tricky = sessions(errors=[{"severity": 2, "msg": "not C_RATE_LIMIT_EXCEEDED_TEMP_BLOCK", "errorCode": "other"}])
    with Server([answer(tricky), found()]) as server:
        assert attempt(connect(server, max_retries=2), GET_ONE).is_error()
        assert len(server.requests) == 1


def date(ahead: float) -> Callable[[str], str]:
    """A date so many seconds ahead, in a form of its own."""
    return lambda form: time.strftime(form, time.gmtime(time.time() + ahead))


RETRY_AFTER: dict[str, tuple[str | Callable[[], str], float | None]] = {  # None: it is not obeyed
    **{value: (value, float(value)) for value in ("5", "0", "60", " 7 ", "007")},
    **{
        repr(value)[:30]: (value, None)
        for value in (
            "61", "99999999999999999999", "1" * 5000, "-1", "-0.1", "soon", "", "nan", "inf", "1e1", "0x10", "1_0",
            "5 s", "\u00b2", "Wed, 21 Oct", "Wed, 99 Foo 2026 99:99:99 GMT", "Fri, 31 Dec 9999 23:59:59 GMT",
            "Fri, 31 Dec 99999999999999999999 23:59:59 GMT", "Mon, 01 Jan 0000 00:00:00 GMT",
            "Wed, 21 Oct 2026 07:28:00 +9999999",
        )
    },
    "a date": (lambda: formatdate(time.time() + 20, usegmt=True), 20),
    "a date of -0000": (lambda: formatdate(time.time() + 20), 20),
    "a date without a zone": (lambda: date(20)("%a, %d %b %Y %H:%M:%S"), 20),
    "asctime": (lambda: date(20)("%a %b %e %H:%M:%S %Y"), 20),
    "RFC 850": (lambda: date(20)("%A, %d-%b-%y %H:%M:%S GMT"), 20),
    "a zone of its own": (lambda: date(20 + 7200)("%a, %d %b %Y %H:%M:%S +0200"), 20),
    "a date gone by": (lambda: formatdate(time.time() - 30, usegmt=True), None),
    "a date far ahead": (lambda: formatdate(time.time() + 90, usegmt=True), None),
}  # fmt: skip


@pytest.mark.parametrize(("value", "seconds"), RETRY_AFTER.values(), ids=RETRY_AFTER)
def test_retry_after_wins_over_the_computed_wait_unless_it_is_long_or_nonsense(
    connect: Connect, clock: Clock, monkeypatch: pytest.MonkeyPatch, value: Any, seconds: float | None
) -> None:
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    try:
        headers = {"Retry-After": str(value() if callable(value) else value)}
        with Server([answer(b"", 503, headers=headers), found()]) as server:
            assert GET_ONE(connect(server, max_retries=1).sessions).attempts == 2
    finally:
        monkeypatch.undo()
        time.tzset()
    wanted = 0.5 if seconds is None else seconds
    assert wanted - (2 if callable(value) and seconds else 0) <= sum(clock.slept) <= wanted


def test_retry_after_counts_whatever_it_came_with(connect: Connect, clock: Clock) -> None:
    rows: list[tuple[Any, int]] = [(RATE_LIMIT, 429), (b"", 500), (NESTED_RATE_LIMIT, 200)]
    for body, status in rows:
        clock.reset()
        with Server([answer(body, status, headers={"Retry-After": "5"}), found()]) as server:
            assert GET_ONE(connect(server, max_retries=1).sessions).attempts == 2
        assert clock.slept == [5]


def times_sent(
    connect: Connect, operation: Operation, *, status: int = 503, token: str | None = None, **options: Any
) -> int:
    """How many times a call that always meets this status is sent, with one retry."""
    with Server([answer(b"", status)] * 2) as server:
        attempt(connect(server, max_retries=1, **options), operation, request_token=token)
        return len(server.requests)


def test_retry_statuses_replace_the_default(connect: Connect) -> None:
    rows: list[Any] = [(503, 418), [503, 418], frozenset({503, 418}), ()]
    for given in rows:
        times = [times_sent(connect, GET_ONE, status=status, retry_statuses=given) for status in (503, 418, 500)]
        assert times == ([2, 2, 1] if given else [1, 1, 1])


def test_retry_methods_are_retried_without_a_token_and_all_with_one(connect: Connect) -> None:
    rows: list[tuple[Sequence[str], str | None, list[int]]] = [
        (("GET", "POST"), None, [2, 2, 1]),
        ((), None, [1, 1, 1]),
        ((), TOKEN, [2, 2, 2]),
    ]
    for methods, token, times in rows:
        operations = (GET_ONE, CREATE, DELETE_ONE)
        assert [times_sent(connect, each, token=token, retry_methods=methods) for each in operations] == times


def test_options_of_a_variant_do_not_change_the_client_it_came_from(connect: Connect) -> None:
    with Server(lambda _: answer(b"", 503)) as server:
        client = connect(server, max_retries=2)
        variant = client.with_options(max_retries=0, retry_statuses=(500,))
        for asked, expected in [(variant, 1), (client, 4), (variant, 5)]:
            attempt(asked, GET_ONE)
            assert len(server.requests) == expected


def tokens_sent(server: Server) -> list[str | None]:
    return [request.headers.get("request-token") for request in server.requests]


def test_automatic_request_tokens_are_fresh_for_a_call_and_the_same_for_its_attempts(connect: Connect) -> None:
    rows: list[Operation] = [CREATE, DELETE_ONE]
    for operation in rows:
        with Server([reset(), answer(b"", 503), found(), raw(b""), found(), answer(b"", 400)]) as server:
            client = connect(server, max_retries=2, auto_request_tokens=True)
            assert operation(client.sessions).attempts == 3
            assert operation(client.sessions).attempts == 2
            error = attempt(client, operation)
            first, *_, last, refused = tokens = tokens_sent(server)
        assert tokens == [first, first, first, last, last, refused]
        assert len({first, last, refused}) == 3
        assert all(re.fullmatch("[!-~]{1,100}", str(token)) for token in tokens)
        assert error.request_token == refused


def test_request_tokens_are_not_made_up_for_lookups_nor_by_default_nor_over_a_given_one(connect: Connect) -> None:
    with Server([found()] * 5) as server:
        client = connect(server)
        CREATE(client.sessions)
        DELETE_ONE(client.sessions)
        automatic = client.with_options(auto_request_tokens=True)
        GET_ONE(automatic.sessions)
        GET_MANY(automatic.sessions)
        CREATE(automatic.sessions, request_token=TOKEN)
        assert tokens_sent(server) == [None, None, None, None, TOKEN]
