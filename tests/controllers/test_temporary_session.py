"""A session for the length of a block: created, handed out, and deleted whatever happens.

tests/transport/test_doubt.py has the losses on the wire when it is created.
"""

import logging
from contextlib import nullcontext
from typing import Any

import pytest
from responses import RequestsMock

from payrix_sessions import (
    APIException,
    ArgumentException,
    Client,
    ConfigurationException,
    ConnectionException,
    HttpRequest,
    HttpResponse,
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
from tests.wire import SESSION_KEY, envelope, header, reply, session

ERROR = {"errors": [{"severity": 2, "msg": "No such action", "errorCode": "invalid_resource"}]}
FAILURES = {
    "a status": Fault(status=500),
    "errors inside a 200": Fault(body=ERROR),
    "no envelope": Fault(body="<h1>oops</h1>"),
    "a lost response": Fault(reset="before_headers"),
}
each_failure = pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)


class BlockError(Exception):
    """What goes wrong in the block."""


def methods(sandbox: Sandbox) -> list[str]:
    return [request.method for request in sandbox.requests]


# --- the length of the block ---


def test_the_session_lives_for_the_length_of_the_block() -> None:
    with Sandbox() as sandbox, sandbox.client() as client:
        body = SessionsPostRequest(login="p1_log_example", public=SessionPublicEnum.PUBLICACCESS)
        with client.sessions.temporary_session(body) as made:
            assert type(made) is SessionResponse
            assert [living.id for living in sandbox.sessions] == [made.id]
            assert (made.login, made.public, len(made.key)) == ("p1_log_example", 1, 32)
        assert sandbox.sessions == []
        assert methods(sandbox) == ["POST", "DELETE"]


def test_the_session_is_deleted_when_the_block_raises() -> None:
    rows: list[type[BaseException]] = [BlockError, KeyboardInterrupt, SystemExit, GeneratorExit]
    for exception in rows:
        with Sandbox() as sandbox, sandbox.client() as client:
            with pytest.raises(exception, match=r"^the block$"):
                with client.sessions.temporary_session({"login": "p1_log_example"}):
                    raise exception("the block")
            assert sandbox.sessions == []


def test_the_session_is_deleted_when_the_block_is_left_early() -> None:
    def leave(client: Client) -> str:
        for _ in range(3):
            with client.sessions.temporary_session({}):
                break
        with client.sessions.temporary_session({}) as made:
            return made.id

    with Sandbox() as sandbox, sandbox.client() as client:
        assert leave(client)
        assert methods(sandbox) == ["POST", "DELETE"] * 2
        assert sandbox.sessions == []


def test_sessions_nest_and_a_changed_object_changes_nothing() -> None:
    with Sandbox() as sandbox, sandbox.client() as client:
        with client.sessions.temporary_session({}) as outer:
            with client.sessions.temporary_session({}) as inner:
                assert {living.id for living in sandbox.sessions} == {outer.id, inner.id}
                inner.login = "changed"
            assert [living.id for living in sandbox.sessions] == [outer.id]
        assert sandbox.sessions == []


def test_a_session_that_is_deleted_or_expired_in_the_block_is_no_failure() -> None:
    with Sandbox() as sandbox, sandbox.client() as client:
        with client.sessions.temporary_session({}) as made:
            client.sessions.delete_sessions_id(made.id)
        with client.sessions.temporary_session({}):
            sandbox.clock.advance(minutes=31)


def test_the_key_of_the_session_works_for_the_length_of_the_block() -> None:
    with Sandbox() as sandbox, sandbox.client() as client:
        with client.sessions.temporary_session({"public": 0}) as made:
            visitor = client.with_options(session_key_credentials=SessionKeyCredentials(made.key))
            assert visitor.sessions.get_sessions().is_success()
            assert sandbox.requests[-1].headers.get("SESSIONKEY") == made.key
        with pytest.raises(APIException) as caught:
            visitor.sessions.get_sessions()
        assert caught.value.has("invalid_auth")


# --- request tokens ---


def test_both_requests_carry_tokens_of_their_own_each_time_and_the_auth_token() -> None:
    with Sandbox() as sandbox, sandbox.client() as client:
        for given in (None, "order-7"):
            with client.sessions.temporary_session({}, given, token="fake-auth-token"):
                pass
        tokens = [request.headers["request-token"] for request in sandbox.requests]
        assert len(set(tokens)) == 4
        assert tokens[2] == "order-7"
        assert {request.headers["token"] for request in sandbox.requests} == {"fake-auth-token"}


def test_a_request_token_that_was_used_gives_its_session_again_and_then_deletes_it() -> None:
    with Sandbox() as sandbox, sandbox.client() as client:
        left = client.sessions.post_sessions({"login": "p1_log_1"}, "order-7").one()
        with client.sessions.temporary_session({"login": "p1_log_1"}, "order-7") as made:
            assert made.id == left.id
        assert sandbox.sessions == []


