"""A session for the length of a block: created, handed out, and deleted whatever happens."""

import logging
import re
from collections.abc import Callable
from contextlib import nullcontext, suppress
from typing import Any
from unittest import mock

import pytest
from responses import RequestsMock

from payrix_sessions import (
    APIException,
    ArgumentException,
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


class BlockError(Exception):
    """What goes wrong in the block."""


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


def test_the_session_is_deleted_when_the_block_raises(sandbox: Sandbox, in_sandbox: SessionsController) -> None:
    rows: list[type[BaseException]] = [BlockError, KeyboardInterrupt, SystemExit, GeneratorExit]
    for exception in rows:
        with pytest.raises(exception, match=r"^the block$"):
            with in_sandbox.temporary_session({"login": "p1_log_example"}):
                raise exception("the block")
        assert living(sandbox) == []


def test_a_session_that_is_gone_at_the_end_is_no_failure(sandbox: Sandbox, in_sandbox: SessionsController) -> None:
    with in_sandbox.temporary_session({}) as made:
        in_sandbox.delete_sessions_id(made.id)
    with in_sandbox.temporary_session({}):
        sandbox.clock.advance(minutes=31)


def test_both_requests_carry_their_own_request_tokens(sandbox: Sandbox, in_sandbox: SessionsController) -> None:
    left = in_sandbox.post_sessions({}, "order-7", token="fake-auth-token").one()
    for given in (None, "order-7"):
        with in_sandbox.temporary_session({}, given, token="fake-auth-token") as made:
            # A request token that was used gives its session again.
            assert (made.id == left.id) is (given == "order-7")
    assert living(sandbox) == []
    tokens = [request.headers["request-token"] for request in sandbox.requests]
    assert (len(set(tokens)), tokens[0], tokens[3]) == (4, "order-7", "order-7")
    assert {request.headers["token"] for request in sandbox.requests} == {"fake-auth-token"}


def test_the_api_is_asked_once_more_what_became_of_it_only_where_that_is_in_doubt() -> None:
    rows: list[tuple[Fault, bool]] = [
        (Fault(status=500, carried_out=True), True),
        (Fault(body={"response": {"data": []}}, carried_out=True), True),
        (Fault(reset="after_headers"), True),
        (Fault(body=ERROR), False),
        (Fault(status=429), False),
    ]
    for failure, asked_again in rows:
        ran: list[str] = []
        with Sandbox() as sandbox, sandbox.client(max_retries=0) as client:
            sandbox.faults.add(failure)
            expected: Any = nullcontext() if asked_again else pytest.raises(APIException)
            with expected as caught, client.sessions.temporary_session({}, "order-7", token="fake-auth-token") as made:
                ran.append(made.id)
            assert asked_again or caught.value.request_token == "order-7"
            assert bool(ran) is asked_again
            assert methods(sandbox) == (["POST", "POST", "DELETE"] if asked_again else ["POST"])
            assert {request.headers["token"] for request in sandbox.requests} == {"fake-auth-token"}
            assert living(sandbox) == []


def test_when_asking_again_fails_too_the_first_exception_is_raised_with_the_token() -> None:
    for failure in FAILURES:
        with Sandbox() as sandbox, sandbox.client(max_retries=0) as client:
            sandbox.faults.add(Fault(reset="before_headers"))
            sandbox.faults.add(failure)
            with pytest.raises(ConnectionException) as caught, client.sessions.temporary_session({"login": "x"}):
                pytest.fail("the block ran")
            assert methods(sandbox) == ["POST", "POST"]
            assert caught.value.may_have_been_sent
            # So that it can be found and deleted.
            again = client.sessions.post_sessions({"login": "x"}, caught.value.request_token)
            assert (again.is_duplicate, living(sandbox)) == (True, [again.one().id])


def test_what_was_never_sent_is_not_asked_for(sandbox: Sandbox, in_sandbox: SessionsController) -> None:
    with pytest.raises(ArgumentException, match="public"), in_sandbox.temporary_session({"public": 7}):
        pytest.fail("the block ran")
    assert methods(sandbox) == []


def test_no_block_gets_a_session_that_could_not_be_deleted(api: RequestsMock, sessions: SessionsController) -> None:
    rows: list[dict[str, Any]] = [{"key": SESSION_KEY}, {"id": ""}, {}, {"id": ".."}, {"id": 5}]
    for made in rows:
        api.reset()
        reply(api, envelope(made))
        with pytest.raises(APIException, match=r"has no id|cannot be deleted: id must") as caught:
            with sessions.temporary_session({}, "order-7"):
                pytest.fail("the block ran")
        assert caught.value.request_token == "order-7"


def fail_to_delete(sandbox: Sandbox, client: Client, failure: Fault, block: Exception | None = None) -> None:
    with client.sessions.temporary_session({"public": 0}):
        sandbox.faults.add(failure, times=2)
        if block:
            raise block


def test_a_failing_delete_does_not_hide_the_exception_of_the_block(caplog: pytest.LogCaptureFixture) -> None:
    for failure in FAILURES:
        with Sandbox() as sandbox, sandbox.client(max_retries=0) as client:
            kinds: Any = (APIException, ConnectionException)
            with pytest.raises(kinds) as caught:
                fail_to_delete(sandbox, client, failure)
            assert caught.value.request_token
            sandbox.faults.clear()
            caplog.clear()
            with pytest.raises(BlockError, match="the block"):
                fail_to_delete(sandbox, client, failure, BlockError("the block"))
        assert [(record.levelno, record.exc_info) for record in caplog.records] == [(logging.WARNING, None)]
        # Neither id nor key, only what went wrong.
        assert re.fullmatch(r"a temporary session could not be deleted: \w+", caplog.records[0].getMessage())


def test_a_failing_callback_does_not_hide_the_exception_of_the_block(sandbox: Sandbox) -> None:
    def fail_at_delete(request: HttpRequest) -> None:
        if request.http_method == "DELETE":
            raise LookupError("the callback")

    with sandbox.client(http_call_back=mock.Mock(on_before_request=fail_at_delete)) as client:
        with pytest.raises(BlockError, match="the block"):
            with client.sessions.temporary_session({}):
                raise BlockError("the block")
        with pytest.raises(LookupError, match="the callback"), client.sessions.temporary_session({}):
            pass


def by_login(sandbox: Sandbox, **options: Any) -> Client:
    user, password = UsernameCredentials(sandbox.username), PasswordCredentials(sandbox.password)
    return sandbox.client(username_credentials=user, password_credentials=password, **options)


def by_session_key(sandbox: Sandbox) -> Client:
    return sandbox.client(session_key_credentials=SessionKeyCredentials(sandbox.session_key))


def by_txn_session_key(sandbox: Sandbox) -> Client:
    return sandbox.client(txn_session_key_credentials=TxnSessionKeyCredentials(sandbox.txn_session_key))


def test_whoever_can_create_a_session_leaves_none_behind() -> None:
    # What is sent, and whether a session key deletes.
    rows: list[tuple[Callable[[Sandbox], Client], dict[str, int], list[str], bool]] = [
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
                with suppress(BlockError), client.sessions.temporary_session(body):  # type: ignore[arg-type]
                    if fails:
                        raise BlockError
                assert (living(sandbox), methods(sandbox)) == ([], asked)
                assert ("SESSIONKEY" in sandbox.requests[-1].headers) is by_key


def test_the_session_that_deletes_is_deleted_though_it_could_not(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(), times=3)
    sandbox.faults.add(Fault(status=500))
    with by_login(sandbox, max_retries=0) as client, pytest.raises(APIException, match=r"^500"):
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
    rows: list[tuple[Callable[[Sandbox], Client], type[PayrixException], str, list[str]]] = [
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
