"""What each response of the API becomes: typed results, errors, exceptions, and never code that runs."""

import codecs
import importlib
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from responses import RequestsMock

from payrix_sessions import (
    APIException,
    ApiResponse,
    DetailsProperties,
    ErrorFourHundredException,
    ErrorFourHundredProperties,
    ErrorItem,
    SessionPublicEnum,
    SessionsController,
)
from tests import fixtures
from tests.wire import (
    API_KEY,
    CREATE,
    DELETE_ONE,
    GET_MANY,
    GET_ONE,
    Operation,
    each_operation,
    envelope,
    outcome,
    printed,
    reply,
    session,
)

# --- recorded responses ---


@dataclass(frozen=True)
class Expected:
    """What a 200 becomes: errors by their errorCode, data by the ids of its sessions."""

    operation: Operation
    errors: list[str | None] = field(default_factory=list[str | None])
    is_error: bool = False
    ids: list[str | None] = field(default_factory=list[str | None])
    request_id: object = 1
    page: DetailsProperties | None = None
    is_duplicate: bool = False
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])


ONLY_PAGE = DetailsProperties(current=1, last=1, has_more=False)
FIRST_OF_TWO = DetailsProperties(current=1, last=2, has_more=True)
EXAMPLE = "p1_ssn_00c73b181e33818d7c0a13a"
CREATED: Any = {"login": "t1_log_5b2011973fa59491784706b", "public": 0}
RATE_LIMIT: list[str | None] = ["C_RATE_LIMIT_EXCEEDED_TEMP_BLOCK"]

RESPONSES = {
    "session_by_id": Expected(GET_ONE, ids=[EXAMPLE], page=ONLY_PAGE),
    "session_with_text_request_id": Expected(GET_ONE, ids=[EXAMPLE], page=ONLY_PAGE, request_id="1"),
    "session_list": Expected(GET_MANY, ids=[EXAMPLE], page=ONLY_PAGE),
    "empty_list": Expected(GET_MANY, page=ONLY_PAGE),
    "first_page_of_two": Expected(GET_MANY, ids=["t1_ssn_65b2cbc45450d6427cb0629"], page=FIRST_OF_TWO),
    "created_with_flags_as_text": Expected(CREATE, ids=["t1_ssn_5b2ddeb87d9817adaf87597"], arguments={"body": CREATED}),
    "deleted": Expected(DELETE_ONE, ids=["t1_ssn_6a330a9b157729cfce4ed50"]),
    "deleted_unknown_id": Expected(DELETE_ONE),
    "expanded_login_and_creator": Expected(GET_ONE, ids=[EXAMPLE], page=ONLY_PAGE),
    "list_with_expanded_login": Expected(GET_MANY, ids=["p1_ssn_1"], page=ONLY_PAGE),
    "totals_by_field": Expected(GET_MANY, ids=["p1_ssn_1"], page=ONLY_PAGE),
    "totals_as_numbers": Expected(GET_MANY, ids=["p1_ssn_1"], page=ONLY_PAGE),
    "duplicate_request_token": Expected(
        CREATE, ids=["p1_ssn_1"], is_duplicate=True, arguments={"body": {"login": "p1_log_1", "public": 1}}
    ),
    "invalid_auth": Expected(GET_ONE, ["invalid_auth"], True, request_id=None),
    "rate_limited": Expected(GET_ONE, RATE_LIMIT, True, request_id=None),
    "rate_limited_in_success": Expected(GET_ONE, RATE_LIMIT, True, request_id=None),
    "two_field_errors": Expected(CREATE, ["no_such_record", "required_field"], True),
    "required_field": Expected(CREATE, ["required_field"], True),
    "duplicate_record": Expected(CREATE, ["duplicate_record"], True),
    "invalid_resource_at_the_top": Expected(DELETE_ONE, ["invalid_resource"], True, request_id=None),
    "invalid_resource_inside": Expected(DELETE_ONE, ["invalid_resource"], True),
    "error_without_msg_or_data": Expected(GET_ONE, ["no_such_record"], True, request_id=None),
    "bad_search_operator": Expected(GET_MANY, ["query_error"], True),
    "notice_beside_data": Expected(GET_MANY, ["notice"], ids=["p1_ssn_1"]),
    "nulls_and_unknown_values": Expected(GET_MANY, ids=["000000000000001"], page=ONLY_PAGE),
    "minimal": Expected(GET_MANY, request_id=None),
    "empty_object": Expected(GET_ONE, request_id=None),
    "everything_null": Expected(GET_MANY, request_id=None),
}


def test_every_recorded_response_is_expected_to_become_something() -> None:
    assert sorted(RESPONSES) == list(fixtures.NAMES)


