"""A session for the length of a block: created, handed out, and deleted whatever happens."""

import logging
from typing import Any

import pytest
from responses import RequestsMock

from payrix_sessions import (
    APIException,
    ArgumentException,
    Client,
    ConnectionException,
    HttpRequest,
    HttpResponse,
    PayrixException,
    SessionKeyCredentials,
    SessionPublicEnum,
    SessionResponse,
    SessionsController,
    SessionsPostRequest,
)
from payrix_sessions.sandbox import Fault, Sandbox
from tests.wire import reply

REFUSAL = {"errors": [{"severity": 2, "msg": "No such action", "errorCode": "invalid_resource"}]}
FAILURES = {
    "a status": Fault(status=500),
    "errors inside a 200": Fault(body=REFUSAL),
    "no envelope": Fault(body="<h1>oops</h1>"),
    "a lost answer": Fault(reset="before_headers"),
}

each_failure = pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())


class BlockError(Exception):
    """What goes wrong in the block."""


def methods(sandbox: Sandbox) -> list[str]:
    return [request.method for request in sandbox.requests]


def test_the_session_lives_for_the_length_of_the_block() -> None:
    with Sandbox() as sandbox, sandbox.client() as client:
        body = SessionsPostRequest(login="p1_log_example", public=SessionPublicEnum.PUBLICACCESS)
        with client.sessions.temporary_session(body) as session:
            assert type(session) is SessionResponse
            assert [living.id for living in sandbox.sessions] == [session.id]
            assert (session.login, session.public) == ("p1_log_example", SessionPublicEnum.PUBLICACCESS)
            assert session.key
        assert sandbox.sessions == []
        assert methods(sandbox) == ["POST", "DELETE"]


def test_a_dict_is_as_good_a_body() -> None:
    with Sandbox() as sandbox, sandbox.client() as client:
        with client.sessions.temporary_session({"login": "p1_log_example"}) as session:
            assert session.login == "p1_log_example"


