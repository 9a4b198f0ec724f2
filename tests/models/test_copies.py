"""Copies, pickles, `replace` and jsonpickle lose nothing that a model carries, and no depth is a RecursionError."""

import copy
import dataclasses
import json
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

import jsonpickle
import pytest

from payrix_sessions import ArgumentException, SessionPostResponse, SessionResponse, SsoEnum, models
from payrix_sessions._json_types import MAX_DEPTH
from payrix_sessions.models import model as model_module
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


def sample(table: Table) -> Any:
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
    assert json.loads(json.dumps(dataclasses.asdict(session))).keys() == {f.name for f in dataclasses.fields(session)}


def test_models_are_equal_when_all_fields_are() -> None:
    table = TABLES[0]
    for attribute, value in {**dict.fromkeys(table.wire_names, "else"), "additional_properties": None}.items():
        other = sample(table)
        setattr(other, attribute, value)
        assert other != sample(table)
    for stranger in (sample(table).to_dictionary(), None):
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


# Depth

OPERATIONS: dict[str, Callable[[SessionResponse], object]] = {
    "read": lambda session: SessionResponse.from_dictionary(session.additional_properties),
    "to_dictionary": SessionResponse.to_dictionary,
    "to_dictionary masked": lambda session: session.to_dictionary(mask_secrets=True),
    "repr": repr,
    "str": str,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "replace": dataclasses.replace,
    "pickle": pickle.dumps,
    "jsonpickle": jsonpickle.encode,
    "jsonpickle, wire": lambda session: jsonpickle.encode(session, unpicklable=False),
}
TOO_DEEP = "this SessionResponse is nested too deep to be .*, or holds itself"


def nested(depth: int) -> Any:
    value: Any = {"password": "fake-secret"}
    for level in range(depth):
        value = {"a": value} if level % 2 else [value]
    return value


def test_a_deep_or_endless_member_is_no_recursion_error() -> None:
    endless: Any = [{}]
    endless[0]["again"] = endless
    for deep in (nested(MAX_DEPTH + 10), nested(900), nested(5_000), endless):
        session = SessionResponse(id="p1_ssn_1", created=deep, additional_properties={"novelty": deep})
        for name, operation in OPERATIONS.items():
            if "pickle" in name:
                with pytest.raises(ArgumentException, match=TOO_DEEP):
                    operation(session)
            else:
                assert operation(session) is not None
    one, other = (SessionResponse(id=nested(100_000)) for _ in range(2))
    with pytest.raises(ArgumentException, match=TOO_DEEP):
        assert one == other


def test_what_is_not_that_deep_is_copied_whole_and_printed_without_secrets() -> None:
    session = SessionResponse(additional_properties={"novelty": nested(MAX_DEPTH - 5)})
    assert session == pickle.loads(pickle.dumps(session)) == jsonpickle.decode(jsonpickle.encode(session))
    source = {"response": {"data": [{"id": "p1_ssn_1", "novelty": nested(800)}]}}
    body = models.SessionsResponseResult.from_dictionary(source)
    assert copy.deepcopy(body) == body
    assert body.to_dictionary() == source
    for shown in (repr(body), str(body), repr(body.to_dictionary(mask_secrets=True))):
        assert "p1_ssn_1" in shown
        assert "fake-secret" not in shown


def exhausted(*_: Any) -> NoReturn:
    raise RecursionError


def test_wherever_the_stack_ends_it_is_no_recursion_error(monkeypatch: pytest.MonkeyPatch) -> None:
    value: Any = type("Endless", (), {"__repr__": exhausted})()
    assert repr(SessionResponse(id=value, created="2025")) == "SessionResponse(id=..., created='2025')"
    session = SessionResponse(id="p1_ssn_1")
    for place in ("_state", "_shown", "_to_dictionary"):
        monkeypatch.setattr(Model, place, exhausted)
    monkeypatch.setattr(model_module, "reader", exhausted)
    for name, operation in OPERATIONS.items():
        if name in ("repr", "str"):
            assert operation(session) == "SessionResponse(...)"
        elif name != "replace":
            with pytest.raises(ArgumentException, match=TOO_DEEP):
                operation(session)


def test_a_model_within_itself_is_copied_and_printed_and_rejected_where_it_is_written() -> None:
    session = SessionResponse(id="p1_ssn_1")
    session.additional_properties["self"] = session
    made = copy.deepcopy(session)
    assert made.additional_properties["self"] is made
    with pytest.raises(ArgumentException, match="this SessionResponse is nested too deep to be written"):
        session.to_dictionary()
    assert "p1_ssn_1" in repr(session) + str(session) or "..." in repr(session)