def test_a_recorded_response_becomes_what_it_says(api: RequestsMock, sessions: SessionsController) -> None:
    for name in fixtures.NAMES:
        api.reset()
        expected = RESPONSES[name]
        arguments = dict(expected.arguments)
        if expected.ids and "id" in expected.operation.required:
            arguments["id"] = expected.ids[0]
        reply(api, fixtures.load(name))
        result = expected.operation(sessions, **arguments)

        assert [session.id for session in result.body.data] == expected.ids
        assert [error.error_code for error in result.errors] == expected.errors
        assert (result.is_error(), result.is_success()) == (expected.is_error, not expected.is_error)
        assert (result.request_id, type(result.request_id)) == (expected.request_id, type(expected.request_id))
        assert result.is_duplicate is expected.is_duplicate
        assert result.details.page == expected.page


def test_zeros_flags_as_strings_nulls_and_unknown_members_are_read_as_they_came(
    api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, fixtures.load("created_with_flags_as_text"))
    created = sessions.post_sessions(CREATED).one()
    assert (created.public, created.inactive, created.sso) == (SessionPublicEnum.PRIVATEACCESS, 0, None)
    api.reset()
    reply(api, fixtures.load("nulls_and_unknown_values"))
    odd: Any = sessions.get_sessions().body.data[0]
    assert (odd.key, odd.login, odd.public, odd.additional_properties) == (None, None, 2, {"newField": "x"})


# --- statuses ---


@each_operation
def test_each_method_raises_its_exception_for_a_400_and_for_every_other_failure(
    operation: Operation, api: RequestsMock, sessions: SessionsController
) -> None:
    for status, kind in ((400, ErrorFourHundredException), (404, APIException), (500, APIException)):
        api.reset()
        reply(api, fixtures.load("invalid_auth"), status=status)
        with pytest.raises(APIException) as caught:
            operation(sessions)
        assert type(caught.value) is kind
        assert caught.value.response_code == status
        assert caught.value.has("invalid_auth")


def test_a_body_that_looks_good_makes_no_failure_a_success(api: RequestsMock, sessions: SessionsController) -> None:
    for status in (401, 429, 499, 503, 599, 999):
        api.reset()
        # Without a default of ours, the core returns what it has no error case for as a success.
        reply(api, status=status)
        with pytest.raises(APIException, match=f"^{status}\\b") as caught:
            GET_ONE(sessions)
        assert type(caught.value) is APIException
        assert (caught.value.response_code, caught.value.errors) == (status, [])


def test_no_body_makes_a_failure_anything_else(api: RequestsMock, sessions: SessionsController) -> None:
    rows: list[Any] = [
        b"",
        "<html>no</html>",
        '{"errors": [{"msg"',
        b"\xff\xfe\x00\x00",
        [],
        "null",
        "[" * 100_000,
        {"response": "no"},
    ]
    for body in rows:
        api.reset()
        for status, kind in ((400, ErrorFourHundredException), (404, APIException), (500, APIException)):
            api.reset()
            reply(api, body, status=status)
            with pytest.raises(APIException, match=str(status)) as caught:
                GET_ONE(sessions)
            assert type(caught.value) is kind
            assert caught.value.errors == []


def test_other_successes_are_read_like_a_200(api: RequestsMock, sessions: SessionsController) -> None:
    for status in (201, 202, 203):
        api.reset()
        reply(api, status=status)
        result = GET_ONE(sessions)
        assert (result.status_code, result.is_success(), len(result.body.data)) == (status, True, 1)


@each_operation
def test_a_204_is_an_empty_success(operation: Operation, api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, b"", status=204)
    result = operation(sessions)
    assert (result.is_success(), result.body.data, result.body.to_dictionary(), result.totals) == (True, [], {}, {})


def test_the_errors_of_a_400_have_the_class_of_the_description(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, fixtures.load("two_field_errors"), status=400)
    with pytest.raises(ErrorFourHundredException) as caught:
        sessions.get_sessions()
    assert [type(error) for error in caught.value.errors] == [ErrorFourHundredProperties] * 2
    assert [error.field for error in caught.value.errors] == ["login", "public"]


def test_a_404_without_words_says_what_may_be_the_matter(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, b"", status=404)
    with pytest.raises(
        APIException, match="404 Not Found: there is no session with this id, or the id is not well-formed"
    ):
        GET_ONE(sessions)


def test_a_notice_does_not_soften_a_failure_and_no_errors_in_it_are_told_by_the_status(
    api: RequestsMock, sessions: SessionsController
) -> None:
    for errors, words in (
        ([{"severity": 0, "msg": "notice"}], "notice"),
        ([], "credentials are invalid"),
        (None, "credentials are invalid"),
    ):
        api.reset()
        reply(api, {"errors": errors}, status=400)
        with pytest.raises(ErrorFourHundredException, match=words):
            sessions.get_sessions()


