"""What a field reads as: zero, null, missing, unknown, a string for a number, a model; and what it is written as."""

import copy
import dataclasses
import json
from collections import OrderedDict, defaultdict
from functools import partial
from itertools import product
from typing import Any

import pytest

from payrix_sessions import ArgumentException, LoginsResponse, SessionPublicEnum, SessionResponse, models
from payrix_sessions.models.model import Model
from tests import fixtures
from tests.models.tables import BOOLEANS, FLAGS, TABLES
from tests.wire import printed

RESULTS: dict[type[Any], list[type[Any]]] = {
    models.SessionsResponseResult: [models.SessionsResponseItem, SessionResponse],
    models.SessionsPostResponseResult: [models.SessionsPostResponseItem, models.SessionPostResponse],
}


def test_enums_have_the_members_of_the_api_which_are_integers_in_text_and_in_json() -> None:
    for enum, names in FLAGS.values():
        assert {name: member.value for name, member in enum.__members__.items()} == {names[0]: 0, names[1]: 1}
        for member in enum:
            assert f"{member}" == str(member) == json.dumps(member) == str(member.value)


def test_the_fields_of_every_model_are_those_of_the_table_and_can_be_given_by_name_and_position() -> None:
    for table in TABLES:
        names = [field.name for field in dataclasses.fields(table.model)]
        values: dict[str, Any] = {attribute: f"value {attribute}" for attribute in names}
        made = table.model(**values)
        assert made.to_dictionary() == {name: f"value {attribute}" for attribute, name in table.wire_names.items()}
        by_position: Any = table.model
        assert by_position(*values.values()) == made


def test_a_flag_reads_as_its_member_also_from_a_string() -> None:
    for table in TABLES:
        for attribute, (name, enum) in table.flags.items():
            for member, kind in product(enum, (int, str)):
                model = table.model.from_dictionary({name: kind(member.value)})
                assert getattr(model, attribute) is member
                assert (type(model.to_dictionary()[name]), model.to_dictionary()) == (int, {name: member.value})


def test_a_string_that_stands_for_a_boolean_becomes_one_where_one_is_declared() -> None:
    rows = {"true": True, "False": False, "1": True, "0": False, "yes": "yes"}
    for table in TABLES:
        for attribute, name in table.plain.items():
            for value, read in rows.items():
                found = getattr(table.model.from_dictionary({name: value}), attribute)
                expected = read if name in BOOLEANS else value
                assert (type(found), found) == (type(expected), expected)


def test_any_other_value_reads_and_is_written_as_it_came_and_as_null_once_emptied() -> None:
    values: list[Any] = [None, 2, -7, 2**60, 1.5, 1.0, 0.0, True, False, "", "text", "2", " 1", "01", "\u0661"]
    values += [[], [1], {}, {"a": 1}]
    for table in TABLES:
        for attribute, name in table.wire_names.items():
            for value in values if attribute in table.flags else [0, 1, *values]:
                model = table.model.from_dictionary({name: value})
                read, written = getattr(model, attribute), model.to_dictionary()[name]
                assert isinstance(read, Model) or (type(read), read) == (type(value), value)
                assert (type(written), written) == (type(value), value)
                setattr(model, attribute, None)
                assert model.to_dictionary() == {name: None}


def test_unknown_members_are_kept_also_those_with_python_names_and_written_as_a_copy() -> None:
    for table in TABLES:
        source: dict[str, Any] = {"new": {"a": [1, None]}, "other": None, "additional_properties": 1, "_extra": 2}
        source |= {attribute: 1 for attribute, name in table.wire_names.items() if name != attribute}
        rows: list[dict[str, Any]] = [source, {"new": {"a": []}}]
        for unknown in rows:
            before = copy.deepcopy(unknown)
            model = table.model.from_dictionary(unknown)
            assert model.additional_properties == model.to_dictionary() == before
            model.to_dictionary()["new"]["a"].append(2)
            assert model.additional_properties == unknown == before


def test_additional_properties_are_never_shared_and_can_be_set_as_a_whole() -> None:
    given = {"a": 1}
    read = SessionResponse.from_dictionary
    for make in (SessionResponse, partial(read, given), partial(SessionResponse, additional_properties=given)):
        first, second = make(), make()
        first.additional_properties["mine"] = 1
        assert "mine" not in second.additional_properties
        second.additional_properties = {"mine": 2}
        assert second.to_dictionary() == {"mine": 2}
    assert given == {"a": 1}


