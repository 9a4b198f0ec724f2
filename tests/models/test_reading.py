"""The generated readers: one for each shape of record, bounded, and the same as a plain loop."""

import json
import linecache
import traceback
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrix_sessions import SessionPostResponse, SessionPublicEnum, SessionResponse
from payrix_sessions.models import _reading
from payrix_sessions.models._reading import MAX_SHAPE_LENGTH, MAX_SHAPES, loop_reader, shape_reader
from tests.models.tables import BOOLEANS

FULL: dict[str, Any] = {"id": "p1_ssn_1", "login": {"username": "jdoe"}, "public": 1, "sso": "0", "novelty": [1]}


@pytest.fixture
def generated(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The shapes that a reader of sessions is generated for, in their order."""
    shapes: list[tuple[str, ...]] = []
    generate = _reading._generate  # pyright: ignore[reportPrivateUsage]

    def note(model: type[Any], source: dict[str, Any], converters: dict[str, Any]) -> Any:
        if model is SessionResponse:
            shapes.append(tuple(source))
        return generate(model, source, converters)

    monkeypatch.setattr(_reading, "_generate", note)
    return shapes


def test_each_shape_is_generated_once(generated: list[tuple[str, ...]]) -> None:
    read = shape_reader(SessionResponse)
    lacking = {"id": "p1_ssn_1", "public": "1"}
    for source in (FULL, lacking, FULL, lacking, {"key": 1, "id": 2}, lacking, {**FULL, "id": 3}):
        assert read(source) == loop_reader(SessionResponse)(source)
    assert generated == [tuple(FULL), ("id", "public"), ("key", "id")]


def test_shapes_beyond_the_bounds_are_read_and_not_remembered(generated: list[tuple[str, ...]]) -> None:
    read = shape_reader(SessionResponse)
    long = {"id": "p1_ssn_1", "n" * MAX_SHAPE_LENGTH: 1}
    assert read(long).additional_properties == {"n" * MAX_SHAPE_LENGTH: 1}
    assert generated == []
    for number in range(MAX_SHAPES + 5):
        session = read({"id": number, f"novelty{number}": 1, "public": "1"})
        assert (session.id, session.public) == (number, SessionPublicEnum.PUBLICACCESS)
        assert session.additional_properties == {f"novelty{number}": 1}
    assert len(generated) == MAX_SHAPES


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


names = st.sampled_from(
    [
        "id",
        "created",
        "modified",
        "creator",
        "login",
        "public",
        "sso",
        "effectiveRoles",
        *BOOLEANS,
        "novelty",
        "mfa_authenticated",
    ]
)
values: st.SearchStrategy[Any] = st.sampled_from(
    [None, 0, 1, True, False, 1.0, "0", "1", "2", "text", [], {}, {"id": "p1_log_1", "inactive": "1"}, 7]
)


@given(st.lists(st.dictionaries(names, values), max_size=6))
def test_generated_readers_read_as_the_loop_does(records: list[dict[str, Any]]) -> None:
    loop = loop_reader(SessionPostResponse)
    for record in records:
        for read in (SessionPostResponse.from_dictionary(record), loop(record)):
            assert sorted(repr(read)) == sorted(repr(loop(record)))  # members of two shapes may change places
            assert read.to_dictionary() == loop(record).to_dictionary()
            for name, value in record.items():
                if name in ("id", "effectiveRoles") or (name == "public" and value not in ("0", "1", 0, 1)):
                    attribute = {"effectiveRoles": "effective_roles"}.get(name, name)
                    assert getattr(read, attribute) is value
