"""What a field reads as: zero, null, missing, unknown, a string for a number, a model; and what it is written as."""

import copy
import dataclasses
import json
import linecache
import traceback
from collections import OrderedDict, defaultdict
from functools import partial
from itertools import product
from typing import Any
from unittest import mock

import pytest

from payrix_sessions import ArgumentException, LoginsResponse, SessionPublicEnum, SessionResponse, models
from payrix_sessions.models import _reading
from payrix_sessions.models._reading import MAX_SHAPE_LENGTH, MAX_SHAPES, loop_reader, shape_reader
from payrix_sessions.models.model import Model
from tests import fixtures
from tests.models.tables import FLAGS, TABLES
from tests.wire import printed

RESULTS: dict[type[Any], list[type[Any]]] = {
    models.SessionsResponseResult: [models.SessionsResponseItem, SessionResponse],
    models.SessionsPostResponseResult: [models.SessionsPostResponseItem, models.SessionPostResponse],
}


VALUES: list[Any] = [
    *(None, 0, 1, 2, -7, 2**60, 1.5, 1.0, 0.0, True, False, [], [1], {}, {"a": 1}),
    *("", "text", "0", "1", "2", " 1", "01", "\u0661", "true", "False", "yes"),
]
BOOLEANS = {"true": True, "False": False, "1": True, "0": False}


def test_a_flag_reads_as_its_member_a_declared_boolean_from_a_string_and_any_other_value_as_it_came() -> None:
    for table in TABLES:
        for (attribute, name), value in product(table.wire_names.items(), VALUES):
            model = table.model.from_dictionary({name: value})
            read, written = getattr(model, attribute), model.to_dictionary()
            expected = value
            if attribute in table.flags and type(value) in (int, str) and str(value) in ("0", "1"):
                expected = int(value)
                assert read is table.flags[attribute](expected)
            elif attribute in table.booleans and isinstance(value, str):
                expected = BOOLEANS.get(value, value)
                assert (type(read), read) == (type(expected), expected)
            else:
                assert isinstance(read, Model) or (type(read), read) == (type(value), value)
            assert (type(written[name]), written) == (type(expected), {name: expected})
            setattr(model, attribute, None)
            assert model.to_dictionary() == {name: None}
    for member in [member for enum in FLAGS for member in enum]:
        assert f"{member}" == str(member) == json.dumps(member) == str(member.value)


def test_unknown_members_are_kept_also_those_with_python_names_and_written_as_a_copy() -> None:
    for table in TABLES:
        source: dict[str, Any] = {"new": {"a": [1, None]}, "other": None, "additional_properties": 1, "_extra": 2}
        source |= {attribute: 1 for attribute, name in table.wire_names.items() if name != attribute}
        before = copy.deepcopy(source)
        model = table.model.from_dictionary(source)
        assert model.additional_properties == model.to_dictionary() == before
        model.to_dictionary()["new"]["a"].append(2)
        assert model.additional_properties == source == before


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
    others: list[Any] = [None, [], "text"]
    for value in others:
        with pytest.raises(ArgumentException, match=f"dictionary must be a dict, not {type(value).__name__}"):
            SessionResponse.from_dictionary(value)


def test_enums_and_models_set_by_hand_are_written_as_json_and_a_misspelt_attribute_cannot_be_set() -> None:
    login = LoginsResponse(username="jdoe")
    session: Any = SessionResponse(public=SessionPublicEnum.PRIVATEACCESS, login=login)
    session.additional_properties["a"] = {"b": [SessionPublicEnum.PUBLICACCESS, login]}
    assert json.dumps(session.to_dictionary()) == (
        '{"login": {"username": "jdoe"}, "public": 0, "a": {"b": [1, {"username": "jdoe"}]}}'
    )
    with pytest.raises(AttributeError):
        session.mispelled = 1


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


