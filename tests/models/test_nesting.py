"""How models sit in each other, and what happens when something else sits there."""

from typing import Any

import pytest

from payrix_sessions import (
    Details,
    DetailsProperties,
    ErrorItem,
    LoginsResponse,
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


@pytest.mark.parametrize(("result", "item", "session"), RESULTS, ids=lambda model: model.__name__)
def test_every_level_has_its_model(
    result: type[SessionsResponseResult], item: type[SessionsResponseItem], session: type[SessionResponse]
) -> None:
    body = result.from_dictionary(fixtures.load("session_by_id"))
    assert type(body) is result
    assert body.response is not None
    assert type(body.response) is item
    assert [type(one) for one in body.data] == [session]
    assert body.data is body.response.data
    assert type(body.response.details) is Details
    assert type(body.response.details.page) is DetailsProperties
    failed = result.from_dictionary(fixtures.load("two_field_errors"))
    assert failed.response is not None
    assert failed.response.errors is not None
    assert [(type(error), error.field) for error in failed.response.errors] == [
        (ErrorItem, "login"),
        (ErrorItem, "public"),
    ]


@pytest.mark.parametrize("result", [SessionsResponseResult, SessionsPostResponseResult])
def test_data_is_never_none(result: type[SessionsResponseResult]) -> None:
    sources: list[dict[str, Any]] = [{}, {"response": None}, {"response": {}}, {"response": {"data": None}}]
    for source in sources:
        assert result.from_dictionary(source).data == []
    assert result().data == []


@pytest.mark.parametrize("value", [5, "text", [1], True], ids=repr)
def test_another_type_where_an_object_or_a_list_belongs_stays_as_it_came(value: object) -> None:
    for model, name in ((SessionsResponseItem, "details"), (Details, "page"), (SessionsResponseResult, "response")):
        read = model.from_dictionary({name: value})
        assert getattr(read, name) == value
        assert read.to_dictionary() == {name: value}
    mixed: list[Any] = [value, {"id": "p1_ssn_1"}]
    item = SessionsResponseItem.from_dictionary({"data": mixed})
    assert item.data == [value, SessionResponse(id="p1_ssn_1")]
    assert item.to_dictionary() == {"data": mixed}


@pytest.mark.parametrize("attribute", ["login", "creator"])
def test_an_embedded_login_is_a_model_and_its_id_a_string(attribute: str) -> None:
    embedded: dict[str, Any] = {
        "id": "p1_log_1",
        "username": "jdoe",
        "email": None,
        "roles": 562949953421302,
        "login": {"id": "p1_log_2"},
        "teams": [{"id": "p1_tea_1"}],
    }
    session = SessionPostResponse.from_dictionary({attribute: embedded})
    login = getattr(session, attribute)
    assert isinstance(login, LoginsResponse)
    assert (login.id, login.username, login.email, login.roles) == ("p1_log_1", "jdoe", None, 562949953421302)
    assert login.login == {"id": "p1_log_2"}
    assert login.additional_properties == {"teams": [{"id": "p1_tea_1"}]}
    assert session.to_dictionary() == {attribute: embedded}
    assert getattr(SessionResponse.from_dictionary({attribute: "p1_log_1"}), attribute) == "p1_log_1"
