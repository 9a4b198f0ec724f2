"""A 200 that is no answer of the API: always an APIException, never a success, and nothing in it runs."""

import codecs
import importlib
import json
from typing import Any

import pytest
from responses import RequestsMock

from payrix_sessions import APIException, ApiResponse, SessionsController
from tests.wire import EMPTY, Operation, each_operation, outcome, printed, reply

GOOD = json.dumps(EMPTY)

NO_ENVELOPES: dict[str, str | bytes] = {
    "nothing": b"",
    "white space": " \r\n ",
    "HTML": "<html><body>Please log in</body></html>",
    "plain text": "OK",
    "cut": GOOD[:-5],
    "cut in a string": '{"response": {"data": [{"id": "p1_ss',
    "two in a row": GOOD + GOOD,
    "trailing words": GOOD + " and more",
    "an empty list": "[]",
    "a list of envelopes": f"[{GOOD}]",
    "a number": "1",
    "a string": '"text"',
    "null": "null",
    "true": "true",
    "false": "false",
    "another object": '{"status": "ok"}',
    "a session without envelope": '{"id": "p1_ssn_1"}',
    "response is text": '{"response": "ok"}',
    "response is a list": '{"response": []}',
    "response is a number": '{"response": 1}',
    "response is zero": '{"response": 0}',
    "response is false": '{"response": false}',
    "data is an object": '{"response": {"data": {"id": "p1_ssn_1"}}}',
    "data is an empty object": '{"response": {"data": {}}}',
    "data is text": '{"response": {"data": "p1_ssn_1"}}',
    "data is empty text": '{"response": {"data": ""}}',
    "data is zero": '{"response": {"data": 0}}',
    "data is false": '{"response": {"data": false}}',
    "data of text": '{"response": {"data": ["p1_ssn_1"]}}',
    "data of null": '{"response": {"data": [null]}}',
    "data of lists": '{"response": {"data": [[]]}}',
    "data half right": '{"response": {"data": [{"id": "p1_ssn_1"}, 1]}}',
    "NaN": '{"response": {"data": [{"id": NaN}]}}',
    "Infinity": '{"response": {"data": [{"id": Infinity}]}}',
    "minus Infinity": '{"response": {"data": [{"id": -Infinity}]}}',
    "single quotes": "{'response': {}}",
    "trailing comma": '{"response": {},}',
    "deep list": "[" * 100_000,
    "deep list, closed": "[" * 100_000 + "]" * 100_000,
    "deep list inside": '{"response": {"data": [{"id": ' + "[" * 100_000 + "]" * 100_000 + "}]}}",
    "deep object": '{"response":' * 100_000,
    "a number of 10,000 digits": '{"response": {"data": [{"id": ' + "1" * 10_000 + "}]}}",
    "two byte order marks": codecs.BOM_UTF8 * 2 + GOOD.encode(),
    "UTF-16": GOOD.encode("utf-16"),
    "UTF-16 without mark": GOOD.encode("utf-16-le"),
    "UTF-32": GOOD.encode("utf-32"),
    "invalid UTF-8": b'{"response": {"data": [{"id": "\xff\xfe"}]}}',
    "cut UTF-8": '{"errors": [{"msg": "é"}]}'.encode()[:-5],
    "latin-1": '{"response": {"data": [{"id": "é"}]}}'.encode("latin-1"),
    "overlong UTF-8": b'{"response": {"data": [{"id": "\xc0\xaf"}]}}',
    "zero bytes": b"\x00" * 100,
    "control character in a string": '{"response": {"data": [{"id": "a\nb"}]}}',
    "gzip without saying so": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03",
}


@pytest.mark.parametrize("name", NO_ENVELOPES)
@each_operation
def test_a_200_that_is_no_envelope_raises_and_says_so(
    operation: Operation, name: str, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, NO_ENVELOPES[name])
    with pytest.raises(APIException) as caught:
        operation(sessions)
    assert type(caught.value) is APIException
    assert caught.value.response_code == 200
    assert caught.value.errors == []
    assert len(str(caught.value)) < 500
    assert "may have been carried out" in str(caught.value) or not operation.changes_something
    assert "carried out" not in str(caught.value) or operation.changes_something