# --- errors inside a 200 ---


ITEM = {"field": "login", "code": 15, "severity": 2, "msg": "This field is required", "errorCode": "required_field"}
OTHER = {"code": 13, "severity": 4, "msg": "No such action", "errorCode": "invalid_resource"}


def at_the_top(errors: object) -> dict[str, Any]:
    return {"errors": errors, "response": None}


def inside(errors: object) -> dict[str, Any]:
    return {"response": {"data": [], "details": {"requestId": 1}, "errors": errors}}


each_place = pytest.mark.parametrize("place", [at_the_top, inside])


@each_place
@each_operation
def test_errors_in_either_place_make_an_error(
    operation: Operation, place: Any, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, place([ITEM, OTHER]))
    result = operation(sessions)
    assert (result.is_error(), result.is_success(), result.body.data) == (True, False, [])
    assert result.errors == [ErrorItem.from_dictionary(ITEM), ErrorItem.from_dictionary(OTHER)]


def test_errors_in_both_places_are_all_there_and_raised_with_what_the_api_said(
    api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, {"errors": [OTHER], **inside([ITEM])})
    result = sessions.get_sessions()
    with pytest.raises(APIException) as caught:
        result.raise_for_errors()
    assert type(caught.value) is APIException
    assert [error.error_code for error in caught.value.errors] == ["invalid_resource", "required_field"]
    assert caught.value.errors == result.errors
    assert (caught.value.response_code, caught.value.request_id) == (200, 1)
    assert "No such action" in str(caught.value)
    assert "login: This field is required" in str(caught.value)


ODD_ERRORS: list[tuple[Any, str]] = [
    (ITEM, "This field is required"),
    ("something went wrong", "something went wrong"),
    ([["nested"]], "nested"),
    ([42], "42"),
    (True, "true"),
    ({"login": "is required"}, "is required"),
    ([{}], ""),
]


def test_errors_in_another_form_are_not_lost(api: RequestsMock, sessions: SessionsController) -> None:
    for errors, text in ODD_ERRORS:
        api.reset()
        for place in (at_the_top, inside):
            api.reset()
            reply(api, place(errors))
            result = sessions.get_sessions()
            assert result.is_error()
            assert len(result.errors) == 1
            assert text in repr(result.errors)
            assert str(result.errors[0])


def test_no_errors_are_no_error(api: RequestsMock, sessions: SessionsController) -> None:
    rows: list[object] = [None, [], {}, ""]
    for errors in rows:
        api.reset()
        reply(api, {**at_the_top(errors), **inside(errors)})
        result = sessions.get_sessions()
        assert (result.is_success(), result.errors) == (True, [])
        assert result.raise_for_errors() is result


GRAVE: list[Any] = [2, -1, "2", None, "unknown", 1.5, True, {}]


def test_only_severity_0_and_1_leave_a_success_a_success(api: RequestsMock, sessions: SessionsController) -> None:
    rows: list[tuple[list[object], bool]] = [([0, 1, "0", "1"], False), *(([0, grave], True) for grave in GRAVE)]
    for severities, is_error in rows:
        api.reset()
        reply(api, inside([{"msg": "notice", "severity": severity} for severity in severities]))
        result = sessions.get_sessions()
        assert result.is_error() is is_error
        assert len(result.errors) == len(severities)
        assert result.has("required_field") is False


def test_a_session_beside_a_notice_is_there(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, envelope(session(), errors=[{"severity": 1, "msg": "notice"}]))
    assert GET_ONE(sessions).one().id


def test_a_key_that_an_error_echoes_is_shown_nowhere_but_in_the_text(
    api: RequestsMock, sessions: SessionsController
) -> None:
    for place in (at_the_top, inside):
        api.reset()
        reply(api, place([{"msg": f"bad key {API_KEY}", "severity": 3}]))
        result = GET_ONE(sessions)
        assert API_KEY in result.text
        assert API_KEY not in printed(result, result.body, result.errors, result.body.to_dictionary())


# --- a 200 that is no response of the API ---


GOOD = json.dumps(envelope())


@each_operation
def test_a_200_that_is_no_envelope_raises_and_says_whether_something_may_have_happened(
    operation: Operation, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, "<html><body>Please log in</body></html>")
    with pytest.raises(APIException) as caught:
        operation(sessions)
    assert type(caught.value) is APIException
    assert (caught.value.response_code, caught.value.errors) == (200, [])
    assert caught.value.may_have_been_sent is operation.changes_something
    assert ("may have been carried out" in str(caught.value)) is operation.changes_something


