"""Request tokens: how they are made, and what the API does with one that it has seen."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from enum import Enum
from typing import Any

import pytest
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
from tests.wire import header, make_client, reply, sent

TOKEN = "20250423-example-001"


class Order(str, Enum):
    """Its members show their names."""

    SEVEN = "order-7"


# --- making them ---


def test_no_two_tokens_are_alike() -> None:
    with ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(new_request_token, ["order-7"] * 5000))
    assert len(set(tokens)) == 5000


def test_a_token_is_the_prefix_the_time_and_random_digits(api: RequestsMock, sessions: SessionsController) -> None:
    for prefix in ("", "order-1042", "x" * 50, Order.SEVEN):
        api.reset()
        before = datetime.now(timezone.utc).replace(microsecond=0)
        token = new_request_token(prefix)
        match = re.fullmatch(r"(.*?)-?(\d{8}T\d{6}Z)-[0-9a-f]{32}", token)
        assert match
        assert match[1] == str.__str__(prefix)
        made = datetime.strptime(match[2], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
        assert before <= made <= datetime.now(timezone.utc)
        reply(api)
        sessions.get_sessions(token)
        assert header(sent(api), "request-token") == token


def test_a_prefix_that_no_token_can_have_is_rejected() -> None:
    rows: list[Any] = ["x" * 51, 5, b"a", "a ", "a\r\nX: b", "ключ", "\ud800"]
    for prefix in rows:
        with pytest.raises(ArgumentException, match="prefix must"):
            new_request_token(prefix)


# --- what the API does with one that it has seen ---


# tests/controllers/test_mismatches.py has the tokens that were used for another request.


def test_the_token_of_the_post_deletes_nothing_which_the_result_tells(
    sandbox: Sandbox, in_sandbox: SessionsController
) -> None:
    # The one reuse that cannot be told from a repeat: both are about the same session.
    created = in_sandbox.post_sessions({}, TOKEN).one()
    assert in_sandbox.delete_sessions_id(created.id, TOKEN).is_duplicate
    assert [session.id for session in sandbox.sessions] == [created.id]


def test_a_token_is_remembered_for_48_hours(sandbox: Sandbox, in_sandbox: SessionsController) -> None:
    first = in_sandbox.post_sessions({}, TOKEN)
    sandbox.clock.advance(hours=47, minutes=59)
    assert in_sandbox.post_sessions({}, TOKEN).body.data == first.body.data
    sandbox.clock.advance(minutes=1)
    late = in_sandbox.post_sessions({}, TOKEN)
    assert not late.is_duplicate
    assert late.body.data != first.body.data


def test_logins_do_not_share_their_tokens(sandbox: Sandbox, in_sandbox: SessionsController) -> None:
    other = in_sandbox.post_sessions({"login": "p1_log_other", "public": 0}).body.data[0]
    assert other.key
    in_sandbox.post_sessions({}, TOKEN)
    with sandbox.client(session_key_credentials=SessionKeyCredentials(other.key)) as client:
        assert not client.sessions.post_sessions({}, TOKEN).is_duplicate
    assert len(sandbox.sessions) == 3


# --- when the response to a POST is lost ---


@pytest.mark.parametrize("carried_out", [True, False], ids=["carried out", "not carried out"])
def test_who_kept_the_token_can_retry_a_lost_post_later(
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


def test_automatic_tokens_are_fresh_for_each_call(sandbox: Sandbox) -> None:
    options: dict[str, Any] = {"auto_request_tokens": True}
    with sandbox.client(**options) as client:
        created = [client.sessions.post_sessions({}) for _ in range(3)]
    assert not any(result.is_duplicate for result in created)
    assert len({request.headers["request-token"] for request in sandbox.requests}) == 3


def test_the_code_of_the_rate_limit_in_what_is_no_json_is_not_waited_for(api: RequestsMock) -> None:
    reply(api, "<p>C_RATE_LIMIT_EXCEEDED_TEMP_BLOCK</p>")
    with make_client(max_retries=2) as client, pytest.raises(APIException, match="is not JSON"):
        client.sessions.get_sessions()
    assert len(api.calls) == 1
