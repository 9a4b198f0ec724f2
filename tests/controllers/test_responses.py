"""What each response becomes: typed results, errors, exceptions; no success if it is that to another request."""

import codecs
import json
from typing import Any

import pytest
from responses import RequestsMock

from payrix_sessions import (
    APIException,
    ErrorFourHundredException,
    ErrorFourHundredProperties,
    ErrorItem,
    SessionsController,
)
from tests import fixtures
from tests.controllers.conftest import Ask, Fail
from tests.wire import (
    API_KEY,
    CREATE,
    GET_MANY,
    GET_ONE,
    OPERATIONS,
    SESSION_KEY,
    Operation,
    envelope,
    printed,
    reply,
    session,
)


# tests/test_properties.py has all other bodies.
def test_each_method_raises_its_exception_for_a_400_and_for_every_other_failure(fail: Fail) -> None:
    for operation in OPERATIONS:
        rows = [(400, ErrorFourHundredException, ErrorFourHundredProperties), (404, APIException, ErrorItem)]
        for status, kind, error in rows:
            exception = fail("Invalid authentication", operation, fixtures.load("invalid_auth"), status)
            assert (type(exception), [type(each) for each in exception.errors]) == (kind, [error])
            assert exception.has("invalid_auth")
            # Without a default of ours, the core returns a 404 as a success.
            assert type(fail(rf"^{status}\b", operation, envelope(session()), status)) is kind


def test_other_successes_are_read_like_a_200_and_a_204_is_an_empty_one(ask: Ask) -> None:
    for status in (201, 202, 203):
        result = ask(GET_ONE, status=status)
        assert (result.status_code, result.is_success(), len(result.body.data)) == (status, True, 1)
    for operation in OPERATIONS:
        result = ask(operation, b"", 204)
        assert (result.is_success(), result.body.data, result.body.to_dictionary(), result.totals) == (True, [], {}, {})


def test_a_failure_without_words_of_its_own_says_what_may_be_the_matter(fail: Fail) -> None:
    fail(
        "404 Not Found: nothing is there: the id does not exist or is ill-formed, or base_url is wrong",
        GET_ONE,
        b"",
        404,
    )
    fail("a notice", GET_MANY, {"errors": [{"severity": 0, "msg": "a notice"}]}, 400)
    nothing: list[Any] = [None, []]
    for errors in nothing:
        fail("credentials are invalid", GET_MANY, {"errors": errors}, 400)
    assert fail("400", GET_MANY, {"errors": [{}] * 10_001}, 400).errors == []


ITEM = {"field": "login", "code": 15, "severity": 2, "msg": "This field is required", "errorCode": "required_field"}
SECOND = {"code": 13, "severity": 4, "msg": "No such action", "errorCode": "invalid_resource"}


def both_places(errors: object) -> list[dict[str, Any]]:
    """Return a body with these errors at the top, and one with them inside."""
    inside: dict[str, Any] = {"data": [], "details": {"requestId": 1}, "errors": errors}
    return [{"errors": errors, "response": None}, {"response": inside}]


def test_errors_in_either_place_or_both_make_an_error_and_are_raised_with_what_the_api_said(ask: Ask) -> None:
    for operation in OPERATIONS:
        for answer in (*both_places([ITEM, SECOND]), {**both_places([SECOND])[1], "errors": [ITEM]}):
            result = ask(operation, answer)
            assert (result.is_error(), result.is_success(), result.body.data) == (True, False, [])
            assert result.errors == [ErrorItem.from_dictionary(ITEM), ErrorItem.from_dictionary(SECOND)]
    result = ask(CREATE, envelope(errors=[ITEM, SECOND]))
    with pytest.raises(APIException, match=r"login: This field is required.*No such action") as caught:
        result.raise_for_errors()
    assert type(caught.value) is APIException
    assert (caught.value.response_code, caught.value.request_id, caught.value.errors) == (200, 1, result.errors)


def test_errors_in_another_form_are_not_lost_and_no_errors_are_no_error_and_a_key_in_one_is_not_shown(ask: Ask) -> None:
    no_errors: list[Any] = [None, [], {}, ""]
    rows: list[tuple[Any, str | None]] = [
        (ITEM, "This field is required"),
        ("something went wrong", "something went wrong"),
        ([["nested"]], "nested"),
        ([{"msg": f"bad key {API_KEY}"}], "bad key ***"),
        (True, "true"),
        ([{}], ""),
        *((nothing, None) for nothing in no_errors),
    ]
    for errors, text in rows:
        for answer in both_places(errors):
            result = ask(GET_MANY, answer)
            assert (result.is_error(), len(result.errors)) == ((False, 0) if text is None else (True, 1))
            assert (text or "") in repr(result.errors)
            assert all(map(str, result.errors))
            assert API_KEY not in printed(result, result.body, result.errors, result.body.to_dictionary())
            assert (API_KEY in result.text) is (text == "bad key ***")


