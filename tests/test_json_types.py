"""Plain JSON values: what stands for a boolean, and what is nested too deep."""

import json

from payrix_sessions._json_types import MAX_DEPTH, is_too_deep, read_bool


def test_booleans_are_read_also_as_numbers_and_strings_and_anything_else_is_none() -> None:
    rows: list[tuple[bool | None, list[object]]] = [
        (True, [True, 1, "1", "TRUE"]),
        (False, [False, 0, "0", "false"]),
        (None, [None, 2, "yes", "", " 1", 1.0, [], {}]),
    ]
    for read, values in rows:
        assert [read_bool(value) for value in values] == [read] * len(values)


def test_the_greatest_depth_is_not_too_deep() -> None:
    for text in ("[" * MAX_DEPTH + "]" * MAX_DEPTH, '{"a":' * MAX_DEPTH + "1" + "}" * MAX_DEPTH):
        value = json.loads(text)
        assert (is_too_deep(value), is_too_deep([value])) == (False, True)
