"""Equality, copies, pickles, `replace` and jsonpickle: nothing that a model carries gets lost."""

import copy
import dataclasses
import json
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import jsonpickle

from payrix_sessions import SessionPostResponse, SessionResponse, SsoEnum, models
from payrix_sessions.models.model import Model
from tests import fixtures
from tests.models.tables import TABLES, Table


def through_pickle(protocol: int, model: Any) -> Any:
    return pickle.loads(pickle.dumps(model, protocol))


def through_jsonpickle(value: Any, **options: Any) -> Any:
    return jsonpickle.decode(jsonpickle.encode(value, **options), keys=True)


COPIES: list[Callable[[Any], Any]] = [
    copy.copy,
    copy.deepcopy,
    *(partial(through_pickle, protocol) for protocol in (0, 2, 5)),
    dataclasses.replace,
    getattr(copy, "replace", dataclasses.replace),  # Python 3.13
    through_jsonpickle,
    lambda model: through_jsonpickle({"a": [model, model], "b": (model,)}, keys=True)["a"][1],
    lambda model: through_jsonpickle([model], make_refs=False)[0],
]


class Mine(SessionPostResponse):
    """A user's subclass, with attributes of its own."""


def sample(table: Table) -> Model:
    names = list(table.wire_names.values())
    return table.model.from_dictionary({**dict.fromkeys(names, 1), names[-1]: None, "newField": {"a": [1]}})


def test_a_copy_equals_its_original_and_carries_what_it_carries() -> None:
    originals: list[Model] = [Mine(id="p1_ssn_1")]
    originals += [made for table in TABLES for made in (sample(table), table.model())]
    for kind in (models.SessionsResponseResult, models.SessionsPostResponseResult):
        originals += [kind.from_dictionary(fixtures.load(name)) for name in fixtures.NAMES]
    for model in originals:
        assert jsonpickle.encode(model, unpicklable=False) == json.dumps(model.to_dictionary())
        for copied in COPIES:
            made = copied(model)
            assert made is not model
            assert (type(made), made, made.to_dictionary()) == (type(model), model, model.to_dictionary())
            made.additional_properties["more"] = 1
            assert "more" not in model.additional_properties


def test_a_deep_copy_shares_nothing_and_a_copy_its_values() -> None:
    session = Mine.from_dictionary({"newField": {"a": [1]}, "login": {"username": "jdoe"}})
    vars(session)["mine"] = [1]
    for made, shared in ((copy.deepcopy(session), False), (copy.copy(session), True)):
        assert vars(made) == {"mine": [1]}
        assert (made.login is session.login) is shared
        assert (made.additional_properties["newField"]["a"] is session.additional_properties["newField"]["a"]) is shared


def test_replace_changes_what_is_named_and_keeps_the_rest_and_asdict_lists_the_fields_alone() -> None:
    session = SessionPostResponse.from_dictionary({"id": "p1_ssn_1", "modified": None, "newField": 1, "public": "1"})
    made = dataclasses.replace(session, id="p1_ssn_2")
    assert made.to_dictionary() == {"id": "p1_ssn_2", "modified": None, "newField": 1, "public": 1}
    other = dataclasses.replace(session, additional_properties={"mine": 2})
    assert other.to_dictionary() == {"id": "p1_ssn_1", "modified": None, "public": 1, "mine": 2}
    assert session.to_dictionary() == {"id": "p1_ssn_1", "modified": None, "newField": 1, "public": 1}
    assert json.loads(json.dumps(dataclasses.asdict(session))).keys() == {f.name for f in dataclasses.fields(session)}


def test_models_are_equal_when_all_fields_are() -> None:
    table = TABLES[0]
    assert sample(table) == sample(table)
    for attribute, value in {**dict.fromkeys(table.wire_names, "else"), "additional_properties": None}.items():
        other = sample(table)
        setattr(other, attribute, value)
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


def test_jsonpickle_writes_the_wire_json_and_reads_what_another_version_stored() -> None:
    session = SessionPostResponse.from_dictionary({"id": "p1_ssn_1", "mfaAuthenticated": "1", "modified": None})
    wire = {"id": "p1_ssn_1", "modified": None, "mfaAuthenticated": 1}
    assert json.loads(jsonpickle.encode({"mine": [session]}, unpicklable=False)) == {"mine": [wire]}
    stored = {"py/object": "payrix_sessions.SessionPostResponse", **wire}
    assert json.loads(jsonpickle.encode(session)) == stored
    session.additional_properties["addedLater"] = 1
    assert jsonpickle.decode(json.dumps({**stored, "addedLater": 1})) == session


def test_enums_survive_jsonpickle_also_as_keys() -> None:
    flags = {SsoEnum.CREATEDWITHSSO: [SsoEnum.CREATEDWITHSSO, SsoEnum.NOTCREATEDWITHSSO]}
    made = through_jsonpickle(flags, keys=True)
    assert made == flags
    assert {type(flag) for flag in (*made, *made[1])} == {SsoEnum}
    assert jsonpickle.encode([SsoEnum.CREATEDWITHSSO] * 2, unpicklable=False) == "[1, 1]"
    assert jsonpickle.decode('{"py/object": "payrix_sessions.SsoEnum", "value": 7}') == 7


def test_members_that_look_like_jsonpickles_tags_stay_data() -> None:
    reduce = {"py/reduce": [{"py/function": "os.getcwd"}, {"py/tuple": [1]}]}
    hostile: dict[str, Any] = {"id": "p1_ssn_1", "py/object": "os.system", "py/tuple": [1], "novelty": reduce}
    for source in (hostile, {"novelty": hostile}, {"login": hostile}):
        session = SessionResponse.from_dictionary(source)
        assert through_jsonpickle(session) == session
        assert json.loads(jsonpickle.encode(session, unpicklable=False)) == source