# tests/exceptions has the words for each kind; these are the spellings of JSON that something might accept.
NEARLY: dict[str, str | bytes] = {
    "cut": GOOD[:-5],
    "two in a row": GOOD + GOOD,
    "single quotes": "{'response': {}}",
    "trailing comma": '{"response": {},}',
    "minus Infinity": '{"response": {"data": [{"id": -Infinity}]}}',
    "response is 0": '{"response": 0}',
    "data is false": '{"response": {"data": false}}',
    "10,000 digits": '{"response": {"data": [{"id": ' + "1" * 10_000 + "}]}}",
    "a control character": '{"response": {"data": [{"id": "a\nb"}]}}',
    "two byte order marks": codecs.BOM_UTF8 * 2 + GOOD.encode(),
    "UTF-16": GOOD.encode("utf-16"),
    "UTF-16 without a mark": GOOD.encode("utf-16-le"),
    "latin-1": '{"response": {"data": [{"id": "é"}]}}'.encode("latin-1"),
    "overlong UTF-8": b'{"response": {"data": [{"id": "\xc0\xaf"}]}}',
    "gzip without a word": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03",
}


def test_what_is_nearly_json_is_not_taken(api: RequestsMock, sessions: SessionsController) -> None:
    for body in NEARLY.values():
        api.reset()
        reply(api, body)
        with pytest.raises(APIException) as caught:
            sessions.get_sessions()
        assert caught.value.response_code == 200
        assert len(str(caught.value)) < 500


def test_neither_a_content_type_nor_a_byte_order_mark_nor_a_lone_surrogate_decides(
    api: RequestsMock, sessions: SessionsController
) -> None:
    body = codecs.BOM_UTF8 + r'{"response": {"data": [{"id": "é\ud800"}]}}'.encode()
    for content_type in ("text/html", "application/json; charset=latin-1", "x"):
        api.reset()
        reply(api, body, headers={"Content-Type": content_type})
        assert [session.id for session in sessions.get_sessions().body.data] == ["é\ud800"]


TOO_MANY: dict[str, tuple[Any, str]] = {
    "records": ({"response": {"data": [{}] * 10_001}}, "holds 10001 records, more than 10000"),
    "errors at the top": ({"errors": [{}] * 10_001}, "holds 10001 errors, more than 10000"),
    "errors inside": ({"response": {"errors": [{}] * 10_001}}, "holds 10001 errors, more than 10000"),
    "objects": ("[" + "{}," * 400_000 + "{}]", "it holds more values than any page"),
    "numbers": ("[" + "0," * 5_100_000 + "0]", "it holds more values than any page"),
}


def test_what_would_become_too_many_objects_is_rejected(api: RequestsMock, sessions: SessionsController) -> None:
    for body, words in TOO_MANY.values():
        api.reset()
        reply(api, body)
        with pytest.raises(APIException, match=words):
            sessions.get_sessions()


def test_as_many_objects_as_are_allowed_are_read(api: RequestsMock, sessions: SessionsController) -> None:
    errors = [{"severity": 0}] * 10_000
    reply(api, {"response": {"data": [{}] * 10_000, "details": {"totals": ["x" * 1_100_000]}, "errors": errors}})
    result = sessions.get_sessions()
    assert (len(result.body.data), len(result.errors)) == (10_000, 10_000)


# --- code in a response ---


ran: list[str] = []


def run(word: str) -> str:
    """Remember that code named in a body was run."""
    ran.append(word)
    return word


CODE: dict[str, Any] = {
    "py/reduce": [{"py/function": f"{__name__}.run"}, {"py/tuple": ["reduce"]}],
    "py/object": f"{__name__}.run",
    "py/repr": "os/os.getcwd()",
}


def test_code_named_in_a_response_is_never_run(api: RequestsMock, sessions: SessionsController) -> None:
    for status in (200, 400, 500):
        api.reset()
        ran.clear()
        for body in (CODE, {"response": CODE}, {"response": {"data": [CODE], "details": CODE}}, {"errors": [CODE]}):
            api.reset()
            reply(api, body, status=status)
            result = outcome(sessions.get_sessions)
            assert isinstance(result, (ApiResponse, APIException))
            assert printed(result, *result.errors)
        assert ran == []
        # Elsewhere it would.
        jsonpickle: Any = importlib.import_module("jsonpickle")
        jsonpickle.decode(json.dumps({"py/reduce": CODE["py/reduce"]}))
        assert ran == ["reduce"]


def test_what_looks_like_code_stays_data(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, envelope({"id": "a", "newField": CODE}))
    (found,) = sessions.get_sessions().body.data
    assert found.additional_properties == {"newField": CODE}