def test_only_severity_0_and_1_leave_a_success_a_success(ask: Ask) -> None:
    grave: list[Any] = [2, -1, "2", None, "unknown", 1.5, True, {}]
    rows: list[tuple[list[Any], bool]] = [([0, 1, "0", "1"], False), *(([0, severity], True) for severity in grave)]
    for severities, is_error in rows:
        result = ask(GET_ONE, envelope(session(), errors=[{"msg": "x", "severity": each} for each in severities]))
        assert (result.is_error(), len(result.errors)) == (is_error, len(severities))
        assert result.has("required_field") is False
        assert is_error or result.one().id


GOOD = json.dumps(envelope())
# The body, and what is said of it; the words around are free.
NO_ENVELOPES: list[tuple[Any, str]] = [
    ("", "empty"),
    (" \n", "empty"),
    ("<p>", r"not JSON: Expecting value: line 1 column 1 \(char 0\)"),
    ('{"a": NaN}', "NaN"),
    ("[" * 100_000, "nested too deep"),
    ([], "a list, not an object"),
    ('"x"', "a (string|text), not an object"),
    (5, "a number, not an object"),
    (True, "a (boolean|truth value), not an object"),
    (None, "null, not an object"),
    ({"message": "hello"}, '"response".*"errors"'),
    ({"response": []}, "response is a list"),
    ({"response": {"data": {}}}, "data is an object, not a list"),
    ({"response": {"data": [{}, "x"]}}, "data holds a (string|text)"),
    # What something might take for JSON.
    ("{'response': {}}", "not JSON"),
    (GOOD + GOOD, "not JSON: Extra data"),
    ('{"response": {"data": [{"id": "a\nb"}]}}', "not JSON"),
    ('{"response": {"data": [{"id": ' + "1" * 10_000 + "}]}}", "not JSON"),
    (codecs.BOM_UTF8 * 2 + GOOD.encode(), "not JSON"),
    *((f'{{"response": {{"page": "{odd}"}}}}'.encode("latin-1"), "not UTF-8") for odd in ("\xe9", "\xc0\xaf")),
    *((body, "not UTF-8") for body in (GOOD.encode("utf-16"), b"\x1f\x8b\x08\x00")),  # the second is gzip's beginning
    # What would become too many objects.
    ({"response": {"data": [{}] * 10_001}}, "holds 10001 records, more than 10000"),
    ({"errors": [{}] * 10_001}, "holds 10001 errors, more than 10000"),
    ({"response": {"errors": [{}] * 10_001}}, "holds 10001 errors, more than 10000"),
    ({"errors": [{"msg": "x" * 3_000_000}]}, "its errors are larger than any"),
    ("[" + "{}," * 400_000 + "{}]", "it holds more values than any page"),
    ("[" + "0," * 5_100_000 + "0]", "it holds more values than any page"),
]


def test_a_200_that_is_no_envelope_raises_with_what_it_is_and_whether_something_may_have_happened(fail: Fail) -> None:
    rows = [(GET_MANY, body, fault) for body, fault in NO_ENVELOPES]
    rows += [(operation, "<html><body>Please log in</body></html>", "not JSON") for operation in OPERATIONS]
    for operation, body, fault in rows:
        exception = fail(rf"^200 OK: .*{fault}", operation, body)
        assert (type(exception), exception.errors, len(str(exception)) < 500) == (APIException, [], True)
        assert exception.may_have_been_sent is operation.changes_something
        assert ("may have been carried out" in str(exception)) is operation.changes_something


def test_no_content_type_decides_nor_a_byte_order_mark(api: RequestsMock, sessions: SessionsController) -> None:
    body = codecs.BOM_UTF8 + r'{"response": {"data": [{"id": "é\ud800"}]}}'.encode()
    for content_type in ("text/html", "application/json; charset=latin-1", "x"):
        api.reset()
        reply(api, body, headers={"Content-Type": content_type})
        assert [session.id for session in sessions.get_sessions().body.data] == ["é\ud800"]