def test_any_kind_of_dict_is_read_and_nothing_else() -> None:
    source = fixtures.load("session_by_id")["response"]["data"][0]
    rows: list[Any] = [OrderedDict, partial(defaultdict, list)]
    for kind in rows:
        given = kind(source)
        nested = models.SessionsResponseResult.from_dictionary({"response": kind({"data": [given]})})
        assert [SessionResponse.from_dictionary(given)] == nested.data == [SessionResponse.from_dictionary(source)]
        assert given == source
        # A defaultdict has an answer for names that another record of this size had.
        SessionResponse.from_dictionary({"key": "fake-key"})
        assert SessionResponse.from_dictionary(kind({"id": "p1_ssn_1"})) == SessionResponse(id="p1_ssn_1")
    others: list[Any] = [None, [], "text", 1, b"{}"]
    for value in others:
        with pytest.raises(ArgumentException, match=f"dictionary must be a dict, not {type(value).__name__}"):
            SessionResponse.from_dictionary(value)


def test_a_misspelt_attribute_cannot_be_set() -> None:
    session: Any = SessionResponse()
    with pytest.raises(AttributeError):
        session.mispelled = 1


def test_enums_and_models_set_by_hand_are_written_as_json_wherever_they_are() -> None:
    login = LoginsResponse(username="jdoe")
    session = SessionResponse(public=SessionPublicEnum.PRIVATEACCESS, login=login)
    session.additional_properties["a"] = {"b": [SessionPublicEnum.PUBLICACCESS, login]}
    assert json.dumps(session.to_dictionary()) == (
        '{"login": {"username": "jdoe"}, "public": 0, "a": {"b": [1, {"username": "jdoe"}]}}'
    )


def test_a_subclass_reads_its_own_fields_declared_or_not() -> None:
    @dataclasses.dataclass(slots=True, eq=False, repr=False)
    class Mine(models.SessionPostResponse):
        note: str | None = None

    mine = Mine.from_dictionary({"id": "p1_ssn_1", "note": "a", "public": "1", "more": 1})
    assert (mine.note, mine.public, mine.additional_properties) == ("a", SessionPublicEnum.PUBLICACCESS, {"more": 1})
    assert mine.to_dictionary() == {"id": "p1_ssn_1", "public": 1, "note": "a", "more": 1}


def test_every_recorded_body_survives_the_round_trip_and_prints_short_without_its_keys() -> None:
    for model, name in product(RESULTS, fixtures.NAMES):
        source = fixtures.load(name)
        body = model.from_dictionary(source)
        shown = printed(body, body.response, body.data)
        assert not [one.key for one in body.data if one.key and one.key in shown]
        assert len(str(body).splitlines()) < 80
        written = json.loads(json.dumps(body.to_dictionary()))
        if name == "created_with_flags_as_text":
            source["response"]["data"][0] |= {"public": 0, "token": 0}
        assert written == source


def test_every_level_has_its_model_and_data_is_never_none() -> None:
    for result, below in RESULTS.items():
        body: Any = result.from_dictionary(fixtures.load("session_by_id"))
        levels = (body.response, body.data[0], body.response.details, body.response.details.page)
        assert [type(level) for level in levels] == [*below, models.Details, models.DetailsProperties]
        assert body.data is body.response.data
        empty: list[dict[str, Any]] = [{}, {"response": None}, {"response": {}}, {"response": {"data": None}}]
        assert [result.from_dictionary(source).data for source in empty] == [[]] * 4
        errors: Any = result.from_dictionary(fixtures.load("two_field_errors")).response.errors
        assert [type(error) for error in errors] == [models.ErrorItem] * 2


def test_what_is_no_object_stays_as_it_came_also_in_a_list_of_models() -> None:
    data: list[Any] = [5, "text", [1], True, {"id": "p1_ssn_1"}]
    item = models.SessionsResponseItem.from_dictionary({"data": data})
    assert item.data == [*data[:4], SessionResponse(id="p1_ssn_1")]
    assert item.to_dictionary() == {"data": data}


def test_an_embedded_login_is_a_model() -> None:
    embedded: dict[str, Any] = {"id": "p1_log_1", "roles": 2**49, "login": {"id": "p1_log_2"}, "teams": [{}]}
    for attribute in ("login", "creator"):
        session = models.SessionPostResponse.from_dictionary({attribute: embedded})
        login = LoginsResponse(id="p1_log_1", roles=2**49, login={"id": "p1_log_2"})
        login.additional_properties["teams"] = [{}]
        assert getattr(session, attribute) == login
        assert session.to_dictionary() == {attribute: embedded}
