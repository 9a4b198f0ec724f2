"""A response that cannot be the response to its request is no success, wherever it went astray."""

from typing import Any

import pytest

from payrix_sessions import APIException
from payrix_sessions.sandbox import Sandbox
from tests.controllers.conftest import Ask, Fail
from tests.wire import CREATE, DELETE_ONE, GET_MANY, GET_ONE, OPERATIONS, SESSION_KEY, Operation, envelope, session

TOKEN = "20250423-example-001"
USED = "its request_token was used before for another request, and nothing was done; send it again with a fresh"

Asked = tuple[Operation, dict[str, Any]]


def test_a_token_that_was_used_for_another_request_does_nothing_and_raises() -> None:
    flags = {"body": {"login": "p1_log_example", "public": 1}}
    rows: list[tuple[Asked, Asked, str]] = [
        ((CREATE, {}), (CREATE, {"body": {"login": "p1_log_other"}}), "another login"),
        ((CREATE, {}), (CREATE, flags), "other flags"),
        ((CREATE, {}), (GET_ONE, {}), "another session"),
        ((CREATE, {}), (GET_MANY, {}), "not a page of a list"),
        ((GET_MANY, {}), (DELETE_ONE, {}), "another session"),
        ((GET_MANY, {}), (CREATE, {}), "holds 2 sessions, not one"),
        ((GET_MANY, {"page_limit": 2}), (GET_MANY, {"page_number": 2}), "page 1 of a list, not page 2"),
    ]
    for (first, first_arguments), (second, second_arguments), words in rows:
        with Sandbox(sessions=2) as sandbox, sandbox.client(max_retries=0) as client:
            first(client.sessions, request_token=TOKEN, **first_arguments)
            before = [living.key for living in sandbox.sessions]
            with pytest.raises(APIException, match=USED) as caught:
                second(client.sessions, request_token=TOKEN, **second_arguments)
            assert [living.key for living in sandbox.sessions] == before
        assert type(caught.value) is APIException
        assert (caught.value.request_token, caught.value.may_have_been_sent) == (TOKEN, False)
        assert words in str(caught.value)
        assert not [key for key in before if str(key) in caught.value.response.text]


OTHER = session("p1_ssn_other")


def test_a_response_about_another_session_is_no_success_without_a_token_either(fail: Fail) -> None:
    astray = "about another session than the one asked for: something on the way"
    used = r"was used before for another request, .* or something on the way"
    for operation in (GET_ONE, DELETE_ONE):
        for answer in (envelope(OTHER), envelope(session(), OTHER)):
            exception = fail(astray, operation, answer)
            assert exception.may_have_been_sent is operation.changes_something
            assert ("may have been carried out" in str(exception)) is operation.changes_something
            assert SESSION_KEY not in f"{exception.response.text} {exception!r}"
            assert "request_token" not in str(exception)
            exception = fail(used, operation, answer, request_token=TOKEN)
            assert ("then with a fresh request_token" in str(exception)) is operation.changes_something


def test_a_created_session_is_one_and_of_the_login_that_was_sent(fail: Fail) -> None:
    rows: list[tuple[Any, str]] = [
        (envelope(), "holds 0 sessions"),
        ({}, "holds 0 sessions"),
        (envelope(session("a"), session("b")), "holds 2 sessions"),
        (envelope(session(login="p1_log_other")), "another login"),
        (envelope(session(login={"id": "p1_log_other", "username": "jdoe"})), "another login"),
    ]
    for answer, words in rows:
        assert fail(words, CREATE, answer).may_have_been_sent


def test_what_may_be_the_session_is_taken(ask: Ask) -> None:
    rows: list[dict[str, Any]] = [
        session(login=None),
        session(login={"id": "p1_log_example"}),
        session(login={"username": "jdoe"}),
        session(login=5),
        # The API decides on flags itself, and may leave a member out.
        session(public="0", token=1),
        {},
    ]
    for made in rows:
        assert len(ask(CREATE, envelope(made), body={"login": "p1_log_example", "public": 1}).body.data) == 1
    assert len(ask(GET_ONE, envelope({"public": 1})).body.data) == 1


def test_a_flag_as_a_string_is_the_flag_that_was_sent(ask: Ask) -> None:
    made = envelope(session(public="1", mfaAuthenticated=0, newFlag="1"), duplicateRequest=True)
    body = {"public": 1, "mfaAuthenticated": 0, "frozen": 0, "newFlag": 1}
    assert ask(CREATE, made, body=body, request_token=TOKEN).is_duplicate


def test_a_list_may_be_on_any_page_unless_it_is_a_duplicate_of_another(ask: Ask, fail: Fail) -> None:
    for page in ({"current": 1}, {"current": None}, None):
        assert ask(GET_MANY, envelope(page=page), page_number=2).is_success()
    second = envelope(page={"current": "2"}, duplicateRequest=True)
    assert ask(GET_MANY, second, page_number=2, request_token=TOKEN).is_duplicate
    fail("page 2 of a list, not page 1", GET_MANY, second, request_token=TOKEN)


def test_errors_come_before_the_comparison_and_a_notice_does_not_spare_it(ask: Ask, fail: Fail) -> None:
    for operation in OPERATIONS:
        result = ask(operation, envelope(OTHER, errors=[{"severity": 3, "errorCode": "no_such_record"}]))
        assert result.has("no_such_record")
    fail("another session", GET_ONE, envelope(OTHER, errors=[{"severity": 1, "msg": "notice"}]))
