"""Request tokens: how they are made, and what the API does with one that it has seen."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from responses import RequestsMock

from payrix_sessions import (
    APIException,
    ArgumentException,
    ConnectionException,
    SessionKeyCredentials,
    SessionsController,
    new_request_token,
)
from payrix_sessions.sandbox import Fault, Sandbox
from tests.wire import Operation, each_operation, header, make_client, reply, sent

TOKEN = "20250423-example-001"


# --- making them ---


def test_no_two_tokens_are_alike() -> None:
    with ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(new_request_token, ["order-7"] * 5000))
    assert len(set(tokens)) == 5000


def test_a_token_tells_what_it_is_for_and_when_it_was_made() -> None:
    before = datetime.now(timezone.utc).replace(microsecond=0)
    match = re.fullmatch(r"order-7-(\d{8}T\d{6}Z)-([0-9a-f]{32})", new_request_token("order-7"))
    assert match
    made = datetime.strptime(match[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    assert before <= made <= datetime.now(timezone.utc)


def test_without_a_prefix_a_token_begins_with_the_time() -> None:
    assert re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{32}", new_request_token())


def test_every_prefix_makes_a_token_that_the_calls_take(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api)
    printable = st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_categories=["Cc"])

    @given(st.text(printable, max_size=50).map(str.strip))
    def check(prefix: str) -> None:
        token = new_request_token(prefix)
        assert token.startswith(prefix)
        assert sessions.get_sessions(token).is_success()
        assert header(api.calls[-1].request, "request-token") == token

    check()


def test_the_longest_prefix_makes_the_longest_token() -> None:
    assert len(new_request_token("x" * 50)) == 100


@pytest.mark.parametrize(
    "prefix", ["x" * 51, 5, b"a", ["a"], "a ", "a\nb", "a\r\nX: b", "a\x00", "ключ", "\ud800", " a"], ids=ascii
)
def test_a_prefix_that_no_token_can_have_is_refused(prefix: Any) -> None:
    with pytest.raises(ArgumentException, match="prefix"):
        new_request_token(prefix)


@each_operation
def test_a_token_goes_on_the_wire_as_it_was_made(
    operation: Operation, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api)
    token = new_request_token("order-7")
    operation(sessions, request_token=token)
    assert header(sent(api), "request-token") == token


# --- what the API does with one that it has seen ---


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def in_sandbox(sandbox: Sandbox) -> Iterator[SessionsController]:
    with sandbox.client(max_retries=0) as client:
        yield client.sessions


def test_a_repeated_token_gets_the_original_session_and_makes_no_other(
    sandbox: Sandbox, in_sandbox: SessionsController
) -> None:
    first = in_sandbox.post_sessions({"login": "p1_log_1"}, TOKEN)
    again = in_sandbox.post_sessions({"login": "p1_log_1"}, TOKEN)
    assert (first.is_duplicate, again.is_duplicate) == (False, True)
    assert again.is_success()
    assert again.body.data == first.body.data
    assert len(sandbox.sessions) == 1


def test_a_repeated_token_counts_though_the_body_is_another(sandbox: Sandbox, in_sandbox: SessionsController) -> None:
    in_sandbox.post_sessions({"login": "p1_log_1"}, TOKEN)
    again = in_sandbox.post_sessions({"login": "p1_log_2"}, TOKEN)
    assert [session.login for session in again.body.data] == ["p1_log_1"]
    assert again.is_duplicate
    assert len(sandbox.sessions) == 1


def test_a_token_reused_for_a_delete_deletes_nothing(sandbox: Sandbox, in_sandbox: SessionsController) -> None:
    created = in_sandbox.post_sessions({}, TOKEN).body.data[0]
    assert created.id
    result = in_sandbox.delete_sessions_id(created.id, TOKEN)
    assert result.is_success()
    assert result.is_duplicate
    assert [session.id for session in sandbox.sessions] == [created.id]


def test_a_token_reused_for_a_look_shows_what_was(sandbox: Sandbox, in_sandbox: SessionsController) -> None:
    created = in_sandbox.post_sessions({}).body.data[0]
    assert created.id
    assert len(in_sandbox.get_sessions(TOKEN).body.data) == 1
    in_sandbox.delete_sessions_id(created.id)
    again = in_sandbox.get_sessions(TOKEN)
    assert [session.id for session in again.body.data] == [created.id]
    assert again.is_duplicate
    assert in_sandbox.get_sessions(new_request_token()).body.data == []


def test_a_token_is_remembered_for_48_hours(sandbox: Sandbox, in_sandbox: SessionsController) -> None:
    first = in_sandbox.post_sessions({}, TOKEN)
    sandbox.clock.advance(hours=47, minutes=59)
    assert in_sandbox.post_sessions({}, TOKEN).body.data == first.body.data
    sandbox.clock.advance(minutes=1)
    late = in_sandbox.post_sessions({}, TOKEN)
    assert not late.is_duplicate
    assert late.body.data != first.body.data


def test_the_original_is_told_even_if_it_is_gone(sandbox: Sandbox, in_sandbox: SessionsController) -> None:
    first = in_sandbox.post_sessions({}, TOKEN)
    sandbox.clock.advance(minutes=31)
    assert sandbox.sessions == []
    assert in_sandbox.post_sessions({}, TOKEN).body.data == first.body.data


def test_logins_do_not_share_their_tokens(sandbox: Sandbox, in_sandbox: SessionsController) -> None:
    other = in_sandbox.post_sessions({"login": "p1_log_other", "public": 0}).body.data[0]
    assert other.key
    in_sandbox.post_sessions({}, TOKEN)
    with sandbox.client(session_key_credentials=SessionKeyCredentials(other.key)) as client:
        assert not client.sessions.post_sessions({}, TOKEN).is_duplicate
    assert len(sandbox.sessions) == 3


def test_the_token_of_a_request_that_was_refused_can_be_used_again(
    sandbox: Sandbox, in_sandbox: SessionsController
) -> None:
    refused = in_sandbox.post_sessions({"login": "x" * 256}, TOKEN)
    assert refused.is_error()
    result = in_sandbox.post_sessions({"login": "p1_log_1"}, TOKEN)
    assert result.is_success()
    assert not result.is_duplicate


# --- when the answer to a POST is lost ---


def test_with_a_token_the_client_repeats_a_lost_post_by_itself(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    sandbox.faults.add(Fault(reset="before_headers"))
    sandbox.faults.add(Fault(cut_after=20))
    with sandbox.client(max_retries=2) as client:
        result = client.sessions.post_sessions({}, new_request_token())
    assert (result.attempts, result.is_duplicate) == (3, True)
    assert [session.id for session in sandbox.sessions] == [session.id for session in result.body.data]
    assert len({request.headers["request-token"] for request in sandbox.requests}) == 1


@pytest.mark.parametrize("carried_out", [True, False], ids=["carried out", "not carried out"])
def test_who_kept_the_token_can_repeat_a_lost_post_later(
    carried_out: bool, sandbox: Sandbox, in_sandbox: SessionsController
) -> None:
    token = new_request_token("order-7")
    sandbox.faults.add(Fault(reset="before_headers", carried_out=carried_out))
    with pytest.raises(ConnectionException) as caught:
        in_sandbox.post_sessions({"login": "p1_log_1"}, token)
    assert caught.value.may_have_been_sent
    result = in_sandbox.post_sessions({"login": "p1_log_1"}, token)
    assert result.is_duplicate is carried_out
    assert [session.id for session in sandbox.sessions] == [session.id for session in result.body.data]


def test_without_a_token_a_lost_post_is_not_repeated(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(reset="before_headers"))
    with sandbox.client(max_retries=2) as client:
        with pytest.raises(ConnectionException):
            client.sessions.post_sessions({})
        assert len(sandbox.requests) == 1
        client.sessions.post_sessions({})
    assert len(sandbox.sessions) == 2  # what a token would have prevented


def test_a_lost_delete_is_repeated_with_its_token(sandbox: Sandbox, in_sandbox: SessionsController) -> None:
    created = in_sandbox.post_sessions({}).body.data[0]
    assert created.id
    token = new_request_token()
    sandbox.faults.add(Fault(status=500, carried_out=True))
    with pytest.raises(APIException):
        in_sandbox.delete_sessions_id(created.id, token)
    result = in_sandbox.delete_sessions_id(created.id, token)
    assert [session.id for session in result.body.data] == [created.id]
    assert result.is_duplicate


def test_automatic_tokens_are_fresh_for_each_call(sandbox: Sandbox) -> None:
    options: dict[str, Any] = {"auto_request_tokens": True}
    with sandbox.client(**options) as client:
        created = [client.sessions.post_sessions({}) for _ in range(3)]
    assert not any(result.is_duplicate for result in created)
    assert len({request.headers["request-token"] for request in sandbox.requests}) == 3


def test_the_code_of_the_rate_limit_in_what_is_no_json_is_not_waited_for(api: RequestsMock) -> None:
    reply(api, "<p>C_RATE_LIMIT_EXCEEDED_TEMP_BLOCK</p>")
    with make_client(max_retries=2) as client, pytest.raises(APIException, match="no Payrix envelope"):
        client.sessions.get_sessions()
    assert len(api.calls) == 1
