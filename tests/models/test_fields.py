"""What a field reads as: zero, null, missing, unknown, text for a number."""

import dataclasses
import inspect
from enum import IntEnum
from typing import Any

import pytest

from payrix_sessions import ArgumentException, SessionPublicEnum, SessionResponse
from tests.models.tables import TABLES, Table

each_model = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.model.__name__)
each_field = pytest.mark.parametrize(
    ("table", "attribute"),
    [(table, attribute) for table in TABLES for attribute in table.wire_names],
    ids=lambda value: value if isinstance(value, str) else value.model.__name__,
)
each_flag = pytest.mark.parametrize(
    ("table", "attribute", "name", "enum"),
    [(table, attribute, *flag) for table in TABLES for attribute, flag in table.flags.items()],
    ids=lambda value: value.model.__name__ if isinstance(value, Table) else str(getattr(value, "__name__", value)),
)


def read(table: Table, attribute: str, value: object) -> object:
    """Return what the attribute reads as when its wire field has this value."""
    return getattr(table.model.from_dictionary({table.wire_names[attribute]: value}), attribute)


@each_model
def test_the_fields_are_those_of_the_table(table: Table) -> None:
    declared = {field.name for field in dataclasses.fields(table.model) if not field.name.startswith("_")}
    assert declared - {"additional_properties"} == set(table.wire_names)


@each_field
def test_zero_reads_back_as_zero(table: Table, attribute: str) -> None:
    value = read(table, attribute, 0)
    assert value == 0
    assert isinstance(value, int)
    assert not isinstance(value, bool)


@each_field
def test_other_false_values_are_not_lost(table: Table, attribute: str) -> None:
    name = table.wire_names[attribute]
    values: list[Any] = ["", False, [], {}, 0.0]
    for value in values:
        assert read(table, attribute, value) is not None
        assert table.model.from_dictionary({name: value}).to_dictionary() == {name: value}


@each_field
def test_null_reads_as_none(table: Table, attribute: str) -> None:
    assert read(table, attribute, None) is None


@each_model
def test_every_attribute_exists_when_nothing_came(table: Table) -> None:
    model = table.model.from_dictionary({})
    assert {attribute: getattr(model, attribute) for attribute in table.wire_names} == dict.fromkeys(table.wire_names)
    assert model.additional_properties == {}
    assert model.to_dictionary() == {}


@each_model
def test_every_attribute_exists_on_a_new_model(table: Table) -> None:
    model = table.model()
    assert {attribute: getattr(model, attribute) for attribute in table.wire_names} == dict.fromkeys(table.wire_names)
    assert model == table.model.from_dictionary({})


@each_flag
@pytest.mark.parametrize("value", [0, 1, "0", "1"], ids=repr)
def test_a_flag_reads_as_its_member(
    table: Table, attribute: str, name: str, enum: type[IntEnum], value: int | str
) -> None:
    flag = getattr(table.model.from_dictionary({name: value}), attribute)
    assert flag is enum(int(value))
    assert table.model.from_dictionary({name: value}).to_dictionary() == {name: int(value)}


def assert_as_it_came(table: Table, attribute: str, values: list[Any]) -> None:
    for value in values:
        read_back = read(table, attribute, value)
        assert read_back == value
        assert type(read_back) is type(value)


@each_flag
def test_a_value_outside_the_enum_stays_as_it_came(
    table: Table, attribute: str, name: str, enum: type[IntEnum]
) -> None:
    assert_as_it_came(table, attribute, [2, -1, "2", "yes", "", " 1", "01", "\u0661", 1.0, True, [1], {"a": 1}])


@each_field
def test_a_value_of_another_type_stays_as_it_came(table: Table, attribute: str) -> None:
    assert_as_it_came(table, attribute, [5, -7, 2**60, 1.5, "text", "5", True])


@each_model
def test_unknown_fields_are_kept(table: Table) -> None:
    source: dict[str, Any] = {
        "newField": {"a": [1, None]},
        "other": None,
        "additional_properties": 1,
        "model": 2,
    }
    model = table.model.from_dictionary(source)
    assert model.additional_properties == source
    assert model.to_dictionary() == source


@each_model
def test_python_names_are_unknown_on_the_wire(table: Table) -> None:
    names = {attribute: 1 for attribute, name in table.wire_names.items() if name != attribute}
    model = table.model.from_dictionary(names)
    assert model.additional_properties == names


@each_model
def test_additional_properties_are_never_shared(table: Table) -> None:
    for make in (
        table.model,
        lambda: table.model.from_dictionary({}),
        lambda: table.model.from_dictionary({"a": 1}),
    ):
        first, second = make(), make()
        first.additional_properties["mine"] = 1
        assert "mine" not in second.additional_properties


@each_model
def test_reading_does_not_change_what_is_read(table: Table) -> None:
    source = {**dict.fromkeys(table.wire_names.values(), "1"), "newField": {"a": 1}}
    before = {**source}
    model = table.model.from_dictionary(source)
    model.additional_properties["mine"] = 1
    assert source == before


@each_model
@pytest.mark.parametrize("value", [None, [], "text", 1, b"{}"], ids=repr)
def test_only_a_dictionary_can_be_read(table: Table, value: Any) -> None:
    with pytest.raises(ArgumentException):
        table.model.from_dictionary(value)


@each_model
def test_a_misspelled_attribute_cannot_be_set(table: Table) -> None:
    model: Any = table.model()
    with pytest.raises(AttributeError):
        model.mispelled = 1


@each_model
def test_models_can_be_made_with_keywords(table: Table) -> None:
    arguments: dict[str, Any] = dict.fromkeys(table.wire_names, 0)
    model = table.model(**arguments)
    assert model.to_dictionary() == dict.fromkeys(table.wire_names.values(), 0)


@each_model
def test_models_can_be_made_by_position(table: Table) -> None:
    arguments: list[Any] = [f"value {index}" for index in range(len(table.wire_names))]
    attributes = list(inspect.signature(table.model).parameters)
    model = table.model(*arguments)
    assert [getattr(model, attribute) for attribute in attributes[: len(arguments)]] == arguments or (
        attributes.index("additional_properties") < len(arguments)
    )


def test_a_flag_set_by_hand_is_written_as_its_number() -> None:
    session = SessionResponse(public=SessionPublicEnum.PRIVATEACCESS)
    assert session.to_dictionary() == {"public": 0}
    assert type(session.to_dictionary()["public"]) is int
