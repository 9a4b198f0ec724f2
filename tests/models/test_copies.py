"""Equality, copies, pickles, `replace` and jsonpickle: nothing that a model carries gets lost."""

import copy
import dataclasses
import json
import pickle
from collections.abc import Callable
from typing import Any

import jsonpickle
import pytest

from payrix_sessions import (
    SessionPostResponse,
    SessionResponse,
    SessionsPostRequest,
    SessionsPostResponseResult,
    SessionsResponseResult,
    SsoEnum,
)
from tests import fixtures
from tests.models.tables import TABLES, AnyModel, Table

COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{f"pickle {n}": lambda model, n=n: pickle.loads(pickle.dumps(model, n)) for n in (0, 2, 5)},  # type: ignore[misc]
    "replace": dataclasses.replace,
    "copy.replace": getattr(copy, "replace", dataclasses.replace),  # Python 3.13
    "jsonpickle": lambda model: jsonpickle.decode(jsonpickle.encode(model)),
    "jsonpickle within containers": lambda model: jsonpickle.decode(
        jsonpickle.encode({"a": [model, model], "b": (model,)}, keys=True), keys=True
    )["a"][1],
    "jsonpickle without references": lambda model: jsonpickle.decode(jsonpickle.encode([model], make_refs=False))[0],
}
each_way = pytest.mark.parametrize("how", COPIES)


class Mine(SessionPostResponse):
    """A user's subclass, with attributes of its own."""


def sample(table: Table) -> AnyModel:
    names = list(table.wire_names.values())
    return table.model.from_dictionary({**dict.fromkeys(names, 1), names[-1]: None, "newField": {"a": [1]}})


@each_way
def test_a_copy_equals_its_original_and_carries_what_it_carries(how: str) -> None:
    for model in (*(sample(table) for table in TABLES), *(table.model() for table in TABLES), Mine(id="p1_ssn_1")):
        made = COPIES[how](model)
        assert made is not model
        assert made == model
        assert type(made) is type(model)
        assert made.to_dictionary() == model.to_dictionary()
        made.additional_properties["more"] = 1
        assert "more" not in model.additional_properties


@each_way
def test_whole_results_can_be_copied(how: str) -> None:
    for model in (SessionsResponseResult, SessionsPostResponseResult):
        for name in fixtures.NAMES:
            body = model.from_dictionary(fixtures.load(name))
            assert COPIES[how](body) == body
            assert COPIES[how](body).to_dictionary() == body.to_dictionary()


def test_a_deep_copy_shares_nothing_and_a_copy_its_values() -> None:
    session = Mine.from_dictionary({"newField": {"a": [1]}, "login": {"username": "jdoe"}})
    vars(session)["mine"] = [1]
    deep, shallow = copy.deepcopy(session), copy.copy(session)
    assert vars(deep) == vars(shallow) == {"mine": [1]}
    assert deep.login is not session.login
    assert shallow.login is session.login
    assert deep.additional_properties["newField"]["a"] is not session.additional_properties["newField"]["a"]
    assert shallow.additional_properties["newField"] is session.additional_properties["newField"]


def test_a_deep_copy_follows_a_model_that_holds_itself() -> None:
    session = SessionResponse(id="p1_ssn_1")
    session.additional_properties["self"] = session
    made = copy.deepcopy(session)
    assert made.additional_properties["self"] is made


def test_replace_changes_what_is_named_and_keeps_the_rest() -> None:
    session = SessionPostResponse.from_dictionary({"id": "p1_ssn_1", "modified": None, "newField": 1, "public": "1"})
    made = dataclasses.replace(session, id="p1_ssn_2")
    assert made.to_dictionary() == {"id": "p1_ssn_2", "modified": None, "newField": 1, "public": 1}
    other = dataclasses.replace(session, additional_properties={"mine": 2})
    assert other.to_dictionary() == {"id": "p1_ssn_1", "modified": None, "public": 1, "mine": 2}
    assert session.to_dictionary() == {"id": "p1_ssn_1", "modified": None, "newField": 1, "public": 1}