def test_lost_responses_leave_neither_a_second_session_nor_the_first() -> None:
    with Sandbox() as sandbox, sandbox.client(backoff_factor=0) as client:
        sandbox.faults.add(Fault(reset="before_headers"))
        with client.sessions.temporary_session({}) as made:
            assert [living.id for living in sandbox.sessions] == [made.id]
            sandbox.faults.add(Fault(reset="before_headers"))
        assert sandbox.sessions == []
        assert methods(sandbox) == ["POST", "POST", "DELETE", "DELETE"]


# --- creating goes wrong ---


def test_the_api_is_asked_once_more_what_became_of_it_only_where_that_is_in_doubt() -> None:
    rows: list[tuple[Fault, bool]] = [
        (Fault(status=500, carried_out=True), True),
        (Fault(body="<h1>oops</h1>", carried_out=True), True),
        (Fault(reset="after_headers"), True),
        (Fault(body=ERROR), False),
        (Fault(status=400, body=ERROR), False),
        (Fault(status=429), False),
    ]
    for failure, asked_again in rows:
        ran: list[str] = []
        with Sandbox() as sandbox, sandbox.client(max_retries=0) as client:
            sandbox.faults.add(failure)
            expected: Any = nullcontext() if asked_again else pytest.raises(APIException)
            with expected as caught, client.sessions.temporary_session({}, "order-7") as made:
                ran.append(made.id)
            assert asked_again or caught.value.request_token == "order-7"
            assert bool(ran) is asked_again
            assert methods(sandbox) == (["POST", "POST", "DELETE"] if asked_again else ["POST"])
            assert sandbox.sessions == []


@each_failure
def test_when_asking_again_fails_too_the_first_exception_is_raised_with_the_token(failure: Fault) -> None:
    with Sandbox() as sandbox, sandbox.client(max_retries=0) as client:
        sandbox.faults.add(Fault(reset="before_headers"))
        sandbox.faults.add(failure)
        with pytest.raises(ConnectionException) as caught:
            with client.sessions.temporary_session({"login": "p1_log_1"}):
                pytest.fail("the block ran")
        assert methods(sandbox) == ["POST", "POST"]
        assert caught.value.may_have_been_sent
        # So that it can be found and deleted.
        token = caught.value.request_token
        again = client.sessions.post_sessions({"login": "p1_log_1"}, token)
        assert again.is_duplicate
        assert [living.id for living in sandbox.sessions] == [again.one().id]


def test_what_was_never_sent_is_not_asked_for(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api)
    with pytest.raises(ArgumentException, match="public"):
        with sessions.temporary_session({"public": 7}):
            pytest.fail("the block ran")
    assert len(api.calls) == 0


def test_a_session_that_could_not_be_deleted_does_not_reach_the_block(
    api: RequestsMock, sessions: SessionsController
) -> None:
    rows: list[dict[str, Any]] = [{"key": SESSION_KEY}, {"id": ""}, {}, {"id": ".."}, {"id": 5}]
    for made in rows:
        api.reset()
        reply(api, envelope(made))
        with pytest.raises(APIException, match=r"has no id|cannot be deleted: id must") as caught:
            with sessions.temporary_session({}, "order-7"):
                pytest.fail("the block ran")
        assert caught.value.request_token == "order-7"


# --- deleting goes wrong ---


