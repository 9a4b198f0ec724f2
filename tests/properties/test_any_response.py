"""Whatever the API sends: it is read, or a PayrixException says that it cannot be."""

import copy
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from responses import RequestsMock

from payrix_sessions import APIException, LoginsResponse, PayrixException, SessionsController
from tests.models.tables import TABLES
from tests.properties import json_values
from tests.wire import OPERATIONS, Operation, outcome, printed, reply

FIELDS = sorted({name for table in TABLES if table.model is not LoginsResponse for name in table.wire_names.values()})
values = json_values(st.sampled_from([*FIELDS, "py/object", "newField"]) | st.text(max_size=4), st.floats(), leaves=25)
objects = st.dictionaries(st.sampled_from(FIELDS), values, max_size=8)
lists = st.lists(objects, max_size=4) | values
items = {"data": lists, "details": objects | values, "errors": lists, "newField": values}
envelopes: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {}, optional={"response": st.fixed_dictionaries({}, optional=items) | values, "errors": lists}
)
texts = st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass"))
statuses = st.sampled_from([200, 201, 204, 301, 304, 400, 401, 404, 429, 500, 503]) | st.integers(200, 599)


def get(body: Any, status: int, call: Callable[[], Any]) -> Any:
    """Return what a call returns, or the PayrixException that it raises, when this is the response."""
    with RequestsMock(assert_all_requests_are_fired=False) as api:
        reply(api, body, status=status)
        return outcome(call)


@given(
    body=envelopes | values | st.binary(max_size=200) | texts,
    status=st.just(200) | statuses,
    operation=st.sampled_from(OPERATIONS),
)
def test_any_response_is_read_or_rejected(
    body: Any, status: int, operation: Operation, sessions: SessionsController
) -> None:
    result = get(body, status, lambda: operation(sessions))
    made = pickle.loads(pickle.dumps(result))
    assert printed(made, *getattr(made, "errors", ())) == printed(result, *getattr(result, "errors", ()))
    if isinstance(result, PayrixException):
        return
    assert 200 <= result.status_code < 300
    assert isinstance(result.body.data, list)
    assert isinstance(result.is_duplicate, bool)
    assert isinstance(result.request_id, (int, str, type(None)))
    assert isinstance(result.errors, list)
    assert isinstance(result.body.to_dictionary(), dict)
    assert printed(made.body) == printed(result.body)
    assert result.is_success() is not result.is_error()
    if result.is_error():
        with pytest.raises(APIException, match=r"."):
            result.raise_for_errors()
    else:
        assert result.raise_for_errors() is result


def test_a_recursion_error_never_escapes(sessions: SessionsController) -> None:
    templates = (
        '{"response": {"data": [{"id": "p1_ssn_example", "new": %s}]}}',
        '{"response": {"data": []}, "errors": [{"severity": 2, "new": %s}]}',
        '{"response": {"data": [], "details": {"new": %s}}}',
        '{"response": {"data": []}, "new": %s}',
    )
    for depth in (320, 480, 700, 950, 100_000):
        for template in templates:
            result = get(template % ("[" * depth + "]" * depth), 200, lambda: OPERATIONS[0](sessions))
            uses: list[Callable[[Any], Any]] = [copy.copy, copy.deepcopy, pickle.dumps, printed]
            for use in uses:
                outcome(partial(use, result))  # what is no PayrixException escapes
            if not isinstance(result, PayrixException):
                for method in (result.one, result.raise_for_errors, result.body.to_dictionary):
                    outcome(method)
