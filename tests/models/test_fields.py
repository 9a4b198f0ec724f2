"""What a field reads as: zero, null, missing, unknown, a string for a number, a model; and what it is written as."""

import copy
import dataclasses
import inspect
import json
import linecache
import re
from collections import OrderedDict, defaultdict
from datetime import datetime, timezone
from functools import partial
from itertools import product
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfoNotFoundError

import pytest

from payrix_sessions import (
    ArgumentException,
    ConfigurationException,
    LoginsResponse,
    Search,
    SessionPublicEnum,
    SessionResponse,
    models,
)
from payrix_sessions._timestamps import eastern, read_timestamp
from payrix_sessions.models import _reading
from payrix_sessions.models._reading import MAX_SHAPE_LENGTH, MAX_SHAPES, loop_reader, shape_reader
from payrix_sessions.models.model import Model
from tests import fixtures
from tests.models import ENUMS, MODELS, wire_names

VALUES: list[Any] = [
    *(None, 0, 1, 2, -7, 2**60, 1.5, 1.0, 0.0, True, False, [], [1], {}, {"a": 1}),
    *("", "text", "0", "1", "2", " 1", "01", "\u0661", "true", "False", "yes"),
]
BOOLEANS = {"true": True, "False": False, "1": True, "0": False}


def test_a_flag_reads_as_its_member_a_declared_boolean_from_a_string_and_any_other_value_as_it_came() -> None:
    for kind in MODELS:
        # What a field is read as is declared once more, in its type.
        for field, value, make in product(dataclasses.fields(kind), VALUES, (shape_reader(kind), loop_reader(kind))):
            name, enum = field.metadata["name"], re.search(r"\w+Enum", str(field.type))
            model = make({name: value})
            read, written = getattr(model, field.name), model.to_dictionary()
            expected = value
            if enum and type(value) in (int, str) and str(value) in ("0", "1"):
                expected = int(value)
                assert read is getattr(models, enum[0])(expected)
            elif "bool" in str(field.type) and isinstance(value, str):
                expected = BOOLEANS.get(value, value)
                assert (type(read), read) == (type(expected), expected)
            else:
                assert isinstance(read, Model) or (type(read), read) == (type(value), value)
            assert (type(written[name]), written) == (type(expected), {name: expected})
            setattr(model, field.name, None)
            assert model.to_dictionary() == {name: None}
    for member in [member for enum in ENUMS for member in enum]:
        assert f"{member}" == str(member) == json.dumps(member) == str(member.value)


def test_unknown_members_are_kept_also_those_with_python_names_and_written_as_a_copy() -> None:
    for kind in MODELS:
        source: dict[str, Any] = {"new": {"a": [1, None]}, "other": None, "additional_properties": 1, "_extra": 2}
        source |= {attribute: 1 for attribute, name in wire_names(kind).items() if name != attribute}
        before = copy.deepcopy(source)
        model = kind.from_dictionary(source)
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


def test_every_level_has_its_model_data_is_never_none_and_what_is_no_object_stays_in_it_as_it_came() -> None:
    results: dict[Any, list[type[Any]]] = {
        models.SessionsResponseResult: [models.SessionsResponseItem, SessionResponse],
        models.SessionsPostResponseResult: [models.SessionsPostResponseItem, models.SessionPostResponse],
    }
    for result, below in results.items():
        for name in fixtures.NAMES:
            source, body = fixtures.load(name), result.from_dictionary(fixtures.load(name))
            if name == "created_with_flags_as_text":
                source["response"]["data"][0] |= {"public": 0, "token": 0}
            assert json.loads(json.dumps(body.to_dictionary())) == source
        body = result.from_dictionary(fixtures.load("session_by_id"))
        levels = (body.response, body.data[0], body.response.details, body.response.details.page)
        assert [type(level) for level in levels] == [*below, models.Details, models.DetailsProperties]
        assert body.data is body.response.data
        empty: list[dict[str, Any]] = [{}, {"response": None}, {"response": {}}, {"response": {"data": None}}]
        assert [result.from_dictionary(source).data for source in empty] == [[]] * 4
        errors = result.from_dictionary(fixtures.load("two_field_errors")).response.errors
        assert [type(error) for error in errors] == [models.ErrorItem] * 2
        data: list[Any] = [5, "text", [1], True, {"id": "p1_ssn_1"}]
        body = result.from_dictionary({"response": {"data": data}})
        assert (body.data, body.to_dictionary()) == ([*data[:4], below[1](id="p1_ssn_1")], {"response": {"data": data}})


