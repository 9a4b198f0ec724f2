"""Retries: only what is safe, row by row, and how long the waits are."""

import re
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from email.utils import formatdate
from typing import Any

import pytest

from payrix_sessions import (
    APIException,
    ApiResponse,
    Client,
    ConfigurationException,
    ConnectionException,
    ProxySettings,
)
from tests.support.certificates import Certificates
from tests.support.clock import Waits
from tests.support.payrix import RATE_LIMIT, REFUSED, found, sessions
from tests.support.proxy import Proxy
from tests.support.server import OK_HEAD, Request, Server, Step, answer, chunked, raw, reset, silence
from tests.transport.conftest import Connect
from tests.wire import CREATE, DELETE_ONE, GET_MANY, GET_ONE, OPERATIONS, Operation, make_client

pytestmark = pytest.mark.usefixtures("waits")

Outcome = ApiResponse[Any] | APIException | ConnectionException

TOKEN = "one-token-for-every-attempt"
NESTED_RATE_LIMIT = sessions(errors=RATE_LIMIT["errors"])
NOT_FOUND_OUT = sessions(errors=[{"code": 15, "severity": 2, "msg": "no", "errorCode": "no_such_record"}])

# A request that may have been carried out: GET always, POST and DELETE only with a request token.
RETRIED_WHEN_SAFE: dict[str, Step] = {
    "408": answer(b"slow", 408),
    "429": answer(RATE_LIMIT, 429),
    "429 with an HTML page": answer(b"<html>busy</html>", 429),
    "500": answer(b"<html>oops</html>", 500),
    "502": answer(b"", 502),
    "503": answer(b"later", 503),
    "504": answer(b"", 504),
    "rate limit at the top of a 200": answer({**RATE_LIMIT, "response": None}),
    "rate limit inside a 200": answer(NESTED_RATE_LIMIT),
    "reset": reset(),
    "closed without an answer": raw(b""),
    "body cut": raw(OK_HEAD + b"Content-Length: 100\r\n\r\n{"),
    "chunked body cut": raw(chunked(b'{"response":', end=False)),
    "reset in mid-body": reset(OK_HEAD + b"Content-Length: 100\r\n\r\n{"),
    "read timeout": silence,
}
NEVER_RETRIED: dict[str, Step] = {
    "400": answer(REFUSED, 400),
    "401": answer(REFUSED, 401),
    "403": answer(REFUSED, 403),
    "404": answer(b"<html>", 404),
    "409": answer(b"{}", 409),
    "422": answer(b"{}", 422),
    "501": answer(b"", 501),
    "302": answer(b"", 302, headers={"Location": "https://other.example/"}),
    "200 that is no envelope": answer(b"<html>welcome</html>"),
    "200 that is empty": answer(b""),
    "200 of errors": answer(NOT_FOUND_OUT),
}
# fmt: off
ROWS = [
    (operation, token, cause, step, token is not None or operation.http_method == "GET")
    for cause, step in RETRIED_WHEN_SAFE.items() for operation in OPERATIONS for token in (TOKEN, None)
] + [
    (operation, token, cause, step, False)
    for cause, step in NEVER_RETRIED.items() for operation in OPERATIONS for token in (TOKEN, None)
]
# fmt: on


def outcome(client: Client, operation: Operation, **arguments: Any) -> Outcome:
    """Make the call and return what came of it, raised or not."""
    try:
        return operation(client.sessions, **arguments)
    except (APIException, ConnectionException) as error:
        return error


@pytest.mark.parametrize(
    ("operation", "token", "step", "retried"),
    [pytest.param(o, t, s, r, id=f"{o.name}-{t and 'token'}-{c}") for o, t, c, s, r in ROWS],
)
def test_a_request_is_repeated_only_where_that_is_safe(
    connect: Connect, operation: Operation, token: str | None, step: Step, retried: bool
) -> None:
    with Server([step] * 3) as server:
        timeout = 0.04 if step is silence else 5.0
        client = connect(server, max_retries=2, timeout=timeout)
        result = outcome(client, operation, request_token=token)
        assert len(server.requests) == (3 if retried else 1)
        assert {request.headers.get("request-token") for request in server.requests} == {token}
        assert len({(request.method, request.target, request.body) for request in server.requests}) == 1
    assert result.attempts == len(server.requests)
    assert not isinstance(result, ApiResponse) or result.is_error()