def test_as_many_objects_as_are_allowed_are_read(ask: Ask) -> None:
    errors = [{"severity": 0}] * 10_000
    details = {"totals": ["x" * 1_100_000]}
    result = ask(GET_MANY, {"response": {"data": [{}] * 10_000, "details": details, "errors": errors}})
    assert (len(result.body.data), len(result.errors)) == (10_000, 10_000)


TOKEN = "20250423-example-001"
USED = "its request_token was used before for another request, and nothing was done"
STRAY = "something on the way delivers responses to the wrong requests, and its connections were closed"


def duplicate(*sessions: dict[str, Any], **details: Any) -> dict[str, Any]:
    """Return the envelope of these sessions, as the response to a request token that was used before."""
    return envelope(*sessions, duplicateRequest=True, **details)


def test_a_response_to_another_request_is_no_success_and_what_may_be_that_to_this_one_is_taken(
    ask: Ask, fail: Fail
) -> None:
    flags = {"body": {"login": "p1_log_example", "public": 1}}
    other, elsewhere = session("p1_ssn_other"), session(login="p1_log_other")
    made = duplicate(session(public="1", mfaAuthenticated=0, newFlag="1"))
    notice, error = {"severity": 1, "msg": "notice"}, {"severity": 3, "errorCode": "no_such_record"}
    wrong: list[tuple[Operation, dict[str, Any], Any, str]] = [
        # A created session is one, and of the login that was sent.
        (CREATE, {}, envelope(), "creating a session holds 0 sessions, not one"),
        (CREATE, {}, {}, "holds 0 sessions, not one"),
        *((CREATE, {}, answer(session(), other), "holds 2 sessions, not one") for answer in (envelope, duplicate)),
        *((CREATE, {}, answer(elsewhere), "another login") for answer in (envelope, duplicate)),
        (CREATE, {}, envelope(session(login={"id": "p1_log_other", "username": "jdoe"})), "another login"),
        (CREATE, flags, duplicate(session(public=0)), "other flags"),
        *((each, {}, answer(other), "another session") for each in OPERATIONS[:2] for answer in (envelope, duplicate)),
        (GET_ONE, {}, envelope(session(), other), "another session than the one asked for"),
        (GET_ONE, {}, envelope(other, errors=[notice]), "another session"),
        (GET_MANY, {}, duplicate(session()), "not a page of a list"),
        (GET_MANY, {}, duplicate(page={"current": "2"}), "page 2 of a list, not page 1"),
    ]
    for operation, arguments, answer, words in wrong:
        is_duplicate = answer.get("response", {}).get("details", {}).get("duplicateRequest", False)
        doubtful = operation.changes_something and not is_duplicate
        for token in (None, TOKEN):
            exception = fail(words, operation, answer, request_token=token, **arguments)
            text = str(exception)
            assert (type(exception), exception.request_token) == (APIException, token)
            assert SESSION_KEY not in f"{exception.response.text} {exception!r}"
            assert exception.may_have_been_sent is ("may have been carried out" in text) is doubtful
            assert ("then with a fresh request_token" in text) is (doubtful and token is not None)
            if is_duplicate:
                assert text.endswith(f": {USED}; send it again with a fresh request_token")
            else:
                assert (f": {USED}, or {STRAY}" if token else f": {STRAY}") in text
    right: list[tuple[Operation, dict[str, Any], Any]] = [
        *(
            (CREATE, flags, envelope(session(login=login)))
            for login in (None, {"id": "p1_log_example"}, {"username": "jdoe"}, 5)
        ),
        # The API decides on flags itself, and may leave a member out; a duplicate has those that were sent.
        (CREATE, flags, envelope(session(public="0", token=1))),
        (CREATE, flags, envelope({})),
        (GET_ONE, {}, envelope({"public": 1})),
        (CREATE, {"body": {"public": 1, "mfaAuthenticated": 0, "frozen": 0, "newFlag": 1}}, made),
        # A list may be on any page, unless it is a duplicate of another.
        *((GET_MANY, {"page_number": 2}, envelope(page=page)) for page in ({"current": 1}, {"current": None}, None)),
        (GET_MANY, {"page_number": 2}, duplicate(page={"current": "2"})),
        # Errors come before the comparison.
        *((operation, {}, envelope(other, errors=[error])) for operation in OPERATIONS),
    ]
    for operation, arguments, answer in right:
        result = ask(operation, answer, **arguments)
        assert result.is_duplicate is ("duplicateRequest" in answer["response"]["details"])
        assert result.is_error() is result.has("no_such_record")