def test_an_embedded_login_is_a_model_and_what_is_no_object_stays_as_it_came_also_in_a_list_of_models() -> None:
    embedded: dict[str, Any] = {"id": "p1_log_1", "login": {"id": "p1_log_2"}, "teams": [{}]}
    embedded |= {"roles": 2**49, "inactive": 0, "frozen": 1}
    for attribute in ("login", "creator"):
        session = models.SessionPostResponse.from_dictionary({attribute: embedded})
        login = LoginsResponse(id="p1_log_1", login={"id": "p1_log_2"}, roles=2**49, inactive=0, frozen=1)
        login.additional_properties["teams"] = [{}]
        read = getattr(session, attribute)
        assert (read, type(read.inactive), type(read.frozen)) == (login, models.InactiveEnum, models.FrozenEnum)
        assert session.to_dictionary() == {attribute: embedded}
    data: list[Any] = [5, "text", [1], True, {"id": "p1_ssn_1"}]
    item = models.SessionsResponseItem.from_dictionary({"data": data})
    assert item.data == [*data[:4], SessionResponse(id="p1_ssn_1")]
    assert item.to_dictionary() == {"data": data}


# The generated readers


def test_each_shape_is_generated_once_up_to_the_bounds_and_beyond_them_none() -> None:
    read, loop = shape_reader(SessionResponse), loop_reader(SessionResponse)
    full = {"id": "p1_ssn_1", "login": {"username": "jdoe"}, "public": 1, "sso": "0", "novelty": [1]}
    lacking, swapped = {"id": "p1_ssn_1", "public": "1"}, {"key": 1, "id": 2}
    long: dict[str, Any] = {"id": "p1_ssn_1", "n" * MAX_SHAPE_LENGTH: 1}
    with mock.patch.object(_reading, "_generate", wraps=_reading._generate) as generate:  # pyright: ignore[reportPrivateUsage]
        for source in (full, lacking, full, lacking, swapped, lacking, long, {**full, "id": 3}):
            assert read(source) == loop(source)
        shapes = [tuple(call.args[1]) for call in generate.mock_calls if call.args[0] is SessionResponse]
        assert shapes == [tuple(full), tuple(lacking), tuple(swapped)]
        generate.reset_mock()
        for number in range(MAX_SHAPES + 5):
            session = read({"id": number, f"novelty{number}": 1, "public": "1"})
            assert (session.id, session.public) == (number, SessionPublicEnum.PUBLICACCESS)
            assert session.additional_properties == {f"novelty{number}": 1}
        assert generate.call_count == MAX_SHAPES - len(shapes)


def test_the_source_of_a_reader_is_shown_in_tracebacks() -> None:
    class Failing(dict[str, Any]):
        def __getitem__(self, name: str) -> Any:
            raise ZeroDivisionError

    read = shape_reader(SessionResponse)
    read({"id": "p1_ssn_1", "key": "k"})
    with pytest.raises(ZeroDivisionError) as caught:
        read(Failing(id=1, key=2))
    linecache.checkcache()
    frame = traceback.extract_tb(caught.value.__traceback__)[2]
    assert (frame.filename[:41], frame.line) == (
        "<payrix_sessions: reading SessionResponse",
        "[it.id, it.key] = values(record)",
    )


def test_equal_strings_of_a_record_are_kept_once_and_other_equal_values_stay_as_they_came() -> None:
    record = json.loads('{"created": "2025", "modified": "2025", "creator": "a", "modifier": "a", "login": "a"}')
    read = shape_reader(SessionResponse)
    session = read(record)
    assert session.modified is session.created
    assert session.modifier is session.creator is session.login
    odd = read({"created": 1, "modified": True, "creator": {"id": "a"}, "login": {"id": "a"}})
    assert odd.modified is True
    assert odd.login is not odd.creator
    lacking = read({"modified": "2025", "login": "a"})
    assert (lacking.created, lacking.modified, lacking.creator, lacking.login) == (None, "2025", None, "a")


def test_the_loop_reads_as_the_generated_functions_do() -> None:
    values: list[Any] = [None, 0, 1, True, 1.0, "0", "1", "2", "text", [], [{"id": "a"}], {"id": "a", "frozen": "1"}]
    for table in TABLES:
        read, loop = shape_reader(table.model), loop_reader(table.model)
        names = [*table.wire_names.values(), "novelty", "mfa_authenticated"]
        for value in values:
            for record in (dict.fromkeys(names, value), *({name: value, "id": value} for name in names)):
                one, other = read(record), loop(record)
                assert (one, repr(one), one.to_dictionary()) == (other, repr(other), other.to_dictionary())
