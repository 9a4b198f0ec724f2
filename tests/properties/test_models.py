"""From a dictionary to a model and back: nothing is lost, nothing is invented."""

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrix_sessions import Details
from tests.models.tables import BOOLEANS, TABLES, Table
from tests.wire import printed

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
each_model = pytest.mark.parametrize(
    "table",
    [table for table in TABLES if table.flags or table.model is Details],
    ids=lambda table: table.model.__name__,
)
numbers_as_strings: st.SearchStrategy[str | int] = st.sampled_from(["0", "1", 0, 1])


def sources(table: Table) -> st.SearchStrategy[dict[str, Any]]:
    """Dictionaries of the fields of a model and of unknown ones, with any value of JSON."""
    known = dict.fromkeys(table.plain.values(), json_values)
    known |= {name: json_values.filter(lambda value: not isinstance(value, str)) for name in BOOLEANS if name in known}
    flags = {name: json_values.filter(lambda value: value not in ("0", "1")) for name, _ in table.flags.values()}
    others = st.text(max_size=8).filter(lambda name: name not in table.wire_names.values())
    unknown = st.dictionaries(others, json_values, max_size=3)
    fields: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries({}, optional={**known, **flags})
    return st.builds(merged, unknown, fields)


def merged(unknown: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    return {**unknown, **fields}


@each_model
@given(data=st.data())
def test_a_round_trip_loses_nothing(table: Table, data: st.DataObject) -> None:
    source = data.draw(sources(table))
    before = copy.deepcopy(source)
    model = table.model.from_dictionary(source)
    assert model.to_dictionary() == before
    assert json.dumps(model.to_dictionary(), sort_keys=True) == json.dumps(before, sort_keys=True)
    assert source == before
    assert table.model.from_dictionary(model.to_dictionary()) == model
    assert pickle.loads(pickle.dumps(model)) == model
    assert printed(model)


@each_model
@given(data=st.data())
def test_numbers_sent_as_strings_become_numbers_in_flags_alone(table: Table, data: st.DataObject) -> None:
    names = [name for name in table.wire_names.values() if name not in BOOLEANS]
    source: dict[str, str | int] = data.draw(
        st.fixed_dictionaries({}, optional=dict.fromkeys(names, numbers_as_strings))
    )
    flags = {name for name, _ in table.flags.values()}
    expected = {name: int(value) if name in flags else value for name, value in source.items()}
    written = table.model.from_dictionary(source).to_dictionary()
    assert written == expected
    assert {name: type(value) for name, value in written.items()} == {
        name: type(value) for name, value in expected.items()
    }
