"""Whatever is passed in: it arrives exactly, or it is rejected before anything is sent."""

import inspect
import json
import warnings
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from responses import RequestsMock

from payrix_sessions import ArgumentException, PayrixException, SessionsController
from payrix_sessions.search import SearchWarning
from tests.wire import (
    BASE_URL,
    CREATE,
    DELETE_ONE,
    EMPTY,
    GET_MANY,
    GET_ONE,
    OPERATIONS,
    SESSION_ID,
    Operation,
    body_bytes,
    header,
    make_client,
    outcome,
    reply,
    sent,
)

CREATED = {"response": {"data": [{"id": SESSION_ID, "key": "fake-key"}]}}

any_text = st.text(st.characters(exclude_categories=[]), max_size=20) | st.text(
    st.sampled_from("./%?#\\&=+ ;:@{}ab\t\n\x00\x7f\x85é\N{SNOWMAN}\ud800"), max_size=6
)


@pytest.fixture(scope="module")
def controller() -> Iterator[SessionsController]:
    with make_client() as client:
        yield client.sessions


def call(operation: Operation, controller: SessionsController, api: RequestsMock, **argument: Any) -> bool:
    """Make the call with one argument; return whether it was accepted, in which case it was sent."""
    api.assert_all_requests_are_fired = False
    reply(api, CREATED if operation is CREATE else EMPTY)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SearchWarning)
        result = outcome(lambda: operation(controller, **argument))
    if isinstance(result, PayrixException):
        assert isinstance(result, ArgumentException)
        assert next(iter(argument)) in str(result)
        assert len(api.calls) == 0
        return False
    return True


@given(id=any_text, operation=st.sampled_from([GET_ONE, DELETE_ONE]))
@example(id="..", operation=DELETE_ONE)
@example(id="%2e%2e", operation=DELETE_ONE)
@example(id="a/../b", operation=DELETE_ONE)
@example(id="", operation=DELETE_ONE)
def test_any_text_as_an_id_is_rejected_or_stays_one_path_segment(
    id: str, operation: Operation, controller: SessionsController
) -> None:
    with RequestsMock() as api:
        if not call(operation, controller, api, id=id):
            return
        url = str(sent(api).url)
    parts = urlsplit(url)
    assert url == f"{BASE_URL}{parts.path}"
    empty, sessions, segment = parts.path.split("/")
    assert (empty, sessions) == ("", "sessions")
    assert unquote(segment, errors="strict") == id
    assert segment not in ("", ".", "..")
    assert segment.isascii()


@given(value=any_text, argument=st.sampled_from(["request_token", "token", "search", "totals"]))
def test_any_text_as_a_header_is_rejected_or_arrives_exactly(
    value: str, argument: str, controller: SessionsController
) -> None:
    with RequestsMock() as api:
        if not call(GET_MANY, controller, api, **{argument: value}):
            return
        received = header(sent(api), argument.replace("_", "-"))
    assert received is not None
    on_the_wire = received.encode("latin-1")
    assert not set(on_the_wire) & {*range(9), *range(10, 32), 127}
    # A server drops the white space around a value.
    assert on_the_wire.strip(b" \t").decode("latin-1") == value


@given(value=any_text, operation=st.sampled_from([GET_ONE, GET_MANY]))
def test_any_text_to_embed_is_rejected_or_stays_one_query_value(
    value: str, operation: Operation, controller: SessionsController
) -> None:
    with RequestsMock() as api:
        if not call(operation, controller, api, embed=value):
            return
        parts = urlsplit(str(sent(api).url))
    assert parts.path == operation.path
    assert parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True, errors="strict") == [("embed", value)]
    assert not parts.fragment


@given(
    argument=st.sampled_from(["page_number", "page_limit"]),
    value=st.integers() | st.integers(-2, 105) | st.floats() | st.booleans() | st.text(max_size=3),
)
def test_any_page_is_rejected_or_arrives_exactly(argument: str, value: Any, controller: SessionsController) -> None:
    with RequestsMock() as api:
        if not call(GET_MANY, controller, api, **{argument: value}):
            highest = 100 if argument == "page_limit" else 2**31 - 1
            assert type(value) is not int or not 1 <= value <= highest
            return
        query = urlsplit(str(sent(api).url)).query
    assert type(value) is int
    assert parse_qsl(query) == [(f"page[{argument.removeprefix('page_')}]", str(value))]


names = st.text(max_size=5).filter(lambda name: not name.startswith("py/"))  # these are rejected
plain_json: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


# The prefix keeps these from resembling a known name.
@given(
    unknown=st.dictionaries(
        st.text(max_size=6).map(lambda name: f"xxx{name}"),
        plain_json.filter(lambda value: value is not None),
        max_size=4,
    )
)
def test_any_json_in_unknown_fields_of_a_body_arrives_exactly(
    unknown: dict[str, Any], controller: SessionsController
) -> None:
    with RequestsMock() as api:
        assert call(CREATE, controller, api, body=unknown)
        assert json.loads(body_bytes(sent(api))) == unknown


odd_values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        *(st.none(), st.booleans(), st.integers(), st.floats(), any_text, st.binary(max_size=3)),
        *(st.decimals(), st.dates(), st.complex_numbers(), st.sets(st.integers(), max_size=2)),
    ),
    lambda inner: st.one_of(
        *(st.lists(inner, max_size=3), st.tuples(inner)), st.dictionaries(any_text | st.integers(), inner, max_size=3)
    ),
    max_leaves=6,
)
ARGUMENTS = ["id", "request_token", "token", "search", "totals", "page_number", "page_limit", "embed", "body"]


@given(
    operation=st.sampled_from(OPERATIONS), arguments=st.dictionaries(st.sampled_from(ARGUMENTS), odd_values, max_size=3)
)
def test_no_argument_whatever_raises_anything_else(
    operation: Operation, arguments: dict[str, Any], controller: SessionsController
) -> None:
    accepted = inspect.signature(getattr(SessionsController, operation.name)).parameters
    taken = {name: value for name, value in arguments.items() if name in accepted}
    with RequestsMock() as api:
        api.assert_all_requests_are_fired = False
        reply(api, CREATED if operation is CREATE else EMPTY)
        result = outcome(lambda: operation(controller, **taken))
        if isinstance(result, PayrixException):
            assert isinstance(result, ArgumentException)
            assert len(api.calls) == 0
