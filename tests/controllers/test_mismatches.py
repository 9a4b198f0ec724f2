"""A response that cannot be the response to its request is no success, wherever it went astray."""

from typing import Any

import pytest
from responses import RequestsMock

from payrix_sessions import APIException, SessionsController, new_request_token
from payrix_sessions.sandbox import Sandbox
from tests.wire import (
    CREATE,
    GET_MANY,
    GET_ONE,
    SESSION_KEY,
    Operation,
    each_operation,
    each_operation_with_id,
    envelope,
    reply,
    session,
)

TOKEN = "20250423-example-001"
USED = "its request_token was used before for another request, and nothing was done; send it again with a fresh"


# --- request tokens that were used for another request ---


def reuse(call: Any) -> APIException:
    with pytest.raises(APIException, match=USED) as caught:
        call()
    assert type(caught.value) is APIException
    assert caught.value.request_token == TOKEN
    assert caught.value.may_have_been_sent is False
    return caught.value


def test_a_token_of_one_post_cannot_create_for_another_login(sandbox: Sandbox, in_sandbox: SessionsController) -> None:
    first = in_sandbox.post_sessions({"login": "p1_log_1"}, TOKEN).one()
    exception = reuse(lambda: in_sandbox.post_sessions({"login": "p1_log_2"}, TOKEN))
    assert "another login" in str(exception)
    assert first.key not in exception.response.text
    assert len(sandbox.sessions) == 1


def test_a_token_of_one_post_cannot_create_with_other_flags(sandbox: Sandbox, in_sandbox: SessionsController) -> None:
    in_sandbox.post_sessions({"login": "p1_log_1", "public": 1}, TOKEN)
    assert "other flags" in str(reuse(lambda: in_sandbox.post_sessions({"login": "p1_log_1", "public": 0}, TOKEN)))
    assert len(sandbox.sessions) == 1


@pytest.mark.parametrize("method", ["get_sessions_id", "delete_sessions_id"])
def test_a_token_of_a_post_neither_looks_up_nor_deletes_another_session(
    method: str, sandbox: Sandbox, in_sandbox: SessionsController
) -> None:
    other = in_sandbox.post_sessions({}).one()
    in_sandbox.post_sessions({}, TOKEN)
    reuse(lambda: getattr(in_sandbox, method)(other.id, TOKEN))
    assert len(sandbox.sessions) == 2


def test_a_token_of_a_list_neither_deletes_nor_creates_nor_gives_another_page(
    sandbox: Sandbox, in_sandbox: SessionsController
) -> None:
    ids = [in_sandbox.post_sessions({}).one().id for _ in range(3)]
    in_sandbox.get_sessions(TOKEN, page_number=1, page_limit=2)
    reuse(lambda: in_sandbox.delete_sessions_id(ids[0], TOKEN))
    assert "holds 2 sessions, not one" in str(reuse(lambda: in_sandbox.post_sessions({}, TOKEN)))
    assert "page 1 of a list, not page 2" in str(reuse(lambda: in_sandbox.get_sessions(TOKEN, page_number=2)))
    assert len(sandbox.sessions) == 3


def test_a_token_of_another_request_gives_no_list(in_sandbox: SessionsController) -> None:
    in_sandbox.post_sessions({}, TOKEN)
    assert "not a page of a list" in str(reuse(lambda: in_sandbox.get_sessions(TOKEN)))


def test_a_token_of_a_search_that_found_nothing_creates_nothing(in_sandbox: SessionsController) -> None:
    in_sandbox.get_sessions(TOKEN)
    assert "holds 0 sessions, not one" in str(reuse(lambda: in_sandbox.post_sessions({}, TOKEN)))


def test_a_retry_of_ones_own_request_is_a_duplicate_and_no_mismatch(
    sandbox: Sandbox, in_sandbox: SessionsController
) -> None:
    body: Any = {"login": "p1_log_1", "public": 0, "token": 1, "newField": "x"}
    first, again = (in_sandbox.post_sessions(body, TOKEN) for _ in range(2))
    assert (first.is_duplicate, again.is_duplicate) == (False, True)
    assert again.one() == first.one()
    assert len(sandbox.sessions) == 1
    for call in (in_sandbox.get_sessions_id, in_sandbox.delete_sessions_id):
        token = new_request_token()
        assert [call(first.one().id, token).is_duplicate for _ in range(2)] == [False, True]
    listed = [in_sandbox.get_sessions(f"{TOKEN}-list", page_number=1) for _ in range(2)]
    assert [result.is_duplicate for result in listed] == [False, True]


