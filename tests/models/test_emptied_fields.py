"""A field that came and is set to None: written as null, whatever else came."""

from typing import Any

import pytest

from tests.models.tables import TABLES, Table

each_field = pytest.mark.parametrize(
    ("table", "attribute"),
    [(table, attribute) for table in TABLES for attribute in table.wire_names],
    ids=lambda value: value if isinstance(value, str) else value.model.__name__,
)


@each_field
def test_a_field_that_is_emptied_reads_the_same_whether_or_not_all_others_came(table: Table, attribute: str) -> None:
    name = table.wire_names[attribute]
    sources: list[dict[str, Any]] = [{name: "a"}, dict.fromkeys(table.wire_names.values(), "a")]
    written: list[bool] = []
    for source in sources:
        model = table.model.from_dictionary(source)
        setattr(model, attribute, None)
        written.append(name in model.to_dictionary())
    assert written[0] == written[1]
