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


def test_a_response_that_may_be_the_one_to_the_request_is_taken_and_no_other(ask: Ask, fail: Fail) -> None:
    flags = {"login": "p1_log_example", "public": 1}
    second = envelope(page={"current": "2"}, duplicateRequest=True)
    made = envelope(session(public="1", mfaAuthenticated=0, newFlag="1"), duplicateRequest=True)
    notice, error = {"severity": 1, "msg": "notice"}, {"severity": 3, "errorCode": "no_such_record"}
    rows: list[tuple[Operation, dict[str, Any], Any, str]] = [
        # A created session is one, and of the login that was sent.
        (CREATE, {}, envelope(), "holds 0 sessions"),
        (CREATE, {}, {}, "holds 0 sessions"),
        (CREATE, {}, envelope(session("a"), session("b")), "holds 2 sessions"),
        (CREATE, {}, envelope(session(login="p1_log_other")), "another login"),
        (CREATE, {}, envelope(session(login={"id": "p1_log_other", "username": "jdoe"})), "another login"),
        *(
            (CREATE, {"body": flags}, envelope(session(login=login)), "")
            for login in (None, {"id": "p1_log_example"}, {"username": "jdoe"}, 5)
        ),
        # The API decides on flags itself, and may leave a member out; a duplicate has those that were sent.
        (CREATE, {"body": flags}, envelope(session(public="0", token=1)), ""),
        (CREATE, {"body": flags}, envelope({}), ""),
        (GET_ONE, {}, envelope({"public": 1}), ""),
        (CREATE, {"body": {"public": 1, "mfaAuthenticated": 0, "frozen": 0, "newFlag": 1}}, made, ""),
        # A list may be on any page, unless it is a duplicate of another.
        *(
            (GET_MANY, {"page_number": 2}, envelope(page=page), "")
            for page in ({"current": 1}, {"current": None}, None)
        ),
        (GET_MANY, {"page_number": 2}, second, ""),
        (GET_MANY, {}, second, "page 2 of a list, not page 1"),
        # Errors come before the comparison, and a notice does not spare it.
        *((operation, {}, envelope(OTHER, errors=[error]), "") for operation in OPERATIONS),
        (GET_ONE, {}, envelope(OTHER, errors=[notice]), "another session"),
    ]
    for operation, arguments, answer, words in rows:
        if words:
            assert fail(words, operation, answer, **arguments).may_have_been_sent is (operation is CREATE)
        else:
            result = ask(operation, answer, **arguments)
            assert result.is_duplicate is (answer in (second, made))
            assert result.is_error() is result.has("no_such_record")