# --- responses of somebody else ---


OTHER = envelope(session("p1_ssn_other"))


@each_operation_with_id
@pytest.mark.parametrize("sessions_in_it", [[session("p1_ssn_other")], [session(), session("p1_ssn_other")]], ids=len)
def test_a_response_about_another_session_is_no_success_without_a_token_either(
    operation: Operation, sessions_in_it: list[dict[str, Any]], api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, envelope(*sessions_in_it))
    with pytest.raises(
        APIException, match="about another session than the one asked for: something on the way"
    ) as caught:
        operation(sessions)
    assert caught.value.may_have_been_sent is operation.changes_something
    assert ("may have been carried out" in str(caught.value)) is operation.changes_something
    assert SESSION_KEY not in f"{caught.value.response.text} {caught.value!r}"
    assert "request_token" not in str(caught.value)
    with pytest.raises(
        APIException, match=r"was used before for another request, .* or something on the way"
    ) as caught:
        operation(sessions, request_token=TOKEN)
    assert ("then with a fresh request_token" in str(caught.value)) is operation.changes_something


def test_a_created_session_is_one_and_of_the_login_that_was_sent(
    api: RequestsMock, sessions: SessionsController
) -> None:
    rows: list[tuple[Any, str]] = [
        (envelope(), "holds 0 sessions"),
        (envelope(session("a"), session("b")), "holds 2 sessions"),
        (envelope(session(login="p1_log_other")), "another login"),
        (envelope(session(login={"id": "p1_log_other", "username": "jdoe"})), "another login"),
        ({}, "holds 0 sessions"),
    ]
    for body, words in rows:
        api.reset()
        reply(api, body)
        with pytest.raises(APIException, match=words) as caught:
            CREATE(sessions)
        assert caught.value.may_have_been_sent


def test_what_may_be_the_session_that_was_created_is_taken(api: RequestsMock, sessions: SessionsController) -> None:
    rows: list[dict[str, Any]] = [
        session(login=None),
        session(login={"id": "p1_log_example"}),
        session(login={"username": "jdoe"}),
        session(login=5),
        session(public="0", token=1),
        {},
    ]
    for made in rows:
        api.reset()
        # The API decides on flags itself, and may leave a member out.
        reply(api, envelope(made))
        assert len(sessions.post_sessions({"login": "p1_log_example", "public": 1}).body.data) == 1


def test_a_flag_as_a_string_is_the_flag_that_was_sent(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, envelope(session(public="1", mfaAuthenticated=0, newFlag="1"), duplicateRequest=True))
    body: Any = {"public": 1, "mfaAuthenticated": 0, "frozen": 0, "newFlag": 1}
    assert sessions.post_sessions(body, TOKEN).is_duplicate


def test_a_session_without_an_id_may_be_the_one_that_was_asked_for(
    api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, envelope({"public": 1}))
    assert len(GET_ONE(sessions).body.data) == 1


def test_a_list_may_be_on_any_page_unless_it_is_a_duplicate_of_another(
    api: RequestsMock, sessions: SessionsController
) -> None:
    for page in ({"current": 1}, {"current": None}, None):
        api.reset()
        reply(api, envelope(page=page))
        assert GET_MANY(sessions, page_number=2).is_success()
    api.reset()
    reply(api, envelope(page={"current": "2"}, duplicateRequest=True))
    assert GET_MANY(sessions, page_number=2, request_token=TOKEN).is_duplicate
    with pytest.raises(APIException, match="page 2 of a list, not page 1"):
        GET_MANY(sessions, request_token=TOKEN)


@each_operation
def test_errors_come_before_the_comparison(
    operation: Operation, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, envelope(session("p1_ssn_other"), errors=[{"severity": 3, "errorCode": "no_such_record"}]))
    assert operation(sessions).has("no_such_record")


def test_a_notice_does_not_spare_the_comparison(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, envelope(session("p1_ssn_other"), errors=[{"severity": 1, "msg": "notice"}]))
    with pytest.raises(APIException, match="another session"):
        GET_ONE(sessions)
