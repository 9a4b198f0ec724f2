"""Equality, copies and pickles of models."""

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from payrix_sessions import SessionResponse, SessionsPostResponseResult, SessionsResponseResult
from tests import fixtures
from tests.models.tables import TABLES, AnyModel, Table

each_model = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.model.__name__)
COPIES: dict[str, Callable[[AnyModel], AnyModel]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
    "oldest pickle with slots": lambda model: pickle.loads(pickle.dumps(model, 2)),
}


def sample(table: Table) -> AnyModel:
    names = list(table.wire_names.values())
    return table.model.from_dictionary({**dict.fromkeys(names, 1), names[-1]: None, "newField": {"a": [1]}})


@each_model
@pytest.mark.parametrize("how", COPIES)
def test_a_copy_equals_its_original(table: Table, how: str) -> None:
    model = sample(table)
    made = COPIES[how](model)
    assert made == model
    assert type(made) is type(model)
    assert made.to_dictionary() == model.to_dictionary()
    assert made.additional_properties == {"newField": {"a": [1]}}


@each_model
def test_a_model_made_by_hand_can_be_copied(table: Table) -> None:
    model = table.model()
    for make in COPIES.values():
        assert make(model) == model


@each_model
def test_a_deep_copy_shares_nothing(table: Table) -> None:
    model = sample(table)
    made = copy.deepcopy(model)
    made.additional_properties["newField"]["a"].append(2)
    assert model.additional_properties == {"newField": {"a": [1]}}


@each_model
def test_models_are_equal_when_all_fields_are(table: Table) -> None:
    assert sample(table) == sample(table)
    for attribute in table.wire_names:
        other = sample(table)
        setattr(other, attribute, "something else")
        assert other != sample(table)
    other = sample(table)
    other.additional_properties["more"] = 1
    assert other != sample(table)


@each_model
def test_a_model_equals_nothing_but_its_kind(table: Table) -> None:
    model: object = sample(table)
    for other in (sample(table).to_dictionary(), None, 1, object()):
        assert (model == other) is False


@pytest.mark.parametrize("name", fixtures.NAMES)
@pytest.mark.parametrize("model", [SessionsResponseResult, SessionsPostResponseResult])
def test_whole_results_can_be_copied(
    model: type[SessionsResponseResult] | type[SessionsPostResponseResult], name: str
) -> None:
    body = model.from_dictionary(fixtures.load(name))
    for make in COPIES.values():
        assert make(body) == body


def test_a_pickled_session_keeps_its_key() -> None:
    session = SessionResponse(id="p1_ssn_1", key="fake-session-key")
    made: SessionResponse = pickle.loads(pickle.dumps(session))
    assert made.key == "fake-session-key"


@pytest.mark.parametrize("name", fixtures.NAMES)
def test_a_dictionary_is_ready_for_json(name: str) -> None:
    body = SessionsPostResponseResult.from_dictionary(fixtures.load(name))
    decoded: Any = json.loads(json.dumps(body.to_dictionary()))
    assert decoded == body.to_dictionary()


def test_changing_a_dictionary_leaves_the_model_alone() -> None:
    session = SessionResponse.from_dictionary({"id": "p1_ssn_1", "newField": 1})
    session.to_dictionary()["newField"] = 2
    session.to_dictionary()["id"] = "other"
    assert session == SessionResponse.from_dictionary({"id": "p1_ssn_1", "newField": 1})
