"""A session for the length of a block: created, handed out, and deleted whatever happens."""

import logging
import re
from collections.abc import Callable
from contextlib import nullcontext
from itertools import product
from typing import Any
from unittest import mock

import pytest
from responses import RequestsMock

from payrix_sessions import (
    APIException,
    Client,
    ConfigurationException,
    ConnectionException,
    HttpRequest,
    PayrixException,
    SessionResponse,
    SessionsController,
    SessionsPostRequest,
)
from payrix_sessions.sandbox import Fault, Sandbox
from tests import fixtures
from tests.wire import SESSION_KEY, credentials, envelope, reply

ERROR = {"errors": [{"severity": 2, "msg": "No such action", "errorCode": "invalid_resource"}]}
# A status, errors inside a 200, no envelope, a lost response.
FAILURES = [Fault(status=500), Fault(body=ERROR), Fault(body="<h1>oops</h1>"), Fault(reset="before_headers")]


class BlockError(BaseException):
    """What goes wrong in the block; like an interrupt, it is no `Exception`."""


def methods(sandbox: Sandbox) -> list[str]:
    return [request.method for request in sandbox.requests]


def living(sandbox: Sandbox) -> list[str]:
    return [session.id for session in sandbox.sessions]


def test_the_api_is_asked_once_more_what_became_of_it_only_where_that_is_in_doubt() -> None:
    lost = Fault(reset="before_headers")
    rows: list[tuple[list[Fault], list[str]]] = [
        ([Fault(status=500, carried_out=True)], ["POST", "POST", "DELETE"]),
        ([Fault(body={"response": {"data": []}}, carried_out=True)], ["POST", "POST", "DELETE"]),
        ([Fault(reset="after_headers")], ["POST", "POST", "DELETE"]),
        ([Fault(body=ERROR)], ["POST"]),
        ([Fault(status=429)], ["POST"]),
        *(([lost, failure], ["POST", "POST"]) for failure in FAILURES),
    ]
    for faults, asked in rows:
        fails, was_lost = "DELETE" not in asked, lost in faults
        ran: list[str] = []
        with Sandbox() as sandbox, sandbox.client(max_retries=0) as client:
            for fault in faults:
                sandbox.faults.add(fault)
            end: Any = pytest.raises((APIException, ConnectionException)) if fails else nullcontext()
            with end as caught, client.sessions.temporary_session({}, "order-7", token="fake-auth-token") as made:
                ran.append(made.id)
            assert (methods(sandbox), not ran, len(living(sandbox))) == (asked, fails, was_lost)
            assert {request.headers["token"] for request in sandbox.requests} == {"fake-auth-token"}
            posts = [request for request in sandbox.requests if request.method == "POST"]
            assert {post.headers["request-token"] for post in posts} == {"order-7"}
            if fails:  # with the first exception and the token, so that a session can be found and deleted
                assert isinstance(caught.value, ConnectionException) is caught.value.may_have_been_sent is was_lost
                again = client.sessions.post_sessions({}, caught.value.request_token)
                assert (again.is_duplicate, living(sandbox)) == (was_lost, [again.one().id])


def test_no_block_gets_a_session_that_could_not_be_deleted(api: RequestsMock, sessions: SessionsController) -> None:
    rows: list[dict[str, Any]] = [{"key": SESSION_KEY}, {"id": ""}, {}, {"id": ".."}, {"id": 5}]
    for made in rows:
        api.reset()
        reply(api, envelope(made))
        with pytest.raises(APIException, match=r"has no id|cannot be deleted: id must") as caught:
            with sessions.temporary_session({}, "order-7"):
                pytest.fail("the block ran")
        assert caught.value.request_token == "order-7"


def test_a_failing_delete_does_not_hide_the_exception_of_the_block(caplog: pytest.LogCaptureFixture) -> None:
    def fail_at_delete(request: HttpRequest) -> None:
        if request.http_method == "DELETE":
            raise LookupError("the callback")

    rows: list[tuple[Fault | None, Any]] = [(failure, (APIException, ConnectionException)) for failure in FAILURES]
    for (failure, kinds), block in product([*rows, (None, LookupError)], (None, BlockError("the block"))):
        options: dict[str, Any] = {} if failure else {"http_call_back": mock.Mock(on_before_request=fail_at_delete)}
        caplog.clear()
        with Sandbox() as sandbox, sandbox.client(max_retries=0, **options) as client:
            raises = pytest.raises(BlockError if block else kinds)
            with raises as caught, client.sessions.temporary_session({"public": 0}):
                if failure:
                    sandbox.faults.add(failure, times=2)
                if block:
                    raise block
        if block:
            assert (caught.value, [record.levelno for record in caplog.records]) == (block, [logging.WARNING])
            # Neither id nor key, only what went wrong.
            assert caplog.records[0].exc_info is None
            assert re.fullmatch(r"a temporary session could not be deleted: \w+", caplog.records[0].getMessage())
        else:
            assert caplog.records == []
            assert failure is None or getattr(caught.value, "request_token", None)


