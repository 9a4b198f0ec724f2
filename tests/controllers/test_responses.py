"""What each response of the API becomes: typed results, errors, exceptions."""

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
from tests.wire import API_KEY, CREATE, GET_MANY, GET_ONE, OPERATIONS, envelope, printed, reply, session


def test_each_recorded_response_becomes_what_it_says(ask: Ask) -> None:
    for name in fixtures.NAMES:
        body: Any = fixtures.load(name)
        inner: Any = body.get("response") or {}
        records: list[Any] = inner.get("data") or []
        ids: list[str] = [record["id"] for record in records]
        errors: list[Any] = [*(body.get("errors") or []), *(inner.get("errors") or [])]
        details: Any = inner.get("details") or {}
        result = ask(GET_ONE, body, id=ids[0]) if ids else ask(GET_MANY, body)
        assert [session.id for session in result.body.data] == ids
        assert [error.error_code for error in result.errors] == [error.get("errorCode") for error in errors]
        is_error = bool(errors) and name != "notice_beside_data"
        assert (result.is_error(), result.is_success()) == (is_error, not is_error)
        assert repr(result.request_id) == repr(details.get("requestId"))
        assert result.is_duplicate is (name == "duplicate_request_token")
        assert (result.details.page and result.details.page.to_dictionary()) == details.get("page")


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
    fail("404 Not Found: there is no session with this id, or the id is not well-formed", GET_ONE, b"", 404)
    fail("a notice", GET_MANY, {"errors": [{"severity": 0, "msg": "a notice"}]}, 400)
    nothing: list[Any] = [None, []]
    for errors in nothing:
        fail("credentials are invalid", GET_MANY, {"errors": errors}, 400)
    assert fail("400", GET_MANY, {"errors": [{}] * 10_001}, 400).errors == []


ITEM = {"field": "login", "code": 15, "severity": 2, "msg": "This field is required", "errorCode": "required_field"}
OTHER = {"code": 13, "severity": 4, "msg": "No such action", "errorCode": "invalid_resource"}


def both_places(errors: object) -> list[dict[str, Any]]:
    """Return a body with these errors at the top, and one with them inside."""
    inside: dict[str, Any] = {"data": [], "details": {"requestId": 1}, "errors": errors}
    return [{"errors": errors, "response": None}, {"response": inside}]


def test_errors_in_either_place_or_both_make_an_error_and_are_raised_with_what_the_api_said(ask: Ask) -> None:
    for operation in OPERATIONS:
        for answer in (*both_places([ITEM, OTHER]), {**both_places([OTHER])[1], "errors": [ITEM]}):
            result = ask(operation, answer)
            assert (result.is_error(), result.is_success(), result.body.data) == (True, False, [])
            assert result.errors == [ErrorItem.from_dictionary(ITEM), ErrorItem.from_dictionary(OTHER)]
    result = ask(CREATE, envelope(errors=[ITEM, OTHER]))
    with pytest.raises(APIException, match=r"login: This field is required.*No such action") as caught:
        result.raise_for_errors()
    assert type(caught.value) is APIException
    assert (caught.value.response_code, caught.value.request_id, caught.value.errors) == (200, 1, result.errors)


def test_errors_in_another_form_are_not_lost_and_no_errors_are_no_error(ask: Ask) -> None:
    no_errors: list[Any] = [None, [], {}, ""]
    rows: list[tuple[Any, str | None]] = [
        (ITEM, "This field is required"),
        ("something went wrong", "something went wrong"),
        ([["nested"]], "nested"),
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


def test_only_severity_0_and_1_leave_a_success_a_success(ask: Ask) -> None:
    grave: list[Any] = [2, -1, "2", None, "unknown", 1.5, True, {}]
    rows: list[tuple[list[Any], bool]] = [([0, 1, "0", "1"], False), *(([0, severity], True) for severity in grave)]
    for severities, is_error in rows:
        result = ask(GET_ONE, envelope(session(), errors=[{"msg": "x", "severity": each} for each in severities]))
        assert (result.is_error(), len(result.errors)) == (is_error, len(severities))
        assert result.has("required_field") is False
        assert is_error or result.one().id


def test_a_key_that_an_error_echoes_is_shown_nowhere_but_in_the_text(ask: Ask) -> None:
    for answer in both_places([{"msg": f"bad key {API_KEY}", "severity": 3}]):
        result = ask(GET_ONE, answer)
        assert API_KEY in result.text
        assert API_KEY not in printed(result, result.body, result.errors, result.body.to_dictionary())


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
