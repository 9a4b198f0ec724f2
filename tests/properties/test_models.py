"""From a dictionary to a model and back: nothing is lost, nothing is invented."""

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrix_sessions import Details, SessionPostResponse
from tests.models.tables import BOOLEANS, TABLES, Table
from tests.properties import json_values
from tests.wire import printed

values = json_values(st.text(max_size=4), st.floats(allow_nan=False))


def sources(table: Table) -> st.SearchStrategy[dict[str, Any]]:
    """Dictionaries of the fields of a model and of unknown ones, with any value of JSON."""
    fields = dict.fromkeys(table.plain.values(), values)
    fields |= {name: values.filter(lambda each: not isinstance(each, str)) for name in BOOLEANS if name in fields}
    fields |= {name: values.filter(lambda each: each not in ("0", "1")) for name, _ in table.flags.values()}
    unknown = st.dictionaries(st.text(max_size=8).filter(lambda name: name not in fields), values, max_size=3)
    known: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries({}, optional=fields)
    return st.builds(lambda first, second: {**first, **second}, unknown, known)


# What is read and written is one mechanism: these two declare every kind of field.
@pytest.mark.parametrize("model", [SessionPostResponse, Details])
@given(data=st.data())
def test_a_round_trip_loses_nothing(model: Any, data: st.DataObject) -> None:
    (table,) = (table for table in TABLES if table.model is model)
    source = data.draw(sources(table))
    before = copy.deepcopy(source)
    made = model.from_dictionary(source)
    assert made.to_dictionary() == source == before
    assert json.dumps(made.to_dictionary(), sort_keys=True) == json.dumps(before, sort_keys=True)
    assert model.from_dictionary(made.to_dictionary()) == made == pickle.loads(pickle.dumps(made))
    assert printed(made)