Make = Callable[[Sandbox], Client]


def by(*names: str) -> Make:
    """Return what makes a client with these credentials of a sandbox."""
    return lambda sandbox: sandbox.client(
        max_retries=0, **credentials(**{name: getattr(sandbox, name) for name in names})
    )


BY_LOGIN, BY_SESSION_KEY, BY_TXN_SESSION_KEY = by("username", "password"), by("session_key"), by("txn_session_key")


def test_whoever_can_create_a_session_leaves_none_behind() -> None:
    # What is sent, and whether a session key deletes.
    rows: list[tuple[Make, dict[str, int], list[str], bool]] = [
        (Sandbox.client, {"public": 0}, ["POST", "DELETE"], False),
        (BY_TXN_SESSION_KEY, {"public": 0}, ["POST", "DELETE"], False),
        (BY_SESSION_KEY, {"public": 0}, ["POST", "DELETE"], True),
        (BY_LOGIN, {"public": 0}, ["POST", "DELETE"], True),
        # A session's own key may not delete it when it is public or has such flags.
        *(
            (BY_LOGIN, {flag: 1}, ["POST", "DELETE", "POST", "DELETE", "DELETE"], True)
            for flag in ("public", "token", "inactive", "frozen")
        ),
    ]
    for fails in (False, True):
        for make, body, asked, by_key in rows:
            with Sandbox() as sandbox, make(sandbox) as client:
                expected: Any = pytest.raises(BlockError) if fails else nullcontext()
                temporary: Any = client.sessions.temporary_session(SessionsPostRequest.from_dictionary(body))
                with expected, temporary as made:
                    assert (type(made), [made.id]) == (SessionResponse, living(sandbox))
                    if fails:
                        raise BlockError
                assert (living(sandbox), methods(sandbox)) == ([], asked)
                assert ("SESSIONKEY" in sandbox.requests[-1].headers) is by_key


def test_the_session_that_deletes_is_deleted_though_it_could_not(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(), times=3)
    sandbox.faults.add(Fault(status=500))
    with BY_LOGIN(sandbox) as client, pytest.raises(APIException, match=r"^500"):
        with client.sessions.temporary_session({"public": 1}):
            pass
    assert [session.public for session in sandbox.sessions] == [1]


def test_a_decorated_function_gets_a_new_session_each_time(sandbox: Sandbox, in_sandbox: SessionsController) -> None:
    decorate: Any = in_sandbox.temporary_session({"public": 0})
    before = living(sandbox)
    found = [decorate(lambda: living(sandbox))() for _ in range(2)]
    assert [len({*each} - {*before}) for each in found] == [1, 1]
    assert found[0] != found[1]
    assert living(sandbox) == before


def test_a_session_that_is_gone_at_the_end_is_no_failure(sandbox: Sandbox, in_sandbox: SessionsController) -> None:
    with in_sandbox.temporary_session({}):
        sandbox.clock.advance(minutes=31)


def test_credentials_that_may_create_and_not_delete_are_replaced_by_the_sessions_own_key_if_it_has_one() -> None:
    for status in (401, 403, 400):
        with Sandbox() as sandbox, BY_TXN_SESSION_KEY(sandbox) as client:
            with client.sessions.temporary_session({"public": 0}, token="fake-auth-token") as made:
                sandbox.faults.add(Fault(status=status, body=fixtures.load("invalid_auth")))
            assert living(sandbox) == []
            post, refused, delete = (request.headers for request in sandbox.requests)
            assert "TXNSESSIONKEY" in refused
            assert (delete["SESSIONKEY"], delete["token"]) == (made.key, "fake-auth-token")
            assert "TXNSESSIONKEY" not in delete
            assert len({headers["request-token"] for headers in (post, refused, delete)}) == 3
    rows: list[tuple[Make, type[PayrixException], str, list[str]]] = [
        (BY_LOGIN, ConfigurationException, "this call needs credentials", ["POST"]),
        (BY_TXN_SESSION_KEY, APIException, "Invalid authentication", ["POST", "DELETE"]),
    ]
    for make, kind, words, asked in rows:
        with Sandbox() as sandbox, make(sandbox) as client:
            sandbox.faults.add(Fault(record={"key": None}))
            sandbox.faults.add(Fault(status=401, body=fixtures.load("invalid_auth")))
            with pytest.raises(kind, match=words), client.sessions.temporary_session({}):
                pass
            assert methods(sandbox) == asked