@pytest.mark.parametrize("exception", [BlockError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_the_session_is_deleted_when_the_block_raises(exception: type[BaseException]) -> None:
    with Sandbox() as sandbox, sandbox.client() as client:
        with pytest.raises(exception) as caught:
            with client.sessions.temporary_session({}):
                raise exception("the block")
        assert str(caught.value) == "the block"
        assert sandbox.sessions == []


def test_the_session_is_deleted_when_the_block_is_left_early() -> None:
    def leave(client: Client) -> str | None:
        for _ in range(3):
            with client.sessions.temporary_session({}):
                break
        with client.sessions.temporary_session({}) as session:
            return session.id

    with Sandbox() as sandbox, sandbox.client() as client:
        assert leave(client)
        assert sandbox.sessions == []
        assert methods(sandbox) == ["POST", "DELETE"] * 2


@each_failure
def test_a_failing_delete_does_not_hide_the_exception_of_the_block(
    failure: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    made: list[SessionResponse] = []

    def fail_in_the_block_and_after_it() -> None:
        with client.sessions.temporary_session({}) as session:
            made.append(session)
            sandbox.faults.add(failure)
            raise BlockError("the block")

    with Sandbox() as sandbox, sandbox.client(max_retries=0) as client:
        with pytest.raises(BlockError, match="the block"):
            fail_in_the_block_and_after_it()
        assert methods(sandbox) == ["POST", "DELETE"]
    (record,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert "could not be deleted" in record.getMessage()
    for secret in (made[0].id, made[0].key):
        assert secret
        assert secret not in caplog.text


class FailsAtDelete:
    """A call-back that is broken."""

    def on_before_request(self, request: HttpRequest) -> None:
        if request.http_method == "DELETE":
            raise LookupError("the call-back")

    def on_after_response(self, http_response: HttpResponse) -> None:
        pass


def test_a_failing_call_back_does_not_hide_the_exception_of_the_block() -> None:
    with Sandbox() as sandbox, sandbox.client(http_call_back=FailsAtDelete()) as client:
        with pytest.raises(BlockError, match="the block"):
            with client.sessions.temporary_session({}):
                raise BlockError("the block")
        with pytest.raises(LookupError, match="the call-back"):
            with client.sessions.temporary_session({}):
                pass


@each_failure
def test_a_failing_delete_after_a_good_block_raises(failure: Fault) -> None:
    with Sandbox() as sandbox, sandbox.client(max_retries=0) as client:
        with pytest.raises(PayrixException):
            with client.sessions.temporary_session({}):
                sandbox.faults.add(failure)


def test_a_session_that_was_deleted_in_the_block_is_no_failure() -> None:
    with Sandbox() as sandbox, sandbox.client() as client:
        with client.sessions.temporary_session({}) as session:
            assert session.id
            client.sessions.delete_sessions_id(session.id)


def test_a_changed_session_object_does_not_change_what_is_created() -> None:
    with Sandbox() as sandbox, sandbox.client() as client:
        for name in ("first", "second"):
            with client.sessions.temporary_session({"login": name}) as session:
                assert session.login == name
                session.login = "changed"


@each_failure
def test_the_block_does_not_run_when_the_session_cannot_be_created(failure: Fault) -> None:
    with Sandbox() as sandbox, sandbox.client(max_retries=0) as client:
        sandbox.faults.add(failure)
        with pytest.raises(PayrixException):
            with client.sessions.temporary_session({}):
                pytest.fail("the block ran")
        assert methods(sandbox) == ["POST"]


def test_a_wrong_body_is_refused_before_any_request(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api)
    with pytest.raises(ArgumentException, match="public"):
        with sessions.temporary_session({"public": 7}):
            pytest.fail("the block ran")
    assert len(api.calls) == 0


@pytest.mark.parametrize("data", [None, [], [{}], [{"id": None}], [{"id": ""}], [{"key": "fake"}]], ids=repr)
def test_an_answer_without_a_session_that_can_be_deleted_is_an_error(
    data: Any, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, {"response": {"data": data, "errors": []}})
    with pytest.raises(APIException, match="created no session that could be deleted again"):
        with sessions.temporary_session({}):
            pytest.fail("the block ran")
    assert len(api.calls) == 1


@pytest.fixture
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)


@pytest.mark.usefixtures("_no_waits")
def test_lost_answers_leave_neither_a_second_session_nor_the_first() -> None:
    with Sandbox() as sandbox, sandbox.client() as client:
        sandbox.faults.add(Fault(reset="before_headers"))
        with client.sessions.temporary_session({}) as session:
            assert [living.id for living in sandbox.sessions] == [session.id]
            sandbox.faults.add(Fault(reset="before_headers"))
        assert sandbox.sessions == []
        assert methods(sandbox) == ["POST", "POST", "DELETE", "DELETE"]


def test_both_requests_carry_tokens_of_their_own_each_time() -> None:
    with Sandbox() as sandbox, sandbox.client() as client:
        for _ in range(3):
            with client.sessions.temporary_session({}):
                pass
        tokens = [request.headers.get("request-token") for request in sandbox.requests]
        assert all(tokens)
        assert len(set(tokens)) == 6


def test_temporary_sessions_nest() -> None:
    with Sandbox() as sandbox, sandbox.client() as client:
        with client.sessions.temporary_session({}) as outer:
            with client.sessions.temporary_session({}) as inner:
                assert {living.id for living in sandbox.sessions} == {outer.id, inner.id}
            assert [living.id for living in sandbox.sessions] == [outer.id]
        assert sandbox.sessions == []


# --- as that session ---


def as_session(client: Client, session: SessionResponse) -> Client:
    """Return a client with the session's key; the API key would go first, so it is taken out."""
    assert session.key
    return client.with_options(api_key_credentials=None, session_key_credentials=SessionKeyCredentials(session.key))


def refusal(client: Client) -> str | None:
    """Return the code with which the API refuses this client's credentials, or None when it does not."""
    try:
        client.sessions.get_sessions()
    except APIException as exception:
        return exception.errors[0].error_code
    return None


def test_the_key_of_the_session_works_for_the_length_of_the_block() -> None:
    with Sandbox() as sandbox, sandbox.client() as client:
        with client.sessions.temporary_session({"public": 0}) as session:
            visitor = as_session(client, session)
            assert refusal(visitor) is None
            headers = sandbox.requests[-1].headers
            assert headers.get("SESSIONKEY") == session.key
            assert headers.get("APIKEY") is None
        assert refusal(visitor) == "invalid_auth"
        assert refusal(client) is None


def test_a_session_key_alone_works_with_options_too() -> None:
    with Sandbox() as sandbox:
        login = {"session_key_credentials": SessionKeyCredentials(sandbox.session_key)}
        with sandbox.client(**login) as client, client.sessions.temporary_session({"public": 0}) as session:
            assert session.key
            visitor = client.with_options(session_key_credentials=SessionKeyCredentials(session.key))
            assert refusal(visitor) is None
            assert sandbox.requests[-1].headers.get("SESSIONKEY") == session.key


def test_a_variant_with_the_key_of_a_session_works_as_that_session() -> None:
    with Sandbox() as sandbox, sandbox.client() as client:
        with client.sessions.temporary_session({"public": 0}) as session:
            assert session.key
            visitor = client.with_options(session_key_credentials=SessionKeyCredentials(session.key))
            assert refusal(visitor) is None
            headers = sandbox.requests[-1].headers
            assert headers.get("APIKEY") is None
            assert headers.get("SESSIONKEY") == session.key


def test_a_session_that_is_used_stays_and_one_that_is_not_expires_after_30_minutes() -> None:
    with Sandbox() as sandbox, sandbox.client() as client:
        with client.sessions.temporary_session({"public": 0}) as session:
            visitor = as_session(client, session)
            for _ in range(4):
                sandbox.clock.advance(minutes=29)
                assert refusal(visitor) is None
            sandbox.clock.advance(minutes=31)
            assert refusal(visitor) == "invalid_auth"
        # Deleting what has expired is no error.
        assert sandbox.requests[-1].method == "DELETE"


def test_a_lost_connection_to_delete_is_told() -> None:
    with Sandbox() as sandbox, sandbox.client(max_retries=0) as client:
        with pytest.raises(ConnectionException) as caught:
            with client.sessions.temporary_session({}):
                sandbox.faults.add(Fault(reset="before_headers"))
        assert caught.value.may_have_been_sent