def test_asdict_lists_the_fields_alone_and_can_be_written_as_json() -> None:
    session = SessionResponse.from_dictionary({"id": "p1_ssn_1", "modified": None, "newField": 1})
    assert json.loads(json.dumps(dataclasses.asdict(session))).keys() == {f.name for f in dataclasses.fields(session)}


def test_models_are_equal_when_all_fields_are() -> None:
    table = TABLES[0]
    assert sample(table) == sample(table)
    for attribute in table.wire_names:
        other = sample(table)
        setattr(other, attribute, "something else")
        assert other != sample(table)
    other = sample(table)
    other.additional_properties["more"] = 1
    assert other != sample(table)
    for stranger in (sample(table).to_dictionary(), None, 1, object()):
        assert (sample(table) == stranger) is False


def test_a_pickle_of_a_version_with_fewer_fields_is_read() -> None:
    session = SessionResponse.from_dictionary({"id": "p1_ssn_1", "newField": 1})
    make, arguments, state = session.__reduce__()
    del state["frozen"], state["mfa_authenticated"]
    made = make(*arguments)
    made.__setstate__(state)
    assert made == session


def test_pickles_and_jsonpickle_name_the_public_class() -> None:
    for model in (SessionResponse(id="p1_ssn_1"), SessionsPostRequest(login="p1_log_1")):
        assert f"payrix_sessions.{type(model).__name__}" in jsonpickle.encode(model)
        assert f"cpayrix_sessions\n{type(model).__name__}\n".encode() in pickle.dumps(model, 0)


def test_jsonpickle_writes_the_wire_json() -> None:
    for name in fixtures.NAMES:
        body = SessionsPostResponseResult.from_dictionary(fixtures.load(name))
        assert jsonpickle.encode(body, unpicklable=False) == json.dumps(body.to_dictionary())
    session = SessionPostResponse.from_dictionary({"id": "p1_ssn_1", "mfaAuthenticated": "1", "modified": None})
    assert json.loads(jsonpickle.encode({"mine": [session]}, unpicklable=False)) == {"mine": [session.to_dictionary()]}
    assert json.loads(jsonpickle.encode(session)) == {
        "py/object": "payrix_sessions.SessionPostResponse",
        "id": "p1_ssn_1",
        "modified": None,
        "mfaAuthenticated": 1,
    }


def test_jsonpickle_reads_what_another_version_stored() -> None:
    stored = '{"py/object": "payrix_sessions.SessionResponse", "id": "p1_ssn_1", "addedLater": 1}'
    session = jsonpickle.decode(stored)
    assert session == SessionResponse(id="p1_ssn_1", additional_properties={"addedLater": 1})


def test_enums_survive_jsonpickle_also_as_keys() -> None:
    flags = {SsoEnum.CREATEDWITHSSO: [SsoEnum.CREATEDWITHSSO, SsoEnum.NOTCREATEDWITHSSO]}
    made = jsonpickle.decode(jsonpickle.encode(flags, keys=True), keys=True)
    assert made == flags
    assert {type(flag) for flag in (*made, *made[1])} == {SsoEnum}
    assert jsonpickle.encode([SsoEnum.CREATEDWITHSSO] * 2, unpicklable=False) == "[1, 1]"
    assert jsonpickle.decode('{"py/object": "payrix_sessions.SsoEnum", "value": 7}') == 7


def test_members_that_look_like_jsonpickles_tags_stay_data() -> None:
    hostile: dict[str, Any] = {
        "id": "p1_ssn_1",
        "py/object": "os.system",
        "py/tuple": [1],
        "novelty": {"py/reduce": [{"py/function": "os.getcwd"}, {"py/tuple": []}]},
    }
    for source in (hostile, {"novelty": hostile}, {"login": hostile}):
        session = SessionResponse.from_dictionary(source)
        assert jsonpickle.decode(jsonpickle.encode(session)) == session
        assert json.loads(jsonpickle.encode(session, unpicklable=False)) == source
