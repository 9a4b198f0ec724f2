"""What a field reads as: zero, null, missing, unknown, a string for a number; and what it is written as."""

import dataclasses
import json
import typing
from collections import OrderedDict, defaultdict
from enum import IntEnum
from typing import Any

import pytest

from payrix_sessions import (
    ArgumentException,
    Details,
    DetailsProperties,
    LoginsResponse,
    SessionPostResponse,
    SessionPublicEnum,
    SessionResponse,
    SessionsPostRequest,
    SessionsPostResponseResult,
    SessionsResponseResult,
)
from tests import fixtures
from tests.models.tables import BOOLEANS, TABLES, Table

# What is read and written is one mechanism: these three declare every kind of field.
SAMPLES = [table for table in TABLES if table.model in (SessionPostResponse, SessionsPostRequest, Details)]
each_model = pytest.mark.parametrize("table", SAMPLES, ids=lambda table: table.model.__name__)


def assert_same(one: object, other: object) -> None:
    assert one == other
    assert type(one) is type(other)


def test_the_fields_of_every_model_are_those_of_the_table_and_can_be_given_by_name_and_position() -> None:
    for table in TABLES:
        names = [field.name for field in dataclasses.fields(table.model)]
        assert set(names) == set(table.wire_names)
        values: dict[str, Any] = {attribute: f"value {attribute}" for attribute in names}
        made = table.model(**values)
        assert made.to_dictionary() == {name: values[attribute] for attribute, name in table.wire_names.items()}
        by_position: Any = table.model
        assert by_position(*values.values()) == made


def test_the_flags_of_every_model_are_those_of_the_table() -> None:
    for table in TABLES:
        for attribute, (name, enum) in table.flags.items():
            for member in enum:
                assert getattr(table.model.from_dictionary({name: member.value}), attribute) is member


@each_model
def test_a_field_reads_and_is_written_as_it_came_whatever_its_type(table: Table) -> None:
    values: list[Any] = [0, 5, -7, 2**60, 1.5, 0.0, True, False, "", "text", "5", [], [1], {}, {"a": 1}]
    for attribute, name in table.wire_names.items():
        for value in values:
            model = table.model.from_dictionary({name: value})
            read = getattr(model, attribute)
            if not isinstance(read, IntEnum) and not dataclasses.is_dataclass(read):
                assert_same(read, value)
            assert_same(model.to_dictionary()[name], value)


@each_model
def test_a_flag_reads_as_its_member_and_other_values_stay_as_they_came(table: Table) -> None:
    for attribute, (name, enum) in table.flags.items():
        for member in enum:
            for value in (member.value, str(member.value)):
                model = table.model.from_dictionary({name: value})
                assert getattr(model, attribute) is member
                assert_same(model.to_dictionary()[name], member.value)
        others: list[Any] = [2, -1, "2", "yes", "", " 1", "01", "\u0661", 1.0, 0.0, True, False, [1], {"a": 1}]
        for value in others:
            assert_same(getattr(table.model.from_dictionary({name: value}), attribute), value)


def test_a_string_that_stands_for_a_boolean_becomes_one() -> None:
    rows: list[tuple[object, object]] = [
        ("true", True), ("False", False), ("1", True), ("0", False), (True, True), (0, 0), (None, None),
        ("yes", "yes"), (2, 2), ([], []),
    ]  # fmt: skip
    for value, read in rows:
        assert_same(DetailsProperties.from_dictionary({"hasMore": value}).has_more, read)
        assert_same(Details.from_dictionary({"duplicateRequest": value}).duplicate_request, read)


@each_model
def test_null_and_missing_read_as_none_and_are_written_as_they_came(table: Table) -> None:
    nothing = dict.fromkeys(table.wire_names)
    names = list(table.wire_names.values())
    for source in ({}, {names[0]: None}, {names[-1]: None}, dict.fromkeys(names)):
        model = table.model.from_dictionary(source)
        assert {attribute: getattr(model, attribute) for attribute in table.wire_names} == nothing
        assert model.additional_properties == {}
        assert model.to_dictionary() == source
        assert model == table.model()


@each_model
def test_a_field_that_is_emptied_is_written_as_null_if_it_came(table: Table) -> None:
    names = table.wire_names
    for attribute, name in names.items():
        for source in ({name: "a"}, dict.fromkeys(names.values(), "a")):
            model = table.model.from_dictionary(source)
            setattr(model, attribute, None)
            assert model.to_dictionary() == {**source, name: None}


@each_model
def test_unknown_members_are_kept_also_those_with_python_names(table: Table) -> None:
    source: dict[str, Any] = {"newField": {"a": [1, None]}, "other": None, "additional_properties": 1, "_extra": 2}
    source |= {attribute: 1 for attribute, name in table.wire_names.items() if name != attribute}
    for unknown in (source, {"newField": 1}):
        model = table.model.from_dictionary(unknown)
        assert model.additional_properties == unknown
        assert model.to_dictionary() == unknown