def test_an_embedded_login_is_a_model() -> None:
    embedded: dict[str, Any] = {"id": "p1_log_1", "login": {"id": "p1_log_2"}, "teams": [{}]}
    embedded |= {"roles": 2**49, "inactive": 0, "frozen": 1}
    for attribute in ("login", "creator"):
        session = models.SessionPostResponse.from_dictionary({attribute: embedded})
        login = LoginsResponse(id="p1_log_1", login={"id": "p1_log_2"}, roles=2**49, inactive=0, frozen=1)
        login.additional_properties["teams"] = [{}]
        read = getattr(session, attribute)
        assert (read, type(read.inactive), type(read.frozen)) == (login, models.InactiveEnum, models.FrozenEnum)
        assert session.to_dictionary() == {attribute: embedded}


# Timestamps


def test_a_timestamp_is_eastern_time_with_none_to_six_digits_of_a_second() -> None:
    rows: list[tuple[str, str]] = [
        ("2025-03-04 12:40:41", "2025-03-04T17:40:41"),
        ("2025-03-04 12:40:41.1", "2025-03-04T17:40:41.100000"),
        ("2025-03-04 12:40:41.000001", "2025-03-04T17:40:41.000001"),
        ("2025-07-15 12:00:00", "2025-07-15T16:00:00"),
        ("2025-11-02 01:30:00", "2025-11-02T05:30:00"),  # twice in that night; the first is taken
        ("2025-03-09 02:30:00", "2025-03-09T07:30:00"),  # left out in that night; winter time goes on
    ]
    for text, in_utc in rows:
        read = read_timestamp(text)
        assert read is not None
        assert read.tzinfo is eastern()
        assert read.astimezone(timezone.utc).isoformat() == f"{in_utc}+00:00"
    kinds: list[type[SessionResponse]] = [SessionResponse, models.SessionPostResponse]
    for kind in kinds:
        session = kind.from_dictionary({"created": "2025-01-01 00:00:00.14", "modified": "2025-01-02 00:00:00"})
        assert session.created_at == datetime(2025, 1, 1, 5, microsecond=140_000, tzinfo=timezone.utc)
        session.modified = "2025-01-03 00:00:00"  # read as it is now, and left as it is
        assert session.modified_at == datetime(2025, 1, 3, 5, tzinfo=timezone.utc)
        assert session.to_dictionary() == {"created": "2025-01-01 00:00:00.14", "modified": "2025-01-03 00:00:00"}


def test_anything_else_is_no_moment_and_stays_as_it_came() -> None:
    rows: list[object] = [
        *("", "0000-00-00 00:00:00", "2025-02-29 12:00:00", "2025-03-04 24:00:00", "2025-03-04", "2025-03-04T12:40:40"),
        *("2025-03-04 12:40:40.", "2025-03-04 12:40:40.1234567", "2025-03-04 12:40:40Z", "2025-03-04 12:40:40\n"),
        *("٢٠٢٥-03-04 12:40:40", "yesterday", 1741110040, True, None, [], {}),
    ]
    for garbage in rows:
        session = SessionResponse.from_dictionary({"created": garbage, "modified": garbage})
        assert (session.created_at, session.modified_at) == (None, None)
        assert (session.created, session.modified) == (garbage, garbage)


def test_a_system_without_time_zone_data_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zoneinfo.ZoneInfo", mock.Mock(side_effect=ZoneInfoNotFoundError))
    with pytest.raises(ConfigurationException, match="install the package tzdata"):
        _ = SessionResponse(created="2025-03-04 12:40:40").created_at
    with pytest.raises(ConfigurationException, match="install the package tzdata"):
        Search("created").greater(datetime.now(timezone.utc))
    assert SessionResponse(created="yesterday").created_at is None


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


def test_the_source_of_a_reader_is_there_for_tracebacks() -> None:
    converters: dict[str, Any] = dict.fromkeys(wire_names(SessionResponse))
    read = _reading._generate(SessionResponse, {"id": "p1_ssn_1", "key": "k"}, converters)  # pyright: ignore[reportPrivateUsage]
    linecache.checkcache()
    assert "[it.id, it.key] = values(record)" in inspect.getsource(read)
    assert read.__code__.co_filename.startswith("<payrix_sessions: reading SessionResponse")


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
