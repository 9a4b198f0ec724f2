"""The words of an exception, to the letter: people read them."""

from typing import Any

import pytest
from responses import RequestsMock

from payrix_sessions import APIException, ConnectionException, SessionsController
from payrix_sessions.http.retry_policy import RetryPolicy
from tests.wire import GET_ONE, make_client, reply

NO_ENVELOPE = "200 OK: the answer is no Payrix envelope: "

REASONS: dict[str, tuple[Any, str]] = {
    "empty": ("", "it is empty"),
    "blank": (" \n", "it is empty"),
    "HTML": ("<p>", "it is not JSON: Expecting value: line 1 column 1 (char 0)"),
    "not a number": ('{"a": NaN}', "it is not JSON: NaN is not JSON"),
    "too deep": ("[" * 100_000, "it is not JSON: the JSON is nested too deep"),
    "a list": ([], "it is a list, not an object"),
    "a text": ("'\"x\"'".strip("'"), "it is a text, not an object"),
    "a number": (5, "it is a number, not an object"),
    "true": (True, "it is a truth value, not an object"),
    "null": (None, "it is null, not an object"),
    "something else": ({"message": "hello"}, 'it has neither "response" nor "errors"'),
    "a response that is a list": ({"response": []}, "its response is a list, not an object"),
    "data that is an object": ({"response": {"data": {}}}, "its data is an object, not a list"),
    "a record that is a text": ({"response": {"data": [{}, "x"]}}, "its data holds a text, not only objects"),
}


@pytest.mark.parametrize(("body", "words"), REASONS.values(), ids=REASONS)
def test_an_answer_that_is_no_envelope_says_what_it_is(
    body: Any, words: str, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, body)
    with pytest.raises(APIException) as caught:
        GET_ONE(sessions)
    assert str(caught.value) == NO_ENVELOPE + words


def test_five_errors_are_told_and_the_others_counted(api: RequestsMock, sessions: SessionsController) -> None:
    for count, words in ((5, "e0; e1; e2; e3; e4"), (7, "e0; e1; e2; e3; e4; and 2 more")):
        api.reset()
        reply(api, {"errors": [{"msg": f"e{number}"} for number in range(count)]}, status=409)
        with pytest.raises(APIException) as caught:
            GET_ONE(sessions)
        assert str(caught.value) == f"409 Conflict: {words}"
        assert len(caught.value.errors) == count


def test_an_endless_message_is_cut(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, {"errors": [{"msg": "x" * 1000}]}, status=409)
    with pytest.raises(APIException) as caught:
        GET_ONE(sessions)
    assert str(caught.value) == f"409 Conflict: {'x' * 300}"
    assert repr(caught.value) == f"APIException('409 Conflict: {'x' * 300}')"


@pytest.mark.parametrize(("error", "words"), [("no", "no"), (5, "5"), ([1], "[1]"), (True, "true")])
def test_an_error_in_another_form_is_told_as_it_came(
    error: Any, words: str, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, {"errors": [error]}, status=409)
    with pytest.raises(APIException) as caught:
        GET_ONE(sessions)
    assert str(caught.value) == f"409 Conflict: {words}"


def test_what_cannot_be_mended_by_a_repeat_is_not_repeated(api: RequestsMock) -> None:
    policy = RetryPolicy(5, 0.5, frozenset({503}), frozenset({"GET"}))
    reply(api)
    with make_client() as client:
        request = GET_ONE(client.sessions).request
    lasting = ConnectionException("the certificate", may_have_been_sent=False, is_permanent=True)
    passing = ConnectionException("the network", may_have_been_sent=False)
    assert policy.repeats_failure(request, lasting) is False
    assert policy.repeats_failure(request, passing) is True
    assert (ConnectionException("x").attempts, ConnectionException("x").may_have_been_sent) == (1, True)
    assert ConnectionException("x").is_permanent is False
