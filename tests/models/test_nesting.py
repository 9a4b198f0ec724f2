"""How models sit in each other, and what happens when something else sits there."""

from typing import Any

import pytest

from payrix_sessions import (
    Details,
    DetailsProperties,
    ErrorItem,
    SessionPostResponse,
    SessionResponse,
    SessionsPostResponseItem,
    SessionsPostResponseResult,
    SessionsResponseItem,
    SessionsResponseResult,
)
from tests import fixtures

RESULTS = [
    (SessionsResponseResult, SessionsResponseItem, SessionResponse),
    (SessionsPostResponseResult, SessionsPostResponseItem, SessionPostResponse),
]
each_result = pytest.mark.parametrize(("result", "item", "session"), RESULTS, ids=lambda model: model.__name__)


@each_result
def test_every_level_has_its_model(
    result: type[SessionsResponseResult], item: type[SessionsResponseItem], session: type[SessionResponse]
) -> None:
    body = result.from_dictionary(fixtures.load("session_by_id"))
    assert type(body) is result
    assert body.response is not None
    assert body.response.details is not None
    assert type(body.response) is item
    assert [type(one) for one in body.data] == [session]
    assert type(body.response.details) is Details
    assert type(body.response.details.page) is DetailsProperties
    assert body.response.errors == []


@each_result
def test_errors_inside_are_items(
    result: type[SessionsResponseResult], item: type[SessionsResponseItem], session: type[SessionResponse]
) -> None:
    body = result.from_dictionary(fixtures.load("two_field_errors"))
    assert body.response is not None
    assert body.response.errors is not None
    assert [type(error) for error in body.response.errors] == [ErrorItem, ErrorItem]
    assert [error.field for error in body.response.errors] == ["login", "public"]


@each_result
@pytest.mark.parametrize(
    "source",
    [{}, {"response": None}, {"response": {}}, {"response": {"data": None}}, {"response": {"data": []}}],
    ids=repr,
)
def test_data_is_never_none(
    result: type[SessionsResponseResult],
    item: type[SessionsResponseItem],
    session: type[SessionResponse],
    source: dict[str, Any],
) -> None:
    assert result.from_dictionary(source).data == []
    assert result().data == []


@each_result
def test_data_holds_the_sessions_themselves(
    result: type[SessionsResponseResult], item: type[SessionsResponseItem], session: type[SessionResponse]
) -> None:
    body = result.from_dictionary(fixtures.load("session_by_id"))
    assert body.response is not None
    assert body.data == body.response.data


@pytest.mark.parametrize("value", [5, "text", [], [1], True], ids=repr)
@pytest.mark.parametrize(
    ("model", "name", "attribute"), [(SessionsResponseItem, "details", "details"), (Details, "page", "page")]
)
def test_another_type_where_an_object_belongs_stays_as_it_came(
    model: type[SessionsResponseItem] | type[Details], name: str, attribute: str, value: object
) -> None:
    read = model.from_dictionary({name: value})
    assert getattr(read, attribute) == value
    assert read.to_dictionary() == {name: value}


@pytest.mark.parametrize("totals", [[], [1], {}, {"count": 3}, {"count": {"id": 0}}, None, "3", 3], ids=repr)
def test_totals_are_open_json(totals: object) -> None:
    details = Details.from_dictionary({"totals": totals})
    assert details.totals == totals


@pytest.mark.parametrize("value", ["p1_log_1", {"id": "p1_log_1", "username": "jdoe", "email": None}, {}, []], ids=repr)
@pytest.mark.parametrize("attribute", ["login", "creator"])
@pytest.mark.parametrize("model", [SessionResponse, SessionPostResponse])
def test_login_and_creator_are_text_or_an_open_object(
    model: type[SessionResponse], attribute: str, value: object
) -> None:
    session = model.from_dictionary({attribute: value})
    assert getattr(session, attribute) == value
    assert session.to_dictionary() == {attribute: value}


@pytest.mark.parametrize("name", fixtures.NAMES)
@pytest.mark.parametrize("model", [SessionsResponseResult, SessionsPostResponseResult])
def test_every_recorded_body_survives_the_round_trip(
    model: type[SessionsResponseResult] | type[SessionsPostResponseResult], name: str
) -> None:
    source = fixtures.load(name)
    written = model.from_dictionary(source).to_dictionary()
    if name == "created_with_flags_as_text":
        for flag in ("public", "token"):
            source["response"]["data"][0][flag] = int(source["response"]["data"][0][flag])
    assert written == source
    assert source.keys() == written.keys()