@pytest.mark.parametrize("token", [TOKEN, None])
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_a_connection_that_was_never_made_is_tried_again_for_every_call(
    monkeypatch: pytest.MonkeyPatch, operation: Operation, token: str | None
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
        assert operation(client.sessions, request_token=token).attempts == 3
        assert len(servers[0].requests) == 1


def test_a_host_without_an_address_is_tried_again_even_for_a_post(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def nowhere(host: object, *_: object, **__: object) -> None:
        asked.append(host)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    with make_client(base_url="https://payrix.invalid", max_retries=2) as client:
        with pytest.raises(ConnectionException) as caught:
            CREATE(client.sessions)
    assert (caught.value.attempts, len(asked)) == (3, 3)


@pytest.mark.parametrize("step", [reset(), raw(b""), answer(b"", 502)], ids=["reset", "closed", "502"])
def test_a_post_that_a_proxy_has_taken_is_not_sent_again(connect: Connect, step: Step) -> None:
    with Server([found(), step]) as proxy, Server([]) as server:
        client = connect(server, max_retries=2, proxy_settings=ProxySettings("127.0.0.1", proxy.port))
        GET_ONE(client.sessions)
        outcome(client, CREATE)
        assert [request.method for request in proxy.requests] == ["GET", "POST"]


@pytest.mark.parametrize("step", [reset(), raw(b"")], ids=["reset", "closed"])
def test_a_post_in_a_tunnel_is_not_sent_again(
    connect: Connect, certificates: Certificates, monkeypatch: pytest.MonkeyPatch, step: Step
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.bundle))
    with Proxy() as proxy, Server([step], tls=certificates.trusted) as server:
        client = connect(server, max_retries=2, proxy_settings=ProxySettings("127.0.0.1", proxy.port))
        outcome(client, CREATE)
        assert [request.method for request in server.requests] == ["POST"]


@pytest.mark.parametrize("lost", ["reset", "closed without an answer", "body cut", "504"])
def test_a_post_with_a_token_whose_answer_was_lost_comes_back_as_the_original(connect: Connect, lost: str) -> None:
    with Server([RETRIED_WHEN_SAFE[lost], answer(sessions("p1_ssn_original", duplicateRequest=True))]) as server:
        result = CREATE(connect(server, max_retries=2).sessions, request_token=TOKEN)
        assert [request.headers["request-token"] for request in server.requests] == [TOKEN, TOKEN]
    assert result.body.data[0].id == "p1_ssn_original"
    assert (result.is_duplicate, result.attempts) == (True, 2)


def test_a_first_answer_is_no_duplicate_and_took_one_attempt(connect: Connect) -> None:
    with Server([found()]) as server:
        result = CREATE(connect(server, max_retries=2).sessions, request_token=TOKEN)
    assert (result.is_duplicate, result.attempts) == (False, 1)


def test_the_last_failure_is_the_one_that_is_raised_with_all_attempts_counted(connect: Connect) -> None:
    with Server([reset(), answer(b"", 503), answer(b"", 500)]) as server:
        with pytest.raises(APIException) as caught:
            GET_ONE(connect(server, max_retries=2).sessions)
    assert (caught.value.response_code, caught.value.attempts) == (500, 3)


def test_a_failure_that_may_be_repeated_is_followed_by_one_that_may_not(connect: Connect) -> None:
    with Server([answer(b"", 503), answer(REFUSED, 401), found()]) as server:
        with pytest.raises(APIException) as caught:
            GET_ONE(connect(server, max_retries=5).sessions)
    assert (caught.value.response_code, caught.value.attempts) == (401, 2)


def test_no_retries_means_one_attempt_and_no_wait(connect: Connect, waits: Waits) -> None:
    with Server([answer(b"", 503), found()]) as server:
        with pytest.raises(APIException) as caught:
            GET_ONE(connect(server, max_retries=0).sessions)
        assert len(server.requests) == 1
    assert (caught.value.attempts, waits.slept) == (1, [])


def test_a_million_retries_stop_when_the_server_gets_well(connect: Connect, waits: Waits) -> None:
    ill = 1200  # more than Python's recursion limit, and 2 to this power is no float
    with Server([answer(b"", 503)] * ill + [found()]) as server:
        result = GET_ONE(connect(server, max_retries=10**6).sessions)
    assert result.attempts == ill + 1
    assert len(waits.slept) == ill
    assert max(waits.slept) == 8.0


@pytest.mark.parametrize("max_retries", [-1, 1.5, "2", None, True])
def test_a_number_of_retries_that_cannot_be_meant_is_refused_by_name(max_retries: Any) -> None:
    with pytest.raises(ConfigurationException, match="max_retries"):
        make_client(max_retries=max_retries)


def test_the_waits_double_up_to_the_cap_and_are_drawn_from_zero(connect: Connect, waits: Waits) -> None:
    with Server([answer(b"", 503)] * 7) as server:
        outcome(connect(server, max_retries=6), GET_ONE)
    assert waits.drawn == [(0, 0.5), (0, 1.0), (0, 2.0), (0, 4.0), (0, 8.0), (0, 8.0)]
    assert waits.slept == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]


