"""The generated readers: one for each shape of record, bounded, and the same as a plain loop."""

import json
import linecache
import traceback
from typing import Any
from unittest import mock

import pytest

from payrix_sessions import SessionPublicEnum, SessionResponse
from payrix_sessions.models import _reading
from payrix_sessions.models._reading import MAX_SHAPE_LENGTH, MAX_SHAPES, loop_reader, shape_reader
from tests.models.tables import TABLES


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
    frame = traceback.extract_tb(caught.value.__traceback__)[2]
    assert frame.filename.startswith("<payrix_sessions: reading SessionResponse")
    assert frame.line == "[it.id, it.key] = values(record)"
    linecache.checkcache()
    assert linecache.getline(frame.filename, 1) == "def read(record):\n"


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
