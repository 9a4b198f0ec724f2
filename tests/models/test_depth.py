"""Responses that are nested deep: no RecursionError, also where little is left of the stack."""

import contextlib
import copy
import dataclasses
import inspect
import pickle
import sys
from collections.abc import Callable
from functools import partial
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
TOO_DEEP = "this SessionResponse is nested too deep to be .*, or holds itself"


def nested(depth: int) -> Any:
    value: Any = {"password": "fake-secret"}
    for level in range(depth):
        value = {"a": value} if level % 2 else [value]
    return value


def deepened(depth: int, then: Callable[[], object]) -> object:
    return then() if depth == 0 else deepened(depth - 1, then)


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


def test_what_is_not_that_deep_is_copied_whole_and_printed_without_secrets() -> None:
    session = SessionResponse(additional_properties={"novelty": nested(MAX_DEPTH - 5)})
    assert session == pickle.loads(pickle.dumps(session)) == jsonpickle.decode(jsonpickle.encode(session))
    source = {"response": {"data": [{"id": "p1_ssn_1", "novelty": nested(800)}]}}
    body = SessionsResponseResult.from_dictionary(source)
    assert copy.deepcopy(body) == body
    assert body.to_dictionary() == source
    for shown in (repr(body), str(body), repr(body.to_dictionary(mask_secrets=True))):
        assert "p1_ssn_1" in shown
        assert "fake-secret" not in shown


def test_little_that_is_left_of_the_stack_is_no_recursion_error() -> None:
    session = SessionResponse.from_dictionary({"id": "p1_ssn_1", "novelty": {"a": [nested(5)]}})
    used = len(inspect.stack(0))
    for name in OPERATIONS.keys() - {"jsonpickle", "jsonpickle, wire"}:
        for left in range(40 if name == "pickle" else 16, 80):  # fewer are used up by the pickler itself
            with contextlib.suppress(ArgumentException):
                deepened(sys.getrecursionlimit() - used - left, partial(OPERATIONS[name], session))


def exhausted(*_: Any) -> NoReturn:
    raise RecursionError


def test_wherever_the_stack_ends_it_is_no_recursion_error(monkeypatch: pytest.MonkeyPatch) -> None:
    session = SessionResponse(id="p1_ssn_1")
    for place in ("_state", "_shown", "_to_dictionary"):
        monkeypatch.setattr(Model, place, exhausted)
    monkeypatch.setattr(model, "reader", exhausted)
    for name, operation in OPERATIONS.items():
        if name in ("repr", "str"):
            assert operation(session) == "SessionResponse(...)"
        elif name != "replace":
            with pytest.raises(ArgumentException, match=TOO_DEEP):
                operation(session)


def test_a_value_that_cannot_be_printed_for_its_depth_is_left_out() -> None:
    value: Any = type("Endless", (), {"__repr__": exhausted})()
    assert repr(SessionResponse(id=value, created="2025")) == "SessionResponse(id=..., created='2025')"


def test_a_model_within_itself_is_copied_and_printed_and_rejected_where_it_is_written() -> None:
    session = SessionResponse(id="p1_ssn_1")
    session.additional_properties["self"] = session
    made = copy.deepcopy(session)
    assert made.additional_properties["self"] is made
    with pytest.raises(ArgumentException, match="this SessionResponse is nested too deep to be written"):
        session.to_dictionary()
    assert "p1_ssn_1" in repr(session) + str(session) or "..." in repr(session)