@each_model
def test_additional_properties_are_never_shared(table: Table) -> None:
    given = {"a": 1}
    for make in (
        table.model,
        lambda: table.model.from_dictionary({}),
        lambda: table.model.from_dictionary(given),
        lambda: table.model(additional_properties=given),
    ):
        first, second = make(), make()
        first.additional_properties["mine"] = 1
        assert "mine" not in second.additional_properties
    assert given == {"a": 1}


def test_additional_properties_can_be_set_as_a_whole() -> None:
    session = SessionResponse.from_dictionary({"novelty": 1})
    session.additional_properties = {"mine": 2}
    assert session.to_dictionary() == {"mine": 2}


@each_model
def test_reading_does_not_change_what_is_read_and_writing_gives_a_copy(table: Table) -> None:
    source = {**dict.fromkeys(table.wire_names.values(), "1"), "newField": {"a": [1]}}
    before = json.dumps(source)
    model = table.model.from_dictionary(source)
    written = model.to_dictionary()
    written["newField"]["a"].append(2)
    model.additional_properties["mine"] = 1
    assert json.dumps(source) == before
    assert model.additional_properties["newField"] == {"a": [1]}


def default_dict(source: dict[str, Any]) -> dict[str, Any]:
    return defaultdict(list, source)


def test_any_kind_of_dict_is_read() -> None:
    rows: list[Any] = [OrderedDict[str, Any], default_dict]
    for kind in rows:
        for source in ({"id": "p1_ssn_1"}, fixtures.load("session_by_id")["response"]["data"][0]):
            given = kind(source)
            assert SessionResponse.from_dictionary(given) == SessionResponse.from_dictionary(source)
            nested = SessionsResponseResult.from_dictionary({"response": kind({"data": [given]})})
            assert nested.data == [SessionResponse.from_dictionary(source)]
            assert given == source
        SessionResponse.from_dictionary({"key": "fake-key"})
        assert SessionResponse.from_dictionary(kind({"id": "p1_ssn_1"})) == SessionResponse(id="p1_ssn_1")


def test_only_a_dictionary_can_be_read() -> None:
    rows: list[Any] = [None, [], "text", 1, b"{}"]
    for value in rows:
        with pytest.raises(ArgumentException, match=f"dictionary must be a dict, not {type(value).__name__}"):
            SessionResponse.from_dictionary(value)


def test_a_misspelt_attribute_can_neither_be_set_nor_given() -> None:
    model: Any = SessionResponse()
    with pytest.raises(AttributeError):
        model.mispelled = 1
    with pytest.raises(TypeError, match="mispelled"):
        SessionResponse(mispelled=1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def test_enums_and_models_set_by_hand_are_written_as_json_wherever_they_are() -> None:
    login = LoginsResponse(username="jdoe")
    session = SessionResponse(public=SessionPublicEnum.PRIVATEACCESS, login=login)
    session.additional_properties["a"] = {"b": [SessionPublicEnum.PUBLICACCESS, login]}
    assert json.dumps(session.to_dictionary()) == (
        '{"login": {"username": "jdoe"}, "public": 0, "a": {"b": [1, {"username": "jdoe"}]}}'
    )


def test_hints_of_classes_and_methods_can_be_evaluated() -> None:
    for table in TABLES:
        assert set(table.wire_names) <= set(typing.get_type_hints(table.model))
        for name in ("__init__", "from_dictionary", "to_dictionary"):
            assert typing.get_type_hints(getattr(table.model, name))
    assert typing.get_type_hints(SessionPostResponse.__init__)["login"] == LoginsResponse | str | None


def test_a_subclass_reads_its_own_fields_declared_or_not() -> None:
    @dataclasses.dataclass(slots=True, eq=False, repr=False)
    class Mine(SessionPostResponse):
        note: str | None = None

    mine = Mine.from_dictionary({"id": "p1_ssn_1", "note": "a", "public": "1", "more": 1})
    assert (mine.note, mine.public, mine.additional_properties) == ("a", SessionPublicEnum.PUBLICACCESS, {"more": 1})
    assert mine.to_dictionary() == {"id": "p1_ssn_1", "public": 1, "note": "a", "more": 1}


def test_every_recorded_body_survives_the_round_trip() -> None:
    rows: list[type[SessionsResponseResult | SessionsPostResponseResult]] = [
        SessionsResponseResult,
        SessionsPostResponseResult,
    ]
    for model in rows:
        for name in fixtures.NAMES:
            source = fixtures.load(name)
            written = json.loads(json.dumps(model.from_dictionary(source).to_dictionary()))
            if name == "created_with_flags_as_text":
                for flag in ("public", "token"):
                    source["response"]["data"][0][flag] = int(source["response"]["data"][0][flag])
            assert written == source


def test_the_boolean_members_are_known() -> None:
    names = {name for table in TABLES for name in table.wire_names.values()}
    assert set(BOOLEANS) <= names
