"""Responses that are nested deep: no RecursionError, also where little is left of the stack."""

import contextlib
import copy
import dataclasses
import inspect
import json
import pickle
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import jsonpickle
import pytest

from payrix_sessions import ArgumentException, SessionResponse, SessionsResponseResult
from payrix_sessions._json_types import MAX_DEPTH
from payrix_sessions.models import model
from payrix_sessions.models.model import Model

OPERATIONS: dict[str, Callable[[SessionResponse], object]] = {
    "read": lambda session: SessionResponse.from_dictionary(session.additional_properties),
    "to_dictionary": SessionResponse.to_dictionary,
    "to_dictionary masked": lambda session: session.to_dictionary(mask_secrets=True),
    "repr": repr,
    "str": str,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "replace": dataclasses.replace,
    "==": lambda session: session == copy.copy(session),
    "pickle": pickle.dumps,
    "jsonpickle": jsonpickle.encode,
    "jsonpickle, wire": lambda session: jsonpickle.encode(session, unpicklable=False),
}


def nested(depth: int) -> Any:
    value: Any = {"password": "fake-secret"}
    for level in range(depth):
        value = {"a": value} if level % 2 else [value]
    return value


def deepened(depth: int, then: Callable[[], object]) -> object:
    return then() if depth == 0 else deepened(depth - 1, then)


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_deep_member_is_no_recursion_error(name: str) -> None:
    for depth in (MAX_DEPTH + 10, 900, 5_000):
        session = SessionResponse(id="p1_ssn_1", additional_properties={"novelty": nested(depth)})
        session.created = nested(depth)
        if "pickle" in name:
            with pytest.raises(ArgumentException, match="this SessionResponse is nested too deep to be"):
                OPERATIONS[name](session)
        else:
            assert OPERATIONS[name](session) is not None


def test_a_response_as_deep_as_json_reads_is_copied_whole_and_printed_without_secrets() -> None:
    text = '{"a":[' * 400 + '{"password": "fake-secret"}' + "]}" * 400
    body = SessionsResponseResult.from_dictionary({"response": {"data": [{"id": "p1_ssn_1", "n": json.loads(text)}]}})
    assert copy.deepcopy(body) == body
    assert body.to_dictionary()["response"]["data"][0]["n"] == json.loads(text)
    for shown in (repr(body), str(body), repr(body.to_dictionary(mask_secrets=True))):
        assert "p1_ssn_1" in shown
        assert "fake-secret" not in shown


def test_what_is_not_too_deep_is_pickled() -> None:
    session = SessionResponse(additional_properties={"novelty": nested(MAX_DEPTH - 5)})
    assert pickle.loads(pickle.dumps(session)) == session
    assert jsonpickle.decode(jsonpickle.encode(session)) == session


@pytest.mark.parametrize("name", [name for name in OPERATIONS if "jsonpickle" not in name])
def test_little_that_is_left_of_the_stack_is_no_recursion_error(name: str) -> None:
    session = SessionResponse.from_dictionary({"id": "p1_ssn_1", "novelty": {"a": [nested(5)]}})
    used = len(inspect.stack(0))
    for left in range(40 if name == "pickle" else 16, 80):  # fewer are used up by the pickler itself
        with contextlib.suppress(ArgumentException):
            deepened(sys.getrecursionlimit() - used - left, lambda: OPERATIONS[name](session))


def exhausted(*_: Any) -> NoReturn:
    raise RecursionError


@pytest.mark.parametrize("name", OPERATIONS)
def test_wherever_the_stack_ends_it_is_no_recursion_error(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    session = SessionResponse(id="p1_ssn_1")
    for place in ("_state", "_shown", "_to_dictionary"):
        monkeypatch.setattr(Model, place, exhausted)
    monkeypatch.setattr(model, "reader", exhausted)
    if name in ("repr", "str"):
        assert OPERATIONS[name](session) == "SessionResponse(...)"
    elif name != "replace":
        with pytest.raises(ArgumentException, match="this SessionResponse is nested too deep to be"):
            OPERATIONS[name](session)


def test_a_value_that_cannot_be_printed_for_its_depth_is_left_out() -> None:
    class Endless:
        def __repr__(self) -> str:
            raise RecursionError

    value: Any = Endless()
    assert repr(SessionResponse(id=value, created="2025")) == "SessionResponse(id=..., created='2025')"


@pytest.mark.parametrize("name", ["to_dictionary", "deepcopy", "repr", "str", "pickle", "jsonpickle"])
def test_containers_within_themselves_come_to_an_end(name: str) -> None:
    session = SessionResponse(id="p1_ssn_1")
    endless: list[Any] = [{}]
    endless[0]["again"] = endless
    session.additional_properties["novelty"] = endless
    if "pickle" in name:
        with pytest.raises(ArgumentException, match="or holds itself"):
            OPERATIONS[name](session)
    else:
        assert OPERATIONS[name](session) is not None


def test_models_within_themselves_are_rejected() -> None:
    session = SessionResponse(id="p1_ssn_1")
    session.additional_properties["again"] = session
    with pytest.raises(ArgumentException, match="this SessionResponse is nested too deep to be written"):
        session.to_dictionary()
    assert "p1_ssn_1" in repr(session) + str(session) or "..." in repr(session)
