"""Whatever is passed in arrives exactly or is rejected before anything is sent; whatever comes is read or rejected."""

import copy
import inspect
import pickle
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from requests import PreparedRequest
from responses import RequestsMock

from payrix_sessions import (
    APIException,
    ArgumentException,
    ConnectionException,
    ErrorFourHundredException,
    LoginsResponse,
    PayrixException,
    SessionsController,
)
from payrix_sessions.search import SearchWarning
from tests.models import MODELS, wire_names
from tests.wire import (
    BASE_URL,
    DELETE_ONE,
    GET_MANY,
    GET_ONE,
    OPERATIONS,
    Operation,
    fitting,
    header,
    outcome,
    printed,
    reply,
    sent,
)


def play(call: Callable[[], Any], body: Any = fitting, status: int = 200) -> tuple[Any, PreparedRequest | None]:
    """Return what a call returns, or the PayrixException that it raises, and the request if one was sent."""
    with RequestsMock(assert_all_requests_are_fired=False) as api:
        reply(api, body, status=status)
        result = outcome(call)
        return result, sent(api) if api.calls else None


# What is passed in

HEADERS = ("request_token", "token", "search", "totals")
any_text = st.text(st.characters(exclude_categories=[]), max_size=20) | st.text(
    st.sampled_from("./%?#\\&=+ ;:@{}ab\t\n\x00\x7f\x85é\N{SNOWMAN}\ud800"), max_size=6
)
pages = st.integers() | st.integers(-2, 105) | st.floats() | st.booleans() | st.text(max_size=3)


def request_of(operation: Operation, sessions: SessionsController, **arguments: Any) -> PreparedRequest | None:
    """Return what a call with these arguments sends; None when they are rejected, before anything is sent."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SearchWarning)
        result, request = play(lambda: operation(sessions, **arguments))
    if isinstance(result, PayrixException):
        assert isinstance(result, ArgumentException)
        assert any(name in str(result) for name in arguments)
        assert request is None
    return request


@settings(max_examples=4 * settings().max_examples)
@given(
    argument=st.tuples(st.sampled_from(["id", "embed", *HEADERS]), any_text)
    | st.tuples(st.sampled_from(["page_number", "page_limit"]), pages)
)
@example(argument=("id", "../a//{id}?b=c#d%2e+"))
@example(argument=("embed", "a b&c=d#é%"))
def test_any_value_is_rejected_or_arrives_exactly_as_one_segment_or_query_value_or_header(
    argument: tuple[str, Any], sessions: SessionsController
) -> None:
    name, value = argument
    request = request_of(DELETE_ONE if name == "id" else GET_MANY, sessions, **{name: value})
    if request is None:
        highest = {"page_number": 2**31 - 1, "page_limit": 100}.get(name, 0)
        assert type(value) is not int or not 1 <= value <= highest
        return
    assert type(value) is (int if name.startswith("page") else str)
    url = urlsplit(str(request.url))
    _, resource, *segments = url.path.split("/")
    assert (f"{url.scheme}://{url.netloc}", resource, url.fragment) == (BASE_URL, "sessions", "")
    assert url.path.isascii()
    assert not {"", ".", ".."} & set(segments)
    came: list[Any] = [("id", unquote(segment, errors="strict")) for segment in segments]
    came += parse_qsl(url.query, keep_blank_values=True, strict_parsing=bool(url.query), errors="strict")
    for one in HEADERS:
        on_the_wire = (header(request, one.replace("_", "-")) or "").encode("latin-1")
        assert not set(on_the_wire) & {*range(9), *range(10, 32), 127}
        # A server drops the white space around a value.
        came += [(one, on_the_wire.strip(b" \t").decode("latin-1"))] if one in request.headers or on_the_wire else []
    names = {"page_number": "page[number]", "page_limit": "page[limit]"}
    assert came == [(names.get(name, name), str(value))]


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


@given(
    operation=st.sampled_from(OPERATIONS),
    arguments=st.dictionaries(
        st.sampled_from(["id", "body", "embed", "page_number", "page_limit", *HEADERS]), odd_values, max_size=3
    ),
)
def test_no_argument_whatever_raises_anything_else(
    operation: Operation, arguments: dict[str, Any], sessions: SessionsController
) -> None:
    accepted = inspect.signature(getattr(SessionsController, operation.name)).parameters
    request_of(operation, sessions, **{name: value for name, value in arguments.items() if name in accepted})


# What comes

FIELDS = sorted({name for kind in MODELS if kind is not LoginsResponse for name in wire_names(kind).values()})
names = st.sampled_from([*FIELDS, "py/object", "newField"]) | st.text(max_size=4)
strings = st.text(max_size=6) | st.sampled_from(["0", "1", "true"])
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | strings,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=25,
)
objects = st.dictionaries(st.sampled_from(FIELDS), values, max_size=8)
lists = st.lists(objects, max_size=4) | values
items = {"data": lists, "details": objects | values, "errors": lists, "newField": values}
envelopes: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {}, optional={"response": st.fixed_dictionaries({}, optional=items) | values, "errors": lists}
)
texts = st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass"))
statuses = st.sampled_from([200, 201, 204, 301, 304, 400, 401, 404, 429, 500, 503]) | st.integers(200, 599)


@given(
    body=envelopes | values | st.binary(max_size=200) | texts,
    status=st.just(200) | statuses,
    operation=st.sampled_from(OPERATIONS),
)
def test_any_response_is_read_or_rejected(
    body: Any, status: int, operation: Operation, sessions: SessionsController
) -> None:
    result, _ = play(lambda: operation(sessions), body, status)
    made = pickle.loads(pickle.dumps(result))
    assert printed(made, *getattr(made, "errors", ())) == printed(result, *getattr(result, "errors", ()))
    if isinstance(result, PayrixException):
        assert getattr(result, "response_code", status) == status
        # A body that may be none breaks the connection.
        assert type(result) in (ErrorFourHundredException if status == 400 else APIException, ConnectionException)
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
    uses: list[Callable[[Any], Any]] = [copy.copy, copy.deepcopy, pickle.dumps, printed]
    for depth in (320, 480, 700, 950, 100_000):
        for template in templates:
            result, _ = play(lambda: GET_ONE(sessions), template % ("[" * depth + "]" * depth))
            calls = [partial(use, result) for use in uses]
            if not isinstance(result, PayrixException):
                calls += [result.one, result.raise_for_errors, result.body.to_dictionary]
            for call in calls:
                outcome(call)  # what is no PayrixException escapes
