"""The words of an exception: people read them."""

import re
from typing import Any

import pytest
from responses import RequestsMock

from payrix_sessions import APIException, SessionsController
from tests.wire import GET_ONE, reply

# The body, and what is said of it; the words around are free.
NO_ENVELOPES: dict[str, tuple[Any, str]] = {
    "empty": ("", "empty"),
    "blank": (" \n", "empty"),
    "HTML": ("<p>", r"not JSON: Expecting value: line 1 column 1 \(char 0\)"),
    "not a number": ('{"a": NaN}', "NaN"),
    "too deep": ("[" * 100_000, "nested too deep"),
    "a list": ([], "a list, not an object"),
    "a string": ('"x"', "a (string|text), not an object"),
    "a number": (5, "a number, not an object"),
    "true": (True, "a (boolean|truth value), not an object"),
    "null": (None, "null, not an object"),
    "something else": ({"message": "hello"}, '"response".*"errors"'),
    "a response that is a list": ({"response": []}, "response is a list"),
    "data that is an object": ({"response": {"data": {}}}, "data is an object, not a list"),
    "a record that is a string": ({"response": {"data": [{}, "x"]}}, "data holds a (string|text)"),
}


def failure_of(sessions: SessionsController) -> APIException:
    with pytest.raises(APIException) as caught:
        GET_ONE(sessions)
    return caught.value


def test_a_response_that_is_no_envelope_says_what_it_is(api: RequestsMock, sessions: SessionsController) -> None:
    for body, fault in NO_ENVELOPES.values():
        api.reset()
        reply(api, body)
        message = str(failure_of(sessions))
        assert message.startswith("200 OK: ")
        assert "not an envelope of the API" in message
        assert re.search(fault, message), message


def test_five_errors_are_told_and_the_others_counted(api: RequestsMock, sessions: SessionsController) -> None:
    for count, words in ((5, "e0; e1; e2; e3; e4"), (7, "e0; e1; e2; e3; e4; and 2 more")):
        api.reset()
        reply(api, {"errors": [{"msg": f"e{number}"} for number in range(count)]}, status=409)
        error = failure_of(sessions)
        assert str(error) == f"409 Conflict: {words}"
        assert len(error.errors) == count


def test_an_endless_message_is_cut(api: RequestsMock, sessions: SessionsController) -> None:
    rows: list[Any] = [
        {"errors": [{"msg": "m" * 100_000}]},
        {"errors": ["e" * 100_000]},
        {"errors": [{"errorCode": "c" * 100_000, "field": "f" * 100_000}] * 5},
        "<html>" + "x" * 100_000,
    ]
    for body in rows:
        api.reset()
        reply(api, body, status=409)
        error = failure_of(sessions)
        assert len(str(error)) < 3_000
        assert len(repr(error)) < 3_000


def test_an_error_in_another_form_is_told_as_it_came(api: RequestsMock, sessions: SessionsController) -> None:
    rows: list[tuple[Any, str]] = [("no", "no"), (5, "5"), ([1], "[1]"), (True, "true")]
    for error, words in rows:
        api.reset()
        reply(api, {"errors": [error]}, status=409)
        assert str(failure_of(sessions)) == f"409 Conflict: {words}"


def test_an_error_response_without_a_readable_body_has_a_reason(
    api: RequestsMock, sessions: SessionsController
) -> None:
    for status in (400, 418, 599):
        api.reset()
        reply(api, b"\xff", status=status)
        error = failure_of(sessions)
        assert (bool(error.reason), error.errors) == (True, [])
        assert str(error).startswith(str(status))
        assert error.reason in str(error)