def test_the_backoff_factor_scales_the_waits(connect: Connect, waits: Waits) -> None:
    with Server([reset()] * 4) as server:
        outcome(connect(server, max_retries=3, backoff_factor=0.1), GET_ONE)
    assert waits.slept == pytest.approx([0.1, 0.2, 0.4])


def test_a_backoff_factor_of_zero_does_not_wait(connect: Connect, waits: Waits) -> None:
    with Server([reset()] * 3) as server:
        outcome(connect(server, max_retries=2, backoff_factor=0), GET_ONE)
    assert sum(waits.slept) == 0


def test_two_clients_do_not_wait_in_step(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    with Server([answer(b"", 503)] * 20) as server:
        for _ in range(2):
            outcome(connect(server, max_retries=9), GET_ONE)
    assert slept[:9] != slept[9:]
    assert len(set(slept)) == 18
    assert all(0 <= second <= 8 for second in slept)


RATE_LIMITED: dict[str, tuple[Any, int]] = {
    "429": (RATE_LIMIT, 429),
    "429 without a body": (b"", 429),
    "at the top of a 200": ({**RATE_LIMIT, "response": None}, 200),
    "inside a 200": (NESTED_RATE_LIMIT, 200),
}
each_rate_limit = pytest.mark.parametrize(("body", "status"), RATE_LIMITED.values(), ids=RATE_LIMITED)


@each_rate_limit
def test_a_rate_limit_waits_out_the_block_of_ten_seconds(
    connect: Connect, waits: Waits, body: Any, status: int
) -> None:
    with Server([answer(body, status), answer(body, status), found()]) as server:
        result = GET_ONE(connect(server, max_retries=2).sessions)
    assert (result.attempts, result.is_success()) == (3, True)
    assert waits.slept == [11.0, 11.0]
    assert {high - low for low, high in waits.drawn} == {1}


@each_rate_limit
def test_a_rate_limit_that_lasts_is_reported_with_its_errors(connect: Connect, body: Any, status: int) -> None:
    with Server([answer(body, status)] * 2) as server:
        result = outcome(connect(server, max_retries=1), GET_MANY)
    assert isinstance(result, APIException if status == 429 else ApiResponse)
    assert result.attempts == 2
    if body:
        assert [item.error_code for item in result.errors] == ["C_RATE_LIMIT_EXCEEDED_TEMP_BLOCK"]


def test_another_error_inside_a_200_is_not_taken_for_the_rate_limit(connect: Connect) -> None:
    tricky = sessions(errors=[{"severity": 2, "msg": "not C_RATE_LIMIT_EXCEEDED_TEMP_BLOCK", "errorCode": "other"}])
    with Server([answer(tricky), found()]) as server:
        assert GET_ONE(connect(server, max_retries=2).sessions).is_error()
        assert len(server.requests) == 1


@pytest.mark.parametrize(("value", "seconds"), [("5", 5), ("0", 0), ("60", 60), (" 7 ", 7), ("007", 7)])
@pytest.mark.parametrize(("body", "status"), [(RATE_LIMIT, 429), (b"", 503), (b"", 500), (NESTED_RATE_LIMIT, 200)])
def test_retry_after_in_seconds_wins_over_the_computed_wait(
    connect: Connect, waits: Waits, body: Any, status: int, value: str, seconds: float
) -> None:
    with Server([answer(body, status, headers={"Retry-After": value}), found()]) as server:
        assert GET_ONE(connect(server, max_retries=1).sessions).attempts == 2
    assert sum(waits.slept) == seconds


USELESS = [
    "61", "3600", "99999999999999999999", "1" * 5000, "-1", "-0.1", "soon", "", "nan", "inf", "1e1", "0x10", "1_0",
    "5 s", "\u00b2", "Wed, 21 Oct", "Wed, 99 Foo 2026 99:99:99 GMT", "Fri, 31 Dec 9999 23:59:59 GMT",
    "Fri, 31 Dec 99999999999999999999 23:59:59 GMT",
    "Mon, 01 Jan 0000 00:00:00 GMT", "Wed, 21 Oct 99999 07:28:00 GMT", "Wed, 21 Oct 2026 07:28:00 +9999999",
]  # fmt: skip


@pytest.mark.parametrize("value", USELESS, ids=lambda value: repr(value)[:30])
@pytest.mark.parametrize(("status", "computed"), [(503, 0.5), (429, 11.0)])
def test_retry_after_that_is_long_or_nonsense_is_not_slept_on(
    connect: Connect, waits: Waits, value: str, status: int, computed: float
) -> None:
    with Server([answer(b"", status, headers={"Retry-After": value}), found()]) as server:
        assert GET_ONE(connect(server, max_retries=1).sessions).attempts == 2
    assert waits.slept == [computed]


@pytest.mark.parametrize("ahead", [20, 50])
def test_retry_after_as_a_date_is_waited_for(connect: Connect, waits: Waits, ahead: int) -> None:
    date = formatdate(time.time() + ahead, usegmt=True)
    with Server([answer(b"", 503, headers={"Retry-After": date}), found()]) as server:
        assert GET_ONE(connect(server, max_retries=1).sessions).attempts == 2
    (waited,) = waits.slept
    assert ahead - 2 <= waited <= ahead


@pytest.mark.parametrize("ahead", [-86400, -30, 90, 86400])
def test_retry_after_as_a_date_gone_by_or_far_ahead_is_not_slept_on(connect: Connect, waits: Waits, ahead: int) -> None:
    date = formatdate(time.time() + ahead, usegmt=True)
    with Server([answer(b"", 503, headers={"Retry-After": date}), found()]) as server:
        assert GET_ONE(connect(server, max_retries=1).sessions).attempts == 2
    assert waits.slept == [0.5]


def statuses_asked(connect: Connect, status: int, **options: Any) -> int:
    """How many times a GET that always meets this status is sent, with one retry."""
    with Server([answer(b"", status)] * 2) as server:
        outcome(connect(server, max_retries=1, **options), GET_ONE)
        return len(server.requests)


@pytest.mark.parametrize("given", [(503, 418), [503, 418], {503, 418}, frozenset({503, 418})], ids=repr)
def test_retry_statuses_replace_the_default(connect: Connect, given: Any) -> None:
    times = [statuses_asked(connect, status, retry_statuses=given) for status in (503, 418, 500)]
    assert times == [2, 2, 1]


def test_no_retry_statuses_means_none(connect: Connect) -> None:
    assert [statuses_asked(connect, status, retry_statuses=()) for status in (500, 503)] == [1, 1]


def times_sent(connect: Connect, operation: Operation, methods: Sequence[str], token: str | None = None) -> int:
    with Server([answer(b"", 503)] * 2) as server:
        outcome(connect(server, max_retries=1, retry_methods=methods), operation, request_token=token)
        return len(server.requests)


def test_retry_methods_are_repeated_without_a_token(connect: Connect) -> None:
    methods = ("GET", "POST")
    assert [times_sent(connect, operation, methods) for operation in (GET_ONE, CREATE, DELETE_ONE)] == [
        2,
        2,
        1,
    ]


def test_no_retry_methods_leaves_the_request_token_as_the_only_licence(connect: Connect) -> None:
    assert [times_sent(connect, operation, ()) for operation in OPERATIONS] == [1, 1, 1, 1]
    assert [times_sent(connect, operation, (), TOKEN) for operation in OPERATIONS] == [2, 2, 2, 2]


def test_options_of_a_variant_do_not_change_the_client_it_came_from(connect: Connect) -> None:
    with Server(lambda _: answer(b"", 503)) as server:
        client = connect(server, max_retries=2)
        variant = client.with_options(max_retries=0, retry_statuses=(500,))
        for asked, expected in [(variant, 1), (client, 4), (variant, 5)]:
            outcome(asked, GET_ONE)
            assert len(server.requests) == expected


def tokens_sent(server: Server) -> list[str | None]:
    return [request.headers.get("request-token") for request in server.requests]


@pytest.mark.parametrize("operation", [CREATE, DELETE_ONE], ids=lambda operation: operation.name)
def test_automatic_request_tokens_are_fresh_for_a_call_and_the_same_for_its_attempts(
    connect: Connect, operation: Operation
) -> None:
    with Server([reset(), answer(b"", 503), found(), raw(b""), found()]) as server:
        client = connect(server, max_retries=2, auto_request_tokens=True)
        assert operation(client.sessions).attempts == 3
        assert operation(client.sessions).attempts == 2
        first, *_, last = tokens = tokens_sent(server)
    assert tokens == [first, first, first, last, last]
    assert first != last
    assert all(re.fullmatch("[!-~]{1,100}", str(token)) for token in tokens)


def test_automatic_request_tokens_leave_gets_alone(connect: Connect) -> None:
    with Server([found()] * 2) as server:
        client = connect(server, auto_request_tokens=True)
        GET_ONE(client.sessions)
        GET_MANY(client.sessions)
        assert tokens_sent(server) == [None, None]


def test_a_given_request_token_wins_over_an_automatic_one(connect: Connect) -> None:
    with Server([found()] * 2) as server:
        client = connect(server, auto_request_tokens=True)
        CREATE(client.sessions, request_token=TOKEN)
        DELETE_ONE(client.sessions, request_token=TOKEN)
        assert tokens_sent(server) == [TOKEN, TOKEN]


def test_request_tokens_are_not_made_up_by_default(connect: Connect) -> None:
    with Server([found()] * 2) as server:
        client = connect(server)
        CREATE(client.sessions)
        DELETE_ONE(client.sessions)
        assert tokens_sent(server) == [None, None]


def test_one_client_retries_for_each_thread_on_its_own(connect: Connect) -> None:
    seen: dict[str, int] = {}
    lock = threading.Lock()

    def fail_twice(request: Request) -> Step:
        with lock:
            seen[request.target] = seen.get(request.target, 0) + 1
            return answer(b"", 503) if seen[request.target] < 3 else found()

    with Server(fail_twice) as server:
        client = connect(server, max_retries=2)
        results: list[int] = []

        def work(number: int) -> None:
            results.append(client.sessions.get_sessions_id(f"id-{number}").attempts)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert results == [3] * 8