@each_failure
def test_a_failing_delete_does_not_hide_the_exception_of_the_block(
    failure: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    made: list[SessionResponse] = []
    with Sandbox() as sandbox, sandbox.client(max_retries=0) as client:

        def fail_in_the_block_and_after_it() -> None:
            with client.sessions.temporary_session({"public": 0}) as session:
                made.append(session)
                sandbox.faults.add(failure, times=2)
                raise BlockError("the block")

        with pytest.raises(BlockError, match="the block"):
            fail_in_the_block_and_after_it()
    (record,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert record.getMessage().startswith("a temporary session could not be deleted: ")
    assert made[0].id not in caplog.text
    assert made[0].key not in caplog.text


@each_failure
def test_a_failing_delete_after_a_good_block_raises(failure: Fault) -> None:
    with Sandbox() as sandbox, sandbox.client(max_retries=0) as client:
        with pytest.raises(PayrixException) as caught:
            with client.sessions.temporary_session({"public": 0}):
                sandbox.faults.add(failure, times=2)
        assert isinstance(caught.value, (APIException, ConnectionException))
        assert caught.value.request_token


class FailsAtDelete:
    """A callback that is broken."""

    def on_before_request(self, request: HttpRequest) -> None:
        if request.http_method == "DELETE":
            raise LookupError("the callback")

    def on_after_response(self, http_response: HttpResponse) -> None:
        pass


def test_a_failing_callback_does_not_hide_the_exception_of_the_block() -> None:
    with Sandbox() as sandbox, sandbox.client(http_call_back=FailsAtDelete()) as client:
        with pytest.raises(BlockError, match="the block"):
            with client.sessions.temporary_session({}):
                raise BlockError("the block")
        with pytest.raises(LookupError, match="the callback"):
            with client.sessions.temporary_session({}):
                pass


# --- with each kind of credentials that can create ---


def credentials(sandbox: Sandbox, kind: str) -> dict[str, Any]:
    kinds: dict[str, dict[str, Any]] = {
        "API key": {},
        "session key": {"session_key_credentials": SessionKeyCredentials(sandbox.session_key)},
        "transaction session key": {"txn_session_key_credentials": TxnSessionKeyCredentials(sandbox.txn_session_key)},
        "user name and password": {
            "username_credentials": UsernameCredentials(sandbox.username),
            "password_credentials": PasswordCredentials(sandbox.password),
        },
    }
    return kinds[kind]


def test_whoever_can_create_a_session_leaves_none_behind() -> None:
    for fails in (False, True):
        for kind in ("API key", "session key", "transaction session key", "user name and password"):
            with Sandbox() as sandbox, sandbox.client(**credentials(sandbox, kind)) as client:
                try:
                    with client.sessions.temporary_session({"public": 0}):
                        if fails:
                            raise BlockError
                except BlockError:
                    assert fails
                assert sandbox.sessions == []
                keys = [request.headers.get("SESSIONKEY") for request in sandbox.requests]
                assert (keys[-1] is not None) is (kind in ("session key", "user name and password"))


# A session's own key may not delete it when it is public or has such flags.
def test_a_user_name_and_password_leave_none_of_any_kind_behind() -> None:
    bodies: list[Any] = [{"public": 1}, {"token": 1}, {"inactive": 1}, {"frozen": 1}]
    for fails in (False, True):
        for body in bodies:
            with Sandbox() as sandbox, sandbox.client(**credentials(sandbox, "user name and password")) as client:
                try:
                    with client.sessions.temporary_session(body):
                        if fails:
                            raise BlockError
                except BlockError:
                    assert fails
                assert sandbox.sessions == []
                assert methods(sandbox) == ["POST", "DELETE", "POST", "DELETE", "DELETE"]


def test_the_session_that_deletes_is_deleted_though_it_could_not() -> None:
    with Sandbox() as sandbox:
        client = sandbox.client(backoff_factor=0, **credentials(sandbox, "user name and password"))
        made: list[str] = []

        def fail_to_delete() -> None:
            with client.sessions.temporary_session({"public": 1}) as session:
                made.append(session.id)
                sandbox.faults.add(Fault(), times=2)
                sandbox.faults.add(Fault(status=500), times=3)

        with client, pytest.raises(APIException, match=r"^500"):
            fail_to_delete()
        assert [living.id for living in sandbox.sessions] == made


def test_credentials_that_may_create_and_not_delete_are_replaced_by_the_sessions_own_key() -> None:
    for status in (401, 403, 400):
        with Sandbox() as sandbox, sandbox.client(**credentials(sandbox, "transaction session key")) as client:
            with client.sessions.temporary_session({"public": 0}, token="fake-auth-token") as made:
                sandbox.faults.add(Fault(status=status, body=fixtures.load("invalid_auth")))
            assert sandbox.sessions == []
            post, refused, delete = sandbox.requests
            assert refused.headers.get("TXNSESSIONKEY")
            assert delete.headers.get("SESSIONKEY") == made.key
            assert delete.headers.get("TXNSESSIONKEY") is None
            assert delete.headers.get("token") == "fake-auth-token"
            assert len({request.headers["request-token"] for request in (post, refused, delete)}) == 3


def test_a_rejected_delete_of_a_session_without_a_key_is_told(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, envelope(session(key=None)))
    made = sessions.temporary_session({})
    made.__enter__()
    api.reset()
    reply(api, fixtures.load("invalid_auth"), status=401)
    with pytest.raises(APIException, match="Invalid authentication"):
        made.__exit__(None, None, None)
    assert [call.request.method for call in api.calls] == ["DELETE"]


def test_credentials_that_may_not_delete_a_session_without_a_key_are_told(api: RequestsMock) -> None:
    reply(api, envelope(session(key=None)))
    user, password = UsernameCredentials("u"), PasswordCredentials("p")
    with Client(username_credentials=user, password_credentials=password) as client:
        with pytest.raises(ConfigurationException, match="this call needs credentials"):
            with client.sessions.temporary_session({}):
                pass
    assert [call.request.method for call in api.calls] == ["POST"]
    assert header(api.calls[0].request, "USERNAME") == "u"
