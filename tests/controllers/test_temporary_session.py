"""A session for the length of a block: created, handed out, and deleted whatever happens."""

import logging
import re
from collections.abc import Callable
from contextlib import nullcontext
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
    PasswordCredentials,
    PayrixException,
    SessionKeyCredentials,
    SessionPublicEnum,
    SessionResponse,
    SessionsController,
    SessionsPostRequest,
    TxnSessionKeyCredentials,
    UsernameCredentials,
)
from payrix_sessions.sandbox import Fault, Sandbox
from tests import fixtures
from tests.wire import SESSION_KEY, envelope, reply

ERROR = {"errors": [{"severity": 2, "msg": "No such action", "errorCode": "invalid_resource"}]}
# A status, errors inside a 200, no envelope, a lost response.
FAILURES = [Fault(status=500), Fault(body=ERROR), Fault(body="<h1>oops</h1>"), Fault(reset="before_headers")]


class BlockError(BaseException):
    """What goes wrong in the block; like an interrupt, it is no `Exception`."""


def methods(sandbox: Sandbox) -> list[str]:
    return [request.method for request in sandbox.requests]


def living(sandbox: Sandbox) -> list[str]:
    return [session.id for session in sandbox.sessions]


def test_the_session_lives_for_the_length_of_the_block_and_its_key_works(sandbox: Sandbox) -> None:
    with sandbox.client() as client:
        body = SessionsPostRequest(login="p1_log_example", public=SessionPublicEnum.PRIVATEACCESS)
        with client.sessions.temporary_session(body) as made:
            assert type(made) is SessionResponse
            assert living(sandbox) == [made.id]
            assert (made.login, made.public, len(made.key)) == ("p1_log_example", 0, 32)
            visitor = client.with_options(session_key_credentials=SessionKeyCredentials(made.key))
            assert visitor.sessions.get_sessions().is_success()
        assert (living(sandbox), methods(sandbox)) == ([], ["POST", "GET", "DELETE"])
        with pytest.raises(APIException, match="Invalid authentication"):
            visitor.sessions.get_sessions()


def test_a_session_that_is_gone_at_the_end_is_no_failure(sandbox: Sandbox, in_sandbox: SessionsController) -> None:
    with in_sandbox.temporary_session({}) as made:
        in_sandbox.delete_sessions_id(made.id)
    with in_sandbox.temporary_session({}):
        sandbox.clock.advance(minutes=31)


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


def fail_to_delete(sandbox: Sandbox, client: Client, failure: Fault | None, block: BaseException | None = None) -> None:
    with client.sessions.temporary_session({"public": 0}):
        if failure:
            sandbox.faults.add(failure, times=2)
        if block:
            raise block


def test_a_failing_delete_does_not_hide_the_exception_of_the_block(caplog: pytest.LogCaptureFixture) -> None:
    def fail_at_delete(request: HttpRequest) -> None:
        if request.http_method == "DELETE":
            raise LookupError("the callback")

    rows: list[tuple[Fault | None, Any]] = [(failure, (APIException, ConnectionException)) for failure in FAILURES]
    for failure, kinds in [*rows, (None, LookupError)]:
        options: dict[str, Any] = {} if failure else {"http_call_back": mock.Mock(on_before_request=fail_at_delete)}
        with Sandbox() as sandbox, sandbox.client(max_retries=0, **options) as client:
            with pytest.raises(kinds) as caught:
                fail_to_delete(sandbox, client, failure)
            assert failure is None or getattr(caught.value, "request_token", None)
            sandbox.faults.clear()
            caplog.clear()
            with pytest.raises(BlockError, match=r"^the block$"):
                fail_to_delete(sandbox, client, failure, BlockError("the block"))
        assert [(record.levelno, record.exc_info) for record in caplog.records] == [(logging.WARNING, None)]
        # Neither id nor key, only what went wrong.
        assert re.fullmatch(r"a temporary session could not be deleted: \w+", caplog.records[0].getMessage())


Make = Callable[[Sandbox], Client]


def by_login(sandbox: Sandbox) -> Client:
    user, password = UsernameCredentials(sandbox.username), PasswordCredentials(sandbox.password)
    return sandbox.client(username_credentials=user, password_credentials=password, max_retries=0)


def by_session_key(sandbox: Sandbox) -> Client:
    return sandbox.client(session_key_credentials=SessionKeyCredentials(sandbox.session_key))


def by_txn_session_key(sandbox: Sandbox) -> Client:
    return sandbox.client(txn_session_key_credentials=TxnSessionKeyCredentials(sandbox.txn_session_key))


def test_whoever_can_create_a_session_leaves_none_behind() -> None:
    # What is sent, and whether a session key deletes.
    rows: list[tuple[Make, dict[str, int], list[str], bool]] = [
        (Sandbox.client, {"public": 0}, ["POST", "DELETE"], False),
        (by_txn_session_key, {"public": 0}, ["POST", "DELETE"], False),
        (by_session_key, {"public": 0}, ["POST", "DELETE"], True),
        (by_login, {"public": 0}, ["POST", "DELETE"], True),
        # A session's own key may not delete it when it is public or has such flags.
        *(
            (by_login, {flag: 1}, ["POST", "DELETE", "POST", "DELETE", "DELETE"], True)
            for flag in ("public", "token", "inactive", "frozen")
        ),
    ]
    for fails in (False, True):
        for make, body, asked, by_key in rows:
            with Sandbox() as sandbox, make(sandbox) as client:
                expected: Any = pytest.raises(BlockError) if fails else nullcontext()
                with expected, client.sessions.temporary_session(body):  # type: ignore[arg-type]
                    if fails:
                        raise BlockError
                assert (living(sandbox), methods(sandbox)) == ([], asked)
                assert ("SESSIONKEY" in sandbox.requests[-1].headers) is by_key


def test_the_session_that_deletes_is_deleted_though_it_could_not(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(), times=3)
    sandbox.faults.add(Fault(status=500))
    with by_login(sandbox) as client, pytest.raises(APIException, match=r"^500"):
        with client.sessions.temporary_session({"public": 1}):
            pass
    assert [session.public for session in sandbox.sessions] == [1]


def test_credentials_that_may_create_and_not_delete_are_replaced_by_the_sessions_own_key() -> None:
    for status in (401, 403, 400):
        with Sandbox() as sandbox, by_txn_session_key(sandbox) as client:
            with client.sessions.temporary_session({"public": 0}, token="fake-auth-token") as made:
                sandbox.faults.add(Fault(status=status, body=fixtures.load("invalid_auth")))
            assert living(sandbox) == []
            post, refused, delete = (request.headers for request in sandbox.requests)
            assert "TXNSESSIONKEY" in refused
            assert (delete["SESSIONKEY"], delete["token"]) == (made.key, "fake-auth-token")
            assert "TXNSESSIONKEY" not in delete
            assert len({headers["request-token"] for headers in (post, refused, delete)}) == 3


def test_a_session_without_a_key_that_cannot_be_deleted_is_told() -> None:
    rows: list[tuple[Make, type[PayrixException], str, list[str]]] = [
        (by_login, ConfigurationException, "this call needs credentials", ["POST"]),
        (by_txn_session_key, APIException, "Invalid authentication", ["POST", "DELETE"]),
    ]
    for make, kind, words, asked in rows:
        with Sandbox() as sandbox, make(sandbox) as client:
            sandbox.faults.add(Fault(record={"key": None}))
            sandbox.faults.add(Fault(status=401, body=fixtures.load("invalid_auth")))
            with pytest.raises(kind, match=words), client.sessions.temporary_session({}):
                pass
            assert methods(sandbox) == asked
