"""Whatever the API sends: it is read, or a PayrixException says that it cannot be."""

import copy
import json
import pickle
from collections.abc import Callable, Iterator
from functools import partial
from operator import methodcaller
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from responses import RequestsMock

from payrix_sessions import APIException, PayrixException, SessionsController
from tests.wire import OPERATIONS, Operation, make_client, outcome, printed, reply

FIELDS = [
    *("response", "errors", "data", "details", "page", "totals", "requestId", "duplicateRequest"),
    *("current", "last", "hasMore", "id", "created", "modified", "creator", "modifier", "login", "key"),
    *("public", "sso", "token", "mfaAuthenticated", "inactive", "frozen", "effectiveRoles"),
    *("effectiveResources", "code", "severity", "msg", "field", "errorCode", "py/object", "newField"),
]
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.sampled_from(["0", "1", "true", ""])
)
json_values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=4), inner, max_size=6)
    ),
    max_leaves=25,
)
objects = st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=8)
almost_envelopes: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {},
    optional={
        "response": st.fixed_dictionaries(
            {},
            optional={
                "data": st.lists(objects, max_size=4) | json_values,
                "details": objects | json_values,
                "errors": st.lists(objects, max_size=3) | json_values,
                "newField": json_values,
            },
        )
        | json_values,
        "errors": st.lists(objects, max_size=3) | json_values,
    },
)
statuses = st.sampled_from([200, 201, 204, 301, 304, 400, 401, 404, 429, 500, 503]) | st.integers(200, 599)


@pytest.fixture(scope="module")
def controller() -> Iterator[SessionsController]:
    with make_client() as client:
        yield client.sessions


def read_everything(operation: Operation, controller: SessionsController) -> None:
    """Make the call and look at everything that comes back; only a PayrixException may come instead."""
    result = outcome(lambda: operation(controller))
    if isinstance(result, PayrixException):
        made = pickle.loads(pickle.dumps(result))
        assert printed(made) == printed(result)
        assert printed(*getattr(result, "errors", [])) == printed(*getattr(made, "errors", []))
        return
    assert 200 <= result.status_code < 300
    assert isinstance(result.body.data, list)
    assert result.is_success() is not result.is_error()
    assert isinstance(result.is_duplicate, bool)
    assert result.request_id is None or isinstance(result.request_id, (int, str))
    assert isinstance(result.errors, list)
    assert isinstance(result.body.to_dictionary(), dict)
    made = pickle.loads(pickle.dumps(result))
    assert printed(made, made.body, made.errors) == printed(result, result.body, result.errors)
    if result.is_error():
        with pytest.raises(APIException) as caught:
            result.raise_for_errors()
        assert str(caught.value)
    else:
        assert result.raise_for_errors() is result


@given(body=almost_envelopes | json_values, operation=st.sampled_from(OPERATIONS), status=st.just(200) | statuses)
def test_any_json_is_read_or_rejected(
    body: Any, operation: Operation, status: int, controller: SessionsController
) -> None:
    with RequestsMock() as api:
        api.assert_all_requests_are_fired = False
        reply(api, body, status=status)
        read_everything(operation, controller)


@given(
    body=st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")),
    operation=st.sampled_from(OPERATIONS),
    status=statuses,
)
def test_any_bytes_are_read_or_rejected(
    body: bytes, operation: Operation, status: int, controller: SessionsController
) -> None:
    with RequestsMock() as api:
        api.assert_all_requests_are_fired = False
        reply(api, body, status=status)
        read_everything(operation, controller)


@given(sessions=st.lists(objects, max_size=3))
def test_whatever_is_in_a_session_comes_back_out(
    sessions: list[dict[str, Any]], controller: SessionsController
) -> None:
    try:
        source = json.loads(json.dumps(sessions, allow_nan=False))
    except ValueError:
        return
    with RequestsMock() as api:
        api.assert_all_requests_are_fired = False
        reply(api, {"response": {"data": source}})
        result = controller.get_sessions()
    flags = {"public", "sso", "token", "mfaAuthenticated", "inactive", "frozen"}
    for session, before in zip(result.body.data, source, strict=True):
        for name in flags & before.keys():
            if before[name] in ("0", "1"):
                before[name] = int(before[name])
        assert session.to_dictionary() == before


def test_a_recursion_error_never_escapes(controller: SessionsController) -> None:
    for depth in (320, 480, 700, 950, 100_000):
        for where in ("session", "errors", "details", "top"):
            deep = "[" * depth + "]" * depth
            body = {
                "session": '{"response": {"data": [{"id": "p1_ssn_example", "new": %s}]}}',
                "errors": '{"response": {"data": []}, "errors": [{"severity": 2, "new": %s}]}',
                "details": '{"response": {"data": [], "details": {"new": %s}}}',
                "top": '{"response": {"data": []}, "new": %s}',
            }[where] % deep
            with RequestsMock() as api:
                api.assert_all_requests_are_fired = False
                reply(api, body)
                result = outcome(lambda: OPERATIONS[0](controller))
            uses: list[Callable[[Any], Any]] = [copy.copy, copy.deepcopy, pickle.dumps, repr, str]
            if not isinstance(result, PayrixException):
                uses += [_to_dictionary, methodcaller("one"), methodcaller("raise_for_errors")]
            for use in uses:
                outcome(partial(use, result))  # what is no PayrixException escapes


def _to_dictionary(result: Any) -> Any:
    return result.body.to_dictionary()
