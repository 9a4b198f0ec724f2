"""Whatever is passed in: it arrives exactly, or it is rejected before anything is sent."""

import inspect
import json
import warnings
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from hypothesis import given, settings
from hypothesis import strategies as st
from requests import PreparedRequest
from responses import RequestsMock

from payrix_sessions import ArgumentException, PayrixException, SessionsController
from payrix_sessions.search import SearchWarning
from tests.properties import json_values
from tests.wire import (
    BASE_URL,
    CREATE,
    DELETE_ONE,
    GET_MANY,
    OPERATIONS,
    Operation,
    body_bytes,
    header,
    outcome,
    reply,
    sent,
)

HEADERS = ("request_token", "token", "search", "totals")
any_text = st.text(st.characters(exclude_categories=[]), max_size=20) | st.text(
    st.sampled_from("./%?#\\&=+ ;:@{}ab\t\n\x00\x7f\x85é\N{SNOWMAN}\ud800"), max_size=6
)


def request_of(operation: Operation, sessions: SessionsController, **arguments: Any) -> PreparedRequest | None:
    """Return what a call with these arguments sends; None when they are rejected, before anything is sent."""
    with RequestsMock(assert_all_requests_are_fired=False) as api, warnings.catch_warnings():
        warnings.simplefilter("ignore", SearchWarning)
        reply(api)
        result = outcome(lambda: operation(sessions, **arguments))
        if not isinstance(result, PayrixException):
            return sent(api)
        assert isinstance(result, ArgumentException)
        assert any(name in str(result) for name in arguments)
        assert len(api.calls) == 0
        return None


pages = st.integers() | st.integers(-2, 105) | st.floats() | st.booleans() | st.text(max_size=3)


@settings(max_examples=4 * settings().max_examples)
@given(
    argument=st.tuples(st.sampled_from(["id", "embed", *HEADERS]), any_text)
    | st.tuples(st.sampled_from(["page_number", "page_limit"]), pages)
)
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


names = st.text(max_size=6).map("xxx{}".format)  # the prefix keeps these from resembling a known or a reserved name
plain = json_values(names, st.floats(allow_nan=False, allow_infinity=False))


def is_sent(value: object) -> bool:
    return value is not None


@given(unknown=st.dictionaries(names, plain.filter(is_sent), max_size=4))
def test_any_json_in_unknown_members_of_a_body_arrives_exactly(
    unknown: dict[str, Any], sessions: SessionsController
) -> None:
    request = request_of(CREATE, sessions, body=unknown)
    assert request is not None
    assert json.loads(body_bytes(request)) == unknown


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
