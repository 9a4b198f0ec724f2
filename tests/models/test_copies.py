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
from tests.models import MODELS, wire_names


def through_jsonpickle(value: Any, **options: Any) -> Any:
    return jsonpickle.decode(jsonpickle.encode(value, **options), keys=True)


COPIES: list[Callable[[Any], Any]] = [
    copy.copy,
    copy.deepcopy,
    lambda model: pickle.loads(pickle.dumps(model, 0)),
    dataclasses.replace,
    getattr(copy, "replace", dataclasses.replace),  # Python 3.13
    through_jsonpickle,
    lambda model: through_jsonpickle({"a": [model, model], "b": (model,)}, keys=True)["a"][1],
    lambda model: through_jsonpickle([model], make_refs=False)[0],
]


class Mine(SessionPostResponse):
    """A user's subclass, with attributes of its own."""


def sample(kind: type[Any]) -> Any:
    names = list(wire_names(kind).values())
    return kind.from_dictionary({**dict.fromkeys(names, 1), names[-1]: None, "newField": {"a": [1]}})


def test_a_copy_equals_its_original_and_carries_what_it_carries() -> None:
    originals: list[Model] = [Mine(id="p1_ssn_1")]
    originals += [made for kind in MODELS for made in (sample(kind), kind())]
    originals += [models.SessionsPostResponseResult.from_dictionary(fixtures.load(name)) for name in fixtures.NAMES]
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
    session = sample(SessionResponse)
    for attribute, value in {
        **dict.fromkeys(wire_names(SessionResponse), "else"),
        "additional_properties": None,
    }.items():
        other = copy.copy(session)
        setattr(other, attribute, value)
        assert other != session
    for stranger in (session.to_dictionary(), None):
        assert (session == stranger) is False


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
    # Enums, also as keys.
    flags = {SsoEnum.CREATEDWITHSSO: [SsoEnum.CREATEDWITHSSO, SsoEnum.NOTCREATEDWITHSSO]}
    made = through_jsonpickle(flags, keys=True)
    assert (made, {type(flag) for flag in (*made, *made[1])}) == (flags, {SsoEnum})
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

MADE: list[Callable[[Any], object]] = [
    lambda session: SessionResponse.from_dictionary(session.additional_properties),
    SessionResponse.to_dictionary,
    lambda session: session.to_dictionary(mask_secrets=True),
    *(copy.copy, copy.deepcopy),
]
KEPT: list[Callable[[Any], object]] = [pickle.dumps, jsonpickle.encode, partial(jsonpickle.encode, unpicklable=False)]
TOO_DEEP = "this SessionResponse is nested too deep to be .*, or holds itself"


def nested(depth: int) -> Any:
    value: Any = {"password": "fake-secret"}
    for level in range(depth):
        value = {"a": value} if level % 2 else [value]
    return value


def test_a_deep_or_endless_member_is_no_recursion_error_and_printed_without_secrets() -> None:
    session = SessionResponse(additional_properties={"novelty": nested(MAX_DEPTH - 5)})
    assert session == pickle.loads(pickle.dumps(session)) == jsonpickle.decode(jsonpickle.encode(session))
    endless: Any = [{}]
    endless[0]["again"] = endless
    for deep in (nested(MAX_DEPTH + 10), nested(800), nested(5_000), endless):
        session = SessionResponse(id="p1_ssn_1", created=deep, additional_properties={"novelty": deep})
        for operation in (*MADE, dataclasses.replace):
            assert operation(session) is not None
        for shown in (repr(session), str(session), repr(session.to_dictionary(mask_secrets=True))):
            assert ("p1_ssn_1" in shown, "fake-secret" in shown) == (True, False)
        for operation in KEPT:
            with pytest.raises(ArgumentException, match=TOO_DEEP):
                operation(session)
    whole = SessionResponse(created=nested(800), additional_properties={"novelty": nested(800)})
    assert copy.deepcopy(whole) == whole
    assert whole.to_dictionary() == {"created": nested(800), "novelty": nested(800)}
    one, other = (SessionResponse(id=nested(100_000)) for _ in range(2))
    with pytest.raises(ArgumentException, match=TOO_DEEP):
        assert one == other


def exhausted(*_: Any) -> NoReturn:
    raise RecursionError


def test_wherever_the_stack_ends_it_is_no_recursion_error(monkeypatch: pytest.MonkeyPatch) -> None:
    value: Any = type("Endless", (), {"__repr__": exhausted})()
    assert repr(SessionResponse(id=value, created="2025")) == "SessionResponse(id=..., created='2025')"
    session = SessionResponse(id="p1_ssn_1")
    for place in ("_state", "_shown", "_to_dictionary"):
        monkeypatch.setattr(Model, place, exhausted)
    monkeypatch.setattr(model_module, "reader", exhausted)
    assert repr(session) == str(session) == "SessionResponse(...)"
    for operation in (*MADE, *KEPT):
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