@pytest.mark.parametrize("content_type", ["text/html", "text/plain", "application/json; charset=latin-1", "", "x"])
def test_the_content_type_does_not_decide(content_type: str, api: RequestsMock, sessions: SessionsController) -> None:
    body = '{"response": {"data": [{"id": "é"}]}}'.encode()
    api.add("GET", "https://test-api.payrix.com/sessions", body=body, content_type=content_type)
    assert [session.id for session in sessions.get_sessions().body.data] == ["é"]


@pytest.mark.parametrize(
    "value",
    ["1e400", "-1e400", "1" * 4000, "1e-400", "0.1"],
    ids=["1e400", "-1e400", "4,000 digits", "1e-400", "0.1"],
)
def test_odd_numbers_come_through_or_raise(value: str, api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, '{"response": {"data": [{"id": ' + value + "}]}}")
    result = outcome(sessions.get_sessions)
    if isinstance(result, ApiResponse):
        assert result.body.data[0].to_dictionary() == {"id": json.loads(value)}
        assert printed(result, result.body)
    else:
        assert isinstance(result, APIException)


def test_a_byte_order_mark_does_no_harm(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, codecs.BOM_UTF8 + GOOD.encode())
    assert sessions.get_sessions().is_success()


def test_a_repeated_member_takes_the_last_value(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, '{"response": {"data": []}, "response": {"data": [{"id": "a"}]}}')
    assert [session.id for session in sessions.get_sessions().body.data] == ["a"]


def test_lone_surrogates_do_no_harm(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, r'{"response": {"data": [{"id": "\ud800", "key": "\udfff"}], "errors": [{"msg": "\ud800"}]}}')
    result = sessions.get_sessions()
    assert result.body.data[0].id == "\ud800"
    assert repr(result.body)
    with pytest.raises(APIException) as caught:
        result.raise_for_errors()
    assert str(caught.value)


ran: list[str] = []


def run(word: str) -> str:
    """Remember that code named in a body was run."""
    ran.append(word)
    return word


CODE: dict[str, Any] = {
    "function to call": {"py/reduce": [{"py/function": f"{__name__}.run"}, {"py/tuple": ["reduce"]}]},
    "type to call": {"py/reduce": [{"py/type": f"{__name__}.run"}, {"py/tuple": ["reduce"]}]},
    "object to make": {"py/object": f"{__name__}.run", "py/newargs": ["object"]},
    "model to make": {"py/object": "payrix_sessions.models.session_response.SessionResponse", "id": "x"},
    "type": {"py/type": "builtins.int"},
    "function": {"py/function": "os.getcwd"},
    "repr to evaluate": {"py/repr": "os/os.getcwd()"},
    "reference": {"py/id": 1},
    "base64": {"py/b64": "eA=="},
}


def places(code: Any) -> list[Any]:
    return [
        code,
        {"response": code},
        {"response": {"data": [code]}},
        {"response": {"data": [{"login": code, "id": [code]}]}},
        {"response": {"details": code}},
        {"errors": [code], "response": None},
        {"errors": code},
    ]


@pytest.mark.parametrize("status", [200, 400, 401, 500])
@pytest.mark.parametrize("code", CODE.values(), ids=CODE)
def test_code_named_in_a_body_is_never_run(
    code: Any, status: int, api: RequestsMock, sessions: SessionsController
) -> None:
    ran.clear()
    for body in places(code):
        api.reset()
        reply(api, body, status=status)
        result = outcome(sessions.get_sessions)
        if isinstance(result, APIException):
            assert type(result.errors) is list
            assert printed(result, *result.errors)
        else:
            assert isinstance(result, ApiResponse)
            assert status == 200
            assert json.dumps(result.body.to_dictionary())
    assert ran == []


def test_the_body_of_that_test_would_run_code_elsewhere() -> None:
    ran.clear()
    jsonpickle: Any = importlib.import_module("jsonpickle")
    jsonpickle.decode(json.dumps(CODE["function to call"]))
    assert ran == ["reduce"]


def test_what_looks_like_code_stays_data(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api, {"response": {"data": [{"id": "a", "newField": CODE["function to call"]}]}})
    (session,) = sessions.get_sessions().body.data
    assert session.additional_properties == {"newField": CODE["function to call"]}
